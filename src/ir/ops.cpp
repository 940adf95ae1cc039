#include "braid/ir/ops.h"

#include "braid/ir/model.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace braid::ir {

int64_t elements(llvm::ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::string toString(llvm::ArrayRef<int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

int64_t Window::outputSize(int axis, int64_t input) const {
  const int64_t reach = dilation[axis] * (kernel[axis] - 1) + 1;
  const int64_t room = input + padBegin[axis] + padEnd[axis] - reach;
  return room < 0 ? 0 : room / stride[axis] + 1;
}

const char *kindName(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::Relu:
    return "Relu";
  case ActivationKind::LeakyRelu:
    return "LeakyRelu";
  case ActivationKind::PRelu:
    return "PRelu";
  case ActivationKind::Clip:
    return "Clip";
  case ActivationKind::Sigmoid:
    return "Sigmoid";
  case ActivationKind::Tanh:
    return "Tanh";
  case ActivationKind::HardSigmoid:
    return "HardSigmoid";
  case ActivationKind::Selu:
    return "Selu";
  case ActivationKind::Elu:
    return "Elu";
  }
  BRAID_CHECK(false, "unknown activation");
}

const char *kindName(BinaryKind kind) {
  switch (kind) {
  case BinaryKind::Add:
    return "Add";
  case BinaryKind::Sub:
    return "Sub";
  case BinaryKind::Mul:
    return "Mul";
  case BinaryKind::Div:
    return "Div";
  }
  BRAID_CHECK(false, "unknown binary operation");
}

namespace {

const char *poolName(PoolKind kind) {
  return kind == PoolKind::Max ? "MaxPool" : kind == PoolKind::Sum ? "SumPool" : "AveragePool";
}
const char *globalPoolName(PoolKind kind) {
  return kind == PoolKind::Max   ? "GlobalMaxPool"
         : kind == PoolKind::Sum ? "GlobalSumPool"
                                 : "GlobalAveragePool";
}

} // namespace

const char *kindName(const Op &op) {
  return std::visit(Overloaded{
                        [](const Dense &) { return "Dense"; },
                        [](const Conv &) { return "Conv"; },
                        [](const Pool &p) { return poolName(p.kind); },
                        [](const GlobalPool &p) { return globalPoolName(p.kind); },
                        [](const Activation &a) { return kindName(a.kind); },
                        [](const Softmax &) { return "Softmax"; },
                        [](const Affine &) { return "Affine"; },
                        [](const Quantize &) { return "Quantize"; },
                        [](const Threshold &) { return "Threshold"; },
                        [](const Requantize &) { return "Requantize"; },
                        [](const ArgMax &) { return "ArgMax"; },
                        [](const Binary &b) { return kindName(b.kind); },
                        [](const Concat &) { return "Concat"; },
                        [](const Transpose &) { return "Transpose"; },
                        [](const Reshape &) { return "Reshape"; },
                        [](const Pad &) { return "Pad"; },
                        [](const Upsample &) { return "Upsample"; },
                        [](const Sum &) { return "Sum"; },
                        [](const Crop &) { return "Crop"; },
                        [](const Send &) { return "Send"; },
                        [](const Receive &) { return "Receive"; },
                    },
                    op);
}

bool isElementwise(const Op &op) {
  return std::holds_alternative<Activation>(op) || std::holds_alternative<Affine>(op) ||
         std::holds_alternative<Quantize>(op) || std::holds_alternative<Threshold>(op) ||
         std::holds_alternative<Requantize>(op);
}

namespace {

template <class... Args> llvm::Error bad(fmt::format_string<Args...> format, Args &&...args) {
  return badInput("", fmt::format(format, std::forward<Args>(args)...));
}

llvm::Expected<Shape> windowShape(const Window &window, const Shape &in, int64_t channels) {
  if (in.size() != 3)
    return bad("its input {} is not [H, W, C]", toString(in));
  Shape out = {0, 0, channels};
  for (int axis : {0, 1}) {
    if (window.kernel[axis] < 1 || window.stride[axis] < 1 || window.dilation[axis] < 1 ||
        window.padBegin[axis] < 0 || window.padEnd[axis] < 0)
      return bad("kernel, stride and dilation must be at least 1, pads at least 0");
    out[static_cast<size_t>(axis)] = window.outputSize(axis, in[static_cast<size_t>(axis)]);
    if (out[static_cast<size_t>(axis)] < 1)
      return bad("a kernel of {} x {} does not fit into the padded input {}", window.kernel[0],
                 window.kernel[1], toString(in));
  }
  return out;
}

llvm::Expected<Shape> broadcast(const Shape &a, const Shape &b) {
  if (a.size() != b.size())
    return bad("shapes {} and {} differ in rank", toString(a), toString(b));
  Shape out;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
      return bad("shapes {} and {} do not broadcast", toString(a), toString(b));
    out.push_back(std::max(a[i], b[i]));
  }
  return out;
}

llvm::Expected<Shape> transposed(const Transpose &op, const Shape &in) {
  Shape out;
  std::vector<bool> seen(in.size(), false);
  for (int64_t p : op.perm) {
    if (p < 0 || p >= static_cast<int64_t>(in.size()) || seen[static_cast<size_t>(p)])
      return bad("perm {} is no permutation of the dimensions of {}", toString(op.perm), toString(in));
    seen[static_cast<size_t>(p)] = true;
    out.push_back(in[static_cast<size_t>(p)]);
  }
  if (out.size() != in.size())
    return bad("perm {} does not have the rank of {}", toString(op.perm), toString(in));
  return out;
}

llvm::Expected<Shape> concatenated(const Concat &op, llvm::ArrayRef<Shape> in) {
  Shape out = in[0];
  const auto axis = static_cast<size_t>(op.axis);
  if (op.axis < 0 || axis >= out.size())
    return bad("axis {} is outside {}", op.axis, toString(out));
  for (const Shape &shape : in.drop_front()) {
    if (shape.size() != out.size())
      return bad("shapes {} and {} differ in rank", toString(out), toString(shape));
    for (size_t i = 0; i < out.size(); ++i)
      if (i != axis && shape[i] != out[i])
        return bad("shapes {} and {} differ outside axis {}", toString(out), toString(shape), op.axis);
    out[axis] += shape[axis];
  }
  return out;
}

struct ShapeOf {
  llvm::ArrayRef<Shape> in;

  llvm::Expected<Shape> operator()(const Dense &op) const {
    if (in[0].size() != 1 || in[0][0] != op.weights.channels() || op.weights.taps() != 1)
      return bad("its input {} does not fit weights [{}, {}]", toString(in[0]), op.weights.rows(),
                 op.weights.channels());
    if (!op.bias.empty() && op.bias.rows() != op.weights.rows())
      return bad("{} biases for {} neurons", op.bias.rows(), op.weights.rows());
    return Shape{op.weights.rows()};
  }
  llvm::Expected<Shape> operator()(const Conv &op) const {
    if (in[0].size() != 3 || op.groups < 1 || in[0][2] % op.groups || op.weights.rows() % op.groups ||
        op.weights.channels() != in[0][2] / op.groups || op.weights.taps() != op.window.taps())
      return bad("its input {} in {} groups does not fit weights [{}, {} taps, {}]", toString(in[0]),
                 op.groups, op.weights.rows(), op.weights.taps(), op.weights.channels());
    if (!op.bias.empty() && op.bias.rows() != op.weights.rows())
      return bad("{} biases for {} channels", op.bias.rows(), op.weights.rows());
    return windowShape(op.window, in[0], op.weights.rows());
  }
  llvm::Expected<Shape> operator()(const Pool &op) const {
    return windowShape(op.window, in[0], in[0].empty() ? 0 : in[0].back());
  }
  llvm::Expected<Shape> operator()(const GlobalPool &) const {
    if (in[0].size() != 3)
      return bad("its input {} is not [H, W, C]", toString(in[0]));
    return Shape{1, 1, in[0][2]};
  }
  llvm::Expected<Shape> operator()(const Activation &op) const {
    if (!op.slopes.empty() && (in[0].empty() || op.slopes.rows() != in[0].back()))
      return bad("{} slopes for input {}", op.slopes.rows(), toString(in[0]));
    return in[0];
  }
  llvm::Expected<Shape> operator()(const Softmax &) const { return in[0]; }
  llvm::Expected<Shape> operator()(const Affine &op) const {
    const int64_t n = op.scale.rows();
    if (in[0].empty() || n != op.bias.rows() || (n != in[0].back() && n != elements(in[0])))
      return bad("{} scales and {} biases for input {}", n, op.bias.rows(), toString(in[0]));
    return in[0];
  }
  llvm::Expected<Shape> operator()(const Quantize &op) const {
    for (const Weights *numbers : {&op.scale, &op.zeroPoint, &op.thresholds, &op.outScale, &op.outBias})
      if (llvm::Error error = perChannel(*numbers))
        return error;
    if (op.lo > op.hi)
      return bad("levels from {} to {}", op.lo, op.hi);
    return in[0];
  }
  llvm::Expected<Shape> operator()(const Threshold &op) const {
    if (op.thresholds.empty())
      return bad("no thresholds");
    if (llvm::Error error = perChannel(op.thresholds))
      return error;
    return in[0];
  }
  llvm::Expected<Shape> operator()(const Requantize &op) const {
    for (const Weights *numbers : {&op.factor, &op.offset})
      if (llvm::Error error = perChannel(*numbers))
        return error;
    return in[0];
  }
  llvm::Expected<Shape> operator()(const ArgMax &) const {
    Shape out = in[0];
    if (out.empty())
      return bad("an input of one number");
    out.back() = 1;
    return out;
  }
  /// Numbers for all channels, or one for each.
  llvm::Error perChannel(const Weights &numbers) const {
    if (numbers.rows() > 1 && (in[0].empty() || numbers.rows() != in[0].back()))
      return bad("numbers for {} channels and an input {}", numbers.rows(), toString(in[0]));
    return llvm::Error::success();
  }
  llvm::Expected<Shape> operator()(const Binary &) const { return broadcast(in[0], in[1]); }
  llvm::Expected<Shape> operator()(const Concat &op) const { return concatenated(op, in); }
  llvm::Expected<Shape> operator()(const Transpose &op) const { return transposed(op, in[0]); }
  llvm::Expected<Shape> operator()(const Reshape &op) const {
    if (elements(op.shape) != elements(in[0]))
      return bad("{} and {} differ in size", toString(in[0]), toString(op.shape));
    return op.shape;
  }
  llvm::Expected<Shape> operator()(const Pad &op) const {
    if (op.begin.size() != in[0].size() || op.end.size() != in[0].size())
      return bad("{} pads for input {}", op.begin.size(), toString(in[0]));
    Shape out = in[0];
    for (size_t i = 0; i < out.size(); ++i) {
      if (op.begin[i] < 0 || op.end[i] < 0)
        return bad("negative pads");
      out[i] += op.begin[i] + op.end[i];
    }
    return out;
  }
  llvm::Expected<Shape> operator()(const Upsample &op) const {
    if (in[0].size() != 3 || op.factor[0] < 1 || op.factor[1] < 1)
      return bad("its input {} is not [H, W, C] or a factor is below 1", toString(in[0]));
    return Shape{in[0][0] * op.factor[0], in[0][1] * op.factor[1], in[0][2]};
  }
  llvm::Expected<Shape> operator()(const Sum &op) const {
    for (const Shape &shape : in.drop_front())
      if (shape != in[0])
        return bad("shapes {} and {} differ", toString(in[0]), toString(shape));
    if (!op.bias.empty() && (in[0].empty() || op.bias.rows() != in[0].back()))
      return bad("{} biases for input {}", op.bias.rows(), toString(in[0]));
    return in[0];
  }
  llvm::Expected<Shape> operator()(const Crop &op) const {
    if (op.begin.size() != in[0].size() || op.end.size() != in[0].size())
      return bad("a box of {} dimensions for input {}", op.begin.size(), toString(in[0]));
    Shape out;
    for (size_t d = 0; d < in[0].size(); ++d) {
      if (op.begin[d] < 0 || op.begin[d] >= op.end[d] || op.end[d] > in[0][d])
        return bad("[{}, {}) is no part of dimension {} of {}", op.begin[d], op.end[d], d, toString(in[0]));
      out.push_back(op.end[d] - op.begin[d]);
    }
    return out;
  }
  llvm::Expected<Shape> operator()(const Send &) const { return in[0]; }
  llvm::Expected<Shape> operator()(const Receive &) const {
    return bad("a receive layer states its own shape");
  }
};

size_t arity(const Op &op) {
  if (std::holds_alternative<Receive>(op))
    return 0;
  return std::holds_alternative<Binary>(op) ? 2 : 1;
}

} // namespace

llvm::Expected<Shape> inferShape(const Op &op, llvm::ArrayRef<Shape> inputs) {
  const bool anyNumber = std::holds_alternative<Concat>(op) || std::holds_alternative<Sum>(op);
  if (anyNumber ? inputs.empty() : inputs.size() != arity(op))
    return bad("{} inputs; {} takes {}", inputs.size(), kindName(op),
               anyNumber ? "one or more" : std::to_string(arity(op)));
  return std::visit(ShapeOf{inputs}, op);
}

int64_t macs(const Model &model, const Layer &layer) {
  if (const auto *dense = std::get_if<Dense>(&layer.op))
    return dense->weights.size();
  if (const auto *conv = std::get_if<Conv>(&layer.op)) {
    const Shape &out = model.stream(layer.output).shape;
    return conv->weights.size() * out[0] * out[1];
  }
  return 0;
}

int64_t parameters(const Layer &layer) {
  return std::visit(
      Overloaded{
          [](const Dense &op) { return op.weights.size() + op.bias.size() * !op.bias.empty(); },
          [](const Conv &op) { return op.weights.size() + op.bias.size() * !op.bias.empty(); },
          [](const Affine &op) { return op.scale.size() + op.bias.size(); },
          [](const Activation &op) { return op.slopes.empty() ? int64_t{0} : op.slopes.size(); },
          [](const Threshold &op) { return op.thresholds.size(); },
          [](const Requantize &op) { return op.factor.size() + op.offset.size(); },
          [](const Sum &op) { return op.bias.empty() ? int64_t{0} : op.bias.size(); },
          [](const auto &) { return int64_t{0}; },
      },
      layer.op);
}

} // namespace braid::ir
