// AttributeProto to Attribute.

#include "proto.h"
#include "shapes.h"

#include "braid/support/text.h"

namespace braid::frontend {
namespace {

using Proto = proto::AttributeProto;

/// The kind the attribute states or, where old exporters state none, has.
Proto::AttributeType kindOf(const Proto &from) {
  if (from.type() != Proto::UNDEFINED)
    return from.type();
  if (from.has_f())
    return Proto::FLOAT;
  if (from.has_i())
    return Proto::INT;
  if (from.has_s())
    return Proto::STRING;
  if (from.has_t())
    return Proto::TENSOR;
  if (from.has_g())
    return Proto::GRAPH;
  if (!from.floats().empty())
    return Proto::FLOATS;
  return from.ints().empty() ? Proto::UNDEFINED : Proto::INTS;
}

/// How many kinds of value it holds. One that holds two says nothing: readers differ in which they take.
int countKinds(const Proto &from) {
  return from.has_f() + from.has_i() + from.has_s() + from.has_t() + from.has_g() + from.has_sparse_tensor() +
         from.has_tp() + !from.floats().empty() + !from.ints().empty() + !from.strings().empty() +
         !from.tensors().empty() + !from.graphs().empty() + !from.sparse_tensors().empty() +
         !from.type_protos().empty();
}

} // namespace

llvm::Expected<Attribute> takeAttribute(proto::AttributeProto &from, ExternalData &external) {
  if (!from.ref_attr_name().empty())
    return fault("attribute '{}' refers to the attribute of a function", printable(from.name()));
  if (countKinds(from) > 1)
    return fault("attribute '{}' holds values of more than one kind; one of its type is needed",
                 printable(from.name()));
  auto with = [&](auto value) { return Attribute{from.name(), std::move(value)}; };
  switch (kindOf(from)) {
  case Proto::FLOAT:
    return with(from.f());
  case Proto::INT:
    return with(static_cast<int64_t>(from.i()));
  case Proto::STRING:
    return with(from.s());
  case Proto::FLOATS:
    return with(std::vector<float>(from.floats().begin(), from.floats().end()));
  case Proto::INTS:
    return with(std::vector<int64_t>(from.ints().begin(), from.ints().end()));
  case Proto::TENSOR: {
    auto tensor = takeTensor(*from.mutable_t(), external);
    if (!tensor)
      return fault("attribute '{}': {}", printable(from.name()), messageOf(tensor.takeError()));
    return with(std::move(*tensor));
  }
  case Proto::GRAPH:
  case Proto::GRAPHS:
    return with(Unread{"a subgraph"});
  case Proto::SPARSE_TENSOR:
  case Proto::SPARSE_TENSORS:
    return with(Unread{"a sparse tensor"});
  case Proto::STRINGS:
  case Proto::TENSORS:
  case Proto::TYPE_PROTO:
  case Proto::TYPE_PROTOS:
  case Proto::UNDEFINED:
    return with(Unread{"of a type that no supported operator has"});
  }
  return with(Unread{"of unknown type"});
}

} // namespace braid::frontend
