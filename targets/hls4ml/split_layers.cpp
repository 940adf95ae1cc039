// Layers that splitting makes: sums of partial sums, parts of tensors.
#include "firmware.h"

#include "braid/kernel/kernel.h"
#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::targets::hls4ml {

void addSum(Firmware &firmware, const ir::Layer &layer, const ir::Sum &op) {
  const int n = Firmware::number(layer);
  const int64_t elements = firmware.elements(layer.output),
                channels = firmware.model().stream(layer.output).shape.back();
  const ir::Weights none =
      ir::Weights::fromIntegers(std::vector<int64_t>(static_cast<size_t>(channels), 0), channels);
  const num::FixedType biasType = op.bias.empty() ? num::signedFixed(2, 2) : op.biasType.fixed();
  firmware.typeDef(fmt::format("layer{}_accum_t", n), num::toString(op.accum));
  firmware.weights({fmt::format("b{}", n), fmt::format("bias{}_t", n), op.bias.empty() ? none : op.bias,
                    biasType, Order::Rows});
  Config config(fmt::format("config{}", n), "braid::SumConfig");
  config.constant("n_elem", elements).constant("n_chan", channels);
  config.type("accum_t", fmt::format("layer{}_accum_t", n)).type("bias_t", fmt::format("bias{}_t", n));
  firmware.config(config);
  firmware.include("braid/braid_split.h");
  // Accumulators are wider than results: a beat may hold fewer of them.
  std::string type = firmware.valueType(layer.output), to = firmware.output(layer);
  const int64_t beat = firmware.perBeat(layer.inputs[0]);
  const bool repacks = firmware.isStream() && beat != firmware.perBeat(layer.output);
  if (repacks) {
    type = fmt::format("layer{}_sum_t", n), to = fmt::format("layer{}_sum", n);
    firmware.typeDef(type, fmt::format("nnet::array<{}, {}>", firmware.elementType(layer.output), beat));
    firmware.local(to, type, elements, std::min<int64_t>(16, elements / beat));
  }
  std::string parts;
  for (size_t i = 0; i < layer.inputs.size(); ++i)
    parts += ", " + firmware.input(layer, i);
  firmware.call(fmt::format("braid::sum<{}, config{}>({}, b{}{})", type, n, to, n, parts), layer);
  if (repacks)
    firmware.repack(to, type, firmware.output(layer), firmware.valueType(layer.output), elements, layer);
}

void addCrop(Firmware &firmware, const ir::Layer &layer, const ir::Crop &op) {
  const int n = Firmware::number(layer);
  const ir::Shape &in = firmware.model().stream(layer.inputs[0]).shape;
  BRAID_CHECK(in.size() == 1 || in.size() == 3, "vectors and maps are cut");
  Config config(fmt::format("config{}", n), "braid::CropConfig");
  static constexpr const char *kSize[] = {"height", "width", "n_chan"},
                              *kFirst[] = {"first_row", "first_col", "first_chan"},
                              *kLast[] = {"last_row", "last_col", "last_chan"};
  for (size_t d = 0; d < 3; ++d) {
    const bool has = in.size() == 3 || d == 2;
    const size_t at = in.size() == 3 ? d : 0;
    config.constant(kSize[d], has ? in[at] : 1)
        .constant(kFirst[d], has ? op.begin[at] : 0)
        .constant(kLast[d], has ? op.end[at] : 1);
  }
  firmware.config(config);
  firmware.include("braid/braid_split.h");
  std::string from = firmware.input(layer), fromType = firmware.valueType(layer.inputs[0]);
  std::string to = firmware.output(layer), type = firmware.valueType(layer.output);
  const int64_t inner = firmware.isStream() ? kernel::innerBeat(firmware.model(), layer) : 0;
  if (inner && inner != firmware.perBeat(layer.inputs[0])) {
    from = firmware.repacked(from, fromType, firmware.elementType(layer.inputs[0]),
                             firmware.elements(layer.inputs[0]), inner, layer);
    fromType = from + "_t";
  }
  const bool repacks = inner && inner != firmware.perBeat(layer.output);
  if (repacks) {
    type = fmt::format("layer{}_part_t", n), to = fmt::format("layer{}_part", n);
    firmware.typeDef(type, fmt::format("nnet::array<{}, {}>", firmware.elementType(layer.output), inner));
    firmware.local(to, type, firmware.elements(layer.output), 4);
  }
  firmware.call(fmt::format("braid::crop<{}, {}, config{}>({}, {})", fromType, type, n, from, to), layer);
  if (repacks)
    firmware.repack(to, type, firmware.output(layer), firmware.valueType(layer.output),
                    firmware.elements(layer.output), layer);
}

} // namespace braid::targets::hls4ml
