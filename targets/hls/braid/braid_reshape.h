// Streams and arrays that are copied, joined, reordered or packed otherwise, for any number of elements per
// beat.
#pragma once

#include "hls_stream.h"

namespace braid {
namespace detail {

constexpr unsigned commonDivisor(unsigned a, unsigned b) { return b == 0 ? a : commonDivisor(b, a % b); }

template <class res_T, class data_T> res_T castBeat(const data_T &in) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "the number of elements per beat stays");
  res_T out;
#pragma HLS DATA_PACK variable = out
  for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
    out[j] = static_cast<typename res_T::value_type>(in[j]);
  }
  return out;
}

template <class res_T> void writeAll(const res_T &beat, hls::stream<res_T> &res) {
#pragma HLS INLINE
  res.write(beat);
}
template <class res_T, class... Rest>
void writeAll(const res_T &beat, hls::stream<res_T> &res, Rest &...rest) {
#pragma HLS INLINE
  res.write(beat);
  writeAll(beat, rest...);
}

/// `beats` beats of `data` to `res`.
template <class data_T, class res_T>
void passBeats(hls::stream<data_T> &data, hls::stream<res_T> &res, unsigned beats) {
#pragma HLS INLINE
  for (unsigned i = 0; i < beats; i++) {
#pragma HLS PIPELINE
    res.write(castBeat<res_T>(data.read()));
  }
}

} // namespace detail

/// Every one of N elements goes to each of the results: cloneStream<in_t, out_t, N>(in, out1, out2, ...).
template <class data_T, class res_T, unsigned N, class... Results>
void cloneStream(hls::stream<data_T> &data, Results &...results) {
  for (unsigned i = 0; i < N / data_T::size; i++) {
#pragma HLS PIPELINE
    detail::writeAll<res_T>(detail::castBeat<res_T>(data.read()), results...);
  }
}

/// An array for another reader, and for two: a channel of a dataflow region has one.
template <class data_T, unsigned N> void copyArray(data_T data[N], data_T res[N]) {
#pragma HLS INLINE off
#pragma HLS PIPELINE
  for (unsigned i = 0; i < N; i++) {
#pragma HLS UNROLL
    res[i] = data[i];
  }
}
template <class data_T, unsigned N> void cloneArray(data_T data[N], data_T res1[N], data_T res2[N]) {
#pragma HLS INLINE off
#pragma HLS PIPELINE
  for (unsigned i = 0; i < N; i++) {
#pragma HLS UNROLL
    res1[i] = data[i];
    res2[i] = data[i];
  }
}

/// The same N elements in beats of any other size. One read and one write per cycle at most; the loop runs as
/// often as the side with more beats needs.
template <class data_T, class res_T, unsigned N>
void repack(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  constexpr unsigned in = data_T::size, out = res_T::size;
  static_assert(N % in == 0 && N % out == 0, "both beat sizes divide the tensor");
  constexpr unsigned step = detail::commonDivisor(in, out); // elements enter and leave at multiples of it
  constexpr unsigned capacity = in + out - step;            // fewer than `out` wait when a beat comes in

  typename res_T::value_type waiting[capacity];
#pragma HLS ARRAY_PARTITION variable = waiting complete
  unsigned fill = 0;
  for (unsigned i = 0; i < N / (in < out ? in : out); i++) {
#pragma HLS PIPELINE
    if (fill < out) {
      const data_T beat = data.read();
      for (unsigned start = 0; start < out; start += step) {
#pragma HLS UNROLL
        if (start == fill) {
          for (unsigned j = 0; j < in; j++) {
#pragma HLS UNROLL
            waiting[start + j] = static_cast<typename res_T::value_type>(beat[j]);
          }
        }
      }
      fill += in;
    }
    if (fill >= out) {
      res_T beat;
#pragma HLS DATA_PACK variable = beat
      for (unsigned j = 0; j < out; j++) {
#pragma HLS UNROLL
        beat[j] = waiting[j];
      }
      res.write(beat);
      for (unsigned j = 0; j + out < capacity; j++) {
#pragma HLS UNROLL
        waiting[j] = waiting[j + out];
      }
      fill -= out;
    }
  }
}

/// Joins two inputs along an axis: n_outer times (the dimensions before the axis) n_run1 elements of the
/// first, then n_run2 of the second (the axis and those after it). All three have the same number of elements
/// per beat.
template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void concatenate(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::n_run1 % res_T::size == 0 && CONFIG_T::n_run2 % res_T::size == 0,
                "runs are whole numbers of beats");
  for (unsigned i = 0; i < CONFIG_T::n_outer; i++) {
    detail::passBeats(data1, res, CONFIG_T::n_run1 / res_T::size);
    detail::passBeats(data2, res, CONFIG_T::n_run2 / res_T::size);
  }
}

/// Takes the config of nnet::transpose.
template <class data_T, class res_T, class CONFIG_T>
void transpose(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  constexpr unsigned in = data_T::size, out = res_T::size;
  static_assert(CONFIG_T::N % in == 0 && CONFIG_T::N % out == 0, "both beat sizes divide the tensor");
  typename data_T::value_type tensor[CONFIG_T::N];
#pragma HLS ARRAY_PARTITION variable = tensor cyclic factor = in

  for (unsigned i = 0; i < CONFIG_T::N / in; i++) {
#pragma HLS PIPELINE
    const data_T beat = data.read();
    for (unsigned j = 0; j < in; j++) {
#pragma HLS UNROLL
      tensor[i * in + j] = beat[j];
    }
  }
  for (unsigned i = 0; i < CONFIG_T::N / out; i++) {
#pragma HLS PIPELINE
    res_T beat;
#pragma HLS DATA_PACK variable = beat
    for (unsigned j = 0; j < out; j++) {
#pragma HLS UNROLL
      unsigned rest = i * out + j, from = 0;
      for (unsigned d = CONFIG_T::dims; d-- > 0;) {
#pragma HLS UNROLL
        from += (rest % CONFIG_T::to_shape[d]) * CONFIG_T::perm_strides[d];
        rest /= CONFIG_T::to_shape[d];
      }
      beat[j] = static_cast<typename res_T::value_type>(tensor[from]);
    }
    res.write(beat);
  }
}

/// Nearest neighbour by whole factors. Takes the config of nnet::resize_nearest.
template <class data_T, class CONFIG_T>
void resizeNearest(hls::stream<data_T> &image, hls::stream<data_T> &resized) {
  static_assert(CONFIG_T::new_height % CONFIG_T::height == 0 && CONFIG_T::new_width % CONFIG_T::width == 0,
                "streams are enlarged by whole factors");
  static_assert(CONFIG_T::n_chan % data_T::size == 0, "a pixel is a whole number of beats");
  constexpr unsigned factorY = CONFIG_T::new_height / CONFIG_T::height;
  constexpr unsigned factorX = CONFIG_T::new_width / CONFIG_T::width;
  constexpr unsigned beats = CONFIG_T::n_chan / data_T::size;

  data_T row[CONFIG_T::width * beats];
  for (unsigned y = 0; y < CONFIG_T::height; y++) {
    for (unsigned repeatY = 0; repeatY < factorY; repeatY++) {
      for (unsigned x = 0; x < CONFIG_T::width; x++) {
        for (unsigned repeatX = 0; repeatX < factorX; repeatX++) {
          for (unsigned b = 0; b < beats; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
            if (repeatY == 0 && repeatX == 0)
              row[x * beats + b] = image.read();
            resized.write(row[x * beats + b]);
          }
        }
      }
    }
  }
}

} // namespace braid
