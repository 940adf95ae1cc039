// Layers without a weight matrix.
#include "firmware.h"
#include "functions.h"

#include "braid/num/fixed.h"
#include "braid/num/typed_functions.h"
#include "braid/support/error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::targets::hls4ml {
namespace {

std::string configName(const ir::Layer &layer) { return fmt::format("config{}", Firmware::number(layer)); }

/// `name<in, out, config>(in, out)`, the shape of most calls.
void simpleCall(Firmware &firmware, const ir::Layer &layer, const std::string &function,
                const std::string &extra = "") {
  firmware.call(fmt::format("{}<{}, {}, {}>({}, {}{})", function, firmware.valueType(layer.inputs[0]),
                            firmware.valueType(layer.output), configName(layer), firmware.input(layer),
                            firmware.output(layer), extra),
                layer);
}

/// A value as the exact literal of its type.
std::string literal(int64_t mantissa, const num::FixedType &type) {
  return fmt::format("{}({})", num::toString(type), num::exactDecimal(mantissa, type.fracBits()));
}

bool isOnePixelBeat(const Firmware &firmware, ir::StreamId stream) {
  return firmware.perBeat(stream) == firmware.model().stream(stream).shape.back();
}

void includeBoth(Firmware &firmware, const std::string &header) {
  firmware.include(header + ".h");
  if (firmware.isStream())
    firmware.include(header + "_stream.h");
}

Config activationConfig(Firmware &firmware, const ir::Layer &layer) {
  firmware.include("nnet_utils/nnet_activation.h"); // the base of the config
  Config config(configName(layer), "nnet::activ_config");
  config.constant("n_in", firmware.elements(layer.output)).constant("reuse_factor", 1);
  config.symbol("io_type", firmware.isStream() ? "nnet::io_stream" : "nnet::io_parallel");
  return config;
}

/// An array of integers or exact decimals that stands in the headers whole: tables are small.
void addTable(Firmware &firmware, const std::string &name, const std::string &type,
              const std::vector<int64_t> &values, int frac) {
  std::string text = fmt::format("static const {} {}[{}] = {{", type, name, values.size());
  for (size_t i = 0; i < values.size(); ++i)
    text += (i % 16 ? " " : "\n  ") + num::exactDecimal(values[i], frac) + (i + 1 < values.size() ? "," : "");
  firmware.rawConfig(text + "\n};\n\n");
}

std::string integerType(const std::vector<int64_t> &values) {
  const auto [lo, hi] = std::minmax_element(values.begin(), values.end());
  return num::toString(num::narrowestFor(std::min<int64_t>(*lo, -1), *hi, 0));
}

/// Table functions: `call` is the function with its arguments between input and table.
void addTableCall(Firmware &firmware, const ir::Layer &layer, const ir::Table &table,
                  const std::string &function, const std::string &header,
                  const std::string &templateExtra = "", const std::string &argument = "") {
  const std::string entries = fmt::format("table{}", Firmware::number(layer));
  addTable(firmware, entries, integerType(*table.values), *table.values, 0);
  Config config = activationConfig(firmware, layer);
  config.constant("table_size", static_cast<int64_t>(table.values->size()));
  config.symbol("table_low", fmt::format("{}ll", table.lo), "long long").constant("table_shift", table.shift);
  firmware.config(config);
  firmware.include(header);
  firmware.call(fmt::format("{}<{}, {}{}, {}>({}, {}{}, {})", function, firmware.valueType(layer.inputs[0]),
                            templateExtra, firmware.valueType(layer.output), configName(layer),
                            firmware.input(layer), argument, firmware.output(layer), entries),
                layer);
}

} // namespace

void addActivation(Firmware &firmware, const ir::Layer &layer, const ir::Activation &op) {
  using ir::ActivationKind;
  const std::string in = firmware.valueType(layer.inputs[0]), out = firmware.valueType(layer.output),
                    name = configName(layer);
  const num::FixedType param = op.paramType.fixed();
  const std::string paramType = fmt::format("param{}_t", Firmware::number(layer));
  auto withParameter = [&](const std::string &function, const std::string &header, int64_t value) {
    firmware.typeDef(paramType, num::toString(param));
    firmware.config(activationConfig(firmware, layer));
    firmware.include(header);
    firmware.call(fmt::format("{}<{}, {}, {}, {}>({}, {}, {})", function, in, paramType, out, name,
                              firmware.input(layer), literal(value, param), firmware.output(layer)),
                  layer);
  };
  switch (op.kind) {
  case ActivationKind::Relu:
    firmware.config(activationConfig(firmware, layer));
    includeBoth(firmware, "nnet_utils/nnet_activation");
    return simpleCall(firmware, layer, "nnet::relu");
  case ActivationKind::LeakyRelu:
    includeBoth(firmware, "nnet_utils/nnet_activation");
    return withParameter("nnet::leaky_relu", "nnet_utils/nnet_activation.h", op.alphaQ);
  case ActivationKind::PRelu: {
    const std::string slopes = fmt::format("a{}", Firmware::number(layer));
    firmware.weights({slopes, paramType, op.slopes, param, Order::Rows});
    Config config = activationConfig(firmware, layer);
    config.constant("n_filt", op.slopes.rows());
    firmware.config(config);
    firmware.include("braid/braid_activation.h");
    firmware.call(fmt::format("braid::prelu<{}, {}, {}, {}>({}, {}, {})", in, paramType, out, name,
                              firmware.input(layer), slopes, firmware.output(layer)),
                  layer);
    return;
  }
  case ActivationKind::Clip:
    firmware.typeDef(paramType, num::toString(param));
    firmware.config(activationConfig(firmware, layer));
    firmware.include("braid/braid_activation.h");
    firmware.call(fmt::format("braid::clip<{}, {}, {}, {}>({}, {}, {}, {})", in, paramType, out, name,
                              firmware.input(layer), literal(op.alphaQ, param), literal(op.betaQ, param),
                              firmware.output(layer)),
                  layer);
    return;
  case ActivationKind::HardSigmoid: {
    firmware.typeDef(paramType, num::toString(param));
    Config config = activationConfig(firmware, layer);
    config.line(fmt::format("static const {} slope;", paramType))
        .line(fmt::format("static const {} shift;", paramType));
    firmware.config(config);
    firmware.rawConfig(fmt::format("const {} {}::slope = {};\nconst {} {}::shift = {};\n\n", paramType, name,
                                   num::exactDecimal(op.alphaQ, param.fracBits()), paramType, name,
                                   num::exactDecimal(op.betaQ, param.fracBits())));
    includeBoth(firmware, "nnet_utils/nnet_activation");
    return simpleCall(firmware, layer, "nnet::hard_sigmoid");
  }
  case ActivationKind::Sigmoid:
  case ActivationKind::Tanh:
    return addTableCall(firmware, layer, op.table, "braid::table", "braid/braid_table.h");
  case ActivationKind::Elu:
    return addTableCall(firmware, layer, op.table, "braid::elu", "braid/braid_activation.h");
  case ActivationKind::Selu:
    firmware.typeDef(paramType, num::toString(param));
    return addTableCall(firmware, layer, op.table, "braid::selu", "braid/braid_activation.h",
                        paramType + ", ", literal(op.betaQ, param) + ", ");
  }
}

void addSoftmax(Firmware &firmware, const ir::Layer &layer, const ir::Softmax &op) {
  const int n = Firmware::number(layer);
  addTable(firmware, fmt::format("exp_table{}", n), "ap_ufixed<18,1>", *op.expTable, num::kSoftmaxFrac);
  addTable(firmware, fmt::format("inv_table{}", n), "ap_ufixed<18,1>", *op.invTable, num::kSoftmaxFrac);
  Config config = activationConfig(firmware, layer);
  config.constant("n_slice", firmware.model().stream(layer.output).shape.back())
      .constant("exp_shift", op.expShift);
  config.constant("exp_size", static_cast<int64_t>(op.expTable->size()))
      .constant("inv_size", static_cast<int64_t>(op.invTable->size()));
  firmware.config(config);
  firmware.include("braid/braid_softmax.h");
  simpleCall(firmware, layer, "braid::softmax", fmt::format(", exp_table{}, inv_table{}", n, n));
}

void addAffine(Firmware &firmware, const ir::Layer &layer, const ir::Affine &op) {
  const int n = Firmware::number(layer);
  const int64_t elements = firmware.elements(layer.output), rows = op.scale.rows();
  const bool perChannel = rows == firmware.model().stream(layer.output).shape.back() && rows != elements;
  firmware.weights(
      {fmt::format("s{}", n), fmt::format("scale{}_t", n), op.scale, op.scaleType.fixed(), Order::Rows});
  firmware.weights(
      {fmt::format("b{}", n), fmt::format("bias{}_t", n), op.bias, op.biasType.fixed(), Order::Rows});
  const bool upstream = !firmware.isStream() || !perChannel || isOnePixelBeat(firmware, layer.output);
  Config config(configName(layer), "nnet::batchnorm_config");
  config.constant("n_in", elements)
      .constant("n_filt", perChannel ? rows : -1)
      .constant("n_scale_bias", rows)
      .constant("reuse_factor", 1);
  config.symbol("multiplier_limit", "DIV_ROUNDUP(n_in, reuse_factor)")
      .symbol("store_weights_in_bram", "false", "bool");
  config.symbol("io_type", firmware.isStream() ? "nnet::io_stream" : "nnet::io_parallel");
  config.type("bias_t", fmt::format("bias{}_t", n)).type("scale_t", fmt::format("scale{}_t", n));
  config.line("template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;");
  firmware.config(config);
  includeBoth(firmware, "nnet_utils/nnet_batchnorm");
  if (!upstream)
    firmware.include("braid/braid_activation.h");
  simpleCall(firmware, layer, upstream ? "nnet::normalize" : "braid::affine",
             fmt::format(", s{}, b{}", n, n));
}

void addPool(Firmware &firmware, const ir::Layer &layer, const ir::Pool &op) {
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape,
                  &out = firmware.model().stream(layer.output).shape;
  const ir::Window &w = op.window;
  const bool isMax = op.kind == ir::PoolKind::Max;
  const FunctionRow &function =
      poolFunction(firmware.project().io, op, !firmware.isStream() || isOnePixelBeat(firmware, layer.output));
  const bool upstream = isUpstream(function);
  Config config(configName(layer), "nnet::pooling2d_config");
  config.constant("in_height", in[0]).constant("in_width", in[1]).constant("n_filt", in[2]);
  config.constant("stride_height", w.stride[0]).constant("stride_width", w.stride[1]);
  config.constant("pool_height", w.kernel[0]).constant("pool_width", w.kernel[1]);
  config.constant("filt_height", w.kernel[0]).constant("filt_width", w.kernel[1]).constant("n_chan", in[2]);
  config.constant("out_height", out[0]).constant("out_width", out[1]);
  config.constant("pad_top", w.padBegin[0])
      .constant("pad_bottom", w.padEnd[0])
      .constant("pad_left", w.padBegin[1])
      .constant("pad_right", w.padEnd[1]);
  config.symbol("count_pad", op.countIncludePad ? "true" : "false", "bool");
  config.symbol("pool_op", isMax ? "nnet::Max" : "nnet::Average", "nnet::Pool_Op");
  config.symbol("implementation", "nnet::conv_implementation::linebuffer", "nnet::conv_implementation");
  config.constant("reuse_factor", 1).type("accum_t", firmware.elementType(layer.inputs[0]));
  firmware.config(config);
  // The pooling header names the convolution's implementations.
  firmware.include("nnet_utils/nnet_conv2d_stream.h");
  includeBoth(firmware, "nnet_utils/nnet_pooling");
  if (!upstream)
    firmware.include(firmware.isStream() ? "braid/braid_pool_stream.h" : "braid/braid_pool.h");
  simpleCall(firmware, layer, function.name);
}

void addGlobalPool(Firmware &firmware, const ir::Layer &layer, const ir::GlobalPool &op) {
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape;
  const bool isMax = op.kind == ir::PoolKind::Max;
  const bool upstream = isMax && (!firmware.isStream() || isOnePixelBeat(firmware, layer.output));
  Config config(configName(layer), "nnet::pooling2d_config");
  config.constant("in_height", in[0]).constant("in_width", in[1]).constant("n_filt", in[2]);
  // As one window over the map, for a function that wants to know.
  config.constant("pool_height", in[0])
      .constant("pool_width", in[1])
      .constant("stride_height", in[0])
      .constant("stride_width", in[1]);
  config.constant("out_height", 1).constant("out_width", 1);
  config.symbol("pool_op", isMax ? "nnet::Max" : "nnet::Average", "nnet::Pool_Op")
      .constant("reuse_factor", 1);
  config.type("accum_t", firmware.elementType(layer.inputs[0]));
  firmware.config(config);
  firmware.include("nnet_utils/nnet_conv2d_stream.h");
  includeBoth(firmware, "nnet_utils/nnet_pooling");
  if (!upstream)
    firmware.include(firmware.isStream() ? "braid/braid_pool_stream.h" : "braid/braid_pool.h");
  simpleCall(firmware, layer,
             upstream                       ? "nnet::global_pooling2d_cl"
             : isMax                        ? "braid::globalMaxPool2d"
             : op.kind == ir::PoolKind::Sum ? "braid::globalSumPool2d"
                                            : "braid::globalAveragePool2d");
}

void addThreshold(Firmware &firmware, const ir::Layer &layer, const ir::Threshold &op) {
  const int n = Firmware::number(layer);
  const auto [lo, hi] = op.thresholds.range();
  const num::FixedType type = num::narrowestFor(static_cast<Int128>(lo), static_cast<Int128>(hi), 0);
  const std::string steps = fmt::format("t{}", n), stepType = fmt::format("threshold{}_t", n);
  firmware.weights({steps, stepType, op.thresholds, type, Order::Rows});
  Config config(configName(layer), "braid::ThresholdConfig");
  config.constant("n_in", firmware.elements(layer.output))
      .constant("n_filt", firmware.model().stream(layer.output).shape.back())
      .constant("n_rows", op.thresholds.rows())
      .constant("n_steps", op.thresholds.channels())
      .constant("base", op.base, "int")
      .constant("reuse_factor", 1);
  firmware.config(config);
  firmware.include("braid/braid_threshold.h");
  firmware.call(fmt::format("braid::threshold<{}, {}, {}, {}>({}, {}, {})",
                            firmware.valueType(layer.inputs[0]), stepType, firmware.valueType(layer.output),
                            configName(layer), firmware.input(layer), steps, firmware.output(layer)),
                layer);
}

void addArgMax(Firmware &firmware, const ir::Layer &layer) {
  Config config(configName(layer), "braid::ArgMaxConfig");
  config.constant("n_in", firmware.elements(layer.inputs[0]))
      .constant("n_chan", firmware.model().stream(layer.inputs[0]).shape.back());
  firmware.config(config);
  firmware.include("braid/braid_threshold.h");
  simpleCall(firmware, layer, "braid::argMax");
}

void addBinary(Firmware &firmware, const ir::Layer &layer, const ir::Binary &op) {
  const ir::Shape &a = firmware.model().stream(layer.inputs[0]).shape,
                  &b = firmware.model().stream(layer.inputs[1]).shape;
  const bool upstream = a == b && op.kind != ir::BinaryKind::Div;
  static constexpr const char *kNames[] = {"add", "subtract", "multiply", "divide"};
  const char *function = kNames[static_cast<size_t>(op.kind)];
  // How often each element of an input stands in a row: its trailing ones that the result has larger.
  auto repeats = [&](const ir::Shape &shape) {
    const ir::Shape &out = firmware.model().stream(layer.output).shape;
    int64_t repeat = 1;
    for (size_t d = shape.size(); d-- > 0 && shape[d] == 1;)
      repeat *= out[d];
    return repeat;
  };
  Config config(configName(layer), "nnet::merge_config");
  config.constant("n_elem", firmware.elements(layer.output))
      .constant("n_elem1", firmware.elements(layer.inputs[0]));
  config.constant("n_elem2", firmware.elements(layer.inputs[1])).constant("reuse_factor", 1);
  if (!upstream)
    config.constant("n_repeat1", repeats(a)).constant("n_repeat2", repeats(b));
  firmware.config(config);
  includeBoth(firmware, "nnet_utils/nnet_merge");
  if (!upstream)
    firmware.include("braid/braid_merge.h");
  const std::string first = firmware.input(layer, 0), second = firmware.input(layer, 1);
  firmware.call(fmt::format("{}::{}<{}, {}, {}, {}>({}, {}, {})", upstream ? "nnet" : "braid", function,
                            firmware.valueType(layer.inputs[0]), firmware.valueType(layer.inputs[1]),
                            firmware.valueType(layer.output), configName(layer), first, second,
                            firmware.output(layer)),
                layer);
}

void addConcat(Firmware &firmware, const ir::Layer &layer, const ir::Concat &op) {
  const ir::Model &model = firmware.model();
  const size_t rank = model.stream(layer.output).shape.size(), axis = static_cast<size_t>(op.axis);
  includeBoth(firmware, "nnet_utils/nnet_merge");
  firmware.include("braid/braid_reshape.h");
  const int64_t inner =
      firmware.isStream() ? kernel::innerBeat(model, layer) : 0; // 0: hls4ml's function will do
  const std::string element = firmware.elementType(layer.output);
  struct Value {
    std::string name, type;
    ir::Shape shape;
  };
  auto operand = [&](size_t i) {
    const ir::StreamId stream = layer.inputs[i];
    Value value = {firmware.input(layer, i), firmware.valueType(stream), model.stream(stream).shape};
    if (inner && firmware.perBeat(stream) != inner) {
      value.name = firmware.repacked(value.name, value.type, firmware.elementType(stream),
                                     firmware.elements(stream), inner, layer);
      value.type = value.name + "_t";
    }
    return value;
  };
  // Two at a time, from the left.
  Value left = operand(0);
  for (size_t i = 1; i < layer.inputs.size(); ++i) {
    const Value right = operand(i);
    const bool last = i + 1 == layer.inputs.size();
    Value joined = {firmware.output(layer), firmware.valueType(layer.output), left.shape};
    joined.shape[axis] += right.shape[axis];
    const int64_t beat = inner ? inner : joined.shape.back();
    if (!last || (inner && inner != firmware.perBeat(layer.output))) {
      joined.name = fmt::format("layer{}_{}_out", Firmware::number(layer), i),
      joined.type = fmt::format("layer{}_{}_t", Firmware::number(layer), i);
      firmware.typeDef(joined.type,
                       firmware.isStream() ? fmt::format("nnet::array<{}, {}>", element, beat) : element);
      firmware.local(joined.name, joined.type, ir::elements(joined.shape),
                     std::min<int64_t>(16, ir::elements(joined.shape) / beat));
    }
    const std::string name = fmt::format("config{}_{}", Firmware::number(layer), i);
    Config config(name, "nnet::concat_config");
    for (size_t d = 0; d < 3; ++d) {
      static constexpr const char *kLeft[] = {"n_elem1_0", "n_elem1_1", "n_elem1_2"},
                                  *kRight[] = {"n_elem2_0", "n_elem2_1", "n_elem2_2"};
      config.constant(kLeft[d], d < rank ? left.shape[d] : 0)
          .constant(kRight[d], d < rank ? right.shape[d] : 0);
    }
    config.constant("axis", op.axis + 1, "int");
    const auto run = [&](const ir::Shape &shape) {
      return ir::elements(llvm::ArrayRef<int64_t>(shape).drop_front(axis));
    };
    config.constant("n_outer", ir::elements(left.shape) / run(left.shape))
        .constant("n_run1", run(left.shape))
        .constant("n_run2", run(right.shape));
    firmware.config(config);
    firmware.call(fmt::format("{}<{}, {}, {}, {}>({}, {}, {})",
                              inner ? "braid::concatenate" : fmt::format("nnet::concatenate{}d", rank),
                              left.type, right.type, joined.type, name, left.name, right.name, joined.name),
                  layer);
    left = joined;
  }
  if (left.name != firmware.output(layer))
    firmware.repack(left.name, left.type, firmware.output(layer), firmware.valueType(layer.output),
                    firmware.elements(layer.output), layer);
}

void addTranspose(Firmware &firmware, const ir::Layer &layer, const ir::Transpose &op) {
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape,
                  &out = firmware.model().stream(layer.output).shape;
  std::vector<int64_t> strides(in.size(), 1), permStrides;
  for (size_t i = in.size(); i-- > 1;)
    strides[i - 1] = strides[i] * in[i];
  for (int64_t p : op.perm)
    permStrides.push_back(strides[static_cast<size_t>(p)]);
  const std::string name = configName(layer);
  auto array = [&](const char *what, const auto &values) {
    return fmt::format("static const unsigned {}_{}[{}] = {{{}}};\n", name, what, in.size(),
                       fmt::join(values.begin(), values.end(), ", "));
  };
  firmware.rawConfig(array("from_shape", in) + array("to_shape", out) + array("perm", op.perm) +
                     array("perm_strides", permStrides));
  firmware.rawConfig(fmt::format("struct {0} : nnet::transpose_config {{\n  static constexpr unsigned dims = "
                                 "{1};\n  static constexpr unsigned N = {2};\n"
                                 "  static constexpr const unsigned *const from_shape = {0}_from_shape;\n  "
                                 "static constexpr const unsigned *const to_shape = {0}_to_shape;\n"
                                 "  static constexpr const unsigned *const perm = {0}_perm;\n  static "
                                 "constexpr const unsigned *const perm_strides = {0}_perm_strides;\n}};\n\n",
                                 name, in.size(), ir::elements(in)));
  includeBoth(firmware, "nnet_utils/nnet_transpose");
  const bool upstream = !firmware.isStream() ||
                        (isOnePixelBeat(firmware, layer.inputs[0]) && isOnePixelBeat(firmware, layer.output));
  if (!upstream)
    firmware.include("braid/braid_reshape.h");
  simpleCall(firmware, layer, upstream ? "nnet::transpose" : "braid::transpose");
}

void addPad(Firmware &firmware, const ir::Layer &layer, const ir::Pad &op) {
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape,
                  &out = firmware.model().stream(layer.output).shape;
  BRAID_CHECK(op.begin.size() == 3 && op.begin[2] == 0 && op.end[2] == 0, "lowering lets other padding pass");
  if (op.value != 0) {
    Config config(configName(layer), "braid::PadConfig");
    config.constant("in_height", in[0]).constant("in_width", in[1]).constant("n_chan", in[2]);
    config.constant("out_height", out[0]).constant("out_width", out[1]);
    config.constant("pad_top", op.begin[0]).constant("pad_left", op.begin[1]);
    firmware.config(config);
    firmware.include("braid/braid_threshold.h");
    const num::FixedType type = firmware.model().stream(layer.output).type.fixed();
    const std::string value = num::toString(type);
    firmware.call(fmt::format("braid::padWith<{}, {}, {}, {}>({}, {}, {})",
                              firmware.valueType(layer.inputs[0]), value, firmware.valueType(layer.output),
                              configName(layer), firmware.input(layer),
                              literal(num::quantise(op.value, type), type), firmware.output(layer)),
                  layer);
    return;
  }
  // A pixel of several beats is as many narrow pixels in a row.
  const int64_t beats = firmware.isStream() ? in[2] / firmware.perBeat(layer.output) : 1;
  Config config(configName(layer), "nnet::padding2d_config");
  config.constant("n_chan", in[2] / beats).constant("in_height", in[0]).constant("in_width", in[1] * beats);
  config.constant("out_height", out[0]).constant("out_width", out[1] * beats);
  config.constant("pad_top", op.begin[0]).constant("pad_bottom", op.end[0]);
  config.constant("pad_left", op.begin[1] * beats).constant("pad_right", op.end[1] * beats);
  firmware.config(config);
  includeBoth(firmware, "nnet_utils/nnet_padding");
  simpleCall(firmware, layer, "nnet::zeropad2d_cl");
}

void addUpsample(Firmware &firmware, const ir::Layer &layer, const ir::Upsample &) {
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape,
                  &out = firmware.model().stream(layer.output).shape;
  Config config(configName(layer), "nnet::resize_config");
  config.constant("height", in[0])
      .constant("width", in[1])
      .constant("n_chan", in[2])
      .constant("new_height", out[0])
      .constant("new_width", out[1]);
  firmware.config(config);
  includeBoth(firmware, "nnet_utils/nnet_image");
  const bool upstream = !firmware.isStream() || isOnePixelBeat(firmware, layer.output);
  if (!upstream)
    firmware.include("braid/braid_reshape.h");
  firmware.call(fmt::format("{}<{}, {}>({}, {})", upstream ? "nnet::resize_nearest" : "braid::resizeNearest",
                            firmware.valueType(layer.inputs[0]), configName(layer), firmware.input(layer),
                            firmware.output(layer)),
                layer);
}

} // namespace braid::targets::hls4ml
