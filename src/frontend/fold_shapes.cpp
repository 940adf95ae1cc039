// Folding of operators that move elements and make shapes.

#include "fold.h"

#include "shapes.h"

#include <array>
#include <limits>

namespace braid::frontend {
namespace {

using Results = llvm::Expected<std::vector<Tensor>>;

Results one(Tensor tensor) {
  std::vector<Tensor> out;
  out.push_back(std::move(tensor));
  return out;
}

Results reshapedTo(const Tensor &tensor, llvm::Expected<Shape> shape) {
  if (!shape)
    return shape.takeError();
  return one(tensor.reshaped(std::move(*shape)));
}

/// Elements picked by `strides` and `offset` into the input.
Results picked(FoldContext &context, const Tensor &from, const Shape &shape, llvm::ArrayRef<int64_t> strides,
               int64_t offset = 0) {
  if (auto error = context.afford(shape))
    return error;
  return one(from.gathered(shape, strided(shape, strides, offset)));
}

Results constant(FoldContext &context) {
  auto value = constantNode(context.attributes);
  if (!value)
    return value.takeError();
  return one(std::move(*value));
}

Results constantOfShape(FoldContext &context) {
  auto dims = integersOf(*context.input(0), "the shape");
  if (!dims)
    return dims.takeError();
  const Tensor *value = context.attributes.tensor("value");
  const Shape shape(dims->begin(), dims->end());
  const auto elements = checkedElements(shape);
  if (!elements || *elements > kMaxConstantElements)
    return fault("shape {} makes no sensible number of elements", ir::toString(shape));
  if (value && value->size() != 1)
    return fault("attribute 'value' has {} elements instead of one", value->size());
  return one(Tensor::filled(value ? *value : Tensor::ofReals(ElementType::Float, {}, {0.0}), shape));
}

Results identity(FoldContext &context) { return one(*context.input(0)); }

Results shape(FoldContext &context) { return one(shapeTensor(context.input(0)->dims(), context.attributes)); }

Results size(FoldContext &context) {
  return one(Tensor::ofIntegers(ElementType::Int64, {}, {context.input(0)->size()}));
}

Results reshape(FoldContext &context) {
  auto target = attributeOrInput(context.attributes, "shape", context.input(1));
  if (!target)
    return target.takeError();
  const bool allowZero = context.attributes.integer("allowzero", 0) != 0;
  return reshapedTo(*context.input(0), reshapeShape(context.input(0)->dims(), *target, allowZero));
}

Results flatten(FoldContext &context) {
  return reshapedTo(*context.input(0),
                    flattenShape(context.input(0)->dims(), context.attributes.integer("axis", 1)));
}

Results squeeze(FoldContext &context) {
  auto axes = attributeOrInput(context.attributes, "axes", context.input(1));
  if (!axes)
    return axes.takeError();
  return reshapedTo(*context.input(0), squeezeShape(context.input(0)->dims(), *axes));
}

Results unsqueeze(FoldContext &context) {
  auto axes = attributeOrInput(context.attributes, "axes", context.input(1));
  if (!axes)
    return axes.takeError();
  return reshapedTo(*context.input(0), unsqueezeShape(context.input(0)->dims(), *axes));
}

Results transpose(FoldContext &context) {
  const Tensor &in = *context.input(0);
  const bool absent = !context.attributes.has("perm");
  auto perm = normalPerm(context.attributes.integers("perm"), in.rank(), absent);
  if (!perm)
    return perm.takeError();
  const std::vector<int64_t> own = rowMajorStrides(in.dims());
  Shape dims;
  std::vector<int64_t> strides;
  for (int64_t axis : *perm) {
    dims.push_back(in.dims()[at(axis)]);
    strides.push_back(own[at(axis)]);
  }
  return picked(context, in, dims, strides);
}

Results expand(FoldContext &context) {
  const Tensor &in = *context.input(0);
  auto target = integersOf(*context.input(1), "the shape");
  if (!target)
    return target.takeError();
  auto dims = broadcastShape(in.dims(), *target);
  if (!dims)
    return dims.takeError();
  if (auto error = context.afford(*dims))
    return error;
  if (in.size() == 1)
    return one(Tensor::filled(in, *dims));
  return one(in.gathered(*dims, broadcastIndices(in.dims(), *dims)));
}

Results concat(FoldContext &context) {
  const Tensor &first = *context.input(0);
  auto axis = normalAxis(context.attributes.integer("axis", 0), first.rank());
  if (!axis)
    return axis.takeError();
  Shape dims = first.dims();
  dims[at(*axis)] = 0;
  for (const Tensor *in : context.inputs) {
    Shape rest = in ? in->dims() : Shape();
    if (!in || rest.size() != dims.size() || in->type() != first.type())
      return fault("its inputs differ in rank or type");
    dims[at(*axis)] += std::exchange(rest[at(*axis)], dims[at(*axis)]);
    for (size_t i = 0; i < dims.size(); ++i)
      if (static_cast<int64_t>(i) != *axis && rest[i] != dims[i])
        return fault("shapes {} and {} differ outside axis {}", ir::toString(first.dims()),
                     ir::toString(in->dims()), *axis);
  }
  if (auto error = context.afford(dims))
    return error;
  // Laid out as [outer, inner] with inner the joined part; copied row by row through doubles or integers.
  const int64_t outer = ir::elements(llvm::ArrayRef<int64_t>(dims).take_front(at(*axis)));
  std::vector<double> reals;
  std::vector<int64_t> integers;
  for (int64_t row = 0; row < outer; ++row)
    for (const Tensor *in : context.inputs) {
      const int64_t inner = in->size() / outer;
      for (int64_t i = row * inner; i < (row + 1) * inner; ++i)
        isReal(first.type()) ? reals.push_back(in->real(i)) : integers.push_back(in->integer(i));
    }
  return one(isReal(first.type()) ? Tensor::ofReals(first.type(), dims, reals)
                                  : Tensor::ofIntegers(first.type(), dims, integers));
}

Results gather(FoldContext &context) {
  const Tensor &in = *context.input(0), &wanted = *context.input(1);
  auto axis = normalAxis(context.attributes.integer("axis", 0), in.rank());
  if (!axis)
    return axis.takeError();
  auto indices = integersOf(wanted, "indices");
  if (!indices)
    return indices.takeError();
  const int64_t size = in.dims()[at(*axis)];
  for (int64_t &i : *indices) {
    if (i < -size || i >= size)
      return fault("index {} is outside axis {} of {}", i, *axis, ir::toString(in.dims()));
    i = i < 0 ? i + size : i;
  }
  const llvm::ArrayRef<int64_t> dims = in.dims();
  const auto before = dims.take_front(at(*axis)), after = dims.drop_front(at(*axis) + 1);
  Shape out(before.begin(), before.end());
  out.append(wanted.dims().begin(), wanted.dims().end());
  out.append(after.begin(), after.end());
  if (auto error = context.afford(out))
    return error;
  const int64_t inner = ir::elements(after);
  std::vector<int64_t> from;
  for (int64_t outer = 0; outer < ir::elements(before); ++outer)
    for (int64_t i : *indices)
      for (int64_t k = 0; k < inner; ++k)
        from.push_back((outer * size + i) * inner + k);
  return one(in.gathered(out, from));
}

Results slice(FoldContext &context) {
  const Tensor &in = *context.input(0);
  auto starts = attributeOrInput(context.attributes, "starts", context.input(1));
  if (!starts)
    return starts.takeError();
  auto ends = attributeOrInput(context.attributes, "ends", context.input(2));
  if (!ends)
    return ends.takeError();
  auto axes = attributeOrInput(context.attributes, "axes", context.input(3));
  if (!axes)
    return axes.takeError();
  auto steps =
      context.input(4) ? integersOf(*context.input(4), "steps") : std::vector<int64_t>(starts->size(), 1);
  if (!steps)
    return steps.takeError();
  if (axes->empty())
    for (size_t i = 0; i < starts->size(); ++i)
      axes->push_back(static_cast<int64_t>(i));
  if (ends->size() != starts->size() || axes->size() != starts->size() || steps->size() != starts->size())
    return fault("starts, ends, axes and steps differ in number");
  auto normal = normalAxes(*axes, in.rank());
  if (!normal)
    return normal.takeError();
  Shape dims = in.dims();
  std::vector<int64_t> strides = rowMajorStrides(in.dims());
  int64_t offset = 0;
  for (size_t i = 0; i < normal->size(); ++i) {
    const size_t axis = at((*normal)[i]);
    auto range = sliceRange(dims[axis], (*starts)[i], (*ends)[i], (*steps)[i]);
    if (!range)
      return range.takeError();
    dims[axis] = range->count;
    if (range->count > 0)
      offset += range->start * strides[axis];
    strides[axis] *= range->count > 1 ? range->step : 1;
  }
  return picked(context, in, dims, strides, offset);
}

Results range(FoldContext &context) {
  const Tensor &start = *context.input(0), &limit = *context.input(1), &step = *context.input(2);
  if (start.size() != 1 || limit.size() != 1 || step.size() != 1)
    return fault("start, limit and delta must be single numbers");
  if (step.real(0) == 0)
    return fault("a delta of 0 is not possible");
  const double count = std::max(std::ceil((limit.real(0) - start.real(0)) / step.real(0)), 0.0);
  if (!(count <= static_cast<double>(kMaxConstantElements)))
    return fault("it makes more elements than any weight has");
  const Shape dims = {static_cast<int64_t>(count)};
  if (auto error = context.afford(dims))
    return error;
  if (!isReal(start.type())) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < dims[0]; ++i)
      values.push_back(start.integer(0) + i * step.integer(0));
    return one(Tensor::ofIntegers(start.type(), dims, values));
  }
  std::vector<double> values;
  for (int64_t i = 0; i < dims[0]; ++i)
    values.push_back(start.real(0) + static_cast<double>(i) * step.real(0));
  return one(Tensor::ofReals(start.type(), dims, values));
}

constexpr size_t kAny = std::numeric_limits<size_t>::max();
constexpr FoldRule kRules[] = {
    {"Concat", 1, kAny, concat},  {"Constant", 0, 0, constant},   {"ConstantOfShape", 1, 1, constantOfShape},
    {"Expand", 2, 2, expand},     {"Flatten", 1, 1, flatten},     {"Gather", 2, 2, gather},
    {"Identity", 1, 1, identity}, {"Range", 3, 3, range},         {"Reshape", 1, 2, reshape},
    {"Shape", 1, 1, shape},       {"Size", 1, 1, size},           {"Slice", 1, 5, slice},
    {"Squeeze", 1, 2, squeeze},   {"Transpose", 1, 1, transpose}, {"Unsqueeze", 1, 2, unsqueeze},
};

} // namespace

llvm::ArrayRef<FoldRule> shapeFolds() { return kRules; }

} // namespace braid::frontend
