// Dense and convolution layers.
#include "firmware.h"

#include "braid/num/fixed.h"

#include <fmt/format.h>

namespace braid::targets::hls4ml {
namespace {

using kernel::Strategy;

/// Names of a layer's types and arrays.
struct Names {
  int n;
  std::string weight = fmt::format("weight{}_t", n), bias = fmt::format("bias{}_t", n), accum = fmt::format("layer{}_accum_t", n);
  std::string w = fmt::format("w{}", n), b = fmt::format("b{}", n), config = fmt::format("config{}", n);
};

const char *strategyName(Strategy strategy) { return strategy == Strategy::Latency ? "nnet::latency" : "nnet::resource"; }

int64_t zeros(const ir::Weights &weights) {
  int64_t count = 0;
  for (int64_t value : weights.integers())
    count += value == 0;
  return count;
}

void addNumbers(Firmware &firmware, const Names &names, const ir::Weights &weights, const ir::Weights &bias, const ir::LinearTypes &types,
                Order order) {
  firmware.typeDef(names.accum, num::toString(types.accum));
  firmware.weights({names.w, names.weight, weights, types.weight.fixed(), order});
  const ir::Weights none = ir::Weights::fromIntegers(std::vector<int64_t>(static_cast<size_t>(weights.rows()), 0), weights.rows());
  firmware.weights({names.b, names.bias, bias.empty() ? none : bias, types.bias.fixed(), Order::Rows});
}

/// The kernel hls4ml picks for a reuse factor.
std::string denseKernel(Strategy strategy, int64_t reuse, int64_t inputs) {
  if (strategy == Strategy::Latency)
    return "nnet::DenseLatency";
  return reuse <= inputs ? "nnet::DenseResource_rf_leq_nin" : "nnet::DenseResource_rf_gt_nin_rem0";
}

std::string depthwiseKernel(Strategy strategy, int64_t reuse, int64_t outputs) {
  if (strategy == Strategy::Latency)
    return "nnet::DepthwiseDenseLatency";
  if (reuse <= outputs)
    return "nnet::DepthwiseDenseResource_rf_leq_nout";
  return reuse % outputs == 0 ? "nnet::DepthwiseDenseResource_rf_gt_nout_rem0" : "nnet::DepthwiseDenseResource_rf_gt_nout";
}

/// What all dense configs have, also the one inside a convolution.
Config denseConfig(const std::string &name, const Names &names, int64_t inputs, int64_t outputs, int64_t reuse, Strategy strategy, int64_t zeroWeights,
                   const std::string &kernel) {
  Config config(name, "nnet::dense_config");
  config.constant("n_in", inputs).constant("n_out", outputs).constant("reuse_factor", reuse).symbol("strategy", strategyName(strategy));
  config.constant("n_zeros", zeroWeights).constant("n_nonzeros", inputs * outputs - zeroWeights);
  config.symbol("multiplier_limit", "DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor");
  config.symbol("store_weights_in_bram", "false", "bool");
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight);
  config.line(fmt::format("template <class data_T, class res_T, class CONFIG_T> using kernel = {}<data_T, res_T, CONFIG_T>;", kernel));
  config.line("template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;");
  return config;
}

/// One layer of `nnet::` conv configs, 1-D where the height is one.
struct ConvShape {
  bool is1d;
  ir::Shape in, out;
  ir::Window window;
};

ConvShape shapeOf(const Firmware &firmware, const ir::Layer &layer, const ir::Window &window) {
  ConvShape shape{false, firmware.model().stream(layer.inputs[0]).shape, firmware.model().stream(layer.output).shape, window};
  shape.is1d = shape.in[0] == 1 && window.kernel[0] == 1 && window.padBegin[0] == 0 && window.padEnd[0] == 0;
  return shape;
}

void addWindow(Config &config, const ConvShape &s, bool padded) {
  const ir::Window &w = s.window;
  const int64_t height = s.in[0] + (padded ? w.padBegin[0] + w.padEnd[0] : 0), width = s.in[1] + (padded ? w.padBegin[1] + w.padEnd[1] : 0);
  if (!s.is1d)
    config.constant("pad_top", padded ? 0 : w.padBegin[0]).constant("pad_bottom", padded ? 0 : w.padEnd[0]);
  config.constant("pad_left", padded ? 0 : w.padBegin[1]).constant("pad_right", padded ? 0 : w.padEnd[1]);
  if (!s.is1d)
    config.constant("in_height", height);
  config.constant("in_width", width).constant("n_chan", s.in[2]);
  if (!s.is1d)
    config.constant("filt_height", w.kernel[0]);
  config.constant("filt_width", w.kernel[1]).constant("kernel_size", w.taps()).constant("n_filt", s.out[2]);
  if (!s.is1d)
    config.constant("stride_height", w.stride[0]);
  config.constant("stride_width", w.stride[1]);
  if (s.is1d)
    config.constant("dilation", w.dilation[1]);
  else
    config.constant("dilation_height", w.dilation[0]).constant("dilation_width", w.dilation[1]).constant("out_height", s.out[0]);
  config.constant("out_width", s.out[1]);
}

/// io_parallel: the class that lays out windows, by loops.
std::string fillBuffer(Firmware &firmware, const Names &names, const ConvShape &s) {
  const std::string name = fmt::format("fill_buffer_{}", names.n);
  const char *extent = s.is1d ? "CONFIG_T::in_width * CONFIG_T::n_chan" : "CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan";
  const char *window = s.is1d ? "CONFIG_T::filt_width * CONFIG_T::n_chan" : "CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan";
  firmware.codeGen(fmt::format("template <class data_T, typename CONFIG_T> class {} : public FillConv{}DBuffer<data_T, CONFIG_T> {{\npublic:\n"
                               "  static void fill_buffer(data_T data[{}], data_T buffer[CONFIG_T::n_pixels][{}], const unsigned partition) {{\n"
                               "    braid::im2col{}d<data_T, CONFIG_T>(data, buffer, partition);\n  }}\n}};\n\n",
                               name, s.is1d ? 1 : 2, extent, window, s.is1d ? 1 : 2));
  return name;
}

/// In io_stream hls4ml pads in a layer of its own. Returns the stream to read on.
std::string addPadding(Firmware &firmware, const ir::Layer &layer, const ConvShape &s, const std::string &from) {
  const int n = Firmware::number(layer);
  const ir::Window &w = s.window;
  const std::string name = fmt::format("config{}_pad", n);
  Config config(name, s.is1d ? "nnet::padding1d_config" : "nnet::padding2d_config");
  const int64_t height = s.in[0] + w.padBegin[0] + w.padEnd[0], width = s.in[1] + w.padBegin[1] + w.padEnd[1];
  config.constant("n_chan", s.in[2]);
  if (!s.is1d)
    config.constant("in_height", s.in[0]).constant("out_height", height);
  config.constant("in_width", s.in[1]).constant("out_width", width);
  if (!s.is1d)
    config.constant("pad_top", w.padBegin[0]).constant("pad_bottom", w.padEnd[0]);
  config.constant("pad_left", w.padBegin[1]).constant("pad_right", w.padEnd[1]);
  firmware.config(config);
  firmware.include("nnet_utils/nnet_padding.h");
  firmware.include("nnet_utils/nnet_padding_stream.h");
  const std::string type = firmware.valueType(layer.inputs[0]), to = fmt::format("layer{}_pad", n);
  firmware.local(to, type, height * width * s.in[2], std::min<int64_t>(width, 16));
  firmware.call(fmt::format("nnet::zeropad{}d_cl<{}, {}, {}>({}, {})", s.is1d ? 1 : 2, type, type, name, from, to), layer);
  return to;
}

/// Our convolution: groups, dilation, padding inside, pixels of several beats.
void addOwnConv(Firmware &firmware, const ir::Layer &layer, const ir::Conv &op, const Names &names, const ConvShape &s) {
  const auto &implementation = firmware.implementationOf(layer);
  addNumbers(firmware, names, op.weights, op.bias, op.types, Order::Rows);
  const ir::Window &w = s.window;
  Config config(names.config, "braid::ConvConfig");
  config.constant("in_height", s.in[0]).constant("in_width", s.in[1]).constant("n_chan", s.in[2]);
  config.constant("out_height", s.out[0]).constant("out_width", s.out[1]).constant("n_filt", s.out[2]).constant("groups", op.groups);
  config.constant("filt_height", w.kernel[0]).constant("filt_width", w.kernel[1]);
  config.constant("stride_height", w.stride[0]).constant("stride_width", w.stride[1]);
  config.constant("dilation_height", w.dilation[0]).constant("dilation_width", w.dilation[1]);
  config.constant("pad_top", w.padBegin[0]).constant("pad_bottom", w.padEnd[0]).constant("pad_left", w.padBegin[1]).constant("pad_right", w.padEnd[1]);
  config.constant("reuse_factor", implementation.reuse);
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight);
  firmware.config(config);
  firmware.include("braid/braid_conv.h");
  firmware.call(fmt::format("braid::conv2d<{}, {}, {}>({}, {}, {}, {})", firmware.valueType(layer.inputs[0]), firmware.valueType(layer.output),
                            names.config, firmware.input(layer), firmware.output(layer), names.w, names.b),
                layer);
}

} // namespace

void addDense(Firmware &firmware, const ir::Layer &layer, const ir::Dense &op) {
  const Names names{Firmware::number(layer)};
  const auto &implementation = firmware.implementationOf(layer);
  const bool latency = implementation.strategy == Strategy::Latency;
  addNumbers(firmware, names, op.weights, op.bias, op.types, latency ? Order::Columns : Order::Rows);
  const int64_t inputs = op.weights.channels(), outputs = op.weights.rows();
  Config config = denseConfig(names.config, names, inputs, outputs, implementation.reuse, implementation.strategy, zeros(op.weights),
                              denseKernel(implementation.strategy, implementation.reuse, inputs));
  config.symbol("io_type", firmware.isStream() ? "nnet::io_stream" : "nnet::io_parallel");
  config.type("index_t", fmt::format("ap_uint<{}>", std::max(1, ceilLog2(static_cast<uint64_t>(inputs * outputs)))));
  firmware.config(config);
  firmware.resourceUsed(latency ? 1 : std::max<int64_t>(2, implementation.reuse));
  firmware.include("nnet_utils/nnet_dense.h");
  if (firmware.isStream())
    firmware.include("nnet_utils/nnet_dense_stream.h");
  firmware.call(fmt::format("nnet::dense<{}, {}, {}>({}, {}, {}, {})", firmware.valueType(layer.inputs[0]), firmware.valueType(layer.output),
                            names.config, firmware.input(layer), firmware.output(layer), names.w, names.b),
                layer);
}

void addConv(Firmware &firmware, const ir::Layer &layer, const ir::Conv &op) {
  const Names names{Firmware::number(layer)};
  const ConvShape s = shapeOf(firmware, layer, op.window);
  const auto &implementation = firmware.implementationOf(layer);
  const bool latency = implementation.strategy == Strategy::Latency;
  const bool depthwise = op.isDepthwise(s.in[2]) && s.out[2] == s.in[2];
  firmware.resourceUsed(2); // dataflow, as soon as there is a window
  const bool severalBeats = firmware.isStream() && (firmware.perBeat(layer.inputs[0]) != s.in[2] || firmware.perBeat(layer.output) != s.out[2]);
  if ((op.groups > 1 && !depthwise) || op.window.hasDilation() || severalBeats || (depthwise && !firmware.isStream() && !latency))
    return addOwnConv(firmware, layer, op, names, s);

  addNumbers(firmware, names, op.weights, op.bias, op.types, depthwise ? Order::Taps : latency ? Order::Columns : Order::Rows);
  const bool pads = firmware.isStream() && op.window.hasPadding();
  const std::string from = pads ? addPadding(firmware, layer, s, firmware.input(layer)) : firmware.input(layer);
  const int64_t window = op.window.taps() * s.in[2];
  const int64_t multIn = depthwise ? window : window, multOut = s.out[2];
  firmware.config(denseConfig(names.config + "_mult", names, multIn, multOut, implementation.reuse, implementation.strategy, 0,
                              depthwise ? depthwiseKernel(implementation.strategy, implementation.reuse, multOut)
                                        : denseKernel(implementation.strategy, implementation.reuse, multIn)));
  Config config(names.config, s.is1d ? "nnet::conv1d_config" : "nnet::conv2d_config");
  addWindow(config, s, pads);
  config.constant("reuse_factor", implementation.reuse).constant("n_zeros", 0);
  config.symbol("multiplier_limit", fmt::format("DIV_ROUNDUP(kernel_size * n_chan{}, reuse_factor) - n_zeros / reuse_factor", depthwise ? "" : " * n_filt"));
  config.symbol("store_weights_in_bram", "false", "bool").symbol("strategy", strategyName(implementation.strategy));
  config.symbol("implementation", "nnet::conv_implementation::linebuffer", "nnet::conv_implementation");
  if (!s.is1d)
    config.constant("min_height", s.in[0]);
  config.constant("min_width", s.in[1]);
  const int64_t positions = s.out[0] * s.out[1];
  config.constant("n_partitions", positions).constant("n_pixels", 1);
  config.line(fmt::format("template <class data_T, class CONFIG_T> using fill_buffer = {};",
                          firmware.isStream() ? fmt::format("nnet::FillConv{}DBuffer<data_T, CONFIG_T>", s.is1d ? 1 : 2)
                                              : fmt::format("nnet::{}<data_T, CONFIG_T>", fillBuffer(firmware, names, s))));
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight).type("mult_config", names.config + "_mult");
  if (s.is1d) {
    config.line("template <unsigned K, unsigned S, unsigned W> using scale_index = nnet::scale_index_unscaled<K, S, W>;");
  } else {
    config.line("template <unsigned K, unsigned S, unsigned W> using scale_index_height = nnet::scale_index_unscaled<K, S, W>;");
    config.line("template <unsigned K, unsigned S, unsigned W> using scale_index_width = nnet::scale_index_unscaled<K, S, W>;");
  }
  firmware.config(config);
  const std::string dims = s.is1d ? "1d" : "2d";
  const std::string header = fmt::format("nnet_utils/nnet_{}{}", depthwise ? "sepconv" : "conv", dims);
  firmware.include(header + ".h");
  firmware.include(header + "_stream.h");
  firmware.include(fmt::format("nnet_utils/nnet_conv{}.h", dims));
  firmware.include(fmt::format("nnet_utils/nnet_conv{}_stream.h", dims));
  firmware.call(fmt::format("nnet::{}conv_{}_cl<{}, {}, {}>({}, {}, {}, {})", depthwise ? "depthwise_" : "", dims,
                            firmware.valueType(layer.inputs[0]), firmware.valueType(layer.output), names.config, from, firmware.output(layer),
                            names.w, names.b),
                layer);
}

} // namespace braid::targets::hls4ml
