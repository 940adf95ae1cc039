#include "firmware.h"

#include "braid/plan/kernel_graph.h"
#include "braid/support/embedded.h"
#include "braid/support/error.h"
#include "braid/support/text.h"
#include "braid/targets/hls4ml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::targets::hls4ml {

Config &Config::constant(const char *name, int64_t value, const char *type) {
  text_ += fmt::format("  static const {} {} = {};\n", type, name, value);
  return *this;
}
Config &Config::symbol(const char *name, const std::string &value, const char *type) {
  text_ += fmt::format("  static const {} {} = {};\n", type, name, value);
  return *this;
}
Config &Config::type(const char *name, const std::string &value) {
  text_ += fmt::format("  typedef {} {};\n", value, name);
  return *this;
}
Config &Config::line(const std::string &text) {
  text_ += "  " + text + "\n";
  return *this;
}

Firmware::Firmware(const emit::Context &context, size_t partition)
    : context_(context), partition_(context.partitions[partition]), model_(partition_.model),
      project_(context.projects[partition]), depths_(model_) {
  // As hls4ml chooses: streams, windows and Resource make a dataflow region.
  isDataflow_ =
      isStream() || std::any_of(model_.layers.begin(), model_.layers.end(), [&](const ir::Layer &layer) {
        return std::holds_alternative<ir::Conv>(layer.op) ||
               (std::holds_alternative<ir::Dense>(layer.op) &&
                implementationOf(layer).strategy == kernel::Strategy::Resource);
      });
  planStreams();
  for (const emit::Endpoint &end : project_.inputs)
    emitClones(end.stream);
  for (const ir::Layer &layer : model_.layers)
    if (!std::holds_alternative<ir::Send>(layer.op) && !std::holds_alternative<ir::Receive>(layer.op)) {
      addLayer(layer);
      emitClones(layer.output);
    }
}

const kernel::Implementation &Firmware::implementationOf(const ir::Layer &layer) const {
  return context_.plan.of(layer.origin).implementation;
}

std::string Firmware::elementType(ir::StreamId stream) const {
  return num::toString(model_.stream(stream).type);
}

/// A reshape that is only a name, and whose ends are not arguments: those have streams of their own.
bool Firmware::isAlias(const ir::Layer &layer) const {
  for (const emit::Endpoint &end : project_.outputs)
    if (end.stream == layer.output)
      return false;
  return kernel::isNameOnly(model_, layer, project_.io);
}

void Firmware::planStreams() {
  // Ends of the project have names of their own.
  for (const emit::Endpoint &end : project_.inputs)
    made_[end.stream] = end.argument, types_[end.stream] = end.typedefName,
    perBeat_[end.stream] = end.perBeat;
  for (const ir::Layer &layer : model_.layers) {
    if (layer.output == ir::StreamId::None || std::holds_alternative<ir::Receive>(layer.op))
      continue;
    const ir::Stream &stream = model_.stream(layer.output);
    types_[layer.output] = fmt::format("layer{}_t", number(layer));
    made_[layer.output] = fmt::format("layer{}_out", number(layer));
    perBeat_[layer.output] = isAlias(layer) ? perBeat_.at(layer.inputs[0])
                             : isStream()   ? kernel::elementsPerBeat(stream.shape, stream.type)
                                            : elements(layer.output);
  }
  std::map<ir::StreamId, std::vector<const emit::Endpoint *>> ends;
  for (const emit::Endpoint &end : project_.outputs)
    ends[end.stream].push_back(&end);
  for (const auto &[stream, variable] : made_) {
    size_t readers = 0;
    for (const ir::Layer &layer : model_.layers)
      if (!std::holds_alternative<ir::Send>(layer.op))
        readers += static_cast<size_t>(std::count(layer.inputs.begin(), layer.inputs.end(), stream));
    const auto &out = ends[stream];
    const bool fromInside =
        model_.stream(stream).producer != ir::LayerId::None &&
        !std::holds_alternative<ir::Receive>(model_.layer(model_.stream(stream).producer).op);
    if (readers + out.size() <= 1) {
      if (!out.empty() && fromInside)
        made_[stream] = out[0]->argument; // the producer writes the project's output itself
      if (readers == 1)
        uses_[stream] = {made_[stream]};
      continue;
    }
    for (size_t i = 0; i < readers; ++i)
      uses_[stream].push_back(isDataflow_ ? fmt::format("{}_cpy{}", variable, i + 1) : variable);
    for (const emit::Endpoint *end : out)
      uses_[stream].push_back(end->argument);
  }
  const auto define = [&](const emit::Endpoint &end) {
    typeDef(end.typedefName, isStream()
                                 ? fmt::format("nnet::array<{}, {}>", num::toString(end.type), end.perBeat)
                                 : num::toString(end.type));
  };
  for (const emit::Endpoint &end : project_.inputs) {
    define(end);
    // What is passed on as it came has no layer that would define its type.
    for (const emit::Endpoint *out : ends[end.stream])
      define(*out);
  }
}

void Firmware::declareStream(ir::StreamId stream) {
  const std::string &name = made_.at(stream);
  for (const emit::Endpoint &end : project_.outputs)
    if (end.argument == name)
      return; // an argument
  local(name, types_.at(stream), elements(stream), depths_.of(stream));
}

void Firmware::local(const std::string &name, const std::string &type, int64_t elements, int64_t depth) {
  if (isStream())
    locals_ += fmt::format("  hls::stream<{}> {}(\"{}\");\n#pragma HLS STREAM variable={} depth={}\n", type,
                           name, name, name, depth);
  else
    locals_ += fmt::format("  {} {}[{}];\n#pragma HLS ARRAY_PARTITION variable={} complete dim=0\n", type,
                           name, elements, name);
}

void Firmware::alias(const std::string &to, const std::string &from) {
  calls_ += fmt::format("  auto &{} = {};\n", to, from);
}

void Firmware::call(const std::string &text, const ir::Layer &layer) {
  calls_ += fmt::format("  {}; // {}\n", text, identifierFrom(layer.name));
}

std::string Firmware::repacked(const std::string &from, const std::string &fromType,
                               const std::string &element, int64_t count, int64_t perBeat,
                               const ir::Layer &layer) {
  const std::string name = fmt::format("layer{}_repacked{}", number(layer), repacks_++), type = name + "_t";
  typeDef(type, fmt::format("nnet::array<{}, {}>", element, perBeat));
  local(name, type, count, std::min<int64_t>(16, count / perBeat));
  repack(from, fromType, name, type, count, layer);
  return name;
}

void Firmware::repack(const std::string &from, const std::string &fromType, const std::string &to,
                      const std::string &toType, int64_t count, const ir::Layer &layer) {
  include("braid/braid_reshape.h");
  call(fmt::format("braid::repack<{}, {}, {}>({}, {})", fromType, toType, count, from, to), layer);
}

void Firmware::weights(WeightsFile file) {
  typeDef(file.typeName, num::toString(file.type));
  weightHeaders_.insert(file.name);
  loads_ += fmt::format("    nnet::load_weights_from_txt<{}, {}>({}, \"{}.txt\");\n", file.typeName,
                        file.weights.size(), file.name, file.name);
  addWeights(out_, file);
}

std::string Firmware::input(const ir::Layer &layer, size_t i) {
  if (!operands_.empty())
    return operands_[i];
  const ir::StreamId stream = layer.inputs[i];
  const auto &uses = uses_.at(stream);
  size_t &next = used_[stream];
  return uses[next + 1 < uses.size() ? next++ : next];
}

std::string Firmware::output(const ir::Layer &layer) { return made_.at(layer.output); }

/// Copies of arrays. In a pipeline an array is read where it is, and copied to the project's outputs only; a
/// channel of a dataflow region has one reader.
void Firmware::emitArrayClones(ir::StreamId stream, const std::vector<std::string> &uses) {
  std::string from = made_.at(stream);
  const std::string &type = types_.at(stream);
  if (!isDataflow_) {
    for (const std::string &to : uses)
      if (to != from)
        calls_ += fmt::format(
            "  for (unsigned i = 0; i < {}; i++) {{\n#pragma HLS UNROLL\n    {}[i] = {}[i];\n  }}\n",
            elements(stream), to, from);
    return;
  }
  include("braid/braid_reshape.h");
  for (const std::string &to : uses)
    if (to.find("_cpy") != std::string::npos)
      local(to, type, elements(stream), 0);
  if (uses.size() == 1)
    calls_ += fmt::format("  braid::copyArray<{}, {}>({}, {});\n", type, elements(stream), from, uses[0]);
  // Two copies at a time; all but the last time the second is what is copied next.
  for (size_t i = 0; i + 1 < uses.size(); ++i) {
    const bool isLast = i + 2 == uses.size();
    const std::string second = isLast ? uses[i + 1] : fmt::format("{}_rest{}", made_.at(stream), i + 1);
    if (!isLast)
      local(second, type, elements(stream), 0);
    calls_ += fmt::format("  braid::cloneArray<{}, {}>({}, {}, {});\n", type, elements(stream), from, uses[i],
                          second);
    from = second;
  }
}

/// Copies of a stream for all who read it.
void Firmware::emitClones(ir::StreamId stream) {
  const auto uses = uses_.find(stream);
  if (uses == uses_.end() || (uses->second.size() == 1 && uses->second[0] == made_.at(stream)))
    return;
  const std::string &from = made_.at(stream), &type = types_.at(stream);
  if (!isStream())
    return emitArrayClones(stream, uses->second);
  for (const std::string &to : uses->second)
    if (to.find("_cpy") != std::string::npos)
      local(to, type, elements(stream), depths_.of(stream));
  const bool upstream = uses->second.size() <= 7;
  include(upstream ? "nnet_utils/nnet_stream.h" : "braid/braid_reshape.h");
  calls_ += fmt::format("  {}<{}, {}, {}>({}, {});\n", upstream ? "nnet::clone_stream" : "braid::cloneStream",
                        type, type, elements(stream), from, fmt::join(uses->second, ", "));
}

/// The same elements, cast, in the output's beats: a reshape, or a part of a concatenation that reads one
/// input only.
void Firmware::addCopy(const ir::Layer &layer) {
  const std::string &type = valueType(layer.output);
  if (isStream()) {
    const std::string from = input(layer);
    repack(from, valueType(layer.inputs[0]), output(layer), type, elements(layer.output), layer);
    return;
  }
  include("nnet_utils/nnet_activation.h");
  config(Config(fmt::format("config{}", number(layer)), "nnet::activ_config")
             .constant("n_in", elements(layer.output)));
  call(fmt::format("nnet::linear<{}, {}, config{}>({}, {})", valueType(layer.inputs[0]), type, number(layer),
                   input(layer), output(layer)),
       layer);
}

void Firmware::addLayer(const ir::Layer &layer) {
  if (isAlias(layer)) {
    typeDef(types_.at(layer.output), types_.at(layer.inputs[0]));
    alias(output(layer), input(layer));
    return;
  }
  const std::string name = made_.at(layer.output);
  std::string typeName = types_.at(layer.output);
  for (const emit::Endpoint &end : project_.outputs)
    if (end.stream == layer.output)
      typeDef(end.typedefName, isStream()
                                   ? fmt::format("nnet::array<{}, {}>", num::toString(end.type), end.perBeat)
                                   : num::toString(end.type));
  typeDef(typeName, isStream() ? fmt::format("nnet::array<{}, {}>", elementType(layer.output),
                                             perBeat_.at(layer.output))
                               : elementType(layer.output));
  declareStream(layer.output);
  const bool isJoin =
      std::holds_alternative<ir::Concat>(layer.op) || std::holds_alternative<ir::Crop>(layer.op);
  const int64_t beat = isStream() && !isJoin ? kernel::innerBeat(model_, layer) : 0;
  beat ? addAtBeat(layer, beat) : addOp(layer);
}

void Firmware::addAtBeat(const ir::Layer &layer, int64_t beat) {
  const auto types = types_;
  const auto beats = perBeat_;
  const std::string made = made_.at(layer.output), madeType = types_.at(layer.output);
  std::vector<std::string> operands;
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    const ir::StreamId stream = layer.inputs[i];
    std::string operand = input(layer, i);
    if (beats.at(stream) != beat &&
        model_.stream(stream).shape.back() == model_.stream(layer.output).shape.back()) {
      operand = repacked(operand, types.at(stream), elementType(stream), elements(stream), beat, layer);
      types_[stream] = operand + "_t";
      perBeat_[stream] = beat;
    }
    operands.push_back(std::move(operand));
  }
  const bool repacksOutput = beats.at(layer.output) != beat;
  if (repacksOutput) {
    const std::string name = fmt::format("layer{}_inner_out", number(layer)), type = name + "_t";
    typeDef(type, fmt::format("nnet::array<{}, {}>", elementType(layer.output), beat));
    local(name, type, elements(layer.output), std::min<int64_t>(16, elements(layer.output) / beat));
    made_[layer.output] = name, types_[layer.output] = type, perBeat_[layer.output] = beat;
  }
  operands_ = std::move(operands);
  addOp(layer);
  operands_.clear();
  types_ = types, perBeat_ = beats;
  if (repacksOutput) {
    const std::string inner = std::exchange(made_[layer.output], made);
    repack(inner, inner + "_t", made, madeType, elements(layer.output), layer);
  }
}

void Firmware::addOp(const ir::Layer &layer) {
  std::visit(ir::Overloaded{
                 [&](const ir::Dense &op) { addDense(*this, layer, op); },
                 [&](const ir::Conv &op) { addConv(*this, layer, op); },
                 [&](const ir::Pool &op) { addPool(*this, layer, op); },
                 [&](const ir::GlobalPool &op) { addGlobalPool(*this, layer, op); },
                 [&](const ir::Activation &op) { addActivation(*this, layer, op); },
                 [&](const ir::Softmax &op) { addSoftmax(*this, layer, op); },
                 [&](const ir::Affine &op) { addAffine(*this, layer, op); },
                 [](const ir::Quantize &) { BRAID_CHECK(false, "a typed model has no quantisers"); },
                 [](const ir::Requantize &) { BRAID_CHECK(false, "a typed model has an Affine instead"); },
                 [&](const ir::Threshold &op) { addThreshold(*this, layer, op); },
                 [&](const ir::ArgMax &) { addArgMax(*this, layer); },
                 [&](const ir::Binary &op) { addBinary(*this, layer, op); },
                 [&](const ir::Concat &op) {
                   layer.inputs.size() == 1 ? addCopy(layer) : addConcat(*this, layer, op);
                 },
                 [&](const ir::Transpose &op) { addTranspose(*this, layer, op); },
                 [&](const ir::Pad &op) { addPad(*this, layer, op); },
                 [&](const ir::Upsample &op) { addUpsample(*this, layer, op); },
                 [&](const ir::Sum &op) { addSum(*this, layer, op); },
                 [&](const ir::Crop &op) { addCrop(*this, layer, op); },
                 [&](const ir::Reshape &) { addCopy(layer); },
                 [](const ir::Send &) { BRAID_CHECK(false, "a send layer is an argument"); },
                 [](const ir::Receive &) { BRAID_CHECK(false, "a receive layer is an argument"); },
             },
             layer.op);
}

std::string Firmware::signature() const {
  std::vector<std::string> arguments;
  for (const auto *ends : {&project_.inputs, &project_.outputs})
    for (const emit::Endpoint &end : *ends)
      arguments.push_back(isStream() ? fmt::format("hls::stream<{}> &{}", end.typedefName, end.argument)
                                     : fmt::format("{} {}[{}]", end.typedefName, end.argument, end.elements));
  return fmt::format("void {}({})", project_.name, fmt::join(arguments, ",\n    "));
}

std::string Firmware::topFunction() const {
  std::vector<std::string> names;
  std::string pragmas;
  for (const emit::Endpoint &end : project_.inputs) {
    names.push_back(end.argument);
    if (!isStream())
      pragmas += fmt::format("#pragma HLS ARRAY_RESHAPE variable={} complete dim=0\n", end.argument);
  }
  for (const emit::Endpoint &end : project_.outputs) {
    names.push_back(end.argument);
    if (!isStream())
      pragmas += fmt::format("#pragma HLS ARRAY_PARTITION variable={} complete dim=0\n", end.argument);
  }
  pragmas += fmt::format("#pragma HLS INTERFACE {} port={}\n", isStream() ? "axis" : "ap_vld",
                         fmt::join(names, ","));
  pragmas += isDataflow_ ? "#pragma HLS DATAFLOW\n" : "#pragma HLS PIPELINE\n";
  std::string load;
  if (!loads_.empty())
    load = fmt::format("\n#ifndef __SYNTHESIS__\n  static bool loaded_weights = false;\n  if "
                       "(!loaded_weights) {{\n{}    loaded_weights = true;\n  }}\n#endif\n",
                       loads_);
  return fmt::format("#include \"{}.h\"\n#include \"parameters.h\"\n\n{} {{\n{}{}\n{}\n{}}}\n", project_.name,
                     signature(), pragmas, load, locals_, calls_);
}

emit::Emission Firmware::take() && {
  const std::string &name = project_.name;
  std::string guard = name;
  for (char &c : guard)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  out_.addText(
      "firmware/defines.h",
      fmt::format(
          "#ifndef DEFINES_H_\n#define DEFINES_H_\n\n#include \"ap_fixed.h\"\n#include \"ap_int.h\"\n"
          "#include \"nnet_utils/nnet_types.h\"\n#include <cstddef>\n#include <cstdio>\n\n{}\n#endif\n",
          defines_));
  std::string headers;
  for (const std::string &header : includes_)
    headers += fmt::format("#include \"{}\"\n", header);
  for (const std::string &weights : weightHeaders_)
    headers += fmt::format("#include \"weights/{}.h\"\n", weights);
  out_.addText(
      "firmware/parameters.h",
      fmt::format(
          "#ifndef PARAMETERS_H_\n#define PARAMETERS_H_\n\n#include \"ap_fixed.h\"\n#include \"ap_int.h\"\n\n"
          "#include \"nnet_utils/nnet_code_gen.h\"\n#include \"nnet_utils/nnet_helpers.h\"\n{}\n{}#endif\n",
          headers, configs_));
  out_.addText("firmware/nnet_utils/nnet_code_gen.h",
               fmt::format("#ifndef NNET_INSTR_GEN_H_\n#define NNET_INSTR_GEN_H_\n\n#include "
                           "\"nnet_conv1d_latency.h\"\n#include \"nnet_conv2d_latency.h\"\n"
                           "#include \"nnet_helpers.h\"\n#include "
                           "\"../braid/braid_conv_im2col.h\"\n\n#include \"hls_stream.h\"\n\n#include "
                           "\"../defines.h\"\n\nnamespace nnet {{\n\n{}}} // namespace nnet\n\n#endif\n",
                           codeGen_));
  out_.addText(
      fmt::format("firmware/{}.h", name),
      fmt::format("#ifndef {}_H_\n#define {}_H_\n\n#include \"ap_fixed.h\"\n#include \"ap_int.h\"\n#include "
                  "\"hls_stream.h\"\n\n#include \"defines.h\"\n\n{};\n\n#endif\n",
                  guard, guard, signature()));
  out_.addText(fmt::format("firmware/{}.cpp", name), topFunction());
  return std::move(out_);
}

} // namespace braid::targets::hls4ml

namespace braid::targets {

emit::Emission emitHls4ml(const emit::Context &context, size_t partition) {
  emit::Emission out = hls4ml::Firmware(context, partition).take();
  hls4ml::addProjectFiles(out, context, context.projects[partition]);
  // Headers that every project carries.
  for (const embedded::File &file : embedded::hlsHeaders()) {
    const llvm::StringRef path(file.name.data(), file.name.size());
    if (path.startswith("link/") || path.startswith("finn/") || path == "nnet_utils/nnet_code_gen.h")
      continue; // the link's own, the other style's, and what is made for each project
    const std::string to = path.startswith("include/") ? "firmware/ap_types/" + path.drop_front(8).str()
                                                       : "firmware/" + path.str();
    out.add(to, [text = file.text, tool = context.hlsTool](llvm::raw_ostream &stream) {
      emit::writeHeader(stream, text, tool);
    });
  }
  return out;
}

} // namespace braid::targets
