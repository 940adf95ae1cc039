// Resize and Upsample: nearest neighbour by whole factors, whatever way the node spells it. Instead of
// trusting names of modes, the rule computes which input cell each output cell takes and accepts what repeats
// cells.

#include "fold.h"
#include "windows.h"

#include <cmath>

namespace braid::frontend {
namespace {

struct ResizeMode {
  std::string coordinates = "asymmetric", rounding = "floor";
};

/// Where output cell i of an axis lies among the input cells; nothing if the mode is unknown.
std::optional<double> sourcePosition(const ResizeMode &mode, int64_t i, int64_t in, int64_t out,
                                     double scale) {
  const auto x = static_cast<double>(i);
  if (mode.coordinates == "asymmetric")
    return x / scale;
  if (mode.coordinates == "half_pixel" || (mode.coordinates == "pytorch_half_pixel" && out > 1))
    return (x + 0.5) / scale - 0.5;
  if (mode.coordinates == "pytorch_half_pixel")
    return 0;
  if (mode.coordinates == "half_pixel_symmetric") {
    const double adjustment = static_cast<double>(out) / (scale * static_cast<double>(in));
    const double offset = static_cast<double>(in) / 2 * (1 - adjustment);
    return offset + (x + 0.5) / scale - 0.5;
  }
  if (mode.coordinates == "tf_half_pixel_for_nn")
    return (x + 0.5) / scale;
  if (mode.coordinates == "align_corners")
    return out == 1 ? 0 : x * static_cast<double>(in - 1) / static_cast<double>(out - 1);
  return std::nullopt;
}

std::optional<int64_t> rounded(const std::string &mode, double position) {
  if (mode == "floor")
    return static_cast<int64_t>(std::floor(position));
  if (mode == "ceil")
    return static_cast<int64_t>(std::ceil(position));
  if (mode == "round_prefer_floor")
    return static_cast<int64_t>(std::ceil(position - 0.5));
  if (mode == "round_prefer_ceil")
    return static_cast<int64_t>(std::floor(position + 0.5));
  return std::nullopt;
}

/// The factor by which an axis repeats its cells, or what it does instead.
llvm::Expected<int64_t> repeatFactor(const ResizeMode &mode, int64_t in, int64_t out, double scale) {
  constexpr int64_t kMost = int64_t{1} << 20;
  if (out == in && scale == 1)
    return 1;
  if (out < 1 || out > kMost || out % in != 0)
    return fault("a resize of {} cells to {}; whole factors are supported", in, out);
  const int64_t factor = out / in;
  for (int64_t i = 0; i < out; ++i) {
    const auto position = sourcePosition(mode, i, in, out, scale);
    const auto cell = position ? rounded(mode.rounding, *position) : std::nullopt;
    if (!cell)
      return fault("coordinate_transformation_mode '{}' with nearest_mode '{}' is not supported",
                   mode.coordinates, mode.rounding);
    if (std::clamp<int64_t>(*cell, 0, in - 1) != i / factor)
      return fault(
          "coordinate_transformation_mode '{}' with nearest_mode '{}' does not repeat each cell {} times; "
          "'asymmetric' with 'floor' does",
          mode.coordinates, mode.rounding, factor);
  }
  return factor;
}

llvm::Error emitUpsample(OpContext &context, const Lowered &in, llvm::ArrayRef<int64_t> factors) {
  Axes scaled;
  for (size_t axis = 0; axis < factors.size(); ++axis)
    if (factors[axis] != 1)
      scaled.push_back(static_cast<int64_t>(axis));
  Lowered out = in;
  if (scaled.empty()) {
    context.outputs[0] = in;
    return llvm::Error::success();
  }
  if (auto error = checkFeatureMap(in))
    return error;
  // Channels are the axis that is not resized: axis 1, or the last in channels-last graphs.
  const int64_t last = in.rank() - 1;
  if (factors[0] != 1 || (factors[1] != 1 && factors[at(last)] != 1))
    return fault("factors {}; batch and channels must keep their size", ir::toString(factors));
  out.axes = factors[1] == 1 ? channelsLast(in.rank()) : in.rank() == 4 ? Axes{1, 2, 3} : Axes{kNoAxis, 1, 2};
  auto from = context.builder.inLayout(context.node, in, out.axes);
  if (!from)
    return from.takeError();
  ir::Upsample op;
  for (size_t i : {size_t{0}, size_t{1}}) {
    const int64_t axis = out.axes[i];
    op.factor[i] = axis == kNoAxis ? 1 : factors[at(axis)];
    if (axis != kNoAxis)
      out.shape[at(axis)] *= op.factor[i];
  }
  auto stream = context.emit(op, {*from});
  if (!stream)
    return stream.takeError();
  out.stream = *stream;
  context.outputs[0] = std::move(out);
  return llvm::Error::success();
}

/// Factors for `scales` (one per named axis) or, if those are empty, for `sizes`.
llvm::Error resizeTo(OpContext &context, const Lowered &in, const ResizeMode &mode,
                     llvm::ArrayRef<double> scales, llvm::ArrayRef<int64_t> sizes,
                     llvm::ArrayRef<int64_t> axes) {
  if ((scales.empty() ? sizes.size() : scales.size()) != axes.size())
    return fault("{} factors for {} axes; one for each is needed",
                 scales.empty() ? sizes.size() : scales.size(), axes.size());
  std::vector<int64_t> factors(at(in.rank()), 1);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t size = in.shape[at(axes[i])];
    double scale = scales.empty() ? static_cast<double>(sizes[i]) / static_cast<double>(size) : scales[i];
    if (axes[i] == 0 && scales.empty() && in.batch > 1 && sizes[i] == in.batch)
      scale = 1;
    const double out = std::floor(static_cast<double>(size) * scale);
    if (!(scale > 0 && out < 1e9))
      return fault("a factor of {}; whole factors from 1 on are supported", scale);
    auto factor = repeatFactor(mode, size, static_cast<int64_t>(out), scale);
    if (!factor)
      return factor.takeError();
    factors[at(axes[i])] = *factor;
  }
  return emitUpsample(context, in, factors);
}

llvm::Expected<std::vector<double>> scalesOf(OpContext &context, size_t i) {
  if (!context.input(i))
    return std::vector<double>();
  auto tensor = context.parameter(i, "scales");
  if (!tensor)
    return tensor.takeError();
  if ((*tensor)->size() > 16)
    return fault("{} scales are more than any tensor has axes", (*tensor)->size());
  return (*tensor)->reals();
}

std::vector<int64_t> allAxes(const Lowered &in) {
  std::vector<int64_t> out;
  for (int64_t axis = 0; axis < in.rank(); ++axis)
    out.push_back(axis);
  return out;
}

llvm::Error nearestOnly(const std::string &mode) {
  return mode == "nearest" ? llvm::Error::success() : fault("mode '{}' is not supported; 'nearest' is", mode);
}

llvm::Error upsample(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  if (auto error = nearestOnly(context.attributes.text("mode", "nearest")))
    return error;
  auto scales = scalesOf(context, 1);
  if (!scales)
    return scales.takeError();
  const std::vector<float> fromAttribute = context.attributes.reals("scales");
  if (scales->empty())
    scales->assign(fromAttribute.begin(), fromAttribute.end());
  return resizeTo(context, **in, {}, *scales, {}, allAxes(**in));
}

llvm::Error resize(OpContext &context) {
  auto in = context.anyStream();
  if (!in)
    return in.takeError();
  if (auto error = nearestOnly(context.attributes.text("mode", "nearest")))
    return error;
  const bool isOld = context.opset < 11; // Resize-10: X, scales; no modes
  ResizeMode mode;
  if (!isOld) {
    mode.coordinates = context.attributes.text("coordinate_transformation_mode", "half_pixel");
    mode.rounding = context.attributes.text("nearest_mode", "round_prefer_floor");
  }
  for (const char *known : {"cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias"})
    context.attributes.ignore(known); // of other modes
  if (context.attributes.text("keep_aspect_ratio_policy", "stretch") != "stretch")
    return fault("only keep_aspect_ratio_policy 'stretch' is supported");
  std::vector<int64_t> axes = context.attributes.integers("axes");
  auto normal = normalAxes(axes.empty() ? allAxes(**in) : axes, (*in)->rank());
  if (!normal)
    return normal.takeError();
  auto scales = scalesOf(context, isOld ? 1 : 2);
  if (!scales)
    return scales.takeError();
  std::vector<int64_t> sizes;
  if (context.input(3)) {
    auto tensor = context.parameter(3, "sizes");
    if (!tensor)
      return tensor.takeError();
    auto numbers = integersOf(**tensor, "sizes");
    if (!numbers)
      return numbers.takeError();
    sizes = std::move(*numbers);
  }
  return resizeTo(context, **in, mode, *scales, sizes, *normal);
}

constexpr LowerRule kRules[] = {
    {"Resize", 1, 4, resize},
    {"Upsample", 1, 2, upsample},
};

} // namespace

llvm::ArrayRef<LowerRule> resizeRules() { return kRules; }

} // namespace braid::frontend
