// The other side of every comparison: values as mantissas in 128 bits, and casts written from the definition
// of the AP types (AMD UG1399, "Quantization modes", "Overflow modes"). Uses none of the headers under test.
#pragma once

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

__extension__ typedef __int128 Wide;
typedef std::vector<Wide> Mantissas;

/// width, places after the point, sign, modes.
struct Type {
  int width, places;
  bool isSigned;
  ap_q_mode rounding;
  ap_o_mode overflow;

  Wide min() const { return isSigned ? -(Wide(1) << (width - 1)) : Wide(0); }
  Wide max() const { return (Wide(1) << (isSigned ? width - 1 : width)) - 1; }
};

template <class T> struct TypeOf;
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct TypeOf<ap_fixed<W, I, Q, O, N>> {
  static Type get() { return Type{W, W - I, true, Q, O}; }
};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct TypeOf<ap_ufixed<W, I, Q, O, N>> {
  static Type get() { return Type{W, W - I, false, Q, O}; }
};
template <int W> struct TypeOf<ap_int<W>> {
  static Type get() { return Type{W, 0, true, AP_TRN, AP_WRAP}; }
};
template <int W> struct TypeOf<ap_uint<W>> {
  static Type get() { return Type{W, 0, false, AP_TRN, AP_WRAP}; }
};

inline Wide floorDiv(Wide a, Wide b) {
  const Wide quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// m * 2^-places rounded to `to.places` places.
inline Wide roundTo(Wide m, int places, const Type &to) {
  const int drop = places - to.places;
  if (drop <= 0)
    return m * (Wide(1) << -drop);
  const Wide unit = Wide(1) << drop;
  const Wide down = floorDiv(m, unit), twice = 2 * (m - down * unit);
  const bool tie = twice == unit, above = twice > unit;
  switch (to.rounding) {
  case AP_TRN:
    return down;
  case AP_TRN_ZERO:
    return m < 0 && twice != 0 ? down + 1 : down;
  case AP_RND: // half up
    return down + (above || tie);
  case AP_RND_MIN_INF:
    return down + above;
  case AP_RND_ZERO:
    return down + (above || (tie && m < 0));
  case AP_RND_INF:
    return down + (above || (tie && m > 0));
  case AP_RND_CONV:
    return down + (above || (tie && (down & 1) != 0));
  }
  std::abort();
}

/// The mantissa of m * 2^-places cast to a type.
inline Wide cast(Wide m, int places, const Type &to) {
  const Wide value = roundTo(m, places, to), lo = to.min(), hi = to.max();
  const bool symmetric = to.overflow == AP_SAT_SYM && to.isSigned;
  if (value >= (symmetric ? -hi : lo) && value <= hi)
    return value;
  switch (to.overflow) {
  case AP_WRAP: {
    const Wide range = Wide(1) << to.width;
    const Wide low = value - floorDiv(value, range) * range;
    return low > hi ? low - range : low;
  }
  case AP_SAT:
    return value < lo ? lo : hi;
  case AP_SAT_ZERO:
    return 0;
  case AP_SAT_SYM:
    return value > hi ? hi : symmetric ? -hi : Wide(0);
  default:
    std::abort();
  }
}

template <class T> T fromBits(Wide m) {
  const int width = TypeOf<T>::get().width;
  const ap_uint<64> bits = static_cast<unsigned long long>(m);
  T value = 0;
  for (int i = 0; i < width; i++)
    value[i] = bits[i];
  return value;
}

template <class T> Wide toBits(const T &value) {
  const Type type = TypeOf<T>::get();
  T copy = value;
  const ap_uint<64> bits = copy.range(type.width - 1, 0);
  const Wide m = static_cast<Wide>(bits.to_uint64());
  return m > type.max() ? m - (Wide(1) << type.width) : m;
}

/// The ends of the range, the numbers around zero, and others, the same on every machine.
class Generator {
public:
  explicit Generator(uint64_t seed) : state_(seed * 2 + 1) {}

  uint64_t bits() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ * 0x2545f4914f6cdd1dull;
  }

  Wide mantissa(const Type &type) {
    const uint64_t kind = bits() % 16;
    const Wide span = type.max() - type.min() + 1;
    Wide m = static_cast<Wide>(bits() >> 1) % span + type.min();
    if (kind == 0)
      m = type.min() + static_cast<Wide>(bits() % 3);
    else if (kind == 1)
      m = type.max() - static_cast<Wide>(bits() % 3);
    else if (kind < 6)
      m = static_cast<Wide>(bits() % 65) - 32; // small
    else if (kind < 9)
      m = m >> (bits() % static_cast<uint64_t>(type.width));
    return m < type.min() ? type.min() : m > type.max() ? type.max() : m;
  }

  template <class T> Mantissas many(unsigned n) {
    Mantissas values;
    for (unsigned i = 0; i < n; i++)
      values.push_back(mantissa(TypeOf<T>::get()));
    return values;
  }

private:
  uint64_t state_;
};

/// The numbers of an array or a stream, and back. A stream must be left empty by its reader.
template <class T> std::vector<T> numbers(const Mantissas &mantissas) {
  std::vector<T> values;
  for (Wide m : mantissas)
    values.push_back(fromBits<T>(m));
  return values;
}

template <class T> Mantissas bitsOf(const std::vector<T> &values) {
  Mantissas mantissas;
  for (const T &value : values)
    mantissas.push_back(toBits(value));
  return mantissas;
}

template <class Beat> void fill(hls::stream<Beat> &stream, const Mantissas &mantissas) {
  for (unsigned i = 0; i < mantissas.size(); i += Beat::size) {
    Beat beat;
    for (unsigned j = 0; j < Beat::size; j++)
      beat[j] = fromBits<typename Beat::value_type>(mantissas[i + j]);
    stream.write(beat);
  }
}

template <class Beat> Mantissas drain(hls::stream<Beat> &stream) {
  Mantissas mantissas;
  while (!stream.empty()) {
    const Beat beat = stream.read();
    for (unsigned j = 0; j < Beat::size; j++)
      mantissas.push_back(toBits(beat[j]));
  }
  return mantissas;
}

/// One line per case on stdout, `ok NAME` or `FAILED NAME`, with the first difference; exit code by `finish`.
class Report {
public:
  void expect(const std::string &name, const Mantissas &got, const Mantissas &want) {
    size_t at = 0;
    while (at < got.size() && at < want.size() && got[at] == want[at])
      at++;
    const bool same = got.size() == want.size() && at == got.size();
    judge(name, same);
    if (!same)
      std::printf("  at %zu: found %lld of %zu, expected %lld of %zu\n", at,
                  at < got.size() ? static_cast<long long>(got[at]) : 0, got.size(),
                  at < want.size() ? static_cast<long long>(want[at]) : 0, want.size());
  }

  void judge(const std::string &name, bool good) {
    std::printf("%s %s\n", good ? "ok" : "FAILED", name.c_str());
    failures_ += !good;
  }

  int finish() const { return failures_ != 0; }

private:
  int failures_ = 0;
};
