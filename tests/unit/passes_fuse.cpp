// What the fuse pass joins, and what it leaves apart.
#include "frontend_read.h"

#include "passes.h"

using namespace braid;
using namespace braid::test;

namespace {

/// x -> Mul (by the factors, one per channel) -> Conv 1x1, fused.
ir::Model scaledConvolution(llvm::ArrayRef<float> factors) {
  OnnxFile file;
  file.input("x", {1, 2, 4, 4}).floats("s", {2, 1, 1}, factors).floats("w", {1, 2, 1, 1}, {8, 16});
  file.node("Mul", {"x", "s"}, {"m"}).node("Conv", {"m", "w"}, {"y"}).output("y");
  pass::Design design;
  design.source = readModel(file);
  llvm::cantFail(pass::fuse(design));
  return std::move(design.source);
}

} // namespace

TEST_CASE("a-scale-near-1-goes-into-the-weights-behind-it", "[passes]") {
  const ir::Model model = scaledConvolution({0.5F, -2});
  REQUIRE(kinds(model) == "Conv");
  CHECK(opOf<ir::Conv>(model, 0).weights.floats() == std::vector<float>{4, -32});
}

TEST_CASE("a-scale-that-would-shrink-weights-below-their-type-stays-a-layer", "[passes]") {
  CHECK(kinds(scaledConvolution({0.5F, 1 / 255.0F})) == "Affine Conv");
  CHECK(kinds(scaledConvolution({100, 1})) == "Affine Conv");
}
