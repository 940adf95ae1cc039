// What quantised networks come to between two integer tensors: ladders of thresholds; and the place of the
// largest output.
#pragma once

#include "braid_elements.h"

namespace braid {

/// n_in elements of n_filt channels; ladders of n_steps thresholds, n_rows of them: one for all or one per
/// channel.
struct ThresholdConfig {
  static const unsigned n_in = 10;
  static const unsigned n_filt = 10;
  static const unsigned n_rows = 1;
  static const unsigned n_steps = 1;
  static const int base = 0;
  static const unsigned reuse_factor = 1;
};

namespace detail {

template <class CONFIG_T> struct ThresholdOp {
  template <class res_T, class data_T, class step_T>
  static res_T of(const data_T &x, unsigned channel, const step_T *steps) {
#pragma HLS INLINE
    const step_T *own = steps + (CONFIG_T::n_rows == 1 ? 0 : channel) * CONFIG_T::n_steps;
    int reached = CONFIG_T::base;
    for (unsigned k = 0; k < CONFIG_T::n_steps; k++) {
#pragma HLS UNROLL
      reached += x >= own[k] ? 1 : 0;
    }
    return static_cast<res_T>(reached);
  }
};

} // namespace detail

/// base + the number of thresholds not above x; thresholds [n_rows][n_steps].
template <class data_T, class step_T, class res_T, class CONFIG_T>
void threshold(data_T data[CONFIG_T::n_in], const step_T steps[CONFIG_T::n_rows * CONFIG_T::n_steps],
               res_T res[CONFIG_T::n_in]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
#pragma HLS ARRAY_PARTITION variable = steps complete
  detail::mapChannels<detail::ThresholdOp<CONFIG_T>, CONFIG_T>(data, res, steps);
}

template <class data_T, class step_T, class res_T, class CONFIG_T>
void threshold(hls::stream<data_T> &data, const step_T steps[CONFIG_T::n_rows * CONFIG_T::n_steps],
               hls::stream<res_T> &res) {
  // Ladders of the channels of one beat side by side in a word.
#pragma HLS ARRAY_RESHAPE variable = steps cyclic factor =                                                   \
    (CONFIG_T::n_rows == 1 ? 1 : data_T::size) * CONFIG_T::n_steps
  detail::mapChannelBeats<detail::ThresholdOp<CONFIG_T>, CONFIG_T>(data, res, steps);
}

/// n_in elements in rows of n_chan.
struct ArgMaxConfig {
  static const unsigned n_in = 10;
  static const unsigned n_chan = 10;
};

/// The place of the largest element of each row; the first of several.
template <class data_T, class res_T, class CONFIG_T>
void argMax(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in / CONFIG_T::n_chan]) {
#pragma HLS PIPELINE
  for (unsigned r = 0; r < CONFIG_T::n_in / CONFIG_T::n_chan; r++) {
    data_T most = data[r * CONFIG_T::n_chan];
    unsigned place = 0;
    for (unsigned i = 1; i < CONFIG_T::n_chan; i++) {
      const data_T value = data[r * CONFIG_T::n_chan + i];
      const bool isLarger = value > most;
      most = isLarger ? value : most;
      place = isLarger ? i : place;
    }
    res[r] = static_cast<res_T>(place);
  }
}

template <class data_T, class res_T, class CONFIG_T>
void argMax(hls::stream<data_T> &data, hls::stream<res_T> &res) {
  static_assert(CONFIG_T::n_chan % data_T::size == 0, "a row is a whole number of beats");
  static_assert(res_T::size == 1, "a row has one result");
  typedef typename data_T::value_type value_T;
  typedef typename res_T::value_type place_T;
  constexpr unsigned beats = CONFIG_T::n_chan / data_T::size;
  value_T most = 0;
  unsigned place = 0;
  for (unsigned r = 0; r < CONFIG_T::n_in / CONFIG_T::n_chan; r++) {
    for (unsigned b = 0; b < beats; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
      const data_T in = data.read();
      for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
        const bool isLarger = (b == 0 && j == 0) || in[j] > most;
        most = isLarger ? in[j] : most;
        place = isLarger ? b * data_T::size + j : place;
      }
      if (b == beats - 1) {
        res_T out;
#pragma HLS DATA_PACK variable = out
        out[0] = static_cast<place_T>(place);
        res.write(out);
      }
    }
  }
}

/// Rows and columns of `value` around a map.
struct PadConfig {
  static const unsigned in_height = 1;
  static const unsigned in_width = 1;
  static const unsigned n_chan = 1;
  static const unsigned out_height = 1;
  static const unsigned out_width = 1;
  static const unsigned pad_top = 0;
  static const unsigned pad_left = 0;
};

template <class data_T, class value_T, class res_T, class CONFIG_T>
void padWith(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan], value_T value,
             res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan]) {
#pragma HLS PIPELINE
  for (unsigned y = 0; y < CONFIG_T::out_height; y++) {
    for (unsigned x = 0; x < CONFIG_T::out_width; x++) {
      const bool isInside = y >= CONFIG_T::pad_top && y < CONFIG_T::pad_top + CONFIG_T::in_height &&
                            x >= CONFIG_T::pad_left && x < CONFIG_T::pad_left + CONFIG_T::in_width;
      for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
        const unsigned from = (y - CONFIG_T::pad_top) * CONFIG_T::in_width + x - CONFIG_T::pad_left;
        res[(y * CONFIG_T::out_width + x) * CONFIG_T::n_chan + c] =
            isInside ? static_cast<res_T>(data[from * CONFIG_T::n_chan + c]) : static_cast<res_T>(value);
      }
    }
  }
}

template <class data_T, class value_T, class res_T, class CONFIG_T>
void padWith(hls::stream<data_T> &data, value_T value, hls::stream<res_T> &res) {
  static_assert(data_T::size == res_T::size, "padding keeps the number of elements per beat");
  static_assert(CONFIG_T::n_chan % data_T::size == 0, "a pixel is a whole number of beats");
  for (unsigned y = 0; y < CONFIG_T::out_height; y++) {
    for (unsigned x = 0; x < CONFIG_T::out_width; x++) {
      for (unsigned b = 0; b < CONFIG_T::n_chan / data_T::size; b++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
        const bool isInside = y >= CONFIG_T::pad_top && y < CONFIG_T::pad_top + CONFIG_T::in_height &&
                              x >= CONFIG_T::pad_left && x < CONFIG_T::pad_left + CONFIG_T::in_width;
        res_T out;
#pragma HLS DATA_PACK variable = out
        if (isInside) {
          const data_T in = data.read();
          for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
            out[j] = static_cast<typename res_T::value_type>(in[j]);
          }
        } else {
          for (unsigned j = 0; j < data_T::size; j++) {
#pragma HLS UNROLL
            out[j] = value;
          }
        }
        res.write(out);
      }
    }
  }
}

} // namespace braid
