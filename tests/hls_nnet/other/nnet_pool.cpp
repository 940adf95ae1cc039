// Max pooling as hls4ml's library has it, in arrays and streams, against the reference.
// Compiles unchanged against braid's nnet_utils and against hls4ml's.
#include "layers.h"
#include "nnet_utils/nnet_pooling.h"
#include "nnet_utils/nnet_pooling_stream.h"
#include "pooling_reference.h"

namespace {

Report report;

template <class value_T, unsigned inputs, unsigned outputs, unsigned size, unsigned stride,
          unsigned padLeft = 0, unsigned padRight = 0>
struct pool1d_config : nnet::pooling1d_config {
  static const unsigned n_in = inputs;
  static const unsigned n_out = outputs;
  static const unsigned n_filt = 5;
  static const unsigned pool_width = size;

  static const unsigned filt_width = pool_width;
  static const unsigned n_chan = n_filt;

  static const unsigned pad_left = padLeft;
  static const unsigned pad_right = padRight;
  static const bool count_pad = false;
  static const unsigned stride_width = stride;
  static const nnet::Pool_Op pool_op = nnet::Max;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};

template <class value_T, unsigned h, unsigned w, unsigned outH, unsigned outW, unsigned poolH, unsigned poolW,
          unsigned strideH, unsigned strideW, unsigned top = 0, unsigned left = 0, unsigned bottom = 0,
          unsigned right = 0>
struct pool2d_config : nnet::pooling2d_config {
  static const unsigned in_height = h;
  static const unsigned in_width = w;
  static const unsigned n_filt = 3;
  static const unsigned stride_height = strideH;
  static const unsigned stride_width = strideW;
  static const unsigned pool_height = poolH;
  static const unsigned pool_width = poolW;

  static const unsigned filt_height = pool_height;
  static const unsigned filt_width = pool_width;
  static const unsigned n_chan = n_filt;

  static const unsigned out_height = outH;
  static const unsigned out_width = outW;
  static const unsigned pad_top = top;
  static const unsigned pad_bottom = bottom;
  static const unsigned pad_left = left;
  static const unsigned pad_right = right;
  static const bool count_pad = false;
  static const nnet::Pool_Op pool_op = nnet::Max;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};

template <class value_T> struct global1d_config : nnet::pooling1d_config {
  static const unsigned n_in = 13;
  static const unsigned n_filt = 5;
  static const nnet::Pool_Op pool_op = nnet::Max;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};

template <class value_T> struct global2d_config : nnet::pooling2d_config {
  static const unsigned in_height = 5;
  static const unsigned in_width = 7;
  static const unsigned n_filt = 3;
  static const nnet::Pool_Op pool_op = nnet::Max;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};

#define POOL_LAYER(name, function)                                                                           \
  template <class CONFIG_T> struct name {                                                                    \
    template <class In, class Out> static void arrays(In *in, Out *out) {                                    \
      nnet::function<In, Out, CONFIG_T>(in, out);                                                            \
    }                                                                                                        \
    template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {         \
      nnet::function<In, Out, CONFIG_T>(in, out);                                                            \
    }                                                                                                        \
  };
POOL_LAYER(Pool1d, pooling1d_cl)
POOL_LAYER(Pool2d, pooling2d_cl)
POOL_LAYER(GlobalPool1d, global_pooling1d_cl)
POOL_LAYER(GlobalPool2d, global_pooling2d_cl)

/// Arrays only where the stream form is not to be had.
template <class Layer, class In, class Out, unsigned channels> struct Case {
  static void arrays(const std::string &name, const Pool &pool) {
    const Mantissas x = input(pool), want = pooled(pool, true, x, TypeOf<In>::get(), TypeOf<Out>::get());
    const unsigned results = static_cast<unsigned>(want.size());
    report.expect(named<In, Out>(name + " arrays"), runArrays<Layer, In, Out>(x, results), want);
  }
  static void both(const std::string &name, const Pool &pool) {
    arrays(name, pool);
    const Mantissas x = input(pool), want = pooled(pool, true, x, TypeOf<In>::get(), TypeOf<Out>::get());
    for (int frame = 1; frame <= 2; frame++) // the second finds what the first left behind
      report.expect(named<In, Out>(name + " streams, frame " + std::to_string(frame)),
                    (runStreams<Layer, In, Out, channels, channels>(x)), want);
  }
  static Mantissas input(const Pool &pool) {
    return Generator(static_cast<uint64_t>(pool.wide))
        .template many<In>(static_cast<unsigned>(pool.height * pool.width * pool.channels));
  }
};

template <class CONFIG_T> Pool whole(int height, int width) {
  const int channels = static_cast<int>(CONFIG_T::n_filt);
  return Pool{height, width, channels, height, width, 1, 1, 0, 0, 0, 0, 1, 1, false};
}

template <class In, class Out> void all() {
  typedef pool1d_config<In, 12, 4, 3, 3> by3;
  Case<Pool1d<by3>, In, Out, 5>::both("pooling1d 3/3", poolOf1d<by3>());
  typedef pool1d_config<In, 13, 6, 2, 2> tail;
  Case<Pool1d<tail>, In, Out, 5>::both("pooling1d 2/2 with a tail", poolOf1d<tail>());
  typedef pool1d_config<In, 13, 6, 3, 2> overlapping;
  Case<Pool1d<overlapping>, In, Out, 5>::both("pooling1d 3/2", poolOf1d<overlapping>());

  typedef pool2d_config<In, 8, 6, 4, 3, 2, 2, 2, 2> by2;
  Case<Pool2d<by2>, In, Out, 3>::both("pooling2d 2x2/2x2", poolOf2d<by2>());
  typedef pool2d_config<In, 7, 9, 2, 4, 3, 2, 3, 2> oblong;
  Case<Pool2d<oblong>, In, Out, 3>::both("pooling2d 3x2/3x2 with tails", poolOf2d<oblong>());
  typedef pool2d_config<In, 4, 6, 4, 2, 1, 3, 1, 3> rows;
  Case<Pool2d<rows>, In, Out, 3>::both("pooling2d 1x3/1x3", poolOf2d<rows>());
  typedef pool2d_config<In, 7, 7, 3, 3, 3, 3, 2, 2> strided;
  Case<Pool2d<strided>, In, Out, 3>::arrays("pooling2d 3x3/2x2", poolOf2d<strided>());
  typedef pool2d_config<In, 6, 6, 3, 3, 3, 3, 2, 2, 1, 1, 0, 0> padded;
  if (TypeOf<In>::get().isSigned)
    Case<Pool2d<padded>, In, Out, 3>::arrays("pooling2d 3x3/2x2 padded", poolOf2d<padded>());

  Case<GlobalPool1d<global1d_config<In>>, In, Out, 5>::both("global_pooling1d",
                                                            whole<global1d_config<In>>(1, 13));
  Case<GlobalPool2d<global2d_config<In>>, In, Out, 3>::both("global_pooling2d",
                                                            whole<global2d_config<In>>(5, 7));
}

} // namespace

int main() {
  all<ap_fixed<16, 6>, ap_fixed<16, 6>>();
  all<ap_fixed<9, 3>, ap_ufixed<6, 3, AP_RND_CONV, AP_SAT>>();
  all<ap_ufixed<8, 2>, ap_fixed<38, 18>>();
  return report.finish();
}
