#include "braid/cost/estimate.h"

#include "models.h"

#include "braid/support/error.h"
#include "braid/support/math.h"
#include "braid/support/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace braid::cost {

namespace {

struct BramShape {
  int64_t width, depth;
};

/// Data widths (bits) and depths (words) that one RAMB18 can take. Source: AMD UG573, "Block RAM Resources".
constexpr BramShape kBram18Shapes[] = {{1, 16384}, {2, 8192}, {4, 4096}, {9, 2048}, {18, 1024}, {36, 512}};

/// Signed multipliers of the DSP slices, and the narrowest operand that synthesis gives to them.
struct DspSlice {
  llvm::StringRef family;
  int64_t wide, narrow;
};
/// Sources: AMD UG479 (DSP48E1), UG579 (DSP48E2).
constexpr DspSlice kDspSlices[] = {{"zynq-7000", 25, 18}, {"", 27, 18}};

} // namespace

const char *name(Stage stage) {
  switch (stage) {
  case Stage::Csynth:
    return "csynth";
  case Stage::Vsynth:
    return "vsynth";
  }
  BRAID_CHECK(false, "unknown stage");
}

const char *name(Basis basis) {
  switch (basis) {
  case Basis::Exact:
    return "exact";
  case Basis::Fitted:
    return "fitted";
  case Basis::Extrapolated:
    return "extrapolated";
  case Basis::Structural:
    return "structural";
  case Basis::Assumed:
    return "assumed";
  }
  BRAID_CHECK(false, "unknown basis");
}

int64_t bram18For(int64_t width, int64_t depth) {
  int64_t fewest = std::numeric_limits<int64_t>::max();
  for (BramShape shape : kBram18Shapes)
    fewest = std::min(fewest, ceilDiv(width, shape.width) * ceilDiv(depth, shape.depth));
  return fewest;
}

int64_t dspPerProduct(int64_t bitsA, int64_t bitsB, llvm::StringRef family, Stage stage) {
  // Weights of 6 bits x values of 16 bits take a DSP slice in csynth (Vivado HLS 2020.1) and none in vsynth
  // (Vitis 2023.2); 4 bits take none in both, 8 bits one in both (wa-hls4ml rows). 7 bits are not measured
  // and counted.
  const int64_t shortest = stage == Stage::Csynth ? 5 : 7;
  const int64_t narrow = std::min(bitsA, bitsB), wide = std::max(bitsA, bitsB);
  if (narrow < shortest)
    return 0;
  const DspSlice &slice = family == kDspSlices[0].family ? kDspSlices[0] : kDspSlices[1];
  if (narrow <= slice.narrow && wide <= slice.wide)
    return 1;
  // Tiles share no sign bit: all but the last are one bit less wide.
  const auto tiles = [](int64_t bits, int64_t port) {
    return std::max<int64_t>(1, ceilDiv(bits - 1, port - 1));
  };
  return std::min(tiles(wide, slice.wide) * tiles(narrow, slice.narrow),
                  tiles(wide, slice.narrow) * tiles(narrow, slice.wide));
}

std::vector<std::string> costModelNames() { return {"finn", "finn-analytic", "hls4ml"}; }

const char *defaultCostModel(kernel::Style style) { return style == kernel::Style::Finn ? "finn" : "hls4ml"; }

llvm::Expected<std::shared_ptr<const CostModel>> findCostModel(llvm::StringRef name) {
  if (name == "hls4ml")
    return hls4mlModel();
  if (name == "finn")
    return finnModel();
  if (name == "finn-analytic")
    return finnAnalyticModel();
  return badUsage(
      fmt::format("unknown cost model '{}'{}", printable(name), suggestion(name, costModelNames())));
}

} // namespace braid::cost
