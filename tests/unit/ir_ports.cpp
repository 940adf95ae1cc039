// Ends of a model: the ONNX tensor, transposed, must be the stream.
#include "support/networks.h"

#include "braid/support/error.h"

#include <catch2/catch.hpp>

using namespace braid;

namespace {

std::string faultOf(const ir::Model &model) {
  llvm::Error error = ir::verify(model);
  return error ? llvm::toString(std::move(error)) : "";
}

ir::Model image() {
  test::Builder builder({4, 5, 3});
  const ir::StreamId out = builder.add(ir::Activation{}, {builder.input()});
  return builder.finish(out);
}

} // namespace

TEST_CASE("ports say how their tensor becomes the stream") {
  ir::Model model = image();
  model.inputs[0].onnxShape = {3, 4, 5};
  model.inputs[0].perm = {1, 2, 0};
  model.outputs[0].onnxShape = {1, 3, 4, 5, 1}; // ones do not matter
  model.outputs[0].perm = {0, 4, 2, 3, 1};
  CHECK(faultOf(model).empty());

  model.inputs[0].perm = {2, 1, 0};
  CHECK(faultOf(model).find("input 'input' has shape [5, 4, 3], its stream [4, 5, 3]") != std::string::npos);
  model.inputs[0].perm = {1, 1, 0};
  CHECK(faultOf(model).find("[1, 1, 0] is no order of the dimensions of [3, 4, 5]") != std::string::npos);
  model.inputs[0].perm = {1, 2};
  CHECK(faultOf(model).find("is no order of the dimensions") != std::string::npos);
  model.inputs[0].perm = {1, 2, 0};
  model.outputs[0].onnxShape = {60};
  model.outputs[0].perm.clear();
  CHECK(faultOf(model).find("has shape [60], its stream [4, 5, 3]") != std::string::npos);
}
