// Why braid's functions stand in for hls4ml's in the rows "ours" of README.md: each case runs hls4ml 1.3's
// function, in a process of its own, and holds where that crashes, stops at an assertion, or gives other than
// the reference. Compiles against hls4ml's headers only.
#include "layers.h"
#include "pooling_reference.h"
#include "transposes.h"

#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "nnet_utils/nnet_batchnorm.h"
#include "nnet_utils/nnet_batchnorm_stream.h"
#include "nnet_utils/nnet_image.h"
#include "nnet_utils/nnet_image_stream.h"
#include "nnet_utils/nnet_merge.h"
#include "nnet_utils/nnet_merge_stream.h"
#include "nnet_utils/nnet_pooling.h"
#include "nnet_utils/nnet_pooling_stream.h"
#include "nnet_utils/nnet_stream.h"
#include "nnet_utils/nnet_transpose_stream.h"

#include <cmath>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace {

Report report;

/// `agrees` tells whether hls4ml's function gave what it should.
void fault(const std::string &name, const std::function<bool()> &agrees) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr))
      _exit(2);
    alarm(20);
    const bool right = agrees();
    _exit(right ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  report.judge(name, !(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 2)));
}

template <class T> Mantissas given(std::initializer_list<double> values) {
  Mantissas result;
  for (double value : values)
    result.push_back(static_cast<Wide>(std::ldexp(value, TypeOf<T>::get().places)));
  return result;
}

/// Whether all are within `places`-th powers of two of the function: a table with as many entries as these
/// can be.
template <class In, class Out>
bool near(const Mantissas &x, const Mantissas &y, double (*function)(double), double tolerance) {
  for (size_t i = 0; i < x.size(); i++) {
    const double want = function(std::ldexp(static_cast<double>(x[i]), -TypeOf<In>::get().places));
    const double got = std::ldexp(static_cast<double>(y[i]), -TypeOf<Out>::get().places);
    if (std::fabs(got - want) > tolerance)
      return false;
  }
  return true;
}

#define LAYER(name, call)                                                                                    \
  template <class CONFIG_T> struct name {                                                                    \
    template <class In, class Out> static void arrays(In *in, Out *out) { call; }                            \
    template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) { call; } \
  };

// Tables.

template <unsigned elements> struct activation_config : nnet::activ_config {
  static const unsigned n_in = elements;
  typedef ap_fixed<18, 8> table_t;
};
LAYER(Sigmoid, (nnet::sigmoid<In, Out, CONFIG_T>(in, out)))
LAYER(Tanh, (nnet::tanh<In, Out, CONFIG_T>(in, out)))
LAYER(Elu, (nnet::elu<In, Out, CONFIG_T>(in, out)))
LAYER(Selu, (nnet::selu<In, Out, CONFIG_T>(in, out)))

double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }
double tanhOf(double x) { return std::tanh(x); }
double eluOf(double x) { return x < 0 ? std::expm1(x) : x; }

template <template <class> class Layer, class In, class Out>
void tableFaults(const std::string &name, const Mantissas &x, double (*function)(double), double tolerance) {
  fault(name + " arrays", [=] {
    return near<In, Out>(x, runArrays<Layer<activation_config<4>>, In, Out>(x, 4), function, tolerance);
  });
  fault(name + " streams", [=] {
    return near<In, Out>(x, runStreams<Layer<activation_config<4>>, In, Out, 4, 4>(x), function, tolerance);
  });
}

void tables() {
  // 1024 entries over [-8, 8) answer within half an entry's width, times the slope, and half a last place.
  typedef ap_fixed<16, 6> In;
  typedef ap_fixed<18, 8> Out;
  const double half = 0.5 / 1024;
  const Mantissas x = given<In>({-15. / 1024, 15. / 1024, -3.999, 2.7});
  tableFaults<Sigmoid, In, Out>("sigmoid, nearest entry", x, sigmoidOf, 1. / 128 / 4 + half);
  tableFaults<Tanh, In, Out>("tanh, nearest entry", given<In>({-7. / 1024, 7. / 1024, -1, 2}), tanhOf,
                             1. / 256 + half);
  tableFaults<Elu, In, Out>("elu, nearest entry", given<In>({-7. / 1024, -15. / 1024, -1, 2}), eluOf,
                            1. / 256 + half);
  typedef ap_fixed<40, 30> Large; // the index overflows int
  const Mantissas large = given<Large>({268435456, -268435456, 1, -1});
  tableFaults<Sigmoid, Large, Out>("sigmoid, large input", large, sigmoidOf, 0.1);
  tableFaults<Tanh, Large, Out>("tanh, large input", large, tanhOf, 0.1);

  // The factor of the positive side is rounded to the input's places in streams and to 15 in arrays.
  typedef ap_fixed<20, 10> Wider;
  const Mantissas positive = given<Wider>({500, 300, 100, 7});
  fault("selu, arrays equal streams", [=] {
    return runArrays<Selu<activation_config<4>>, Wider, Wider>(positive, 4) ==
           runStreams<Selu<activation_config<4>>, Wider, Wider, 4, 4>(positive);
  });
}

// Softmax of logits typed by hls4ml's own accumulator rule (784 inputs of <16,6>, weights of <16,6>).

struct softmax_config : nnet::activ_config {
  static const unsigned n_in = 10;
  static const unsigned n_slice = 10;
  static const unsigned n_outer = 1;
  static const unsigned n_inner = 1;
  static const unsigned parallelization_factor = -1;
  static const unsigned exp_table_size = 1024;
  static const unsigned inv_table_size = 1024;
  static const unsigned axis = -1;
  static const nnet::softmax_implementation implementation = nnet::softmax_implementation::stable;
  static constexpr float exp_scale = 1.0;
  typedef ap_fixed<18, 8, AP_RND, AP_SAT> exp_table_t;
  typedef ap_fixed<18, 8, AP_RND, AP_SAT> inv_table_t;
  typedef ap_fixed<18, 8, AP_RND, AP_SAT> accum_t;
  typedef ap_fixed<18, 8, AP_RND, AP_SAT> inv_inp_t;
  typedef ap_ufixed<37, 17> inp_norm_t;
};
LAYER(SoftmaxLayer, (nnet::softmax<In, Out, CONFIG_T>(in, out)))

void softmax() {
  typedef ap_fixed<38, 18> Logit;
  typedef ap_fixed<16, 6> Out;
  const Mantissas logits = given<Logit>({0.5, -2, 7, 1.25, 0, -3, 2, 4, -1, 3});
  const auto finds = [](const Mantissas &y) { // the largest logit is seen to be the largest
    for (unsigned i = 0; i < y.size(); i++)
      if (i != 2 && y[i] >= y[2])
        return false;
    return true;
  };
  fault("softmax of <38,18> logits arrays",
        [=] { return finds(runArrays<SoftmaxLayer<softmax_config>, Logit, Out>(logits, 10)); });
  fault("softmax of <38,18> logits streams",
        [=] { return finds(runStreams<SoftmaxLayer<softmax_config>, Logit, Out, 10, 10>(logits)); });
  fault("softmax in several beats",
        [=] { return finds(runStreams<SoftmaxLayer<softmax_config>, Logit, Out, 5, 5>(logits)); });
}

// Pooling.

template <class value_T, nnet::Pool_Op op, unsigned pool, unsigned stride, unsigned pad, unsigned outputs,
          unsigned inputs = 8>
struct pool1d_config : nnet::pooling1d_config {
  static const unsigned n_in = inputs;
  static const unsigned n_out = outputs;
  static const unsigned n_filt = 4;
  static const unsigned pool_width = pool;
  static const unsigned filt_width = pool_width;
  static const unsigned n_chan = n_filt;
  static const unsigned pad_left = pad;
  static const unsigned pad_right = pad;
  static const bool count_pad = false;
  static const unsigned stride_width = stride;
  static const nnet::Pool_Op pool_op = op;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};

template <class value_T, nnet::Pool_Op op, unsigned pool, unsigned stride, unsigned pad, unsigned outputs,
          unsigned inputs = 8>
struct pool2d_config : nnet::pooling2d_config {
  static const unsigned in_height = inputs;
  static const unsigned in_width = inputs;
  static const unsigned n_filt = 4;
  static const unsigned stride_height = stride;
  static const unsigned stride_width = stride;
  static const unsigned pool_height = pool;
  static const unsigned pool_width = pool;
  static const unsigned filt_height = pool_height;
  static const unsigned filt_width = pool_width;
  static const unsigned n_chan = n_filt;
  static const unsigned out_height = outputs;
  static const unsigned out_width = outputs;
  static const unsigned pad_top = pad;
  static const unsigned pad_bottom = pad;
  static const unsigned pad_left = pad;
  static const unsigned pad_right = pad;
  static const bool count_pad = false;
  static const nnet::Pool_Op pool_op = op;
  static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
  static const unsigned reuse_factor = 1;
  typedef value_T accum_t;
};
LAYER(Pool1d, (nnet::pooling1d_cl<In, Out, CONFIG_T>(in, out)))
LAYER(Pool2d, (nnet::pooling2d_cl<In, Out, CONFIG_T>(in, out)))
LAYER(GlobalPool1d, (nnet::global_pooling1d_cl<In, Out, CONFIG_T>(in, out)))
LAYER(GlobalPool2d, (nnet::global_pooling2d_cl<In, Out, CONFIG_T>(in, out)))

/// `size`: elements per beat.
template <class Layer, class In, class Out, unsigned size>
void poolFault(const std::string &name, const Pool &pool, bool isMax, bool inStreams) {
  const unsigned elements = static_cast<unsigned>(pool.height * pool.width * pool.channels);
  const Mantissas x = Generator(3).many<In>(elements);
  const Mantissas want = pooled(pool, isMax, x, TypeOf<In>::get(), TypeOf<Out>::get());
  fault(name, [=] {
    return inStreams ? runStreams<Layer, In, Out, size, size>(x) == want
                     : runArrays<Layer, In, Out>(x, static_cast<unsigned>(want.size())) == want;
  });
}

Pool whole(int height, int width) {
  return Pool{height, width, 4, height, width, 1, 1, 0, 0, 0, 0, 1, 1, false};
}

void pooling() {
  typedef ap_fixed<12, 5> S;
  typedef ap_ufixed<12, 5> U;
  typedef pool1d_config<U, nnet::Max, 3, 2, 1, 4> padded1d;
  poolFault<Pool1d<padded1d>, U, U, 4>("pooling1d max, padded, unsigned, arrays", poolOf1d<padded1d>(), true,
                                       false);
  poolFault<Pool1d<padded1d>, U, U, 4>("pooling1d max, padded, streams", poolOf1d<padded1d>(), true, true);
  typedef pool2d_config<U, nnet::Max, 3, 2, 1, 4> padded2d;
  poolFault<Pool2d<padded2d>, U, U, 4>("pooling2d max, padded, unsigned, arrays", poolOf2d<padded2d>(), true,
                                       false);
  poolFault<Pool2d<padded2d>, U, U, 4>("pooling2d max, padded, streams", poolOf2d<padded2d>(), true, true);
  typedef pool2d_config<S, nnet::Max, 3, 2, 0, 3> strided;
  poolFault<Pool2d<strided>, S, S, 4>("pooling2d max, stride != window, streams", poolOf2d<strided>(), true,
                                      true);
  typedef pool1d_config<S, nnet::Max, 2, 2, 0, 4> max1d;
  poolFault<Pool1d<max1d>, S, S, 2>("pooling1d max, pixels of several beats", poolOf1d<max1d>(), true, true);
  typedef pool2d_config<S, nnet::Max, 2, 2, 0, 4> max2d;
  poolFault<Pool2d<max2d>, S, S, 2>("pooling2d max, pixels of several beats", poolOf2d<max2d>(), true, true);
  poolFault<GlobalPool1d<max1d>, S, S, 2>("global_pooling1d max, pixels of several beats", whole(1, 8), true,
                                          true);
  poolFault<GlobalPool2d<max2d>, S, S, 2>("global_pooling2d max, pixels of several beats", whole(8, 8), true,
                                          true);

  // Sums of n cells in 2 * ceil(log2(n)) more bits, half of them whole, as hls4ml types them; division rounds
  // to zero, so that -2/3 of a last place becomes -1/2, a tie, and then 0.
  typedef ap_fixed<12, 5, AP_RND_CONV, AP_SAT> R;
  typedef pool1d_config<ap_fixed<16, 7>, nnet::Average, 3, 3, 0, 2> mean1d;
  poolFault<Pool1d<mean1d>, S, R, 4>("pooling1d average arrays", poolOf1d<mean1d>(), false, false);
  poolFault<Pool1d<mean1d>, S, R, 4>("pooling1d average streams", poolOf1d<mean1d>(), false, true);
  typedef pool1d_config<ap_fixed<18, 8>, nnet::Average, 2, 2, 0, 3, 7> seven;
  poolFault<GlobalPool1d<seven>, S, R, 4>("global_pooling1d average arrays", whole(1, 7), false, false);
  poolFault<GlobalPool1d<seven>, S, R, 4>("global_pooling1d average streams", whole(1, 7), false, true);
  typedef pool2d_config<ap_fixed<20, 9>, nnet::Average, 2, 2, 0, 1, 3> nine;
  poolFault<GlobalPool2d<nine>, S, R, 4>("global_pooling2d average arrays", whole(3, 3), false, false);
  poolFault<GlobalPool2d<nine>, S, R, 4>("global_pooling2d average streams", whole(3, 3), false, true);
}

// Channels in several beats, broadcasting, packing. Maps of [3][4][4] of one type, results uncast.

typedef ap_fixed<10, 4> T;

struct channel_config : nnet::batchnorm_config {
  static const unsigned n_in = 48;
  static const unsigned n_filt = 4;
  static const unsigned n_scale_bias = 4;
  static const unsigned multiplier_limit = 48;
  typedef ap_ufixed<3, 3> scale_t;
  typedef T bias_t;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};
ap_ufixed<3, 3> scale[4] = {1, 2, 3, 4};
T zeros[4] = {0, 0, 0, 0};
LAYER(Normalize, (nnet::normalize<In, Out, CONFIG_T>(in, out, scale, zeros)))

T slopes[48] = {0.5, 0.25, 0.75, 0.125}; // per channel; the others stand for what follows in memory
LAYER(Prelu, (nnet::prelu<In, T, Out, CONFIG_T>(in, slopes, out)))

struct resize_config : nnet::resize_config {
  static const unsigned height = 3;
  static const unsigned width = 4;
  static const unsigned n_chan = 4;
  static const unsigned new_height = 6;
  static const unsigned new_width = 8;
};
template <class CONFIG_T> struct Resize {
  template <class Beat> static void streams(hls::stream<Beat> &in, hls::stream<Beat> &out) {
    nnet::resize_nearest<Beat, CONFIG_T>(in, out);
  }
};
LAYER(Transpose, (nnet::transpose<In, Out, CONFIG_T>(in, out)))
LAYER(Repack, (nnet::repack_stream<In, Out, 48>(in, out)))

void beats() {
  const Mantissas x = Generator(9).many<T>(48);
  const Type type = TypeOf<T>::get();
  Mantissas scaled, sloped, enlarged;
  for (unsigned i = 0; i < 48; i++) {
    scaled.push_back(cast(x[i] * static_cast<Wide>(i % 4 + 1), type.places, type));
    const Wide slopes8[4] = {4, 2, 6, 1};
    sloped.push_back(x[i] >= 0 ? x[i] : cast(x[i] * slopes8[i % 4], type.places + 3, type));
  }
  for (unsigned i = 0; i < 6 * 8 * 4; i++)
    enlarged.push_back(x[(i / 32 / 2 * 4 + i / 4 % 8 / 2) * 4 + i % 4]);
  fault("normalize, pixels of several beats",
        [=] { return runStreams<Normalize<channel_config>, T, T, 2, 2>(x) == scaled; });
  fault("prelu per channel arrays",
        [=] { return runArrays<Prelu<activation_config<48>>, T, T>(x, 48) == sloped; });
  fault("prelu per channel streams",
        [=] { return runStreams<Prelu<activation_config<48>>, T, T, 4, 4>(x) == sloped; });
  fault("resize_nearest, pixels of several beats",
        [=] { return runStreams<Resize<resize_config>, T, T, 2, 2>(x) == enlarged; });
  const Mantissas matrix(x.begin(), x.begin() + 24);
  fault("transpose 2d, rows of several beats", [=] {
    return runStreams<Transpose<transpose_2d>, T, T, 3, 2>(matrix) == permuted<transpose_2d>(matrix);
  });
  fault("repack_stream 6 to 4", [=] { return runStreams<Repack<void>, T, T, 6, 4>(x) == x; });
  fault("repack_stream 4 to 6", [=] { return runStreams<Repack<void>, T, T, 4, 6>(x) == x; });
}

template <unsigned elements2> struct merge_config : nnet::merge_config {
  static const unsigned n_elem = 48;
  static const unsigned n_elem1 = 48;
  static const unsigned n_elem2 = elements2;
  static const unsigned reuse_factor = 1;
};
template <class CONFIG_T> struct Add {
  template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {
    nnet::add<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
  template <class In1, class In2, class Out>
  static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {
    nnet::add<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
};

template <int dimension, unsigned a0, unsigned a1, unsigned a2> struct concat_config : nnet::concat_config {
  static const unsigned n_elem1_0 = a0;
  static const unsigned n_elem1_1 = a1;
  static const unsigned n_elem1_2 = a2;
  static const unsigned n_elem2_0 = a0;
  static const unsigned n_elem2_1 = a1;
  static const unsigned n_elem2_2 = a2;
  static const int axis = dimension;
};
#define CONCATENATE(name, function)                                                                          \
  template <class CONFIG_T> struct name {                                                                    \
    template <class In1, class In2, class Out>                                                               \
    static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {               \
      nnet::function<In1, In2, Out, CONFIG_T>(in1, in2, out);                                                \
    }                                                                                                        \
  };
CONCATENATE(Concatenate1d, concatenate1d)
CONCATENATE(Concatenate2d, concatenate2d)
CONCATENATE(Concatenate3d, concatenate3d)

Mantissas joined(const Mantissas &x, const Mantissas &y, unsigned run) {
  Mantissas result;
  for (unsigned i = 0; i < x.size(); i += run) {
    result.insert(result.end(), x.begin() + i, x.begin() + i + run);
    result.insert(result.end(), y.begin() + i, y.begin() + i + run);
  }
  return result;
}

void twoInputs() {
  const Mantissas x = Generator(11).many<T>(48), y = Generator(12).many<T>(48);
  const Type type = TypeOf<T>::get();
  const Mantissas channels(y.begin(), y.begin() + 4), pixels(y.begin(), y.begin() + 12);
  Mantissas byChannel, byPixel;
  for (unsigned i = 0; i < 48; i++) {
    byChannel.push_back(cast(x[i] + y[i % 4], type.places, type));
    byPixel.push_back(cast(x[i] + y[i / 4], type.places, type));
  }
  fault("add [3][4][4] and [4] streams",
        [=] { return runStreams<Add<merge_config<4>>, T, T, T, 4, 4, 4>(x, channels) == byChannel; });
  fault("add [3][4][4] and [3][4][1] arrays",
        [=] { return runArrays<Add<merge_config<12>>, T, T, T>(x, pixels, 48) == byPixel; });
  fault("add [3][4][4] and [3][4][1] streams",
        [=] { return runStreams<Add<merge_config<12>>, T, T, T, 4, 1, 4>(x, pixels) == byPixel; });
  fault("concatenate1d, result in several beats", [=] {
    return runStreams<Concatenate1d<concat_config<1, 48, 0, 0>>, T, T, T, 8, 8, 8>(x, y) == joined(x, y, 48);
  });
  fault("concatenate2d axis 1, pixels of several beats", [=] {
    return runStreams<Concatenate2d<concat_config<1, 12, 4, 0>>, T, T, T, 2, 2, 2>(x, y) == joined(x, y, 48);
  });
  fault("concatenate3d axis 2, pixels of several beats", [=] {
    return runStreams<Concatenate3d<concat_config<2, 3, 4, 4>>, T, T, T, 2, 2, 2>(x, y) == joined(x, y, 16);
  });
  fault("concatenate3d axis 3, pixels of several beats", [=] {
    return runStreams<Concatenate3d<concat_config<3, 3, 4, 4>>, T, T, T, 2, 2, 2>(x, y) == joined(x, y, 4);
  });
}

} // namespace

// What hls4ml does not have at all. A name that nnet does not declare is found in `absent` instead.
namespace absent {
struct Nothing {};
template <class...> Nothing clip(...) { return Nothing(); }
template <class...> Nothing divide(...) { return Nothing(); }
template <class...> Nothing sum(...) { return Nothing(); }
template <class...> Nothing crop(...) { return Nothing(); }
template <class...> Nothing threshold(...) { return Nothing(); }
template <class...> Nothing argMax(...) { return Nothing(); }
template <class...> Nothing padWith(...) { return Nothing(); }
template <class...> Nothing sumPool2d(...) { return Nothing(); }
} // namespace absent
namespace nnet {
using namespace absent;
}

namespace {

struct Any {
  template <class X> operator X &() const;
};

template <class Beat>
auto clonesEightTimes(int) -> decltype(nnet::clone_stream<Beat, Beat, 4>(Any(), Any(), Any(), Any(), Any(),
                                                                         Any(), Any(), Any(), Any()),
                                       true) {
  return true;
}
template <class Beat> bool clonesEightTimes(...) { return false; }

template <class Beat>
auto hasStreamRelu6(int)
    -> decltype(nnet::relu6<Beat, Beat, activation_config<4>>(std::declval<hls::stream<Beat> &>(),
                                                              std::declval<hls::stream<Beat> &>()),
                true) {
  return true;
}
template <class Beat> bool hasStreamRelu6(...) { return false; }

void missing() {
  report.judge("clip is missing", std::is_same<decltype(nnet::clip<T>(0)), absent::Nothing>::value);
  report.judge("divide is missing", std::is_same<decltype(nnet::divide<T>(0)), absent::Nothing>::value);
  report.judge("sum is missing", std::is_same<decltype(nnet::sum<T>(0)), absent::Nothing>::value);
  report.judge("crop is missing", std::is_same<decltype(nnet::crop<T>(0)), absent::Nothing>::value);
  report.judge("threshold is missing", std::is_same<decltype(nnet::threshold<T>(0)), absent::Nothing>::value);
  report.judge("argMax is missing", std::is_same<decltype(nnet::argMax<T>(0)), absent::Nothing>::value);
  report.judge("padWith is missing", std::is_same<decltype(nnet::padWith<T>(0)), absent::Nothing>::value);
  report.judge("sumPool is missing", std::is_same<decltype(nnet::sumPool2d<T>(0)), absent::Nothing>::value);
  report.judge("relu6 streams is missing", !hasStreamRelu6<nnet::array<T, 4>>(0));
  report.judge("clone_stream to 8 is missing", !clonesEightTimes<nnet::array<T, 4>>(0));
}

} // namespace

int main() {
  tables();
  softmax();
  pooling();
  beats();
  twoInputs();
  missing();
  return report.finish();
}
