// Dense and convolution layers.
#include "firmware.h"
#include "functions.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>

namespace braid::targets::hls4ml {
namespace {

using kernel::Strategy;

/// Names of a layer's types and arrays.
struct Names {
  int n;
  std::string weight = fmt::format("weight{}_t", n), bias = fmt::format("bias{}_t", n),
              accum = fmt::format("layer{}_accum_t", n);
  std::string w = fmt::format("w{}", n), b = fmt::format("b{}", n), config = fmt::format("config{}", n);
};

const char *strategyName(Strategy strategy) {
  return strategy == Strategy::Latency ? "nnet::latency" : "nnet::resource";
}

int64_t zeros(const ir::Weights &weights) {
  int64_t count = 0;
  for (int64_t value : weights.integers())
    count += value == 0;
  return count;
}

void addNumbers(Firmware &firmware, const Names &names, const ir::Weights &weights, const ir::Weights &bias,
                const ir::LinearTypes &types, Order order) {
  firmware.typeDef(names.accum, num::toString(types.accum));
  firmware.weights({names.w, names.weight, weights, types.weight.fixed(), order});
  const ir::Weights none =
      ir::Weights::fromIntegers(std::vector<int64_t>(static_cast<size_t>(weights.rows()), 0), weights.rows());
  firmware.weights({names.b, names.bias, bias.empty() ? none : bias, types.bias.fixed(), Order::Rows});
}

/// What all dense configs have, also the one inside a convolution.
Config denseConfig(const std::string &name, const Names &names, int64_t inputs, int64_t outputs,
                   const kernel::Implementation &implementation, int64_t zeroWeights,
                   const std::string &kernel) {
  Config config(name, "nnet::dense_config");
  config.constant("n_in", inputs).constant("n_out", outputs).constant("reuse_factor", implementation.reuse);
  config.symbol("strategy", strategyName(implementation.strategy));
  config.constant("n_zeros", zeroWeights).constant("n_nonzeros", inputs * outputs - zeroWeights);
  config.symbol("multiplier_limit", "DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor");
  config.symbol("store_weights_in_bram", "false", "bool");
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight);
  config.line(fmt::format(
      "template <class data_T, class res_T, class CONFIG_T> using kernel = {}<data_T, res_T, CONFIG_T>;",
      kernel));
  config.line("template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;");
  return config;
}

/// Geometry of `nnet::` conv configs, 1-D ones without the height. `padded`: a layer before this one pads.
void addWindow(Config &config, const ConvSite &s, bool is1d, bool padded) {
  const ir::Window &w = s.window;
  const int64_t none[2] = {0, 0};
  const int64_t *begin = padded ? none : w.padBegin, *end = padded ? none : w.padEnd;
  const int64_t height = s.in[0] + (padded ? w.padBegin[0] + w.padEnd[0] : 0);
  const int64_t width = s.in[1] + (padded ? w.padBegin[1] + w.padEnd[1] : 0);
  if (!is1d) {
    config.constant("pad_top", begin[0]).constant("pad_bottom", end[0]);
    config.constant("in_height", height).constant("out_height", s.out[0]).constant("min_height", height);
    config.constant("filt_height", w.kernel[0]).constant("stride_height", w.stride[0]);
    config.constant("dilation_height", w.dilation[0]).constant("dilation_width", w.dilation[1]);
  } else {
    config.constant("dilation", w.dilation[1]);
  }
  config.constant("pad_left", begin[1]).constant("pad_right", end[1]);
  config.constant("in_width", width).constant("out_width", s.out[1]).constant("min_width", width);
  config.constant("filt_width", w.kernel[1]).constant("stride_width", w.stride[1]);
  config.constant("kernel_size", w.taps()).constant("n_chan", s.in[2]).constant("n_filt", s.out[2]);
}

/// io_parallel: the class that lays out windows, by loops.
std::string fillBuffer(Firmware &firmware, const Names &names, bool is1d) {
  const std::string name = fmt::format("fill_buffer_{}", names.n);
  const char *height = is1d ? "" : "CONFIG_T::in_height * ";
  const char *filtHeight = is1d ? "" : "CONFIG_T::filt_height * ";
  firmware.codeGen(
      fmt::format("template <class data_T, typename CONFIG_T> class {} {{\n"
                  "public:\n"
                  "  static void fill_buffer(data_T data[{}CONFIG_T::in_width * CONFIG_T::n_chan],\n"
                  "                          data_T buffer[CONFIG_T::n_pixels][{}CONFIG_T::filt_width * "
                  "CONFIG_T::n_chan],\n"
                  "                          const unsigned partition) {{\n"
                  "    braid::im2col{}d<data_T, CONFIG_T>(data, buffer, partition);\n  }}\n}};\n\n",
                  name, height, filtHeight, is1d ? 1 : 2));
  return name;
}

/// In io_stream hls4ml pads in a layer of its own. Returns the stream to read on.
std::string addPadding(Firmware &firmware, const ir::Layer &layer, const ConvSite &s, bool is1d,
                       const std::string &from) {
  const int n = Firmware::number(layer);
  const ir::Window &w = s.window;
  const std::string name = fmt::format("config{}_pad", n);
  Config config(name, is1d ? "nnet::padding1d_config" : "nnet::padding2d_config");
  const int64_t height = s.in[0] + w.padBegin[0] + w.padEnd[0];
  const int64_t width = s.in[1] + w.padBegin[1] + w.padEnd[1];
  config.constant("n_chan", s.in[2]).constant("in_width", s.in[1]).constant("out_width", width);
  config.constant("pad_left", w.padBegin[1]).constant("pad_right", w.padEnd[1]);
  if (!is1d) {
    config.constant("in_height", s.in[0]).constant("out_height", height);
    config.constant("pad_top", w.padBegin[0]).constant("pad_bottom", w.padEnd[0]);
  }
  firmware.config(config);
  firmware.include("nnet_utils/nnet_padding.h");
  firmware.include("nnet_utils/nnet_padding_stream.h");
  const std::string type = firmware.valueType(layer.inputs[0]), to = fmt::format("layer{}_pad", n);
  firmware.local(to, type, height * width * s.in[2], std::min<int64_t>(width, 16));
  firmware.call(
      fmt::format("nnet::zeropad{}d_cl<{}, {}, {}>({}, {})", is1d ? 1 : 2, type, type, name, from, to),
      layer);
  return to;
}

/// The call of a function with weights, from and to variables.
void callWeighted(Firmware &firmware, const ir::Layer &layer, const char *function, const Names &names,
                  const std::string &from) {
  firmware.call(fmt::format("{}<{}, {}, {}>({}, {}, {}, {})", function, firmware.valueType(layer.inputs[0]),
                            firmware.valueType(layer.output), names.config, from, firmware.output(layer),
                            names.w, names.b),
                layer);
}

/// Our convolution: groups, dilation, padding inside, pixels of several beats, any reuse factor.
void addOwnConv(Firmware &firmware, const ir::Layer &layer, const Names &names, const ConvSite &s) {
  const ir::Window &w = s.window;
  Config config(names.config, "braid::ConvConfig");
  config.constant("in_height", s.in[0]).constant("in_width", s.in[1]).constant("n_chan", s.in[2]);
  config.constant("out_height", s.out[0]).constant("out_width", s.out[1]).constant("n_filt", s.out[2]);
  config.constant("groups", s.groups);
  config.constant("filt_height", w.kernel[0]).constant("filt_width", w.kernel[1]);
  config.constant("stride_height", w.stride[0]).constant("stride_width", w.stride[1]);
  config.constant("dilation_height", w.dilation[0]).constant("dilation_width", w.dilation[1]);
  config.constant("pad_top", w.padBegin[0]).constant("pad_bottom", w.padEnd[0]);
  config.constant("pad_left", w.padBegin[1]).constant("pad_right", w.padEnd[1]);
  config.constant("reuse_factor", s.implementation.reuse);
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight);
  firmware.config(config);
  firmware.include("braid/braid_conv.h");
  callWeighted(firmware, layer, "braid::conv2d", names, firmware.input(layer));
}

/// The configs of hls4ml's convolutions, `configN_mult` and `configN`.
void addConvConfigs(Firmware &firmware, const Names &names, const ConvSite &s, bool is1d, bool padded,
                    int64_t zeroWeights) {
  const bool depthwise = s.isDepthwise();
  const int64_t window = s.window.taps() * s.in[2];
  firmware.config(denseConfig(names.config + "_mult", names, window, s.out[2], s.implementation, zeroWeights,
                              depthwise ? depthwiseKernel(s.implementation, s.out[2])
                                        : denseKernel(s.implementation, window)));
  const char *dims = is1d ? "1" : "2";
  Config config(names.config, fmt::format("nnet::conv{}d_config", dims));
  addWindow(config, s, is1d, padded);
  config.constant("reuse_factor", s.implementation.reuse).constant("n_zeros", zeroWeights);
  config.symbol("multiplier_limit",
                fmt::format("DIV_ROUNDUP(kernel_size * n_chan{}, reuse_factor) - n_zeros / reuse_factor",
                            depthwise ? "" : " * n_filt"));
  config.symbol("store_weights_in_bram", "false", "bool");
  config.symbol("strategy", strategyName(s.implementation.strategy));
  config.symbol("implementation", "nnet::conv_implementation::linebuffer", "nnet::conv_implementation");
  config.constant("n_partitions", s.out[0] * s.out[1]).constant("n_pixels", 1);
  config.line(
      fmt::format("template <class data_T, class CONFIG_T> using fill_buffer = nnet::{}<data_T, CONFIG_T>;",
                  s.isStream() ? fmt::format("FillConv{}DBuffer", dims) : fillBuffer(firmware, names, is1d)));
  config.type("accum_t", names.accum).type("bias_t", names.bias).type("weight_t", names.weight);
  config.type("mult_config", names.config + "_mult");
  for (const char *index :
       is1d ? std::vector{"scale_index"} : std::vector{"scale_index_height", "scale_index_width"})
    config.line(fmt::format("template <unsigned K, unsigned S, unsigned W> using {} = "
                            "nnet::scale_index_unscaled<K, S, W>;",
                            index));
  if (is1d)
    config.line(fmt::format("template <class data_T, class res_T, class CONFIG_T> using conv_kernel = "
                            "nnet::Conv1D{}<data_T, res_T, CONFIG_T>;",
                            s.isLatency() ? "Latency" : "Resource"));
  if (firmware.dialect().readsPixels && s.isStream())
    config.line(fmt::format("static const ap_uint<{}> pixels[{}min_width];", s.window.taps(),
                            is1d ? "" : "min_height * "));
  firmware.config(config);
  // What the encoded implementation would look up; lines are buffered instead.
  if (firmware.dialect().readsPixels && s.isStream())
    firmware.rawConfig(
        fmt::format("const ap_uint<{}> {}::pixels[] = {{0}};\n\n", s.window.taps(), names.config));
}

} // namespace

void addDense(Firmware &firmware, const ir::Layer &layer, const ir::Dense &op) {
  const Names names{Firmware::number(layer)};
  const kernel::Implementation &implementation = firmware.implementationOf(layer);
  const bool latency = implementation.strategy == Strategy::Latency;
  const int64_t inputs = op.weights.channels(), outputs = op.weights.rows();
  const FunctionRow &function = denseFunction(implementation, inputs, outputs);
  addNumbers(firmware, names, op.weights, op.bias, op.types,
             latency && isUpstream(function) ? Order::Columns : Order::Rows);
  if (!isUpstream(function)) // a filter of one pixel
    return addOwnConv(
        firmware, layer, names,
        {.implementation = implementation, .in = {1, 1, inputs}, .out = {1, 1, outputs}, .window = {}});
  Config config = denseConfig(names.config, names, inputs, outputs, implementation, zeros(op.weights),
                              denseKernel(implementation, inputs));
  config.symbol("io_type", firmware.isStream() ? "nnet::io_stream" : "nnet::io_parallel");
  config.type("index_t",
              fmt::format("ap_uint<{}>", std::max(1, ceilLog2(static_cast<uint64_t>(inputs * outputs)))));
  firmware.config(config);
  firmware.include("nnet_utils/nnet_dense.h");
  if (firmware.isStream())
    firmware.include("nnet_utils/nnet_dense_stream.h");
  callWeighted(firmware, layer, function.name, names, firmware.input(layer));
}

void addConv(Firmware &firmware, const ir::Layer &layer, const ir::Conv &op) {
  const Names names{Firmware::number(layer)};
  const ConvSite s{.implementation = firmware.implementationOf(layer),
                   .in = firmware.model().stream(layer.inputs[0]).shape,
                   .out = firmware.model().stream(layer.output).shape,
                   .window = op.window,
                   .groups = op.groups,
                   .perBeatIn = firmware.perBeat(layer.inputs[0]),
                   .perBeatOut = firmware.perBeat(layer.output)};
  BRAID_CHECK(s.isStream() == firmware.isStream(), "a layer's io mode is its project's");
  const FunctionRow &function = convFunction(s);
  if (!isUpstream(function)) {
    addNumbers(firmware, names, op.weights, op.bias, op.types, Order::Rows);
    return addOwnConv(firmware, layer, names, s);
  }
  addNumbers(firmware, names, op.weights, op.bias, op.types,
             s.isDepthwise() ? Order::Taps
             : s.isLatency() ? Order::Columns
                             : Order::Rows);
  const bool is1d = s.is1d();
  const bool pads = s.isStream() && s.window.hasPadding();
  const std::string input = firmware.input(layer);
  const std::string from = pads ? addPadding(firmware, layer, s, is1d, input) : input;
  addConvConfigs(firmware, names, s, is1d, pads, zeros(op.weights));
  // The stream headers also where maps are arrays: configs name classes that those declare.
  const int dims = is1d ? 1 : 2;
  firmware.include(fmt::format("nnet_utils/nnet_conv{}d.h", dims));
  firmware.include(fmt::format("nnet_utils/nnet_conv{}d_stream.h", dims));
  if (s.isDepthwise())
    firmware.include(fmt::format("nnet_utils/nnet_sepconv{}d_stream.h", dims));
  if (s.isDepthwise() && !s.isStream())
    firmware.include(fmt::format("nnet_utils/nnet_sepconv{}d.h", dims));
  callWeighted(firmware, layer, function.name, names, from);
}

} // namespace braid::targets::hls4ml
