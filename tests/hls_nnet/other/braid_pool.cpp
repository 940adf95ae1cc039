// braid's max and average pooling, local and global, with padding, strides and partial windows, in arrays and
// in beats of several sizes, against the reference.
#include "layers.h"
#include "pooling_reference.h"

#include "braid/braid_pool.h"
#include "braid/braid_pool_stream.h"

namespace {

Report report;

const unsigned kChannels = 6;

template <unsigned inputs, unsigned outputs, unsigned size, unsigned stride, unsigned padLeft,
          unsigned padRight, bool countsPadding>
struct pool1d_config {
  static const unsigned n_in = inputs;
  static const unsigned n_out = outputs;
  static const unsigned n_filt = kChannels;
  static const unsigned pool_width = size;
  static const unsigned stride_width = stride;
  static const unsigned pad_left = padLeft;
  static const unsigned pad_right = padRight;
  static const bool count_pad = countsPadding;
  static const unsigned reuse_factor = 1;
};

template <unsigned h, unsigned w, unsigned outH, unsigned outW, unsigned poolH, unsigned poolW,
          unsigned strideH, unsigned strideW, unsigned top, unsigned left, unsigned bottom, unsigned right,
          bool countsPadding>
struct pool2d_config {
  static const unsigned in_height = h;
  static const unsigned in_width = w;
  static const unsigned n_filt = kChannels;
  static const unsigned pool_height = poolH;
  static const unsigned pool_width = poolW;
  static const unsigned stride_height = strideH;
  static const unsigned stride_width = strideW;
  static const unsigned out_height = outH;
  static const unsigned out_width = outW;
  static const unsigned pad_top = top;
  static const unsigned pad_bottom = bottom;
  static const unsigned pad_left = left;
  static const unsigned pad_right = right;
  static const bool count_pad = countsPadding;
  static const unsigned reuse_factor = 1;
};

struct global1d_config {
  static const unsigned n_in = 13;
  static const unsigned n_filt = kChannels;
  static const unsigned reuse_factor = 1;
};

struct global2d_config {
  static const unsigned in_height = 7;
  static const unsigned in_width = 9;
  static const unsigned n_filt = kChannels;
  static const unsigned reuse_factor = 1;
};

#define STREAMS(function)                                                                                    \
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {           \
    braid::function<In, Out, CONFIG_T>(in, out);                                                             \
  }
#define POOL_LAYER(name, function)                                                                           \
  template <class CONFIG_T> struct name {                                                                    \
    template <class In, class Out> static void arrays(In *in, Out *out) {                                    \
      braid::function<In, Out, CONFIG_T>(in, out);                                                           \
    }                                                                                                        \
    STREAMS(function)                                                                                        \
  };
POOL_LAYER(Max1d, maxPool1d)
POOL_LAYER(Max2d, maxPool2d)
POOL_LAYER(Mean1d, averagePool1d)
POOL_LAYER(Mean2d, averagePool2d)
POOL_LAYER(GlobalMean1d, globalAveragePool1d)
POOL_LAYER(GlobalMean2d, globalAveragePool2d)

template <class CONFIG_T> struct GlobalMax1d { STREAMS(globalMaxPool1d) };
template <class CONFIG_T> struct GlobalMax2d { STREAMS(globalMaxPool2d) };

template <class In> Mantissas inputOf(const Pool &pool) {
  const unsigned elements = static_cast<unsigned>(pool.height * pool.width * pool.channels);
  return Generator(elements).many<In>(elements);
}

template <class Layer, class In, class Out>
void streams(const std::string &name, const Pool &pool, bool isMax) {
  const Mantissas x = inputOf<In>(pool), want = pooled(pool, isMax, x, TypeOf<In>::get(), TypeOf<Out>::get());
  report.expect(named<In, Out>(name + " beats of 6"), runStreams<Layer, In, Out, 6, 6>(x), want);
  report.expect(named<In, Out>(name + " beats of 2"), runStreams<Layer, In, Out, 2, 2>(x), want);
}

template <class Layer, class In, class Out> void both(const std::string &name, const Pool &pool, bool isMax) {
  const Mantissas x = inputOf<In>(pool), want = pooled(pool, isMax, x, TypeOf<In>::get(), TypeOf<Out>::get());
  const unsigned results = static_cast<unsigned>(want.size());
  report.expect(named<In, Out>(name + " arrays"), runArrays<Layer, In, Out>(x, results), want);
  streams<Layer, In, Out>(name, pool, isMax);
}

template <class CONFIG_T, class In, class Out> void windows1d(const std::string &name) {
  both<Max1d<CONFIG_T>, In, Out>("maxPool1d " + name, poolOf1d<CONFIG_T>(), true);
  both<Mean1d<CONFIG_T>, In, Out>("averagePool1d " + name, poolOf1d<CONFIG_T>(), false);
}

template <class CONFIG_T, class In, class Out> void windows2d(const std::string &name) {
  both<Max2d<CONFIG_T>, In, Out>("maxPool2d " + name, poolOf2d<CONFIG_T>(), true);
  both<Mean2d<CONFIG_T>, In, Out>("averagePool2d " + name, poolOf2d<CONFIG_T>(), false);
}

Pool whole(int height, int width) {
  return Pool{height, width, int(kChannels), height, width, 1, 1, 0, 0, 0, 0, 1, 1, false};
}

template <class In, class Out> void all() {
  windows1d<pool1d_config<12, 4, 3, 3, 0, 0, false>, In, Out>("3/3");
  windows1d<pool1d_config<11, 6, 3, 2, 1, 1, false>, In, Out>("3/2 padded");
  windows1d<pool1d_config<11, 6, 3, 2, 1, 1, true>, In, Out>("3/2 padded, counted");

  windows2d<pool2d_config<8, 6, 4, 3, 2, 2, 2, 2, 0, 0, 0, 0, false>, In, Out>("2x2/2x2");
  windows2d<pool2d_config<7, 7, 3, 3, 3, 3, 2, 2, 0, 0, 0, 0, false>, In, Out>("3x3/2x2");
  windows2d<pool2d_config<7, 7, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, false>, In, Out>("3x3/2x2 padded");
  windows2d<pool2d_config<7, 7, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, true>, In, Out>("3x3/2x2 padded, counted");
  windows2d<pool2d_config<6, 7, 3, 4, 2, 2, 2, 2, 0, 0, 0, 0, false>, In, Out>("2x2/2x2 partial");
  windows2d<pool2d_config<6, 7, 3, 4, 3, 2, 2, 2, 0, 0, 0, 0, true>, In, Out>("3x2/2x2 partial, counted");
  windows2d<pool2d_config<5, 4, 5, 4, 3, 3, 1, 1, 1, 1, 1, 1, false>, In, Out>("3x3/1x1 same");
  windows2d<pool2d_config<9, 8, 3, 2, 2, 1, 3, 4, 0, 0, 0, 0, false>, In, Out>("2x1/3x4 with gaps");
  windows2d<pool2d_config<6, 5, 3, 3, 4, 3, 2, 2, 0, 2, 1, 1, false>, In, Out>("4x3/2x2 unevenly padded");

  both<GlobalMean1d<global1d_config>, In, Out>("globalAveragePool1d", whole(1, 13), false);
  both<GlobalMean2d<global2d_config>, In, Out>("globalAveragePool2d", whole(7, 9), false);
  streams<GlobalMax1d<global1d_config>, In, Out>("globalMaxPool1d", whole(1, 13), true);
  streams<GlobalMax2d<global2d_config>, In, Out>("globalMaxPool2d", whole(7, 9), true);
}

} // namespace

int main() {
  all<ap_fixed<16, 6>, ap_fixed<16, 6>>();
  all<ap_ufixed<8, 2>, ap_fixed<9, 2, AP_RND_CONV, AP_SAT>>();
  all<ap_fixed<3, 1>, ap_ufixed<5, 0, AP_RND, AP_SAT_ZERO>>();
  all<ap_fixed<60, 30>, ap_fixed<12, 8, AP_TRN_ZERO, AP_SAT_SYM>>(); // sums beyond the machine's integers
  all<ap_fixed<24, 12>, ap_fixed<52, 12>>();
  return report.finish();
}
