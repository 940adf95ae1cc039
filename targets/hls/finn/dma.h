// Between memory and streams, in whole words of DataWidth bits: a frame is numBytes.
#pragma once

#include <ap_int.h>
#include <hls_stream.h>

namespace braid {
namespace finn {

/// Words of `bytes` bytes.
template <unsigned DataWidth> constexpr unsigned memoryWords(unsigned bytes) {
  static_assert(DataWidth % 8 == 0, "a memory's word is a whole number of bytes");
  return bytes / (DataWidth / 8);
}

} // namespace finn
} // namespace braid

template <unsigned int DataWidth, unsigned int numBytes>
void Mem2Stream(ap_uint<DataWidth> *in, hls::stream<ap_uint<DataWidth>> &out) {
  static_assert(braid::finn::memoryWords<DataWidth>(numBytes) > 0, "a frame is a word or more");
  for (unsigned i = 0; i < braid::finn::memoryWords<DataWidth>(numBytes); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out.write(in[i]);
  }
}

/// numReps frames, one after the other in memory: one burst.
template <unsigned int DataWidth, unsigned int numBytes>
void Mem2Stream_Batch(ap_uint<DataWidth> *in, hls::stream<ap_uint<DataWidth>> &out,
                      const unsigned int numReps) {
  static_assert(braid::finn::memoryWords<DataWidth>(numBytes) > 0, "a frame is a word or more");
  for (unsigned i = 0; i < braid::finn::memoryWords<DataWidth>(numBytes) * numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out.write(in[i]);
  }
}

/// The same frame numReps times: weights in external memory.
template <unsigned int DataWidth, unsigned int numBytes>
void Mem2Stream_Batch_external_wmem(ap_uint<DataWidth> *in, hls::stream<ap_uint<DataWidth>> &out,
                                    const unsigned int numReps) {
  for (unsigned rep = 0; rep < numReps; rep++)
    Mem2Stream<DataWidth, numBytes>(in, out);
}

template <unsigned int DataWidth, unsigned int numBytes>
void Stream2Mem(hls::stream<ap_uint<DataWidth>> &in, ap_uint<DataWidth> *out) {
  static_assert(braid::finn::memoryWords<DataWidth>(numBytes) > 0, "a frame is a word or more");
  for (unsigned i = 0; i < braid::finn::memoryWords<DataWidth>(numBytes); i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out[i] = in.read();
  }
}

template <unsigned int DataWidth, unsigned int numBytes>
void Stream2Mem_Batch(hls::stream<ap_uint<DataWidth>> &in, ap_uint<DataWidth> *out,
                      const unsigned int numReps) {
  static_assert(braid::finn::memoryWords<DataWidth>(numBytes) > 0, "a frame is a word or more");
  for (unsigned i = 0; i < braid::finn::memoryWords<DataWidth>(numBytes) * numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out[i] = in.read();
  }
}

/// The tiles of weights as a stream that a matrix-vector or vector-vector unit takes, unit 0 in the low bits,
/// over and over: TILES words for each of numReps vectors. WP bits per weight.
template <unsigned int TILES, unsigned int SIMD, unsigned int PE, unsigned int WP, typename TW>
void GenParamStream(const TW &W_in, hls::stream<ap_uint<SIMD * PE * WP>> &paramStreamOut, const int numReps) {
  for (int rep = 0; rep < numReps; rep++) {
    for (unsigned tile = 0; tile < TILES; tile++) {
#pragma HLS PIPELINE II = 1 style = flp
      ap_uint<SIMD * PE * WP> word;
      for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
        word((pe + 1) * SIMD * WP - 1, pe * SIMD * WP) = W_in.m_weights[pe][tile];
      }
      paramStreamOut.write(word);
    }
  }
}
