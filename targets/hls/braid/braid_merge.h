// Layers of two inputs that hls4ml's library lacks: division, broadcasting streams, concatenation of pixels
// of several beats.
#pragma once

#include "braid_fixed.h"
#include "hls_stream.h"

namespace braid {
namespace detail {

struct AddOp {
  template <class res_T, class A, class B> static res_T of(const A &a, const B &b) {
#pragma HLS INLINE
    return static_cast<res_T>(a + b);
  }
};
struct SubtractOp {
  template <class res_T, class A, class B> static res_T of(const A &a, const B &b) {
#pragma HLS INLINE
    return static_cast<res_T>(a - b);
  }
};
struct MultiplyOp {
  template <class res_T, class A, class B> static res_T of(const A &a, const B &b) {
#pragma HLS INLINE
    return static_cast<res_T>(a * b);
  }
};

/// cast(a / b), by two places more than the result has and a sticky last place; a / 0 is the end of the
/// result's range on a's side, and 0 / 0 is 0.
struct DivideOp {
  template <class res_T, class A, class B> static res_T of(const A &a, const B &b) {
#pragma HLS INLINE
    constexpr int places = maxOf(Fixed<res_T>::fraction, 0) + 2;
    constexpr int shift = places + Fixed<B>::fraction - Fixed<A>::fraction;
    constexpr int bits = maxOf(mantissaBits<A>() + maxOf(shift, 0), mantissaBits<B>() + maxOf(-shift, 0)) + 1;
    const Integer<bits> numerator =
        shiftedLeft<bits>(static_cast<Integer<bits>>(mantissa(a)), maxOf(shift, 0));
    const Integer<bits> denominator =
        shiftedLeft<bits>(static_cast<Integer<bits>>(mantissa(b)), maxOf(-shift, 0));
    if (denominator == 0)
      return numerator > 0 ? highest<res_T>() : numerator < 0 ? lowest<res_T>() : res_T(0);
    Integer<bits> quotient = numerator / denominator;
    if (quotient * denominator != numerator && (numerator < 0) != (denominator < 0))
      quotient = quotient - 1;
    if (quotient * denominator != numerator)
      quotient = quotient | Integer<bits>(1); // sticky: no tie where there is none
    return exact<bits, places>(quotient);
  }
};

/// One input of a merge of `total` elements in beats of `size`. Its n elements stand `repeat` times each in a
/// row (trailing dimensions of one), and all of them again and again (leading dimensions of one).
template <class data_T, unsigned n, unsigned repeat, unsigned total, unsigned size> class Operand {
  static_assert(n % data_T::size == 0 && total % (n * repeat) == 0, "an operand repeats evenly");
  static_assert(repeat == 1 ? data_T::size == size : repeat % size == 0,
                "an operand has the result's beats, or stands still for whole beats of it");
  static const bool isKept = n * repeat < total; // needed again: read once, before the first result

public:
  void open(hls::stream<data_T> &data) {
#pragma HLS INLINE
    if (isKept) {
      for (unsigned i = 0; i < kBeats; i++) {
#pragma HLS PIPELINE
        kept_[i] = data.read();
      }
    }
    beat_ = element_ = used_ = 0;
  }

  /// The element that meets the result's element j of the current beat, after `load`.
  typename data_T::value_type at(unsigned j) const {
#pragma HLS INLINE
    return repeat == 1 ? current_[j] : current_[element_];
  }

  void load(hls::stream<data_T> &data) {
#pragma HLS INLINE
    if (element_ == 0 && used_ == 0) {
      if (isKept)
        current_ = kept_[beat_];
      else
        current_ = data.read();
    }
  }

  void advance() {
#pragma HLS INLINE
    used_ += size;
    if (used_ < repeat)
      return;
    used_ = 0;
    element_ += repeat == 1 ? size : 1;
    if (element_ < data_T::size)
      return;
    element_ = 0;
    beat_ = beat_ + 1 == kBeats ? 0 : beat_ + 1;
  }

private:
  static const unsigned kBeats = n / data_T::size;
  data_T kept_[isKept ? kBeats : 1];
  data_T current_;
  unsigned beat_, element_, used_;
};

template <class Op, class CONFIG_T, class input1_T, class input2_T, class res_T>
void mergeBeats(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
#pragma HLS INLINE
  constexpr unsigned size = res_T::size;
  Operand<input1_T, CONFIG_T::n_elem1, CONFIG_T::n_repeat1, CONFIG_T::n_elem, size> operand1;
  Operand<input2_T, CONFIG_T::n_elem2, CONFIG_T::n_repeat2, CONFIG_T::n_elem, size> operand2;
  operand1.open(data1);
  operand2.open(data2);
  for (unsigned i = 0; i < CONFIG_T::n_elem / size; i++) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
    operand1.load(data1);
    operand2.load(data2);
    res_T out;
#pragma HLS DATA_PACK variable = out
    for (unsigned j = 0; j < size; j++) {
#pragma HLS UNROLL
      out[j] = Op::template of<typename res_T::value_type>(operand1.at(j), operand2.at(j));
    }
    res.write(out);
    operand1.advance();
    operand2.advance();
  }
}

template <class Op, class CONFIG_T, class input1_T, class input2_T, class res_T>
void mergeArrays(const input1_T *data1, const input2_T *data2, res_T *res) {
#pragma HLS INLINE
  for (unsigned i = 0; i < CONFIG_T::n_elem; i++)
    res[i] = Op::template of<res_T>(data1[i / CONFIG_T::n_repeat1 % CONFIG_T::n_elem1],
                                    data2[i / CONFIG_T::n_repeat2 % CONFIG_T::n_elem2]);
}

} // namespace detail

// Merges with broadcasting. CONFIG_T: n_elem (of the result), n_elem1 and n_elem2 (of the inputs), n_repeat1
// and n_repeat2 (how often each element of an input stands in a row: the product of its trailing dimensions
// of one that the result has larger; else 1), reuse_factor. Exact up to one cast.

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void add(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mergeArrays<detail::AddOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void add(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::AddOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void subtract(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
              res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mergeArrays<detail::SubtractOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void subtract(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::SubtractOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void multiply(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
              res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mergeArrays<detail::MultiplyOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void multiply(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::MultiplyOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void divide(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2],
            res_T res[CONFIG_T::n_elem]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mergeArrays<detail::DivideOp, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, class CONFIG_T>
void divide(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
  detail::mergeBeats<detail::DivideOp, CONFIG_T>(data1, data2, res);
}

} // namespace braid
