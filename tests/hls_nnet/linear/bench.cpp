// Multiply-accumulates per second of the convolutions and dense layers that a ResNet-18 on 32 x 32 images
// has: io_stream, strategy Resource, ap_fixed<16,6>, accumulators of 42 bits. Prints one line per layer; not
// a test.
#include "convolution.h"

#include "braid/braid_conv.h"
#include "nnet_utils/nnet_dense_stream.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace test;

template <class data_T, class res_T, class C> using Leq = nnet::DenseResource_rf_leq_nin<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Lat = nnet::DenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Lanes = nnet::DepthwiseDenseLatency<data_T, res_T, C>;

template <unsigned size, unsigned channels, unsigned filters, unsigned filt, unsigned stride, class Base>
struct Layer : Base {
  static const unsigned in_height = size, in_width = size, n_chan = channels, n_filt = filters,
                        filt_height = filt, filt_width = filt, stride_height = stride, stride_width = stride;
};

struct Conv {
  static const bool kDepthwise = false;
  template <class In, class Out, class C, class W>
  static void run(hls::stream<In> &in, hls::stream<Out> &out, W *w, typename C::bias_t *b) {
    nnet::conv_2d_cl<In, Out, C>(in, out, w, b);
  }
};
struct Depthwise {
  static const bool kDepthwise = true;
  template <class In, class Out, class C, class W>
  static void run(hls::stream<In> &in, hls::stream<Out> &out, W *w, typename C::bias_t *b) {
    nnet::depthwise_conv_2d_cl<In, Out, C>(in, out, w, b);
  }
};

/// Frames through one layer, and the time of the fastest of three.
template <class G, class Call = Conv> void measure(const char *name) {
  typedef Conv2d<G> C;
  typedef nnet::array<F16, G::n_chan> In;
  typedef nnet::array<F16, G::n_filt> Out;
  Numbers numbers(1);
  const std::vector<F16> x = numbers.take<F16>(G::in_height * G::in_width * G::n_chan);
  std::vector<F16> w(C::kernel_size * G::n_chan * (Call::kDepthwise ? 1 : G::n_filt), F16(0.125)),
      b(G::n_filt, F16(0));
  double seconds = 1e9;
  for (int frame = 0; frame < 3; frame++) {
    hls::stream<In> in("in");
    hls::stream<Out> out("out");
    send(in, x.data(), x.size());
    const auto start = std::chrono::steady_clock::now();
    Call::template run<In, Out, C>(in, out, w.data(), b.data());
    seconds =
        std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    receive(out);
  }
  const double macs =
      double(C::out_height) * C::out_width * C::kernel_size * G::n_chan * (Call::kDepthwise ? 1 : G::n_filt);
  std::printf("%-34s %8.2f MMAC %8.2f ms %8.3f GMAC/s\n", name, macs / 1e6, seconds * 1e3,
              macs / seconds / 1e9);
}

/// braid::conv2d, which pads inside: pixels of 4,096 bits, or of several beats of them.
template <class G> struct Ours : G, braid::ConvConfig {
  static const unsigned in_height = G::in_height, in_width = G::in_width, n_chan = G::n_chan,
                        n_filt = G::n_filt, filt_height = G::filt_height, filt_width = G::filt_width,
                        stride_height = G::stride_height, stride_width = G::stride_width,
                        reuse_factor = G::reuse_factor, pad_top = G::filt_height / 2, pad_bottom = pad_top,
                        pad_left = G::filt_width / 2, pad_right = pad_left, dilation_height = 1,
                        dilation_width = 1,
                        out_height = (in_height + 2 * pad_top - filt_height) / stride_height + 1,
                        out_width = (in_width + 2 * pad_left - filt_width) / stride_width + 1;
  typedef F16 weight_t;
  typedef F16 bias_t;
  typedef typename G::A accum_t;
};

template <class G> void measureOurs(const char *name) {
  typedef Ours<G> C;
  typedef nnet::array<F16, (G::n_chan > 256 ? 256 : G::n_chan)> In;
  typedef nnet::array<F16, (G::n_filt > 256 ? 256 : G::n_filt)> Out;
  Numbers numbers(1);
  const std::vector<F16> x = numbers.take<F16>(G::in_height * G::in_width * G::n_chan);
  std::vector<F16> w(G::filt_height * G::filt_width * G::n_chan * G::n_filt, F16(0.125)),
      b(G::n_filt, F16(0));
  double seconds = 1e9;
  for (int frame = 0; frame < 3; frame++) {
    hls::stream<In> in("in");
    hls::stream<Out> out("out");
    send(in, x.data(), x.size());
    const auto start = std::chrono::steady_clock::now();
    braid::conv2d<In, Out, C>(in, out, w.data(), b.data());
    seconds =
        std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    receive(out);
  }
  const double macs =
      double(C::out_height) * C::out_width * G::filt_height * G::filt_width * G::n_chan * G::n_filt;
  std::printf("%-34s %8.2f MMAC %8.2f ms %8.3f GMAC/s\n", name, macs / 1e6, seconds * 1e3,
              macs / seconds / 1e9);
}

typedef Case<Leq, nnet::resource, 9> Resource;

int main() {
  measure<Layer<34, 3, 64, 3, 1, Resource>>("3 x 3, 3 to 64, 32 x 32");
  measure<Layer<34, 64, 64, 3, 1, Resource>>("3 x 3, 64 to 64, 32 x 32");
  measure<Layer<34, 64, 128, 3, 2, Resource>>("3 x 3, 64 to 128, stride 2");
  measure<Layer<18, 128, 128, 3, 1, Resource>>("3 x 3, 128 to 128, 16 x 16");
  measure<Layer<6, 512, 512, 3, 1, Resource>>("3 x 3, 512 to 512, 4 x 4");
  typedef Case<Leq, nnet::resource, 9216> Slow;
  measureOurs<Layer<8, 256, 512, 3, 2, Slow>>("ours 3 x 3, 256 to 512, stride 2");
  measureOurs<Layer<4, 512, 512, 3, 1, Slow>>("ours 3 x 3, 512 to 512, 2 beats");
  measureOurs<Layer<8, 256, 512, 1, 2, Case<Leq, nnet::resource, 256>>>("ours 1 x 1, 256 to 512, stride 2");
  measure<Layer<32, 64, 128, 1, 2, Case<Leq, nnet::resource, 8>>>("1 x 1, 64 to 128, stride 2");
  measure<Layer<34, 16, 16, 3, 1, Case<Lat>>>("latency 3 x 3, 16 to 16, 32 x 32");
  measure<Layer<34, 64, 64, 3, 1, Case<Lanes>>, Depthwise>("depthwise 3 x 3, 64, 32 x 32");
}
