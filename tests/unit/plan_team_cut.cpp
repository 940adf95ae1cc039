// Layers over the members of a team: what can be built of the largest slice can, fitted, be built of the
// others.
#include "team_cut.h"

#include "support/whole_numbers.h"

#include <catch2/catch.hpp>

using namespace braid;
using plan::SplitMode;

namespace {

/// The layer of the split model that is this slice.
const ir::Layer &sliceOf(const plan::TeamCut &cut, const plan::Placement &p) {
  for (size_t l = 0; l < cut.split.layers.size(); ++l)
    if (const plan::LayerOrigin &origin = cut.split.layers[l];
        origin.role == plan::LayerOrigin::Role::Slice && origin.layer == p.layer && origin.slice == p.slice)
      return cut.split.model.layers[l];
  FAIL("a slice that is no layer");
  return cut.split.model.layers[0];
}

} // namespace

TEST_CASE("choices of the largest slice of a team are fitted to the others", "[finn]") {
  int shared = 0, unequal = 0, changed = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    test::Random random(seed);
    const ir::Model model = test::randomIntegerNetwork(random);
    for (SplitMode along : {SplitMode::Neuron, SplitMode::Input, SplitMode::Rows})
      for (int members : {2, 3, 4}) {
        const auto cut = plan::cutForTeam(model, along, members, kernel::Style::Finn);
        if (!cut)
          continue;
        for (const plan::Placement &p : cut->plan.placements) {
          const ir::Layer &largest = cut->split.model.layer(cut->largestSlice(p.layer)),
                          &own = sliceOf(*cut, p);
          if (!cut->isShared(p.layer))
            continue;
          ++shared;
          unequal +=
              cut->split.model.stream(own.output).shape != cut->split.model.stream(largest.output).shape;
          for (const kernel::Implementation &made : kernel::implementations(
                   cut->split.model, largest, kernel::Style::Finn, kernel::IoMode::Stream)) {
            const kernel::Implementation fitted = cut->fitted(made, p);
            changed += fitted.folding.pe != made.folding.pe || fitted.folding.simd != made.folding.simd;
            INFO("seed " << seed << ", " << members << " by " << plan::name(along) << ", layer " << own.name
                         << ", PE " << fitted.folding.pe << ", SIMD " << fitted.folding.simd);
            REQUIRE(fitted.folding.pe <= made.folding.pe);
            REQUIRE(fitted.folding.simd <= made.folding.simd);
            auto kernels =
                kernel::lowerLayer(cut->split.model, own, kernel::wholeSlice(cut->split.model, own), fitted);
            if (!kernels)
              FAIL(llvm::toString(kernels.takeError()));
          }
        }
      }
  }
  INFO(shared << " slices, " << unequal << " smaller than the largest, " << changed << " choices fitted");
  CHECK(shared > 500);
  CHECK(unequal > 100);
  CHECK(changed > 100);
}
