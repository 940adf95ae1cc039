// Layers as a project spells them out, one of each kind and io mode: the configs (parameters.h), the
// generated classes (nnet_utils/nnet_code_gen.h) and the calls. The numbers are checked by the other programs
// of this folder; this one pins the spelling, and that both ways of passing maps give the same.
#include "harness.h"

// In a project, per layer, from the kinds below.
#include "nnet_utils/nnet_conv1d.h"
#include "nnet_utils/nnet_conv1d_stream.h"
#include "nnet_utils/nnet_conv2d.h"
#include "nnet_utils/nnet_conv2d_stream.h"
#include "nnet_utils/nnet_dense.h"
#include "nnet_utils/nnet_dense_stream.h"
#include "nnet_utils/nnet_padding.h"
#include "nnet_utils/nnet_padding_stream.h"
#include "nnet_utils/nnet_sepconv1d_stream.h"
#include "nnet_utils/nnet_sepconv2d.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"
// Without a counterpart in hls4ml.
#include "braid/braid_conv.h"
#include "braid/braid_conv_im2col.h"

// nnet_code_gen.h: one class per io_parallel convolution.
namespace nnet {
template <class data_T, typename CONFIG_T> class fill_buffer_4 {
public:
  static void fill_buffer(
      data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
      data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan],
      const unsigned partition) {
    braid::im2col2d<data_T, CONFIG_T>(data, buffer, partition);
  }
};
template <class data_T, typename CONFIG_T> class fill_buffer_6 {
public:
  static void fill_buffer(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                          data_T buffer[CONFIG_T::n_pixels][CONFIG_T::filt_width * CONFIG_T::n_chan],
                          const unsigned partition) {
    braid::im2col1d<data_T, CONFIG_T>(data, buffer, partition);
  }
};
} // namespace nnet

typedef ap_fixed<16, 6> model_default_t;
typedef ap_fixed<42, 22> accum_t;
template <unsigned N> using beat = nnet::array<model_default_t, N>;

// Dense, io_parallel, Latency: weights [n_in][n_out].
struct config1 : nnet::dense_config {
  static const unsigned n_in = 6;
  static const unsigned n_out = 4;
  static const unsigned io_type = nnet::io_parallel;
  static const unsigned strategy = nnet::latency;
  static const unsigned reuse_factor = 1;
  static const unsigned n_zeros = 0;
  static const unsigned n_nonzeros = 24;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  typedef ap_uint<1> index_t;
  template <class data_T, class res_T, class CONFIG_T>
  using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

// Dense, io_stream, Resource: weights [n_out][n_in]. RF <= n_in: DenseResource_rf_leq_nin, RF = k n_in:
// DenseResource_rf_gt_nin_rem0.
struct config2 : nnet::dense_config {
  static const unsigned n_in = 6;
  static const unsigned n_out = 4;
  static const unsigned io_type = nnet::io_stream;
  static const unsigned strategy = nnet::resource;
  static const unsigned reuse_factor = 3;
  static const unsigned n_zeros = 0;
  static const unsigned n_nonzeros = 24;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  typedef ap_uint<1> index_t;
  template <class data_T, class res_T, class CONFIG_T>
  using kernel = nnet::DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

// Padding, either io mode.
struct config3 : nnet::padding2d_config {
  static const unsigned in_height = 4;
  static const unsigned in_width = 4;
  static const unsigned n_chan = 2;
  static const unsigned out_height = 6;
  static const unsigned out_width = 6;
  static const unsigned pad_top = 1;
  static const unsigned pad_bottom = 1;
  static const unsigned pad_left = 1;
  static const unsigned pad_right = 1;
};

// Conv2D: config4_mult is a dense_config without io_type. io_parallel pads itself and names its fill_buffer;
// io_stream (config5) is padded by a layer before it and names nnet::FillConv2DBuffer.
struct config4_mult : nnet::dense_config {
  static const unsigned n_in = 18;
  static const unsigned n_out = 3;
  static const unsigned reuse_factor = 6;
  static const unsigned strategy = nnet::resource;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  template <class data_T, class res_T, class CONFIG_T>
  using kernel = nnet::DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};
struct config4 : nnet::conv2d_config {
  static const unsigned pad_top = 1;
  static const unsigned pad_bottom = 1;
  static const unsigned pad_left = 1;
  static const unsigned pad_right = 1;
  static const unsigned in_height = 4;
  static const unsigned in_width = 4;
  static const unsigned n_chan = 2;
  static const unsigned filt_height = 3;
  static const unsigned filt_width = 3;
  static const unsigned kernel_size = filt_height * filt_width;
  static const unsigned n_filt = 3;
  static const unsigned stride_height = 1;
  static const unsigned stride_width = 1;
  static const unsigned out_height = 4;
  static const unsigned out_width = 4;
  static const unsigned reuse_factor = 6;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit =
      DIV_ROUNDUP(kernel_size * n_chan * n_filt, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  static const unsigned strategy = nnet::resource;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned min_height = 4;
  static const unsigned min_width = 4;
  static const unsigned n_partitions = 16;
  static const unsigned n_pixels = out_height * out_width / n_partitions;
  template <class data_T, class CONFIG_T> using fill_buffer = nnet::fill_buffer_4<data_T, CONFIG_T>;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  typedef config4_mult mult_config;
  template <unsigned K, unsigned S, unsigned W>
  using scale_index_height = nnet::scale_index_unscaled<K, S, W>;
  template <unsigned K, unsigned S, unsigned W> using scale_index_width = nnet::scale_index_unscaled<K, S, W>;
};

struct config5 : config4 { // a project spells all members out again
  static const unsigned pad_top = 0;
  static const unsigned pad_bottom = 0;
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const unsigned in_height = 6;
  static const unsigned in_width = 6;
  template <class data_T, class CONFIG_T> using fill_buffer = nnet::FillConv2DBuffer<data_T, CONFIG_T>;
};

// Conv1D: as Conv2D, and a conv_kernel: Conv1DLatency, Conv1DResource; for filters of width 1, io_parallel,
// Latency BatchedDenseForConv1D with mult n_in = in_width * n_chan, n_out = in_width * n_filt.
struct config6_mult : nnet::dense_config {
  static const unsigned n_in = 6;
  static const unsigned n_out = 3;
  static const unsigned reuse_factor = 1;
  static const unsigned strategy = nnet::latency;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  template <class data_T, class res_T, class CONFIG_T>
  using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};
struct config6 : nnet::conv1d_config {
  static const unsigned pad_left = 0;
  static const unsigned pad_right = 0;
  static const unsigned in_width = 8;
  static const unsigned n_chan = 2;
  static const unsigned filt_width = 3;
  static const unsigned kernel_size = filt_width;
  static const unsigned n_filt = 3;
  static const unsigned stride_width = 1;
  static const unsigned dilation = 1;
  static const unsigned out_width = 6;
  static const unsigned reuse_factor = 1;
  static const unsigned n_zeros = 0;
  static const unsigned multiplier_limit =
      DIV_ROUNDUP(kernel_size * n_chan * n_filt, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  static const unsigned strategy = nnet::latency;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned min_width = 8;
  static const unsigned n_partitions = 1;
  static const unsigned n_pixels = out_width / n_partitions;
  template <class data_T, class CONFIG_T> using fill_buffer = nnet::fill_buffer_6<data_T, CONFIG_T>;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
  typedef config6_mult mult_config;
  template <unsigned K, unsigned S, unsigned W> using scale_index = nnet::scale_index_unscaled<K, S, W>;
  template <class data_T, class res_T, class CONFIG_T>
  using conv_kernel = nnet::Conv1DLatency<data_T, res_T, CONFIG_T>;
};

// DepthwiseConv2D: n_filt = n_chan, mult n_out = n_filt, weights [filt_height][filt_width][n_chan] in both
// strategies. Resource: DepthwiseDenseResource_rf_leq_nout, _rf_gt_nout_rem0, _rf_gt_nout; io_stream only.
struct config7_mult : config4_mult {
  static const unsigned n_out = 2;
  static const unsigned reuse_factor = 1;
  static const unsigned strategy = nnet::latency;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  template <class data_T, class res_T, class CONFIG_T>
  using kernel = nnet::DepthwiseDenseLatency<data_T, res_T, CONFIG_T>;
};
struct config7 : config4 {
  static const unsigned n_filt = 2;
  static const unsigned reuse_factor = 1;
  static const unsigned strategy = nnet::latency;
  typedef config7_mult mult_config;
};
struct config8 : config5 {
  static const unsigned n_filt = 2;
  static const unsigned reuse_factor = 1;
  static const unsigned strategy = nnet::latency;
  typedef config7_mult mult_config;
};

// Convolutions that are braid's, in either io mode: weights [n_filt][filt_height][filt_width][n_chan /
// groups]. Members left out keep their defaults: 1 (pads: 0).
struct config9 : braid::ConvConfig {
  static const unsigned in_height = 4;
  static const unsigned in_width = 4;
  static const unsigned n_chan = 2;
  static const unsigned out_height = 3;
  static const unsigned out_width = 4;
  static const unsigned n_filt = 4;
  static const unsigned groups = 2;
  static const unsigned filt_height = 3;
  static const unsigned filt_width = 3;
  static const unsigned stride_height = 1;
  static const unsigned stride_width = 1;
  static const unsigned dilation_height = 2;
  static const unsigned dilation_width = 2;
  static const unsigned pad_top = 2;
  static const unsigned pad_bottom = 1;
  static const unsigned pad_left = 2;
  static const unsigned pad_right = 2;
  static const unsigned reuse_factor = 9;
  typedef ::accum_t accum_t;
  typedef model_default_t bias_t;
  typedef model_default_t weight_t;
};

using namespace test;
typedef model_default_t T;

/// What two ways of computing a layer gave.
template <class Stream> void same(const char *name, const std::vector<T> &arrays, Stream &stream) {
  report(name, receive(stream), mantissas(arrays.data(), arrays.size()));
}

int main() {
  Numbers numbers(9);
  std::vector<T> x = numbers.take<T>(32), w = numbers.take<T>(72), b = numbers.take<T>(4), rows(24);

  std::vector<T> y(4);
  hls::stream<beat<6>> in6("in6");
  hls::stream<beat<4>> out4("out4");
  for (std::size_t i = 0; i < 6; i++)
    for (std::size_t o = 0; o < 4; o++)
      rows[o * 6 + i] = w[i * 4 + o];
  send(in6, x.data(), 6);
  nnet::dense<model_default_t, model_default_t, config1>(x.data(), y.data(), w.data(), b.data());
  nnet::dense<beat<6>, beat<4>, config2>(in6, out4, rows.data(), b.data());
  same("dense", y, out4);

  hls::stream<beat<2>> in2("in2"), padded("padded");
  hls::stream<beat<3>> out3("out3");
  std::vector<T> map(72), y3(48);
  send(in2, x.data(), 32);
  nnet::zeropad2d_cl<model_default_t, model_default_t, config3>(x.data(), map.data());
  nnet::zeropad2d_cl<beat<2>, beat<2>, config3>(in2, padded);
  nnet::conv_2d_cl<model_default_t, model_default_t, config4>(x.data(), y3.data(), w.data(), b.data());
  nnet::conv_2d_cl<beat<2>, beat<3>, config5>(padded, out3, w.data(), b.data());
  same("pad, conv 2-D", y3, out3);

  std::vector<T> y1(18);
  send(in2, x.data(), 16);
  nnet::conv_1d_cl<model_default_t, model_default_t, config6>(x.data(), y1.data(), w.data(), b.data());
  nnet::conv_1d_cl<beat<2>, beat<3>, config6>(in2, out3, w.data(), b.data());
  same("conv 1-D", y1, out3);

  std::vector<T> y2(32);
  hls::stream<beat<2>> out2("out2");
  send(padded, map.data(), 72);
  nnet::depthwise_conv_2d_cl<model_default_t, model_default_t, config7>(x.data(), y2.data(), w.data(),
                                                                        b.data());
  nnet::depthwise_conv_2d_cl<beat<2>, beat<2>, config8>(padded, out2, w.data(), b.data());
  same("depthwise 2-D", y2, out2);

  std::vector<T> y9(48);
  send(in2, x.data(), 32);
  braid::conv2d<model_default_t, model_default_t, config9>(x.data(), y9.data(), w.data(), b.data());
  braid::conv2d<beat<2>, beat<4>, config9>(in2, out4, w.data(), b.data());
  same("dilated, grouped", y9, out4);
  hls::stream<beat<1>> in1("in1");
  send(in1, x.data(), 32);
  braid::conv2d<beat<1>, beat<2>, config9>(in1, out2, w.data(), b.data());
  same("dilated, grouped, pixels of two beats", y9, out2);
  return finish();
}
