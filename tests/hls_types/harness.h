#pragma once
// One source, two sets of headers: every group prints a checksum of its results, and a script compares the
// lines of the two programs. With a group's key as argument a program prints every case of that group
// instead.
//
// Values are made and read through range(), so the same random numbers give the same operands in both
// programs.
#include <ap_fixed.h>
#include <ap_int.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>

namespace difftest {

class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1dull;
  }
  /// In [lo, hi].
  int between(int lo, int hi) {
    return lo + static_cast<int>(next() % static_cast<std::uint64_t>(hi - lo + 1));
  }

private:
  std::uint64_t state_;
};

/// `bits` bits of x from `lo` on.
template <class T> std::uint64_t part(const T &x, int lo, int bits) {
  T copy = x;
  return copy.range(lo + bits - 1, lo).to_uint64();
}
template <class T> void setPart(T &x, int lo, int bits, std::uint64_t v) { x.range(lo + bits - 1, lo) = v; }

/// Random bits; often a bound, a small number, a power of two or a run of ones, where carries and signs turn.
template <class T> void randomise(T &x, Random &random) {
  const int w = T::width;
  x = 0;
  const int kind = random.between(0, 11);
  if (kind >= 5 || w == 1) {
    for (int lo = 0; lo < w; lo += 32)
      setPart(x, lo, lo + 32 < w ? 32 : w - lo,
              random.next() >> 32 & (0xffffffffull >> (lo + 32 < w ? 0 : 32 - (w - lo))));
    if (kind >= 9 && w > 3) { // small: all high bits as the sign, or zero
      const int keep = random.between(1, w - 1);
      const bool ones = random.next() & 1;
      for (int i = keep; i < w; ++i)
        setPart(x, i, 1, ones);
    }
    return;
  }
  const int from = kind == 0 ? 0 : kind == 1 ? w - 1 : random.between(0, w - 1);
  const int count = kind <= 2 ? 1 : kind == 3 ? w - from : 0; // kind 4: zero
  for (int i = from; i < from + count; ++i)
    setPart(x, i, 1, 1);
}

class Probe {
public:
  Probe(const char *group, const char *config, const char *wanted)
      : key_(std::string(group) + " " + config), trace_(key_ == wanted), random(seedOf(key_)) {}
  ~Probe() {
    if (!trace_)
      std::printf("%s : %ld cases %ld words %016llx\n", key_.c_str(), cases_, words_,
                  static_cast<unsigned long long>(hash_));
  }

  /// Starts a case.
  void start() {
    ++cases_;
    if (trace_)
      std::printf("\n%ld:", cases_);
  }
  void number(std::uint64_t v) {
    ++words_;
    hash_ = (hash_ ^ v) * 0x100000001b3ull;
    hash_ ^= hash_ >> 29;
    if (trace_)
      std::printf(" %llx", static_cast<unsigned long long>(v));
  }
  void text(const std::string &s) {
    for (char c : s)
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    number(s.size());
    if (trace_)
      std::printf(" '%s'", s.c_str());
  }
  void real(double d) {
    std::uint64_t v;
    std::memcpy(&v, &d, sizeof v);
    number(v);
    if (trace_)
      std::printf(" (%.17g)", d);
  }
  /// All bits of a number.
  template <class T> void bits(const T &x) {
    const int w = T::width;
    if (trace_)
      std::printf(" <%d>", w);
    for (int lo = (w - 1) / 32 * 32; lo >= 0; lo -= 32)
      number(part(x, lo, lo + 32 < w ? 32 : w - lo));
  }
  /// The bits and the type of a result of integers.
  template <class T> void integer(const T &x) {
    number(static_cast<std::uint64_t>(T::width * 2 + std::is_base_of<ap_int_base<T::width, true>, T>::value));
    bits(x);
  }
  /// The bits and the type of a result of fixed-point numbers.
  template <class T> void fixed(const T &x) {
    number(static_cast<std::uint64_t>((T::width * 4096 + T::iwidth) * 2 +
                                      std::is_base_of<ap_fixed_base<T::width, T::iwidth, true>, T>::value));
    bits(x);
  }

private:
  static std::uint64_t seedOf(const std::string &s) {
    std::uint64_t h = 0xcbf29ce484222325ull;
    for (char c : s)
      h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return h;
  }
  std::string key_;
  bool trace_;
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
  long cases_ = 0; ///< sets of operands
  long words_ = 0; ///< operand and result words in the checksum

public:
  Random random;
};

template <int W, bool S> using Int = typename std::conditional<S, ap_int<W>, ap_uint<W>>::type;
template <int W, int I, bool S, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0>
using Fixed = typename std::conditional<S, ap_fixed<W, I, Q, O, N>, ap_ufixed<W, I, Q, O, N>>::type;

} // namespace difftest
