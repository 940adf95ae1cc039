// Convolutions for the programs of this folder: the reference, the weight layouts, and configs with the
// members that an emitted project writes.
#pragma once

#include "harness.h"

#include "braid/braid_conv_im2col.h"
#include "nnet_utils/nnet_conv1d.h"
#include "nnet_utils/nnet_conv1d_stream.h"
#include "nnet_utils/nnet_conv2d.h"
#include "nnet_utils/nnet_conv2d_stream.h"

namespace test {

/// What a convolution computes, apart from number types. 1-D has a height of 1 throughout.
struct Geometry {
  unsigned inHeight, inWidth, channels, filters, groups, filtHeight, filtWidth, strideHeight, strideWidth;
  unsigned dilationHeight, dilationWidth, top, bottom, left, right;

  unsigned outHeight() const {
    return (inHeight + top + bottom - (filtHeight - 1) * dilationHeight - 1) / strideHeight + 1;
  }
  unsigned outWidth() const {
    return (inWidth + left + right - (filtWidth - 1) * dilationWidth - 1) / strideWidth + 1;
  }
  unsigned groupChannels() const { return channels / groups; }
  unsigned neuronSize() const { return filtHeight * filtWidth * groupChannels(); }
};

/// Weights [filters][filtHeight][filtWidth][channels / groups]; RF gives the order of the sums (0: as it
/// comes).
template <class Y, class A, class X, class W, class B>
std::vector<Wide> convolve(const Geometry &g, const X *x, const W *w, const B *b, unsigned RF) {
  const int fraction = FormatOf<X>::get().fraction + FormatOf<W>::get().fraction;
  std::vector<Wide> result, inputs, weights;
  for (unsigned i = 0; i < g.inHeight * g.inWidth * g.channels; i++)
    inputs.push_back(mantissa(x[i]));
  for (unsigned i = 0; i < g.filters * g.neuronSize(); i++)
    weights.push_back(mantissa(w[i]));
  for (unsigned oy = 0; oy < g.outHeight(); oy++)
    for (unsigned ox = 0; ox < g.outWidth(); ox++)
      for (unsigned f = 0; f < g.filters; f++) {
        Neuron neuron(FormatOf<A>::get(), mantissa(b[f]), FormatOf<B>::get().fraction);
        for (unsigned i : meetingOrder(g.neuronSize(), RF == 0 ? 1 : RF, f)) {
          const unsigned c = i % g.groupChannels(), kx = i / g.groupChannels() % g.filtWidth;
          const unsigned ky = i / g.groupChannels() / g.filtWidth;
          const int y = int(oy * g.strideHeight + ky * g.dilationHeight) - int(g.top);
          const int x2 = int(ox * g.strideWidth + kx * g.dilationWidth) - int(g.left);
          if (y < 0 || x2 < 0 || y >= int(g.inHeight) || x2 >= int(g.inWidth))
            continue;
          const unsigned channel = f / (g.filters / g.groups) * g.groupChannels() + c;
          neuron.add(inputs[(unsigned(y) * g.inWidth + unsigned(x2)) * g.channels + channel] *
                         weights[f * g.neuronSize() + i],
                     fraction);
        }
        result.push_back(neuron.result(FormatOf<Y>::get()));
      }
  return result;
}

/// [filters][taps x channels] to [taps x channels][filters].
template <class W> std::vector<W> toColumns(const std::vector<W> &rows, unsigned filters) {
  std::vector<W> columns(rows);
  const unsigned size = unsigned(rows.size()) / filters;
  for (unsigned f = 0; f < filters; f++)
    for (unsigned i = 0; i < size; i++)
      columns[i * filters + f] = rows[f * size + i];
  return columns;
}

template <class data_T, typename CONFIG_T>
class fill_buffer_2d : public nnet::FillConv2DBuffer<data_T, CONFIG_T> {
public:
  static void fill_buffer(
      data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
      data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan],
      const unsigned partition) {
    braid::im2col2d<data_T, CONFIG_T>(data, buffer, partition);
  }
};

template <class data_T, typename CONFIG_T>
class fill_buffer_1d : public nnet::FillConv1DBuffer<data_T, CONFIG_T> {
public:
  static void fill_buffer(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                          data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_width * CONFIG_T::n_chan],
                          const unsigned partition) {
    braid::im2col1d<data_T, CONFIG_T>(data, buffer, partition);
  }
};

template <class W, class B, class A, unsigned nIn, unsigned nOut, unsigned RF, unsigned Strategy,
          template <class, class, class> class Kernel>
struct MultConfig : nnet::dense_config {
  static const unsigned n_in = nIn;
  static const unsigned n_out = nOut;
  static const unsigned reuse_factor = RF;
  static const unsigned strategy = Strategy;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  typedef A accum_t;
  typedef B bias_t;
  typedef W weight_t;
  template <class data_T, class res_T, class CONFIG_T> using kernel = Kernel<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

/// G has the geometry, the number types, reuse_factor, strategy, n_partitions and the kernel.
template <class G> struct Conv2d : nnet::conv2d_config {
  static const unsigned pad_top = G::pad_top;
  static const unsigned pad_bottom = G::pad_bottom;
  static const unsigned pad_left = G::pad_left;
  static const unsigned pad_right = G::pad_right;
  static const unsigned in_height = G::in_height;
  static const unsigned in_width = G::in_width;
  static const unsigned n_chan = G::n_chan;
  static const unsigned filt_height = G::filt_height;
  static const unsigned filt_width = G::filt_width;
  static const unsigned kernel_size = filt_height * filt_width;
  static const unsigned n_filt = G::n_filt;
  static const unsigned stride_height = G::stride_height;
  static const unsigned stride_width = G::stride_width;
  static const unsigned dilation_height = G::dilation_height;
  static const unsigned dilation_width = G::dilation_width;
  static const unsigned out_height =
      (in_height + pad_top + pad_bottom - (filt_height - 1) * dilation_height - 1) / stride_height + 1;
  static const unsigned out_width =
      (in_width + pad_left + pad_right - (filt_width - 1) * dilation_width - 1) / stride_width + 1;
  static const unsigned reuse_factor = G::reuse_factor;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit =
      DIV_ROUNDUP(kernel_size * n_chan * n_filt, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  static const unsigned strategy = G::strategy;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned min_height = in_height;
  static const unsigned min_width = in_width;
  static const unsigned n_partitions = G::n_partitions;
  static const unsigned n_pixels = out_height * out_width / n_partitions;
  template <class data_T, class CONFIG_T> using fill_buffer = fill_buffer_2d<data_T, CONFIG_T>;
  typedef typename G::A accum_t;
  typedef typename G::B bias_t;
  typedef typename G::W weight_t;
  typedef MultConfig<weight_t, bias_t, accum_t, kernel_size * n_chan, n_filt, reuse_factor, strategy,
                     G::template Kernel>
      mult_config;
  template <unsigned K, unsigned S, unsigned W>
  using scale_index_height = nnet::scale_index_unscaled<K, S, W>;
  template <unsigned K, unsigned S, unsigned W> using scale_index_width = nnet::scale_index_unscaled<K, S, W>;
};

template <class G> struct Conv1d : nnet::conv1d_config {
  static const unsigned pad_left = G::pad_left;
  static const unsigned pad_right = G::pad_right;
  static const unsigned in_width = G::in_width;
  static const unsigned n_chan = G::n_chan;
  static const unsigned filt_width = G::filt_width;
  static const unsigned kernel_size = filt_width;
  static const unsigned n_filt = G::n_filt;
  static const unsigned stride_width = G::stride_width;
  static const unsigned dilation = G::dilation_width;
  static const unsigned out_width =
      (in_width + pad_left + pad_right - (filt_width - 1) * dilation - 1) / stride_width + 1;
  static const unsigned reuse_factor = G::reuse_factor;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit =
      DIV_ROUNDUP(kernel_size * n_chan * n_filt, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  static const unsigned strategy = G::strategy;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned min_width = in_width;
  static const unsigned n_partitions = G::n_partitions;
  static const unsigned n_pixels = out_width / n_partitions;
  template <class data_T, class CONFIG_T> using fill_buffer = fill_buffer_1d<data_T, CONFIG_T>;
  typedef typename G::A accum_t;
  typedef typename G::B bias_t;
  typedef typename G::W weight_t;
  // A whole turn is one matrix where the filter is one wide and the strategy Latency.
  static const unsigned batch = G::batched ? in_width / n_partitions : 1;
  typedef MultConfig<weight_t, bias_t, accum_t, kernel_size * n_chan * batch, n_filt * batch, reuse_factor,
                     strategy, G::template Kernel>
      mult_config;
  template <unsigned K, unsigned S, unsigned W> using scale_index = nnet::scale_index_unscaled<K, S, W>;
  template <class data_T, class res_T, class CONFIG_T>
  using conv_kernel = typename G::template Conv<data_T, res_T, CONFIG_T>;
};

typedef ap_fixed<16, 6> F16;

/// The defaults of a case: one pixel in and out, Latency.
template <template <class, class, class> class K, unsigned Strategy = nnet::latency, unsigned RF = 1>
struct Case {
  typedef F16 X;
  typedef F16 W;
  typedef F16 B;
  typedef ap_fixed<42, 22> A;
  typedef F16 Y;
  static const unsigned in_height = 1, in_width = 1, n_chan = 1, n_filt = 1, filt_height = 1, filt_width = 1;
  static const unsigned stride_height = 1, stride_width = 1, dilation_height = 1, dilation_width = 1;
  static const unsigned pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  static const unsigned reuse_factor = RF, strategy = Strategy, n_partitions = 1;
  static const bool batched = false;
  template <class data_T, class res_T, class CONFIG_T> using Kernel = K<data_T, res_T, CONFIG_T>;
  template <class data_T, class res_T, class CONFIG_T>
  using Conv =
      typename std::conditional<Strategy == nnet::latency, nnet::Conv1DLatency<data_T, res_T, CONFIG_T>,
                                nnet::Conv1DResource<data_T, res_T, CONFIG_T>>::type;
};

template <class G> Geometry geometry(unsigned groups) {
  return {G::in_height,      G::in_width,   G::n_chan,        G::n_filt,       groups,
          G::filt_height,    G::filt_width, G::stride_height, G::stride_width, G::dilation_height,
          G::dilation_width, G::pad_top,    G::pad_bottom,    G::pad_left,     G::pad_right};
}

/// Two frames of input, weights by row, biases.
template <class G> struct Data {
  Geometry geo;
  std::vector<typename G::X> x[2];
  std::vector<typename G::W> rows;
  std::vector<typename G::B> b;

  explicit Data(unsigned groups = 1) : geo(geometry<G>(groups)) {
    Numbers numbers(geo.inHeight * 7 + geo.inWidth * 11 + geo.channels * 13 + geo.filters * 3 +
                    geo.neuronSize());
    for (auto &frame : x)
      frame = numbers.take<typename G::X>(geo.inHeight * geo.inWidth * geo.channels);
    rows = numbers.take<typename G::W>(geo.filters * geo.neuronSize());
    b = numbers.take<typename G::B>(geo.filters);
  }
  std::vector<Wide> want(int frame) const {
    return convolve<typename G::Y, typename G::A>(geo, x[frame].data(), rows.data(), b.data(),
                                                  G::strategy == nnet::latency ? 1 : G::reuse_factor);
  }
  std::vector<typename G::W> weights() const {
    return G::strategy == nnet::latency ? toColumns(rows, geo.filters) : rows;
  }
};

} // namespace test
