// The calls of units: finn-hlslib's templates with its parameters, or ours of braid_units.hpp where it has
// none.
#include "design.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace braid::targets::finn {

namespace {

using kernel::Kernel;
using kernel::KernelKind;

class Body {
public:
  Body(const Design &design, const plan::Unit &unit)
      : design_(design), unit_(unit), kernel_(unit.kernel), layer_(design.layerOf(unit)) {}

  std::string text() const {
    switch (kernel_.kind) {
    case KernelKind::MatrixVector:
      return matrixVector();
    case KernelKind::VectorVector:
      return vectorVector();
    case KernelKind::Window:
      return window();
    case KernelKind::ZeroPad:
      return pad();
    case KernelKind::Threshold:
      return fmt::format("Thresholding_Batch<{}, {}, {}, Slice<{}>, Slice<{}> >(in0_V, out_V, threshs, 1)",
                         kernel_.positions, kernel_.channels, kernel_.pe, inType(), outType());
    case KernelKind::Pool:
      return streamingPool();
    case KernelKind::WindowPool:
      return windowPool();
    case KernelKind::GlobalPool:
      return globalPool();
    case KernelKind::Affine:
      return affine();
    case KernelKind::Activation:
      return activation();
    case KernelKind::Binary:
      return binary();
    case KernelKind::Sum:
      return sum();
    case KernelKind::Concat:
      return concat();
    case KernelKind::Clone:
      return copies();
    case KernelKind::Convert:
      return convert();
    case KernelKind::Upsample:
      return upsample();
    case KernelKind::ArgMax:
      return fmt::format("LabelSelect_Batch<{0}, {1}, 1, {2}, {3} >(in0_V, out_V, {4})",
                         kernel_.inputChannels, kernel_.simd, inType(),
                         integerType(kernel_.outputBits, false), kernel_.positions);
    case KernelKind::Crop:
      return crop();
    case KernelKind::Transpose:
      return transpose();
    default:
      break;
    }
    BRAID_CHECK(false, "no unit of the FINN style");
  }

private:
  const num::DataType &typeOf(ir::StreamId stream) const { return design_.model.stream(stream).type; }
  const ir::Shape &shapeOf(ir::StreamId stream) const { return design_.model.stream(stream).shape; }
  std::string inType(size_t i = 0) const { return integerType(typeOf(layer_->inputs[i])); }
  std::string outType() const { return integerType(typeOf(layer_->output)); }

  const char *multiplier() const {
    switch (kernel_.implementation.folding.resType) {
    case kernel::ResType::Auto:
      return "ap_resource_dflt()";
    case kernel::ResType::Lut:
      return "ap_resource_lut()";
    case kernel::ResType::Dsp:
      return "ap_resource_dsp()";
    }
    BRAID_CHECK(false, "unknown kind of multiplier");
  }

  /// The last arguments of both vector units: interpretations, weights, activation.
  std::string products(const std::string &name, const std::string &sizes) const {
    const bool streamed = Design::isStreamed(unit_), bits = storesBits(design_, unit_);
    const ir::LayerId last = unit_.activation == ir::LayerId::None ? unit_.layer : unit_.activation;
    const std::string result = integerType(typeOf(design_.model.layer(last).output));
    const std::string weight = integerType(kernel_.weightBits, !bits);
    const std::string activation =
        unit_.activation == ir::LayerId::None
            ? fmt::format("PassThroughActivation<{}>()", integerType(typeOf(layer_->output)))
            : "threshs";
    return fmt::format("{}{}<{}, Slice<{}>, Slice<{}>, {}{}>(in0_V, out_V, {}, {}, {}, {})", name,
                       streamed ? "_Stream_Batch" : "_Batch", sizes, inType(), result,
                       bits ? "Recast<Binary>" : "Identity", streamed ? ", " + weight + " " : " ",
                       streamed ? "weights_V" : "weights", activation, kernel_.positions, multiplier());
  }
  std::string matrixVector() const {
    return products("Matrix_Vector_Activate",
                    fmt::format("{}, {}, {}, {}{}", kernel_.mw, kernel_.mh, kernel_.simd, kernel_.pe,
                                Design::isStreamed(unit_) ? "" : ", 1"));
  }
  std::string vectorVector() const {
    return products("Vector_Vector_Activate", fmt::format("{}, {}, {}, {}, 1", kernel_.channels, kernel_.taps,
                                                          kernel_.simd, kernel_.pe));
  }

  std::string window() const {
    const ir::Window &w = kernel_.slide;
    const int64_t bits = kernel_.inputBits, channels = kernel_.inputChannels, simd = kernel_.simd;
    const int64_t *in = kernel_.inputSize, *out = kernel_.outputSize;
    const bool isSquare =
        in[0] == in[1] && out[0] == out[1] && w.kernel[0] == w.kernel[1] && w.stride[0] == w.stride[1];
    const bool isRow = in[0] == 1 && w.kernel[0] == 1;
    const std::string dws = kernel_.byChannel ? "_dws" : "";
    if (kernel_.pe != simd)
      return windowTaps();
    if (kernel_.taps == 1 && isSquare)
      return fmt::format("ConvolutionInputGenerator_2D_kernel1<{}, {}, {}, {}, {}>(in0_V, out_V, 1)",
                         channels, bits, in[0], simd, w.stride[0]);
    if (kernel_.taps == 1 && isRow)
      return fmt::format("ConvolutionInputGenerator_1D_kernel1<{}, {}, {}, {}, {}>(in0_V, out_V, 1)",
                         channels, bits, in[1], simd, w.stride[1]);
    if (isRow && kernel_.byChannel)
      return fmt::format(
          "ConvolutionInputGenerator_1D_dws_naive<{}, {}, {}, {}, {}, {}, {}, {}>(in0_V, out_V, 1, "
          "ap_resource_dflt())",
          w.kernel[1], channels, bits, in[1], out[1], w.stride[1], w.dilation[1], simd);
    if (isRow && w.dilation[1] == 1)
      return fmt::format(
          "ConvolutionInputGenerator_1D<{}, {}, {}, {}, {}, {}, {}>(in0_V, out_V, 1, ap_resource_dflt())",
          w.kernel[1], channels, bits, in[1], out[1], w.stride[1], simd);
    if (isSquare && !w.hasDilation())
      return fmt::format("ConvolutionInputGenerator{}{}<{}, {}, {}, {}, {}, {}, {}>(in0_V, out_V, 1, "
                         "ap_resource_dflt())",
                         w.kernel[0] % w.stride[0] ? "_kernel_stride" : "", dws, w.kernel[0], channels, bits,
                         in[0], out[0], simd, w.stride[0]);
    const std::string sizes =
        fmt::format("{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}", w.kernel[1], w.kernel[0], channels, bits,
                    in[1], in[0], out[1], out[0], simd, w.stride[1], w.stride[0]);
    if (!w.hasDilation())
      return fmt::format("ConvolutionInputGenerator_NonSquare{}<{}>(in0_V, out_V, 1, ap_resource_dflt())",
                         dws, sizes);
    return fmt::format(
        "ConvolutionInputGenerator_NonSquare_Dilated{}<{}, {}, {}>(in0_V, out_V, 1, ap_resource_dflt())", dws,
        sizes, w.dilation[1], w.dilation[0]);
  }

  /// Several taps at a time. An image one pixel wide is one row.
  std::string windowTaps() const {
    const ir::Window &w = kernel_.slide;
    const int64_t *in = kernel_.inputSize, *out = kernel_.outputSize, channels = kernel_.inputChannels,
                  simd = kernel_.simd, taps = kernel_.pe / simd;
    const size_t x = in[1] == 1 ? 0 : 1, y = 1 - x;
    if (in[y] == 1 && simd == channels && taps == kernel_.taps && w.stride[x] == 1 && w.dilation[x] == 1)
      return fmt::format("ConvolutionInputGenerator_1D_parallel<{}, {}, {}, {}, {}, 1, {}>(in0_V, out_V, 1, "
                         "ap_resource_dflt())",
                         taps, channels, kernel_.inputBits, in[x], out[x], simd);
    return fmt::format(
        "braid::finn::windowTaps<{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}>(in0_V, "
        "out_V)",
        kernel_.inputBits, channels, simd, taps, w.kernel[y], w.kernel[x], in[y], in[x], out[y], out[x],
        w.stride[y], w.stride[x], w.dilation[y], w.dilation[x]);
  }

  std::string pad() const {
    const int64_t *in = kernel_.inputSize, *out = kernel_.outputSize, *begin = kernel_.slide.padBegin;
    if (const auto *op = std::get_if<ir::Pad>(&layer_->op))
      return fmt::format("braid::finn::padMap<{}, {}, {}, {}, {}, {}, {}, {}, {}, {}>(in0_V, out_V, {}({}))",
                         inType(), outType(), kernel_.pe, in[0], in[1], out[0], out[1], op->begin[0],
                         op->begin[1], kernel_.inputChannels, outType(), static_cast<int64_t>(op->value));
    const std::string rest = fmt::format("{}, {}, {}", kernel_.channels, kernel_.pe, inType());
    const int64_t bottom = out[0] - in[0] - begin[0], right = out[1] - in[1] - begin[1];
    if (in[0] == in[1] && begin[0] == begin[1] && bottom == right)
      return fmt::format("FMPadding_Batch<{}, {}, {}, {}, {} >(in0_V, out_V, 1)", in[0], out[0], begin[0],
                         bottom, rest);
    return fmt::format("FMPadding_nonsquare_Batch<{}, {}, {}, {}, {}, {}, {} >(in0_V, out_V, 1)", out[1],
                       out[0], begin[1], right, begin[0], bottom, rest);
  }

  std::string streamingPool() const {
    const num::FixedType &type = typeOf(layer_->inputs[0]).fixed();
    return fmt::format("StreamingMaxPool_Precision<{}, {}, {}, {}, {}, {}>(in0_V, out_V)",
                       kernel_.inputSize[0], kernel_.slide.kernel[0], kernel_.channels, inType(),
                       type.isSigned ? fmt::format("-{}", int64_t{1} << (type.width - 1)) : "0",
                       kernel_.inputs[0].widthBits);
  }

  std::string windowPool() const {
    const std::string function = kernel_.pool == ir::PoolKind::Max
                                     ? fmt::format("MaxPoolFunction<{}, {}>()", inType(), kernel_.taps)
                                     : fmt::format("AccPoolFunction<{}, {}>()", outType(), kernel_.taps);
    return fmt::format("Pool_batch<{}, {}, {}, Slice<{}>, Slice<{}> >(in0_V, out_V, {}, {})",
                       kernel_.channels, kernel_.pe, kernel_.taps, inType(), outType(), function,
                       kernel_.positions);
  }

  std::string globalPool() const {
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(kernel_.taps))));
    if (kernel_.pool == ir::PoolKind::Sum && side * side == kernel_.taps)
      return fmt::format("AccPool_Batch<{}, {}, {}, {}, {} >(in0_V, out_V, 1)", side, kernel_.channels,
                         inType(), kernel_.pe, outType());
    return fmt::format("braid::finn::reduceMap<braid::finn::{}, {}, {}, {}, {}, {} >(in0_V, out_V)",
                       kernel_.pool == ir::PoolKind::Max ? "LargestOf" : "SumOf", kernel_.taps,
                       kernel_.channels, kernel_.pe, inType(), outType());
  }

  std::string affine() const {
    const auto &op = std::get<ir::Affine>(layer_->op);
    const int shift = std::max(op.scaleType.fixed().fracBits(), op.biasType.fixed().fracBits());
    BRAID_CHECK(shift >= 0, "numbers of an affine layer have a point");
    // A type that does not saturate holds all that can come.
    const bool isSymmetric = typeOf(layer_->output).fixed().overflow == num::Overflow::SatSym;
    return fmt::format("braid::finn::requantise<{}, {}, {}, {}, {}, {}, {} >(in0_V, out_V, factors, offsets)",
                       kernel_.positions, kernel_.channels, kernel_.pe, shift, isSymmetric, inType(),
                       outType());
  }

  std::string activation() const {
    const auto &op = std::get<ir::Activation>(layer_->op);
    const bool isRelu = op.kind == ir::ActivationKind::Relu;
    const num::FixedType &type = typeOf(layer_->inputs[0]).fixed();
    const auto least = isRelu ? int64_t{0} : static_cast<int64_t>(op.alpha),
               most =
                   isRelu ? (int64_t{1} << (type.width - type.isSigned)) - 1 : static_cast<int64_t>(op.beta);
    return fmt::format("braid::finn::clampLanes<{}, {}, {}, {} >(in0_V, out_V, {}LL, {}LL)",
                       kernel_.outputs[0].beatsPerFrame, kernel_.pe, inType(), outType(), least, most);
  }

  std::string binary() const {
    if (kernel_.binary == ir::BinaryKind::Add)
      return fmt::format("AddStreams_Batch<{}, {}, {}, {}, {}>(in0_V, in1_V, out_V, 1)", kernel_.pe,
                         inType(0), inType(1), outType(), kernel_.outputs[0].beatsPerFrame);
    return fmt::format("StreamingEltwise<{}, {}, {}, Slice<{}>, Slice<{}>, Slice<{}> >(in0_V, in1_V, out_V, "
                       "braid::finn::{}())",
                       kernel_.channels, kernel_.pe, kernel_.positions, inType(0), inType(1), outType(),
                       kernel_.binary == ir::BinaryKind::Sub ? "Difference" : "Product");
  }

  std::string sum() const {
    const auto &op = std::get<ir::Sum>(layer_->op);
    std::string parts;
    for (size_t i = 0; i < unit_.inputs.size(); ++i)
      parts += fmt::format(", in{}_V", i);
    return fmt::format("braid::finn::sumStreams<{}, {}, {}, {}, {} >(biases, out_V{})", kernel_.positions,
                       kernel_.channels, kernel_.pe, integerType(op.accum), outType(), parts);
  }

  /// Runs of every input behind one another.
  std::string concat() const {
    const auto axis = static_cast<size_t>(std::get<ir::Concat>(layer_->op).axis);
    const auto run = [&](const ir::Shape &shape) {
      return ir::elements(llvm::ArrayRef<int64_t>(shape).drop_front(axis));
    };
    const ir::Shape &first = shapeOf(layer_->inputs[0]);
    std::string body;
    for (size_t i = 0; i < layer_->inputs.size(); ++i)
      body += fmt::format("    for (unsigned word = 0; word < {}; word++) {{\n"
                          "#pragma HLS PIPELINE II = 1 style = flp\n"
                          "      out_V.write(braid::finn::castLanes<{}, {}, {}>(in{}_V.read()));\n    }}\n",
                          run(shapeOf(layer_->inputs[i])) / kernel_.pe, inType(i), outType(), kernel_.pe, i);
    return fmt::format("for (unsigned outer = 0; outer < {}; outer++) {{\n{}  }}",
                       ir::elements(first) / run(first), body);
  }

  std::string copies() const {
    std::string writes;
    for (size_t i = 0; i < unit_.outputs.size(); ++i)
      writes += fmt::format("    out{}_V.write(word);\n", i);
    return fmt::format("for (unsigned i = 0; i < {}; i++) {{\n#pragma HLS PIPELINE II = 1 style = flp\n"
                       "    const ap_uint<{}> word = in0_V.read();\n{}  }}",
                       kernel_.inputs[0].beatsPerFrame, kernel_.inputs[0].widthBits, writes);
  }

  std::string convert() const {
    const kernel::KernelPort &in = kernel_.inputs[0], &out = kernel_.outputs[0];
    if (kernel_.inputChannels != kernel_.channels) {
      const bool fills = kernel_.inputChannels < kernel_.channels;
      return fmt::format("braid::finn::{}Channels<{}, {}, {}, {}, {}, {}>(in0_V, out_V)",
                         fills ? "fill" : "drop", kernel_.inputBits, kernel_.simd, kernel_.pe,
                         kernel_.inputChannels, kernel_.channels, kernel_.positions);
    }
    if (in.widthBits % out.widthBits == 0 || out.widthBits % in.widthBits == 0)
      return fmt::format("StreamingDataWidthConverter_Batch<{}, {}, {}>(in0_V, out_V, 1)", in.widthBits,
                         out.widthBits, in.beatsPerFrame);
    return fmt::format("braid::finn::regroup<{}, {}, {}, {}>(in0_V, out_V)", kernel_.inputBits, kernel_.simd,
                       kernel_.pe, kernel_.elements);
  }

  std::string upsample() const {
    const auto &op = std::get<ir::Upsample>(layer_->op);
    return fmt::format("braid::finn::repeatPixels<{}, {}, {}, {}, {}>(in0_V, out_V)", kernel_.inputSize[0],
                       kernel_.inputSize[1], kernel_.channels / kernel_.pe, op.factor[0], op.factor[1]);
  }

  std::string crop() const {
    const auto &op = std::get<ir::Crop>(layer_->op);
    const ir::Shape &in = shapeOf(layer_->inputs[0]);
    BRAID_CHECK(in.size() == 1 || in.size() == 3, "vectors and maps are cut");
    const bool isMap = in.size() == 3;
    return fmt::format("braid::finn::cropMap<{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}>(in0_V, out_V)",
                       kernel_.inputBits, kernel_.pe, isMap ? in[0] : 1, isMap ? in[1] : 1, in.back(),
                       isMap ? op.begin[0] : 0, isMap ? op.end[0] : 1, isMap ? op.begin[1] : 0,
                       isMap ? op.end[1] : 1, op.begin.back(), op.end.back());
  }

  std::string transpose() const {
    const auto &op = std::get<ir::Transpose>(layer_->op);
    ir::Shape in = shapeOf(layer_->inputs[0]), out = shapeOf(layer_->output);
    in.back() /= op.perm.back() + 1 == static_cast<int64_t>(in.size()) ? kernel_.pe : 1;
    out.back() /= op.perm.back() + 1 == static_cast<int64_t>(in.size()) ? kernel_.pe : 1;
    std::vector<int64_t> strides(in.size(), 1), to;
    for (size_t d = in.size() - 1; d > 0; --d)
      strides[d - 1] = strides[d] * in[d];
    for (int64_t p : op.perm)
      to.push_back(strides[static_cast<size_t>(p)]);
    return fmt::format("static const unsigned size[] = {{{}}}, stride[] = {{{}}};\n"
                       "  braid::finn::reorderWords<{}>(in0_V, out_V, size, stride)",
                       fmt::join(out.begin(), out.end(), ", "), fmt::join(to, ", "),
                       kernel_.inputs[0].beatsPerFrame);
  }

  const Design &design_;
  const plan::Unit &unit_;
  const Kernel &kernel_;
  const ir::Layer *layer_;
};

} // namespace

std::string bodyOf(const Design &design, const plan::Unit &unit) { return Body(design, unit).text(); }

} // namespace braid::targets::finn
