// Folding of operators that compute: reals in double, rounded to the tensor's type; integers in 64 bits,
// wrapped to it.

#include "fold.h"

#include "shapes.h"

#include <cmath>
#include <limits>

namespace braid::frontend {
namespace {

using Results = llvm::Expected<std::vector<Tensor>>;

/// Sums and products wrap; signed overflow would be undefined.
int64_t wrapped(uint64_t value) { return static_cast<int64_t>(value); }

struct Binary {
  double (*real)(double, double);
  /// Null where the operator has no meaning for integers.
  int64_t (*integer)(int64_t, int64_t);
  bool isDivision = false;
  bool givesBool = false;
};

int64_t integerPower(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t out = 1, square = static_cast<uint64_t>(base);
  for (auto left = static_cast<uint64_t>(exponent); left != 0; left >>= 1, square *= square)
    if (left & 1)
      out *= square;
  return wrapped(out);
}

int64_t integerQuotient(int64_t a, int64_t b) {
  return b == -1 ? wrapped(0 - static_cast<uint64_t>(a)) : a / b;
}

constexpr Binary kAdd = {
    [](double a, double b) { return a + b; },
    [](int64_t a, int64_t b) { return wrapped(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }};
constexpr Binary kSub = {
    [](double a, double b) { return a - b; },
    [](int64_t a, int64_t b) { return wrapped(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)); }};
constexpr Binary kMul = {
    [](double a, double b) { return a * b; },
    [](int64_t a, int64_t b) { return wrapped(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); }};
constexpr Binary kDiv = {[](double a, double b) { return a / b; }, integerQuotient, true};
constexpr Binary kPow = {[](double a, double b) { return std::pow(a, b); }, integerPower};
constexpr Binary kMin = {[](double a, double b) { return std::min(a, b); },
                         [](int64_t a, int64_t b) { return std::min(a, b); }};
constexpr Binary kMax = {[](double a, double b) { return std::max(a, b); },
                         [](int64_t a, int64_t b) { return std::max(a, b); }};
constexpr Binary kEqual = {[](double a, double b) { return a == b ? 1.0 : 0.0; },
                           [](int64_t a, int64_t b) { return int64_t{a == b}; }, false, true};
constexpr Binary kGreater = {[](double a, double b) { return a > b ? 1.0 : 0.0; },
                             [](int64_t a, int64_t b) { return int64_t{a > b}; }, false, true};
constexpr Binary kLess = {[](double a, double b) { return a < b ? 1.0 : 0.0; },
                          [](int64_t a, int64_t b) { return int64_t{a < b}; }, false, true};

llvm::Expected<Tensor> combine(FoldContext &context, const Binary &op, const Tensor &a, const Tensor &b) {
  auto dims = broadcastShape(a.dims(), b.dims());
  if (!dims)
    return dims.takeError();
  if (auto error = context.afford(*dims))
    return error;
  const std::vector<int64_t> fromA = broadcastIndices(a.dims(), *dims),
                             fromB = broadcastIndices(b.dims(), *dims);
  const ElementType type = op.givesBool ? ElementType::Bool : a.type();
  if (isReal(a.type()) || isReal(b.type())) {
    std::vector<double> out(fromA.size());
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = op.real(a.real(fromA[i]), b.real(fromB[i]));
    return Tensor::ofReals(type, *dims, out);
  }
  std::vector<int64_t> out(fromA.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t right = b.integer(fromB[i]);
    if (op.isDivision && right == 0)
      return fault("an integer division by 0");
    out[i] = op.integer(a.integer(fromA[i]), right);
  }
  return Tensor::ofIntegers(type, *dims, out);
}

template <const Binary &op> Results binary(FoldContext &context) {
  // Attributes of opset 6; operands of equal shapes need neither.
  if (context.opset < 7) {
    context.attributes.ignore("broadcast");
    context.attributes.ignore("axis");
  }
  std::vector<Tensor> out = {*context.input(0)};
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    if (!context.input(i))
      return fault("input {} is left out", i);
    auto next = combine(context, op, out[0], *context.input(i));
    if (!next)
      return next.takeError();
    out[0] = std::move(*next);
  }
  return out;
}

template <double (*f)(double)> Results unary(FoldContext &context) {
  const Tensor &in = *context.input(0);
  if (auto error = context.afford(in.dims()))
    return error;
  std::vector<double> values = in.reals();
  for (double &value : values)
    value = f(value);
  return std::vector<Tensor>{Tensor::ofReals(in.type(), in.dims(), values)};
}

double negated(double x) { return -x; }
double magnitude(double x) { return std::fabs(x); }
double root(double x) { return std::sqrt(x); }
double reciprocal(double x) { return 1 / x; }
double exponential(double x) { return std::exp(x); }
double roundedDown(double x) { return std::floor(x); }
double roundedUp(double x) { return std::ceil(x); }
double inverted(double x) { return x == 0 ? 1 : 0; }

Results cast(FoldContext &context) {
  const Tensor &in = *context.input(0);
  const int64_t number = context.attributes.integer("to", 0);
  context.attributes.ignore("saturate");
  const auto type = elementTypeOf(static_cast<int32_t>(std::clamp<int64_t>(number, 0, 1000)));
  if (!type)
    return fault("a cast to {} is not supported",
                 elementTypeName(static_cast<int32_t>(std::clamp<int64_t>(number, 0, 1000))));
  if (*type == in.type())
    return std::vector<Tensor>{in};
  if (auto error = context.afford(in.dims()))
    return error;
  if (isReal(*type) || isReal(in.type()) || *type == ElementType::Bool)
    return std::vector<Tensor>{Tensor::ofReals(*type, in.dims(), in.reals())};
  return std::vector<Tensor>{Tensor::ofIntegers(*type, in.dims(), in.integers())};
}

Results where(FoldContext &context) {
  const Tensor &condition = *context.input(0), &yes = *context.input(1), &no = *context.input(2);
  auto dims = broadcastShape(yes.dims(), no.dims());
  if (!dims)
    return dims.takeError();
  dims = broadcastShape(*dims, condition.dims());
  if (!dims)
    return dims.takeError();
  if (auto error = context.afford(*dims))
    return error;
  const auto fromCondition = broadcastIndices(condition.dims(), *dims),
             fromYes = broadcastIndices(yes.dims(), *dims), fromNo = broadcastIndices(no.dims(), *dims);
  std::vector<double> reals;
  std::vector<int64_t> integers;
  for (size_t i = 0; i < fromYes.size(); ++i) {
    const bool take = condition.integer(fromCondition[i]) != 0;
    if (isReal(yes.type()))
      reals.push_back(take ? yes.real(fromYes[i]) : no.real(fromNo[i]));
    else
      integers.push_back(take ? yes.integer(fromYes[i]) : no.integer(fromNo[i]));
  }
  return std::vector<Tensor>{isReal(yes.type()) ? Tensor::ofReals(yes.type(), *dims, reals)
                                                : Tensor::ofIntegers(yes.type(), *dims, integers)};
}

/// Reductions over one axis after the other, as exporters use them to count elements.
template <const Binary &op> Results reduce(FoldContext &context) {
  const Tensor &in = *context.input(0);
  auto axes = attributeOrInput(context.attributes, "axes", context.input(1));
  if (!axes)
    return axes.takeError();
  const bool keep = context.attributes.integer("keepdims", 1) != 0;
  const bool skipIfNoAxes = context.attributes.integer("noop_with_empty_axes", 0) != 0;
  if (axes->empty() && skipIfNoAxes)
    return std::vector<Tensor>{in};
  if (axes->empty())
    for (int64_t axis = 0; axis < in.rank(); ++axis)
      axes->push_back(axis);
  auto normal = normalAxes(*axes, in.rank());
  if (!normal)
    return normal.takeError();
  Tensor out = in;
  for (int64_t axis : *normal) {
    Shape dims = out.dims();
    const int64_t size = dims[at(axis)];
    // Shape arithmetic reduces a handful of numbers.
    if (size == 0 || size > 65536)
      return fault("a reduction of {} constants", size);
    const std::vector<int64_t> strides = rowMajorStrides(dims);
    dims[at(axis)] = 1;
    if (auto error = context.afford(dims))
      return error;
    Tensor sum = out.gathered(dims, strided(dims, strides));
    for (int64_t i = 1; i < size; ++i) {
      auto next =
          combine(context, op, sum, out.gathered(dims, strided(dims, strides, i * strides[at(axis)])));
      if (!next)
        return next.takeError();
      sum = std::move(*next);
    }
    out = std::move(sum);
  }
  if (keep)
    return std::vector<Tensor>{out};
  auto dims = squeezeShape(out.dims(), *normal);
  if (!dims)
    return dims.takeError();
  return std::vector<Tensor>{out.reshaped(normal->empty() ? out.dims() : *dims)};
}

constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr FoldRule kRules[] = {
    {"Abs", 1, 1, unary<magnitude>},
    {"Add", 2, 2, binary<kAdd>},
    {"Cast", 1, 1, cast},
    {"Ceil", 1, 1, unary<roundedUp>},
    {"Div", 2, 2, binary<kDiv>},
    {"Equal", 2, 2, binary<kEqual>},
    {"Exp", 1, 1, unary<exponential>},
    {"Floor", 1, 1, unary<roundedDown>},
    {"Greater", 2, 2, binary<kGreater>},
    {"Less", 2, 2, binary<kLess>},
    {"Max", 1, kAny, binary<kMax>},
    {"Min", 1, kAny, binary<kMin>},
    {"Mul", 2, 2, binary<kMul>},
    {"Neg", 1, 1, unary<negated>},
    {"Not", 1, 1, unary<inverted>},
    {"Pow", 2, 2, binary<kPow>},
    {"Reciprocal", 1, 1, unary<reciprocal>},
    {"ReduceMax", 1, 2, reduce<kMax>},
    {"ReduceMin", 1, 2, reduce<kMin>},
    {"ReduceProd", 1, 2, reduce<kMul>},
    {"ReduceSum", 1, 2, reduce<kAdd>},
    {"Sqrt", 1, 1, unary<root>},
    {"Sub", 2, 2, binary<kSub>},
    {"Sum", 1, kAny, binary<kAdd>},
    {"Where", 3, 3, where},
};

} // namespace

llvm::ArrayRef<FoldRule> arithmeticFolds() { return kRules; }

} // namespace braid::frontend
