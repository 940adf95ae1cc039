// braid's table, elu, selu, clip, prelu, affine and softmax, in arrays and in beats of several sizes, against
// the reference.
#include "layers.h"

#include "braid/braid_activation.h"
#include "braid/braid_softmax.h"
#include "braid/braid_table.h"

#include <cmath>

namespace {

Report report;

const unsigned kElements = 240, kChannels = 12, kTableSize = 100;

typedef ap_fixed<9, 2> Param;
typedef ap_fixed<11, 3> Scale;
typedef ap_fixed<13, 7> Bias;

template <long long low, int shift> struct table_config {
  static const unsigned n_in = kElements;
  static const unsigned table_size = kTableSize;
  static const long long table_low = low;
  static const int table_shift = shift;
  static const unsigned reuse_factor = 1;
};

struct clip_config {
  static const unsigned n_in = kElements;
  static const unsigned reuse_factor = 1;
};

struct channel_config {
  static const unsigned n_in = kElements;
  static const unsigned n_filt = kChannels;
  static const unsigned n_scale_bias = kChannels;
  static const unsigned reuse_factor = 1;
  typedef Scale scale_t;
  typedef Bias bias_t;
};

std::vector<long long> entries;
std::vector<Param> params; // alphas per channel; lo, hi and the scale of selu
std::vector<Scale> scales;
std::vector<Bias> biases;

template <class CONFIG_T> struct Table {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::table<In, Out, CONFIG_T>(in, out, entries.data());
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::table<In, Out, CONFIG_T>(in, out, entries.data());
  }
};
template <class CONFIG_T> struct Elu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::elu<In, Out, CONFIG_T>(in, out, entries.data());
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::elu<In, Out, CONFIG_T>(in, out, entries.data());
  }
};
template <class CONFIG_T> struct Selu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::selu<In, Param, Out, CONFIG_T>(in, params[2], out, entries.data());
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::selu<In, Param, Out, CONFIG_T>(in, params[2], out, entries.data());
  }
};
struct Clip {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::clip<In, Param, Out, clip_config>(in, params[0], params[1], out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::clip<In, Param, Out, clip_config>(in, params[0], params[1], out);
  }
};
struct Prelu {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::prelu<In, Param, Out, channel_config>(in, params.data(), out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::prelu<In, Param, Out, channel_config>(in, params.data(), out);
  }
};
struct Affine {
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::affine<In, Out, channel_config>(in, out, scales.data(), biases.data());
  }
};

/// Every beat size that a part of a pixel, a pixel and several pixels can have.
template <class Layer, class In, class Out>
void beats(const std::string &name, const Mantissas &x, const Mantissas &want) {
  report.expect(named<In, Out>(name + " beats of 1"), runStreams<Layer, In, Out, 1, 1>(x), want);
  report.expect(named<In, Out>(name + " beats of 4"), runStreams<Layer, In, Out, 4, 4>(x), want);
  report.expect(named<In, Out>(name + " beats of 24"), runStreams<Layer, In, Out, 24, 24>(x), want);
}

template <class Layer, class In, class Out>
void both(const std::string &name, const Mantissas &x, const Mantissas &want) {
  report.expect(named<In, Out>(name + " arrays"), runArrays<Layer, In, Out>(x, kElements), want);
  beats<Layer, In, Out>(name, x, want);
}

Wide half(int shift) { return shift > 0 ? Wide(1) << (shift - 1) : Wide(0); }

Wide tableEntry(Wide x, long long low, int shift) {
  Wide index = floorDiv(x - low + half(shift), Wide(1) << shift);
  index = index < 0 ? 0 : index >= static_cast<Wide>(kTableSize) ? kTableSize - 1 : index;
  return entries[static_cast<size_t>(index)];
}

template <class In, class Out, long long low, int shift> void all(uint64_t seed) {
  Generator generator(seed);
  const Type in = TypeOf<In>::get(), out = TypeOf<Out>::get(), param = TypeOf<Param>::get();
  const Type scale = TypeOf<Scale>::get(), bias = TypeOf<Bias>::get();
  const Mantissas x = generator.many<In>(kElements), e = generator.many<Out>(kTableSize);
  const Mantissas s = generator.many<Scale>(kChannels), b = generator.many<Bias>(kChannels);
  Mantissas p = generator.many<Param>(kChannels);
  if (p[0] > p[1])
    std::swap(p[0], p[1]);
  params = numbers<Param>(p);
  scales = numbers<Scale>(s);
  biases = numbers<Bias>(b);
  entries.clear();
  for (Wide entry : e)
    entries.push_back(static_cast<long long>(entry));

  const int paramPlaces = in.places > param.places ? in.places : param.places;
  const int product = in.places + scale.places, affinePlaces = product > bias.places ? product : bias.places;
  Mantissas table, elu, selu, clip, prelu, affine;
  for (unsigned i = 0; i < kElements; i++) {
    const Wide entry = tableEntry(x[i], low, shift);
    table.push_back(entry);
    elu.push_back(x[i] >= 0 ? cast(x[i], in.places, out) : entry);
    selu.push_back(x[i] >= 0 ? cast(p[2] * x[i], in.places + param.places, out) : entry);
    const Wide value = x[i] * (Wide(1) << (paramPlaces - in.places));
    const Wide lo = p[0] * (Wide(1) << (paramPlaces - param.places));
    const Wide hi = p[1] * (Wide(1) << (paramPlaces - param.places));
    clip.push_back(cast(value < lo ? lo : value > hi ? hi : value, paramPlaces, out));
    const unsigned channel = i % kChannels;
    prelu.push_back(x[i] >= 0 ? cast(x[i], in.places, out)
                              : cast(p[channel] * x[i], in.places + param.places, out));
    affine.push_back(cast(x[i] * s[channel] * (Wide(1) << (affinePlaces - product)) +
                              b[channel] * (Wide(1) << (affinePlaces - bias.places)),
                          affinePlaces, out));
  }
  typedef table_config<low, shift> Config;
  both<Table<Config>, In, Out>("table", x, table);
  both<Elu<Config>, In, Out>("elu", x, elu);
  both<Selu<Config>, In, Out>("selu", x, selu);
  both<Clip, In, Out>("clip", x, clip);
  both<Prelu, In, Out>("prelu per channel", x, prelu);
  beats<Affine, In, Out>("affine per channel", x, affine);
}

// Softmax.

template <unsigned vectors, unsigned slice, int shift, unsigned expEntries> struct softmax_config {
  static const unsigned n_in = vectors * slice;
  static const unsigned n_slice = slice;
  static const int exp_shift = shift;
  static const unsigned exp_size = expEntries;
  static const unsigned inv_size = 1024;
  static const unsigned reuse_factor = 1;
};

std::vector<braid::Rom<18>> expTable;
std::vector<ap_ufixed<18, 1>> invTable; // tables may hold numbers as well as mantissas

template <class CONFIG_T> struct Softmax {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    braid::softmax<In, Out, CONFIG_T>(in, out, expTable.data(), invTable.data());
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    braid::softmax<In, Out, CONFIG_T>(in, out, expTable.data(), invTable.data());
  }
};

template <class CONFIG_T> Mantissas softmaxOf(const Mantissas &x, const Type &out) {
  Mantissas y;
  for (unsigned v = 0; v < CONFIG_T::n_in; v += CONFIG_T::n_slice) {
    Wide max = x[v], sum = 0;
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
      max = x[v + i] > max ? x[v + i] : max;
    Mantissas e;
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
      Wide index = (max - x[v + i] + half(CONFIG_T::exp_shift)) >> CONFIG_T::exp_shift;
      index = index > static_cast<Wide>(CONFIG_T::exp_size - 1) ? CONFIG_T::exp_size - 1 : index;
      e.push_back(expTable[static_cast<size_t>(index)]);
      sum += e.back();
    }
    int k = 0;
    while ((sum >> (k + 1)) != 0)
      k++;
    const Wide inverse = (k >= 10 ? sum >> (k - 10) : sum << (10 - k)) & (CONFIG_T::inv_size - 1);
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
      y.push_back(cast(e[i] * toBits(invTable[static_cast<size_t>(inverse)]), 34 + k - 17, out));
  }
  return y;
}

template <class In, class Out, class CONFIG_T, unsigned size1, unsigned size2> void softmax(double range) {
  const Type in = TypeOf<In>::get();
  expTable.clear();
  invTable.clear();
  for (unsigned i = 0; i < CONFIG_T::exp_size; i++)
    expTable.push_back(static_cast<unsigned>(
        std::lround(std::exp(-std::ldexp(double(i), CONFIG_T::exp_shift - in.places)) * 131072)));
  for (unsigned i = 0; i < CONFIG_T::inv_size; i++)
    invTable.push_back(
        fromBits<ap_ufixed<18, 1>>(std::lround(131072 / (1 + (i + 0.5) / CONFIG_T::inv_size))));
  Mantissas x = Generator(CONFIG_T::n_slice).many<In>(CONFIG_T::n_in);
  const Wide limit =
      static_cast<Wide>(std::ldexp(range, in.places)); // logits as they are, not all of the range
  for (unsigned i = 0; i < x.size(); i++)
    if (i % 7 != 0)
      x[i] %= limit;
  const Mantissas want = softmaxOf<CONFIG_T>(x, TypeOf<Out>::get());
  const std::string name = "softmax of " + std::to_string(CONFIG_T::n_slice);
  report.expect(named<In, Out>(name + " arrays"), runArrays<Softmax<CONFIG_T>, In, Out>(x, CONFIG_T::n_in),
                want);
  report.expect(named<In, Out>(name + " beats of " + std::to_string(size1)),
                runStreams<Softmax<CONFIG_T>, In, Out, size1, size1>(x), want);
  report.expect(named<In, Out>(name + " beats of " + std::to_string(size2)),
                runStreams<Softmax<CONFIG_T>, In, Out, size2, size2>(x), want);
}

} // namespace

int main() {
  all<ap_fixed<16, 6>, ap_fixed<8, 1, AP_RND_CONV, AP_SAT>, -8192, 7>(1);
  all<ap_fixed<8, 4>, ap_ufixed<18, 0>, -50, 0>(2);
  all<ap_ufixed<12, 5>, ap_fixed<16, 6, AP_RND, AP_SAT_SYM>, 100, 4>(3);
  all<ap_fixed<40, 20>, ap_fixed<3, 1, AP_TRN_ZERO, AP_SAT>, -8388608, 18>(4);
  all<ap_fixed<64, 32>, ap_fixed<40, 12>, -34359738368, 30>(5);
  all<ap_ufixed<64, 30>, ap_ufixed<33, 12, AP_RND_INF, AP_SAT_ZERO>, 5000000000, 34>(6);

  softmax<ap_fixed<16, 6>, ap_ufixed<16, 0, AP_RND_CONV, AP_SAT>, softmax_config<3, 10, 3, 1024>, 10, 5>(6);
  softmax<ap_fixed<38, 18>, ap_fixed<18, 8, AP_RND, AP_SAT>, softmax_config<2, 12, 13, 1024>, 4, 1>(10);
  softmax<ap_ufixed<8, 4>, ap_ufixed<8, 0>, softmax_config<4, 6, 0, 200>, 6, 3>(15);
  softmax<ap_fixed<8, 4>, ap_fixed<40, 8>, softmax_config<5, 1, 0, 256>, 1, 1>(7);
  softmax<ap_fixed<12, 6>, ap_ufixed<10, 0, AP_RND_CONV, AP_SAT>, softmax_config<1, 1000, 0, 1024>, 100, 250>(
      4);
  softmax<ap_fixed<64, 24>, ap_fixed<16, 1>, softmax_config<2, 4, 33, 1024>, 4, 2>(9);
  return report.finish();
}
