// Resizing of feature maps by nearest neighbour, io_parallel.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"

namespace nnet {

struct resize_config {
  static const unsigned height = 10;
  static const unsigned width = 10;
  static const unsigned n_chan = 10;
  static const unsigned new_height = 10;
  static const unsigned new_width = 10;
};

/// Result pixel (y, x) is input pixel (floor(y * height / new_height), floor(x * width / new_width)).
template <class data_T, typename CONFIG_T>
void resize_nearest(data_T image[CONFIG_T::height * CONFIG_T::width * CONFIG_T::n_chan],
                    data_T resized[CONFIG_T::new_height * CONFIG_T::new_width * CONFIG_T::n_chan]) {
#pragma HLS PIPELINE
  for (unsigned y = 0; y < CONFIG_T::new_height; y++) {
    const unsigned fromY = y * CONFIG_T::height / CONFIG_T::new_height;
    for (unsigned x = 0; x < CONFIG_T::new_width; x++) {
      const unsigned fromX = x * CONFIG_T::width / CONFIG_T::new_width;
      const unsigned from = (fromY * CONFIG_T::width + fromX) * CONFIG_T::n_chan;
      const unsigned to = (y * CONFIG_T::new_width + x) * CONFIG_T::n_chan;
      for (unsigned c = 0; c < CONFIG_T::n_chan; c++)
        resized[to + c] = image[from + c];
    }
  }
}

} // namespace nnet
