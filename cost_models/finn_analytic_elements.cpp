// FINN's numbers for units that pass elements on: for most of them it has cycles and nothing else.
#include "finn_analytic.h"
#include "finn_memories.h"

namespace braid::cost::finn {

namespace {

FinnNumbers cyclesOnly(int64_t cycles) {
  FinnNumbers numbers;
  numbers.cyclesModelled = true;
  numbers.cycles = cycles;
  return numbers;
}

llvm::Expected<FinnNumbers> passedOn(std::string_view name, const Vectors &unit, int64_t further) {
  if (llvm::Error error = divides(name, {"PE", unit.PE}, {"NumChannels", unit.NumChannels}))
    return error;
  if (llvm::Error error = allPositive(name, {{"numInputVectors", product(unit.numInputVectors)}}))
    return error;
  const int64_t folds = unit.NumChannels / unit.PE;
  return cyclesOnly(product(unit.numInputVectors) * folds + further * folds);
}

} // namespace

llvm::Expected<FinnNumbers> estimateDuplicateStreams(const Vectors &unit) {
  return passedOn("DuplicateStreams", unit, 0);
}
llvm::Expected<FinnNumbers> estimateAddStreams(const Vectors &unit) {
  return passedOn("AddStreams", unit, 0);
}
llvm::Expected<FinnNumbers> estimateGlobalAccPool(const Vectors &unit) {
  return passedOn("GlobalAccPool", unit, 1); // the sums leave after the last vector
}

llvm::Expected<FinnNumbers> estimate(const FmPadding &unit) {
  if (llvm::Error error = divides("FMPadding", {"SIMD", unit.SIMD}, {"NumChannels", unit.NumChannels}))
    return error;
  const int64_t height = unit.ImgDim[0] + unit.Padding[0] + unit.Padding[2];
  const int64_t width = unit.ImgDim[1] + unit.Padding[1] + unit.Padding[3];
  if (llvm::Error error = allPositive("FMPadding", {{"ImgDim", unit.ImgDim[0]},
                                                    {"ImgDim", unit.ImgDim[1]},
                                                    {"numInputVectors", unit.numInputVectors},
                                                    {"the padded height", height},
                                                    {"the padded width", width}}))
    return error;
  return cyclesOnly(unit.NumChannels / unit.SIMD * unit.numInputVectors * height * width);
}

llvm::Expected<FinnNumbers> estimate(const Pool &unit) {
  if (llvm::Error error = divides("Pool", {"PE", unit.PE}, {"Channels", unit.Channels}))
    return error;
  if (llvm::Error error = allPositive("Pool", {{"KernelSize", product(unit.KernelSize)},
                                               {"OutImgDims", product(unit.OutImgDims)},
                                               {"BatchSize", unit.BatchSize}}))
    return error;
  return cyclesOnly(unit.Channels / unit.PE * product(unit.KernelSize) * product(unit.OutImgDims) *
                    unit.BatchSize);
}

llvm::Expected<FinnNumbers> estimate(const StreamingMaxPool &unit) {
  constexpr std::string_view kName = "StreamingMaxPool";
  for (size_t i = 0; i < 2; ++i)
    if (llvm::Error error = divides(kName, {"PoolDim", unit.PoolDim[i]}, {"ImgDim", unit.ImgDim[i]}))
      return error;
  if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"NumChannels", unit.NumChannels}))
    return error;
  const int64_t size = unit.PoolDim[1], image = unit.ImgDim[1];
  if (unit.ImgDim[0] == 1)
    return cyclesOnly(image / size * (unit.NumChannels / unit.PE) * (size + 1));
  // FINN's own note calls this inaccurate: in^2 (1 + 1 / k^2), without PE and the other axis.
  return cyclesOnly(image * image + (image / size) * (image / size));
}

llvm::Expected<FinnNumbers> estimate(const ChannelwiseOp &unit) {
  constexpr std::string_view kName = "ChannelwiseOp";
  llvm::Expected<FinnNumbers> found = passedOn(kName, {unit.NumChannels, unit.PE, unit.numInputVectors}, 0);
  if (!found)
    return found.takeError();
  if (llvm::Error error = allPositive(kName, {{"inputDataType's width", unit.inputDataType.bits}}))
    return error;
  FinnNumbers numbers = *found;
  numbers.lutModelled = numbers.memoryModelled = true;
  const int64_t depth = unit.NumChannels / unit.PE, width = unit.inputDataType.bits * unit.PE;
  numbers.lut = width;
  if (unit.ramStyle == RamStyle::Distributed && depth > 1)
    numbers.lut += width * ceilDiv(depth, 64);
  else if (unit.ramStyle == RamStyle::Block && depth > 1)
    numbers.bram18 = ceilDiv(width, 16) * ceilDiv(depth, 1024);
  else if (unit.ramStyle != RamStyle::Distributed && unit.ramStyle != RamStyle::Block)
    return unitError(kName, "ram_style distributed and block are known");
  return numbers;
}

llvm::Expected<FinnNumbers> estimate(const ElementwiseBinary &unit) {
  constexpr std::string_view kName = "ElementwiseBinary";
  if (unit.lhs.shape.empty() || unit.rhs.shape.empty() || unit.outShape.empty())
    return unitError(kName, "a shape without axes");
  if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"out_shape's last axis", unit.outShape.back()}))
    return error;
  const bool oneBroadcasts = (unit.lhs.shape.back() == 1) != (unit.rhs.shape.back() == 1);
  const auto folds = [&](const ElementwiseBinary::Side &side) {
    return !oneBroadcasts || side.shape.back() != 1;
  };
  for (const ElementwiseBinary::Side *side : {&unit.lhs, &unit.rhs}) {
    if (llvm::Error error = allPositive(kName, {{"the size of a shape", product(side->shape)},
                                                {"a data type's width", side->dataType.bits}}))
      return error;
    if (folds(*side))
      if (llvm::Error error = divides(kName, {"PE", unit.PE}, {"a side's last axis", side->shape.back()}))
        return error;
  }
  FinnNumbers numbers = cyclesOnly(product(unit.outShape) / unit.PE);
  switch (unit.memMode) {
  case MemMode::External:
    return unitError(kName, "mem_mode external; internal_embedded and internal_decoupled are known");
  case MemMode::InternalEmbedded:
    // FINN multiplies by the width of a stream, and embedded constants have none: its 0 says nothing of them.
    numbers.lutModelled = numbers.memoryModelled = !unit.lhs.isConst && !unit.rhs.isConst;
    return numbers;
  case MemMode::InternalDecoupled:
    break;
  }
  numbers.lutModelled = numbers.memoryModelled = true;
  if (!unit.rhs.isConst)
    return numbers;
  // A value that is broadcast over the last axis stands there PE times.
  const int64_t width = unit.rhs.dataType.bits * unit.PE;
  const int64_t depth = product(unit.rhs.shape) / (folds(unit.rhs) ? unit.PE : 1);
  switch (unit.ramStyle) {
  case RamStyle::Distributed:
    numbers.lut = width * ceilDiv(depth, 64);
    break;
  case RamStyle::Auto:
  case RamStyle::Block:
    numbers.bram18 = bram18For(width, depth, kRtlPorts);
    numbers.bramEfficiency = efficiency(width * depth, numbers.bram18, kBram18Bits);
    break;
  case RamStyle::Ultra:
    numbers.uram = uramFor(width, depth);
    numbers.uramEfficiency = efficiency(width * depth, numbers.uram, kUramBits);
    break;
  case RamStyle::Srl:
    return unitError(kName, "ram_style srl is for FIFOs; auto, block, distributed and ultra are known");
  }
  return numbers;
}

llvm::Expected<FinnNumbers> estimate(const ConcatOrSplit &unit) {
  constexpr std::string_view kName = "StreamingConcat or StreamingSplit";
  int64_t all = 0;
  for (int64_t channels : unit.ChannelsPerStream) {
    if (llvm::Error error = divides(kName, {"SIMD", unit.SIMD}, {"ChannelsPerStream", channels}))
      return error;
    all += channels;
  }
  return passedOn(kName, {all, unit.SIMD, unit.numInputVectors}, 0);
}

llvm::Expected<FinnNumbers> estimate(const UpsampleNearestNeighbour &unit) {
  return passedOn("UpsampleNearestNeighbour",
                  {unit.NumChannels, unit.SIMD, {unit.batchSize, unit.HO, unit.WO}}, 0);
}

llvm::Expected<FinnNumbers> estimate(const LabelSelect &unit) {
  if (llvm::Error error = divides("LabelSelect", {"PE", unit.PE}, {"Labels", unit.Labels}))
    return error;
  return cyclesOnly(unit.Labels / unit.PE);
}

llvm::Expected<FinnNumbers> estimate(const Lookup &unit) {
  constexpr std::string_view kName = "Lookup";
  if (llvm::Error error = allPositive(kName, {{"NumEmbeddings", unit.NumEmbeddings},
                                              {"EmbeddingDim", unit.EmbeddingDim},
                                              {"EmbeddingType's width", unit.EmbeddingType.bits},
                                              {"InputShape", product(unit.InputShape)}}))
    return error;
  FinnNumbers numbers = cyclesOnly(product(unit.InputShape));
  if (unit.memMode == MemMode::External)
    return numbers; // its DMA engine is not modelled
  if (unit.memMode == MemMode::InternalDecoupled)
    return unitError(kName, "mem_mode internal_decoupled; internal_embedded and external are known");
  numbers.lutModelled = numbers.memoryModelled = true;
  const int64_t width = unit.EmbeddingDim * unit.EmbeddingType.bits, depth = unit.NumEmbeddings;
  switch (unit.ramStyle) {
  case RamStyle::Distributed:
    numbers.lut = width * ceilDiv(depth, 64);
    break;
  case RamStyle::Auto:
  case RamStyle::Block:
    numbers.bram18 = ceilDiv(width, 16) * ceilDiv(depth, 1024);
    break;
  case RamStyle::Ultra:
    numbers.uram = uramFor(width, depth);
    break;
  case RamStyle::Srl:
    return unitError(kName, "ram_style srl is for FIFOs; auto, block, distributed and ultra are known");
  }
  numbers.bramEfficiency = efficiency(width * depth, numbers.bram18, kBram18Bits);
  numbers.uramEfficiency = efficiency(width * depth, numbers.uram, kUramBits);
  return numbers;
}

} // namespace braid::cost::finn
