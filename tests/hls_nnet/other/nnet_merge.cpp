// add, subtract, multiply, average, maximum, minimum and concatenation along every axis, in arrays and
// streams, against the reference. Compiles unchanged against braid's nnet_utils and against hls4ml's.
#include "nnet_utils/nnet_merge.h"
#include "layers.h"
#include "nnet_utils/nnet_merge_stream.h"

namespace {

Report report;

const unsigned kElements = 240;

struct add_config : nnet::merge_config {
  static const unsigned n_elem = kElements;
  static const unsigned n_elem1 = kElements;
  static const unsigned n_elem2 = kElements;
  static const unsigned reuse_factor = 1;
};

struct broadcast_config : nnet::merge_config {
  static const unsigned n_elem = kElements;
  static const unsigned n_elem1 = kElements;
  static const unsigned n_elem2 = 12;
  static const unsigned reuse_factor = 1;
};

#define BINARY_LAYER(name, function)                                                                         \
  struct name {                                                                                              \
    template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {            \
      nnet::function<In1, In2, Out, add_config>(in1, in2, out);                                              \
    }                                                                                                        \
    template <class In1, class In2, class Out>                                                               \
    static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {               \
      nnet::function<In1, In2, Out, add_config>(in1, in2, out);                                              \
    }                                                                                                        \
  };
BINARY_LAYER(Add, add)
BINARY_LAYER(Subtract, subtract)
BINARY_LAYER(Multiply, multiply)
BINARY_LAYER(Average, average)
BINARY_LAYER(Maximum, maximum)
BINARY_LAYER(Minimum, minimum)

struct BroadcastMultiply {
  template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {
    nnet::multiply<In1, In2, Out, broadcast_config>(in1, in2, out);
  }
};

template <class Layer, class In1, class In2, class Out, unsigned size>
void both(const std::string &name, const Mantissas &x, const Mantissas &y, const Mantissas &want) {
  const std::string types =
      " " + text(TypeOf<In1>::get()) + " and " + text(TypeOf<In2>::get()) + " -> " + text(TypeOf<Out>::get());
  const Mantissas arrays = runArrays<Layer, In1, In2, Out>(x, y, kElements);
  report.expect(name + " arrays" + types, arrays, want);
  const Mantissas streams = runStreams<Layer, In1, In2, Out, size, size, size>(x, y);
  report.expect(name + " streams" + types, streams, want);
}

template <class In1, class In2, class Out, unsigned size> void arithmetic(uint64_t seed) {
  Generator generator(seed);
  const Type in1 = TypeOf<In1>::get(), in2 = TypeOf<In2>::get(), out = TypeOf<Out>::get();
  const Mantissas x = generator.many<In1>(kElements), y = generator.many<In2>(kElements);
  const int places = in1.places > in2.places ? in1.places : in2.places;
  Mantissas sum, difference, product, mean, larger, smaller, broadcast;
  for (unsigned i = 0; i < kElements; i++) {
    const Wide a = x[i] * (Wide(1) << (places - in1.places)), b = y[i] * (Wide(1) << (places - in2.places));
    sum.push_back(cast(a + b, places, out));
    difference.push_back(cast(a - b, places, out));
    product.push_back(cast(x[i] * y[i], in1.places + in2.places, out));
    mean.push_back(cast(a + b, places + 1, out));
    larger.push_back(cast(a > b ? a : b, places, out));
    smaller.push_back(cast(a < b ? a : b, places, out));
    broadcast.push_back(cast(x[i] * y[i % 12], in1.places + in2.places, out));
  }
  both<Add, In1, In2, Out, size>("add", x, y, sum);
  both<Subtract, In1, In2, Out, size>("subtract", x, y, difference);
  both<Multiply, In1, In2, Out, size>("multiply", x, y, product);
  both<Average, In1, In2, Out, size>("average", x, y, mean);
  both<Maximum, In1, In2, Out, size>("maximum", x, y, larger);
  both<Minimum, In1, In2, Out, size>("minimum", x, y, smaller);
  report.expect(
      named<In1, Out>("multiply by channel arrays"),
      runArrays<BroadcastMultiply, In1, In2, Out>(x, Mantissas(y.begin(), y.begin() + 12), kElements),
      broadcast);
}

/// Shapes [a0][a1][a2] and [b0][b1][b2], 0 where the rank is lower.
template <int dimension, unsigned a0, unsigned a1, unsigned a2, unsigned b0, unsigned b1, unsigned b2>
struct concat_config : nnet::concat_config {
  static const unsigned n_elem1_0 = a0;
  static const unsigned n_elem1_1 = a1;
  static const unsigned n_elem1_2 = a2;
  static const unsigned n_elem2_0 = b0;
  static const unsigned n_elem2_1 = b1;
  static const unsigned n_elem2_2 = b2;
  static const int axis = dimension;
};

template <class CONFIG_T> struct Concatenate1d {
  template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {
    nnet::concatenate1d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
  template <class In1, class In2, class Out>
  static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {
    nnet::concatenate1d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
};
template <class CONFIG_T> struct Concatenate2d {
  template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {
    nnet::concatenate2d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
  template <class In1, class In2, class Out>
  static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {
    nnet::concatenate2d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
};
template <class CONFIG_T> struct Concatenate3d {
  template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {
    nnet::concatenate3d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
  template <class In1, class In2, class Out>
  static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {
    nnet::concatenate3d<In1, In2, Out, CONFIG_T>(in1, in2, out);
  }
};

typedef ap_fixed<10, 4> Left;
typedef ap_ufixed<7, 2> Right;
typedef ap_fixed<9, 3, AP_RND, AP_SAT> Joined;

/// `outer` times a run of the left input, then a run of the right one.
template <class Layer, unsigned leftSize, unsigned rightSize, unsigned joinedSize>
void concatenation(const std::string &name, unsigned outer, unsigned leftRun, unsigned rightRun) {
  Generator generator(outer * 1000 + leftRun * 10 + rightRun);
  const Mantissas x = generator.many<Left>(outer * leftRun), y = generator.many<Right>(outer * rightRun);
  const Type left = TypeOf<Left>::get(), right = TypeOf<Right>::get(), joined = TypeOf<Joined>::get();
  Mantissas want;
  for (unsigned o = 0; o < outer; o++) {
    for (unsigned i = 0; i < leftRun; i++)
      want.push_back(cast(x[o * leftRun + i], left.places, joined));
    for (unsigned i = 0; i < rightRun; i++)
      want.push_back(cast(y[o * rightRun + i], right.places, joined));
  }
  const unsigned results = static_cast<unsigned>(want.size());
  const Mantissas arrays = runArrays<Layer, Left, Right, Joined>(x, y, results);
  report.expect("concatenate " + name + " arrays", arrays, want);
  const Mantissas streams = runStreams<Layer, Left, Right, Joined, leftSize, rightSize, joinedSize>(x, y);
  report.expect("concatenate " + name + " streams", streams, want);
}

void concatenations() {
  concatenation<Concatenate1d<concat_config<1, 6, 0, 0, 10, 0, 0>>, 6, 10, 16>("1d", 1, 6, 10);
  concatenation<Concatenate1d<concat_config<-1, 6, 0, 0, 10, 0, 0>>, 3, 5, 16>("1d several beats in", 1, 6,
                                                                               10);
  concatenation<Concatenate2d<concat_config<1, 3, 4, 0, 5, 4, 0>>, 4, 4, 4>("2d axis 1", 1, 12, 20);
  concatenation<Concatenate2d<concat_config<2, 5, 4, 0, 5, 3, 0>>, 4, 3, 7>("2d axis 2", 5, 4, 3);
  concatenation<Concatenate2d<concat_config<-2, 3, 4, 0, 5, 4, 0>>, 4, 4, 4>("2d axis -2", 1, 12, 20);
  concatenation<Concatenate2d<concat_config<-1, 5, 4, 0, 5, 3, 0>>, 4, 3, 7>("2d axis -1", 5, 4, 3);
  concatenation<Concatenate3d<concat_config<1, 2, 3, 4, 4, 3, 4>>, 4, 4, 4>("3d axis 1", 1, 24, 48);
  concatenation<Concatenate3d<concat_config<2, 3, 2, 4, 3, 5, 4>>, 4, 4, 4>("3d axis 2", 3, 8, 20);
  concatenation<Concatenate3d<concat_config<3, 3, 5, 4, 3, 5, 1>>, 4, 1, 5>("3d axis 3", 15, 4, 1);
  concatenation<Concatenate3d<concat_config<-3, 2, 3, 4, 4, 3, 4>>, 4, 4, 4>("3d axis -3", 1, 24, 48);
  concatenation<Concatenate3d<concat_config<-2, 3, 2, 4, 3, 5, 4>>, 4, 4, 4>("3d axis -2", 3, 8, 20);
  concatenation<Concatenate3d<concat_config<-1, 3, 5, 4, 3, 5, 1>>, 4, 1, 5>("3d axis -1", 15, 4, 1);
}

} // namespace

int main() {
  arithmetic<ap_fixed<16, 6>, ap_fixed<16, 6>, ap_fixed<16, 6>, 12>(1);
  arithmetic<ap_fixed<9, 3>, ap_ufixed<12, 7>, ap_ufixed<8, 4, AP_RND_CONV, AP_SAT>, 8>(2);
  arithmetic<ap_ufixed<6, 0>, ap_ufixed<6, 3>, ap_fixed<7, 2, AP_RND_MIN_INF, AP_SAT_SYM>, 240>(3);
  arithmetic<ap_fixed<40, 20>, ap_fixed<33, 21>, ap_fixed<20, 12, AP_RND_ZERO, AP_SAT>, 1>(4);
  arithmetic<ap_fixed<3, 3>, ap_fixed<4, 1>, ap_fixed<38, 18>, 24>(5);
  concatenations();
  return report.finish();
}
