// Multiply-accumulate: acc[o] += cast_acc(x[i] * w[.]) over a matrix of weights, in three layouts.
//   rows     w[nOut][nIn], row per output: the reuse factor RF decides how many multipliers work at a time
//   columns  w[nIn][nOut], all at a time
//   lanes    w[taps][lanes], each lane sums over its own taps: depthwise
// Synthesis sees loop nests over ap types. Simulation computes on native integers wherever that is the same:
// products are exact and an accumulator that wraps is arithmetic modulo 2^width, in any order. Where it is
// not the same (saturating accumulators, rounding per product, products that are no multiplication, more than
// 64 bits) simulation runs the nests, which keep the order of the hardware.
#pragma once

#include "braid_common.h"

namespace braid {
namespace mac {

struct Multiply {
  template <class x_T, class w_T> static auto product(x_T x, w_T w) -> decltype(x * w) {
#pragma HLS INLINE
    return x * w;
  }
};

/// Specialise for product classes that are the plain multiplication.
template <class Product> struct IsMultiply { static const bool value = false; };
template <> struct IsMultiply<Multiply> { static const bool value = true; };

/// How RF cycles pass over rows of `length` weights: in cycle `ir` multiplier `im` takes weight ir + RF * im.
/// `in` is its place in the row, `row` the row. Both are constants after unrolling if RF divides the length,
/// and a counter and a table of RF entries if the length divides RF; only a ragged walk needs dividers.
enum Walk { WithinRows, WholeRows, Ragged };

constexpr Walk walkOf(unsigned length, unsigned RF) {
  return length % RF == 0 ? WithinRows : RF % length == 0 ? WholeRows : Ragged;
}

template <unsigned length, unsigned RF, Walk = walkOf(length, RF)> struct RowWalk {
  unsigned in(unsigned ir, unsigned im) const { return (ir + RF * im) % length; }
  unsigned row(unsigned ir, unsigned im) const { return (ir + RF * im) / length; }
  void nextCycle() {}
};

template <unsigned length, unsigned RF> struct RowWalk<length, RF, WithinRows> {
  unsigned in(unsigned ir, unsigned im) const { return im % (length / RF) * RF + ir; }
  unsigned row(unsigned, unsigned im) const { return im / (length / RF); }
  void nextCycle() {}
};

template <unsigned length, unsigned RF> struct RowWalk<length, RF, WholeRows> {
  unsigned step[RF];
  unsigned place;
  RowWalk() : place(0) {
#pragma HLS INLINE
    unsigned row = 0;
    for (unsigned ir = 0; ir < RF; ir++) {
      step[ir] = row;
      if ((ir + 1) % length == 0)
        row++;
    }
  }
  unsigned in(unsigned, unsigned) const { return place; }
  unsigned row(unsigned ir, unsigned im) const { return im * (RF / length) + step[ir]; }
  void nextCycle() { place = place + 1 == length ? 0 : place + 1; }
};

/// Output o reads the nIn inputs of its group, x[group * nIn ..).
template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, class x_T, class w_T,
          class acc_T>
void rowsNest(const x_T x[nIn * groups], const w_T w[nIn * nOut], acc_T acc[nOut]) {
#pragma HLS INLINE
  RowWalk<nIn, RF> walk;
ReuseLoop:
  for (unsigned ir = 0; ir < RF; ir++) {
#pragma HLS PIPELINE II = 1 rewind
  MultLoop:
    for (unsigned im = 0; im < ceilDiv(nIn * nOut, RF); im++) {
#pragma HLS UNROLL
      const unsigned index = RF * im + ir;
      if ((nIn * nOut) % RF != 0 && index >= nIn * nOut)
        continue;
      const unsigned out = walk.row(ir, im);
      const unsigned in = (groups == 1 ? 0 : out / (nOut / groups) * nIn) + walk.in(ir, im);
      acc[out] += static_cast<acc_T>(Product::product(x[in], w[index]));
    }
    walk.nextCycle();
  }
}

/// The same for several pixels at a time, which share every weight that is read.
template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, unsigned pixels,
          class x_T, class w_T, class acc_T>
void pixelRowsNest(const x_T x[pixels][nIn * groups], const w_T w[nIn * nOut], acc_T acc[pixels][nOut]) {
#pragma HLS INLINE
  RowWalk<nIn, RF> walk;
ReuseLoop:
  for (unsigned ir = 0; ir < RF; ir++) {
#pragma HLS PIPELINE II = 1 rewind
  MultLoop:
    for (unsigned im = 0; im < ceilDiv(nIn * nOut, RF); im++) {
#pragma HLS UNROLL
      const unsigned index = RF * im + ir;
      if ((nIn * nOut) % RF != 0 && index >= nIn * nOut)
        continue;
      const unsigned out = walk.row(ir, im);
      const unsigned in = (groups == 1 ? 0 : out / (nOut / groups) * nIn) + walk.in(ir, im);
    PixelLoop:
      for (unsigned p = 0; p < pixels; p++) {
#pragma HLS UNROLL
        acc[p][out] += static_cast<acc_T>(Product::product(x[p][in], w[index]));
      }
    }
    walk.nextCycle();
  }
}

template <class Product, unsigned nIn, unsigned nOut, class x_T, class w_T, class acc_T>
void columnsNest(const x_T x[nIn], const w_T w[nIn * nOut], acc_T acc[nOut]) {
#pragma HLS INLINE
  // All products first: the adders then form a tree.
  acc_T products[nIn * nOut];
#pragma HLS ARRAY_PARTITION variable = products complete
ProductLoop:
  for (unsigned in = 0; in < nIn; in++) {
#pragma HLS UNROLL
    const x_T value = x[in];
    for (unsigned out = 0; out < nOut; out++) {
#pragma HLS UNROLL
      products[in * nOut + out] = static_cast<acc_T>(Product::product(value, w[in * nOut + out]));
    }
  }
AccumulateLoop:
  for (unsigned in = 0; in < nIn; in++) {
#pragma HLS UNROLL
    for (unsigned out = 0; out < nOut; out++) {
#pragma HLS UNROLL
      acc[out] += products[in * nOut + out];
    }
  }
}

template <class Product, unsigned taps, unsigned lanes, unsigned RF, class x_T, class w_T, class acc_T>
void lanesNest(const x_T x[taps * lanes], const w_T w[taps * lanes], acc_T acc[lanes]) {
#pragma HLS INLINE
  RowWalk<lanes, RF> walk;
ReuseLoop:
  for (unsigned ir = 0; ir < RF; ir++) {
#pragma HLS PIPELINE II = 1 rewind
  MultLoop:
    for (unsigned im = 0; im < ceilDiv(taps * lanes, RF); im++) {
#pragma HLS UNROLL
      const unsigned index = RF * im + ir;
      if ((taps * lanes) % RF != 0 && index >= taps * lanes)
        continue;
      acc[walk.in(ir, im)] += static_cast<acc_T>(Product::product(x[index], w[index]));
    }
    walk.nextCycle();
  }
}

#ifndef __SYNTHESIS__

template <bool Known, class x_T, class w_T, class acc_T> struct NativeFor {
  static const bool usable = false;
};

template <class x_T, class w_T, class acc_T> struct NativeFor<true, x_T, w_T, acc_T> {
  /// From the product's binary point to the accumulator's; to the right it drops bits of every product.
  static const int shift = Fixed<acc_T>::fraction - Fixed<x_T>::fraction - Fixed<w_T>::fraction;
  /// -2^k * -2^m needs a bit more than any other product.
  static const int productBits =
      Fixed<x_T>::magnitude + Fixed<w_T>::magnitude + (Fixed<x_T>::isSigned && Fixed<w_T>::isSigned ? 1 : 0);
  static const bool usable = Fixed<acc_T>::wraps && Fixed<acc_T>::width <= 64 && Fixed<x_T>::width <= 64 &&
                             Fixed<w_T>::width <= 64 && productBits <= 63 && shift < 64 &&
                             (shift >= 0 || (Fixed<acc_T>::truncates && shift > -64));
};

/// Whether native integers give what the nests give.
template <class Product, class x_T, class w_T, class acc_T>
struct Native
    : NativeFor<IsMultiply<Product>::value && Fixed<x_T>::known && Fixed<w_T>::known && Fixed<acc_T>::known,
                x_T, w_T, acc_T> {};

/// Sums of `terms` products, for speed in blocks of so many that 32 bits suffice where that is no handful.
/// Sums of 64 bits wrap, as does the accumulator they end in.
template <class x_T, class w_T, class acc_T, unsigned terms> struct NativeSum {
  typedef NativeFor<true, x_T, w_T, acc_T> Range;
  static const int kRight = Range::shift < 0 ? -Range::shift : 0;
  static const int kLeft = Range::shift < 0 ? 0 : Range::shift;
  typedef
      typename std::conditional<(Range::productBits <= 31 && kRight == 0), std::int32_t, std::int64_t>::type
          Factor;
  /// Bits that 32-bit sums have to spare above a product; negative where not even one product fits.
  static const int kSpare = kRight == 0 ? 31 - Range::productBits : -1;
  static const bool kNarrow = kSpare >= 4 || growth(terms) <= kSpare;
  /// Terms of a block.
  static const unsigned kBlock = !kNarrow || growth(terms) <= kSpare ? terms : 1u << kSpare;
  typedef typename std::conditional<kNarrow, std::int32_t, std::uint64_t>::type Sum; ///< Of a block

  template <class X, class W> static Sum term(X x, W w) {
    return static_cast<Sum>((static_cast<Factor>(x) * static_cast<Factor>(w)) >> kRight);
  }
  static std::uint64_t widened(Sum sum) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(sum)); }
  static void addTo(acc_T &acc, std::uint64_t sum) {
    acc = Mantissa<acc_T>::toNumber(
        Mantissa<acc_T>::wrapped(static_cast<std::uint64_t>(Mantissa<acc_T>::of(acc)) + (sum << kLeft)));
  }

  /// Sum of x[i] * w[i]; the w as a MantissaView reads them.
  static std::uint64_t dot(const typename Mantissa<x_T>::Type *x, const typename Mantissa<w_T>::Aliased *w) {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i + kBlock <= terms; i += kBlock)
      sum += widened(dotOf<kBlock>(x + i, w + i));
    return sum + widened(dotOf<terms % kBlock>(x + terms / kBlock * kBlock, w + terms / kBlock * kBlock));
  }

private:
  template <unsigned count>
  static Sum dotOf(const typename Mantissa<x_T>::Type *x, const typename Mantissa<w_T>::Aliased *w) {
    Sum sum = 0;
    for (unsigned i = 0; i < count; i++)
      sum += term(x[i], MantissaView<w_T>::mantissaOf(w[i]));
    return sum;
  }
};

template <unsigned nIn, unsigned nOut, unsigned groups, class x_T, class w_T, class acc_T>
void rowsNative(const x_T *x, const w_T *w, acc_T *acc) {
  typedef NativeSum<x_T, w_T, acc_T, nIn> Arithmetic;
  typename Mantissa<x_T>::Type inputs[nIn * groups];
  Mantissa<x_T>::load(x, inputs, nIn * groups);
  const MantissaView<w_T> weights(w, nIn * nOut);
  for (unsigned out = 0; out < nOut; out++) {
    const typename Mantissa<x_T>::Type *in = inputs + out / (nOut / groups) * nIn;
    Arithmetic::addTo(acc[out], Arithmetic::dot(in, weights.data() + out * nIn));
  }
}

template <unsigned nIn, unsigned nOut, class x_T, class w_T, class acc_T>
void columnsNative(const x_T *x, const w_T *w, acc_T *acc) {
  typedef NativeSum<x_T, w_T, acc_T, nIn> Arithmetic;
  typename Mantissa<x_T>::Type inputs[nIn];
  Mantissa<x_T>::load(x, inputs, nIn);
  const MantissaView<w_T> weights(w, nIn * nOut);
  for (unsigned begin = 0; begin < nIn; begin += Arithmetic::kBlock) {
    typename Arithmetic::Sum sums[nOut] = {};
    for (unsigned in = begin; in < nIn && in < begin + Arithmetic::kBlock; in++)
      for (unsigned out = 0; out < nOut; out++)
        sums[out] += Arithmetic::term(inputs[in], weights.mantissaOf(weights.data()[in * nOut + out]));
    for (unsigned out = 0; out < nOut; out++)
      Arithmetic::addTo(acc[out], Arithmetic::widened(sums[out]));
  }
}

template <unsigned taps, unsigned lanes, class x_T, class w_T, class acc_T>
void lanesNative(const x_T *x, const w_T *w, acc_T *acc) {
  typedef NativeSum<x_T, w_T, acc_T, taps> Arithmetic;
  typename Mantissa<x_T>::Type inputs[taps * lanes];
  Mantissa<x_T>::load(x, inputs, taps * lanes);
  const MantissaView<w_T> weights(w, taps * lanes);
  for (unsigned begin = 0; begin < taps; begin += Arithmetic::kBlock) {
    typename Arithmetic::Sum sums[lanes] = {};
    for (unsigned tap = begin; tap < taps && tap < begin + Arithmetic::kBlock; tap++)
      for (unsigned lane = 0; lane < lanes; lane++)
        sums[lane] += Arithmetic::term(inputs[tap * lanes + lane],
                                       weights.mantissaOf(weights.data()[tap * lanes + lane]));
    for (unsigned lane = 0; lane < lanes; lane++)
      Arithmetic::addTo(acc[lane], Arithmetic::widened(sums[lane]));
  }
}

#endif // __SYNTHESIS__

/// Picks the nests (false) or native integers (true), so that only one of the two is compiled.
template <bool Natively> struct Run {
  template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, class x_T, class w_T,
            class acc_T>
  static void rows(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
    rowsNest<Product, nIn, nOut, groups, RF>(x, w, acc);
  }
  template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, unsigned pixels,
            class x_T, class w_T, class acc_T>
  static void pixelRows(const x_T x[pixels][nIn * groups], const w_T *w, acc_T acc[pixels][nOut]) {
#pragma HLS INLINE
    pixelRowsNest<Product, nIn, nOut, groups, RF, pixels>(x, w, acc);
  }
  template <class Product, unsigned nIn, unsigned nOut, class x_T, class w_T, class acc_T>
  static void columns(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
    columnsNest<Product, nIn, nOut>(x, w, acc);
  }
  template <class Product, unsigned taps, unsigned count, unsigned RF, class x_T, class w_T, class acc_T>
  static void lanes(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
    lanesNest<Product, taps, count, RF>(x, w, acc);
  }
};

#ifdef __SYNTHESIS__
template <class Product, class x_T, class w_T, class acc_T> struct Choice : Run<false> {};
#else
template <> struct Run<true> {
  template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, class x_T, class w_T,
            class acc_T>
  static void rows(const x_T *x, const w_T *w, acc_T *acc) {
    rowsNative<nIn, nOut, groups>(x, w, acc);
  }
  template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, unsigned pixels,
            class x_T, class w_T, class acc_T>
  static void pixelRows(const x_T x[pixels][nIn * groups], const w_T *w, acc_T acc[pixels][nOut]) {
    for (unsigned p = 0; p < pixels; p++)
      rowsNative<nIn, nOut, groups>(x[p], w, acc[p]);
  }
  template <class Product, unsigned nIn, unsigned nOut, class x_T, class w_T, class acc_T>
  static void columns(const x_T *x, const w_T *w, acc_T *acc) {
    columnsNative<nIn, nOut>(x, w, acc);
  }
  template <class Product, unsigned taps, unsigned count, unsigned RF, class x_T, class w_T, class acc_T>
  static void lanes(const x_T *x, const w_T *w, acc_T *acc) {
    lanesNative<taps, count>(x, w, acc);
  }
};
template <class Product, class x_T, class w_T, class acc_T>
struct Choice : Run<Native<Product, x_T, w_T, acc_T>::usable> {};
#endif

/// acc[o] += sum over i of cast_acc(x[group(o) * nIn + i] * w[o][i]), in RF cycles.
template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, class x_T, class w_T,
          class acc_T>
void addRows(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
  Choice<Product, x_T, w_T, acc_T>::template rows<Product, nIn, nOut, groups, RF>(x, w, acc);
}

template <class Product, unsigned nIn, unsigned nOut, unsigned groups, unsigned RF, unsigned pixels,
          class x_T, class w_T, class acc_T>
void addPixelRows(const x_T x[pixels][nIn * groups], const w_T *w, acc_T acc[pixels][nOut]) {
#pragma HLS INLINE
  Choice<Product, x_T, w_T, acc_T>::template pixelRows<Product, nIn, nOut, groups, RF, pixels>(x, w, acc);
}

/// acc[o] += sum over i of cast_acc(x[i] * w[i][o]).
template <class Product, unsigned nIn, unsigned nOut, class x_T, class w_T, class acc_T>
void addColumns(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
  Choice<Product, x_T, w_T, acc_T>::template columns<Product, nIn, nOut>(x, w, acc);
}

/// acc[l] += sum over t of cast_acc(x[t][l] * w[t][l]), in RF cycles.
template <class Product, unsigned taps, unsigned count, unsigned RF, class x_T, class w_T, class acc_T>
void addLanes(const x_T *x, const w_T *w, acc_T *acc) {
#pragma HLS INLINE
  Choice<Product, x_T, w_T, acc_T>::template lanes<Product, taps, count, RF>(x, w, acc);
}

} // namespace mac
} // namespace braid
