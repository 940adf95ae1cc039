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

/// hls4ml: layers with a reuse factor each, pixels between them. finn: units with PE and SIMD each, streams
/// of their own widths between them; io_stream and whole numbers only.
enum class Style : uint8_t { Hls4ml, Finn };
enum class IoMode : uint8_t { Parallel, Stream };
enum class Strategy : uint8_t { Latency, Resource };
const char *name(Style style);       ///< `hls4ml`, `finn`
const char *name(IoMode mode);       ///< `io_parallel`, `io_stream`
const char *name(Strategy strategy); ///< `Latency`, `Resource`

/// Style and io mode: together they decide what a beat of a stream is. An io mode alone is hls4ml's.
struct Wiring {
  Style style = Style::Hls4ml;
  IoMode io = IoMode::Parallel;
  Wiring(IoMode mode) : io(mode) {}
  Wiring(Style of, IoMode mode) : style(of), io(mode) {}
};

/// What multiplies, where weights lie, and in which memory; FINN's names and meanings.
enum class ResType : uint8_t { Auto, Lut, Dsp };
enum class MemMode : uint8_t { Embedded, Decoupled, External };
enum class RamStyle : uint8_t { Auto, Block, Distributed, Ultra };
const char *name(ResType type);   ///< `auto`, `lut`, `dsp`
const char *name(MemMode mode);   ///< `internal_embedded`, `internal_decoupled`, `external`
const char *name(RamStyle style); ///< `auto`, `block`, `distributed`, `ultra`

/// A FINN-style layer's parallelism: PE results at a time, of each SIMD inputs at a time (with a matrix).
struct Folding {
  int64_t pe = 1, simd = 1;
  ResType resType = ResType::Auto;
  MemMode memMode = MemMode::Embedded;
  RamStyle ramStyle = RamStyle::Auto;
  auto operator<=>(const Folding &) const = default;
};

/// A choice for a layer: strategy and reuse factor in the hls4ml style, folding in the FINN style.
struct Implementation {
  Style style = Style::Hls4ml;
  IoMode io = IoMode::Parallel;
  Strategy strategy = Strategy::Latency;
  int64_t reuse = 1; ///< Reuse factor: multiplications that share one multiplier
  Folding folding = {};
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
  // Units of the FINN style only:
  MatrixVector, ///< MVAU, with thresholds behind its sums or without
  VectorVector, ///< VVAU: depthwise
  Window,       ///< ConvolutionInputGenerator: the windows of an image; pe / simd taps at a time
  WindowPool,   ///< Pool: of windows that come one after the other
  Convert,      ///< StreamingDataWidthConverter
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
  int64_t inputWidth = 0;         ///< Pixels per row, padding included, for line buffers
  int64_t pe = 1, simd = 1;       ///< FINN style: elements per beat of what is given, and of what is taken
  ir::Window slide;               ///< FINN style: of kernels with a window, without padding
  int64_t inputSize[2] = {1, 1};  ///< FINN style: rows and columns that are taken,
  int64_t outputSize[2] = {1, 1}; ///< and that are given
  bool byChannel = false;         ///< FINN style: windows come channel by channel (depthwise)
  int64_t inputChannels = 0;
  int64_t elements = 0; ///< Output elements per frame
  int64_t weightBits = 0, biasBits = 0, accumBits = 0, inputBits = 0, outputBits = 0;
  bool signedInput = false;
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

/// The choices for a typed layer in a style and io mode, at least one. For layers with weights, only choices
/// that break no synthesis law, if there are any.
std::vector<Implementation> implementations(const ir::Model &model, const ir::Layer &layer, Style style,
                                            IoMode io);

/// FINN style: what PE and SIMD of a layer must divide; 1 where the layer has none. SIMD of a convolution may
/// also be this many times a divisor of its taps.
struct Foldable {
  int64_t pe = 1, simd = 1;
};
Foldable foldable(const ir::Model &model, const ir::Layer &layer);

/// FINN style: the folding of a layer that only moves or adds numbers and that no one chooses for: as wide as
/// a word of a network, so that it is never what others wait for.
Implementation movingFolding(const ir::Model &model, const ir::Layer &layer);

/// FINN style: whether every weight of a layer's matrix is -1 or 1, so that a bit each is stored.
bool storesBits(const ir::Layer &layer);

/// Elements that travel in one beat of a stream of this shape and type in io_stream. hls4ml style: the
/// channels, or their largest divisor that keeps the beat within 4,096 bits (Vitis HLS limit of an aggregated
/// stream element). FINN style, at the ends of projects: any divisor of all elements, within a network's word
/// of 512 bits.
int64_t elementsPerBeat(llvm::ArrayRef<int64_t> shape, const num::DataType &type,
                        Style style = Style::Hls4ml);

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
