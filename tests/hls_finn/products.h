// Matrix-vector and vector-vector units against sums over std::vector.
#pragma once

#include "harness.h"

namespace test {

/// How FINN names the interpretations of an input and a weight.
template <class X, class W> struct Interpret {
  typedef Slice<typename X::Type> Source;
  typedef Identity Weight;
  static const bool xnor = false;
};
template <class X> struct Interpret<X, Bipolar> {
  typedef Slice<typename X::Type> Source;
  typedef Recast<Binary> Weight;
  static const bool xnor = false;
};
template <class W> struct Interpret<Bipolar, W> {
  typedef Recast<Binary> Source;
  typedef Identity Weight;
  static const bool xnor = false;
};
template <> struct Interpret<Bipolar, Bipolar> {
  typedef Recast<XnorMul> Source;
  typedef Identity Weight;
  static const bool xnor = true;
};

template <unsigned SIMD, class W, unsigned PE, unsigned TILES> struct WeightsOf {
  typedef FixedPointWeights<SIMD, typename W::Type, PE, TILES> Type;
};
template <unsigned SIMD, unsigned PE, unsigned TILES> struct WeightsOf<SIMD, Bipolar, PE, TILES> {
  typedef BinaryWeights<SIMD, PE, TILES> Type;
};

/// The sum of n products in FINN's way: bipolar times bipolar counts the products that are 1.
template <class X, class W> std::int64_t sumOf(std::int64_t sum, unsigned n) {
  return Interpret<X, W>::xnor ? (sum + n) / 2 : sum;
}

// Activations: what the header's object is, and what it does to the sum `sum` of channel c.

template <class T> struct NoActivation {
  typedef T Out;
  template <unsigned NF, unsigned PE> struct Of {
    PassThroughActivation<T> object;
    void draw(Random &, std::int64_t, std::int64_t) {}
    std::int64_t want(unsigned, std::int64_t sum) const {
      return wrapped(sum, IntegerFormat<T>::width, IntegerFormat<T>::isSigned);
    }
  };
};

enum Comparison { Less, LessEqual, Greater, GreaterEqual };
template <class T, Comparison> struct Compare;
template <class T> struct Compare<T, Less> : comp::less<T, T> {
  static bool holds(std::int64_t a, std::int64_t b) { return a < b; }
};
template <class T> struct Compare<T, LessEqual> : comp::less_equal<T, T> {
  static bool holds(std::int64_t a, std::int64_t b) { return a <= b; }
};
template <class T> struct Compare<T, Greater> : comp::greater<T, T> {
  static bool holds(std::int64_t a, std::int64_t b) { return a > b; }
};
template <class T> struct Compare<T, GreaterEqual> : comp::greater_equal<T, T> {
  static bool holds(std::int64_t a, std::int64_t b) { return a >= b; }
};

/// count thresholds of type T, each channel its own.
template <class T, class TO, unsigned count, int first, Comparison how = LessEqual> struct Steps {
  typedef TO Out;
  template <unsigned NF, unsigned PE> struct Of {
    ThresholdsActivation<NF, PE, count, T, TO, first, Compare<T, how>> object;
    Values steps; ///< [channel][count]

    /// Within what sums reach, in order.
    void draw(Random &random, std::int64_t least, std::int64_t most) {
      steps.clear();
      for (unsigned c = 0; c < NF * PE; c++) {
        Values of;
        for (unsigned i = 0; i < count; i++)
          of.push_back(
              wrapped(random.between(least, most), IntegerFormat<T>::width, IntegerFormat<T>::isSigned));
        std::sort(of.begin(), of.end());
        for (unsigned i = 0; i < count; i++) {
          steps.push_back(of[i]);
          object.m_thresholds[c % PE][c / PE][i] = T(static_cast<long long>(of[i]));
        }
      }
    }
    std::int64_t want(unsigned c, std::int64_t sum) const {
      sum = wrapped(sum, IntegerFormat<T>::width, IntegerFormat<T>::isSigned);
      std::int64_t out = first;
      for (unsigned i = 0; i < count; i++)
        out += Compare<T, how>::holds(steps[c * count + i], sum);
      return wrapped(out, IntegerFormat<TO>::width, IntegerFormat<TO>::isSigned);
    }
  };
};

template <class X, class W> std::int64_t reach(unsigned n) {
  const std::int64_t x = X::bipolar ? 1 : std::int64_t(1) << X::width;
  const std::int64_t w = W::bipolar ? 1 : std::int64_t(1) << (W::width - 1);
  return x * w * n / 2 + 1;
}

/// Three draws: vectors, weights, activation.
template <unsigned MW, unsigned MH, unsigned SIMD, unsigned PE, class X, class W, class A, bool streamed,
          class R>
void matrix(const std::string &name, std::uint64_t seed) {
  typedef Interpret<X, W> As;
  typedef typename A::Out Out;
  const unsigned SF = MW / SIMD, NF = MH / PE;
  static typename WeightsOf<SIMD, W, PE, SF * NF>::Type weights;
  static typename A::template Of<MH / PE, PE> activation;
  Random random(seed);
  Values got, want;
  bool consumed = true;
  for (int reps : {1, 5, 2}) {
    const Values w = drawn<W>(random, MW * MH), x = drawn<X>(random, MW * static_cast<unsigned>(reps));
    activation.draw(random, As::xnor ? 0 : -reach<X, W>(MW), As::xnor ? MW : reach<X, W>(MW));
    for (unsigned row = 0; row < MH; row++)
      for (unsigned sf = 0; sf < SF; sf++)
        weights.m_weights[row % PE][row / PE * SF + sf] =
            packed<W, ap_uint<SIMD * W::width>>(w.data() + row * MW + sf * SIMD, SIMD);
    hls::stream<ap_uint<SIMD * X::width>> in("in");
    hls::stream<ap_uint<PE * IntegerFormat<Out>::width>> out("out");
    hls::stream<ap_uint<PE * SIMD * W::width>> tiles("tiles");
    send<X>(in, x, SIMD);
    if (streamed) {
      GenParamStream<SF * NF, SIMD, PE, W::width>(weights, tiles, reps);
      Matrix_Vector_Activate_Stream_Batch<MW, MH, SIMD, PE, typename As::Source, Slice<Out>,
                                          typename As::Weight, typename W::Type>(
          in, out, tiles, activation.object, reps, R());
    } else {
      Matrix_Vector_Activate_Batch<MW, MH, SIMD, PE, 1, typename As::Source, Slice<Out>, typename As::Weight>(
          in, out, weights, activation.object, reps, R());
    }
    const Values values = receive<Out>(out, PE);
    got.insert(got.end(), values.begin(), values.end());
    consumed = consumed && in.empty() && tiles.empty();
    for (unsigned v = 0; v < static_cast<unsigned>(reps); v++) {
      for (unsigned row = 0; row < MH; row++) {
        std::int64_t sum = 0;
        for (unsigned i = 0; i < MW; i++)
          sum += w[row * MW + i] * x[v * MW + i];
        want.push_back(activation.want(row, sumOf<X, W>(sum, MW)));
      }
    }
  }
  report(name, got, want, consumed);
}

template <unsigned C, unsigned K2, unsigned SIMD, unsigned PE, class X, class W, class A, bool streamed,
          class R>
void vectors(const std::string &name, std::uint64_t seed) {
  typedef Interpret<X, W> As;
  typedef typename A::Out Out;
  const unsigned SF = K2 / SIMD, NF = C / PE;
  static typename WeightsOf<SIMD, W, PE, SF * NF>::Type weights;
  static typename A::template Of<C / PE, PE> activation;
  Random random(seed);
  Values got, want;
  bool consumed = true;
  for (int reps : {1, 4, 2}) {
    const Values w = drawn<W>(random, C * K2),
                 x = drawn<X>(random, C * K2 * static_cast<unsigned>(reps)); // [v][k][c]
    activation.draw(random, As::xnor ? 0 : -reach<X, W>(K2), As::xnor ? K2 : reach<X, W>(K2));
    for (unsigned c = 0; c < C; c++) {
      for (unsigned sf = 0; sf < SF; sf++) {
        Values lanes;
        for (unsigned i = 0; i < SIMD; i++)
          lanes.push_back(w[c * K2 + sf * SIMD + SIMD - 1 - i]);
        weights.m_weights[c % PE][c / PE * SF + sf] = packed<W, ap_uint<SIMD * W::width>>(lanes.data(), SIMD);
      }
    }
    hls::stream<ap_uint<PE * SIMD * X::width>> in("in");
    hls::stream<ap_uint<PE * IntegerFormat<Out>::width>> out("out");
    hls::stream<ap_uint<PE * SIMD * W::width>> tiles("tiles");
    Values ordered;
    for (unsigned v = 0; v < static_cast<unsigned>(reps); v++)
      for (unsigned nf = 0; nf < NF; nf++)
        for (unsigned k = 0; k < K2; k++)
          for (unsigned pe = 0; pe < PE; pe++)
            ordered.push_back(x[(v * K2 + k) * C + nf * PE + pe]);
    send<X>(in, ordered, PE * SIMD);
    if (streamed) {
      GenParamStream<SF * NF, SIMD, PE, W::width>(weights, tiles, reps);
      Vector_Vector_Activate_Stream_Batch<C, K2, SIMD, PE, 1, typename As::Source, Slice<Out>,
                                          typename As::Weight, typename W::Type>(
          in, out, tiles, activation.object, reps, R());
    } else {
      Vector_Vector_Activate_Batch<C, K2, SIMD, PE, 1, typename As::Source, Slice<Out>, typename As::Weight>(
          in, out, weights, activation.object, reps, R());
    }
    const Values values = receive<Out>(out, PE);
    got.insert(got.end(), values.begin(), values.end());
    consumed = consumed && in.empty() && tiles.empty();
    for (unsigned v = 0; v < static_cast<unsigned>(reps); v++) {
      for (unsigned c = 0; c < C; c++) {
        std::int64_t sum = 0;
        for (unsigned k = 0; k < K2; k++)
          sum += w[c * K2 + k] * x[(v * K2 + k) * C + c];
        want.push_back(activation.want(c, sumOf<X, W>(sum, K2)));
      }
    }
  }
  report(name, got, want, consumed);
}

} // namespace test
