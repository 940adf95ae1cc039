// Proof on the spot: whole model, split model and emitted C++ compute the same bits.
#pragma once

#include "braid/driver/request.h"
#include "braid/driver/verify_layers.h"
#include "braid/exec/interpreter.h"

#include <string>
#include <vector>

namespace braid::driver {

struct VerifyRequest {
  std::string bundle;
  std::string model; ///< Empty: the bundle's copy
  std::vector<std::string> inputs;
  double divisor = 1;
  std::string labels;
  int64_t frames = 0;
  int64_t randomFrames = 10;
  std::string cxx = "g++";
  /// Where every stream between layers is wanted: gets them, also where bits differ or a program crashes.
  /// Projects may then have been edited since they were compiled.
  LayerReport *layers = nullptr;
};

struct VerifyResult {
  int64_t frames = 0, fpgas = 0, crossings = 0;
  int64_t valuesCompared = 0;
  int64_t bitsCompared = 0;
  int64_t wireBytes = 0; ///< Of one frame, counted on all links: what the report says, crossing by crossing
  bool hasLabels = false;
  double accuracyWhole = 0, accuracySplit = 0, accuracyEmitted = 0, accuracyFloat = 0;
};

/// Rebuilds the design from the bundle's manifest and plan, runs the typed whole model and the chained
/// sub-models, compiles and runs the emitted C++ of every FPGA, and compares every crossing and output bit
/// for bit. The first difference is an error (exit code 4) that names FPGA, stream, frame, position and both
/// values.
llvm::Expected<VerifyResult> verifyBundle(const VerifyRequest &request);

/// Frames for all inputs of a model, quantised to their types: from files, or noise.
llvm::Expected<std::vector<exec::Batch>> realInputs(const ir::Model &model,
                                                    const std::vector<std::string> &files, double divisor,
                                                    int64_t frames, int64_t randomFrames);

/// Number of classes that the first output of a model tells apart.
int64_t classesOf(const ir::Model &model);

/// Share of frames whose largest output is at the label (or is the label, if there is one output), in
/// percent.
double accuracyOf(const exec::Batch &outputs, const std::vector<int64_t> &labels);

/// `1`, `255` or `1/3`: the number input values are divided by.
llvm::Expected<double> parseDivisor(const std::string &text);

} // namespace braid::driver
