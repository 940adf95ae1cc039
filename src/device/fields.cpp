#include "fields.h"

#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace braid::device {

using nlohmann::json;

namespace {

/// A value as the user wrote it, shortened.
std::string shown(const json &value) {
  return printable(value.dump(-1, ' ', false, json::error_handler_t::replace), 60);
}

/// Deeper nesting is no table of ours.
constexpr int kMaxDepth = 32;

llvm::Error nestedTooDeep(llvm::StringRef file) {
  return badInput(file, fmt::format("nested deeper than {} levels", kMaxDepth));
}

} // namespace

void Faults::add(const std::string &key, const std::string &message) {
  Diagnostic diagnostic;
  diagnostic.file = file_;
  diagnostic.message = key.empty() ? message : fmt::format("key '{}': {}", key, message);
  found_.add(std::move(diagnostic));
}

llvm::Expected<json> parseJson(llvm::StringRef text, llvm::StringRef file) {
  std::vector<std::set<std::string>> keys;
  std::string twice;
  bool tooDeep = false;
  auto watch = [&](int depth, json::parse_event_t event, json &parsed) {
    tooDeep |= depth > kMaxDepth;
    if (tooDeep)
      return false;
    if (event == json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second &&
             twice.empty())
      twice = parsed.get<std::string>();
    return true;
  };
  try {
    json parsed = json::parse(text.begin(), text.end(), watch);
    if (tooDeep)
      return nestedTooDeep(file);
    if (!twice.empty())
      return badInput(file, fmt::format("key '{}' stands twice in one object; keep one", printable(twice)));
    if (!parsed.is_object())
      return badInput(file, fmt::format("found {}, not a JSON object {{...}}", shown(parsed)));
    return parsed;
  } catch (const json::exception &error) {
    if (tooDeep)
      return nestedTooDeep(file);
    // "[json.exception.parse_error.101] parse error at line 2, column 7: ..."
    llvm::StringRef what = error.what();
    if (size_t end = what.find("] "); end != llvm::StringRef::npos)
      what = what.drop_front(end + 2);
    return badInput(file, fmt::format("not JSON: {}", printable(what, 200)));
  }
}

Fields::Fields(const json &object, std::string where, Faults &faults)
    : object_(object), where_(std::move(where)), faults_(faults) {
  if (!object_.is_object())
    faults_.add(where_, fmt::format("found {}, not an object {{...}}", shown(object_)));
}

void Fields::allowOnly(std::initializer_list<const char *> known) const {
  if (!object_.is_object())
    return;
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto &[key, value] : object_.items())
    if (std::find(names.begin(), names.end(), key) == names.end())
      faults_.add(pathOf(printable(key)), "unknown key" + suggestion(key, names));
}

const json *Fields::find(const char *key, bool mayBeAbsent, const char *wanted) const {
  if (!object_.is_object())
    return nullptr; // already a fault
  auto it = object_.find(key);
  if (it != object_.end())
    return &*it;
  if (!mayBeAbsent)
    faults_.add(pathOf(key), fmt::format("missing; {} is needed", wanted));
  return nullptr;
}

void Fields::wrong(const char *key, const json &found, const std::string &wanted) const {
  faults_.add(pathOf(key), fmt::format("found {}, not {}", shown(found), wanted));
}

std::string Fields::text(const char *key, std::optional<std::string> fallback) const {
  const json *value = find(key, fallback.has_value(), "a text");
  if (!value)
    return fallback.value_or("");
  if (value->is_string())
    return value->get<std::string>();
  wrong(key, *value, "a text");
  return fallback.value_or("");
}

double Fields::number(const char *key, double least, double most, std::optional<double> fallback) const {
  const json *value = find(key, fallback.has_value(), "a number");
  if (!value)
    return fallback.value_or(least);
  if (value->is_number() && value->get<double>() >= least && value->get<double>() <= most)
    return value->get<double>();
  wrong(key, *value, fmt::format("a number from {} to {}", least, most));
  return fallback.value_or(least);
}

int64_t Fields::integer(const char *key, int64_t least, int64_t most, std::optional<int64_t> fallback) const {
  const json *value = find(key, fallback.has_value(), "a whole number");
  if (!value)
    return fallback.value_or(least);
  const bool isSmall =
      value->is_number_integer() && (!value->is_number_unsigned() || value->get<uint64_t>() <= INT64_MAX);
  if (isSmall && value->get<int64_t>() >= least && value->get<int64_t>() <= most)
    return value->get<int64_t>();
  wrong(key, *value, fmt::format("a whole number from {} to {}", least, most));
  return fallback.value_or(least);
}

bool Fields::flag(const char *key, bool fallback) const {
  const json *value = find(key, true, "");
  if (!value)
    return fallback;
  if (value->is_boolean())
    return value->get<bool>();
  wrong(key, *value, "true or false");
  return fallback;
}

const json &Fields::list(const char *key) const {
  static const json kEmpty = json::array();
  const json *value = find(key, true, "");
  if (value && value->is_array())
    return *value;
  if (value)
    wrong(key, *value, "a list [...]");
  return kEmpty;
}

const json &Fields::object(const char *key) const {
  static const json kEmpty = json::object();
  const json *value = find(key, true, "");
  if (value && value->is_object())
    return *value;
  if (value)
    wrong(key, *value, "an object {...}");
  return kEmpty;
}

Resources Fields::resources(const char *key) const {
  // No FPGA has as many of anything.
  constexpr int64_t kMost = 100'000'000;
  const Fields fields(object(key), pathOf(key), faults_);
  Resources out;
  for (Resource resource : kResources)
    out[resource] = fields.integer(name(resource), 0, kMost,
                                   resource == Resource::Hbm ? std::optional<int64_t>(0) : std::nullopt);
  fields.allowOnly({"LUT", "FF", "BRAM18", "URAM", "DSP", "HBM"});
  return out;
}

} // namespace braid::device
