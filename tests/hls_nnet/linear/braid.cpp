// braid::conv2d, on streams and arrays: dilation, groups, channel multipliers, padding, strides, reuse
// factors, pixels of several beats.
#include "harness.h"

#include "braid/braid_conv.h"
#include "convolution.h"

using namespace test;

struct Base : braid::ConvConfig {
  typedef F16 X;
  typedef F16 Y;
  typedef F16 weight_t;
  typedef F16 bias_t;
  typedef ap_fixed<42, 22> accum_t;
};

/// Adds the output size to a case.
template <class G> struct Config : G {
  static const unsigned out_height =
      (G::in_height + G::pad_top + G::pad_bottom - (G::filt_height - 1) * G::dilation_height - 1) /
          G::stride_height +
      1;
  static const unsigned out_width =
      (G::in_width + G::pad_left + G::pad_right - (G::filt_width - 1) * G::dilation_width - 1) /
          G::stride_width +
      1;
};

template <class G> Geometry geometryOf() {
  return {G::in_height,      G::in_width,   G::n_chan,        G::n_filt,       G::groups,
          G::filt_height,    G::filt_width, G::stride_height, G::stride_width, G::dilation_height,
          G::dilation_width, G::pad_top,    G::pad_bottom,    G::pad_left,     G::pad_right};
}

/// Two frames on streams with pixels of so many beats.
template <class G, unsigned beatsIn, unsigned beatsOut> void beats(const std::string &name) {
  typedef Config<G> C;
  const Geometry geo = geometryOf<G>();
  Numbers numbers(geo.inWidth * 37 + geo.channels * 3 + beatsIn * 11 + beatsOut);
  std::vector<typename G::weight_t> w = numbers.take<typename G::weight_t>(geo.filters * geo.neuronSize());
  std::vector<typename G::bias_t> b = numbers.take<typename G::bias_t>(geo.filters);
  typedef nnet::array<typename G::X, G::n_chan / beatsIn> In;
  typedef nnet::array<typename G::Y, G::n_filt / beatsOut> Out;
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  std::vector<Wide> want;
  for (int frame = 0; frame < 2; frame++) {
    std::vector<typename G::X> x = numbers.take<typename G::X>(geo.inHeight * geo.inWidth * geo.channels);
    const std::vector<Wide> wanted =
        convolve<typename G::Y, typename G::accum_t>(geo, x.data(), w.data(), b.data(), G::reuse_factor);
    want.insert(want.end(), wanted.begin(), wanted.end());
    send(in, x.data(), x.size());
    braid::conv2d<In, Out, C>(in, out, w.data(), b.data());
  }
  report("beats " + std::to_string(beatsIn) + " to " + std::to_string(beatsOut) + " " + name, receive(out),
         want);
}

template <class G> void check(const std::string &name) {
  typedef Config<G> C;
  const Geometry geo = geometryOf<G>();
  Numbers numbers(geo.inWidth * 31 + geo.channels * 5 + geo.neuronSize());
  std::vector<typename G::weight_t> w = numbers.take<typename G::weight_t>(geo.filters * geo.neuronSize());
  std::vector<typename G::bias_t> b = numbers.take<typename G::bias_t>(geo.filters);
  typedef nnet::array<typename G::X, G::n_chan> In;
  typedef nnet::array<typename G::Y, G::n_filt> Out;
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  std::vector<Wide> want, got;
  for (int frame = 0; frame < 2; frame++) {
    std::vector<typename G::X> x = numbers.take<typename G::X>(geo.inHeight * geo.inWidth * geo.channels);
    std::vector<typename G::Y> y(geo.outHeight() * geo.outWidth() * geo.filters);
    const std::vector<Wide> wanted =
        convolve<typename G::Y, typename G::accum_t>(geo, x.data(), w.data(), b.data(), G::reuse_factor);
    want.insert(want.end(), wanted.begin(), wanted.end());
    send(in, x.data(), x.size());
    braid::conv2d<In, Out, C>(in, out, w.data(), b.data());
    braid::conv2d<typename G::X, typename G::Y, C>(x.data(), y.data(), w.data(), b.data());
    const std::vector<Wide> values = mantissas(y.data(), y.size());
    got.insert(got.end(), values.begin(), values.end());
  }
  report("stream " + name, receive(out), want);
  report("arrays " + name, got, want);
}

struct Plain : Base {
  static const unsigned in_height = 6, in_width = 7, n_chan = 4, n_filt = 6, filt_height = 3, filt_width = 3;
  static const unsigned reuse_factor = 6;
};
struct Dilated : Plain {
  static const unsigned dilation_height = 2, dilation_width = 3;
};
struct DilatedPadded : Plain {
  static const unsigned dilation_height = 3, dilation_width = 2, pad_top = 3, pad_bottom = 1, pad_left = 4;
  static const unsigned stride_height = 2;
};
struct Grouped : Plain {
  static const unsigned groups = 2, reuse_factor = 9;
};
struct GroupedDilated : DilatedPadded {
  static const unsigned groups = 2, stride_width = 3, reuse_factor = 18;
};
struct Multiplied : Plain { // depthwise, three filters a channel
  static const unsigned n_filt = 12, groups = 4, pad_right = 2, reuse_factor = 27;
};
struct Depthwise : Plain {
  static const unsigned n_filt = 4, groups = 4, reuse_factor = 1, stride_height = 3, stride_width = 2;
};
struct FlatStrided : Plain { // rows are skipped though the filter is one row high
  static const unsigned filt_height = 1, stride_height = 2, reuse_factor = 4;
};
struct Sparse : Plain {
  static const unsigned in_height = 11, in_width = 9, filt_height = 2, filt_width = 2, stride_height = 4,
                        stride_width = 3, reuse_factor = 2;
};
struct Even : Plain { // an even filter padded as ONNX pads SAME_UPPER
  static const unsigned filt_height = 4, filt_width = 2, pad_top = 1, pad_bottom = 2, pad_right = 1,
                        reuse_factor = 8;
};
struct AllPadding : Plain { // windows that see nothing but padding
  static const unsigned in_height = 2, in_width = 1, pad_top = 3, pad_bottom = 4, pad_left = 3, pad_right = 3;
};
struct Line : Plain {
  static const unsigned in_height = 1, filt_height = 1, in_width = 15, dilation_width = 4, pad_left = 4,
                        stride_width = 2, groups = 2, reuse_factor = 2;
};
struct WholeMatrix : Plain {
  static const unsigned reuse_factor = 216, pad_top = 1;
};
struct RaggedReuse : Plain { // 5 divides neither 36 nor 216
  static const unsigned reuse_factor = 5;
};
struct GroupedWholeRows : Grouped { // rows of 18, two a multiplier, three to a group
  static const unsigned reuse_factor = 36;
};
struct Narrow : GroupedDilated {
  typedef ap_ufixed<8, 0> X;
  typedef ap_fixed<6, 1> weight_t;
  typedef ap_fixed<20, 8> accum_t;
  typedef ap_fixed<8, 4, AP_RND, AP_SAT> Y;
};
struct Saturating : Grouped {
  typedef ap_fixed<18, 8, AP_RND, AP_SAT> accum_t;
};
// Eight channels to twelve filters, for beats of 1, 2, 4 and all.
struct Beats : Plain {
  static const unsigned n_chan = 8, n_filt = 12, reuse_factor = 72;
};
struct BeatsStrided : Beats {
  static const unsigned stride_height = 2, stride_width = 3, pad_top = 1, pad_left = 2, pad_right = 1;
};
struct BeatsDilated : BeatsStrided {
  static const unsigned dilation_height = 2, dilation_width = 2, pad_bottom = 2;
};
struct BeatsGrouped : Beats { // a beat has channels of two groups, or of a part of one
  static const unsigned groups = 4, reuse_factor = 6;
};
struct BeatsDepthwise : Beats {
  static const unsigned n_filt = 8, groups = 8, reuse_factor = 3, pad_top = 1;
};
struct BeatsMultiplied : BeatsStrided {
  static const unsigned n_filt = 16, groups = 8, reuse_factor = 9;
};
struct BeatsPoint : Beats { // the shortcut of a residual block
  static const unsigned filt_height = 1, filt_width = 1, stride_height = 2, stride_width = 2,
                        reuse_factor = 32;
};
struct BeatsOfVector : Beats { // a dense layer
  static const unsigned in_height = 1, in_width = 1, n_chan = 24, filt_height = 1, filt_width = 1,
                        reuse_factor = 5;
};

void severalBeats() {
  beats<Beats, 2, 1>("rows of 72");
  beats<Beats, 1, 2>("rows of 72");
  beats<Beats, 2, 2>("rows of 72");
  beats<Beats, 4, 3>("rows of 72");
  beats<Beats, 8, 12>("rows of 72");
  beats<BeatsStrided, 2, 4>("strided, padded");
  beats<BeatsDilated, 4, 2>("dilated, strided, padded");
  beats<BeatsGrouped, 2, 2>("grouped");
  beats<BeatsGrouped, 8, 3>("grouped");
  beats<BeatsDepthwise, 2, 2>("depthwise, padded");
  beats<BeatsDepthwise, 4, 1>("depthwise, padded");
  beats<BeatsMultiplied, 2, 4>("depthwise with a multiplier, strided");
  beats<BeatsPoint, 2, 4>("point, strided");
  beats<BeatsOfVector, 6, 4>("one pixel");
}

int main() {
  check<Plain>("plain");
  check<Dilated>("dilated");
  check<DilatedPadded>("dilated, padded, strided");
  check<Grouped>("grouped");
  check<GroupedDilated>("grouped, dilated, padded, strided");
  check<Multiplied>("depthwise with a multiplier");
  check<Depthwise>("depthwise, strided");
  check<FlatStrided>("flat filter, row stride");
  check<Sparse>("stride greater than filter");
  check<Even>("even filter, uneven padding");
  check<AllPadding>("more padding than map");
  check<Line>("line, dilated, grouped");
  check<WholeMatrix>("one multiplier");
  check<RaggedReuse>("ragged reuse factor");
  check<GroupedWholeRows>("grouped, whole rows");
  check<Narrow>("narrow types");
  check<Saturating>("saturating accumulator");
  severalBeats();
  return finish();
}
