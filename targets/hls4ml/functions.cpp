// The table of functions: layer and io mode to function. A row is ours only where a case in tests/hls_nnet fails with
// the function hls4ml 1.3 has for it, or where it has none; the reason names the case.
#include "braid/targets/hls4ml.h"

namespace braid::targets {

const std::vector<FunctionRow> &hls4mlFunctions() {
  static const std::vector<FunctionRow> rows = {
      {"Dense", "io_parallel", "nnet::dense", ""},
      {"Dense", "io_stream", "nnet::dense", ""},
      {"Conv 1-D", "both", "nnet::conv_1d_cl", ""},
      {"Conv 2-D", "both", "nnet::conv_2d_cl", ""},
      {"Conv padding", "io_stream", "nnet::zeropad2d_cl", ""},
      {"Conv depthwise", "io_stream", "nnet::depthwise_conv_2d_cl", ""},
      {"Relu", "both", "nnet::relu", ""},
      {"LeakyRelu", "both", "nnet::leaky_relu", ""},
      {"HardSigmoid", "both", "nnet::hard_sigmoid", ""},
      {"Affine", "both", "nnet::normalize", ""},
      {"Add, Sub, Mul of equal shapes", "both", "nnet::add, subtract, multiply", ""},
      {"Concat", "both", "nnet::concatenate1d, 2d, 3d", ""},
      {"MaxPool, stride = window, no padding", "both", "nnet::pooling2d_cl", ""},
      {"GlobalMaxPool", "both", "nnet::global_pooling2d_cl", ""},
      {"Transpose", "both", "nnet::transpose", ""},
      {"Upsample", "both", "nnet::resize_nearest", ""},
      {"copy for 2 to 7 readers", "io_stream", "nnet::clone_stream", ""},
  };
  return rows;
}

} // namespace braid::targets
