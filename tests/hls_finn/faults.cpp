// What finn-hlslib gets wrong or lacks at the revision of upstream.md, and ours does not: faults N runs case
// N, faults alone prints how many there are. With FINN_HLSLIB defined only what it has.
#include "upsample.hpp"
#include "windows.h"

#include <cstdlib>

using namespace test;

typedef Numbers<ap_uint<4>> Nibble;
typedef ap_resource_dflt Auto;

/// What OFMDim % IFMDim leaves is more of the first and last pixels.
template <unsigned O, unsigned I> void upsampleByParts(const std::string &name) {
  Random random(1);
  const Images images = drawnImages<Nibble>(random, 2, I, I, 1);
  constexpr unsigned scale = O / I, first = O % I - O % I / 2;
  const auto shown = [](unsigned at) { return at < first ? 0 : std::min((at - first) / scale, I - 1); };
  Values want;
  for (unsigned frame = 0; frame < 2; frame++)
    for (unsigned y = 0; y < O; y++)
      for (unsigned x = 0; x < O; x++)
        want.push_back(images.at(frame, shown(y), shown(x), 0));
  typedef Flow<Nibble, 1, Nibble, 1> Through;
  Through().run(name, images.values, want, [](Through::Source &in, Through::Sink &out) {
    UpsampleNearestNeighbour_Batch<O, I, 1, ap_uint<4>>(in, out, 2);
  });
}

void leastScores(const std::string &name) {
  typedef Numbers<ap_int<4>> Score;
  typedef Flow<Score, 1, Numbers<ap_uint<4>>, 1> Through;
  Through().run(name, {-8, -8, -8, -8, 3, -8}, {4, 0, 1}, [](Through::Source &in, Through::Sink &out) {
    LabelSelect_Batch<6, 1, 3, ap_int<4>, ap_uint<4>>(in, out, 1);
  });
}

void naiveTwice(const std::string &name) {
  Random random(1);
  const Images images = drawnImages<Nibble>(random, 2, 1, 9, 2);
  typedef Flow<Nibble, 1, Nibble, 1> Through;
  Through().run(name, images.values, windowsOf(images, {1, 1, 1, 1}, {3, 3, 1, 3}, 1, true),
                [](Through::Source &in, Through::Sink &out) {
                  ConvolutionInputGenerator_1D_dws_naive<3, 2, 4, 9, 3, 3, 1, 1>(in, out, 2, Auto());
                });
}

#ifndef FINN_HLSLIB
template <bool depthwise> void dilatedBothWays(const std::string &name) {
  Random random(1);
  const Images images = drawnImages<Nibble>(random, 2, 9, 8, 4);
  typedef Flow<Nibble, 2, Nibble, 2> Through;
  Through().run(name, images.values, windowsOf(images, {3, 2, 2, 3}, {2, 1, 3, 5}, 2, depthwise),
                [](Through::Source &in, Through::Sink &out) {
                  if (depthwise)
                    ConvolutionInputGenerator_NonSquare_Dilated_dws<2, 3, 4, 4, 8, 9, 5, 3, 2, 1, 2, 3, 2>(
                        in, out, 2, Auto());
                  else
                    ConvolutionInputGenerator_NonSquare_Dilated<2, 3, 4, 4, 8, 9, 5, 3, 2, 1, 2, 3, 2>(
                        in, out, 2, Auto());
                });
}
#endif

struct Fault {
  const char *name;
  void (*run)(const std::string &);
};
template <void (*run)(const std::string &, std::uint64_t)> void seeded(const std::string &name) {
  run(name, 1);
}

const Fault kFaults[] = {
    {"square window, rows left over", seeded<square<Square, 2, 1, Nibble, 5, 1, 2, Auto>>},
    {"depthwise window, rows left over", seeded<square<SquareDws, 2, 2, Nibble, 7, 1, 2, Auto>>},
    {"strides differ", seeded<nonSquare<false, 2, 2, 2, Nibble, 8, 6, 1, 2, 1, Auto>>},
    {"strides differ, depthwise", seeded<nonSquare<true, 2, 2, 2, Nibble, 8, 6, 1, 1, 2, Auto>>},
    {"strides of 2, image not square", seeded<nonSquare<false, 2, 2, 2, Nibble, 8, 6, 1, 2, 2, Auto>>},
    {"one word a row", seeded<nonSquare<false, 1, 3, 1, Nibble, 1, 4, 1, 1, 1, Auto>>},
    {"narrow, high image", seeded<nonSquare<false, 4, 2, 1, Nibble, 4, 8, 1, 1, 1, Auto>>},
    {"line, kernel of 2", seeded<line<Plain, 2, 6, Nibble, 10, 2, 1, 3, Auto>>},
    {"line, depthwise, kernel as its stride", seeded<line<DwsStride, 2, 8, Nibble, 14, 2, 1, 4, Auto>>},
    {"line, depthwise, second frame", naiveTwice},
    {"upsampling by no whole factor", upsampleByParts<8, 3>},
    {"labels of least scores", leastScores},
#ifndef FINN_HLSLIB
    {"dilation of both axes", dilatedBothWays<false>},
    {"dilation of both axes, depthwise", dilatedBothWays<true>},
#endif
};

int main(int count, char **arguments) {
  const std::size_t cases = sizeof(kFaults) / sizeof(kFaults[0]);
  if (count < 2) {
    std::printf("%zu\n", cases);
    return 0;
  }
  const std::size_t which = static_cast<std::size_t>(std::atoi(arguments[1]));
  if (which >= cases)
    return 2;
  kFaults[which].run(kFaults[which].name);
  return failures() != 0;
}
