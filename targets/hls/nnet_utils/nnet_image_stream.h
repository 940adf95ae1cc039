// Resizing of feature maps by nearest neighbour and whole factors, io_stream: one pixel per beat.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_image.h"
#include "nnet_types.h"

namespace nnet {

/// Result pixel (y, x) is input pixel (y / factor, x / factor); one row is held.
template <class data_T, typename CONFIG_T>
void resize_nearest(hls::stream<data_T> &image, hls::stream<data_T> &resized) {
  static_assert(CONFIG_T::new_height % CONFIG_T::height == 0 && CONFIG_T::new_width % CONFIG_T::width == 0,
                "streams are enlarged by whole factors");
  static_assert(data_T::size == CONFIG_T::n_chan, "a beat of resize_nearest is one pixel");
  constexpr unsigned factorY = CONFIG_T::new_height / CONFIG_T::height;
  constexpr unsigned factorX = CONFIG_T::new_width / CONFIG_T::width;

  data_T row[CONFIG_T::width];
  for (unsigned y = 0; y < CONFIG_T::height; y++) {
    for (unsigned repeatY = 0; repeatY < factorY; repeatY++) {
      for (unsigned x = 0; x < CONFIG_T::width; x++) {
        for (unsigned repeatX = 0; repeatX < factorX; repeatX++) {
#pragma HLS LOOP_FLATTEN
#pragma HLS PIPELINE
          if (repeatY == 0 && repeatX == 0)
            row[x] = image.read();
          resized.write(row[x]);
        }
      }
    }
  }
}

} // namespace nnet
