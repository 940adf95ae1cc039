// Convolutions of nnet_utils: 1-D and 2-D, streams and arrays, Latency and Resource, pointwise, strides,
// padding.
#include "convolution.h"

#include "nnet_utils/nnet_padding.h"
#include "nnet_utils/nnet_padding_stream.h"
#include "nnet_utils/nnet_sepconv1d.h"
#include "nnet_utils/nnet_sepconv1d_stream.h"
#include "nnet_utils/nnet_sepconv2d_stream.h"

using namespace test;

struct Conv1dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::conv_1d_cl<X, Y, C>(from, to, w, b);
  }
};
struct Conv2dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::conv_2d_cl<X, Y, C>(from, to, w, b);
  }
};
struct Pointwise1dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::pointwise_conv_1d_cl<X, Y, C>(from, to, w, b);
  }
};
struct Pointwise2dCall {
  template <class X, class Y, class C, class From, class To, class W, class B>
  static void run(From &from, To &to, W *w, B *b) {
    nnet::pointwise_conv_2d_cl<X, Y, C>(from, to, w, b);
  }
};

/// Two frames through one stream, so that a state left behind by the first shows.
template <class G, class C, class Call> void streamed(const std::string &name) {
  typedef nnet::array<typename G::X, G::n_chan> In;
  typedef nnet::array<typename G::Y, G::n_filt> Out;
  Data<G> data;
  std::vector<typename G::W> w = data.weights();
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  std::vector<Wide> want;
  for (int frame = 0; frame < 2; frame++) {
    send(in, data.x[frame].data(), data.x[frame].size());
    const std::vector<Wide> wanted = data.want(frame);
    want.insert(want.end(), wanted.begin(), wanted.end());
    Call::template run<In, Out, C>(in, out, w.data(), data.b.data());
  }
  report("stream " + name, receive(out), want);
}

template <class G, class C, class Call> void parallel(const std::string &name) {
  Data<G> data;
  std::vector<typename G::W> w = data.weights();
  std::vector<typename G::Y> y(data.geo.outHeight() * data.geo.outWidth() * G::n_filt);
  typename G::X *x = data.x[0].data();
  typename G::Y *to = y.data();
  Call::template run<typename G::X, typename G::Y, C>(x, to, w.data(), data.b.data());
  report("arrays " + name, mantissas(y.data(), y.size()), data.want(0));
}

template <class G> void stream1d(const std::string &name) { streamed<G, Conv1d<G>, Conv1dCall>(name); }
template <class G> void stream2d(const std::string &name) { streamed<G, Conv2d<G>, Conv2dCall>(name); }
template <class G> void arrays1d(const std::string &name) { parallel<G, Conv1d<G>, Conv1dCall>(name); }
template <class G> void arrays2d(const std::string &name) { parallel<G, Conv2d<G>, Conv2dCall>(name); }

template <class data_T, class res_T, class C> using Leq = nnet::DenseResource_rf_leq_nin<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Gt = nnet::DenseResource_rf_gt_nin_rem0<data_T, res_T, C>;
template <class data_T, class res_T, class C> using Lat = nnet::DenseLatency<data_T, res_T, C>;

// A 3 x 3 filter over 5 x 6 pixels of 3 channels, to 4.
template <class Base> struct Square : Base {
  static const unsigned in_height = 5, in_width = 6, n_chan = 3, n_filt = 4, filt_height = 3, filt_width = 3;
};
template <class Base> struct Strided : Square<Base> {
  static const unsigned in_height = 8, in_width = 9, stride_height = 2, stride_width = 2;
};
// A stride greater than the filter, and one that leaves pixels over at the end.
template <class Base> struct Sparse : Square<Base> {
  static const unsigned in_height = 9, in_width = 12, filt_height = 2, filt_width = 2, stride_height = 3,
                        stride_width = 5;
};
template <class Base> struct Tall : Square<Base> {
  static const unsigned in_height = 7, in_width = 5, filt_height = 4, filt_width = 1, stride_height = 2;
};
template <class Base> struct Flat : Square<Base> {
  static const unsigned in_height = 3, in_width = 9, filt_height = 1, filt_width = 4, stride_width = 2;
};
template <class Base> struct Padded : Square<Base> {
  static const unsigned pad_top = 2, pad_bottom = 1, pad_left = 0, pad_right = 2, stride_width = 2;
};
template <class Base> struct Turns : Padded<Base> { // 24 pixels in 6 turns
  static const unsigned n_partitions = 6;
};
template <class Base> struct Dilated : Square<Base> {
  static const unsigned dilation_height = 2, dilation_width = 3, pad_left = 2, pad_right = 1,
                        stride_width = 2;
};
template <class Base> struct Point : Square<Base> {
  static const unsigned in_height = 4, in_width = 6, filt_height = 1, filt_width = 1;
};
template <class Base> struct StridedPoint : Point<Base> {
  static const unsigned in_height = 5, in_width = 7, stride_height = 2, stride_width = 3;
};
template <class Base> struct Line : Base {
  static const unsigned in_width = 10, n_chan = 3, n_filt = 4, filt_width = 3;
};
template <class Base> struct StridedLine : Line<Base> {
  static const unsigned in_width = 14, stride_width = 4;
};
template <class Base> struct PaddedLine : Line<Base> {
  static const unsigned pad_left = 1, pad_right = 3, stride_width = 2, n_partitions = 3;
};
template <class Base> struct DilatedLine : Line<Base> {
  static const unsigned dilation_width = 4, pad_left = 3;
};
template <class Base> struct LinePoint : Line<Base> { static const unsigned filt_width = 1; };
template <class Base> struct StridedLinePoint : LinePoint<Base> { static const unsigned stride_width = 3; };
template <class Base> struct Batched : LinePoint<Base> {
  static const bool batched = true;
  template <class data_T, class res_T, class C> using Conv = nnet::BatchedDenseForConv1D<data_T, res_T, C>;
};
template <class Base> struct Narrow : Base {
  typedef ap_ufixed<8, 0> X;
  typedef ap_fixed<6, 1> W;
  typedef ap_fixed<6, 1> B;
  typedef ap_fixed<20, 8> A;
  typedef ap_fixed<8, 4, AP_RND, AP_SAT> Y;
};
template <class Base> struct Saturating : Base { typedef ap_fixed<18, 8, AP_RND, AP_SAT> A; };

typedef Case<Lat> Latency;
typedef Case<Leq, nnet::resource, 3> Resource3;
typedef Case<Leq, nnet::resource, 9> Resource9;
typedef Case<Gt, nnet::resource, 54> Resource54;

template <template <class> class Shape, class Resource> void square(const std::string &name) {
  stream2d<Shape<Latency>>(name + " latency");
  stream2d<Shape<Resource>>(name + " resource");
}

struct P1 : nnet::padding1d_config {
  static const unsigned n_chan = 3, in_width = 5, out_width = 9, pad_left = 1, pad_right = 3;
};
struct P2 : nnet::padding2d_config {
  static const unsigned n_chan = 3, in_height = 2, in_width = 4, out_height = 6, out_width = 7, pad_top = 3,
                        pad_bottom = 1, pad_left = 1, pad_right = 2;
};

void pad(const std::string &name) {
  typedef ap_fixed<12, 3> To;
  typedef nnet::array<F16, 3> In;
  typedef nnet::array<To, 3> Out;
  Numbers numbers(5);
  std::vector<F16> x = numbers.take<F16>(24);
  for (int dimensions = 1; dimensions <= 2; dimensions++) {
    const unsigned h = dimensions == 1 ? 1 : 2, w = dimensions == 1 ? 5 : 4, H = dimensions == 1 ? 1 : 6,
                   W = dimensions == 1 ? 9 : 7, top = dimensions == 1 ? 0 : 3;
    std::vector<Wide> want(H * W * 3, 0);
    for (unsigned i = 0; i < h * w * 3; i++)
      want[((i / 3 / w + top) * W + i / 3 % w + 1) * 3 + i % 3] =
          castTo(mantissa(x[i]), 10, FormatOf<To>::get());
    std::vector<To> y(want.size());
    hls::stream<In> in("in");
    hls::stream<Out> out("out");
    send(in, x.data(), h * w * 3);
    if (dimensions == 1) {
      nnet::zeropad1d_cl<F16, To, P1>(x.data(), y.data());
      nnet::zeropad1d_cl<In, Out, P1>(in, out);
    } else {
      nnet::zeropad2d_cl<F16, To, P2>(x.data(), y.data());
      nnet::zeropad2d_cl<In, Out, P2>(in, out);
    }
    report(name + std::to_string(dimensions) + "d arrays", mantissas(y.data(), y.size()), want);
    report(name + std::to_string(dimensions) + "d stream", receive(out), want);
  }
}

int main() {
  square<Square, Resource3>("square");
  square<Strided, Resource9>("strided");
  square<Sparse, Resource3>("stride greater than filter");
  square<Tall, Resource3>("tall filter");
  square<Flat, Resource3>("flat filter");
  stream2d<Square<Resource54>>("square resource rf = 2 n_in");
  stream2d<Square<Narrow<Resource3>>>("square narrow");
  stream2d<Square<Narrow<Latency>>>("square narrow latency");
  stream2d<Square<Saturating<Resource3>>>("square saturating");

  stream1d<Line<Latency>>("line latency");
  stream1d<Line<Resource3>>("line resource");
  stream1d<StridedLine<Latency>>("line strided latency");
  stream1d<StridedLine<Resource9>>("line strided resource");

  streamed<Point<Latency>, Conv2d<Point<Latency>>, Pointwise2dCall>("point latency");
  streamed<StridedPoint<Latency>, Conv2d<StridedPoint<Latency>>, Pointwise2dCall>("point strided latency");
  streamed<StridedPoint<Resource3>, Conv2d<StridedPoint<Resource3>>, Pointwise2dCall>(
      "point strided resource");
  streamed<LinePoint<Resource3>, Conv1d<LinePoint<Resource3>>, Pointwise1dCall>("line point resource");
  streamed<StridedLinePoint<Latency>, Conv1d<StridedLinePoint<Latency>>, Pointwise1dCall>(
      "line point strided");

  arrays2d<Square<Latency>>("square latency");
  arrays2d<Square<Resource3>>("square resource");
  arrays2d<Padded<Latency>>("padded latency");
  arrays2d<Turns<Latency>>("padded latency in turns");
  arrays2d<Turns<Resource9>>("padded resource in turns");
  arrays2d<Sparse<Resource3>>("stride greater than filter");
  arrays2d<Square<Narrow<Resource9>>>("square narrow");
  arrays2d<Dilated<Latency>>("dilated latency");
  arrays2d<Dilated<Resource9>>("dilated resource");
  arrays2d<Square<Saturating<Latency>>>("square saturating");
  parallel<StridedPoint<Latency>, Conv2d<StridedPoint<Latency>>, Pointwise2dCall>("point strided latency");
  parallel<Point<Resource3>, Conv2d<Point<Resource3>>, Pointwise2dCall>("point resource");

  arrays1d<Line<Latency>>("line latency");
  arrays1d<PaddedLine<Latency>>("line padded latency");
  arrays1d<PaddedLine<Resource9>>("line padded resource");
  arrays1d<DilatedLine<Resource9>>("line dilated resource");
  parallel<Batched<Latency>, Conv1d<Batched<Latency>>, Pointwise1dCall>("line point batched");
  parallel<LinePoint<Resource3>, Conv1d<LinePoint<Resource3>>, Pointwise1dCall>("line point resource");

  pad("pad ");
  return finish();
}
