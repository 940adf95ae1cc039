// Units that finn-hlslib has not (braid_units.hpp); the cases are configs.py's.
#include "images.h"

#include "braid_units.hpp"

using namespace test;

template <class Lane, unsigned InLanes, unsigned OutLanes, unsigned Elements>
void regroup(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values x = drawn<Lane>(random, Elements);
  typedef Flow<Lane, InLanes, Numbers<typename Lane::Type>, OutLanes> Through;
  Through().run(name, x, asBits<Lane>(x), [](typename Through::Source &in, typename Through::Sink &out) {
    braid::finn::regroup<Lane::width, InLanes, OutLanes, Elements>(in, out);
  });
}

/// `Pixels` of InChannels to as many of OutChannels: zeros behind them, or the last ones gone.
template <class Lane, unsigned InLanes, unsigned OutLanes, unsigned InChannels, unsigned OutChannels,
          unsigned Pixels, bool fills>
struct Resize {
  typedef Flow<Lane, InLanes, Numbers<typename Lane::Type>, OutLanes> Through;
  template <class Call> static void run(const std::string &name, std::uint64_t seed, Call call) {
    Random random(seed);
    const Values x = drawn<Lane>(random, InChannels * Pixels);
    Values want;
    for (unsigned pixel = 0; pixel < Pixels; pixel++)
      for (unsigned c = 0; c < OutChannels; c++)
        want.push_back(c < InChannels ? Lane::bits(x[pixel * InChannels + c]) : 0);
    Through().run(name, x, want, call);
  }
};

template <class Lane, unsigned InLanes, unsigned OutLanes, unsigned InChannels, unsigned OutChannels,
          unsigned Pixels>
void fill(const std::string &name, std::uint64_t seed) {
  typedef Resize<Lane, InLanes, OutLanes, InChannels, OutChannels, Pixels, true> Case;
  Case::run(name, seed, [](typename Case::Through::Source &in, typename Case::Through::Sink &out) {
    braid::finn::fillChannels<Lane::width, InLanes, OutLanes, InChannels, OutChannels, Pixels>(in, out);
  });
}

template <class Lane, unsigned InLanes, unsigned OutLanes, unsigned InChannels, unsigned OutChannels,
          unsigned Pixels>
void drop(const std::string &name, std::uint64_t seed) {
  typedef Resize<Lane, InLanes, OutLanes, InChannels, OutChannels, Pixels, false> Case;
  Case::run(name, seed, [](typename Case::Through::Source &in, typename Case::Through::Sink &out) {
    braid::finn::dropChannels<Lane::width, InLanes, OutLanes, InChannels, OutChannels, Pixels>(in, out);
  });
}

template <class T> Values inType(Values values) {
  for (std::int64_t &value : values)
    value = wrapped(value, IntegerFormat<T>::width, IntegerFormat<T>::isSigned);
  return values;
}

/// Join: SumOf or LargestOf; of two frames.
template <class Join, bool isSum, unsigned Pixels, unsigned C, unsigned PE, class Lane, class TO>
void reduce(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values x = drawn<Lane>(random, 2 * Pixels * C);
  Values want;
  for (unsigned frame = 0; frame < 2; frame++)
    for (unsigned c = 0; c < C; c++) {
      std::int64_t held = x[frame * Pixels * C + c];
      for (unsigned pixel = 1; pixel < Pixels; pixel++) {
        const std::int64_t value = x[(frame * Pixels + pixel) * C + c];
        held = isSum ? held + value : std::max(held, value);
      }
      want.push_back(held);
    }
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, x, inType<TO>(want), [](typename Through::Source &in, typename Through::Sink &out) {
    for (unsigned frame = 0; frame < 2; frame++)
      braid::finn::reduceMap<Join, Pixels, C, PE, typename Lane::Type, TO>(in, out);
  });
}

/// `shared`: one factor and offset for all channels.
template <unsigned Pixels, unsigned C, unsigned PE, unsigned Shift, bool symmetric, bool shared, class Lane,
          class TO, class TF, class TP>
void requantise(const std::string &name, std::uint64_t seed) {
  constexpr unsigned lanes = shared ? 1 : PE, folds = shared ? 1 : C / PE;
  Random random(seed);
  const Values x = drawn<Lane>(random, Pixels * C);
  TF factors[lanes][folds];
  TP offsets[lanes][folds];
  Values factor(lanes * folds), offset(lanes * folds); // by channel
  for (unsigned i = 0; i < lanes * folds; i++) {
    factor[i] = Numbers<TF>::draw(random), offset[i] = Numbers<TP>::draw(random);
    factors[i % lanes][i / lanes] = factor[i], offsets[i % lanes][i / lanes] = offset[i];
  }
  const std::int64_t least = Numbers<TO>::least() + (symmetric && Numbers<TO>::isSigned),
                     most = Numbers<TO>::most();
  Values want;
  for (std::size_t i = 0; i < x.size(); i++) {
    const std::size_t row = shared ? 0 : i % C;
    want.push_back(std::min(std::max((x[i] * factor[row] + offset[row]) >> Shift, least), most));
  }
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, x, want,
                [&factors, &offsets](typename Through::Source &in, typename Through::Sink &out) {
                  braid::finn::requantise<Pixels, C, PE, Shift, symmetric, typename Lane::Type, TO>(
                      in, out, factors, offsets);
                });
}

template <unsigned Words, unsigned PE, class Lane, class TO, int least, int most>
void clamp(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values x = drawn<Lane>(random, Words * PE);
  Values want;
  for (std::int64_t value : x)
    want.push_back(std::min<std::int64_t>(std::max<std::int64_t>(value, least), most));
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, x, want, [](typename Through::Source &in, typename Through::Sink &out) {
    braid::finn::clampLanes<Words, PE, typename Lane::Type, TO>(in, out, least, most);
  });
}

/// Operation: Difference or Product.
template <class Operation, bool isProduct, unsigned Pixels, unsigned C, unsigned PE, class A, class B,
          class TO>
void elementwise(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Values a = drawn<A>(random, Pixels * C), b = drawn<B>(random, Pixels * C);
  Values want;
  for (std::size_t i = 0; i < a.size(); i++)
    want.push_back(isProduct ? a[i] * b[i] : a[i] - b[i]);
  hls::stream<ap_uint<PE * B::width>> second("second");
  send<B>(second, b, PE);
  typedef Flow<A, PE, Numbers<TO>, PE> Through;
  Through().run(name, a, want, [&second](typename Through::Source &in, typename Through::Sink &out) {
    StreamingEltwise<C, PE, Pixels, Slice<typename A::Type>, Slice<typename B::Type>, Slice<TO>>(
        in, second, out, Operation());
  });
}

/// Two streams, or three; sums wrap in TA, then in TO.
template <bool three, unsigned Pixels, unsigned C, unsigned PE, class TA, class TO>
void sumOf(const std::string &name, std::uint64_t seed) {
  typedef Numbers<TA> Lane;
  Random random(seed);
  Values parts[3];
  hls::stream<ap_uint<PE * TA::width>> second("second"), third("third");
  for (Values &part : parts)
    part = drawn<Lane>(random, Pixels * C);
  send<Lane>(second, parts[1], PE);
  send<Lane>(third, parts[2], PE);
  TA biases[C / PE][PE];
  const Values bias = drawn<Lane>(random, C);
  for (unsigned c = 0; c < C; c++)
    biases[c / PE][c % PE] = bias[c];
  Values want;
  for (std::size_t i = 0; i < parts[0].size(); i++)
    want.push_back(parts[0][i] + parts[1][i] + (three ? parts[2][i] : 0) + bias[i % C]);
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, parts[0], inType<TO>(inType<TA>(want)),
                [&](typename Through::Source &in, typename Through::Sink &out) {
                  if (three)
                    braid::finn::sumStreams<Pixels, C, PE, TA, TO>(biases, out, in, second, third);
                  else
                    braid::finn::sumStreams<Pixels, C, PE, TA, TO>(biases, out, in, second);
                });
  while (!third.empty())
    third.read();
}

template <unsigned H, unsigned W, unsigned C, unsigned PE, unsigned Y0, unsigned Y1, unsigned X0, unsigned X1,
          unsigned C0, unsigned C1, class Lane>
void crop(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, 1, H, W, C);
  Values want;
  for (unsigned y = Y0; y < Y1; y++)
    for (unsigned x = X0; x < X1; x++)
      for (unsigned c = C0; c < C1; c++)
        want.push_back(Lane::bits(images.at(0, y, x, c)));
  typedef Flow<Lane, PE, Numbers<typename Lane::Type>, PE> Through;
  Through().run(name, images.values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    braid::finn::cropMap<Lane::width, PE, H, W, C, Y0, Y1, X0, X1, C0, C1>(in, out);
  });
}

template <unsigned H, unsigned W, unsigned OutH, unsigned OutW, unsigned Top, unsigned Left, unsigned C,
          unsigned PE, class Lane, class TO, int value>
void pad(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, 1, H, W, C);
  Values want;
  for (unsigned y = 0; y < OutH; y++)
    for (unsigned x = 0; x < OutW; x++)
      for (unsigned c = 0; c < C; c++) {
        const bool inside = y >= Top && y < Top + H && x >= Left && x < Left + W;
        want.push_back(inside ? images.at(0, y - Top, x - Left, c) : value);
      }
  typedef Flow<Lane, PE, Numbers<TO>, PE> Through;
  Through().run(name, images.values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    braid::finn::padMap<typename Lane::Type, TO, PE, H, W, OutH, OutW, Top, Left, C>(in, out, TO(value));
  });
}

template <unsigned H, unsigned W, unsigned C, unsigned PE, unsigned FactorY, unsigned FactorX, class Lane>
void repeat(const std::string &name, std::uint64_t seed) {
  Random random(seed);
  const Images images = drawnImages<Lane>(random, 1, H, W, C);
  Values want;
  for (unsigned y = 0; y < H * FactorY; y++)
    for (unsigned x = 0; x < W * FactorX; x++)
      for (unsigned c = 0; c < C; c++)
        want.push_back(Lane::bits(images.at(0, y / FactorY, x / FactorX, c)));
  typedef Flow<Lane, PE, Numbers<typename Lane::Type>, PE> Through;
  Through().run(name, images.values, want, [](typename Through::Source &in, typename Through::Sink &out) {
    braid::finn::repeatPixels<H, W, C / PE, FactorY, FactorX>(in, out);
  });
}

/// Dimension i of the result is dimension P<i> of the map; PE elements of the last move together.
template <unsigned H, unsigned W, unsigned C, unsigned PE, unsigned P0, unsigned P1, unsigned P2, class Lane>
void reorder(const std::string &name, std::uint64_t seed) {
  static_assert(PE == 1 || P2 == 2, "words are not cut");
  Random random(seed);
  const Images images = drawnImages<Lane>(random, 1, H, W, C);
  const unsigned shape[3] = {H, W, C}, words[3] = {H, W, C / PE}, by[3] = {P0, P1, P2};
  const unsigned steps[3] = {W * (C / PE), C / PE, 1};
  unsigned size[3], stride[3];
  for (unsigned d = 0; d < 3; d++)
    size[d] = words[by[d]], stride[d] = steps[by[d]];
  Values want;
  unsigned at[3];
  for (at[P0] = 0; at[P0] < shape[P0]; at[P0]++)
    for (at[P1] = 0; at[P1] < shape[P1]; at[P1]++)
      for (at[P2] = 0; at[P2] < shape[P2]; at[P2]++)
        want.push_back(Lane::bits(images.at(0, at[0], at[1], at[2])));
  typedef Flow<Lane, PE, Numbers<typename Lane::Type>, PE> Through;
  Through().run(name, images.values, want,
                [&size, &stride](typename Through::Source &in, typename Through::Sink &out) {
                  braid::finn::reorderWords<H * W * C / PE>(in, out, size, stride);
                });
}

int main() {
#include "units.inc"
  return failures() != 0;
}
