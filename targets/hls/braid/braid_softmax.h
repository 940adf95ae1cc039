// Softmax over the last axis by two tables of ap_ufixed<18,1>: exp(-d) and the reciprocal of a number in [1,
// 2).
//
//   d_i = max - x_i, e_i = exp_table[min((d_i + half) >> exp_shift, exp_size - 1)], s = sum of e_i, all
//   exact; with k the place of the leading one of s's mantissa, 1/s is inv_table[the bits of s after it] *
//   2^(17 - k); y_i = cast(e_i / s).
// exp_table[0] is 1.0, so that s >= 1 and k >= 17.
#pragma once

#include "braid_fixed.h"
#include "hls_stream.h"

namespace braid {
namespace detail {

/// Places after the point of the tables' entries.
constexpr int kSoftmaxFraction = 17;

/// The arithmetic of one softmax. data_T and res_T are element types.
template <class data_T, class res_T, class CONFIG_T> struct Softmax {
  static_assert((CONFIG_T::inv_size & (CONFIG_T::inv_size - 1)) == 0, "inv_size is a power of two");
  static const int sumBits = 18 + growth(CONFIG_T::n_slice) + 1; // sign included
  static const int maxScale = sumBits - 2 - kSoftmaxFraction;    // of k - 17
  static const int invBits = growth(CONFIG_T::inv_size);
  typedef Integer<sumBits> Sum;
  typedef Integer<19> Exponential;

  /// The mantissa of e_i.
  template <class exp_T>
  static Exponential exponential(const data_T &max, const data_T &x, const exp_T *expTable) {
#pragma HLS INLINE
    constexpr int bits = mantissaBits<data_T>() + 2;
    constexpr int shift = CONFIG_T::exp_shift;
    constexpr long long last = CONFIG_T::exp_size - 1;
    const Integer<bits> half = shift == 0 ? 0 : 1ll << maxOf(shift - 1, 0);
    const Integer<bits> distance = mantissa(max) - mantissa(x) + half;
    const Integer<bits> index = distance >> shift;
    return entryMantissa(expTable[index > last ? static_cast<unsigned>(last) : static_cast<unsigned>(index)]);
  }

  /// 1/s as inv * 2^-scale.
  struct Reciprocal {
    Integer<19> inv;
    int scale;
  };

  template <class inv_T> static Reciprocal reciprocal(const Sum &sum, const inv_T *invTable) {
#pragma HLS INLINE
    int leading = kSoftmaxFraction;
    for (int k = kSoftmaxFraction; k < sumBits - 1; k++) {
#pragma HLS UNROLL
      if ((sum >> k) != 0)
        leading = k;
    }
    constexpr int indexBits = invBits;
    const Integer<sumBits + indexBits> bits = (static_cast<Integer<sumBits + indexBits>>(sum) << indexBits) >>
                                              leading; // the leading one at place indexBits
    Reciprocal result;
    result.inv = entryMantissa(invTable[static_cast<unsigned>(bits) & (CONFIG_T::inv_size - 1)]);
    result.scale = leading - kSoftmaxFraction;
    return result;
  }

  static res_T quotient(const Exponential &e, const Reciprocal &r) {
#pragma HLS INLINE
    constexpr int bits = 2 * 18 + maxScale + 1;
    const Integer<bits> product = static_cast<Integer<bits>>(e) * r.inv;
    return exact<bits, 2 * kSoftmaxFraction + maxScale>(product << (maxScale - r.scale));
  }
};

} // namespace detail

/// The tables' entries are mantissas, as integers (braid::Rom<18>) or as ap_ufixed<18, 1>.
/// n_in elements are n_in / n_slice vectors. CONFIG_T: n_in, n_slice, exp_shift, exp_size, inv_size,
/// reuse_factor.
template <class data_T, class res_T, class CONFIG_T, class exp_T, class inv_T>
void softmax(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
             const exp_T exp_table[CONFIG_T::exp_size], const inv_T inv_table[CONFIG_T::inv_size]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  typedef detail::Softmax<data_T, res_T, CONFIG_T> Math;
  for (unsigned v = 0; v < CONFIG_T::n_in; v += CONFIG_T::n_slice) {
    data_T max = data[v];
    for (unsigned i = 1; i < CONFIG_T::n_slice; i++)
      if (data[v + i] > max)
        max = data[v + i];
    typename Math::Exponential e[CONFIG_T::n_slice];
#pragma HLS ARRAY_PARTITION variable = e complete
    typename Math::Sum sum = 0;
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
      e[i] = Math::exponential(max, data[v + i], exp_table);
      sum += e[i];
    }
    const typename Math::Reciprocal inverse = Math::reciprocal(sum, inv_table);
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
      res[v + i] = Math::quotient(e[i], inverse);
  }
}

/// A vector travels in n_slice / size beats.
template <class data_T, class res_T, class CONFIG_T, class exp_T, class inv_T>
void softmax(hls::stream<data_T> &data, hls::stream<res_T> &res, const exp_T exp_table[CONFIG_T::exp_size],
             const inv_T inv_table[CONFIG_T::inv_size]) {
  static_assert(data_T::size == res_T::size, "softmax keeps the number of elements per beat");
  static_assert(CONFIG_T::n_slice % data_T::size == 0, "a vector is a whole number of beats");
  typedef typename data_T::value_type value_T;
  typedef detail::Softmax<value_T, typename res_T::value_type, CONFIG_T> Math;
  constexpr unsigned beats = CONFIG_T::n_slice / data_T::size;
  constexpr unsigned size = data_T::size;

  for (unsigned v = 0; v < CONFIG_T::n_in / CONFIG_T::n_slice; v++) {
    data_T in[beats];
    typename Math::Exponential e[beats][size];
#pragma HLS ARRAY_RESHAPE variable = e complete dim = 2
    value_T max = 0;
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS PIPELINE
      in[b] = data.read();
      for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
        if ((b == 0 && j == 0) || in[b][j] > max)
          max = in[b][j];
      }
    }
    typename Math::Sum sum = 0;
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
      for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
        e[b][j] = Math::exponential(max, in[b][j], exp_table);
        sum += e[b][j];
      }
    }
    const typename Math::Reciprocal inverse = Math::reciprocal(sum, inv_table);
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
      res_T out;
#pragma HLS DATA_PACK variable = out
      for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
        out[j] = Math::quotient(e[b][j], inverse);
      }
      res.write(out);
    }
  }
}

} // namespace braid
