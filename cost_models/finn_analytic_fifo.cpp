// FINN's numbers for its FIFO in RTL: registers that shift, LUT memory, block RAM or UltraRAM, as the RTL
// itself picks. Source: finn-plus 1.6.1, util/resource_models.py (`_resolve`, `_fifo_cost`); its coefficients
// were fitted there to out-of-context runs of Vivado 2026.1 on xczu7ev and xcvc1902.
#include "finn_analytic.h"
#include "finn_memories.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace braid::cost::finn {

namespace {

constexpr int64_t kShortest = 33;            // up to this depth a shift register, whatever is asked for
constexpr int64_t kUramFrom = 2028;          // deeper ones go to UltraRAM
constexpr int kBramAddressBits = 9;          // of 512 x 36
constexpr int kUramAddressBits = 12;         // of 4096 x 72
constexpr int64_t kUramOutputDepth = 16;     // words beside the UltraRAM
constexpr int64_t kHighMemoryBits = 1 << 20; // rows^2 * width from which the second memory is RAM
constexpr int64_t kUramForBrams = 7;         // RAMB18s that one UltraRAM replaces in it
constexpr int64_t kVersalUramLuts = 20;

struct Shape2 {
  int64_t width, rows;
};
constexpr Shape2 kBram18[] = {{36, 512}, {18, 1024}, {9, 2048}, {4, 4096}, {2, 8192}, {1, 16384}};
constexpr Shape2 kVersalBram18[] = {{36, 512}, {18, 1024}, {9, 2048}};
constexpr Shape2 kVersalUram[] = {{9, 32768}, {18, 16384}, {36, 8192}, {72, 4096}}; // narrowest first

int addressBits(int64_t rows) { return ceilLog2(static_cast<uint64_t>(std::max<int64_t>(rows, 1))); }

RamStyle resolved(int64_t depth, int64_t width, RamStyle asked) {
  if (depth <= kShortest)
    return RamStyle::Srl;
  if (asked != RamStyle::Auto)
    return asked;
  if (depth <= 64 && width < 12)
    return RamStyle::Srl;
  if (depth <= 257 || width < 5)
    return RamStyle::Distributed;
  return depth <= kUramFrom ? RamStyle::Block : RamStyle::Ultra;
}

/// A FIFO just above a power of two has two memories: rows of each, `high` 0 if there is one.
struct Memories {
  int64_t low, high;
  int highBits;
};
Memories memoriesFor(int64_t depth, bool isUram) {
  const int64_t rows = std::max<int64_t>(depth - (isUram ? kUramOutputDepth : 0) - 1, 1);
  int low = addressBits(rows), high = 0;
  if (low > (isUram ? kUramAddressBits : kBramAddressBits)) {
    const int rest = addressBits(rows - (int64_t{1} << (low - 1)));
    if (rest < low - 1) {
      --low;
      high = std::max(rest, 1);
    }
  }
  return {int64_t{1} << low, high > 0 ? int64_t{1} << high : 0, high};
}

/// Blocks, and how many of them stand one behind the other.
struct Blocks {
  int64_t tiles, cascade;
};

Blocks bramFor(int64_t rows, int64_t width, Family family) {
  if (family == Family::Versal) {
    Blocks best{std::numeric_limits<int64_t>::max(), 0};
    for (const Shape2 &shape : kVersalBram18) {
      const int64_t cascade = ceilDiv(rows, shape.rows), tiles = cascade * ceilDiv(width, shape.width);
      if (tiles < best.tiles || (tiles == best.tiles && cascade < best.cascade))
        best = {tiles, cascade};
    }
    return best;
  }
  // The word is split over shapes: fewest for every width below.
  std::vector<Blocks> best(static_cast<size_t>(width) + 1, Blocks{0, 0});
  for (int64_t bits = 1; bits <= width; ++bits) {
    Blocks &here = best[static_cast<size_t>(bits)];
    here.tiles = std::numeric_limits<int64_t>::max();
    for (const Shape2 &shape : kBram18) {
      const int64_t column = ceilDiv(rows, shape.rows);
      const Blocks &rest = best[static_cast<size_t>(std::max<int64_t>(bits - shape.width, 0))];
      if (column + rest.tiles < here.tiles)
        here = {column + rest.tiles, std::max(column, rest.cascade)};
    }
  }
  return best.back();
}

Blocks uramBlocks(int64_t rows, int64_t width, Family family) {
  Shape2 shape = {72, 4096};
  if (family == Family::Versal)
    for (const Shape2 &narrow : kVersalUram)
      if (narrow.width >= width) {
        shape = narrow;
        break;
      }
  const int64_t cascade = ceilDiv(rows, shape.rows);
  return {cascade * ceilDiv(width, shape.width), cascade};
}

int64_t lutRam(int64_t rows, int64_t width) { return ceilDiv(rows, 32) * ceilDiv(width, 2) * 5 / 4; }

/// Versal has no wide multiplexers: LUTs behind a chain of shift registers.
int64_t chainMux(int64_t stages, int64_t width, Family family) {
  if (family != Family::Versal || stages < 2)
    return 0;
  return (stages > 2 ? width * ceilDiv(stages - 1, 3) : ceilDiv(width, 2)) - 2;
}

} // namespace

llvm::Expected<FinnNumbers> estimate(const StreamingFifo &unit, Family family) {
  if (llvm::Error error = allPositive("StreamingFIFO", {{"depth", unit.depth}, {"width", unit.widthBits}}))
    return error;
  FinnNumbers numbers;
  numbers.lutModelled = numbers.memoryModelled = true;
  const int64_t depth = unit.depth, width = ceilDiv(unit.widthBits, 8) * 8;
  if (depth < 2)
    return numbers;
  const int64_t counter = addressBits(depth + 1) + 1;
  const RamStyle style = resolved(depth, width, unit.ramStyle);
  if (style == RamStyle::Srl) {
    const int64_t stages = ceilDiv(std::max<int64_t>(depth - 1, 4), 32);
    numbers.lut = stages * width + chainMux(stages, width, family) + 5 * counter - 7;
    return numbers;
  }
  if (style == RamStyle::Distributed) {
    const int64_t rows = int64_t{1} << addressBits(depth - 1);
    numbers.lut = lutRam(rows, width) + rows / 128 * (width / 2) + 8 * counter - 15;
    return numbers;
  }

  const bool isUram = style == RamStyle::Ultra;
  const Memories memories = memoriesFor(depth, isUram);
  const bool two = memories.high > 0;
  const bool highInRam = two && memories.high * memories.high * width >= kHighMemoryBits;
  numbers.lut = two ? 18 + 3 * width / 7 : 0;
  if (two && !highInRam)
    numbers.lut += lutRam(memories.high, width) + (isUram ? width : 0);
  if (isUram) {
    const Blocks low = uramBlocks(memories.low, width, family);
    numbers.uram = low.tiles;
    numbers.lut += 6 * counter + std::max<int64_t>(1, low.cascade / 4 - 2) * width;
    if (family == Family::Versal)
      numbers.lut += kVersalUramLuts;
    if (highInRam) {
      const int64_t asUram = uramBlocks(memories.high, width, family).tiles;
      const int64_t asBram = bramFor(memories.high, width, family).tiles;
      if (memories.highBits >= kUramAddressBits || asBram >= kUramForBrams * asUram)
        numbers.uram += asUram;
      else
        numbers.bram18 = asBram;
    }
  } else {
    Blocks all = bramFor(memories.low, width, family);
    if (highInRam) {
      const Blocks high = bramFor(memories.high, width, family);
      all = {all.tiles + high.tiles, std::max(all.cascade, high.cascade)};
    }
    numbers.bram18 = all.tiles;
    numbers.lut += 54 + 3 * all.cascade + 2 * all.tiles / 5;
  }
  numbers.bramEfficiency = efficiency(width * depth, numbers.bram18, kBram18Bits);
  numbers.uramEfficiency = efficiency(width * depth, numbers.uram, kUramBits);
  return numbers;
}

} // namespace braid::cost::finn
