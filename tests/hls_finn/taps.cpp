// Windows of which several taps leave at a time (braid_taps.hpp); the cases are configs.py's.
#include "images.h"

#include "braid_taps.hpp"

using namespace test;

namespace test {

/// Three frames, a call each: none of a frame is left for the next. A beat is a word of `windowsOf` for each
/// of its taps.
template <unsigned Ky, unsigned Kx, unsigned C, class Lane, unsigned Iy, unsigned Ix, unsigned SIMD,
          unsigned Taps, unsigned Sy, unsigned Sx, unsigned Dy, unsigned Dx>
void taps(const std::string &name, std::uint64_t seed) {
  constexpr unsigned frames = 3, outY = windowsIn(Iy, Ky, Sy, Dy), outX = windowsIn(Ix, Kx, Sx, Dx);
  Random random(seed);
  const Images images = drawnImages<Lane>(random, frames, Iy, Ix, C);
  typedef Flow<Lane, SIMD, Lane, Taps * SIMD> Through;
  Through().run(
      name, images.values,
      asBits<Lane>(windowsOf(images, {Ky, Sy, Dy, outY}, {Kx, Sx, Dx, outX}, SIMD, SIMD < C)),
      [](typename Through::Source &in, typename Through::Sink &out) {
        for (unsigned frame = 0; frame < frames; frame++)
          braid::finn::windowTaps<Lane::width, C, SIMD, Taps, Ky, Kx, Iy, Ix, outY, outX, Sy, Sx, Dy, Dx>(
              in, out);
      });
}

template <unsigned Ky, unsigned Kx, unsigned Iy, unsigned Ix, unsigned Stride, unsigned Folds, unsigned Taps>
void cycles(const std::string &name, unsigned want) {
  typedef braid::finn::WindowAxis<Ky, Iy, windowsIn(Iy, Ky, Stride), Stride> Y;
  typedef braid::finn::WindowAxis<Kx, Ix, windowsIn(Ix, Kx, Stride), Stride> X;
  report(name, {braid::finn::TapWindows<Y, X, Folds, 8, Taps>::cycles}, {want}, true);
}

/// Counted by hand; `run` needs them all, since it reads and writes in them.
void countedCycles() {
  cycles<3, 3, 5, 5, 1, 1, 9>("cycles: every word ends a window or none", 25);
  // 2 rows and 2 pixels, then 9 windows of 3 beats; the two pixels between rows of windows go beside.
  cycles<3, 3, 5, 5, 1, 1, 3>("cycles: beats of three taps", 12 + 9 * 3);
  // 6 rows and 6 pixels; 112 rows of 112 windows of 7 beats; 237 pixels between rows, 6 of them beside; a row
  // and a pixel left over, 6 of them beside.
  cycles<7, 7, 230, 230, 2, 1, 7>("cycles: stride 2", 1386 + 112 * 112 * 7 + 111 * 231 + 225);
  cycles<7, 7, 230, 230, 2, 1, 49>("cycles: a window at a time", 230 * 230);
  cycles<1, 3, 1, 5, 1, 2, 1>("cycles: two folds", 2 * 2 + 3 * 2 * 3);
}

} // namespace test

int main() {
  countedCycles();
#include "taps.inc"
  return failures() != 0;
}
