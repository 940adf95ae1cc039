#include "attributes.h"

#include "shapes.h"

#include "braid/support/text.h"

namespace braid::frontend {

bool Attributes::has(llvm::StringRef name) const {
  for (const Attribute &attribute : node_.attributes)
    if (attribute.name == name)
      return true;
  return false;
}

template <class T> const T *Attributes::find(llvm::StringRef name, const char *kind) {
  for (size_t i = 0; i < node_.attributes.size(); ++i) {
    const Attribute &attribute = node_.attributes[i];
    if (attribute.name != name)
      continue;
    read_[i] = true;
    if (const T *value = std::get_if<T>(&attribute.value))
      return value;
    faults_.add({.file = {},
                 .node = {},
                 .op = {},
                 .message = fmt::format("attribute '{}' is not {}", name, kind),
                 .notes = {}});
  }
  return nullptr;
}

int64_t Attributes::integer(llvm::StringRef name, int64_t ifAbsent) {
  const auto *value = find<int64_t>(name, "an integer");
  return value ? *value : ifAbsent;
}

float Attributes::real(llvm::StringRef name, float ifAbsent) {
  const auto *value = find<float>(name, "a float");
  return value ? *value : ifAbsent;
}

std::string Attributes::text(llvm::StringRef name, llvm::StringRef ifAbsent) {
  const auto *value = find<std::string>(name, "a string");
  return value ? *value : ifAbsent.str();
}

std::vector<int64_t> Attributes::integers(llvm::StringRef name, llvm::ArrayRef<int64_t> ifAbsent) {
  const auto *value = find<std::vector<int64_t>>(name, "a list of integers");
  return value ? *value : ifAbsent.vec();
}

std::vector<float> Attributes::reals(llvm::StringRef name) {
  const auto *value = find<std::vector<float>>(name, "a list of floats");
  return value ? *value : std::vector<float>();
}

const Tensor *Attributes::tensor(llvm::StringRef name) { return find<Tensor>(name, "a tensor"); }

void Attributes::ignore(llvm::StringRef name) {
  for (size_t i = 0; i < node_.attributes.size(); ++i)
    if (node_.attributes[i].name == name)
      read_[i] = true;
}

llvm::Error Attributes::finish() {
  for (size_t i = 0; i < node_.attributes.size(); ++i) {
    const Attribute &attribute = node_.attributes[i];
    // Written by exporters before opset 5, without meaning.
    if (read_[i] || attribute.name == "consumed_inputs")
      continue;
    const auto *unread = std::get_if<Unread>(&attribute.value);
    faults_.add({.file = {},
                 .node = {},
                 .op = {},
                 .message = fmt::format("attribute '{}'{} is not supported", printable(attribute.name),
                                        unread ? fmt::format(" ({})", unread->kind) : ""),
                 .notes = {}});
  }
  return faults_.take();
}

} // namespace braid::frontend
