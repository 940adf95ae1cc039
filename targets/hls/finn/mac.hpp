// Products, on the resource that the call names, and sums of them.
#pragma once

#include "utils.hpp"

template <class A, class B> auto mul(const A &a, const B &b, const ap_resource_dflt &) -> decltype(a * b) {
#pragma HLS INLINE
  return a * b;
}

template <class A, class B> auto mul(const A &a, const B &b, const ap_resource_lut &) -> decltype(a * b) {
#pragma HLS INLINE
  const decltype(a * b) product = a * b;
#pragma HLS BIND_OP variable = product op = mul impl = fabric
  return product;
}

template <class A, class B> auto mul(const A &a, const B &b, const ap_resource_dsp &) -> decltype(a * b) {
#pragma HLS INLINE
  const decltype(a * b) product = a * b;
#pragma HLS BIND_OP variable = product op = mul impl = dsp
  return product;
}

/// a + sum over i < N of w[i] * x(i, mmv). The products are summed apart from `a`, so that one adder closes
/// the loop over an accumulator: the same modulo 2^T::width.
template <unsigned N, class T, class W, class X, class R>
T mac(const T &a, const W &w, const X &x, const R &r, unsigned mmv) {
#pragma HLS INLINE
  T sum = 0;
  for (unsigned i = 0; i < N; i++) {
#pragma HLS UNROLL
    sum += mul(w[i], x(i, mmv), r);
  }
  return T(a + sum);
}

/// The same of lanes x[i].
template <unsigned N, class T, class W, class X, class R>
T mac(const T &a, const W &w, const X &x, const R &r) {
#pragma HLS INLINE
  T sum = 0;
  for (unsigned i = 0; i < N; i++) {
#pragma HLS UNROLL
    sum += mul(w[i], x[i], r);
  }
  return T(a + sum);
}

template <unsigned N, class T, class W, class X> T mac(const T &a, const W &w, const X &x) {
#pragma HLS INLINE
  return mac<N>(a, w, x, ap_resource_dflt());
}
