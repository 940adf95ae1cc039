// linear, relu, leaky_relu, prelu, hard_sigmoid and normalize, in arrays and streams, against the reference.
// Compiles unchanged against braid's nnet_utils and against hls4ml's.
#include "layers.h"
#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "nnet_utils/nnet_batchnorm.h"
#include "nnet_utils/nnet_batchnorm_stream.h"

namespace {

Report report;

const unsigned kElements = 240, kChannels = 12;

typedef ap_fixed<9, 2> Alpha;
typedef ap_fixed<11, 3> Scale;
typedef ap_fixed<13, 7> Bias;

struct activation_config : nnet::activ_config {
  static const unsigned n_in = kElements;
  static const unsigned table_size = 1024;
  static const unsigned io_type = nnet::io_parallel;
  static const unsigned reuse_factor = 1;
  typedef ap_fixed<18, 8> table_t;
  typedef Alpha param_t;
};

struct hard_sigmoid_config {
  static const unsigned n_in = kElements;
  static const ap_ufixed<12, 0> slope;
  static const ap_ufixed<1, 0> shift;
  static const unsigned io_type = nnet::io_parallel;
  static const unsigned reuse_factor = 1;
};
const ap_ufixed<12, 0> hard_sigmoid_config::slope = 0.199951171875; // 819 / 4096
const ap_ufixed<1, 0> hard_sigmoid_config::shift = 0.5;

template <unsigned filters> struct normalize_config : nnet::batchnorm_config {
  static const unsigned n_in = kElements;
  static const unsigned n_filt = filters;
  static const unsigned n_scale_bias = filters == static_cast<unsigned>(-1) ? kElements : filters;
  static const unsigned io_type = nnet::io_parallel;
  static const unsigned reuse_factor = 1;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in, reuse_factor);
  static const bool store_weights_in_bram = false;
  typedef Bias bias_t;
  typedef Scale scale_t;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};
typedef normalize_config<kChannels> per_channel_config;
typedef normalize_config<static_cast<unsigned>(-1)> per_element_config;

std::vector<Alpha> alphas; // [0] for leaky_relu
std::vector<Scale> scales;
std::vector<Bias> biases;

struct Linear {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::linear<In, Out, activation_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::linear<In, Out, activation_config>(in, out);
  }
};

struct Relu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::relu<In, Out, activation_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::relu<In, Out, activation_config>(in, out);
  }
};

struct LeakyRelu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::leaky_relu<In, Alpha, Out, activation_config>(in, alphas[0], out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::leaky_relu<In, Alpha, Out, activation_config>(in, alphas[0], out);
  }
};

struct Prelu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::prelu<In, Alpha, Out, activation_config>(in, alphas.data(), out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::prelu<In, Alpha, Out, activation_config>(in, alphas.data(), out);
  }
};

struct HardSigmoid {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::hard_sigmoid<In, Out, hard_sigmoid_config>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::hard_sigmoid<In, Out, hard_sigmoid_config>(in, out);
  }
};

template <class CONFIG_T> struct Normalize {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::normalize<In, Out, CONFIG_T>(in, out, scales.data(), biases.data());
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::normalize<In, Out, CONFIG_T>(in, out, scales.data(), biases.data());
  }
};

template <class Layer, class In, class Out, unsigned size>
void both(const std::string &name, const Mantissas &data, const Mantissas &want) {
  report.expect(named<In, Out>(name + " arrays"), runArrays<Layer, In, Out>(data, kElements), want);
  report.expect(named<In, Out>(name + " streams"), runStreams<Layer, In, Out, size, size>(data), want);
}

/// Beats of `size` elements where a beat may be a part of a pixel.
template <class In, class Out, unsigned size> void all(uint64_t seed) {
  Generator generator(seed);
  const Type in = TypeOf<In>::get(), out = TypeOf<Out>::get();
  const Type alpha = TypeOf<Alpha>::get(), scale = TypeOf<Scale>::get(), bias = TypeOf<Bias>::get();
  const Mantissas x = generator.many<In>(kElements);
  const Mantissas a = generator.many<Alpha>(kElements);
  const Mantissas s = generator.many<Scale>(kElements);
  const Mantissas b = generator.many<Bias>(kElements);
  alphas = numbers<Alpha>(a);
  scales = numbers<Scale>(s);
  biases = numbers<Bias>(b);

  Mantissas linear, relu, leaky, prelu, hard, perChannel, perElement;
  for (unsigned i = 0; i < kElements; i++) {
    linear.push_back(cast(x[i], in.places, out));
    relu.push_back(cast(x[i] > 0 ? x[i] : 0, in.places, out));
    leaky.push_back(x[i] >= 0 ? cast(x[i], in.places, out)
                              : cast(a[0] * x[i], alpha.places + in.places, out));
    prelu.push_back(x[i] >= 0 ? cast(x[i], in.places, out)
                              : cast(a[i] * x[i], alpha.places + in.places, out));

    const int linePlaces = 12 + (in.places > 0 ? in.places : 0);
    Wide line = 819 * x[i] * (Wide(1) << (linePlaces - 12 - in.places)) + (Wide(1) << (linePlaces - 1));
    line = line < 0 ? 0 : line > (Wide(1) << linePlaces) ? Wide(1) << linePlaces : line;
    hard.push_back(cast(line, linePlaces, out));

    for (bool everyElement : {false, true}) {
      const unsigned k = everyElement ? i : i % kChannels;
      const int product = in.places + scale.places, places = product > bias.places ? product : bias.places;
      const Wide y =
          x[i] * s[k] * (Wide(1) << (places - product)) + b[k] * (Wide(1) << (places - bias.places));
      (everyElement ? perElement : perChannel).push_back(cast(y, places, out));
    }
  }
  both<Linear, In, Out, size>("linear", x, linear);
  both<Relu, In, Out, size>("relu", x, relu);
  both<LeakyRelu, In, Out, size>("leaky_relu", x, leaky);
  both<Prelu, In, Out, size>("prelu", x, prelu);
  both<HardSigmoid, In, Out, size>("hard_sigmoid", x, hard);
  both<Normalize<per_channel_config>, In, Out, kChannels>("normalize per channel", x, perChannel);
  both<Normalize<per_element_config>, In, Out, size>("normalize per element", x, perElement);
}

} // namespace

int main() {
  all<ap_fixed<16, 6>, ap_fixed<16, 6>, 12>(1);
  all<ap_fixed<16, 6>, ap_ufixed<8, 3, AP_RND_CONV, AP_SAT>, 5>(2);
  all<ap_ufixed<9, 4>, ap_fixed<7, 3, AP_RND, AP_SAT_SYM>, 240>(3);
  all<ap_fixed<38, 18>, ap_fixed<18, 8, AP_RND_CONV, AP_SAT>, 1>(4);
  all<ap_fixed<3, 1>, ap_fixed<40, 20>, 24>(5);
  all<ap_int<8>, ap_ufixed<4, 4>, 12>(6); // a cast to ap_uint<4> would round to zero
  all<ap_fixed<12, 14>, ap_fixed<10, 3, AP_TRN_ZERO, AP_SAT_ZERO>, 4>(7);
  return report.finish();
}
