// Reads JSON objects field by field and keeps every fault with its file and key, so that one run reports all.
#pragma once

#include "braid/device/device.h"
#include "braid/support/error.h"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <optional>
#include <string>

namespace braid::device {

/// The faults of one file.
class Faults {
public:
  explicit Faults(llvm::StringRef file) : file_(file) {}
  void add(const std::string &key, const std::string &message);
  bool empty() const { return found_.empty(); }
  llvm::Error take() { return found_.take(); }

private:
  std::string file_;
  Diagnostics found_;
};

/// The whole file as JSON; fails on what is no JSON and on keys that stand twice in one object.
llvm::Expected<nlohmann::json> parseJson(llvm::StringRef text, llvm::StringRef file);

/// One object. A field that is absent or wrong is a fault and reads as its fallback or as zero.
class Fields {
public:
  /// `where` is the key of the object, empty for the whole file.
  Fields(const nlohmann::json &object, std::string where, Faults &faults);

  /// Names fields that are none of `known`.
  void allowOnly(std::initializer_list<const char *> known) const;
  bool has(const char *key) const { return object_.contains(key); }
  std::string text(const char *key, std::optional<std::string> fallback = {}) const;
  double number(const char *key, double least, double most, std::optional<double> fallback = {}) const;
  int64_t integer(const char *key, int64_t least, int64_t most, std::optional<int64_t> fallback = {}) const;
  bool flag(const char *key, bool fallback) const;
  /// An array (empty where absent), an object (empty where absent).
  const nlohmann::json &list(const char *key) const;
  const nlohmann::json &object(const char *key) const;
  Resources resources(const char *key) const;

  /// `fpgas[2].device`
  std::string pathOf(const std::string &key) const { return where_.empty() ? key : where_ + "." + key; }
  Faults &faults() const { return faults_; }

private:
  /// The field, or null with a fault unless it may be absent.
  const nlohmann::json *find(const char *key, bool mayBeAbsent, const char *wanted) const;
  void wrong(const char *key, const nlohmann::json &found, const std::string &wanted) const;

  const nlohmann::json &object_;
  std::string where_;
  Faults &faults_;
};

} // namespace braid::device
