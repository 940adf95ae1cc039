// Depthwise and separable convolutions of nnet_utils.
#include "convolution.h"

// One header of the two per program with some libraries: see gaps.cpp.
#ifdef TEST_1D
#include "nnet_utils/nnet_sepconv1d.h"
#else
#include "nnet_utils/nnet_sepconv2d.h"
#endif
#include "nnet_utils/nnet_sepconv1d_stream.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"

using namespace test;

template <class data_T, class res_T, class C> using Lat = nnet::DepthwiseDenseLatency<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using Leq = nnet::DepthwiseDenseResource_rf_leq_nout<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using Rem0 = nnet::DepthwiseDenseResource_rf_gt_nout_rem0<data_T, res_T, C>;
template <class data_T, class res_T, class C>
using Gt = nnet::DepthwiseDenseResource_rf_gt_nout<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Dense = nnet::DenseLatency<data_T, res_T, C>;

template <class Base> struct Square : Base { // 9 taps x 4 channels
  static const unsigned in_height = 6, in_width = 5, n_chan = 4, n_filt = 4, filt_height = 3, filt_width = 3;
};
template <class Base> struct Strided : Square<Base> {
  static const unsigned in_height = 9, in_width = 8, filt_width = 2, stride_height = 3, stride_width = 3;
};
template <class Base> struct Padded : Square<Base> {
  static const unsigned pad_top = 1, pad_left = 2, n_partitions = 5;
};
template <class Base> struct Dilated : Square<Base> {
  static const unsigned dilation_height = 2, dilation_width = 2, pad_left = 1;
};
struct Row : Case<Lat> { // 1-D by the functions for 2-D, as arrays are
  static const unsigned in_width = 11, n_chan = 6, n_filt = 6, filt_width = 5, stride_width = 2;
};
template <class Base> struct Line : Base { // 5 taps x 6 channels
  static const unsigned in_width = 11, n_chan = 6, n_filt = 6, filt_width = 5, stride_width = 2;
};
template <class Base> struct Narrow : Base {
  typedef ap_ufixed<8, 0> X;
  typedef ap_fixed<6, 1> W;
  typedef ap_fixed<6, 1> B;
  typedef ap_fixed<20, 8> A;
  typedef ap_fixed<8, 4, AP_RND, AP_SAT> Y;
};
template <class Base> struct Saturating : Base { typedef ap_fixed<18, 8, AP_RND, AP_SAT> A; };

template <class G> std::vector<Wide> wanted(const Data<G> &data, int frame) {
  return convolve<typename G::Y, typename G::A>(data.geo, data.x[frame].data(), data.rows.data(),
                                                data.b.data(), 1);
}

template <class G, class C> void streamed(const std::string &name) {
  typedef nnet::array<typename G::X, G::n_chan> In;
  typedef nnet::array<typename G::Y, G::n_filt> Out;
  Data<G> data(G::n_chan);
  std::vector<typename G::W> w = toColumns(data.rows, G::n_chan);
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  std::vector<Wide> want;
  for (int frame = 0; frame < 2; frame++) {
    send(in, data.x[frame].data(), data.x[frame].size());
    const std::vector<Wide> frameWant = wanted(data, frame);
    want.insert(want.end(), frameWant.begin(), frameWant.end());
#ifdef TEST_1D
    nnet::depthwise_conv_1d_cl<In, Out, C>(in, out, w.data(), data.b.data());
#else
    nnet::depthwise_conv_2d_cl<In, Out, C>(in, out, w.data(), data.b.data());
#endif
  }
  report("stream " + name, receive(out), want);
}

template <class G, class C> void parallel(const std::string &name) {
  Data<G> data(G::n_chan);
  std::vector<typename G::W> w = toColumns(data.rows, G::n_chan);
  std::vector<typename G::Y> y(data.geo.outHeight() * data.geo.outWidth() * G::n_filt);
#ifdef TEST_1D
  nnet::depthwise_conv_1d_cl<typename G::X, typename G::Y, C>(data.x[0].data(), y.data(), w.data(),
                                                              data.b.data());
#else
  nnet::depthwise_conv_2d_cl<typename G::X, typename G::Y, C>(data.x[0].data(), y.data(), w.data(),
                                                              data.b.data());
#endif
  report("arrays " + name, mantissas(y.data(), y.size()), wanted(data, 0));
}

template <class D, class P> struct Both {
  typedef D depthwise_config;
  typedef P pointwise_config;
};

/// Depthwise to 20 bits, then a point filter to 3.
template <class Depth, class D, class Point, class P> void separable(const std::string &name) {
  typedef Both<D, P> Config;
  typedef typename Depth::Y Middle;
  typedef nnet::array<typename Depth::X, Depth::n_chan> In;
  typedef nnet::array<Middle, Depth::n_chan> Between;
  typedef nnet::array<typename Point::Y, Point::n_filt> Out;
  Data<Depth> depth(Depth::n_chan);
  Data<Point> point;
  std::vector<typename Depth::W> d = toColumns(depth.rows, Depth::n_chan);
  std::vector<typename Point::W> p = point.weights();
  std::vector<Middle> middle;
  for (Wide value : wanted(depth, 0)) {
    Middle number(0);
    for (int bit = 0; bit < FormatOf<Middle>::get().width; bit++)
      number[bit] = ((value >> bit) & 1) != 0;
    middle.push_back(number);
  }
  const std::vector<Wide> want = convolve<typename Point::Y, typename Point::A>(
      point.geo, middle.data(), point.rows.data(), point.b.data(), 1);
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, depth.x[0].data(), depth.x[0].size());
  std::vector<typename Point::Y> y(want.size());
#ifdef TEST_1D
  nnet::separable_conv_1d_cl<In, Between, Out, Config>(in, out, d.data(), p.data(), depth.b.data(),
                                                       point.b.data());
  nnet::separable_conv_1d_cl<typename Depth::X, Middle, typename Point::Y, Config>(
      depth.x[0].data(), y.data(), d.data(), p.data(), depth.b.data(), point.b.data());
#else
  nnet::separable_conv_2d_cl<In, Between, Out, Config>(in, out, d.data(), p.data(), depth.b.data(),
                                                       point.b.data());
  nnet::separable_conv_2d_cl<typename Depth::X, Middle, typename Point::Y, Config>(
      depth.x[0].data(), y.data(), d.data(), p.data(), depth.b.data(), point.b.data());
#endif
  report("stream " + name, receive(out), want);
  report("arrays " + name, mantissas(y.data(), y.size()), want);
}

template <class Base> struct To20 : Base { typedef ap_fixed<20, 8> Y; };
struct PointOfSquare : Case<Dense> { // after Square: 4 x 3 pixels
  typedef ap_fixed<20, 8> X;
  static const unsigned in_height = 4, in_width = 3, n_chan = 4, n_filt = 3;
};
struct PointOfLine : Case<Dense> { // after Line: 4 pixels
  typedef ap_fixed<20, 8> X;
  static const unsigned in_width = 4, n_chan = 6, n_filt = 3;
};

typedef Case<Lat> Latency;

int main() {
#ifdef TEST_1D
  streamed<Line<Latency>, Conv1d<Line<Latency>>>("line latency");
  typedef Line<Case<Leq, nnet::resource, 3>> Rf3;
  streamed<Rf3, Conv1d<Rf3>>("line rf 3");
  typedef Line<Case<Gt, nnet::resource, 10>> Rf10;
  streamed<Rf10, Conv1d<Rf10>>("line rf 10");
  parallel<Line<Latency>, Conv1d<Line<Latency>>>("line latency");
  separable<To20<Line<Latency>>, Conv1d<To20<Line<Latency>>>, PointOfLine, Conv1d<PointOfLine>>(
      "line separable");
#else
  streamed<Square<Latency>, Conv2d<Square<Latency>>>("square latency");
  streamed<Strided<Latency>, Conv2d<Strided<Latency>>>("strided latency");
  typedef Square<Narrow<Latency>> NarrowSquare;
  streamed<NarrowSquare, Conv2d<NarrowSquare>>("square narrow");
  typedef Square<Saturating<Latency>> SaturatingSquare;
  streamed<SaturatingSquare, Conv2d<SaturatingSquare>>("square saturating");
  typedef Square<Case<Leq, nnet::resource, 2>> Rf2;
  streamed<Rf2, Conv2d<Rf2>>("square rf 2");
  typedef Square<Case<Leq, nnet::resource, 3>> Rf3;
  streamed<Rf3, Conv2d<Rf3>>("square rf 3");
  typedef Square<Case<Rem0, nnet::resource, 12>> Rf12;
  streamed<Rf12, Conv2d<Rf12>>("square rf 12");
  typedef Square<Case<Rem0, nnet::resource, 72>> Rf72;
  streamed<Rf72, Conv2d<Rf72>>("square rf = 2 n_in");
  typedef Square<Case<Gt, nnet::resource, 6>> Rf6;
  streamed<Rf6, Conv2d<Rf6>>("square rf 6");
  parallel<Square<Latency>, Conv2d<Square<Latency>>>("square latency");
  parallel<Padded<Latency>, Conv2d<Padded<Latency>>>("padded latency in turns");
  parallel<Dilated<Latency>, Conv2d<Dilated<Latency>>>("dilated latency");
  parallel<Row, Conv2d<Row>>("row latency");
  separable<To20<Square<Latency>>, Conv2d<To20<Square<Latency>>>, PointOfSquare, Conv2d<PointOfSquare>>(
      "square separable");
#endif
  return finish();
}
