// What hls4ml 1.3's headers get wrong or cannot do: each case runs in a process of its own and says "right",
// or "wrong" where that stops, crashes or gives other than the reference. With their headers every line must
// say wrong, with ours right.
//   GAP_NNET                    cases that are braid::conv2d's are put to nnet_utils: ours must refuse them
//   GAP_RAGGED_KERNEL           must not build with their headers
//   GAP_BOTH_SEPARABLE_HEADERS  nor must this
#include "convolution.h"

#include "braid/braid_conv.h"

#ifdef GAP_BOTH_SEPARABLE_HEADERS
// Their include guards are the same, so that the second is empty.
#include "nnet_utils/nnet_sepconv1d.h"
#endif
#include "nnet_utils/nnet_dense_stream.h"
#include "nnet_utils/nnet_sepconv2d.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"

#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

using namespace test;

namespace {

template <class data_T, class res_T, class C> using Dense = nnet::DenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Leq = nnet::DenseResource_rf_leq_nin<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using Rem0 = nnet::DenseResource_rf_gt_nin_rem0<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Lanes = nnet::DepthwiseDenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using LanesLeq = nnet::DepthwiseDenseResource_rf_leq_nout<data_T, res_T, C>;

template <class Base> struct Square : Base { // 27 weights a filter
  static const unsigned in_height = 6, in_width = 6, n_chan = 3, n_filt = 4, filt_height = 3, filt_width = 3;
};

/// Says whether `run` reported nothing but right results.
void gap(const char *name, void (*run)()) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    std::cout.setstate(std::ios::failbit);
    if (!std::freopen("/dev/null", "w", stderr))
      _exit(2);
    alarm(20);
    run();
    _exit(finish());
  }
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%s: %s\n", name, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "right" : "wrong");
}

struct Conv2dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::conv_2d_cl<X, Y, C>(from, to, w, b);
  }
};
struct Conv1dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::conv_1d_cl<X, Y, C>(from, to, w, b);
  }
};
struct DepthwiseCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::depthwise_conv_2d_cl<X, Y, C>(from, to, w, b);
  }
};

/// Weights as the call reads them: depthwise [taps][filters]. What groups save is filled with zeros.
template <class G, class Call> std::vector<typename G::W> weightsOf(const Data<G> &data, unsigned groups) {
  std::vector<typename G::W> w =
      std::is_same<Call, DepthwiseCall>::value ? toColumns(data.rows, G::n_filt) : data.weights();
  w.resize(w.size() * groups, typename G::W(0));
  return w;
}

template <class G, class Call, unsigned groups = 1, unsigned beatsIn = 1, unsigned beatsOut = 1>
void streamed() {
  typedef nnet::array<typename G::X, G::n_chan / beatsIn> In;
  typedef nnet::array<typename G::Y, G::n_filt / beatsOut> Out;
  Data<G> data(groups);
  std::vector<typename G::W> w = weightsOf<G, Call>(data, groups);
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, data.x[0].data(), data.x[0].size());
  Call::template run<In, Out, Conv2d<G>>(in, out, w.data(), data.b.data());
  report("", receive(out), data.want(0));
}

template <class G, class Call, unsigned groups = 1, class C = Conv2d<G>> void arrays() {
  Data<G> data(groups);
  std::vector<typename G::W> w = weightsOf<G, Call>(data, groups);
  std::vector<typename G::Y> y(data.geo.outHeight() * data.geo.outWidth() * G::n_filt);
  typename G::X *x = data.x[0].data();
  typename G::Y *to = y.data();
  Call::template run<typename G::X, typename G::Y, C>(x, to, w.data(), data.b.data());
  report("", mantissas(y.data(), y.size()), data.want(0));
}

struct FlatStride : Square<Case<Dense>> {
  static const unsigned filt_height = 1, stride_height = 2;
};
struct DepthwiseResource : Square<Case<LanesLeq, nnet::resource, 3>> {
  static const unsigned n_filt = 3;
};
typedef Square<Case<Rem0, nnet::resource, 54>> TwoRows;
struct TwoRowsOfLine : Case<Rem0, nnet::resource, 18> {
  static const unsigned in_width = 8, n_chan = 3, n_filt = 4, filt_width = 3;
};
struct RaggedDense : Case<Leq, nnet::resource, 4> { // one pixel: a dense layer
  static const unsigned n_chan = 6, n_filt = 2;
};

/// nnet::dense on arrays and streams.
void denseRagged() {
  typedef RaggedDense G;
  typedef Conv2d<G>::mult_config C;
  typedef nnet::array<F16, 6> In;
  typedef nnet::array<F16, 2> Out;
  Data<G> data;
  F16 y[2];
  nnet::dense<F16, F16, C>(data.x[0].data(), y, data.rows.data(), data.b.data());
  report("", mantissas(y, 2), data.want(0));
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, data.x[0].data(), 6);
  nnet::dense<In, Out, C>(in, out, data.rows.data(), data.b.data());
  report("", receive(out), data.want(0));
}

void run() {
  // A filter of one row never looks at the row stride.
  gap("flat filter, row stride", streamed<FlatStride, Conv2dCall>);
  gap("depthwise resource on arrays", arrays<DepthwiseResource, DepthwiseCall, 3>);
  // Reuse factors above n_in are legal, but index the window by the cycle.
  gap("2-D resource on arrays, rf = 2 n_in", arrays<TwoRows, Conv2dCall>);
  gap("1-D resource on arrays, rf = 2 n_in", arrays<TwoRowsOfLine, Conv1dCall, 1, Conv1d<TwoRowsOfLine>>);
  gap("dense, rf 4 for 6 inputs", denseRagged);
}

#ifdef GAP_RAGGED_KERNEL
// Configs name this kernel class, but there is none.
template <class data_T, class res_T, class C> using Ragged = nnet::DenseResource_rf_gt_nin<data_T, res_T, C>;
void runRaggedKernel() {
  gap("resource on streams, rf 36 for 27 weights",
      streamed<Square<Case<Ragged, nnet::resource, 36>>, Conv2dCall>);
}
#else
void runRaggedKernel() {}
#endif

#ifdef GAP_BOTH_SEPARABLE_HEADERS
struct Separable : Square<Case<Lanes>> {
  static const unsigned n_filt = 3;
};
void runSeparable() {
  gap("depthwise 2-D with the 1-D header included", arrays<Separable, DepthwiseCall, 3>);
}
#else
void runSeparable() {}
#endif

// What is braid::conv2d's.

/// Config of braid::conv2d.
template <class G, unsigned count> struct Own : braid::ConvConfig {
  typedef Conv2d<G> C;
  static const unsigned in_height = C::in_height, in_width = C::in_width, n_chan = C::n_chan,
                        out_height = C::out_height, out_width = C::out_width, n_filt = C::n_filt,
                        groups = count, filt_height = C::filt_height, filt_width = C::filt_width,
                        stride_height = C::stride_height, stride_width = C::stride_width,
                        dilation_height = C::dilation_height, dilation_width = C::dilation_width,
                        pad_top = C::pad_top, pad_bottom = C::pad_bottom, pad_left = C::pad_left,
                        pad_right = C::pad_right, reuse_factor = C::reuse_factor;
  typedef typename G::W weight_t;
  typedef typename G::B bias_t;
  typedef typename G::A accum_t;
};

template <class G, class Call, unsigned groups = 1, unsigned beatsIn = 1, unsigned beatsOut = 1>
void streamedOwn() {
#ifdef GAP_NNET
  streamed<G, Call, groups, beatsIn, beatsOut>();
#else
  typedef nnet::array<typename G::X, G::n_chan / beatsIn> In;
  typedef nnet::array<typename G::Y, G::n_filt / beatsOut> Out;
  Data<G> data(groups);
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, data.x[0].data(), data.x[0].size());
  braid::conv2d<In, Out, Own<G, groups>>(in, out, data.rows.data(), data.b.data());
  report("", receive(out), data.want(0));
#endif
}

template <class G, class Call, unsigned groups> void arraysOwn() {
#ifdef GAP_NNET
  arrays<G, Call, groups>();
#else
  Data<G> data(groups);
  std::vector<typename G::Y> y(data.geo.outHeight() * data.geo.outWidth() * G::n_filt);
  braid::conv2d<typename G::X, typename G::Y, Own<G, groups>>(data.x[0].data(), y.data(), data.rows.data(),
                                                              data.b.data());
  report("", mantissas(y.data(), y.size()), data.want(0));
#endif
}

// Two filters a channel: weights are read as if there were one, and results beyond the array.
struct Multiplied : Square<Case<Lanes>> {
  static const unsigned n_filt = 6;
};
struct Dilated : Square<Case<Dense>> {
  static const unsigned dilation_height = 2, dilation_width = 2;
};
struct Padded : Square<Case<Dense>> {
  static const unsigned pad_top = 1, pad_left = 1;
};
struct Even : Square<Case<Leq, nnet::resource, 9>> {
  static const unsigned n_chan = 4, n_filt = 4;
};
void runOwn() {
  gap("depthwise multiplier on streams", streamedOwn<Multiplied, DepthwiseCall, 3>);
  gap("depthwise multiplier on arrays", arraysOwn<Multiplied, DepthwiseCall, 3>);
  gap("dilation on streams", streamedOwn<Dilated, Conv2dCall>);
  gap("padding inside a convolution on streams", streamedOwn<Padded, Conv2dCall>);
  gap("pixels of two beats, in", streamedOwn<Even, Conv2dCall, 1, 2, 1>);
  gap("pixels of two beats, out", streamedOwn<Even, Conv2dCall, 1, 1, 2>);
  // No member of a config says groups: our nnet_utils build this, as theirs do.
  gap("two groups", streamedOwn<Even, Conv2dCall, 2>);
}

} // namespace

int main() {
  run();
  runRaggedKernel();
  runSeparable();
  runOwn();
  return 0;
}
