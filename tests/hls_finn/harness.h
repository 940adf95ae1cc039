// What the programs of this folder share: numbers, packing of words, and the report, one line per case. A
// program is built several times, against our headers and against finn-hlslib's, and must print the same each
// time.
#pragma once

#include <ap_fixed.h>
#include <ap_int.h>
#include <hls_stream.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// The ap types are a simulation's in either case; the headers take the path they take in synthesis.
#ifdef TEST_SYNTHESIS_PATH
#define __SYNTHESIS__
#endif

#include <ap_axi_sdata.h>

#include "bnn-library.h"

#include "activations.hpp"
#include "eltwise.hpp"
#include "interpret.hpp"
#include "maxpool.h"
#include "mvau.hpp"
#include "pool.hpp"

namespace test {

typedef std::vector<std::int64_t> Values;

class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }
  /// In [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }

private:
  std::uint64_t state_;
};

/// The value that `width` bits of x stand for.
inline std::int64_t wrapped(std::int64_t x, int width, bool isSigned) {
  const std::uint64_t bits = static_cast<std::uint64_t>(x) << (64 - width);
  return isSigned ? static_cast<std::int64_t>(bits) >> (64 - width)
                  : static_cast<std::int64_t>(bits >> (64 - width));
}

template <class T> struct IntegerFormat;
template <int W> struct IntegerFormat<ap_int<W>> {
  static const int width = W;
  static const bool isSigned = true;
};
template <int W> struct IntegerFormat<ap_uint<W>> {
  static const int width = W;
  static const bool isSigned = false;
};

// What lanes may hold: a type for the headers, the values that are drawn, and the bits that stand for them.

/// Integers, with many at the ends of the range.
template <class T> struct Numbers {
  typedef T Type;
  static const int width = IntegerFormat<T>::width;
  static const bool isSigned = IntegerFormat<T>::isSigned, bipolar = false;
  static std::int64_t least() { return isSigned ? -(std::int64_t(1) << (width - 1)) : 0; }
  static std::int64_t most() { return (std::int64_t(1) << (isSigned ? width - 1 : width)) - 1; }
  static std::int64_t draw(Random &random) {
    const std::int64_t kind = random.between(0, 9);
    return kind == 0 ? least() : kind == 1 ? most() : random.between(least(), most());
  }
  static std::int64_t bits(std::int64_t value) { return value; }
};
/// -1, 0 and 1.
struct Ternary : Numbers<ap_int<2>> {
  static std::int64_t draw(Random &random) { return random.between(-1, 1); }
};
/// -1 and 1, as the bits 0 and 1.
struct Bipolar {
  typedef ap_uint<1> Type;
  static const int width = 1;
  static const bool isSigned = false, bipolar = true;
  static std::int64_t draw(Random &random) { return random.between(0, 1) * 2 - 1; }
  static std::int64_t bits(std::int64_t value) { return value > 0; }
};

template <class Lane> Values drawn(Random &random, std::size_t count) {
  Values values;
  for (std::size_t i = 0; i < count; i++)
    values.push_back(Lane::draw(random));
  return values;
}

/// Lane 0 in the low bits.
template <class Lane, class Word> Word packed(const std::int64_t *values, unsigned lanes) {
  Word word = 0;
  for (unsigned i = 0; i < lanes; i++) {
    const ap_uint<Lane::width> bits = Lane::bits(values[i]);
    word((i + 1) * Lane::width - 1, i * Lane::width) = bits;
  }
  return word;
}

template <class Lane, class Word> void send(hls::stream<Word> &to, const Values &values, unsigned lanes) {
  for (std::size_t i = 0; i < values.size(); i += lanes)
    to.write(packed<Lane, Word>(values.data() + i, lanes));
}

/// All that is in the stream, lane by lane, as numbers of type T.
template <class T, class Word> Values receive(hls::stream<Word> &from, unsigned lanes) {
  Values values;
  while (!from.empty()) {
    const Word word = from.read();
    for (unsigned i = 0; i < lanes; i++) {
      const ap_uint<IntegerFormat<T>::width> bits =
          word((i + 1) * IntegerFormat<T>::width - 1, i * IntegerFormat<T>::width);
      values.push_back(wrapped(static_cast<std::int64_t>(bits.to_uint64()), IntegerFormat<T>::width,
                               IntegerFormat<T>::isSigned));
    }
  }
  return values;
}

inline int &failures() {
  static int count = 0;
  return count;
}

/// One line: the name, whether the numbers are the reference's, and a hash of them.
inline void report(const std::string &name, const Values &got, const Values &want, bool consumed = true) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::int64_t value : got)
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3u;
  const bool good = got == want && consumed && !want.empty();
  std::printf("%s %s %zu %016llx", name.c_str(), good ? "ok" : "WRONG", got.size(),
              static_cast<unsigned long long>(hash));
  if (!good) {
    failures()++;
    const std::size_t shared = std::min(got.size(), want.size());
    std::size_t at = 0;
    while (at < shared && got[at] == want[at])
      at++;
    std::printf(" %zu values, %zu wanted", got.size(), want.size());
    if (at < shared)
      std::printf("; at %zu: %lld, wanted %lld", at, static_cast<long long>(got[at]),
                  static_cast<long long>(want[at]));
    if (!consumed)
      std::printf("; words are left over");
  }
  std::printf("\n");
}

} // namespace test
