#include "write_graph.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::frontend {
namespace {

using Proto = proto::AttributeProto;

Proto &attribute(proto::NodeProto &node, const char *name, Proto::AttributeType type) {
  Proto &out = *node.add_attribute();
  out.set_name(name);
  out.set_type(type);
  return out;
}

void setShape(proto::ValueInfoProto &info, const std::string &name, llvm::ArrayRef<int64_t> onnxShape) {
  info.set_name(name);
  auto &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(proto::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(1);
  for (int64_t dim : onnxShape)
    type.mutable_shape()->add_dim()->set_dim_value(dim);
}

std::vector<int64_t> withBatch(llvm::ArrayRef<int64_t> shape) {
  std::vector<int64_t> out = {1};
  out.insert(out.end(), shape.begin(), shape.end());
  return out;
}

/// A permutation of the dimensions after the batch as one of all.
std::vector<int64_t> permWithBatch(llvm::ArrayRef<int64_t> perm) {
  std::vector<int64_t> out = {0};
  for (int64_t dim : perm)
    out.push_back(dim + 1);
  return out;
}

} // namespace

void setInt(proto::NodeProto &node, const char *name, int64_t value) {
  attribute(node, name, Proto::INT).set_i(value);
}

void setFloat(proto::NodeProto &node, const char *name, double value) {
  attribute(node, name, Proto::FLOAT).set_f(static_cast<float>(value));
}

void setText(proto::NodeProto &node, const char *name, const char *value) {
  attribute(node, name, Proto::STRING).set_s(value);
}

void setInts(proto::NodeProto &node, const char *name, llvm::ArrayRef<int64_t> values) {
  Proto &out = attribute(node, name, Proto::INTS);
  for (int64_t value : values)
    out.add_ints(value);
}

GraphWriter::GraphWriter(const ir::Model &model)
    : model_(model), graph_(*proto_.mutable_graph()), names_(model.streams.size()) {
  graph_.set_name(model.name.empty() ? "braid" : model.name);
  for (const auto *ports : {&model.inputs, &model.outputs})
    for (const ir::Port &port : *ports)
      taken_.try_emplace(port.name, 1);
}

std::string GraphWriter::unique(llvm::StringRef base) {
  std::string name = base.str();
  for (int next = 2; !taken_.try_emplace(name, 1).second; ++next)
    name = fmt::format("{}_{}", base, next);
  return name;
}

std::optional<Form> GraphWriter::formOf(const ir::Port &port) const {
  const ir::Shape &stream = shape(port.stream);
  if (port.perm.empty() && port.onnxShape == stream)
    return Form::AsStream;
  if (stream.size() == 3 && port.onnxShape == ir::Shape{stream[2], stream[0], stream[1]} &&
      port.perm == ir::Shape{1, 2, 0})
    return Form::ChannelsFirst;
  return std::nullopt;
}

proto::NodeProto &GraphWriter::node(llvm::StringRef name, const char *op, llvm::ArrayRef<std::string> inputs,
                                    const std::string &output) {
  proto::NodeProto &out = *graph_.add_node();
  out.set_name(name.str());
  out.set_op_type(op);
  for (const std::string &input : inputs)
    out.add_input(input);
  out.add_output(output);
  return out;
}

proto::TensorProto &GraphWriter::tensor(llvm::StringRef name, int32_t type, llvm::ArrayRef<int64_t> dims) {
  proto::TensorProto &out = *graph_.add_initializer();
  out.set_name(unique(name));
  out.set_data_type(type);
  for (int64_t dim : dims)
    out.add_dims(dim);
  return out;
}

std::string GraphWriter::floats(llvm::StringRef name, llvm::ArrayRef<int64_t> dims,
                                llvm::ArrayRef<float> values) {
  proto::TensorProto &out = tensor(name, proto::TensorProto::FLOAT, dims);
  out.set_raw_data(values.data(), values.size() * sizeof(float));
  return out.name();
}

std::string GraphWriter::doubles(llvm::StringRef name, llvm::ArrayRef<int64_t> dims,
                                 llvm::ArrayRef<double> values) {
  proto::TensorProto &out = tensor(name, proto::TensorProto::DOUBLE, dims);
  out.set_raw_data(values.data(), values.size() * sizeof(double));
  return out.name();
}

std::string GraphWriter::integers(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
  proto::TensorProto &out = tensor(name, proto::TensorProto::INT64, {static_cast<int64_t>(values.size())});
  out.set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return out.name();
}

std::string GraphWriter::define(ir::StreamId stream, Form form) {
  std::string &name = names(stream, form);
  BRAID_CHECK(name.empty(), "a stream is produced twice");
  for (const ir::Port &port : model_.outputs)
    if (port.stream == stream && formOf(port) == form)
      return name = port.name;
  // Both forms may be needed: the one that is made first has the stream's own name.
  return name = unique(model_.stream(stream).name);
}

std::string GraphWriter::value(ir::StreamId stream, Form form) {
  if (shape(stream).size() != 3)
    form = Form::AsStream;
  if (has(stream, form))
    return names(stream, form);
  const bool toFirst = form == Form::ChannelsFirst;
  const Form other = toFirst ? Form::AsStream : Form::ChannelsFirst;
  BRAID_CHECK(has(stream, other), "a stream is read before it is produced");
  const std::string from = names(stream, other), to = define(stream, form);
  setInts(node(to + "_layout", "Transpose", {from}, to), "perm",
          toFirst ? std::vector<int64_t>{0, 3, 1, 2} : std::vector<int64_t>{0, 2, 3, 1});
  return to;
}

Form GraphWriter::commonForm(llvm::ArrayRef<ir::StreamId> streams) const {
  for (ir::StreamId stream : streams)
    if (shape(stream).size() != 3)
      return Form::AsStream;
  for (ir::StreamId stream : streams)
    if (has(stream, Form::ChannelsFirst))
      return Form::ChannelsFirst;
  return Form::AsStream;
}

void GraphWriter::inputs() {
  for (const ir::Port &port : model_.inputs) {
    setShape(*graph_.add_input(), port.name, port.onnxShape);
    if (auto form = formOf(port)) {
      names(port.stream, *form) = port.name;
      continue;
    }
    std::string from = port.name;
    ir::Shape now = port.onnxShape;
    if (!port.perm.empty()) {
      for (size_t i = 0; i < now.size(); ++i)
        now[i] = port.onnxShape[static_cast<size_t>(port.perm[i])];
      const std::string to =
          now == shape(port.stream) ? define(port.stream, Form::AsStream) : unique(port.name + "_transposed");
      setInts(node(to + "_layout", "Transpose", {from}, to), "perm", permWithBatch(port.perm));
      from = to;
    }
    if (now != shape(port.stream)) {
      const std::string to = define(port.stream, Form::AsStream);
      const std::string target = integers(to + "_shape", withBatch(shape(port.stream)));
      node(to + "_layout", "Reshape", {from, target}, to);
    }
  }
}

void GraphWriter::outputs() {
  for (const ir::Port &port : model_.outputs) {
    setShape(*graph_.add_output(), port.name, port.onnxShape);
    const auto form = formOf(port);
    std::string from = value(port.stream, form.value_or(Form::AsStream));
    if (from == port.name)
      continue;
    const std::string name = port.name + "_output";
    if (form) {
      node(name, "Identity", {from}, port.name);
      continue;
    }
    // The inverse of what the port says: the stream's order back to ONNX's.
    std::vector<int64_t> moved(port.onnxShape.begin(), port.onnxShape.end()), inverse(port.perm.size());
    for (size_t i = 0; i < port.perm.size(); ++i) {
      moved[i] = port.onnxShape[static_cast<size_t>(port.perm[i])];
      inverse[static_cast<size_t>(port.perm[i])] = static_cast<int64_t>(i);
    }
    if (ir::Shape(moved.begin(), moved.end()) != shape(port.stream)) {
      const std::string to = port.perm.empty() ? port.name : unique(port.name + "_reshaped");
      const std::string target = integers(port.name + "_shape", withBatch(moved));
      node(name, "Reshape", {from, target}, to);
      from = to;
    }
    if (!port.perm.empty())
      setInts(node(name + "_layout", "Transpose", {from}, port.name), "perm", permWithBatch(inverse));
  }
}

std::string GraphWriter::finish() {
  // The oldest versions that know the opset: ONNX's Versioning.md.
  proto_.set_ir_version(opset_ > 13 ? 9 : 7);
  proto_.set_producer_name("braid");
  auto &opset = *proto_.add_opset_import();
  opset.set_domain("");
  opset.set_version(opset_);
  std::string out;
  BRAID_CHECK(proto_.SerializeToString(&out), "the model is larger than a protobuf message may be");
  return out;
}

} // namespace braid::frontend
