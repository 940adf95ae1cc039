// Streamlining of layers with weights and of pools: scales leave the sums, zero points and biases go along.
#include "grid.h"
#include "streamline.h"

#include "braid/support/math.h"

#include <fmt/format.h>

#include <algorithm>

namespace braid::pass {

using namespace ir;
using num::Rational;

namespace {

bool isZero(const std::vector<Rational> &numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](const Rational &n) { return n.sign() == 0; });
}

bool isAlike(const std::vector<Rational> &numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [&](const Rational &n) { return n == numbers[0]; });
}

/// Each number as a whole multiple of the largest unit there is, within `mostBits`.
std::optional<std::vector<int64_t>> multiples(const std::vector<Rational> &numbers, Rational &unit,
                                              int mostBits) {
  const auto found = commonUnit(numbers, mostBits);
  if (!found)
    return std::nullopt;
  unit = *found;
  std::vector<int64_t> out;
  for (const Rational &number : numbers)
    out.push_back((number / unit).floor());
  return out;
}

/// Smallest and largest sum of a row over inputs in `range`, exact in 128 bits.
std::optional<Interval> sumsOf(const std::vector<int64_t> &weights, int64_t rows, const Interval &range) {
  Int128 lo = 0, hi = 0;
  const size_t perRow = weights.size() / static_cast<size_t>(rows);
  for (size_t r = 0; r < static_cast<size_t>(rows); ++r) {
    Int128 up = 0, down = 0;
    for (size_t i = r * perRow; i < (r + 1) * perRow; ++i)
      (weights[i] > 0 ? up : down) += weights[i];
    const Int128 most = up * range.hi + down * range.lo, least = up * range.lo + down * range.hi;
    hi = r ? std::max(hi, most) : most, lo = r ? std::min(lo, least) : least;
  }
  const Int128 limit = Int128{1} << kMostStreamBits;
  if (lo < -limit || hi > limit)
    return std::nullopt;
  return Interval{static_cast<int64_t>(lo), static_cast<int64_t>(hi)};
}

} // namespace

/// sum_j w_rj (a_j q_j + b_j) + bias_r = a unit_r sum_j (w_rj m_j / unit_r) q_j + sum_j w_rj b_j + bias_r,
/// with a_j = a m_j.
Streamliner::Result Streamliner::linear(const Layer &layer, const Weights &weights, const Weights &bias,
                                        const Conv *conv) {
  auto in = affineInput(layer, 0);
  if (!in)
    return in.takeError();
  const AffinePiece affine = in->chain.affine();
  const int64_t rows = weights.rows(), perRow = weights.channels();
  const int64_t groups = conv ? conv->groups : 1, rowsPerGroup = rows / groups;
  auto channelOf = [&](int64_t row, int64_t c) {
    return static_cast<size_t>(row / rowsPerGroup * perRow + c);
  };

  // Scales of the channels: one for all, or one for each row, or whole multiples that the weights take in.
  std::vector<int64_t> columns;
  Rational unit = affine.scale[0];
  std::vector<Rational> rowScale(static_cast<size_t>(rows), unit);
  if (!isAlike(affine.scale)) {
    if (groups == 1) {
      auto found = multiples(affine.scale, unit, kMostWeightBits);
      if (!found)
        return faultAt(layer,
                       "the channels of its input have scales without a common unit; one scale for all "
                       "channels would work");
      columns = std::move(*found);
      std::fill(rowScale.begin(), rowScale.end(), unit);
    } else {
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 1; c < perRow; ++c)
          if (affine.scaleOf(channelOf(r, c)) != affine.scaleOf(channelOf(r, 0)))
            return faultAt(layer, "the channels of one group have different scales; one scale would work");
        rowScale[static_cast<size_t>(r)] = affine.scaleOf(channelOf(r, 0));
      }
    }
  }
  auto grid = findGrid(weights, columns);
  if (!grid)
    return faultAt(layer,
                   fmt::format("its weights are no whole multiples of a unit within {} bits{}: a float "
                               "layer between integers; a Quant or DequantizeLinear node on its weights "
                               "would work",
                               kMostWeightBits,
                               columns.empty() ? "" : ", with the scales of the input's channels"));

  // Padding stands for the real number 0.
  Op op = conv ? Op(*conv) : Op(Dense{});
  Interval range = in->range;
  if (conv && conv->window.hasPadding()) {
    if (isZero(affine.bias)) {
      range.lo = std::min<int64_t>(range.lo, 0), range.hi = std::max<int64_t>(range.hi, 0);
    } else {
      const Rational level = -(affine.biasOf(0) / affine.scaleOf(0));
      for (size_t c = 1; c < affine.channels(); ++c)
        if (-(affine.biasOf(c) / affine.scaleOf(c)) != level)
          return faultAt(layer,
                         "the channels of its padded input have different zero points; one would work");
      if (!level.isInteger())
        return faultAt(layer,
                       fmt::format("its padding of 0 lies between two levels of its input (at {}); a whole "
                                   "zero point would work",
                                   level.nearly()));
      Pad pad;
      const Window &w = conv->window;
      pad.begin = {w.padBegin[0], w.padBegin[1], 0}, pad.end = {w.padEnd[0], w.padEnd[1], 0};
      pad.value = static_cast<double>(level.floor());
      in->stream =
          emit(layer, pad, {in->stream}, source_.stream(layer.output).name + "_pad", layer.name + "_pad", {});
      range.lo = std::min(range.lo, level.floor()), range.hi = std::max(range.hi, level.floor());
      Window &own = std::get<Conv>(op).window;
      for (int axis : {0, 1})
        own.padBegin[axis] = own.padEnd[axis] = 0;
    }
  }

  AffinePiece out;
  for (int64_t r = 0; r < rows; ++r) {
    Rational sum = bias.empty() ? Rational(0) : Rational::exactly(bias.real(r));
    if (!isZero(affine.bias))
      for (int64_t c = 0; c < perRow; ++c) {
        Rational column = 0;
        int64_t whole = 0;
        const bool isPlain = columns.empty();
        for (int64_t t = 0; t < weights.taps(); ++t) {
          if (isPlain)
            whole += grid->integers[static_cast<size_t>((r * weights.taps() + t) * perRow + c)];
          else
            column = column + Rational::exactly(weights.real(r, t, c));
        }
        if (isPlain)
          column = Rational(whole) * grid->units[static_cast<size_t>(r)];
        sum = sum + column * affine.biasOf(channelOf(r, c));
      }
    out.scale.push_back(rowScale[static_cast<size_t>(r)] * grid->units[static_cast<size_t>(r)]);
    out.bias.push_back(std::move(sum));
  }

  const auto sums = sumsOf(grid->integers, rows, range);
  if (!sums)
    return faultAt(layer, fmt::format("its sums would need more than {} bits", kMostStreamBits));
  const Weights integers = Weights::fromIntegers(grid->integers, rows, weights.taps(), perRow);
  if (auto *made = std::get_if<Conv>(&op))
    made->weights = integers, made->bias = Weights();
  else
    std::get<Dense>(op).weights = integers;
  Rep made;
  made.stream = emit(layer, std::move(op), {in->stream}, source_.stream(layer.output).name, layer.name,
                     std::move(in->nodes));
  made.chain.push(std::move(out));
  made.range = *sums;
  return made;
}

/// A maximum of integers stands for that of what rises with them. A mean is a sum on a finer scale.
Streamliner::Result Streamliner::pool(const Layer &layer, PoolKind kind, const Window *window,
                                      bool countIncludePad) {
  auto in = kind == PoolKind::Max && !rep(layer).isHost ? rising(layer, rep(layer)) : affineInput(layer, 0);
  if (!in)
    return in.takeError();
  Rep out = *in;
  out.nodes.clear();
  if (kind != PoolKind::Max) {
    const Shape &shape = shapeOf(layer.inputs[0]);
    const int64_t cells = window ? window->taps() : shape[0] * shape[1];
    const bool pads = window && window->hasPadding();
    const AffinePiece affine = in->chain.affine();
    if (pads && (!countIncludePad || !isZero(affine.bias)))
      return faultAt(layer, "means over windows of different numbers of cells have no common scale; a pool "
                            "without padding would work");
    AffinePiece mean{{Rational(1) / Rational(cells)}, {Rational(0)}};
    // The bias stays what it is: the mean of the same number.
    AffinePiece scaled = affine;
    for (Rational &scale : scaled.scale)
      scale = scale * mean.scale[0];
    out.chain = Chain();
    out.chain.push(std::move(scaled));
    out.range = {in->range.lo * cells, in->range.hi * cells};
    if (pads)
      out.range = {std::min<int64_t>(out.range.lo, 0), std::max<int64_t>(out.range.hi, 0)};
    kind = PoolKind::Sum;
  }
  Op op = window ? Op(Pool{kind, *window, false}) : Op(GlobalPool{kind});
  out.stream = emit(layer, std::move(op), {in->stream}, source_.stream(layer.output).name, layer.name,
                    std::move(in->nodes));
  return out;
}

} // namespace braid::pass
