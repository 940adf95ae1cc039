// Multiply-accumulate rates of the arbitrary-precision types, for either set of headers:
//   g++ -O3 -std=c++14 -Wno-unknown-pragmas -I<headers> bench_mac.cpp && ./a.out
// Every line is a rate in million multiply-accumulates per second; the checksum must not depend on the
// headers.
#include <ap_fixed.h>
#include <ap_int.h>

#include <chrono>
#include <cstdio>

namespace {

const int kWords = 4096;
const double kSeconds = 0.3; // of measurement per line

typedef ap_fixed<16, 6> Fixed16;
typedef ap_fixed<40, 20> Accumulator;

/// Keeps the optimiser from seeing that a loop repeats itself.
template <class T> void touch(T *p) { __asm__ volatile("" : : "r"(p) : "memory"); }

/// Values in [-4, 4) in steps of 1/512, times `scale`.
template <class T> void fill(T *x, int n, unsigned seed, int scale = 1) {
  for (int i = 0; i < n; ++i) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = static_cast<double>((static_cast<int>(seed >> 20) - 2048) * scale) / 512.0;
  }
}

template <class F> void measure(const char *name, double macs, F body) {
  typedef std::chrono::steady_clock Clock;
  double sum = body(), best = 1e9, total = 0;
  while (total < kSeconds) {
    const Clock::time_point start = Clock::now();
    sum = body();
    const double t = std::chrono::duration<double>(Clock::now() - start).count();
    best = t < best ? t : best;
    total += t;
  }
  std::printf("%-44s %9.0f MMAC/s  checksum %.9g\n", name, macs / best / 1e6, sum);
}

template <class A, class W, class X> double dot(const W *w, const X *x) {
  A acc = 0;
  for (int i = 0; i < kWords; ++i)
    acc += w[i] * x[i];
  return acc.to_double();
}

template <class A, class W, class X> void runDot(const char *name, int scale = 1) {
  static W w[kWords];
  static X x[kWords];
  fill(w, kWords, 1, scale);
  fill(x, kWords, 2, scale);
  measure(name, kWords, [] {
    touch(w);
    touch(x);
    return dot<A>(w, x);
  });
}

/// A dense layer as emitted projects write it: products cast to the accumulator, then a rounding, saturating
/// output.
const int kIn = 64, kOut = 64;
template <class A, class W, class X, class Y> double dense(const W *w, const X *x, Y *y) {
  A acc[kOut];
  for (int o = 0; o < kOut; ++o)
    acc[o] = 0;
  for (int i = 0; i < kIn; ++i)
    for (int o = 0; o < kOut; ++o)
      acc[o] += static_cast<A>(w[i * kOut + o] * x[i]);
  for (int o = 0; o < kOut; ++o)
    y[o] = acc[o];
  return y[kOut / 2].to_double();
}

template <class A, class W, class X, class Y> void runDense(const char *name) {
  static W w[kIn * kOut];
  static X x[kIn];
  static Y y[kOut];
  fill(w, kIn * kOut, 3);
  fill(x, kIn, 4);
  measure(name, kIn * kOut, [] {
    touch(w);
    touch(x);
    const double r = dense<A>(w, x, y);
    touch(y);
    return r;
  });
}

/// FINN style: SIMD 4-bit lanes packed in one word, integer accumulator.
double packedDot(const ap_uint<64> *w, const ap_uint<64> *x) {
  ap_int<24> acc = 0;
  for (int i = 0; i < kWords / 16; ++i)
    for (int s = 0; s < 16; ++s) {
      const ap_int<4> a = w[i](4 * s + 3, 4 * s);
      const ap_uint<4> b = x[i](4 * s + 3, 4 * s);
      acc += a * b;
    }
  return acc.to_int();
}

void runPacked(const char *name) {
  static ap_uint<64> w[kWords / 16], x[kWords / 16];
  for (int i = 0; i < kWords / 16; ++i) {
    w[i] = static_cast<ap_ulong>(i + 1) * 0x9e3779b97f4a7c15ull;
    x[i] = static_cast<ap_ulong>(i + 1) * 0xbf58476d1ce4e5b9ull;
  }
  measure(name, kWords, [] {
    touch(w);
    touch(x);
    return packedDot(w, x);
  });
}

} // namespace

int main() {
  runDot<Accumulator, Fixed16, Fixed16>("dot <16,6>*<16,6> -> <40,20>");
  runDot<ap_fixed<32, 12>, Fixed16, Fixed16>("dot <16,6>*<16,6> -> <32,12>");
  runDot<ap_fixed<24, 12>, Fixed16, Fixed16>("dot <16,6>*<16,6> -> <24,12> (cuts bits)");
  runDot<ap_fixed<24, 12, AP_RND, AP_SAT>, Fixed16, Fixed16>("dot <16,6>*<16,6> -> <24,12,RND,SAT>");
  runDot<ap_int<20>, ap_int<6>, ap_uint<8>>("dot int6*uint8 -> int20", 512);
  runDense<Accumulator, Fixed16, Fixed16, Fixed16>("dense 64x64 <16,6>, <40,20>");
  runDense<Accumulator, ap_fixed<6, 1>, ap_ufixed<8, 0>, ap_fixed<8, 3, AP_RND, AP_SAT>>(
      "dense 64x64 <6,1>*u<8,0>, out <8,3,RND,SAT>");
  runPacked("packed 4-bit lanes of a 64-bit word");
  return 0;
}
