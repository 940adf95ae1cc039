// What checker.cpp reads: JSON without mercy, and problem.json as numbers. Includes nothing of the rest of
// braid.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace braid::certify {

using Json = nlohmann::json;
// Numbers are below 2^53, times below 2^62, and lists short enough that no sum of products leaves 127 bits.
__extension__ using Wide = __int128;
constexpr int64_t kMost = int64_t(1) << 53, kLongest = int64_t(1) << 62;
constexpr int kMany = 100000, kDeepest = 1000;
using Needs = std::array<int64_t, 5>;

struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::string text(Wide n) {
  if (n < 0)
    return "-" + text(-n);
  return (n > 9 ? text(n / 10) : "") + static_cast<char>('0' + static_cast<int>(n % 10));
}
inline std::string range(int begin, int end) {
  return "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
}

/// A value of a file, and the way to it for messages. Must not outlive the value that it is in.
class Value {
public:
  Value(const Json &json, const char *file) : json_(json), key_(file) {}
  std::string path() const {
    const std::string last = key_ ? key_ : "[" + std::to_string(index_) + "]";
    return in_ ? in_->path() + (!key_ ? "" : in_->in_ ? "." : ": ") + last : last;
  }
  [[noreturn]] void bad(const std::string &what) const { throw Malformed(path() + ": " + what); }
  bool has(const char *key) const { return json_.is_object() && json_.contains(key); }
  Value operator[](const char *key) const {
    return has(key) ? Value(*this, json_[key], key, 0) : (bad(std::string("has no '") + key + "'"), *this);
  }
  Value at(size_t index) const { return Value(*this, json_[index], nullptr, index); }
  void onlyKeys(const std::set<std::string> &known) const {
    if (!json_.is_object())
      bad("is no object");
    for (const auto &item : json_.items())
      if (!known.contains(item.key()))
        bad("'" + item.key() + "' has no meaning");
  }
  size_t size(size_t least, size_t most) const {
    if (!json_.is_array() || json_.size() < least || json_.size() > most)
      bad("is no list of " + std::to_string(least) + (least < most ? " or more, or is too long" : ""));
    return json_.size();
  }
  template <class Read> auto each(size_t least, size_t most, Read read) const {
    std::vector<decltype(read(*this))> all;
    for (size_t i = 0, n = size(least, most); i < n; ++i)
      all.push_back(read(at(i)));
    return all;
  }
  int64_t number(int64_t least, int64_t most) const {
    if (!json_.is_number_integer() || (json_.is_number_unsigned() && json_.get<uint64_t>() > INT64_MAX) ||
        json_.get<int64_t>() < least || json_.get<int64_t>() > most)
      bad("is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return json_.get<int64_t>();
  }
  int index(int64_t least, int64_t most) const { return static_cast<int>(number(least, most)); }
  std::vector<int> indices(size_t fewest, int64_t least, int64_t most) const {
    return each(fewest, kMany, [&](const Value &v) { return v.index(least, most); });
  }
  /// Indices in ascending order, each once.
  std::vector<int> ascending(int64_t least, int64_t most, size_t fewest = 0) const {
    const std::vector<int> all = indices(fewest, least, most);
    if (std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()) != all.end())
      bad("is not ascending");
    return all;
  }
  Needs needs() const {
    Needs all;
    for (size_t r = 0, n = size(5, 5); r < n; ++r)
      all[r] = at(r).number(0, kMost);
    return all;
  }
  bool flag() const {
    return json_.is_boolean() ? json_.get<bool>() : (bad("is neither true nor false"), false);
  }
  std::string string() const {
    return json_.is_string() ? json_.get<std::string>() : (bad("is no string"), "");
  }

private:
  Value(const Value &in, const Json &json, const char *key, size_t index)
      : json_(json), key_(key), index_(index), in_(&in) {}
  const Json &json_;
  const char *key_ = nullptr;
  size_t index_ = 0;
  const Value *in_ = nullptr;
};

/// A JSON file in which no object has a key twice.
inline Json readJson(const char *path) {
  std::ifstream file(path);
  if (!file)
    throw Malformed(std::string(path) + ": cannot be read");
  std::vector<std::set<std::string>> open;
  try {
    return Json::parse(file, [&](int, Json::parse_event_t event, Json &parsed) {
      if (event == Json::parse_event_t::object_start)
        open.emplace_back();
      else if (event == Json::parse_event_t::object_end)
        open.pop_back();
      else if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
        throw Malformed(std::string(path) + ": has '" + parsed.get<std::string>() + "' twice in one object");
      return true;
    });
  } catch (const Json::exception &error) {
    throw Malformed(std::string(path) + ": " + error.what());
  }
}

} // namespace braid::certify
