// An ONNX file after its checks: nodes in an order that can be run, dead ones gone, tensors as shared bytes.
// Knows the file's words, not yet what they mean; protobuf stays behind readGraph.
#pragma once

#include "tensor.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace braid::frontend {

enum class ValueId : int32_t { None = -1 };
constexpr size_t index(ValueId id) { return static_cast<size_t>(id); }

/// An attribute of a kind no supported operator has: graphs, types, sparse tensors.
struct Unread {
  const char *kind = "";
};

struct Attribute {
  std::string name;
  std::variant<Unread, float, int64_t, std::string, std::vector<float>, std::vector<int64_t>, Tensor> value;
};

struct Node {
  std::string name; ///< May be empty, may stand several times.
  std::string op, domain;
  std::vector<Attribute> attributes;
  std::vector<ValueId> inputs; ///< None where an optional input is left out.
  std::vector<ValueId> outputs;
  /// Inputs, outputs and weights have their channels last (QONNX's channels_last domain).
  bool channelsLast = false;
};

/// What the file says about a value: of graph inputs and outputs, sometimes of others.
struct Declared {
  int32_t elementType = 0; ///< ONNX's number
  bool ranked = false;
  Shape dims; ///< -1 for a dimension without a number (symbolic)
};

struct Value {
  std::string name;
  std::optional<Tensor> constant; ///< Initializer
  std::optional<Declared> declared;
  std::vector<size_t> readers; ///< Nodes that read it, each once, in order.
  bool isOutput = false;       ///< Of the graph.
};

struct Graph {
  std::string file; ///< As the user gave it.
  std::string name;
  int64_t opset = 0; ///< Of the default domain.
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs, outputs; ///< Inputs without those that are initializers.

  const Value &value(ValueId id) const { return values[index(id)]; }
};

/// The opsets that are read.
inline constexpr int64_t kOldestOpset = 6, kNewestOpset = 23;
inline constexpr int64_t kOldestIr = 3, kNewestIr = 12;

llvm::Expected<Graph> readGraph(const std::string &path);

} // namespace braid::frontend
