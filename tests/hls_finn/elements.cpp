// Units that compute element by element: thresholds, channel-wise operations, sums of streams; the cases are
// configs.py's.
#include "images.h"
#include "products.h"

using namespace test;

template <unsigned pixels, unsigned C, unsigned PE, class X, class A>
void thresholds(const std::string &name, std::uint64_t seed) {
  static typename A::template Of<C / PE, PE> activation;
  typedef typename A::Out Out;
  Random random(seed);
  const unsigned reps = 2;
  const Values x = drawn<X>(random, reps * pixels * C);
  activation.draw(random, X::least() - 1, X::most() + 1);
  Values want;
  for (unsigned i = 0; i < x.size(); i++)
    want.push_back(activation.want(i % C, x[i]));
  typedef Flow<X, PE, Numbers<Out>, PE> Through;
  Through().run(name, x, want, [](typename Through::Source &in, typename Through::Sink &out) {
    Thresholding_Batch<pixels, C, PE, Slice<typename X::Type>, Slice<Out>>(in, out, activation.object, 2);
  });
}

/// The thresholds from a stream: all of a channel lane by lane, PE channels a word.
template <unsigned pixels, unsigned C, unsigned PE, class X, class T, class Out, unsigned count, int first>
void streamedThresholds(const std::string &name, std::uint64_t seed) {
  typedef Steps<T, Out, count, first> A;
  static typename A::template Of<C / PE, PE> activation;
  Random random(seed);
  const Values x = drawn<X>(random, 2 * pixels * C);
  activation.draw(random, X::least() - 1, X::most() + 1);
  Values want, steps;
  for (unsigned i = 0; i < x.size(); i++)
    want.push_back(activation.want(i % C, x[i]));
  for (unsigned i = 0; i < 2 * pixels; i++)
    steps.insert(steps.end(), activation.steps.begin(), activation.steps.end());
  hls::stream<ap_uint<PE * count * IntegerFormat<T>::width>> tiles("tiles");
  send<Numbers<T>>(tiles, steps, PE * count);
  typedef Flow<X, PE, Numbers<Out>, PE> Through;
  Through().run(name, x, want, [&tiles](typename Through::Source &in, typename Through::Sink &out) {
    Thresholding_Stream_Batch<pixels, C, PE, Slice<typename X::Type>, Slice<Out>, first, T, count>(in, out,
                                                                                                   tiles, 2);
  });
}

// ChannelWiseOperation: Fxn takes its operands as types of its own.
enum Operation { AddTo, MultiplyBy, AtMost, AtLeast };
template <Operation, class X, class P, class O> struct Operator;
template <class X, class P, class O> struct Operator<AddTo, X, P, O> : comp::add<O, O, O> {
  static std::int64_t of(std::int64_t p, std::int64_t x) { return x + p; }
};
template <class X, class P, class O> struct Operator<MultiplyBy, X, P, O> : comp::mul<O, O, O> {
  static std::int64_t of(std::int64_t p, std::int64_t x) { return x * p; }
};
template <class X, class P, class O> struct Operator<AtMost, X, P, O> : comp::less_equal<P, X> {
  static std::int64_t of(std::int64_t p, std::int64_t x) { return p <= x; }
};
template <class X, class P, class O> struct Operator<AtLeast, X, P, O> : comp::greater_equal<P, X> {
  static std::int64_t of(std::int64_t p, std::int64_t x) { return p >= x; }
};

template <Operation what, unsigned pixels, unsigned C, unsigned PE, class X, class P, class Out>
void channelwise(const std::string &name, std::uint64_t seed) {
  typedef Operator<what, typename X::Type, typename P::Type, Out> Fxn;
  static ChannelWiseOperation<C / PE, PE, typename X::Type, typename P::Type, Out, Fxn> operation;
  Random random(seed);
  const Values x = drawn<X>(random, pixels * C), parameters = drawn<P>(random, C);
  for (unsigned c = 0; c < C; c++)
    operation.parameters[c % PE][c / PE] = typename P::Type(static_cast<long long>(parameters[c]));
  Values want;
  for (unsigned i = 0; i < x.size(); i++)
    want.push_back(
        wrapped(Fxn::of(parameters[i % C], x[i]), IntegerFormat<Out>::width, IntegerFormat<Out>::isSigned));
  typedef Flow<X, PE, Numbers<Out>, PE> Through;
  Through().run(name, x, want, [](typename Through::Source &in, typename Through::Sink &out) {
    Thresholding_Batch<pixels, C, PE, Slice<typename X::Type>, Slice<Out>>(in, out, operation, 1);
  });
}

/// Two streams, each with a lane type of its own; `f` of both lanes.
template <class Call, unsigned lanes, class A, class B, class Out, class F>
void both(const std::string &name, std::uint64_t seed, unsigned words, F f) {
  Random random(seed);
  const Values a = drawn<A>(random, words * lanes), b = drawn<B>(random, words * lanes);
  Values want;
  for (unsigned i = 0; i < a.size(); i++)
    want.push_back(wrapped(f(a[i], b[i]), IntegerFormat<Out>::width, IntegerFormat<Out>::isSigned));
  hls::stream<ap_uint<lanes * B::width>> other("other");
  send<B>(other, b, lanes);
  typedef Flow<A, lanes, Numbers<Out>, lanes> Through;
  Through().run(name, a, want, [&other](typename Through::Source &in, typename Through::Sink &out) {
    Call::run(in, other, out);
  });
}

template <unsigned lanes, class A, class B, class Out, unsigned words, int offset> struct AddCall {
  template <class In, class Other, class To> static void run(In &in, Other &other, To &out) {
    AddStreams_Batch<lanes, typename A::Type, typename B::Type, Out, words, offset>(in, other, out, 2);
  }
};
template <unsigned lanes, class A, class B, class Out, unsigned words, int offset>
void add(const std::string &name, std::uint64_t seed) {
  both<AddCall<lanes, A, B, Out, words, offset>, lanes, A, B, Out>(
      name, seed, 2 * words, [](std::int64_t a, std::int64_t b) { return a + b + offset; });
}

// The operations of FINN's StreamingEltwise, as it writes them.
struct SubtractCall {
  template <class A, class B> auto operator()(const A &a, const B &b) const -> decltype(a - b) {
    return a - b;
  }
  static std::int64_t of(std::int64_t a, std::int64_t b) { return a - b; }
};
struct DistanceCall {
  template <class A, class B> auto operator()(const A &a, const B &b) const -> decltype(a - b) {
    return a < b ? decltype(a - b)(b - a) : decltype(a - b)(a - b);
  }
  static std::int64_t of(std::int64_t a, std::int64_t b) { return a < b ? b - a : a - b; }
};
template <unsigned C, unsigned PE, unsigned pixels, class A, class B, class Out, class F> struct EltwiseCall {
  template <class In, class Other, class To> static void run(In &in, Other &other, To &out) {
    StreamingEltwise<C, PE, pixels, Slice<typename A::Type>, Slice<typename B::Type>, Slice<Out>>(in, other,
                                                                                                  out, F());
  }
};
template <unsigned C, unsigned PE, unsigned pixels, class A, class B, class Out, class F>
void eltwise(const std::string &name, std::uint64_t seed) {
  both<EltwiseCall<C, PE, pixels, A, B, Out, F>, PE, A, B, Out>(name, seed, pixels * (C / PE), F::of);
}

int main() {
#include "elements.inc"
  return failures() != 0;
}
