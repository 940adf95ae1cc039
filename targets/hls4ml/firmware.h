// The firmware of one partition while it is written: layers add typedefs, configs, weights and calls to it.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/emit/streams.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace braid::targets::hls4ml {

/// Order of a weights file. IR weights are [rows][taps][channels].
enum class Order : uint8_t {
  Rows,    ///< [rows][taps][channels]: Resource strategy, vectors, our own functions
  Columns, ///< [taps][channels][rows]: Latency strategy
  Taps     ///< [taps][rows]: depthwise (one channel per row)
};

/// `weights/<name>.txt` (exact decimals, comma-separated) and `weights/<name>.h` (the array, which includes
/// the text).
struct WeightsFile {
  std::string name;     ///< `w2`
  std::string typeName; ///< `weight2_t`
  ir::Weights weights;
  num::FixedType type;
  Order order = Order::Rows;
};
void addWeights(emit::Emission &emission, const WeightsFile &file);

/// A config struct of parameters.h.
class Config {
public:
  Config(std::string name, const std::string &base) {
    text_ = "struct " + std::move(name) + " : " + base + " {\n";
  }
  Config &constant(const char *name, int64_t value, const char *type = "unsigned");
  Config &symbol(const char *name, const std::string &value, const char *type = "unsigned");
  Config &type(const char *name, const std::string &value);
  Config &line(const std::string &text);
  std::string text() const { return text_ + "};\n"; }

private:
  std::string text_;
};

class Firmware {
public:
  Firmware(const emit::Context &context, size_t partition);

  const ir::Model &model() const { return model_; }
  const emit::Project &project() const { return project_; }
  const emit::HlsDialect &dialect() const { return context_.dialect(); }
  bool isStream() const { return project_.io == kernel::IoMode::Stream; }
  const kernel::Implementation &implementationOf(const ir::Layer &layer) const;

  /// What holds a stream while the project runs.
  emit::EmittedStream emittedStream(ir::StreamId stream) const;

  /// Everything written so far into an emission below `hls/`.
  emit::Emission take() &&;

  // What layers use. `n` is the number of a layer in generated names: its id plus two, as hls4ml counts.
  static int number(const ir::Layer &layer) { return static_cast<int>(layer.id) + 2; }
  /// C++ type of one element, and of what a stream or array carries.
  std::string elementType(ir::StreamId stream) const;
  const std::string &valueType(ir::StreamId stream) const { return types_.at(stream); }
  int64_t perBeat(ir::StreamId stream) const { return perBeat_.at(stream); }
  /// The variable the layer reads as its i-th input, and the one it writes.
  std::string input(const ir::Layer &layer, size_t i = 0);
  std::string output(const ir::Layer &layer);
  int64_t elements(ir::StreamId stream) const { return ir::elements(model_.stream(stream).shape); }

  void typeDef(const std::string &name, const std::string &type) {
    defines_ += "typedef " + type + " " + name + ";\n";
  }
  void config(const Config &config) { configs_ += config.text() + "\n"; }
  void rawConfig(const std::string &text) { configs_ += text; }
  void include(const std::string &header) { includes_.insert(header); }
  void weights(WeightsFile file);
  /// In io_stream: a variable that holds the same elements (of this type and number) in beats of another
  /// size.
  std::string repacked(const std::string &from, const std::string &fromType, const std::string &element,
                       int64_t count, int64_t perBeat, const ir::Layer &layer);
  void repack(const std::string &from, const std::string &fromType, const std::string &to,
              const std::string &toType, int64_t count, const ir::Layer &layer);
  /// A further stream or array inside the top function.
  void local(const std::string &name, const std::string &type, int64_t elements, int64_t depth);
  void call(const std::string &text, const ir::Layer &layer);
  /// Makes `to` another name for `from`.
  void alias(const std::string &to, const std::string &from);
  void codeGen(const std::string &text) { codeGen_ += text; }

private:
  void planStreams();
  void declareStream(ir::StreamId stream);
  void emitClones(ir::StreamId stream);
  void emitArrayClones(ir::StreamId stream, const std::vector<std::string> &uses);
  void addLayer(const ir::Layer &layer);
  void addOp(const ir::Layer &layer);
  /// The layer between streams of `beat` elements, and what repacks those that have others.
  void addAtBeat(const ir::Layer &layer, int64_t beat);
  void addCopy(const ir::Layer &layer);
  bool isAlias(const ir::Layer &layer) const;
  std::string topFunction() const;
  std::string signature() const;

  const emit::Context &context_;
  const plan::Partition &partition_;
  const ir::Model &model_;
  const emit::Project &project_;
  plan::FifoDepths depths_;
  emit::Emission out_;
  std::string defines_, configs_, locals_, calls_, codeGen_, loads_;
  std::set<std::string> includes_, weightHeaders_;
  bool isDataflow_ = false; ///< Layers are processes of a DATAFLOW region, not steps of one pipeline
  std::map<ir::StreamId, std::string> types_, made_; ///< Value type; variable its producer writes
  std::map<ir::StreamId, int64_t> perBeat_;
  std::map<ir::StreamId, std::vector<std::string>> uses_; ///< Variables its uses read, in order
  std::map<ir::StreamId, size_t> used_;
  std::vector<std::string> operands_; ///< Of the layer at hand, where its inputs were repacked
  int repacks_ = 0;
};

void addDense(Firmware &firmware, const ir::Layer &layer, const ir::Dense &op);
void addConv(Firmware &firmware, const ir::Layer &layer, const ir::Conv &op);
void addPool(Firmware &firmware, const ir::Layer &layer, const ir::Pool &op);
void addGlobalPool(Firmware &firmware, const ir::Layer &layer, const ir::GlobalPool &op);
void addActivation(Firmware &firmware, const ir::Layer &layer, const ir::Activation &op);
void addSoftmax(Firmware &firmware, const ir::Layer &layer, const ir::Softmax &op);
void addAffine(Firmware &firmware, const ir::Layer &layer, const ir::Affine &op);
void addThreshold(Firmware &firmware, const ir::Layer &layer, const ir::Threshold &op);
void addArgMax(Firmware &firmware, const ir::Layer &layer);
void addBinary(Firmware &firmware, const ir::Layer &layer, const ir::Binary &op);
void addConcat(Firmware &firmware, const ir::Layer &layer, const ir::Concat &op);
void addTranspose(Firmware &firmware, const ir::Layer &layer, const ir::Transpose &op);
void addPad(Firmware &firmware, const ir::Layer &layer, const ir::Pad &op);
/// Layers that splitting makes (split_layers.cpp).
void addSum(Firmware &firmware, const ir::Layer &layer, const ir::Sum &op);
void addCrop(Firmware &firmware, const ir::Layer &layer, const ir::Crop &op);
void addUpsample(Firmware &firmware, const ir::Layer &layer, const ir::Upsample &op);

/// Scripts, testbench and bridge: files that know the project's ends only.
void addProjectFiles(emit::Emission &emission, const emit::Context &context, const emit::Project &project);

} // namespace braid::targets::hls4ml
