#include "boxes.h"
#include "layer_fault.h"

#include "braid/support/math.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::plan {
namespace {

using ir::Shape;
using kernel::Slice;

const Shape &shapeOf(const ir::Model &model, ir::StreamId id) { return model.stream(id).shape; }

/// Input rows [first, last) that output rows [begin, end) of a window look at, before they are cut to the
/// map.
std::pair<int64_t, int64_t> rowsSeen(const ir::Window &w, int64_t begin, int64_t end) {
  const int64_t reach = (w.kernel[0] - 1) * w.dilation[0] + 1;
  return {begin * w.stride[0] - w.padBegin[0], (end - 1) * w.stride[0] - w.padBegin[0] + reach};
}

/// The window of a slice of rows: padding only where the slice's rows reach over the map's edge.
ir::Window slicedWindow(ir::Window w, int64_t height, int64_t begin, int64_t end) {
  const auto [first, last] = rowsSeen(w, begin, end);
  w.padBegin[0] = std::max<int64_t>(0, -first);
  w.padEnd[0] = std::max<int64_t>(0, last - height);
  return w;
}

/// Numbers per channel, or per element, of a slice.
ir::Weights slicedNumbers(const ir::Weights &all, const Shape &shape, const Box &box) {
  if (all.empty() || box == wholeBox(shape))
    return all;
  if (all.rows() == shape.back())
    return all.rowSlice(box.begin.back(), box.end.back());
  if (const auto range = flatRange(box, shape))
    return all.rowSlice(range->first, range->second);
  std::vector<float> reals;
  std::vector<int64_t> integers;
  Shape at = box.begin;
  for (int64_t left = box.elements(); left > 0; --left) {
    int64_t flat = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      flat = flat * shape[d] + at[d];
    if (all.isFloat())
      reals.push_back(static_cast<float>(all.real(flat)));
    else
      integers.push_back(all.integer(flat));
    for (size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < box.end[d])
        break;
      at[d] = box.begin[d];
    }
  }
  return all.isFloat() ? ir::Weights::fromFloats(std::move(reals), box.elements())
                       : ir::Weights::fromIntegers(integers, box.elements());
}

/// Numbers for all channels, or those of the slice's channels.
ir::Weights slicedRows(const ir::Weights &all, const Box &box) {
  return all.rows() == 1 ? all : all.rowSlice(box.begin.back(), box.end.back());
}

} // namespace

Cuts cutsOf(const ir::Model &model, const ir::Layer &layer) {
  const bool isMap = layer.output != ir::StreamId::None && shapeOf(model, layer.output).size() == 3;
  return std::visit(ir::Overloaded{
                        [&](const ir::Dense &) { return Cuts{.neurons = true, .inputs = true}; },
                        [&](const ir::Conv &op) {
                          return Cuts{.neurons = true,
                                      .inputs = op.groups == 1,
                                      .rows = true,
                                      .neuronStep = op.groups == 1 ? 1 : op.weights.rows() / op.groups};
                        },
                        [&](const ir::Pool &) { return Cuts{.neurons = true, .rows = true}; },
                        [&](const ir::GlobalPool &) { return Cuts{.neurons = true}; },
                        [&](const ir::Activation &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Affine &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Threshold &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Requantize &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Softmax &) { return Cuts{.rows = isMap}; },
                        [&](const ir::Binary &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Concat &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const ir::Upsample &) { return Cuts{.neurons = true, .rows = true}; },
                        [&](const ir::Reshape &) { return Cuts{.neurons = true, .rows = isMap}; },
                        [&](const auto &) { return Cuts{}; },
                    },
                    layer.op);
}

std::string describe(const ir::Model &model, const ir::Layer &layer, const Slice &slice) {
  const Slice whole = kernel::wholeSlice(model, layer);
  std::vector<std::string> parts;
  auto add = [&](const char *what, int64_t begin, int64_t end, int64_t all) {
    if (begin != 0 || end != all)
      parts.push_back(fmt::format("{} [{}, {}) of {}", what, begin, end, all));
  };
  add("neurons", slice.rowBegin, slice.rowEnd, whole.rowEnd);
  add("inputs", slice.colBegin, slice.colEnd, whole.colEnd);
  add("rows", slice.posBegin, slice.posEnd, whole.posEnd);
  return parts.empty() ? "all" : fmt::format("{}", fmt::join(parts, ", "));
}

bool isPartial(const ir::Model &model, const ir::Layer &layer, const Slice &slice) {
  const Slice whole = kernel::wholeSlice(model, layer);
  return slice.colBegin != whole.colBegin || slice.colEnd != whole.colEnd;
}

Box outputBox(const ir::Model &model, const ir::Layer &layer, const Slice &slice) {
  Box box = wholeBox(shapeOf(model, layer.output));
  if (box.begin.size() == 3)
    box.begin[0] = slice.posBegin, box.end[0] = slice.posEnd;
  if (!box.begin.empty())
    box.begin.back() = slice.rowBegin, box.end.back() = slice.rowEnd;
  return box;
}

llvm::Expected<std::optional<Box>> inputBox(const ir::Model &model, const ir::Layer &layer,
                                            const Slice &slice, size_t i) {
  using Result = llvm::Expected<std::optional<Box>>;
  const Shape &in = shapeOf(model, layer.inputs[i]), &out = shapeOf(model, layer.output);
  const Box made = outputBox(model, layer, slice);
  auto window = [&](const ir::Window &w, int64_t channelBegin, int64_t channelEnd) -> Result {
    Box box = wholeBox(in);
    const auto [first, last] = rowsSeen(w, slice.posBegin, slice.posEnd);
    box.begin[0] = std::max<int64_t>(0, first), box.end[0] = std::min(in[0], last);
    box.begin[2] = channelBegin, box.end[2] = channelEnd;
    if (box.begin[0] >= box.end[0])
      return layerFault(
          layer,
          fmt::format(
              "its rows [{}, {}) see nothing but padding and cannot stand alone; a cut elsewhere would work",
              slice.posBegin, slice.posEnd));
    return box;
  };
  auto same = [&]() -> Result { return made; };
  return std::visit(
      ir::Overloaded{
          [&](const ir::Dense &) -> Result {
            return Box{{slice.colBegin}, {slice.colEnd}};
          },
          [&](const ir::Conv &op) -> Result {
            if (op.groups == 1)
              return window(op.window, slice.colBegin, slice.colEnd);
            const int64_t step = op.weights.rows() / op.groups, per = op.weights.channels();
            return window(op.window, slice.rowBegin / step * per, ceilDiv(slice.rowEnd, step) * per);
          },
          [&](const ir::Pool &op) -> Result { return window(op.window, slice.rowBegin, slice.rowEnd); },
          [&](const ir::GlobalPool &) -> Result {
            Box box = wholeBox(in);
            box.begin[2] = slice.rowBegin, box.end[2] = slice.rowEnd;
            return box;
          },
          [&](const ir::Activation &) -> Result { return same(); },
          [&](const ir::Affine &) -> Result { return same(); },
          [&](const ir::Threshold &) -> Result { return same(); },
          [&](const ir::Requantize &) -> Result { return same(); },
          [&](const ir::Softmax &) -> Result { return same(); },
          [&](const ir::Binary &) -> Result {
            Box box = made;
            for (size_t d = 0; d < in.size(); ++d)
              if (in[d] == 1)
                box.begin[d] = 0, box.end[d] = 1; // repeated where the result has more
            return box;
          },
          [&](const ir::Concat &op) -> Result {
            const auto axis = static_cast<size_t>(op.axis);
            int64_t before = 0;
            for (size_t k = 0; k < i; ++k)
              before += shapeOf(model, layer.inputs[k])[axis];
            Box own = wholeBox(out);
            own.begin[axis] = before, own.end[axis] = before + in[axis];
            std::optional<Box> box = intersection(made, own);
            if (box)
              box->begin[axis] -= before, box->end[axis] -= before;
            return box;
          },
          [&](const ir::Upsample &op) -> Result {
            if (slice.posBegin % op.factor[0] || slice.posEnd % op.factor[0])
              return layerFault(layer,
                                fmt::format("its rows are cut at multiples of {} only, not into [{}, {})",
                                            op.factor[0], slice.posBegin, slice.posEnd));
            Box box = wholeBox(in);
            box.begin[0] = slice.posBegin / op.factor[0], box.end[0] = slice.posEnd / op.factor[0];
            box.begin[2] = slice.rowBegin, box.end[2] = slice.rowEnd;
            return box;
          },
          [&](const ir::Reshape &) -> Result {
            std::optional<Box> box = reshapedBox(made, out, in);
            if (!box)
              return layerFault(layer, fmt::format("{} of {} is no part of {} that could be sent by itself",
                                                   toString(made), ir::toString(out), ir::toString(in)));
            return box;
          },
          [&](const auto &) -> Result { return wholeBox(in); },
      },
      layer.op);
}

ir::Op slicedOp(const ir::Model &model, const ir::Layer &layer, const Slice &slice) {
  const Box made = outputBox(model, layer, slice);
  const Shape &out = shapeOf(model, layer.output);
  auto bias = [&](const ir::Weights &all) {
    return all.empty() || isPartial(model, layer, slice) ? ir::Weights()
                                                         : all.rowSlice(slice.rowBegin, slice.rowEnd);
  };
  return std::visit(
      ir::Overloaded{
          [&](ir::Dense op) -> ir::Op {
            op.bias = bias(op.bias);
            op.weights =
                op.weights.rowSlice(slice.rowBegin, slice.rowEnd).channelSlice(slice.colBegin, slice.colEnd);
            return op;
          },
          [&](ir::Conv op) -> ir::Op {
            const int64_t height = shapeOf(model, layer.inputs[0])[0];
            op.window = slicedWindow(op.window, height, slice.posBegin, slice.posEnd);
            op.bias = bias(op.bias);
            if (op.groups == 1)
              op.weights = op.weights.channelSlice(slice.colBegin, slice.colEnd);
            else
              op.groups = (slice.rowEnd - slice.rowBegin) / (op.weights.rows() / op.groups);
            op.weights = op.weights.rowSlice(slice.rowBegin, slice.rowEnd);
            return op;
          },
          [&](ir::Pool op) -> ir::Op {
            op.window =
                slicedWindow(op.window, shapeOf(model, layer.inputs[0])[0], slice.posBegin, slice.posEnd);
            return op;
          },
          [&](ir::Activation op) -> ir::Op {
            op.slopes = slicedNumbers(op.slopes, out, made);
            return op;
          },
          [&](ir::Affine op) -> ir::Op {
            op.scale = slicedNumbers(op.scale, out, made);
            op.bias = slicedNumbers(op.bias, out, made);
            return op;
          },
          [&](ir::Threshold op) -> ir::Op {
            op.thresholds = slicedRows(op.thresholds, made);
            return op;
          },
          [&](ir::Requantize op) -> ir::Op {
            op.factor = slicedRows(op.factor, made), op.offset = slicedRows(op.offset, made);
            return op;
          },
          [&](ir::Reshape op) -> ir::Op {
            op.shape = made.shape();
            return op;
          },
          [&](const auto &op) -> ir::Op { return op; },
      },
      layer.op);
}

std::optional<Slice> followingSlice(const ir::Model &model, const ir::Layer &layer, const Box &input) {
  const Shape &in = shapeOf(model, layer.inputs[0]), &out = shapeOf(model, layer.output);
  auto sliceOf = [&](const Box &made) {
    Slice slice = kernel::wholeSlice(model, layer);
    slice.rowBegin = made.begin.back(), slice.rowEnd = made.end.back();
    if (made.begin.size() == 3)
      slice.posBegin = made.begin[0], slice.posEnd = made.end[0];
    return slice;
  };
  auto isCut = [&](size_t d) { return input.begin[d] != 0 || input.end[d] != in[d]; };
  // Cuts are along channels and rows; columns of a map stay together.
  if (in.size() == 3 && isCut(1))
    return std::nullopt;
  if (in.size() == 2 && isCut(0))
    return std::nullopt;
  return std::visit(
      ir::Overloaded{
          [&](const ir::Activation &) -> std::optional<Slice> { return sliceOf(input); },
          [&](const ir::Affine &) -> std::optional<Slice> { return sliceOf(input); },
          [&](const ir::Threshold &) -> std::optional<Slice> { return sliceOf(input); },
          [&](const ir::Requantize &) -> std::optional<Slice> { return sliceOf(input); },
          [&](const ir::Binary &) -> std::optional<Slice> {
            return in == out ? std::optional(sliceOf(input)) : std::nullopt;
          },
          [&](const ir::Softmax &) -> std::optional<Slice> {
            return isCut(in.size() - 1) ? std::nullopt : std::optional(sliceOf(input));
          },
          [&](const ir::Pool &op) -> std::optional<Slice> {
            // The output rows whose windows begin in these input rows.
            auto rowAt = [&](int64_t y) {
              return y >= in[0] ? out[0]
                     : y <= 0   ? 0
                                : std::clamp<int64_t>(ceilDiv(y + op.window.padBegin[0], op.window.stride[0]),
                                                    0, out[0]);
            };
            Box made = wholeBox(out);
            made.begin[0] = rowAt(input.begin[0]), made.end[0] = rowAt(input.end[0]);
            made.begin[2] = input.begin[2], made.end[2] = input.end[2];
            return sliceOf(made); // of no rows, if no window begins there
          },
          [&](const ir::GlobalPool &) -> std::optional<Slice> {
            if (isCut(0))
              return std::nullopt;
            Box made = wholeBox(out);
            made.begin[2] = input.begin[2], made.end[2] = input.end[2];
            return sliceOf(made);
          },
          [&](const ir::Upsample &op) -> std::optional<Slice> {
            Box made = wholeBox(out);
            made.begin[0] = input.begin[0] * op.factor[0], made.end[0] = input.end[0] * op.factor[0];
            made.begin[2] = input.begin[2], made.end[2] = input.end[2];
            return sliceOf(made);
          },
          [&](const ir::Reshape &) -> std::optional<Slice> {
            const std::optional<Box> made = reshapedBox(input, in, out);
            if (!made || (out.size() == 3 && (made->begin[1] != 0 || made->end[1] != out[1])) ||
                (out.size() == 2 && made->end[0] - made->begin[0] != out[0]))
              return std::nullopt;
            return sliceOf(*made);
          },
          [&](const auto &) -> std::optional<Slice> { return std::nullopt; },
      },
      layer.op);
}

} // namespace braid::plan
