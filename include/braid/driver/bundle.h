// The only writer to disk: a folder of files with a manifest, whole or not at all.
#pragma once

#include "braid/emit/emission.h"

#include "llvm/Support/Error.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>

namespace braid::driver {

struct BundleResult {
  int64_t files = 0;
  int64_t written = 0; ///< Files whose bytes are new
  int64_t bytes = 0;
};

/// The manifest, given the sha256 of every file by path.
using Manifest = std::function<nlohmann::ordered_json(nlohmann::ordered_json files)>;

/// Writes the files and `braid.json` (the manifest) as folder `target`.
/// The folder is made complete beside its place and then takes it in one step. Where a bundle stands already,
/// files with the same bytes are kept as they are, files the bundle does not own are carried over, and
/// nothing at all happens if no byte differs. Refuses a folder that is not empty and holds no bundle.
llvm::Expected<BundleResult> writeBundle(const std::string &target, const emit::Emission &emission,
                                         const Manifest &manifestOf);

/// The manifest of a bundle.
llvm::Expected<nlohmann::ordered_json> readManifest(const std::string &folder);

/// Every file of the manifest is there with its hash; names those that are not (exit code 4). Where `edited`
/// is given, files of projects may have other bytes: it gets their paths.
llvm::Error checkBundle(const std::string &folder, const nlohmann::ordered_json &manifest,
                        std::vector<std::string> *edited = nullptr);

} // namespace braid::driver
