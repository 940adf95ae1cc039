// braid's merges (broadcasting, division) and its reshaping of streams (clone, repack, concatenate,
// transpose, resize), for beats of several sizes, against the reference.
#include "layers.h"
#include "transposes.h"

#include "braid/braid_merge.h"
#include "braid/braid_reshape.h"

namespace {

Report report;

// Merges. The result is [4][5][6].

const unsigned kElements = 120;

template <unsigned elements1, unsigned repeat1, unsigned elements2, unsigned repeat2> struct merge_config {
  static const unsigned n_elem = kElements;
  static const unsigned n_elem1 = elements1;
  static const unsigned n_repeat1 = repeat1;
  static const unsigned n_elem2 = elements2;
  static const unsigned n_repeat2 = repeat2;
  static const unsigned reuse_factor = 1;
};

#define MERGE_LAYER(name, function)                                                                          \
  template <class CONFIG_T> struct name {                                                                    \
    template <class In1, class In2, class Out> static void arrays(In1 *in1, In2 *in2, Out *out) {            \
      braid::function<In1, In2, Out, CONFIG_T>(in1, in2, out);                                               \
    }                                                                                                        \
    template <class In1, class In2, class Out>                                                               \
    static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<Out> &out) {               \
      braid::function<In1, In2, Out, CONFIG_T>(in1, in2, out);                                               \
    }                                                                                                        \
  };
MERGE_LAYER(Add, add)
MERGE_LAYER(Subtract, subtract)
MERGE_LAYER(Multiply, multiply)
MERGE_LAYER(Divide, divide)

Wide quotientOf(Wide a, Wide b, const Type &in1, const Type &in2, const Type &out) {
  if (b == 0)
    return a > 0 ? out.max() : a < 0 ? out.min() : Wide(0);
  const int places = (out.places > 0 ? out.places : 0) + 2, shift = places + in2.places - in1.places;
  const Wide up = shift > 0 ? Wide(1) << shift : Wide(1), down = shift < 0 ? Wide(1) << -shift : Wide(1);
  const Wide quotient = floorDiv(a * up, b * down);
  return cast(quotient * (b * down) == a * up ? quotient : quotient | 1, places, out);
}

template <class CONFIG_T, class In1, class In2, class Out, unsigned size1, unsigned size2, unsigned size>
void merges(const std::string &shapes) {
  Generator generator(CONFIG_T::n_elem1 + 7 * CONFIG_T::n_elem2);
  const Type in1 = TypeOf<In1>::get(), in2 = TypeOf<In2>::get(), out = TypeOf<Out>::get();
  const Mantissas x = generator.many<In1>(CONFIG_T::n_elem1), y = generator.many<In2>(CONFIG_T::n_elem2);
  const int places = in1.places > in2.places ? in1.places : in2.places;
  Mantissas sum, difference, product, quotient;
  for (unsigned i = 0; i < kElements; i++) {
    const Wide a = x[i / CONFIG_T::n_repeat1 % CONFIG_T::n_elem1];
    const Wide b = y[i / CONFIG_T::n_repeat2 % CONFIG_T::n_elem2];
    const Wide left = a * (Wide(1) << (places - in1.places)), right = b * (Wide(1) << (places - in2.places));
    sum.push_back(cast(left + right, places, out));
    difference.push_back(cast(left - right, places, out));
    product.push_back(cast(a * b, in1.places + in2.places, out));
    quotient.push_back(quotientOf(a, b, in1, in2, out));
  }
  const std::string arrays = shapes + " arrays " + text(in1) + " and " + text(in2) + " -> " + text(out);
  const std::string streams = shapes + " beats of " + std::to_string(size) + " " + text(in1) + " and " +
                              text(in2) + " -> " + text(out);
  report.expect("add " + arrays, runArrays<Add<CONFIG_T>, In1, In2, Out>(x, y, kElements), sum);
  report.expect("subtract " + arrays, runArrays<Subtract<CONFIG_T>, In1, In2, Out>(x, y, kElements),
                difference);
  report.expect("multiply " + arrays, runArrays<Multiply<CONFIG_T>, In1, In2, Out>(x, y, kElements), product);
  report.expect("divide " + arrays, runArrays<Divide<CONFIG_T>, In1, In2, Out>(x, y, kElements), quotient);
  report.expect("add " + streams, runStreams<Add<CONFIG_T>, In1, In2, Out, size1, size2, size>(x, y), sum);
  report.expect("subtract " + streams,
                runStreams<Subtract<CONFIG_T>, In1, In2, Out, size1, size2, size>(x, y), difference);
  report.expect("multiply " + streams,
                runStreams<Multiply<CONFIG_T>, In1, In2, Out, size1, size2, size>(x, y), product);
  report.expect("divide " + streams, runStreams<Divide<CONFIG_T>, In1, In2, Out, size1, size2, size>(x, y),
                quotient);
}

void allMerges() {
  typedef ap_fixed<10, 4> A;
  typedef ap_ufixed<7, 3> B;
  typedef ap_fixed<12, 5, AP_RND_CONV, AP_SAT> C;
  merges<merge_config<120, 1, 120, 1>, A, B, C, 6, 6, 6>("[4][5][6] and [4][5][6]");
  merges<merge_config<120, 1, 6, 1>, A, B, C, 6, 6, 6>("[4][5][6] and [6]");
  merges<merge_config<120, 1, 6, 1>, A, B, C, 2, 2, 2>("[4][5][6] and [6]");
  merges<merge_config<6, 1, 120, 1>, A, B, C, 3, 3, 3>("[6] and [4][5][6]");
  merges<merge_config<120, 1, 20, 6>, A, B, C, 6, 1, 6>("[4][5][6] and [4][5][1]");
  merges<merge_config<120, 1, 20, 6>, A, B, C, 2, 1, 2>("[4][5][6] and [4][5][1]");
  merges<merge_config<120, 1, 5, 6>, A, B, C, 3, 1, 3>("[4][5][6] and [1][5][1]");
  merges<merge_config<120, 1, 5, 6>, A, B, C, 3, 5, 3>("[4][5][6] and [1][5][1] in one beat");
  merges<merge_config<4, 30, 120, 1>, A, B, C, 1, 6, 6>("[4][1][1] and [4][5][6]");
  merges<merge_config<120, 1, 1, 120>, A, B, C, 6, 1, 6>("[4][5][6] and [1]");
  merges<merge_config<20, 6, 6, 1>, A, B, C, 1, 2, 2>("[4][5][1] and [6]");
  typedef merge_config<120, 1, 120, 1> Plain;
  merges<Plain, ap_fixed<30, 20>, ap_fixed<3, 1>, ap_fixed<16, 8, AP_TRN, AP_SAT_SYM>, 6, 6, 6>("plain");
  merges<Plain, ap_ufixed<8, 8>, ap_ufixed<40, 4>, ap_ufixed<8, 4, AP_RND, AP_SAT>, 6, 6, 6>("plain");
  merges<Plain, ap_fixed<12, 9>, ap_fixed<7, 5>, ap_fixed<8, 10, AP_RND_CONV, AP_SAT>, 6, 6, 6>("plain");
  merges<Plain, ap_fixed<40, 8>, ap_fixed<36, 30>, ap_fixed<40, 10>, 6, 6, 6>("plain");
}

// Streams.

typedef ap_fixed<12, 5> In;
typedef ap_fixed<8, 4, AP_RND_CONV, AP_SAT> Out;

Mantissas casted(const Mantissas &x) {
  Mantissas result;
  for (Wide value : x)
    result.push_back(cast(value, TypeOf<In>::get().places, TypeOf<Out>::get()));
  return result;
}

template <unsigned elements> struct Repack {
  template <class InBeat, class OutBeat>
  static void streams(hls::stream<InBeat> &in, hls::stream<OutBeat> &out) {
    braid::repack<InBeat, OutBeat, elements>(in, out);
  }
};

template <unsigned inSize, unsigned outSize, unsigned elements> void repacked() {
  const Mantissas x = Generator(inSize * 100 + outSize).many<In>(elements);
  report.expect("repack " + std::to_string(inSize) + " to " + std::to_string(outSize),
                (runStreams<Repack<elements>, In, Out, inSize, outSize>(x)), casted(x));
}

void cloned() {
  typedef nnet::array<In, 4> InBeat;
  typedef nnet::array<Out, 4> OutBeat;
  const Mantissas x = Generator(4).many<In>(20);
  hls::stream<InBeat> in("in");
  hls::stream<OutBeat> s[9];
  fill(in, x);
  braid::cloneStream<InBeat, OutBeat, 20>(in, s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]);
  for (hls::stream<OutBeat> &copy : s)
    report.expect("cloneStream to 9", drain(copy), casted(x));
}

template <unsigned outer, unsigned run1, unsigned run2> struct concat_config {
  static const unsigned n_outer = outer;
  static const unsigned n_run1 = run1;
  static const unsigned n_run2 = run2;
};

template <class CONFIG_T> struct Concatenate {
  template <class In1, class In2, class OutBeat>
  static void streams(hls::stream<In1> &in1, hls::stream<In2> &in2, hls::stream<OutBeat> &out) {
    braid::concatenate<In1, In2, OutBeat, CONFIG_T>(in1, in2, out);
  }
};

template <class CONFIG_T, unsigned size> void concatenated() {
  Generator generator(size);
  const Mantissas x = generator.many<In>(CONFIG_T::n_outer * CONFIG_T::n_run1);
  const Mantissas y = generator.many<In>(CONFIG_T::n_outer * CONFIG_T::n_run2);
  Mantissas want;
  for (unsigned o = 0; o < CONFIG_T::n_outer; o++) {
    want.insert(want.end(), x.begin() + o * CONFIG_T::n_run1, x.begin() + (o + 1) * CONFIG_T::n_run1);
    want.insert(want.end(), y.begin() + o * CONFIG_T::n_run2, y.begin() + (o + 1) * CONFIG_T::n_run2);
  }
  report.expect("concatenate " + std::to_string(CONFIG_T::n_outer) + " x (" +
                    std::to_string(CONFIG_T::n_run1) + " and " + std::to_string(CONFIG_T::n_run2) +
                    ") beats of " + std::to_string(size),
                (runStreams<Concatenate<CONFIG_T>, In, In, Out, size, size, size>(x, y)), casted(want));
}

template <class CONFIG_T> struct Transpose {
  template <class InBeat, class OutBeat>
  static void streams(hls::stream<InBeat> &in, hls::stream<OutBeat> &out) {
    braid::transpose<InBeat, OutBeat, CONFIG_T>(in, out);
  }
};

template <class CONFIG_T, unsigned inSize, unsigned outSize> void transposed(const std::string &name) {
  const Mantissas x = Generator(CONFIG_T::N).many<In>(CONFIG_T::N);
  report.expect(
      "transpose " + name + " beats of " + std::to_string(inSize) + " to " + std::to_string(outSize),
      (runStreams<Transpose<CONFIG_T>, In, Out, inSize, outSize>(x)), casted(permuted<CONFIG_T>(x)));
}

struct resize_config {
  static const unsigned height = 3;
  static const unsigned width = 2;
  static const unsigned n_chan = 6;
  static const unsigned new_height = 6;
  static const unsigned new_width = 6;
};

struct Resize {
  template <class Beat> static void streams(hls::stream<Beat> &in, hls::stream<Beat> &out) {
    braid::resizeNearest<Beat, resize_config>(in, out);
  }
};

template <unsigned size> void resized() {
  const Mantissas x = Generator(size).many<In>(3 * 2 * 6);
  Mantissas want;
  for (unsigned y = 0; y < 6; y++)
    for (unsigned column = 0; column < 6; column++)
      for (unsigned c = 0; c < 6; c++)
        want.push_back(x[(y / 2 * 2 + column / 3) * 6 + c]);
  report.expect("resizeNearest beats of " + std::to_string(size), (runStreams<Resize, In, In, size, size>(x)),
                want);
}

} // namespace

int main() {
  allMerges();
  repacked<12, 12, 60>();
  repacked<12, 4, 60>();
  repacked<4, 12, 60>();
  repacked<6, 4, 60>();
  repacked<4, 6, 60>();
  repacked<10, 12, 60>();
  repacked<12, 10, 60>();
  repacked<1, 60, 60>();
  repacked<60, 1, 60>();
  repacked<20, 15, 60>();
  repacked<3, 20, 60>();
  cloned();
  concatenated<concat_config<1, 12, 8>, 4>();
  concatenated<concat_config<15, 12, 8>, 4>();
  concatenated<concat_config<5, 2, 4>, 2>();
  concatenated<concat_config<1, 30, 60>, 6>();
  transposed<transpose_2d, 6, 4>("[4][6] -> [6][4]");
  transposed<transpose_2d, 3, 2>("[4][6] -> [6][4]");
  transposed<transpose_3d_201, 2, 3>("[2][3][4] -> [4][2][3]");
  transposed<transpose_3d_210, 4, 1>("[2][3][4] -> [4][3][2]");
  resized<6>();
  resized<2>();
  return report.finish();
}
