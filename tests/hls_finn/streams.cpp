// Units that move words: padding, width conversion, upsampling, copies, memories; the cases are configs.py's.
#include "images.h"

#include "upsample.hpp"

using namespace test;

constexpr unsigned kFrames = 2;

/// With zeros around, or between (`spread` > 1).
template <class Lane>
Values paddedImages(const Images &images, unsigned top, unsigned left, unsigned height, unsigned width,
                    unsigned spreadY = 1, unsigned spreadX = 1) {
  Values values;
  for (unsigned frame = 0; frame < images.frames; frame++) {
    for (unsigned y = 0; y < height; y++) {
      for (unsigned x = 0; x < width; x++) {
        const unsigned iy = (y - top) / spreadY, ix = (x - left) / spreadX;
        const bool inside = y >= top && x >= left && (y - top) % spreadY == 0 && (x - left) % spreadX == 0 &&
                            iy < images.height && ix < images.width;
        for (unsigned c = 0; c < images.channels; c++)
          values.push_back(inside ? Lane::bits(images.at(frame, iy, ix, c)) : 0);
      }
    }
  }
  return values;
}

template <unsigned I, unsigned before, unsigned behind, unsigned C, unsigned SIMD, class Lane>
void padSquare(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, I, I, C);
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(name, images.values,
                paddedImages<Lane>(images, before, before, I + before + behind, I + before + behind),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  FMPadding_Batch<I, I + before + behind, before, behind, C, SIMD, typename Lane::Type>(
                      in, out, kFrames);
                });
}

template <unsigned W, unsigned H, unsigned left, unsigned right, unsigned top, unsigned bottom, unsigned C,
          unsigned SIMD, class Lane>
void padNonSquare(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, H, W, C);
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  Through().run(name, images.values,
                paddedImages<Lane>(images, top, left, H + top + bottom, W + left + right),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  FMPadding_nonsquare_Batch<W + left + right, H + top + bottom, left, right, top, bottom, C,
                                            SIMD, typename Lane::Type>(in, out, kFrames);
                });
}

template <unsigned W, unsigned H, unsigned Sx, unsigned Sy, unsigned C, unsigned SIMD, class Lane>
void padPixels(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, 1, H, W, C);
  typedef Flow<Lane, SIMD, Lane, SIMD> Through;
  constexpr unsigned width = (W - 1) * Sx + 1, height = (H - 1) * Sy + 1;
  Through().run(name, images.values, paddedImages<Lane>(images, 0, 0, height, width, Sy, Sx),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  FMPadding_Pixel_Nonsquare<width, height, Sx, Sy, C, SIMD, typename Lane::Type>(in, out);
                });
}

/// Whole factors.
template <bool twoDimensions, unsigned I, unsigned factor, unsigned C, class Lane>
void upsample(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, twoDimensions ? kFrames : 1, twoDimensions ? I : 1, I, C);
  Values want;
  for (unsigned frame = 0; frame < images.frames; frame++)
    for (unsigned y = 0; y < (twoDimensions ? I * factor : 1); y++)
      for (unsigned x = 0; x < I * factor; x++)
        for (unsigned c = 0; c < C; c++)
          want.push_back(Lane::bits(images.at(frame, y / factor, x / factor, c)));
  typedef Flow<Lane, C, Lane, C> Through;
  Through().run(name, images.values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    if (twoDimensions)
      UpsampleNearestNeighbour_Batch<I * factor, I, C, ap_uint<Lane::width>>(in, out, kFrames);
    else
      UpsampleNearestNeighbour_1D<I * factor, I, C, ap_uint<Lane::width>>(in, out);
  });
}

/// Lanes of `Lane` from words of A to words of B, through the least common multiple where neither divides the
/// other.
template <unsigned A, unsigned B, unsigned middle, unsigned words, class Lane>
void convert(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values values = drawn<Lane>(random, kFrames * words * A);
  constexpr int W = Lane::width;
  typedef Flow<Lane, A, Lane, B> Through;
  Through().run(
      name, values, asBits<Lane>(values), [](typename Through::Source &in, typename Through::Sink &out) {
        hls::stream<ap_uint<middle * W>> between("between");
        StreamingDataWidthConverter_Batch<A * W, middle * W, words>(in, between, kFrames);
        StreamingDataWidthConverter_Batch<middle * W, B * W, words * A / middle>(between, out, kFrames);
      });
}

template <unsigned lanes, unsigned words, class Lane>
void duplicate(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values values = drawn<Lane>(random, kFrames * words * lanes);
  typedef Flow<Lane, lanes, Lane, lanes> Through;
  Values first;
  Through().run(name, values, asBits<Lane>(values),
                [&first](typename Through::Source &in, typename Through::Sink &out) {
                  typename Through::Sink other("other");
                  DuplicateStreams_Batch<lanes * Lane::width, words>(in, other, out, kFrames);
                  first = receive<typename Lane::Type>(other, lanes);
                });
  report(name + " first", first, asBits<Lane>(values));
}

template <unsigned lanes, unsigned words, unsigned allowed, class Lane>
void limit(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values values = drawn<Lane>(random, kFrames * words * lanes);
  Values want;
  for (unsigned i = 0; i < values.size(); i++)
    if (i / lanes % words < allowed)
      want.push_back(Lane::bits(values[i]));
  typedef Flow<Lane, lanes, Lane, lanes> Through;
  Through().run(name, values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    StreamLimiter_Batch<lanes * Lane::width, allowed, words>(in, out, kFrames);
  });
}

/// Stream to memory and back, 17 frames: more than finn-hlslib's bursts of 16.
template <unsigned bytes, unsigned words> void memory(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const unsigned frames = 17;
  typedef Numbers<ap_uint<8>> Byte;
  const Values values = drawn<Byte>(random, frames * words * bytes);
  typedef Flow<Byte, bytes, Byte, bytes> Through;
  static ap_uint<bytes * 8> stored[frames * words];
  Through().run(name, values, values, [](typename Through::Source &in, typename Through::Sink &out) {
    Stream2Mem_Batch<bytes * 8, bytes * words>(in, stored, 17);
    Mem2Stream_Batch<bytes * 8, bytes * words>(stored, out, 17);
  });
  Values again;
  for (unsigned rep = 0; rep < 3; rep++)
    again.insert(again.end(), values.begin(), values.begin() + words * bytes);
  Through().run(name + " weights", {}, again, [](typename Through::Source &, typename Through::Sink &out) {
    Mem2Stream_Batch_external_wmem<bytes * 8, bytes * words>(stored, out, 3);
  });
}

template <unsigned bytes, unsigned words> void qdma(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  typedef Numbers<ap_uint<8>> Byte;
  const Values values = drawn<Byte>(random, kFrames * words * bytes);
  typedef Flow<Byte, bytes, Byte, bytes> Through;
  Values last, ends;
  Through().run(name, values, values, [&](typename Through::Source &in, typename Through::Sink &out) {
    typedef hls::stream<qdma_axis<bytes * 8, 0, 0, 0>> Link;
    Link link("link"), marked("marked");
    Stream2Qdma_Batch<bytes * 8, words>(in, link, kFrames);
    for (unsigned i = 0; i < kFrames * words; i++) {
      const qdma_axis<bytes * 8, 0, 0, 0> word = link.read();
      last.push_back(word.get_last() != 0);
      ends.push_back(i % words == words - 1);
      marked.write(word);
    }
    Qdma2Stream_Batch<bytes * 8, words>(marked, out, kFrames);
  });
  report(name + " last", last, ends);
}

template <unsigned lanes, unsigned words, class T, class Out>
void cast(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values values = drawn<Numbers<T>>(random, words);
  hls::stream<T> in("in");
  hls::stream<Out> out("out");
  Values got, want;
  for (std::int64_t value : values) {
    in.write(T(static_cast<long long>(value)));
    want.push_back(wrapped(value, IntegerFormat<Out>::width, IntegerFormat<Out>::isSigned));
  }
  StreamingCast<T, Out>(in, out, words);
  while (!out.empty())
    got.push_back(out.read().to_int64());
  report(name, got, want, in.empty());
}

int main() {
#include "streams.inc"
  return failures() != 0;
}
