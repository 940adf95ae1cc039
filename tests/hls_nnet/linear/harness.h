// What the programs of this folder share: filling arrays with numbers, a reference in __int128 that knows
// nothing of the headers under test, and the report, one line per case. A program is built several times,
// against our layer headers and against others, and its standard output must be the same each time.
#pragma once

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"

#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

// The ap types are a simulation's in either case; the layer headers take the path they take in synthesis.
#ifdef TEST_SYNTHESIS_PATH
#define __SYNTHESIS__
#endif

#include "nnet_utils/nnet_common.h"
#include "nnet_utils/nnet_types.h"

#ifndef __SYNTHESIS__
namespace nnet {
bool trace_enabled = false;
std::map<std::string, void *> *trace_outputs = nullptr;
std::size_t trace_type_size = 4;
} // namespace nnet
#endif

namespace test {

__extension__ typedef __int128 Wide;

/// How a type reads its bits and what a cast to it does.
struct Format {
  int width, fraction;
  bool isSigned;
  int quantization, overflow; // ap_q_mode, ap_o_mode
};

template <class T> struct FormatOf;
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct FormatOf<ap_fixed<W, I, Q, O, N>> {
  static Format get() { return {W, W - I, true, Q, O}; }
};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct FormatOf<ap_ufixed<W, I, Q, O, N>> {
  static Format get() { return {W, W - I, false, Q, O}; }
};
template <int W> struct FormatOf<ap_int<W>> {
  static Format get() { return {W, 0, true, AP_TRN, AP_WRAP}; }
};
template <int W> struct FormatOf<ap_uint<W>> {
  static Format get() { return {W, 0, false, AP_TRN, AP_WRAP}; }
};

inline Wide floorShift(Wide value, int right) { return right >= 126 ? (value < 0 ? -1 : 0) : value >> right; }

/// value * 2^-fraction cast to `to`, as a mantissa. AP_TRN and AP_RND, AP_WRAP and AP_SAT.
inline Wide castTo(Wide value, int fraction, const Format &to) {
  if (to.fraction >= fraction)
    value *= Wide(1) << (to.fraction - fraction);
  else if (to.quantization == AP_RND)
    value = floorShift(value + (Wide(1) << (fraction - to.fraction - 1)), fraction - to.fraction);
  else
    value = floorShift(value, fraction - to.fraction);
  const Wide top = (Wide(1) << (to.isSigned ? to.width - 1 : to.width)) - 1,
             bottom = to.isSigned ? -top - 1 : 0;
  if (to.overflow == AP_SAT)
    return value > top ? top : value < bottom ? bottom : value;
  const Wide range = Wide(1) << to.width;
  value %= range;
  if (value < 0)
    value += range;
  return value > top ? value - range : value;
}

template <class T> Wide mantissa(T number) {
  const Format format = FormatOf<T>::get();
  Wide bits = 0;
  for (int bit = format.width - 1; bit >= 0; bit--)
    bits = bits * 2 + (bool(number[bit]) ? 1 : 0);
  return format.isSigned && bits >> (format.width - 1) ? bits - (Wide(1) << format.width) : bits;
}

/// A stream of bits that is the same everywhere.
class Numbers {
public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 2654435761u + 12345) {}

  template <class T> T next() {
    T number(0);
    for (int bit = 0; bit < FormatOf<T>::get().width; bit++) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      number[bit] = (state_ >> 63) != 0;
    }
    return number;
  }

  template <class T> std::vector<T> take(std::size_t count) {
    std::vector<T> numbers;
    for (std::size_t i = 0; i < count; i++)
      numbers.push_back(next<T>());
    return numbers;
  }

private:
  std::uint64_t state_;
};

/// The number of a type that is furthest from zero on the negative side (0 if unsigned), or on the positive
/// one.
template <class T> T extreme(bool negative) {
  const Format format = FormatOf<T>::get();
  T number(0);
  for (int bit = 0; bit < format.width; bit++)
    number[bit] = format.isSigned && bit == format.width - 1 ? negative : !negative;
  return number;
}

/// acc = cast(bias), then acc = cast(acc + cast(w * x)) for each pair in the order they are given; y =
/// cast(acc).
class Neuron {
public:
  Neuron(const Format &acc, Wide bias, int biasFraction) : acc_(acc), sum_(castTo(bias, biasFraction, acc)) {}

  void add(Wide product, int fraction) {
    sum_ = castTo(sum_ + castTo(product, fraction, acc_), acc_.fraction, acc_);
  }
  Wide result(const Format &to) const { return castTo(sum_, acc_.fraction, to); }

private:
  Format acc_;
  Wide sum_;
};

/// The order in which neuron `row` of n inputs meets them: in cycle c come the weights c, c + RF, c + 2 RF,
/// ... of the whole matrix.
inline std::vector<unsigned> meetingOrder(unsigned n, unsigned RF, unsigned row) {
  std::vector<unsigned> order;
  for (unsigned cycle = 0; cycle < RF; cycle++)
    for (unsigned i = 0; i < n; i++)
      if ((row * n + i) % RF == cycle)
        order.push_back(i);
  return order;
}

inline std::string print(Wide value) {
  if (value < 0)
    return "-" + print(-value);
  return value < 10 ? std::string(1, char('0' + int(value)))
                    : print(value / 10) + char('0' + int(value % 10));
}

inline int &failures() {
  static int count = 0;
  return count;
}

/// One line: the name, whether the numbers are the reference's, and the numbers.
inline void report(const std::string &name, const std::vector<Wide> &got, const std::vector<Wide> &want) {
  if (got != want)
    failures()++;
  std::cout << name << (got == want ? " ok" : " WRONG");
  for (Wide value : got)
    std::cout << ' ' << print(value);
  if (got != want) {
    std::cout << " want";
    for (Wide value : want)
      std::cout << ' ' << print(value);
  }
  std::cout << '\n';
}

template <class T> std::vector<Wide> mantissas(const T *numbers, std::size_t count) {
  std::vector<Wide> values;
  for (std::size_t i = 0; i < count; i++)
    values.push_back(mantissa(numbers[i]));
  return values;
}

template <class Beat, class T> void send(hls::stream<Beat> &to, const T *numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; i += Beat::size) {
    Beat beat;
    for (std::size_t j = 0; j < Beat::size; j++)
      beat[j] = numbers[i + j];
    to.write(beat);
  }
}

/// All that is in the stream, however much that is.
template <class Beat> std::vector<Wide> receive(hls::stream<Beat> &from) {
  std::vector<Wide> values;
  while (!from.empty()) {
    Beat beat = from.read();
    for (std::size_t j = 0; j < Beat::size; j++)
      values.push_back(mantissa(beat[j]));
  }
  return values;
}

inline int finish() { return failures() == 0 ? 0 : 1; }

} // namespace test
