#include "braid/pass/pass.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace braid::pass {
namespace {

using nlohmann::ordered_json;

llvm::Expected<num::FixedType> readType(const ordered_json &value, llvm::StringRef path,
                                        const std::string &where, int maxWidth) {
  if (!value.is_string())
    return badInput(
        path, fmt::format("{}: found {}, not a type; \"ap_fixed<16,6>\" is one", where,
                          printable(value.dump(-1, ' ', false, ordered_json::error_handler_t::replace), 60)));
  auto type = num::parseFixedType(value.get<std::string>(), maxWidth);
  if (!type) {
    std::string message;
    llvm::handleAllErrors(type.takeError(),
                          [&](const UserError &fault) { message = fault.diagnostics()[0].message; });
    return badInput(path, fmt::format("{}: {}", where, message));
  }
  return *type;
}

llvm::Error readLayer(const ordered_json &json, llvm::StringRef path, const std::string &name,
                      Precision::Layer &layer) {
  const std::pair<const char *, std::optional<num::FixedType> Precision::Layer::*> kFields[] = {
      {"result", &Precision::Layer::result},
      {"weight", &Precision::Layer::weight},
      {"bias", &Precision::Layer::bias},
      {"accum", &Precision::Layer::accum},
      {"param", &Precision::Layer::param}};
  if (!json.is_object())
    return badInput(
        path, fmt::format("layer '{}': found {}, not an object {{...}}", printable(name),
                          printable(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace), 60)));
  for (const auto &[key, value] : json.items()) {
    const auto *field = std::find_if(std::begin(kFields), std::end(kFields),
                                     [&, k = key](const auto &f) { return k == f.first; });
    if (field == std::end(kFields))
      return badInput(path,
                      fmt::format("layer '{}': unknown key '{}'; known: result, weight, bias, accum, param",
                                  printable(name), printable(key)));
    auto type = readType(value, path, fmt::format("layer '{}', {}", printable(name), key),
                         key == "accum" ? num::kMaxAccumWidth : num::kMaxWidth);
    if (!type)
      return type.takeError();
    layer.*(field->second) = *type;
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error readPrecisionFile(const std::string &path, Precision &precision) {
  auto text = llvm::MemoryBuffer::getFile(path);
  if (!text)
    return badInput(path, "cannot be read: " + text.getError().message());
  const ordered_json json = ordered_json::parse((*text)->getBufferStart(), (*text)->getBufferEnd(), nullptr,
                                                /*allow_exceptions=*/false);
  if (!json.is_object())
    return badInput(path, "it is no JSON object");
  for (const auto &[key, value] : json.items()) {
    if (key == "table_size") {
      if (!value.is_number_integer() || value.get<int64_t>() < 16 || value.get<int64_t>() > 65536)
        return badInput(path, "\"table_size\" is not a number from 16 to 65536");
      precision.tableSize = value;
    } else if (key == "layers" || key == "inputs") {
      if (!value.is_object())
        return badInput(path, fmt::format("\"{}\" is no object; {} would be", key,
                                          key == "layers" ? R"({"fc1": {"result": "ap_fixed<18,8>"}})"
                                                          : R"({"input": "ap_fixed<18,8>"})"));
      for (const auto &[name, entry] : value.items()) {
        if (key == "layers") {
          if (llvm::Error error = readLayer(entry, path, name, precision.layers[name]))
            return error;
          continue;
        }
        auto type = readType(entry, path, fmt::format("input '{}'", printable(name)), num::kMaxWidth);
        if (!type)
          return type.takeError();
        precision.inputs[name] = *type;
      }
    } else {
      return badInput(path,
                      fmt::format("unknown key '{}'; known: layers, inputs, table_size", printable(key)));
    }
  }
  return llvm::Error::success();
}

} // namespace braid::pass
