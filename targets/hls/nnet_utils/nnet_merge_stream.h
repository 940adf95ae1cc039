// Layers of two inputs, io_stream: arithmetic element by element, and concatenation along any axis.
#pragma once

#include "ap_fixed.h"
#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_merge.h"
#include "nnet_types.h"

namespace nnet {

namespace detail {

/// Joins the streams beat by beat with Op::of<result>(a, b), which is exact up to its one cast to the result.
template <class Op, class input1_T, class input2_T, class res_T, typename CONFIG_T>
void mergeBeats(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
#pragma HLS INLINE
  static_assert(input1_T::size == res_T::size && input2_T::size == res_T::size,
                "both inputs and the result have as many elements per beat");
  for (unsigned i = 0; i < CONFIG_T::n_elem / res_T::size; i++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
    const input1_T in1 = data1.read();
    const input2_T in2 = data2.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      out[j] = Op::template of<typename res_T::value_type>(in1[j], in2[j]);
    }
    res.write(out);
  }
}

struct Add {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return a + b;
  }
};
struct Subtract {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return a - b;
  }
};
struct Multiply {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return a * b;
  }
};
struct Average {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return (a + b) * ap_ufixed<1, 0>(0.5);
  }
};
struct Maximum {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return a > b ? static_cast<R>(a) : static_cast<R>(b);
  }
};
struct Minimum {
  template <class R, class A, class B> static R of(const A &a, const B &b) {
#pragma HLS INLINE
    return a < b ? static_cast<R>(a) : static_cast<R>(b);
  }
};

} // namespace detail

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void add(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Add, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void subtract(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Subtract, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void multiply(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Multiply, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void average(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Average, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void maximum(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Maximum, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void minimum(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::Minimum, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

namespace detail {

/// `beats` beats of `data` to `res`, which has as many elements per beat.
template <class data_T, class res_T>
void passBeats(hls::stream<data_T> &data, hls::stream<res_T> &res, unsigned beats) {
#pragma HLS INLINE
  static_assert(data_T::size == res_T::size, "joined along an outer axis, pixels keep their channels");
  for (unsigned i = 0; i < beats; i++) {
#pragma HLS PIPELINE
    const data_T in = data.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < res_T::size; j++) {
#pragma HLS UNROLL
      out[j] = in[j];
    }
    res.write(out);
  }
}

/// `pixels` times: the channels of a pixel of data1, then those of a pixel of data2, in one beat.
template <class input1_T, class input2_T, class res_T>
void joinChannels(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res,
                  unsigned pixels) {
#pragma HLS INLINE
  static_assert(input1_T::size + input2_T::size == res_T::size,
                "joined along channels, a beat is a whole pixel");
  for (unsigned i = 0; i < pixels; i++) {
#pragma HLS PIPELINE
    const input1_T in1 = data1.read();
    const input2_T in2 = data2.read();
    res_T out;
    PRAGMA_DATA_PACK(out)
    for (unsigned j = 0; j < input1_T::size; j++) {
#pragma HLS UNROLL
      out[j] = in1[j];
    }
    for (unsigned j = 0; j < input2_T::size; j++) {
#pragma HLS UNROLL
      out[input1_T::size + j] = in2[j];
    }
    res.write(out);
  }
}

/// Chosen at compile time, so that only the branch taken is compiled: the other's beats would not fit.
template <bool joinsChannels> struct Concatenate {
  template <class input1_T, class input2_T, class res_T>
  static void run(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res,
                  unsigned outer, unsigned beats1, unsigned beats2) {
#pragma HLS INLINE
    for (unsigned o = 0; o < outer; o++) {
      passBeats(data1, res, beats1);
      passBeats(data2, res, beats2);
    }
  }
};
template <> struct Concatenate<true> {
  template <class input1_T, class input2_T, class res_T>
  static void run(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res,
                  unsigned outer, unsigned, unsigned) {
#pragma HLS INLINE
    joinChannels(data1, data2, res, outer);
  }
};

} // namespace detail

/// The result is one beat; the inputs may come in several.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate1d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  res_T out;
  PRAGMA_DATA_PACK(out)
  for (unsigned i = 0; i < CONFIG_T::n_elem1_0 / input1_T::size; i++) {
#pragma HLS PIPELINE
    const input1_T in = data1.read();
    for (unsigned j = 0; j < input1_T::size; j++) {
#pragma HLS UNROLL
      out[i * input1_T::size + j] = in[j];
    }
  }
  for (unsigned i = 0; i < CONFIG_T::n_elem2_0 / input2_T::size; i++) {
#pragma HLS PIPELINE
    const input2_T in = data2.read();
    for (unsigned j = 0; j < input2_T::size; j++) {
#pragma HLS UNROLL
      out[CONFIG_T::n_elem1_0 + i * input2_T::size + j] = in[j];
    }
  }
  res.write(out);
}

/// axis: 1 or -2 joins along the first dimension, 2 or -1 along the second. A beat is a row of channels.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate2d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
#pragma HLS INLINE
  const bool joinsChannels = static_cast<int>(CONFIG_T::axis) == 2 || static_cast<int>(CONFIG_T::axis) == -1;
  const unsigned outer = joinsChannels ? CONFIG_T::n_elem1_0 : 1u;
  detail::Concatenate<joinsChannels>::run(data1, data2, res, outer, CONFIG_T::n_elem1_0, CONFIG_T::n_elem2_0);
}

/// axis: 1 or -3 joins along the first dimension, 2 or -2 along the second, 3 or -1 along the third.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate3d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
#pragma HLS INLINE
  const int axis = CONFIG_T::axis;
  const bool joinsChannels = static_cast<int>(CONFIG_T::axis) == 3 || static_cast<int>(CONFIG_T::axis) == -1;
  const unsigned pixels1 = CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1;
  const unsigned pixels2 = CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1;
  const unsigned outer = joinsChannels ? pixels1 : axis == 2 || axis == -2 ? CONFIG_T::n_elem1_0 : 1u;
  detail::Concatenate<joinsChannels>::run(data1, data2, res, outer, pixels1 / outer, pixels2 / outer);
}

} // namespace nnet
