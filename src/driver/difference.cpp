#include "difference.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace braid::driver {
namespace {

using nlohmann::ordered_json;

/// A value in short, or that there is none.
std::string shown(const ordered_json *value) {
  constexpr size_t kLongest = 60;
  return value ? printable(value->dump(-1, ' ', false, ordered_json::error_handler_t::replace), kLongest)
               : "absent";
}

class JsonDifference {
public:
  /// Whether the values differ: then `text()` says where first.
  bool find(const ordered_json &found, const ordered_json &expected) {
    if (found.is_object() && expected.is_object())
      return findInObject(found, expected);
    if (found.is_array() && expected.is_array())
      return findInArray(found, expected);
    return found != expected && differ(&found, &expected);
  }

  const std::string &text() const { return text_; }

private:
  bool differ(const ordered_json *found, const ordered_json *expected) {
    std::string path = path_.empty() ? "the whole" : path_;
    if (!nearest_.empty())
      path += fmt::format(" ('{}')", printable(nearest_, 60));
    text_ = fmt::format("{} is {}, not {}", printable(path), shown(found), shown(expected));
    return true;
  }

  bool findBelow(const std::string &step, const ordered_json *found, const ordered_json *expected) {
    const size_t before = path_.size();
    path_ += step;
    const bool is = found && expected ? find(*found, *expected) : differ(found, expected);
    path_.resize(before);
    return is;
  }

  bool findInObject(const ordered_json &found, const ordered_json &expected) {
    const std::string outer = nearest_;
    for (const char *key : {"name", "layer"}) // what people know a row by
      if (expected.contains(key) && expected[key].is_string())
        nearest_ = expected[key];
    const auto stepTo = [&](const std::string &key) { return path_.empty() ? key : "." + key; };
    for (const auto &[key, value] : expected.items())
      if (findBelow(stepTo(key), found.contains(key) ? &found[key] : nullptr, &value))
        return true;
    for (const auto &[key, value] : found.items())
      if (!expected.contains(key))
        return findBelow(stepTo(key), &value, nullptr);
    nearest_ = outer;
    return false;
  }

  bool findInArray(const ordered_json &found, const ordered_json &expected) {
    for (size_t i = 0; i < std::max(found.size(), expected.size()); ++i)
      if (findBelow(fmt::format("[{}]", i), i < found.size() ? &found[i] : nullptr,
                    i < expected.size() ? &expected[i] : nullptr))
        return true;
    return false;
  }

  std::string path_, nearest_, text_;
};

std::string firstByte(llvm::StringRef found, llvm::StringRef expected) {
  const auto at = static_cast<size_t>(
      std::mismatch(found.begin(), found.end(), expected.begin(), expected.end()).first - found.begin());
  const bool isText = !found.contains('\0') && !expected.contains('\0');
  if (!isText)
    return fmt::format("byte {} of {} differs; {} bytes are right", at, found.size(), expected.size());
  const size_t begin = found.take_front(at).rfind('\n') + 1; // npos + 1 is 0
  const auto line = [&](llvm::StringRef text) {
    constexpr size_t kLongest = 80;
    return begin >= text.size() ? "absent"
                                : "'" + printable(text.drop_front(begin).split('\n').first, kLongest) + "'";
  };
  return fmt::format("line {} is {}, not {}", 1 + found.take_front(at).count('\n'), line(found),
                     line(expected));
}

} // namespace

std::optional<std::string> firstDifference(llvm::StringRef name, llvm::StringRef found,
                                           llvm::StringRef expected) {
  if (found == expected)
    return std::nullopt;
  if (name.endswith(".json")) {
    const auto parse = [](llvm::StringRef text) {
      return ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    };
    const ordered_json own = parse(found), right = parse(expected);
    if (own.is_discarded())
      return "it is not JSON";
    if (JsonDifference difference; difference.find(own, right))
      return difference.text();
  }
  return firstByte(found, expected);
}

} // namespace braid::driver
