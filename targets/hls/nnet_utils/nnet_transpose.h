// Permutation of a tensor's dimensions, io_parallel.
#pragma once

#include "nnet_common.h"

namespace nnet {

/// The members of a transpose's config: result dimension i is input dimension perm[i], and perm_strides[i] is
/// the distance in the input between neighbours along it.
struct transpose_config {
  static const unsigned dims;
  static const unsigned N;
  static const unsigned *const from_shape;
  static const unsigned *const to_shape;
  static const unsigned *const perm;
  static const unsigned *const perm_strides;
};

/// Where in the input element `index` of the result stands.
template <typename CONFIG_T> unsigned transfer_idx(int index) {
#pragma HLS INLINE
  unsigned rest = static_cast<unsigned>(index);
  unsigned source = 0;
  for (unsigned d = CONFIG_T::dims; d-- > 0;) {
#pragma HLS UNROLL
    source += (rest % CONFIG_T::to_shape[d]) * CONFIG_T::perm_strides[d];
    rest /= CONFIG_T::to_shape[d];
  }
  return source;
}

template <typename data_T, typename res_T, typename CONFIG_T>
void transpose(const data_T data[CONFIG_T::N], res_T res[CONFIG_T::N]) {
#pragma HLS PIPELINE
  for (unsigned i = 0; i < CONFIG_T::N; i++) {
#pragma HLS UNROLL
    res[i] = data[transfer_idx<CONFIG_T>(static_cast<int>(i))];
  }
}

} // namespace nnet
