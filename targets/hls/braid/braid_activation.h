// Activations that hls4ml's library lacks or rounds otherwise: clip, elu, selu, and per-channel prelu and
// affine for pixels of several beats. Tables alone (sigmoid, tanh) are in braid_table.h.
#pragma once

#include "braid_elements.h"
#include "braid_fixed.h"
#include "braid_table.h"

namespace braid {
namespace detail {

struct ClipOp {
  template <class res_T, class CONFIG_T, class data_T, class param_T>
  static res_T of(const data_T &x, const param_T &lo, const param_T &hi) {
#pragma HLS INLINE
    if (x < lo)
      return static_cast<res_T>(lo);
    if (x > hi)
      return static_cast<res_T>(hi);
    return static_cast<res_T>(x);
  }
};

struct EluOp {
  template <class res_T, class CONFIG_T, class data_T, class entry_T>
  static res_T of(const data_T &x, const entry_T *entries) {
#pragma HLS INLINE
    if (x < 0)
      return lookUp<res_T, CONFIG_T>(x, entries);
    return static_cast<res_T>(x);
  }
};

struct SeluOp {
  template <class res_T, class CONFIG_T, class data_T, class scale_T, class entry_T>
  static res_T of(const data_T &x, const scale_T &scale, const entry_T *entries) {
#pragma HLS INLINE
    if (x < 0)
      return lookUp<res_T, CONFIG_T>(x, entries);
    return static_cast<res_T>(scale * x);
  }
};

struct PreluOp {
  template <class res_T, class data_T, class param_T>
  static res_T of(const data_T &x, unsigned channel, const param_T *alpha) {
#pragma HLS INLINE
    if (x < 0)
      return static_cast<res_T>(alpha[channel] * x);
    return static_cast<res_T>(x);
  }
};

struct AffineOp {
  template <class res_T, class data_T, class scale_T, class bias_T>
  static res_T of(const data_T &x, unsigned channel, const scale_T *scale, const bias_T *bias) {
#pragma HLS INLINE
    return static_cast<res_T>(x * scale[channel] + bias[channel]);
  }
};

} // namespace detail

/// cast(min(max(x, lo), hi)), lo <= hi. CONFIG_T: n_in, reuse_factor.
template <class data_T, class param_T, class res_T, class CONFIG_T>
void clip(data_T data[CONFIG_T::n_in], param_T lo, param_T hi, res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mapArray<detail::ClipOp, CONFIG_T>(data, res, lo, hi);
}

template <class data_T, class param_T, class res_T, class CONFIG_T>
void clip(hls::stream<data_T> &data, param_T lo, param_T hi, hls::stream<res_T> &res) {
  detail::mapBeats<detail::ClipOp, CONFIG_T>(data, res, lo, hi);
}

/// x < 0 ? table : cast(x). Config and entries as braid::table's.
template <class data_T, class res_T, class CONFIG_T, class entry_T>
void elu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
         const entry_T entries[CONFIG_T::table_size]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mapArray<detail::EluOp, CONFIG_T>(data, res, entries);
}

template <class data_T, class res_T, class CONFIG_T, class entry_T>
void elu(hls::stream<data_T> &data, hls::stream<res_T> &res, const entry_T entries[CONFIG_T::table_size]) {
  detail::mapBeats<detail::EluOp, CONFIG_T>(data, res, entries);
}

/// x < 0 ? table : cast(scale * x), the product exact. Config and entries as braid::table's.
template <class data_T, class scale_T, class res_T, class CONFIG_T, class entry_T>
void selu(data_T data[CONFIG_T::n_in], scale_T scale, res_T res[CONFIG_T::n_in],
          const entry_T entries[CONFIG_T::table_size]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mapArray<detail::SeluOp, CONFIG_T>(data, res, scale, entries);
}

template <class data_T, class scale_T, class res_T, class CONFIG_T, class entry_T>
void selu(hls::stream<data_T> &data, scale_T scale, hls::stream<res_T> &res,
          const entry_T entries[CONFIG_T::table_size]) {
  detail::mapBeats<detail::SeluOp, CONFIG_T>(data, res, scale, entries);
}

/// x < 0 ? cast(alpha[channel] * x) : cast(x). CONFIG_T: n_in, n_filt (channels), reuse_factor.
template <class data_T, class param_T, class res_T, class CONFIG_T>
void prelu(data_T data[CONFIG_T::n_in], const param_T alpha[CONFIG_T::n_filt], res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mapChannels<detail::PreluOp, CONFIG_T>(data, res, alpha);
}

template <class data_T, class param_T, class res_T, class CONFIG_T>
void prelu(hls::stream<data_T> &data, const param_T alpha[CONFIG_T::n_filt], hls::stream<res_T> &res) {
  detail::mapChannelBeats<detail::PreluOp, CONFIG_T>(data, res, alpha);
}

/// cast(x * scale[channel] + bias[channel]). Takes the config of nnet::normalize.
template <class data_T, class res_T, class CONFIG_T>
void affine(hls::stream<data_T> &data, hls::stream<res_T> &res,
            typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias],
            typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias]) {
  typedef const typename CONFIG_T::scale_t Scale;
  typedef const typename CONFIG_T::bias_t Bias;
  detail::mapChannelBeats<detail::AffineOp, CONFIG_T>(data, res, static_cast<Scale *>(scale),
                                                      static_cast<Bias *>(bias));
}

} // namespace braid
