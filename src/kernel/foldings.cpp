// Which foldings a layer has in the FINN style.
#include "laws.h"
#include "lower.h"

#include "braid/support/math.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>

namespace braid::kernel {

namespace {

/// Degrees of parallelism that a planner looks at per layer, and depths of memory at which others pay.
constexpr size_t kMostDegrees = 48;
constexpr int64_t kEmbeddedDepth = 128; ///< FINN: no deeper memory is worth a unit of its own
constexpr int64_t kUltraDepth = 1024;   ///< A quarter of a URAM
constexpr int64_t kReaderBits = 512;    ///< A word of external weights, one a cycle

std::vector<int64_t> divisorsOf(int64_t n) {
  std::vector<int64_t> out;
  for (int64_t d = 1; d <= n / 2; ++d)
    if (n % d == 0)
      out.push_back(d);
  out.push_back(n);
  return out;
}

/// Elements along a concatenation's axis and all behind it, of each input.
int64_t commonRun(const ir::Model &model, const ir::Layer &layer, size_t axis) {
  int64_t run = 0;
  for (ir::StreamId input : layer.inputs)
    run = std::gcd(run, ir::elements(llvm::ArrayRef<int64_t>(model.stream(input).shape).drop_front(axis)));
  return run;
}

struct Bits {
  int64_t weight = 1, input = 1, output = 1;
};

Bits bitsOf(const ir::Model &model, const ir::Layer &layer) {
  Bits bits{1, model.stream(layer.inputs[0]).type.bits(), model.stream(layer.output).type.bits()};
  const auto weight = [&](const auto &op) {
    return storesBits(layer) ? int64_t{1} : int64_t{op.types.weight.bits()};
  };
  if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
    bits.weight = weight(*dense);
  else if (const auto *conv = std::get_if<ir::Conv>(&layer.op))
    bits.weight = weight(*conv);
  return bits;
}

/// Whether channels do not mix: VVAU.
bool isDepthwise(const ir::Model &model, const ir::Layer &layer) {
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  const auto channels = [&](ir::StreamId id) { return model.stream(id).shape[2]; };
  return conv && conv->isDepthwise(channels(layer.inputs[0])) &&
         channels(layer.output) == channels(layer.inputs[0]);
}

int64_t tapsOf(const ir::Layer &layer) {
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  return conv ? conv->window.taps() : 1;
}

/// Parts of a pixel, and whole pixels of its window; depthwise: taps.
std::vector<int64_t> simdsOf(const ir::Layer &layer, const Foldable &of) {
  std::vector<int64_t> out = divisorsOf(of.simd);
  for (int64_t taps : divisorsOf(tapsOf(layer)))
    if (taps > 1)
      out.push_back(of.simd * taps);
  return out;
}

/// At most `most` of ascending numbers, the ends among them: those go whose neighbours are closest by ratio.
std::vector<int64_t> spread(std::vector<int64_t> numbers, size_t most) {
  while (numbers.size() > std::max<size_t>(most, 2)) {
    size_t closest = 1;
    for (size_t i = 2; i + 1 < numbers.size(); ++i)
      if (Int128{numbers[i + 1]} * numbers[closest - 1] < Int128{numbers[closest + 1]} * numbers[i - 1])
        closest = i;
    numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(closest));
  }
  return numbers;
}

} // namespace

bool storesBits(const ir::Layer &layer) {
  const auto *dense = std::get_if<ir::Dense>(&layer.op);
  const auto *conv = std::get_if<ir::Conv>(&layer.op);
  // Groups of several channels, or with several outputs each, are blocks of one matrix, with zeros elsewhere.
  const auto isDepthwise = [&] {
    return conv->weights.channels() == 1 && conv->weights.rows() == conv->groups;
  };
  if (!dense && !(conv && (conv->groups == 1 || isDepthwise())))
    return false;
  const ir::Weights &weights = dense ? dense->weights : conv->weights;
  bool only = true;
  for (int64_t row = 0; only && row < weights.rows(); ++row)
    for (int64_t tap = 0; only && tap < weights.taps(); ++tap)
      only = weights.visitTap(row, tap, [&](const auto *at) {
        return std::all_of(at, at + weights.channels(), [](auto w) { return w == 1 || w == -1; });
      });
  return only;
}

Foldable foldable(const ir::Model &model, const ir::Layer &layer) {
  const auto shapeOf = [&](ir::StreamId id) -> const ir::Shape & { return model.stream(id).shape; };
  if (layer.output == ir::StreamId::None || layer.inputs.empty())
    return {};
  const int64_t channels = shapeOf(layer.output).empty() ? 1 : shapeOf(layer.output).back();
  return std::visit(
      ir::Overloaded{
          [&](const ir::Dense &op) -> Foldable {
            return {op.weights.rows(), op.weights.channels()};
          },
          [&](const ir::Conv &) -> Foldable {
            return {channels, isDepthwise(model, layer) ? 1 : shapeOf(layer.inputs[0])[2]};
          },
          [&](const ir::ArgMax &) -> Foldable {
            return {shapeOf(layer.inputs[0]).back(), 1};
          },
          [&](const ir::Concat &op) -> Foldable {
            return {commonRun(model, layer, static_cast<size_t>(op.axis)), 1};
          },
          [&](const ir::Crop &op) -> Foldable {
            return {std::gcd(std::gcd(op.begin.back(), op.end.back()), shapeOf(layer.inputs[0]).back()), 1};
          },
          [&](const ir::Transpose &op) -> Foldable {
            return {op.perm.back() + 1 == static_cast<int64_t>(op.perm.size()) ? channels : 1, 1};
          },
          [&](const ir::Reshape &) -> Foldable { return {}; },
          [&](const ir::Receive &) -> Foldable { return {}; },
          [&](const auto &) -> Foldable {
            return {channels, 1};
          },
      },
      layer.op);
}

Implementation movingFolding(const ir::Model &model, const ir::Layer &layer) {
  constexpr int64_t kWordBits = 512;
  Implementation out{.style = Style::Finn, .io = IoMode::Stream, .folding = {}};
  int64_t bits = model.stream(layer.output).type.bits();
  for (ir::StreamId input : layer.inputs)
    bits = std::max<int64_t>(bits, model.stream(input).type.bits());
  for (int64_t pe : divisorsOf(foldable(model, layer).pe))
    if (pe * bits <= kWordBits)
      out.folding.pe = pe;
  return out;
}

std::vector<Implementation> foldings(const ir::Model &model, const ir::Layer &layer) {
  const Foldable of = foldable(model, layer);
  const Bits bits = bitsOf(model, layer);
  const auto made = [](Folding folding) {
    return Implementation{.style = Style::Finn, .io = IoMode::Stream, .folding = folding};
  };
  std::vector<Implementation> out;
  if (!ir::isLinear(layer.op)) {
    std::vector<int64_t> pes = divisorsOf(of.pe);
    std::erase_if(pes, [&](int64_t pe) {
      return pe > 1 && pe * std::max(bits.input, bits.output) > laws().axisWordBits;
    });
    for (int64_t pe : thinned(pes, of.pe, kMostDegrees))
      out.push_back(made({.pe = pe}));
    return out;
  }
  // Of the ways to a degree, the ones with the widest SIMD: fewer sums are held, fewer results compared. Of
  // those within a pixel one, and one beyond, whose window is wider.
  std::map<int64_t, std::array<std::optional<Folding>, 2>> byDegree;
  const bool byChannel = isDepthwise(model, layer);
  const std::vector<int64_t> simds = simdsOf(layer, of);
  const int64_t weights = of.pe * of.simd * tapsOf(layer);
  for (int64_t pe : divisorsOf(of.pe))
    for (int64_t simd : simds) {
      const int64_t lanes = simd * (byChannel ? pe : 1);
      // In the unit every PE has words of its own.
      const bool isEmbedded = weights / (pe * simd) <= kEmbeddedDepth;
      if (pe * bits.output > laws().axisWordBits || lanes * bits.input > laws().axisWordBits ||
          (isEmbedded ? 1 : pe) * simd * bits.weight > laws().axisWordBits)
        continue;
      std::optional<Folding> &best = byDegree[pe * simd][simd > of.simd];
      if (!best || simd >= best->simd)
        best = {.pe = pe, .simd = simd};
    }
  std::vector<int64_t> degrees;
  for (const auto &entry : byDegree)
    degrees.push_back(entry.first);
  for (int64_t degree : spread(std::move(degrees), kMostDegrees)) {
    const int64_t depth = weights / degree;
    std::vector<Folding> memories;
    for (const std::optional<Folding> &folding : byDegree[degree]) {
      if (!folding)
        continue;
      if (depth <= kEmbeddedDepth)
        memories.push_back(*folding);
      else
        for (RamStyle style : {RamStyle::Block, RamStyle::Ultra})
          if (style == RamStyle::Block || depth >= kUltraDepth) {
            memories.push_back(*folding);
            memories.back().memMode = MemMode::Decoupled;
            memories.back().ramStyle = style;
          }
      if (depth > kEmbeddedDepth && degree <= kReaderBits / bits.weight) {
        memories.push_back(*folding);
        memories.back().memMode = MemMode::External;
      }
    }
    for (Folding &memory : memories)
      for (ResType type : {ResType::Lut, ResType::Dsp})
        if (type == ResType::Lut || (bits.weight >= 3 && bits.input >= 3)) {
          memory.resType = type;
          out.push_back(made(memory));
        }
  }
  return out;
}

} // namespace braid::kernel
