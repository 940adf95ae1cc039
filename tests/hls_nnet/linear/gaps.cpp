// What hls4ml 1.3's headers get wrong or cannot do: one case per macro GAP_*, each of which must fail with
// them (no build, an abort, or numbers that are not the reference's). Where our nnet_utils do the case they
// must be right; the others are braid::conv2d's and tested in braid.cpp.
#include "convolution.h"

#ifdef GAP_BOTH_SEPARABLE_HEADERS
// Their include guards are the same, so that the second is empty.
#include "nnet_utils/nnet_sepconv1d.h"
#endif
#include "nnet_utils/nnet_sepconv2d.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"

using namespace test;

template <class data_T, class res_T, class C> using Dense = nnet::DenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Leq = nnet::DenseResource_rf_leq_nin<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using Rem0 = nnet::DenseResource_rf_gt_nin_rem0<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Lanes = nnet::DepthwiseDenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using LanesLeq = nnet::DepthwiseDenseResource_rf_leq_nout<data_T, res_T, C>;
#ifdef GAP_RAGGED_KERNEL
template <class data_T, class res_T, class C> using Ragged = nnet::DenseResource_rf_gt_nin<data_T, res_T, C>;
#endif

template <class Base> struct Square : Base { // 27 weights a filter
  static const unsigned in_height = 6, in_width = 6, n_chan = 3, n_filt = 4, filt_height = 3, filt_width = 3;
};

/// [filters][taps] of one input channel each, to [taps][filters].
template <class W> std::vector<W> lanes(const std::vector<W> &rows, unsigned filters) {
  return toColumns(rows, filters);
}

enum Function { Conv, Depthwise };

template <class G, Function Which> void streamed(const std::string &name, unsigned groups = 1) {
  typedef nnet::array<typename G::X, G::n_chan> In;
  typedef nnet::array<typename G::Y, G::n_filt> Out;
  Data<G> data(groups);
  std::vector<typename G::W> w = Which == Depthwise ? lanes(data.rows, G::n_filt) : data.weights();
  w.resize(w.size() * groups, typename G::W(0));
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, data.x[0].data(), data.x[0].size());
  if (Which == Conv)
    nnet::conv_2d_cl<In, Out, Conv2d<G>>(in, out, w.data(), data.b.data());
#ifdef GAP_MULTIPLIER_STREAM
  else
    nnet::depthwise_conv_2d_cl<In, Out, Conv2d<G>>(in, out, w.data(), data.b.data());
#endif
  report(name, receive(out), data.want(0));
}

template <class G, Function Which> void arrays(const std::string &name, unsigned groups = 1) {
  Data<G> data(groups);
  std::vector<typename G::W> w = Which == Depthwise ? lanes(data.rows, G::n_filt) : data.weights();
  std::vector<typename G::Y> y(data.geo.outHeight() * data.geo.outWidth() * G::n_filt);
#if defined(GAP_MULTIPLIER_ARRAYS) || defined(GAP_DEPTHWISE_RESOURCE_ARRAYS)
  nnet::depthwise_conv_2d_cl<typename G::X, typename G::Y, Conv2d<G>>(data.x[0].data(), y.data(), w.data(),
                                                                      data.b.data());
#else
  nnet::conv_2d_cl<typename G::X, typename G::Y, Conv2d<G>>(data.x[0].data(), y.data(), w.data(),
                                                            data.b.data());
#endif
  report(name, mantissas(y.data(), y.size()), data.want(0));
}

#if defined(GAP_FLAT_ROW_STRIDE)
// A filter of one row never looks at the row stride.
struct G : Square<Case<Dense>> {
  static const unsigned filt_height = 1, stride_height = 2;
};
int main() { streamed<G, Conv>("flat filter, row stride"); }

#elif defined(GAP_MULTIPLIER_STREAM)
// Two filters a channel: weights are read as if there were one, and results beyond the array.
struct G : Square<Case<Lanes>> {
  static const unsigned n_filt = 6;
};
int main() { streamed<G, Depthwise>("depthwise multiplier on streams", 3); }

#elif defined(GAP_MULTIPLIER_ARRAYS)
struct G : Square<Case<Lanes>> {
  static const unsigned n_filt = 6;
};
int main() { arrays<G, Depthwise>("depthwise multiplier on arrays", 3); }

#elif defined(GAP_DEPTHWISE_RESOURCE_ARRAYS)
struct G : Square<Case<LanesLeq, nnet::resource, 3>> {
  static const unsigned n_filt = 3;
};
int main() { arrays<G, Depthwise>("depthwise resource on arrays", 3); }

#elif defined(GAP_RESOURCE_ARRAYS_2D)
// Reuse factors above n_in are legal, but index the window by the cycle.
typedef Square<Case<Rem0, nnet::resource, 54>> G;
int main() { arrays<G, Conv>("2-D resource on arrays, rf = 2 n_in"); }

#elif defined(GAP_RESOURCE_ARRAYS_1D)
struct G : Case<Rem0, nnet::resource, 18> {
  static const unsigned in_width = 8, n_chan = 3, n_filt = 4, filt_width = 3;
};
int main() {
  Data<G> data;
  std::vector<F16> w = data.weights(), y(6 * 4);
  nnet::conv_1d_cl<F16, F16, Conv1d<G>>(data.x[0].data(), y.data(), w.data(), data.b.data());
  report("1-D resource on arrays, rf = 2 n_in", mantissas(y.data(), y.size()), data.want(0));
}

#elif defined(GAP_RAGGED_KERNEL)
// Configs name this kernel class, but there is none.
typedef Square<Case<Ragged, nnet::resource, 36>> G;
int main() { streamed<G, Conv>("resource on streams, rf 36 for 27 weights"); }

#elif defined(GAP_DILATION_STREAM)
struct G : Square<Case<Dense>> {
  static const unsigned dilation_height = 2, dilation_width = 2;
};
int main() { streamed<G, Conv>("dilation on streams"); }

#elif defined(GAP_PADDING_STREAM)
struct G : Square<Case<Dense>> {
  static const unsigned pad_top = 1, pad_left = 1;
};
int main() { streamed<G, Conv>("padding inside a convolution on streams"); }

#elif defined(GAP_GROUPS)
// No member of a config says groups.
struct G : Square<Case<Leq, nnet::resource, 9>> {
  static const unsigned n_chan = 4, n_filt = 4;
};
int main() { streamed<G, Conv>("two groups", 2); }

#else // GAP_BOTH_SEPARABLE_HEADERS
struct G : Square<Case<Lanes>> {
  static const unsigned n_filt = 3;
};
int main() {
  Data<G> data(3);
  std::vector<F16> w = lanes(data.rows, 3), y(16 * 3);
  nnet::depthwise_conv_2d_cl<F16, F16, Conv2d<G>>(data.x[0].data(), y.data(), w.data(), data.b.data());
  report("depthwise 2-D with the 1-D header included", mantissas(y.data(), y.size()),
         convolve<F16, G::A>(data.geo, data.x[0].data(), data.rows.data(), data.b.data(), 1));
}
#endif
