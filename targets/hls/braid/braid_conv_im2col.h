// The windows of a convolution whose map lies in an array, as loops: the body of a `fill_buffer` class.
#pragma once

namespace braid {

/// Fills buffer[p] with the window of output pixel partition * n_pixels + p,
/// [filt_height][filt_width][n_chan], zero where it leaves the map. CONFIG_T has the members of hls4ml's
/// conv2d_config.
template <class data_T, class CONFIG_T>
void im2col2d(
    const data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
    data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan],
    const unsigned partition) {
#pragma HLS INLINE
  for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
    const unsigned pixel = partition * CONFIG_T::n_pixels + p;
    const int top = int(pixel / CONFIG_T::out_width * CONFIG_T::stride_height) - int(CONFIG_T::pad_top);
    const int left = int(pixel % CONFIG_T::out_width * CONFIG_T::stride_width) - int(CONFIG_T::pad_left);
    unsigned to = 0;
    for (unsigned ky = 0; ky < CONFIG_T::filt_height; ky++) {
#pragma HLS UNROLL
      const int y = top + int(ky * CONFIG_T::dilation_height);
      for (unsigned kx = 0; kx < CONFIG_T::filt_width; kx++) {
#pragma HLS UNROLL
        const int x = left + int(kx * CONFIG_T::dilation_width);
        const bool inside = y >= 0 && y < int(CONFIG_T::in_height) && x >= 0 && x < int(CONFIG_T::in_width);
        const unsigned from =
            inside ? (unsigned(y) * CONFIG_T::in_width + unsigned(x)) * CONFIG_T::n_chan : 0;
        for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
          buffer[p][to++] = inside ? data[from + c] : data_T(0);
        }
      }
    }
  }
}

/// The same for hls4ml's conv1d_config.
template <class data_T, class CONFIG_T>
void im2col1d(const data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
              data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_width * CONFIG_T::n_chan],
              const unsigned partition) {
#pragma HLS INLINE
  for (unsigned p = 0; p < CONFIG_T::n_pixels; p++) {
#pragma HLS UNROLL
    const unsigned pixel = partition * CONFIG_T::n_pixels + p;
    const int left = int(pixel * CONFIG_T::stride_width) - int(CONFIG_T::pad_left);
    unsigned to = 0;
    for (unsigned kx = 0; kx < CONFIG_T::filt_width; kx++) {
#pragma HLS UNROLL
      const int x = left + int(kx * CONFIG_T::dilation);
      const bool inside = x >= 0 && x < int(CONFIG_T::in_width);
      for (unsigned c = 0; c < CONFIG_T::n_chan; c++) {
#pragma HLS UNROLL
        buffer[p][to++] = inside ? data[unsigned(x) * CONFIG_T::n_chan + c] : data_T(0);
      }
    }
  }
}

} // namespace braid
