// Permutation of a tensor's dimensions, io_stream: the whole tensor is taken in, then given out in the new
// order.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_transpose.h"
#include "nnet_types.h"

namespace nnet {

template <typename data_T, typename res_T, typename CONFIG_T>
void transpose(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  typename data_T::value_type tensor[CONFIG_T::N];
#pragma HLS ARRAY_PARTITION variable = tensor complete

  for (unsigned i = 0; i < CONFIG_T::N / data_T::size; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
      tensor[i * data_T::size + j] = in[j];
    }
  }
  for (unsigned i = 0; i < CONFIG_T::N / res_T::size; i++) {
#pragma HLS PIPELINE
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      out[j] = tensor[transfer_idx<CONFIG_T>(static_cast<int>(i * res_T::size + j))];
    }
    res.write(out);
  }
}

} // namespace nnet
