// The beat of a feature-map stream, and a sampled function: types that every layer header shares.
#pragma once

#include "ap_fixed.h"
#include "ap_int.h"

#include <cassert>
#include <cstddef>
#include <cstdio>

namespace nnet {

/// N values that travel together: one beat of a stream, usually all channels of one pixel.
/// No constructor and no assignment of its own, so that a beat is copied as plain memory in simulation
/// and as one aggregated word in hardware.
template <typename T, unsigned N> struct array {
  typedef T value_type;
  static const unsigned size = N;

  T data[N];

  T &operator[](std::size_t pos) { return data[pos]; }
  const T &operator[](std::size_t pos) const { return data[pos]; }

  bool operator==(const array &other) const {
    for (unsigned i = 0; i < N; i++)
      if (data[i] != other.data[i])
        return false;
    return true;
  }
  bool operator!=(const array &other) const { return !(*this == other); }
};

template <typename T, unsigned N> const unsigned array<T, N>::size;

/// `func` sampled at N equidistant points of [from, to); a value outside takes the nearest end's sample.
template <typename T, unsigned N, T (*func)(T)> class lookup_table {
public:
  lookup_table(T from, T to) : rangeStart_(from), pointsPerUnit_(ap_uint<16>(N) / T(to - from)) {
    const T step = (to - from) / ap_uint<16>(N);
    for (unsigned i = 0; i < N; i++) {
      const T point = rangeStart_ + ap_uint<16>(i) * step;
      samples_[i] = func(point);
    }
  }

  T operator()(T n) const {
    const int index = (n - rangeStart_) * pointsPerUnit_;
    const int last = static_cast<int>(N) - 1;
    return samples_[index < 0 ? 0 : index > last ? last : index];
  }

private:
  T samples_[N];
  const T rangeStart_;
  ap_fixed<20, 16> pointsPerUnit_;
};

} // namespace nnet
