// Whether a bundle is what it says, found by making it again.
#pragma once

#include "braid/driver/request.h"

namespace braid::driver {

struct CheckResult {
  std::unique_ptr<pass::Design> design; ///< As made again; its plan is legal
  bool isPlanGiven = false;             ///< By a plan file
  int64_t files = 0, bytes = 0;
};

/// Imports the bundle's model, plans by the options in its manifest, and compares every file byte by byte
/// with what comes out: problem, certificate, plan and report first. The first difference is an error (exit
/// code 1) that names file, place, what is there and what is right. `model`: the ONNX file, where the
/// bundle's copy is not enough; else empty.
llvm::Expected<CheckResult> checkContents(const std::string &bundle, const std::string &model);

} // namespace braid::driver
