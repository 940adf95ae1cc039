// Pooling, sums over images, labels of the largest scores; the cases are configs.py's.
#include "images.h"

using namespace test;

constexpr unsigned kFrames = 2;

/// The largest of each window of size x size; `least` where a window has no pixel.
inline Values largest(const Images &images, unsigned sizeY, unsigned sizeX, unsigned outY, unsigned outX,
                      std::int64_t least) {
  Values values;
  for (unsigned frame = 0; frame < images.frames; frame++) {
    for (unsigned oy = 0; oy < outY; oy++) {
      for (unsigned ox = 0; ox < outX; ox++) {
        for (unsigned c = 0; c < images.channels; c++) {
          std::int64_t best = least;
          for (unsigned y = oy * sizeY; y < std::min((oy + 1) * sizeY, images.height); y++)
            for (unsigned x = ox * sizeX; x < std::min((ox + 1) * sizeX, images.width); x++)
              best = std::max(best, images.at(frame, y, x, c));
          values.push_back(best);
        }
      }
    }
  }
  return values;
}

template <unsigned I, unsigned P, unsigned C> void maxBits(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Bipolar>(random, kFrames, I, I, C);
  typedef Flow<Bipolar, C, Bipolar, C> Through;
  Through().run(name, images.values, asBits<Bipolar>(largest(images, P, P, I / P, I / P, -1)),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  StreamingMaxPool_Batch<I, P, C>(in, out, kFrames);
                });
}

template <unsigned I, unsigned P, unsigned C, class Lane, int least>
void maxNumbers(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, I, I, C);
  typedef Flow<Lane, C, Lane, C> Through;
  Through().run(name, images.values, largest(images, P, P, I / P, I / P, least),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  for (unsigned frame = 0; frame < kFrames; frame++)
                    StreamingMaxPool_Precision<I, P, C, typename Lane::Type, least>(in, out);
                });
}

/// Words of `in` lanes to words of `out` lanes.
template <unsigned I, unsigned P, unsigned C, class Lane, int least, unsigned in, unsigned out>
void maxFolded(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, I, I, C);
  typedef Flow<Lane, in, Lane, out> Through;
  Through().run(name, images.values, largest(images, P, P, I / P, I / P, least),
                [](typename Through::Source &from, typename Through::Sink &to) {
                  StreamingMaxPool_Precision_Batch<I, P, C, typename Lane::Type, least>(from, to, kFrames);
                });
}

template <unsigned I, unsigned P, unsigned C, unsigned PE, unsigned O, class Lane, int least>
void maxLine(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, 1, I, C);
  typedef Flow<Lane, PE, Lane, PE> Through;
  Through().run(name, images.values, largest(images, 1, P, 1, O, least),
                [](typename Through::Source &in, typename Through::Sink &out) {
                  StreamingMaxPool_Precision_Batch_1d<I, P, C, PE, O, typename Lane::Type, least>(in, out,
                                                                                                  kFrames);
                });
}

template <unsigned I, unsigned C, unsigned PE, class Lane, class Sum>
void sums(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, kFrames, I, I, C);
  Values want;
  for (unsigned frame = 0; frame < kFrames; frame++) {
    for (unsigned c = 0; c < C; c++) {
      std::int64_t sum = 0;
      for (unsigned pixel = 0; pixel < I * I; pixel++)
        sum += images.at(frame, pixel / I, pixel % I, c);
      want.push_back(wrapped(sum, IntegerFormat<Sum>::width, IntegerFormat<Sum>::isSigned));
    }
  }
  typedef Flow<Lane, PE, Numbers<Sum>, PE> Through;
  Through().run(name, images.values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    AccPool_Batch<I, C, typename Lane::Type, PE, Sum>(in, out, kFrames);
  });
}

/// No score is the least of its type: finn-hlslib never selects that one.
template <unsigned classes, unsigned PE, unsigned top, class Lane, class Label>
void labels(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const unsigned frames = 8;
  Values x, want;
  for (unsigned frame = 0; frame < frames; frame++) {
    Values scores;
    for (unsigned i = 0; i < classes; i++) // few different ones, so that there are ties
      scores.push_back(random.between(0, 3) == 0 ? Lane::most() : Lane::least() + random.between(1, 3));
    std::vector<unsigned> order(classes);
    for (unsigned i = 0; i < classes; i++)
      order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&scores](unsigned a, unsigned b) { return scores[a] > scores[b]; });
    want.insert(want.end(), order.begin(), order.begin() + top);
    x.insert(x.end(), scores.begin(), scores.end());
  }
  typedef Flow<Lane, PE, Numbers<Label>, 1> Through;
  Through().run(name, x, want, [](typename Through::Source &in, typename Through::Sink &out) {
    LabelSelect_Batch<classes, PE, top, typename Lane::Type, Label>(in, out, 8);
  });
}

enum Pool { Largest, Sum, Mean, Shifted };
template <Pool, class T, class TA, class TO, unsigned size> struct PoolCall;
template <class T, class TA, class TO, unsigned size> struct PoolCall<Largest, T, TA, TO, size> {
  typedef MaxPoolFunction<T, size> Function;
};
template <class T, class TA, class TO, unsigned size> struct PoolCall<Sum, T, TA, TO, size> {
  typedef AccPoolFunction<TA, size> Function;
};
template <class T, class TA, class TO, unsigned size> struct PoolCall<Mean, T, TA, TO, size> {
  typedef AvgPoolFunction<TA, TO, size> Function;
};
template <class T, class TA, class TO, unsigned size> struct PoolCall<Shifted, T, TA, TO, size> {
  typedef QuantAvgPoolFunction<TA, TO, size> Function;
};

/// Windows as the depthwise sliding windows give them. `size`: what the function is made for, elements or
/// bits.
template <Pool what, unsigned C, unsigned PE, unsigned K, class Lane, class TA, class TO, unsigned size>
void pool(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const unsigned pixels = 3;
  const Values x = drawn<Lane>(random, pixels * C * K); // [pixel][fold][k][pe]
  Values want;
  for (unsigned pixel = 0; pixel < pixels; pixel++) {
    for (unsigned c = 0; c < C; c++) {
      std::int64_t best = Lane::least(), sum = 0;
      for (unsigned k = 0; k < K; k++) {
        const std::int64_t value = x[((pixel * (C / PE) + c / PE) * K + k) * PE + c % PE];
        best = std::max(best, value);
        sum += value;
      }
      sum = wrapped(sum, IntegerFormat<TA>::width, IntegerFormat<TA>::isSigned);
      const std::int64_t result = what == Largest ? best
                                  : what == Sum   ? sum
                                  : what == Mean  ? sum / size
                                                  : sum >> size;
      want.push_back(wrapped(result, IntegerFormat<TO>::width, IntegerFormat<TO>::isSigned));
    }
  }
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, x, want, [](typename Through::Source &in, typename Through::Sink &out) {
    typename PoolCall<what, typename Lane::Type, TA, TO, size>::Function function;
    Pool_batch<C, PE, K, Slice<typename Lane::Type>, Slice<TO>>(in, out, function, 3);
  });
}

int main() {
#include "pools.inc"
  return failures() != 0;
}
