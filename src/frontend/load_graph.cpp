// ModelProto to Graph: every check that needs no knowledge of operators.

#include "faults.h"
#include "node_order.h"
#include "proto.h"
#include "shapes.h"

#include "braid/support/text.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <map>

namespace braid::frontend {
namespace {

/// Where a value comes from; SSA form allows one place each.
enum class Source : uint8_t { Nothing, Input, Initializer, SparseInitializer, Node };

class GraphLoader {
public:
  GraphLoader(std::unique_ptr<proto::ModelProto> model, const std::string &path)
      : model_(std::move(model)), proto_(*model_->mutable_graph()), external_(path), faults_(path) {
    graph_.file = path;
    graph_.name = proto_.name();
  }

  llvm::Expected<Graph> load() {
    checkVersions();
    if (!faults_.empty())
      return faults_.take();
    declareValues();
    declareNodes();
    declareOutputs();
    if (!faults_.empty())
      return faults_.take();
    const std::vector<size_t> order = sortLive();
    if (!faults_.empty())
      return faults_.take();
    for (size_t node : order)
      takeNode(node);
    takeConstants();
    if (!faults_.empty())
      return faults_.take();
    return std::move(graph_);
  }

private:
  void checkVersions();
  void declareValues();
  void declareNodes();
  void declareOutputs();
  /// The nodes the outputs need, in an order that can be run.
  std::vector<size_t> sortLive();
  void checkInputs(const proto::NodeProto &node);
  void takeNode(size_t at);
  void takeConstants();

  ValueId valueNamed(const std::string &name);
  /// Notes where a value comes from; false if it already comes from elsewhere.
  bool claim(ValueId id, Source source);
  Node described(const proto::NodeProto &node) const {
    return {node.name(), node.op_type(), node.domain(), {}, {}, {}};
  }

  std::unique_ptr<proto::ModelProto> model_;
  proto::GraphProto &proto_;
  ExternalData external_;
  FaultList faults_;
  Graph graph_;
  llvm::StringMap<ValueId> byName_;
  std::vector<Source> sources_;
  std::vector<int> producers_; ///< By value: its node in the file, or -1.
};

void GraphLoader::checkVersions() {
  const int64_t ir = model_->ir_version();
  if (ir < kOldestIr || ir > kNewestIr)
    faults_.add(fmt::format("IR version {} is not supported; {} to {} are", ir, kOldestIr, kNewestIr));
  bool found = false;
  for (const auto &opset : model_->opset_import()) {
    if (!opset.domain().empty() && opset.domain() != "ai.onnx")
      continue;
    if (found && graph_.opset != opset.version())
      faults_.add("imports two opsets of the default domain");
    found = true;
    graph_.opset = opset.version();
    if (graph_.opset < kOldestOpset || graph_.opset > kNewestOpset)
      faults_.add(
          fmt::format("opset {} is not supported; {} to {} are", graph_.opset, kOldestOpset, kNewestOpset));
  }
  if (!found)
    faults_.add("imports no opset of the default domain, so that its operators have no meaning");
  if (proto_.output().empty())
    faults_.add("has no outputs");
}

ValueId GraphLoader::valueNamed(const std::string &name) {
  if (name.empty())
    return ValueId::None;
  auto [place, isNew] = byName_.try_emplace(name, static_cast<ValueId>(graph_.values.size()));
  if (isNew) {
    graph_.values.push_back({name, std::nullopt, std::nullopt, {}, false});
    sources_.push_back(Source::Nothing);
    producers_.push_back(-1);
  }
  return place->second;
}

bool GraphLoader::claim(ValueId id, Source source) {
  Source &now = sources_[index(id)];
  const bool isFree = now == Source::Nothing;
  // Before IR 4 every initializer was an input, too; since then such an input has a default value.
  const bool shadows = (now == Source::Input && source == Source::Initializer) ||
                       (now == Source::Input && source == Source::SparseInitializer);
  if (isFree || shadows)
    now = source;
  return isFree || shadows;
}

Declared declared(const proto::ValueInfoProto &info) {
  Declared out;
  const proto::TypeProto::Tensor &tensor = info.type().tensor_type();
  out.elementType = tensor.elem_type();
  out.ranked = tensor.has_shape();
  for (const auto &dim : tensor.shape().dim())
    out.dims.push_back(dim.has_dim_value() ? std::max<int64_t>(dim.dim_value(), -1) : -1);
  return out;
}

void GraphLoader::declareValues() {
  for (const auto &input : proto_.input()) {
    const ValueId id = valueNamed(input.name());
    if (id == ValueId::None) {
      faults_.add("has an input without a name");
      continue;
    }
    if (!claim(id, Source::Input))
      faults_.add(fmt::format("two inputs are named '{}'", printable(input.name())));
    graph_.values[index(id)].declared = declared(input);
  }
  for (const auto &tensor : proto_.initializer()) {
    const ValueId id = valueNamed(tensor.name());
    if (id == ValueId::None)
      faults_.add("has an initializer without a name");
    else if (!claim(id, Source::Initializer))
      faults_.add(fmt::format("two initializers are named '{}'", printable(tensor.name())));
  }
  for (const auto &sparse : proto_.sparse_initializer()) {
    const ValueId id = valueNamed(sparse.values().name());
    if (id != ValueId::None && !claim(id, Source::SparseInitializer))
      faults_.add(fmt::format("two initializers are named '{}'", printable(sparse.values().name())));
  }
  for (const auto &info : proto_.value_info())
    if (const ValueId id = valueNamed(info.name()); id != ValueId::None && !graph_.value(id).declared)
      graph_.values[index(id)].declared = declared(info);
}

void GraphLoader::declareNodes() {
  for (int i = 0; i < proto_.node_size(); ++i)
    for (const std::string &name : proto_.node(i).output()) {
      const ValueId id = valueNamed(name);
      if (id == ValueId::None)
        continue;
      if (!claim(id, Source::Node))
        faults_.add(
            described(proto_.node(i)),
            fmt::format("its output '{}' is already an input, an initializer or the output of another node",
                        printable(name)));
      else
        producers_[index(id)] = i;
    }
}

void GraphLoader::declareOutputs() {
  for (const auto &output : proto_.output()) {
    const ValueId id = valueNamed(output.name());
    if (id == ValueId::None) {
      faults_.add("has an output without a name");
      continue;
    }
    if (std::exchange(graph_.values[index(id)].isOutput, true))
      faults_.add(fmt::format("two outputs are named '{}'", printable(output.name())));
    if (sources_[index(id)] == Source::Nothing)
      faults_.add(fmt::format("no node produces the output '{}'", printable(output.name())));
    if (!graph_.value(id).declared)
      graph_.values[index(id)].declared = declared(output);
    graph_.outputs.push_back(id);
  }
  for (const auto &input : proto_.input())
    if (const ValueId id = valueNamed(input.name());
        id != ValueId::None && sources_[index(id)] == Source::Input)
      graph_.inputs.push_back(id);
}

std::vector<size_t> GraphLoader::sortLive() {
  std::vector<std::vector<size_t>> sources(static_cast<size_t>(proto_.node_size()));
  for (size_t i = 0; i < sources.size(); ++i)
    for (const std::string &input : proto_.node(static_cast<int>(i)).input())
      if (const ValueId id = valueNamed(input); id != ValueId::None && producers_[index(id)] >= 0)
        sources[i].push_back(static_cast<size_t>(producers_[index(id)]));
  std::vector<size_t> roots;
  for (ValueId output : graph_.outputs)
    if (const int producer = producers_[index(output)]; producer >= 0)
      roots.push_back(static_cast<size_t>(producer));
  NodeOrder order = liveOrder(sources, roots);
  if (order.onCycle)
    faults_.add(described(proto_.node(static_cast<int>(*order.onCycle))),
                "stands on a cycle, or reads from one");
  for (size_t i : order.nodes)
    checkInputs(proto_.node(static_cast<int>(i)));
  return std::move(order.nodes);
}

void GraphLoader::checkInputs(const proto::NodeProto &node) {
  for (const std::string &input : node.input()) {
    const ValueId id = valueNamed(input);
    if (id == ValueId::None)
      continue;
    if (sources_[index(id)] == Source::Nothing)
      faults_.add(described(node),
                  fmt::format("its input '{}' is neither an input of the model nor an initializer nor "
                              "the output of a node",
                              printable(input)));
    if (sources_[index(id)] == Source::SparseInitializer)
      faults_.add(described(node),
                  fmt::format("its input '{}' is a sparse initializer; only dense ones are supported",
                              printable(input)));
  }
}

void GraphLoader::takeNode(size_t place) {
  proto::NodeProto &from = *proto_.mutable_node(static_cast<int>(place));
  Node node = described(from);
  if (node.domain == "ai.onnx")
    node.domain.clear();
  for (auto &attributeProto : *from.mutable_attribute()) {
    for (const Attribute &other : node.attributes)
      if (other.name == attributeProto.name())
        faults_.add(node, fmt::format("attribute '{}' is given twice", printable(other.name)));
    auto attribute = takeAttribute(attributeProto, external_);
    if (attribute)
      node.attributes.push_back(std::move(*attribute));
    else
      faults_.add(node, attribute.takeError());
  }
  for (const std::string &input : from.input()) {
    node.inputs.push_back(valueNamed(input));
    if (node.inputs.back() == ValueId::None)
      continue;
    auto &readers = graph_.values[index(node.inputs.back())].readers;
    if (readers.empty() || readers.back() != graph_.nodes.size())
      readers.push_back(graph_.nodes.size());
  }
  for (const std::string &output : from.output())
    node.outputs.push_back(valueNamed(output));
  graph_.nodes.push_back(std::move(node));
}

/// Data of the initializers that are read; the others may be of any type.
void GraphLoader::takeConstants() {
  // A missing file or stripped weights are one fault, however many tensors they hit.
  std::map<std::string, std::vector<std::string>> atFault;
  for (auto &tensor : *proto_.mutable_initializer()) {
    Value &value = graph_.values[index(valueNamed(tensor.name()))];
    if (value.readers.empty() && !value.isOutput)
      continue;
    auto constant = takeTensor(tensor, external_);
    if (constant)
      value.constant = std::move(*constant);
    else
      atFault[messageOf(constant.takeError())].push_back(printable(tensor.name()));
  }
  for (const auto &[message, names] : atFault)
    faults_.add(fmt::format("initializer '{}'{}: {}", names[0],
                            names.size() == 1 ? "" : fmt::format(" and {} more", names.size() - 1), message));
}

} // namespace

llvm::Expected<Graph> readGraph(const std::string &path) {
  auto model = parseModelFile(path);
  if (!model)
    return model.takeError();
  return GraphLoader(std::move(*model), path).load();
}

} // namespace braid::frontend
