// The one lowering from layers to hardware kernels. Cost, buffers, simulation and backends read its result;
// none lowers for itself.
#pragma once

#include "braid/ir/model.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace braid::kernel {

enum class Style : uint8_t { Hls4ml };
enum class IoMode : uint8_t { Parallel, Stream };
enum class Strategy : uint8_t { Latency, Resource };
const char *name(IoMode mode);       ///< `io_parallel`, `io_stream`
const char *name(Strategy strategy); ///< `Latency`, `Resource`

/// A choice for a layer.
struct Implementation {
  Style style = Style::Hls4ml;
  IoMode io = IoMode::Parallel;
  Strategy strategy = Strategy::Latency;
  int64_t reuse = 1; ///< Reuse factor: multiplications that share one multiplier
  auto operator<=>(const Implementation &) const = default;
};
std::string toString(const Implementation &implementation);

/// The part of a layer that a kernel computes: a rectangle of its matrix [mh, mw] and a range of output rows.
struct Slice {
  int64_t rowBegin = 0, rowEnd = 0; ///< Neurons, output channels
  int64_t colBegin = 0, colEnd = 0; ///< Inputs, input channels
  int64_t posBegin = 0, posEnd = 0; ///< Rows of output positions
  auto operator<=>(const Slice &) const = default;
};
Slice wholeSlice(const ir::Model &model, const ir::Layer &layer);

enum class KernelKind : uint8_t {
  Dense,
  Conv,
  DepthwiseConv,
  ZeroPad,
  Pool,
  GlobalPool,
  Activation,
  TableActivation,
  Softmax,
  Affine,
  Threshold,
  ArgMax,
  Binary,
  Concat,
  Transpose,
  Upsample,
  Sum,
  Crop,
  Rename, ///< Rename: wires only (reshape)
  Clone,
  Fifo,
  Unpack,
  Pack, ///< Unpack, Pack: words of a link or memory to beats of a stream, and back
  Packetizer,
  Depacketizer,
  Arbiter,
  Demux, ///< Frames in packets; several streams over one port
  Idle,  ///< Holds an end of a network port that nobody uses
  Dma
};
const char *name(KernelKind kind);

/// One side of a kernel: beats of widthBits, beatsPerFrame of them.
struct KernelPort {
  int64_t widthBits = 0;
  int64_t beatsPerFrame = 0;
  int64_t elementBits = 0;
};

/// Everything that decides area and time of one kernel; no names of files, no decisions.
struct Kernel {
  KernelKind kind = KernelKind::Rename;
  std::string name;
  Implementation implementation;
  int64_t mh = 0, mw = 0; ///< Matrix of one position (per group for grouped convolutions)
  int64_t groups = 1;
  int64_t positions = 1;      ///< Output positions per frame
  int64_t inputPositions = 1; ///< Input positions per frame, padding included
  int64_t channels = 0;       ///< Channels (last dimension) of the output
  int64_t taps = 1;           ///< Window cells
  int64_t window[2] = {1, 1};
  int64_t inputWidth = 0; ///< Pixels per row, padding included, for line buffers
  int64_t inputChannels = 0;
  int64_t elements = 0; ///< Output elements per frame
  int64_t weightBits = 0, biasBits = 0, accumBits = 0, inputBits = 0, outputBits = 0;
  int64_t weights = 0;        ///< Numbers that are multiplied with: matrix, scales, slopes; thresholds
  int64_t nonZeroWeights = 0; ///< Of them; counted where zeros are free (Latency), else all
  int64_t steps = 0;          ///< Thresholds of one channel
  int64_t tableEntries = 0, tableBits = 0;
  int64_t secondTableEntries = 0; ///< Softmax: its table of reciprocals; both tables have tableBits
  ir::BinaryKind binary = ir::BinaryKind::Add;
  ir::PoolKind pool = ir::PoolKind::Max;
  int64_t depth = 0;   ///< FIFOs: beats
  int copies = 0;      ///< Clones: outputs; merges: inputs
  int64_t packets = 0; ///< Per frame, of kernels that see packets
  llvm::SmallVector<KernelPort, 2> inputs, outputs;
};

/// The kernels of a slice of a typed layer, in dataflow order (padding before convolution). None for Send and
/// Receive: the kernels of a crossing are its link's. Fails where the style has no kernel for it, naming what
/// would work.
llvm::Expected<llvm::SmallVector<Kernel, 2>> lowerLayer(const ir::Model &model, const ir::Layer &layer,
                                                        const Slice &slice,
                                                        const Implementation &implementation);

/// Legal reuse factors of a matrix [mh, mw], ascending: those hls4ml's kernels accept
/// (hls4ml 1.3, FPGABackend._validate_reuse_factor).
std::vector<int64_t> legalReuseFactors(int64_t mh, int64_t mw);

/// At most `most` of them, evenly spaced by ratio, among them the smallest, the largest, mw and 2 mw.
std::vector<int64_t> thinned(llvm::ArrayRef<int64_t> reuseFactors, int64_t mw, size_t most);

/// The choices for a typed layer in an io mode, at least one. For layers with weights, only choices that
/// break no synthesis law, if there are any.
std::vector<Implementation> implementations(const ir::Model &model, const ir::Layer &layer, IoMode io);

/// Elements that travel in one beat of a stream of this shape and type in io_stream: the channels, or their
/// largest divisor that keeps the beat within 4,096 bits (Vitis HLS limit of an aggregated stream element).
int64_t elementsPerBeat(llvm::ArrayRef<int64_t> shape, const num::DataType &type);

/// Elements per beat inside a layer in io_stream whose ends are repacked where theirs are of another size: of
/// a concat or crop, where not every beat is a whole pixel; of layers that keep beats (element by element,
/// pools, padding), where those of their streams differ, since wider numbers are fewer in a beat. 0: nothing
/// is repacked.
int64_t innerBeat(const ir::Model &model, const ir::Layer &layer);

/// Whether a reshape is another name for its input and no hardware: in io_parallel always, in io_stream where
/// all its readers (dense layers) take beats of any size. A cast is hardware.
bool isNameOnly(const ir::Model &model, const ir::Layer &layer, IoMode io);

/// A synthesis law a kernel breaks, with tool, version and source; see cost_models/laws.json.
struct LawBreach {
  std::string law, message, remedy;
};
std::vector<LawBreach> lawBreaches(const Kernel &kernel);

} // namespace braid::kernel
