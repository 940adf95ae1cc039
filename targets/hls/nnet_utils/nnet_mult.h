// What "weight times input" means for each pair of types, and the cast that ends a dot product.
#pragma once

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_helpers.h"

#include <cmath>
#include <iostream>
#include <type_traits>

namespace nnet {

/// A layer's config names one of these as `product`; all have a static `product(input, weight)`.
namespace product {

class Product {};

/// One-bit input and one-bit weight, 0 standing for -1: XNOR. The sum is put right by `nnet::cast`.
template <class x_T, class w_T> class both_binary : public Product {
public:
  static x_T product(x_T a, w_T w) {
#pragma HLS INLINE
    return a == w;
  }
};

/// One-bit weight, 0 standing for -1.
template <class x_T, class w_T> class weight_binary : public Product {
public:
  static auto product(x_T a, w_T w) -> decltype(-a) {
#pragma HLS INLINE
    if (w == 0)
      return -a;
    return a;
  }
};

/// One-bit input, 0 standing for -1.
template <class x_T, class w_T> class data_binary : public Product {
public:
  static auto product(x_T a, w_T w) -> decltype(-w) {
#pragma HLS INLINE
    if (a == 0)
      return -w;
    return w;
  }
};

/// Two-bit weight in {-1, 0, 1}.
template <class x_T, class w_T> class weight_ternary : public Product {
public:
  static auto product(x_T a, w_T w) -> decltype(-a) {
#pragma HLS INLINE
    if (w == 0)
      return 0;
    if (w == -1)
      return -a;
    return a;
  }
};

template <class x_T, class w_T> class mult : public Product {
public:
  static auto product(x_T a, w_T w) -> decltype(a * w) {
#pragma HLS INLINE
    return a * w;
  }
};

/// Weight = sign * 2^weight, given as a struct with members `sign` and `weight`: a shift.
template <class x_T, class w_T> class weight_exponential : public Product {
public:
  using r_T =
      ap_fixed<2 * (decltype(w_T::weight)::width + x_T::width), (decltype(w_T::weight)::width + x_T::width)>;
  static r_T product(x_T a, w_T w) {
#pragma HLS INLINE
    const r_T shifted = static_cast<r_T>(a) << w.weight;
    return w.sign == 1 ? shifted : static_cast<r_T>(-shifted);
  }
};

} // namespace product

/// The end of a dot product. Where input and weight are both one bit wide the accumulator has counted the
/// agreements k of n_in positions, and the sum of the +-1 products is 2k - n_in.
template <class data_T, class res_T, typename CONFIG_T>
inline typename std::enable_if<std::is_same<data_T, ap_uint<1>>::value &&
                                   std::is_same<typename CONFIG_T::weight_t, ap_uint<1>>::value,
                               ap_int<nnet::ceillog2(CONFIG_T::n_in) + 2>>::type
cast(typename CONFIG_T::accum_t x) {
#pragma HLS INLINE
  return static_cast<ap_int<nnet::ceillog2(CONFIG_T::n_in) + 2>>(x * 2 - int(CONFIG_T::n_in));
}

template <class data_T, class res_T, typename CONFIG_T>
inline typename std::enable_if<!(std::is_same<data_T, ap_uint<1>>::value &&
                                 std::is_same<typename CONFIG_T::weight_t, ap_uint<1>>::value),
                               res_T>::type
cast(typename CONFIG_T::accum_t x) {
#pragma HLS INLINE
  return static_cast<res_T>(x);
}

} // namespace nnet
