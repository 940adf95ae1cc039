// Folds what stands beside a layer with weights into it, in float, before anything is rounded:
//
//   Conv -> Affine            becomes   Conv with scaled weights and bias
//   Affine -> Dense, Conv     becomes   Dense, Conv with scaled columns and a moved bias, where the scale is
//   near 1 Affine -> Affine          becomes   Affine Pad (zeros) -> Conv, Pool becomes   Conv, Pool with
//   padding
#include "passes.h"

#include <algorithm>
#include <cmath>

namespace braid::pass {
namespace {

using namespace ir;

struct LinearParts {
  Weights *weights, *bias;
};

LinearParts partsOf(Op &op) {
  if (auto *dense = std::get_if<Dense>(&op))
    return {&dense->weights, &dense->bias};
  auto &conv = std::get<Conv>(op);
  return {&conv.weights, &conv.bias};
}

std::vector<float> biasOrZeros(const Weights &bias, int64_t rows) {
  return bias.empty() ? std::vector<float>(static_cast<size_t>(rows), 0.0f) : bias.floats();
}

bool perChannel(const Affine &affine, const Shape &shape) { return affine.scale.rows() == shape.back(); }

/// y = s (W x + b) + t.
void foldAfter(Op &op, const Affine &affine) {
  auto [weights, bias] = partsOf(op);
  std::vector<float> w = weights->floats(), b = biasOrZeros(*bias, weights->rows());
  const int64_t perRow = weights->taps() * weights->channels();
  for (int64_t r = 0; r < weights->rows(); ++r) {
    const double scale = affine.scale.real(r);
    for (int64_t i = 0; i < perRow; ++i)
      w[static_cast<size_t>(r * perRow + i)] =
          static_cast<float>(w[static_cast<size_t>(r * perRow + i)] * scale);
    b[static_cast<size_t>(r)] = static_cast<float>(b[static_cast<size_t>(r)] * scale + affine.bias.real(r));
  }
  *weights = Weights::fromFloats(std::move(w), weights->rows(), weights->taps(), weights->channels());
  *bias = Weights::fromFloats(std::move(b), weights->rows());
}

/// Weights that become far smaller would lose their bits when they are rounded to a type of a few bits
/// (pixels divided by 255 are the usual case), and far larger ones would not fit it.
bool keepsScale(const Affine &affine) {
  constexpr double kLeast = 0.25, kMost = 4;
  for (int64_t i = 0; i < affine.scale.rows(); ++i)
    if (const double scale = std::abs(affine.scale.real(i)); scale < kLeast || scale > kMost)
      return false;
  return true;
}

/// y = W (s x + t) + b. Only where no padding stands between (padding would have to be -t / s).
void foldBefore(Op &op, const Affine &affine) {
  auto [weights, bias] = partsOf(op);
  const auto *conv = std::get_if<Conv>(&op);
  const int64_t groups = conv ? conv->groups : 1, rows = weights->rows(), perGroup = rows / groups;
  std::vector<float> w = weights->floats(), b = biasOrZeros(*bias, rows);
  size_t at = 0;
  for (int64_t r = 0; r < rows; ++r) {
    double moved = b[static_cast<size_t>(r)];
    for (int64_t t = 0; t < weights->taps(); ++t)
      for (int64_t c = 0; c < weights->channels(); ++c, ++at) {
        const int64_t channel = (r / perGroup) * weights->channels() + c;
        moved += w[at] * affine.bias.real(channel);
        w[at] = static_cast<float>(w[at] * affine.scale.real(channel));
      }
    b[static_cast<size_t>(r)] = static_cast<float>(moved);
  }
  *weights = Weights::fromFloats(std::move(w), rows, weights->taps(), weights->channels());
  *bias = Weights::fromFloats(std::move(b), rows);
}

Affine composed(const Affine &first, const Affine &second) {
  std::vector<float> scale, bias;
  const int64_t n = std::max(first.scale.rows(), second.scale.rows());
  for (int64_t i = 0; i < n; ++i) {
    const int64_t a = i % first.scale.rows(), b = i % second.scale.rows();
    scale.push_back(static_cast<float>(first.scale.real(a) * second.scale.real(b)));
    bias.push_back(static_cast<float>(first.bias.real(a) * second.scale.real(b) + second.bias.real(b)));
  }
  return {Weights::fromFloats(std::move(scale), n), Weights::fromFloats(std::move(bias), n), {}, {}};
}

/// Adds a zero Pad over height and width to the window; false where it is something else.
bool foldPad(Window &window, const Pad &pad) {
  if (pad.begin.size() != 3 || pad.begin[2] || pad.end[2] || pad.value != 0)
    return false;
  for (size_t axis : {size_t{0}, size_t{1}}) {
    window.padBegin[axis] += pad.begin[axis];
    window.padEnd[axis] += pad.end[axis];
  }
  return true;
}

/// The only layer that reads what `layer` gives, or null; outputs of the model count as readers.
Layer *onlyReader(Model &model, const std::vector<llvm::SmallVector<LayerId, 2>> &readers,
                  const Layer &layer) {
  const bool isOutput = std::any_of(model.outputs.begin(), model.outputs.end(),
                                    [&](const Port &port) { return port.stream == layer.output; });
  const auto &all = readers[index(layer.output)];
  return !isOutput && all.size() == 1 ? &model.layer(all[0]) : nullptr;
}

/// The second layer takes the place of both and keeps the output's name.
void bypass(Layer &first, Layer &second) {
  second.inputs = first.inputs;
  second.nodes.insert(second.nodes.begin(), first.nodes.begin(), first.nodes.end());
}

bool fuseWithNext(Model &model, Layer &layer, Layer &next) {
  const auto *affine = std::get_if<Affine>(&layer.op);
  const auto *nextAffine = std::get_if<Affine>(&next.op);
  if (isLinear(layer.op) && nextAffine && perChannel(*nextAffine, model.stream(layer.output).shape)) {
    Op fused = layer.op;
    foldAfter(fused, *nextAffine);
    next.op = std::move(fused);
    next.name = layer.name; // the layer with weights is the one people know
    layer.name += " (fused)";
    bypass(layer, next);
    return true;
  }
  if (affine && isLinear(next.op) && perChannel(*affine, model.stream(layer.output).shape) &&
      keepsScale(*affine)) {
    const auto *conv = std::get_if<Conv>(&next.op);
    if (conv && conv->window.hasPadding() && affine->bias.range() != std::pair<double, double>{0, 0})
      return false;
    foldBefore(next.op, *affine);
    bypass(layer, next);
    return true;
  }
  if (affine && nextAffine) {
    next.op = composed(*affine, *nextAffine);
    bypass(layer, next);
    return true;
  }
  if (const auto *pad = std::get_if<Pad>(&layer.op)) {
    auto *conv = std::get_if<Conv>(&next.op);
    if (conv && foldPad(conv->window, *pad)) {
      bypass(layer, next);
      return true;
    }
    // Zeros of an average that count as cells are what countIncludePad means.
    auto *pool = std::get_if<Pool>(&next.op);
    if (pool && pool->kind == PoolKind::Average && (pool->countIncludePad || !pool->window.hasPadding()) &&
        foldPad(pool->window, *pad)) {
      pool->countIncludePad = true;
      bypass(layer, next);
      return true;
    }
  }
  return false;
}

} // namespace

llvm::Error fuse(Design &design) {
  Model &model = design.source;
  // Scales beside quantised weights are not theirs: streamlining takes them into its steps.
  if (std::any_of(model.layers.begin(), model.layers.end(),
                  [](const Layer &layer) { return std::holds_alternative<Quantize>(layer.op); }))
    return llvm::Error::success();
  for (bool changed = true; changed;) {
    changed = false;
    const auto readers = readersOf(model);
    for (Layer &layer : model.layers) {
      if (layer.output == StreamId::None)
        continue;
      if (Layer *next = onlyReader(model, readers, layer);
          next && next->inputs.size() == 1 && fuseWithNext(model, layer, *next)) {
        changed = true;
        break; // `readers` is out of date
      }
    }
    if (changed)
      compact(model);
  }
  return llvm::Error::success();
}

} // namespace braid::pass
