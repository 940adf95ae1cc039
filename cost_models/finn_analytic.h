// What FINN itself says a unit of its dataflow library costs, before any synthesis: the numbers of
// `estimate_layer_*` reports. Attributes carry FINN's names, so that a folding configuration reads one to
// one.
//
// Source of the formulas: finn-plus 1.6.1 (the fork that is on PyPI), src/finn/custom_op/fpgadataflow; what
// it dropped since FINN 0.10.1 is marked so. Functions are FINN's node_res_estimation and get_exp_cycles.
// Known faults of theirs are kept and named: these numbers are for comparing with FINN, and where FINN has no
// formula they say so.
#pragma once

#include "braid/cost/finn.h"

#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace braid::cost::finn {

enum class Backend { Hls, Rtl };
enum class Family { UltraScale, Versal }; ///< UltraScale: 7 series too, FINN does not tell them apart here
enum class MemMode { InternalEmbedded, InternalDecoupled, External };
enum class RamStyle { Auto, Block, Distributed, Ultra, Srl }; ///< Srl: FIFOs only
enum class ResType { Auto, Lut, Dsp };

struct FinnType {
  int64_t bits = 0;
  bool isSigned = false; ///< FINN counts BIPOLAR as signed, of one bit
};

using Pair = std::array<int64_t, 2>; ///< height, width
using Shape = std::vector<int64_t>;

/// Matrix times vectors, weights [MW, MH].
struct Mvau {
  Backend backend = Backend::Hls;
  int64_t MW = 0, MH = 0, SIMD = 0, PE = 0;
  FinnType inputDataType, weightDataType, outputDataType;
  int64_t accDataTypeBits = 32;
  Shape numInputVectors = {1};
  int64_t TH = 1;
  MemMode memMode = MemMode::InternalDecoupled;
  RamStyle ramStyle = RamStyle::Auto;
  RamStyle ramStyleThresholds = RamStyle::Auto;
  ResType resType = ResType::Auto;
  bool noActivation = false;
};

/// Depthwise convolution of windows.
struct Vvau {
  Backend backend = Backend::Hls;
  int64_t Channels = 0, SIMD = 1, PE = 0;
  Pair Kernel{}, Dim{};
  FinnType inputDataType, weightDataType, outputDataType;
  int64_t accDataTypeBits = 32;
  MemMode memMode = MemMode::InternalDecoupled;
  RamStyle ramStyle = RamStyle::Auto;
  ResType resType = ResType::Auto;
  bool noActivation = false;
};

struct Thresholding {
  Backend backend = Backend::Rtl;
  int64_t NumChannels = 0, PE = 0, numSteps = 0;
  FinnType inputDataType, weightDataType, outputDataType;
  Shape numInputVectors = {1};
  RamStyle ramStyle = RamStyle::Distributed;          ///< HLS
  int64_t depthTriggerBram = 0, depthTriggerUram = 0; ///< RTL
  bool uniformThres = false;                          ///< RTL
};

/// The sliding window in RTL.
struct ConvolutionInputGenerator {
  Pair ConvKernelDim{}, IFMDim{}, OFMDim{}, Stride{1, 1}, Dilation{1, 1};
  int64_t IFMChannels = 0, SIMD = 0;
  FinnType inputDataType;
  bool depthwise = false, parallelWindow = false;
  RamStyle ramStyle = RamStyle::Distributed;
};

struct StreamingFifo {
  int64_t depth = 0;
  int64_t widthBits = 0; ///< of a word, before it is filled up to whole bytes
  RamStyle ramStyle = RamStyle::Auto;
};

struct StreamingDataWidthConverter {
  int64_t inWidth = 0, outWidth = 0;
};

/// Zeros around an image of ImgDim.
struct FmPadding {
  Pair ImgDim{};
  std::array<int64_t, 4> Padding{}; ///< top, left, bottom, right
  int64_t NumChannels = 0, SIMD = 1, numInputVectors = 1;
};

struct Pool {
  int64_t Channels = 0, PE = 1, BatchSize = 1;
  Shape KernelSize, OutImgDims;
};

/// FINN 0.10.1. Height 1 makes it one-dimensional.
struct StreamingMaxPool {
  Pair ImgDim{}, PoolDim{};
  int64_t NumChannels = 0, PE = 1;
};

/// A unit that passes the vectors of a stream on, PE (or SIMD) elements at a time.
struct Vectors {
  int64_t NumChannels = 0, PE = 0;
  Shape numInputVectors = {1};
};

/// FINN 0.10.1: a parameter for each channel.
struct ChannelwiseOp {
  int64_t NumChannels = 0, PE = 0;
  FinnType inputDataType;
  Shape numInputVectors = {1};
  RamStyle ramStyle = RamStyle::Distributed;
};

struct ElementwiseBinary {
  struct Side {
    Shape shape;
    FinnType dataType;
    bool isConst = false;
  };
  Side lhs, rhs;
  Shape outShape;
  int64_t PE = 1;
  MemMode memMode = MemMode::InternalEmbedded;
  RamStyle ramStyle = RamStyle::Auto;
};

/// StreamingConcat and StreamingSplit.
struct ConcatOrSplit {
  Shape ChannelsPerStream;
  int64_t SIMD = 0;
  Shape numInputVectors = {1};
};

struct UpsampleNearestNeighbour {
  int64_t HO = 0, WO = 0, NumChannels = 0, SIMD = 0, batchSize = 1;
};

struct LabelSelect {
  int64_t Labels = 0, PE = 0;
};

struct Lookup {
  int64_t NumEmbeddings = 0, EmbeddingDim = 0;
  FinnType EmbeddingType;
  Shape InputShape = {1};
  MemMode memMode = MemMode::InternalEmbedded;
  RamStyle ramStyle = RamStyle::Block;
};

/// Each fails where FINN would refuse the attributes, or has no such unit: an attribute that is not positive,
/// a folding that does not divide, a backend that cannot do what is asked.
llvm::Expected<FinnNumbers> estimate(const Mvau &unit, Family family);
llvm::Expected<FinnNumbers> estimate(const Vvau &unit, Family family);
llvm::Expected<FinnNumbers> estimate(const Thresholding &unit);
llvm::Expected<FinnNumbers> estimate(const ConvolutionInputGenerator &unit);
llvm::Expected<FinnNumbers> estimate(const StreamingFifo &unit, Family family);
llvm::Expected<FinnNumbers> estimate(const StreamingDataWidthConverter &unit);
llvm::Expected<FinnNumbers> estimate(const FmPadding &unit);
llvm::Expected<FinnNumbers> estimate(const Pool &unit);
llvm::Expected<FinnNumbers> estimate(const StreamingMaxPool &unit);
llvm::Expected<FinnNumbers> estimate(const ChannelwiseOp &unit);
llvm::Expected<FinnNumbers> estimate(const ElementwiseBinary &unit);
llvm::Expected<FinnNumbers> estimate(const ConcatOrSplit &unit);
llvm::Expected<FinnNumbers> estimate(const UpsampleNearestNeighbour &unit);
llvm::Expected<FinnNumbers> estimate(const LabelSelect &unit);
llvm::Expected<FinnNumbers> estimate(const Lookup &unit);
llvm::Expected<FinnNumbers> estimateDuplicateStreams(const Vectors &unit);
llvm::Expected<FinnNumbers> estimateAddStreams(const Vectors &unit); ///< FINN 0.10.1
llvm::Expected<FinnNumbers> estimateGlobalAccPool(const Vectors &unit);

} // namespace braid::cost::finn
