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

/// Reads by ending: .npy (float32, float64, float16 not, all integer types), .pb (serialized TensorProto),
/// idx
/// (`*-ubyte`), .raw, .bin or .f32 (float32 little-endian). Every value is divided by `divisor`.
llvm::Expected<DataFile> readData(const std::string &path, double divisor = 1.0);

/// Frames for a model input, in the ONNX order of elements: [frames, dimensions of the input] (ones may be
/// there or not), [frames, elements of the input], or a plain list of numbers. An input of one dimension
/// takes frames of any.
llvm::Expected<exec::Batch> framesFor(const ir::Model &model, const ir::Port &port, const DataFile &data,
                                      const std::string &path, int64_t mostFrames);

/// Class numbers below `classes`, one for each frame; there may be more where only the first frames are used.
llvm::Expected<std::vector<int64_t>> readLabels(const std::string &path, int64_t frames, int64_t classes,
                                                bool isFirstFrames);

/// The file of each of `names` (inputs, or outputs: `what`), empty where there is none: FILE in their order,
/// or NAME=FILE.
llvm::Expected<std::vector<std::string>> filesByName(const char *flag, const char *what,
                                                     const std::vector<std::string> &names,
                                                     const std::vector<std::string> &arguments);

/// float32 or int64 .npy with the frames as leading dimension.
std::string npyBytes(llvm::ArrayRef<int64_t> dims, const std::vector<float> &values);
std::string npyBytes(llvm::ArrayRef<int64_t> dims, const std::vector<int64_t> &values);

/// Writes the numbers of streams to a folder, [frames] + the stream's shape: mantissas of a typed model
/// (int64), reals of a float one (float32). index.json lists stream, layer, shape, type and, where the
/// numbers are those of a tensor of the ONNX file, its scale and bias: real = scale * number + bias.
llvm::Error dumpStreams(const std::string &folder, const ir::Model &model, const exec::StreamValues &values);

/// Frames of uniform noise from a fixed sequence: in [-1, 1], and every second one over the whole range of
/// the input's type, so that numbers at its ends are among them.
exec::Batch randomFrames(const ir::Model &model, const ir::Port &port, int64_t frames, uint64_t seed);

/// Writes a file through a temporary name, so that it is there whole or not at all.
llvm::Error writeWhole(const std::string &path, llvm::StringRef bytes);

} // namespace braid::driver
