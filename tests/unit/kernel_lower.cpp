// Every typed layer has kernels whose numbers follow from its shapes.
#include "kernel_models.h"

#include "braid/support/error.h"

using namespace braid;
using namespace braid::kernel;
using kernels::kParallel;
using kernels::kStream;
using kernels::lowered;
using kernels::modelOf;

namespace {

std::string errorOf(const ir::Model &model, const Slice &slice, Implementation implementation) {
  auto out = lowerLayer(model, model.layers[0], slice, implementation);
  REQUIRE_FALSE(static_cast<bool>(out));
  return llvm::toString(out.takeError());
}

} // namespace

TEST_CASE("a dense layer is one matrix", "[kernel]") {
  const ir::Model model = modelOf(kernels::dense(16, 784), {{784}});
  const auto out = lowered(model, kernels::resource(IoMode::Parallel, 98));
  REQUIRE(out.size() == 1);
  const Kernel &k = out[0];
  CHECK(k.kind == KernelKind::Dense);
  CHECK(k.mh == 16);
  CHECK(k.mw == 784);
  CHECK(k.positions == 1);
  CHECK(k.weights == 12544);
  CHECK(k.nonZeroWeights == 12544); // zeros are not free with Resource
  CHECK(k.weightBits == 8);
  CHECK(k.accumBits == 30);
  CHECK(k.inputs[0].widthBits == 784 * 16);
  CHECK(k.inputs[0].beatsPerFrame == 1);
  CHECK(k.outputs[0].widthBits == 256);
  const auto streamed = lowered(model, kernels::resource(IoMode::Stream, 98));
  CHECK(streamed[0].inputs[0].widthBits == 196 * 16);
  CHECK(streamed[0].inputs[0].beatsPerFrame == 4);
}

TEST_CASE("zero weights are counted where they are free", "[kernel]") {
  CHECK(lowered(modelOf(kernels::dense(8, 32), {{32}}), kParallel)[0].nonZeroWeights ==
        192); // three of four of 256
}

TEST_CASE("slices of a dense layer", "[kernel]") {
  const ir::Model model = modelOf(kernels::dense(16, 784), {{784}});
  Slice half = wholeSlice(model, model.layers[0]);
  CHECK(half == Slice{0, 16, 0, 784, 0, 1});
  half.colBegin = 392;
  half.rowEnd = 8;
  auto out = lowerLayer(model, model.layers[0], half, kernels::resource(IoMode::Parallel, 56));
  REQUIRE(static_cast<bool>(out));
  CHECK((*out)[0].mh == 8);
  CHECK((*out)[0].mw == 392);
  CHECK((*out)[0].weights == 8 * 392);
  CHECK((*out)[0].inputs[0].widthBits == 392 * 16);
}

TEST_CASE("a streamed convolution with padding pads first", "[kernel]") {
  const ir::Model model = modelOf(kernels::conv(16, 8, 3, 1), {{28, 30, 8}});
  const auto out = lowered(model, kernels::resource(IoMode::Stream, 72));
  REQUIRE(out.size() == 2);
  CHECK(out[0].kind == KernelKind::ZeroPad);
  CHECK(out[0].name == "layer_pad");
  CHECK(out[0].inputPositions == 28 * 30);
  CHECK(out[0].positions == 30 * 32);
  CHECK(out[0].outputs[0].beatsPerFrame == 30 * 32);
  CHECK(out[0].outputs[0].widthBits == 128);
  const Kernel &k = out[1];
  CHECK(k.kind == KernelKind::Conv);
  CHECK(k.mh == 16);
  CHECK(k.mw == 72);
  CHECK(k.taps == 9);
  CHECK(k.positions == 28 * 30);
  CHECK(k.inputPositions == 30 * 32);
  CHECK(k.inputWidth == 32);
  CHECK(k.inputChannels == 8);
  CHECK(k.inputs[0].beatsPerFrame == 30 * 32);
  CHECK(k.outputs[0].beatsPerFrame == 28 * 30);
  CHECK(k.weights == 16 * 72);
}

TEST_CASE("convolutions that pad inside are one kernel", "[kernel]") {
  CHECK(lowered(modelOf(kernels::conv(16, 8, 3, 1), {{28, 28, 8}}), kernels::resource(IoMode::Parallel, 72))
            .size() == 1);
  CHECK(lowered(modelOf(kernels::conv(16, 8, 3, 0), {{28, 28, 8}}), kernels::resource(IoMode::Stream, 72))
            .size() == 1);
  CHECK(lowered(modelOf(kernels::conv(16, 8, 3, 1, 2), {{28, 28, 8}}), kernels::resource(IoMode::Stream, 36))
            .size() == 1);
  ir::Conv dilated = kernels::conv(16, 8, 3, 2);
  dilated.window.dilation[0] = dilated.window.dilation[1] = 2;
  const auto out = lowered(modelOf(dilated, {{28, 28, 8}}), kernels::resource(IoMode::Stream, 72));
  REQUIRE(out.size() == 1);
  CHECK(out[0].window[0] == 5); // rows held
  CHECK(out[0].taps == 9);
}

TEST_CASE("groups and depthwise convolutions have a matrix per group", "[kernel]") {
  const auto grouped =
      lowered(modelOf(kernels::conv(16, 8, 3, 0, 2), {{28, 28, 8}}), kernels::resource(IoMode::Stream, 36));
  CHECK(grouped[0].kind == KernelKind::Conv);
  CHECK(grouped[0].groups == 2);
  CHECK(grouped[0].mh == 8);
  CHECK(grouped[0].mw == 36);
  const auto depthwise =
      lowered(modelOf(kernels::conv(8, 8, 3, 0, 8), {{28, 28, 8}}), kernels::resource(IoMode::Stream, 9));
  CHECK(depthwise[0].kind == KernelKind::DepthwiseConv);
  CHECK(depthwise[0].groups == 8);
  CHECK(depthwise[0].mh == 1);
  CHECK(depthwise[0].mw == 9);
  CHECK(depthwise[0].weights == 72);
}

TEST_CASE("grouped convolutions are cut at whole groups", "[kernel]") {
  const ir::Model model = modelOf(kernels::conv(16, 8, 3, 0, 2), {{28, 28, 8}});
  Slice slice = wholeSlice(model, model.layers[0]);
  slice.rowEnd = 4;
  CHECK(errorOf(model, slice, kStream)
            .find("node 'layer' (Conv): error: a convolution with 2 groups is cut at multiples of 8 "
                  "output channels only") != std::string::npos);
  slice.rowEnd = 8;
  auto out = lowerLayer(model, model.layers[0], slice, kStream);
  REQUIRE(static_cast<bool>(out));
  CHECK((*out)[0].groups == 1);
  CHECK((*out)[0].channels == 8);
}

TEST_CASE("rows of positions of a convolution", "[kernel]") {
  const ir::Model model = modelOf(kernels::conv(16, 8, 3, 0), {{28, 28, 8}});
  Slice slice = wholeSlice(model, model.layers[0]);
  CHECK(slice.posEnd == 26);
  slice.posEnd = 13;
  auto out = lowerLayer(model, model.layers[0], slice, kernels::resource(IoMode::Stream, 72));
  REQUIRE(static_cast<bool>(out));
  CHECK((*out)[0].positions == 13 * 26);
  CHECK((*out)[0].inputPositions == 15 * 28); // two halo rows
}

TEST_CASE("pools see padding and windows", "[kernel]") {
  ir::Pool op;
  op.window.kernel[0] = op.window.kernel[1] = 3;
  op.window.stride[0] = op.window.stride[1] = 2;
  op.window.padBegin[0] = op.window.padBegin[1] = 1;
  const auto out = lowered(modelOf(op, {{28, 28, 8}}), kStream);
  REQUIRE(out.size() == 1);
  CHECK(out[0].kind == KernelKind::Pool);
  CHECK(out[0].positions == 14 * 14);
  CHECK(out[0].inputPositions == 29 * 29);
  CHECK(out[0].taps == 9);
  const auto global = lowered(modelOf(ir::GlobalPool{}, {{7, 7, 64}}), kStream);
  CHECK(global[0].kind == KernelKind::GlobalPool);
  CHECK(global[0].pool == ir::PoolKind::Average);
  CHECK(global[0].positions == 1);
  CHECK(global[0].inputPositions == 49);
}

TEST_CASE("activations: arithmetic or tables", "[kernel]") {
  using ir::ActivationKind;
  auto lower = [](ActivationKind kind) {
    ir::Activation op;
    op.kind = kind;
    op.paramType = num::signedFixed(12, 2);
    op.table.values = std::make_shared<const std::vector<int64_t>>(1024, 1);
    return lowered(modelOf(op, {{4, 4, 8}}), kStream)[0];
  };
  CHECK(lower(ActivationKind::Relu).kind == KernelKind::Activation);
  CHECK(lower(ActivationKind::Relu).weightBits == 0);
  CHECK(lower(ActivationKind::LeakyRelu).weightBits == 12);
  CHECK(lower(ActivationKind::PRelu).weightBits == 12);
  CHECK(lower(ActivationKind::HardSigmoid).biasBits == 12);
  CHECK(lower(ActivationKind::Clip).kind == KernelKind::Activation);
  for (ActivationKind kind :
       {ActivationKind::Sigmoid, ActivationKind::Tanh, ActivationKind::Elu, ActivationKind::Selu}) {
    CHECK(lower(kind).kind == KernelKind::TableActivation);
    CHECK(lower(kind).tableEntries == 1024);
    CHECK(lower(kind).tableBits == 16);
  }
}

TEST_CASE("the other layers", "[kernel]") {
  ir::Softmax softmax;
  softmax.expTable = std::make_shared<const std::vector<int64_t>>(1024, 1);
  softmax.invTable = std::make_shared<const std::vector<int64_t>>(512, 1);
  const Kernel soft = lowered(modelOf(softmax, {{10}}), kParallel)[0];
  CHECK(soft.kind == KernelKind::Softmax);
  CHECK(soft.tableEntries == 1024);
  CHECK(soft.secondTableEntries == 512);
  CHECK(soft.tableBits == 18);

  ir::Affine affine;
  affine.scale = affine.bias = kernels::weights(8, 1, 1);
  affine.scaleType = affine.biasType = num::signedFixed(12, 2);
  const Kernel scaled = lowered(modelOf(affine, {{4, 4, 8}}), kStream)[0];
  CHECK(scaled.kind == KernelKind::Affine);
  CHECK(scaled.weights == 8);
  CHECK(scaled.nonZeroWeights == 6);

  const Kernel product =
      lowered(modelOf(ir::Binary{ir::BinaryKind::Mul}, {{4, 4, 8}, {4, 4, 8}}), kStream)[0];
  CHECK(product.kind == KernelKind::Binary);
  CHECK(product.binary == ir::BinaryKind::Mul);
  CHECK(product.inputs.size() == 2);

  CHECK(lowered(modelOf(ir::Concat{2}, {{4, 4, 8}, {4, 4, 8}, {4, 4, 8}}), kStream)[0].copies == 3);
  CHECK(lowered(modelOf(ir::Transpose{{2, 0, 1}}, {{4, 4, 8}}), kStream)[0].kind == KernelKind::Transpose);
  const Kernel flat = lowered(modelOf(ir::Reshape{{128}}, {{4, 4, 8}}), kStream)[0];
  CHECK(flat.kind == KernelKind::Rename);
  CHECK(flat.inputs[0].widthBits == 128);
  CHECK(flat.outputs[0].widthBits == 2048);
  ir::Upsample upsample;
  upsample.factor[0] = upsample.factor[1] = 2;
  CHECK(lowered(modelOf(upsample, {{4, 4, 8}}), kStream)[0].positions == 64);
  ir::Pad pad;
  pad.begin = {1, 2, 0};
  pad.end = {0, 1, 0};
  CHECK(lowered(modelOf(pad, {{4, 4, 8}}), kStream)[0].positions == 35);
}

TEST_CASE("a reshape that only dense layers read is a name", "[kernel]") {
  ir::Model model = modelOf(ir::Reshape{{128}}, {{4, 4, 8}});
  CHECK(isNameOnly(model, model.layers[0], IoMode::Parallel));
  CHECK_FALSE(isNameOnly(model, model.layers[0], IoMode::Stream)); // it is an output
  model.outputs.clear();
  ir::Layer reader;
  reader.name = "reader";
  reader.op = kernels::dense(10, 128);
  reader.inputs = {model.layers[0].output};
  reader.output = model.addStream("y", {10}, kernels::fixed16());
  model.addLayer(std::move(reader));
  CHECK(isNameOnly(model, model.layers[0], IoMode::Stream));
  CHECK(lowered(model, kStream)[0].outputs[0].widthBits == 128);
}

TEST_CASE("paddings without a kernel say what has one", "[kernel]") {
  ir::Pad pad;
  pad.begin = {1, 1, 0};
  pad.end = {0, 0, 0};
  pad.value = 0.5;
  ir::Model model = modelOf(pad, {{4, 4, 8}});
  CHECK(errorOf(model, wholeSlice(model, model.layers[0]), kStream)
            .find("(Pad): error: padding with 0.5 has no kernel; only 0 has") != std::string::npos);
  pad.value = 0;
  pad.begin = {0, 0, 1};
  model = modelOf(pad, {{4, 4, 8}});
  CHECK(errorOf(model, wholeSlice(model, model.layers[0]), kStream)
            .find("only rows and columns of [H, W, C] are padded; found [4, 4, 8]") != std::string::npos);
}

TEST_CASE("crossings have no kernels of their own", "[kernel]") {
  ir::Model model;
  ir::Layer send;
  send.name = "send";
  send.op = ir::Send{0};
  send.inputs = {model.addStream("x", {8}, kernels::fixed16())};
  model.addLayer(send);
  CHECK(lowered(model, kStream).empty());
}

TEST_CASE("implementations are printed as people write them", "[kernel]") {
  CHECK(toString(kernels::resource(IoMode::Stream, 72)) == "hls4ml io_stream Resource RF 72");
  CHECK(toString(kParallel) == "hls4ml io_parallel Latency RF 1");
}
