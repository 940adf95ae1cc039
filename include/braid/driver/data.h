// Data files in and out: .npy, ONNX .pb tensors, idx, raw.
#pragma once

#include "braid/exec/interpreter.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace braid::driver {

/// A data file as it is: dimensions and values in row-major order.
struct DataFile {
  std::vector<int64_t> dims;
  std::vector<float> values;
};

/// Reads by ending: .npy (float32, float64, float16 not, all integer types), .pb (serialized TensorProto), idx
/// (`*-ubyte`), .raw, .bin or .f32 (float32 little-endian). Every value is divided by `divisor`.
llvm::Expected<DataFile> readData(const std::string &path, double divisor = 1.0);

/// Frames for a model input: the file holds whole frames in the ONNX order of elements; dimensions before those of
/// one frame are counted as frames.
llvm::Expected<exec::Batch> framesFor(const ir::Model &model, const ir::Port &port, const DataFile &data, const std::string &path,
                                      int64_t mostFrames);

/// Class numbers, one per frame; there must be `frames` or more.
llvm::Expected<std::vector<int64_t>> readLabels(const std::string &path, int64_t frames);

/// float32 .npy with the frames as leading dimension.
std::string npyBytes(llvm::ArrayRef<int64_t> dims, const std::vector<float> &values);

/// Frames of uniform noise in [-1, 1], from a fixed sequence.
exec::Batch randomFrames(const ir::Model &model, const ir::Port &port, int64_t frames, uint64_t seed);

/// Writes a file through a temporary name, so that it is there whole or not at all.
llvm::Error writeWhole(const std::string &path, llvm::StringRef bytes);

} // namespace braid::driver
