// The table of functions: layer and io mode to function. A row is ours only where hls4ml 1.3 has no function
// or one that fails; the reason names a case that shows it, as (file below tests/hls_nnet, "case").
#include "functions.h"

#include <algorithm>
#include <iterator>

namespace braid::targets {
namespace hls4ml {
namespace {

using kernel::Strategy;

/// The rows that the functions below choose from.
enum class Row : uint8_t {
  Dense,
  DenseReuse,
  Conv1d,
  Conv2d,
  Depthwise1d,
  Depthwise2d,
  Groups,
  Multiplier,
  Dilation,
  FlatStride,
  ConvBeats,
  LargeReuse,
  DepthwiseResource,
  Reuse,
  MaxPool,
  PaddedMaxPool,
  OverlappingMaxPool,
  MaxPoolBeats,
  AveragePool,
  SumPool
};

constexpr FunctionRow kChosen[] = {
    {"Dense", "both", "nnet::dense", ""},
    {"Dense, reuse factor hls4ml excludes", "both", "braid::conv2d",
     "its kernels assert (linear/gaps.cpp, \"dense, rf 4 for 6 inputs\")"},
    {"Conv of one row", "both", "nnet::conv_1d_cl", ""},
    {"Conv", "both", "nnet::conv_2d_cl", ""},
    {"Conv of one row, depthwise", "io_stream", "nnet::depthwise_conv_1d_cl", ""},
    {"Conv, depthwise", "both", "nnet::depthwise_conv_2d_cl", ""},
    {"Conv, groups", "both", "braid::conv2d", "configs cannot say groups (linear/gaps.cpp, \"two groups\")"},
    {"Conv, depthwise, several filters a channel", "both", "braid::conv2d",
     "one filter a channel is taken for granted (linear/gaps.cpp, \"depthwise multiplier on streams\")"},
    {"Conv, dilation", "io_stream", "braid::conv2d",
     "the dilation is not read (linear/gaps.cpp, \"dilation on streams\")"},
    {"Conv, filter of one row, row stride", "io_stream", "braid::conv2d",
     "the row stride is not read (linear/gaps.cpp, \"flat filter, row stride\")"},
    {"Conv, pixels of several beats", "io_stream", "braid::conv2d",
     "a beat is taken for a pixel (linear/gaps.cpp, \"pixels of two beats\")"},
    {"Conv, Resource, reuse factor > window", "io_parallel", "braid::conv2d",
     "reads past the window (linear/gaps.cpp, \"2-D resource on arrays, rf = 2 n_in\")"},
    {"Conv, depthwise, Resource", "io_parallel", "braid::conv2d",
     "asserts (linear/gaps.cpp, \"depthwise resource on arrays\")"},
    {"Conv, reuse factor hls4ml excludes", "both", "braid::conv2d",
     "no kernel for it (linear/gaps.cpp, \"resource on streams, rf 36 for 27 weights\")"},
    {"MaxPool, no padding", "both", "nnet::pooling2d_cl", ""},
    {"MaxPool, padding", "both", "braid::maxPool2d",
     "padding can win (other/upstream_faults.cpp, \"pooling2d max, padded, unsigned, arrays\")"},
    {"MaxPool, stride != window", "io_stream", "braid::maxPool2d",
     "wrong windows (other/upstream_faults.cpp, \"pooling2d max, stride != window, streams\")"},
    {"MaxPool, pixels of several beats", "io_stream", "braid::maxPool2d",
     "a beat is taken for a pixel (other/upstream_faults.cpp, \"pooling2d max, pixels of several beats\")"},
    {"AveragePool", "both", "braid::averagePool2d",
     "divides before the cast, towards zero (other/upstream_faults.cpp, \"pooling1d average arrays\")"},
    {"SumPool", "both", "braid::sumPool2d",
     "is not there (other/upstream_faults.cpp, \"sumPool is missing\")"},
};

/// The other kinds of layers.
constexpr FunctionRow kOthers[] = {
    {"GlobalMaxPool", "both", "nnet::global_pooling2d_cl", ""},
    {"GlobalMaxPool, pixels of several beats", "io_stream", "braid::globalMaxPool2d",
     "a beat is taken for a pixel (other/upstream_faults.cpp, \"global_pooling2d max, pixels of several "
     "beats\")"},
    {"GlobalAveragePool", "both", "braid::globalAveragePool2d",
     "divides before the cast, towards zero (other/upstream_faults.cpp, \"global_pooling2d average "
     "arrays\")"},
    {"GlobalSumPool", "both", "braid::globalSumPool2d",
     "is not there (other/upstream_faults.cpp, \"sumPool is missing\")"},
    {"Threshold", "both", "braid::threshold",
     "is not there (other/upstream_faults.cpp, \"threshold is missing\")"},
    {"ArgMax", "both", "braid::argMax", "is not there (other/upstream_faults.cpp, \"argMax is missing\")"},
    {"padding before a Conv of one row", "io_stream", "nnet::zeropad1d_cl", ""},
    {"padding before a Conv", "io_stream", "nnet::zeropad2d_cl", ""},
    {"Pad", "both", "nnet::zeropad2d_cl", ""},
    {"Pad with another number than 0", "both", "braid::padWith",
     "is not there (other/upstream_faults.cpp, \"padWith is missing\")"},
    {"Relu", "both", "nnet::relu", ""},
    {"LeakyRelu", "both", "nnet::leaky_relu", ""},
    {"HardSigmoid", "both", "nnet::hard_sigmoid", ""},
    {"PRelu", "both", "braid::prelu",
     "wants a slope for every element (other/upstream_faults.cpp, \"prelu per channel arrays\")"},
    {"Clip", "both", "braid::clip", "is not there (other/upstream_faults.cpp, \"clip is missing\")"},
    {"Sigmoid", "both", "braid::table",
     "cuts the index of its table off (other/upstream_faults.cpp, \"sigmoid, nearest entry\")"},
    {"Tanh", "both", "braid::table",
     "cuts the index of its table off (other/upstream_faults.cpp, \"tanh, nearest entry\")"},
    {"Elu", "both", "braid::elu",
     "cuts the index of its table off (other/upstream_faults.cpp, \"elu, nearest entry\")"},
    {"Selu", "both", "braid::selu",
     "rounds its factor, by io mode (other/upstream_faults.cpp, \"selu, arrays equal streams\")"},
    {"Softmax", "both", "braid::softmax",
     "wide logits come out alike (other/upstream_faults.cpp, \"softmax of <38,18> logits arrays\")"},
    {"Affine", "both", "nnet::normalize", ""},
    {"Affine, pixels of several beats", "io_stream", "braid::affine",
     "a beat is taken for a pixel (other/upstream_faults.cpp, \"normalize, pixels of several beats\")"},
    {"Add, Sub, Mul of equal shapes", "both", "nnet::add/subtract/multiply", ""},
    {"Add, Sub, Mul of unequal shapes", "both", "braid::add/subtract/multiply",
     "repeats whole inputs only (other/upstream_faults.cpp, \"add [3][4][4] and [3][4][1] arrays\")"},
    {"Div", "both", "braid::divide", "is not there (other/upstream_faults.cpp, \"divide is missing\")"},
    {"Concat", "both", "nnet::concatenate1d, 2d, 3d", ""},
    {"Concat, pixels of several beats", "io_stream", "braid::concatenate",
     "a beat is taken for a pixel (other/upstream_faults.cpp, "
     "\"concatenate3d axis 3, pixels of several beats\")"},
    {"Sum of partial sums", "both", "braid::sum",
     "is not there (other/upstream_faults.cpp, \"sum is missing\")"},
    {"Crop", "both", "braid::crop", "is not there (other/upstream_faults.cpp, \"crop is missing\")"},
    {"Transpose", "both", "nnet::transpose", ""},
    {"Transpose, rows of several beats", "io_stream", "braid::transpose",
     "a beat is taken for a row (other/upstream_faults.cpp, \"transpose 2d, rows of several beats\")"},
    {"Upsample", "both", "nnet::resize_nearest", ""},
    {"Upsample, pixels of several beats", "io_stream", "braid::resizeNearest",
     "a beat is taken for a pixel (other/upstream_faults.cpp, "
     "\"resize_nearest, pixels of several beats\")"},
    {"Reshape", "io_parallel", "nnet::linear", ""},
    {"Reshape", "io_stream", "braid::repack",
     "beats must divide each other (other/upstream_faults.cpp, \"repack_stream 6 to 4\")"},
    {"copies for 2 to 7 readers", "io_stream", "nnet::clone_stream", ""},
    {"copies for more readers", "io_stream", "braid::cloneStream",
     "ends at 7 (other/upstream_faults.cpp, \"clone_stream to 8 is missing\")"},
};

const FunctionRow &rowOf(Row which) { return kChosen[static_cast<size_t>(which)]; }

/// Whether hls4ml's kernels take the reuse factor for a matrix [outputs, inputs].
bool isLegal(const kernel::Implementation &implementation, int64_t outputs, int64_t inputs) {
  const int64_t reuse = implementation.reuse;
  if (implementation.strategy == Strategy::Latency)
    return true; // a bound on the pipeline, nothing else
  return inputs % reuse == 0 || (reuse % inputs == 0 && outputs % (reuse / inputs) == 0);
}

} // namespace

bool ConvSite::is1d() const {
  const bool isOneRow = in[0] == 1 && window.kernel[0] == 1 && !window.padBegin[0] && !window.padEnd[0];
  // Depthwise on arrays is 2-D: hls4ml's two headers shut each other out (linear/gaps.cpp).
  return isOneRow && !(isDepthwise() && !isStream());
}

const FunctionRow &denseFunction(const kernel::Implementation &implementation, int64_t inputs,
                                 int64_t outputs) {
  return rowOf(isLegal(implementation, outputs, inputs) ? Row::Dense : Row::DenseReuse);
}

const FunctionRow &convFunction(const ConvSite &s) {
  const bool isResource = !s.isLatency();
  if (s.groups > 1 && s.groups == s.in[2] && s.out[2] != s.in[2])
    return rowOf(Row::Multiplier);
  if (s.groups > 1 && !s.isDepthwise())
    return rowOf(Row::Groups);
  if (s.isStream()) {
    if (s.perBeatIn != s.in[2] || s.perBeatOut != s.out[2])
      return rowOf(Row::ConvBeats);
    if (s.window.hasDilation())
      return rowOf(Row::Dilation);
    if (!s.is1d() && s.window.kernel[0] == 1 && s.window.stride[0] != 1)
      return rowOf(Row::FlatStride);
  }
  if (s.isDepthwise()) {
    if (isResource && !s.isStream())
      return rowOf(Row::DepthwiseResource);
    if (isResource &&
        s.window.taps() * s.in[2] % std::min(s.implementation.reuse, s.window.taps() * s.in[2]) != 0)
      return rowOf(Row::Reuse);
    return rowOf(s.is1d() ? Row::Depthwise1d : Row::Depthwise2d);
  }
  if (!isLegal(s.implementation, s.out[2], s.windowSize()))
    return rowOf(Row::Reuse);
  if (isResource && !s.isStream() && s.implementation.reuse > s.windowSize())
    return rowOf(Row::LargeReuse);
  return rowOf(s.is1d() ? Row::Conv1d : Row::Conv2d);
}

const FunctionRow &poolFunction(kernel::IoMode io, const ir::Pool &pool, bool isOnePixelBeat) {
  const ir::Window &w = pool.window;
  if (pool.kind == ir::PoolKind::Average)
    return rowOf(Row::AveragePool);
  if (pool.kind == ir::PoolKind::Sum)
    return rowOf(Row::SumPool);
  if (w.hasPadding())
    return rowOf(Row::PaddedMaxPool);
  if (io == kernel::IoMode::Parallel)
    return rowOf(Row::MaxPool);
  if (!isOnePixelBeat)
    return rowOf(Row::MaxPoolBeats);
  const bool tiles = w.stride[0] == w.kernel[0] && w.stride[1] == w.kernel[1];
  return rowOf(tiles ? Row::MaxPool : Row::OverlappingMaxPool);
}

std::string denseKernel(const kernel::Implementation &implementation, int64_t inputs) {
  if (implementation.strategy == Strategy::Latency)
    return "nnet::DenseLatency";
  return implementation.reuse <= inputs ? "nnet::DenseResource_rf_leq_nin"
                                        : "nnet::DenseResource_rf_gt_nin_rem0";
}

std::string depthwiseKernel(const kernel::Implementation &implementation, int64_t channels) {
  if (implementation.strategy == Strategy::Latency)
    return "nnet::DepthwiseDenseLatency";
  if (implementation.reuse <= channels)
    return "nnet::DepthwiseDenseResource_rf_leq_nout";
  return implementation.reuse % channels == 0 ? "nnet::DepthwiseDenseResource_rf_gt_nout_rem0"
                                              : "nnet::DepthwiseDenseResource_rf_gt_nout";
}

} // namespace hls4ml

const std::vector<FunctionRow> &hls4mlFunctions() {
  static const std::vector<FunctionRow> rows = [] {
    std::vector<FunctionRow> all(std::begin(hls4ml::kChosen), std::end(hls4ml::kChosen));
    all.insert(all.end(), std::begin(hls4ml::kOthers), std::end(hls4ml::kOthers));
    return all;
  }();
  return rows;
}

} // namespace braid::targets
