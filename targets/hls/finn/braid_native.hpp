// Sums of products on native integers, for simulation: a layer's weights are unpacked once, and a row times
// an input vector is a loop that compilers turn into multiply-add instructions. Used wherever that is the
// same as what the hardware's loops do: lanes that are integers or bits, and sums in an integer type, which
// wraps.
#pragma once

#include "interpret.hpp"
#include "weights.hpp"

// BRAID_HLS_LOOPS chooses the hardware's loops in a simulation, for tests.
#if defined(__SYNTHESIS__) && !defined(BRAID_HLS_LOOPS)
#define BRAID_HLS_LOOPS
#endif

#ifndef BRAID_HLS_LOOPS
#include <cstdint>
#include <type_traits>
#include <vector>

namespace braid {
namespace finn {

/// An integer type's width and sign; `known` is false for everything else.
template <class T> struct IntegerType {
  static const bool known = false, isSigned = false;
  static const int width = 1;
};
template <int W> struct IntegerType<ap_int<W>> {
  static const bool known = W <= 64, isSigned = true;
  static const int width = W;
};
template <int W> struct IntegerType<ap_uint<W>> {
  static const bool known = W <= 64, isSigned = false;
  static const int width = W;
};

/// Bits [low, low + width) of a word, width <= 64.
template <class Word> std::uint64_t bitsAt(const Word &word, unsigned low, unsigned width) {
  return word(low + width - 1, low).to_uint64();
}

/// What the bits of a lane are worth in a product. `bits` is the width of a signed number that holds every
/// value.
template <class T> struct IntegerLane {
  static const bool known = IntegerType<T>::known && IntegerType<T>::width <= 31;
  static const int width = IntegerType<T>::width, bits = width + (IntegerType<T>::isSigned ? 0 : 1);

  static int value(std::uint64_t lane) {
    const std::uint32_t x = static_cast<std::uint32_t>(lane);
    return IntegerType<T>::isSigned ? static_cast<int>(x << (32 - width)) >> (32 - width)
                                    : static_cast<int>(x);
  }
};
/// A bit as -1 or 1.
struct BipolarLane {
  static const bool known = true;
  static const int width = 1, bits = 2;

  static int value(std::uint64_t lane) { return lane != 0 ? 1 : -1; }
};
struct UnknownLane {
  static const bool known = false;
  static const int width = 1, bits = 64;
};

/// Lanes of the input. `counts`: the sum counts agreements of bits, see XnorMul.
template <class TSrcI> struct SourceLane : UnknownLane { static const bool counts = false; };
template <class T, unsigned STRIDE> struct SourceLane<Slice<T, STRIDE>> : IntegerLane<T> {
  static const bool known = IntegerLane<T>::known && STRIDE == T::width, counts = false;
};
template <> struct SourceLane<Recast<Binary>> : BipolarLane { static const bool counts = false; };
template <> struct SourceLane<Recast<XnorMul>> : BipolarLane { static const bool counts = true; };

/// Weights of an interpretation, of type T, or void for those of BinaryWeights. A bit that meets a bit is
/// bipolar; any other bit alone would be 0 or 1, which nobody writes.
template <class TWeightI, class T, bool counts> struct WeightLane : UnknownLane {};
template <class T> struct WeightLane<Recast<Binary>, T, false> : BipolarLane {
  static const bool known = T::width == 1;
};
template <> struct WeightLane<Recast<Binary>, void, false> : BipolarLane {};
template <class T> struct WeightLane<Identity, T, false> : IntegerLane<T> {};
template <> struct WeightLane<Identity, void, false> : UnknownLane {};
template <class T> struct WeightLane<Identity, T, true> : BipolarLane {
  static const bool known = T::width == 1;
};
template <> struct WeightLane<Identity, void, true> : BipolarLane {};

/// The type of a container's weights, void for bits.
template <class TW> struct ContainedWeights {
  static const bool known = false;
  typedef void Type;
};
template <unsigned SIMD, unsigned PE, unsigned TILES>
struct ContainedWeights<BinaryWeights<SIMD, PE, TILES>> {
  static const bool known = true;
  typedef void Type;
};
template <unsigned SIMD, class T, unsigned PE, unsigned TILES>
struct ContainedWeights<FixedPointWeights<SIMD, T, PE, TILES>> {
  static const bool known = true;
  typedef T Type;
};

constexpr unsigned roundedUp(unsigned x, unsigned to) { return (x + to - 1) / to * to; }

/// Products of `length` lanes: which integers hold lanes and sums.
template <class Source, class Weight, unsigned length> struct NativeSums {
  static const bool wide = Source::bits > 16 || Weight::bits > 16;
  static const bool long64 = Source::bits + Weight::bits + static_cast<int>(clog2(length)) > 32;
  typedef typename std::conditional<wide, std::int32_t, std::int16_t>::type Lane;
  typedef typename std::conditional<long64, std::int64_t, std::int32_t>::type Sum;

  // A multiple of a vector register's lanes, so that no remainder is left over; what is beyond `length` is 0.
  static const unsigned padded = roundedUp(length, 16);

  static Sum dot(const Lane *w, const Lane *x) {
    Sum sum = 0;
    for (unsigned i = 0; i < padded; i++)
      sum += static_cast<Sum>(w[i]) * static_cast<Sum>(x[i]);
    return sum;
  }
  static std::int64_t result(std::int64_t sum) {
    return Source::counts ? (sum + static_cast<std::int64_t>(length)) / 2 : sum;
  }
};

/// Whether all of a call's types are known; TW is a weight's type or void.
template <class TSrcI, class TWeightI, class TW, class Accu> struct NativeTypes {
  typedef SourceLane<TSrcI> Source;
  typedef WeightLane<TWeightI, TW, Source::counts> Weight;
  static const bool usable = Source::known && Weight::known && IntegerType<Accu>::known;
};

/// `lanes` lanes from bit `low` of a word on, as they come.
template <class As, class Word, class Lane>
void unpack(const Word &word, unsigned low, unsigned lanes, Lane *to) {
  for (unsigned i = 0; i < lanes; i++)
    to[i] = static_cast<Lane>(As::value(bitsAt(word, low + i * As::width, As::width)));
}

} // namespace finn
} // namespace braid
#endif // BRAID_HLS_LOOPS
