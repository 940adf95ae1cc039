// Vector-vector units, the sums of depthwise convolutions: out[c] = activation(sum over k of W[c, k] *
// in[k][c]) for each of `reps` pixels, where k counts the Kernel_2 elements of a window.
//   in       Channels / PE * Kernel_2 / SIMD words a pixel: word (nf, sf) holds elements sf * SIMD to
//            sf * SIMD + SIMD - 1 of channels nf * PE to nf * PE + PE - 1; element s of channel pe is lane
//            s * PE + pe. With SIMD = 1 that is what the sliding windows named _dws give.
//   weights  tile nf * SF + sf of unit pe; lane i belongs to element sf * SIMD + SIMD - 1 - i: the other way
//            round than in a matrix-vector unit
//   out      Channels / PE words a pixel, PE channels each
// A pixel takes Channels / PE * Kernel_2 / SIMD cycles.
#pragma once

#include "mvau.hpp"

namespace braid {
namespace finn {

/// The lanes of unit pe in a word, last element first, as its weights stand.
template <unsigned SIMD, unsigned PE, unsigned width, class TI>
ap_uint<SIMD * width> elementsOf(const TI &word, unsigned pe) {
#pragma HLS INLINE
  ap_uint<SIMD * width> elements;
  for (unsigned i = 0; i < SIMD; i++) {
#pragma HLS UNROLL
    const unsigned lane = (SIMD - 1 - i) * PE + pe;
    elements((i + 1) * width - 1, i * width) = word((lane + 1) * width - 1, lane * width);
  }
  return elements;
}

/// accu[mmv][pe] += the products of one tile with the elements of one word.
template <unsigned SIMD, unsigned PE, unsigned MMV, class TSrcI, class TWeightI, class Accu, class Tile,
          class TI, class R>
void addElements(Accu accu[MMV][PE], const Tile &tile, const TI &word, const R &r) {
#pragma HLS INLINE
  for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
    const auto weights = TWeightI()(tile[pe]);
    const auto elements = elementsOf<SIMD, PE, TSrcI::width>(word, pe);
    for (unsigned mmv = 0; mmv < MMV; mmv++) {
#pragma HLS UNROLL
      accu[mmv][pe] = mac<SIMD>(accu[mmv][pe], weights, TSrcI()(elements, mmv), r, mmv);
    }
  }
}

/// The hardware's loops.
template <unsigned Channels, unsigned Kernel_2, unsigned SIMD, unsigned PE, unsigned MMV, class TSrcI,
          class TDstI, class TWeightI, bool Native>
struct VectorVector {
  static const unsigned SF = Kernel_2 / SIMD, NF = Channels / PE;

  template <class TI, class TO, class TW, class TA, class R>
  static void embedded(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights, const TA &activation,
                       int reps, const R &r) {
#pragma HLS INLINE
    decltype(activation.init(0, 0)) accu[MMV][PE];
#pragma HLS ARRAY_PARTITION variable = accu complete dim = 0
    unsigned tile = 0;
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned nf = 0; nf < NF; nf++) {
        for (unsigned sf = 0; sf < SF; sf++) {
#pragma HLS PIPELINE II = 1 style = flp
          const TI word = in.read();
          if (sf == 0)
            beginRows<PE, MMV>(accu, activation, nf);
          addElements<SIMD, PE, MMV, TSrcI, TWeightI>(accu, weights.weights(tile), word, r);
          tile = tile + 1 == NF * SF ? 0 : tile + 1;
          if (sf == SF - 1)
            out.write(finishedRows<PE, MMV, TDstI, TO>(accu, activation, nf));
        }
      }
    }
  }

  template <class TW, class TI, class TO, class TA, class R>
  static void streamed(hls::stream<TI> &in, hls::stream<TO> &out,
                       hls::stream<ap_uint<PE * SIMD * TW::width>> &weights, const TA &activation, int reps,
                       const R &r) {
#pragma HLS INLINE
    decltype(activation.init(0, 0)) accu[MMV][PE];
#pragma HLS ARRAY_PARTITION variable = accu complete dim = 0
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned nf = 0; nf < NF; nf++) {
        for (unsigned sf = 0; sf < SF; sf++) {
#pragma HLS PIPELINE II = 1 style = flp
          const TI word = in.read();
          if (sf == 0)
            beginRows<PE, MMV>(accu, activation, nf);
          addElements<SIMD, PE, MMV, TSrcI, TWeightI>(accu, tileOf<SIMD, TW, PE>(weights.read()), word, r);
          if (sf == SF - 1)
            out.write(finishedRows<PE, MMV, TDstI, TO>(accu, activation, nf));
        }
      }
    }
  }
};

#ifndef BRAID_HLS_LOOPS
/// On native integers.
template <unsigned Channels, unsigned Kernel_2, unsigned SIMD, unsigned PE, class TSrcI, class TDstI,
          class TWeightI>
struct VectorVector<Channels, Kernel_2, SIMD, PE, 1, TSrcI, TDstI, TWeightI, true> {
  static const unsigned SF = Kernel_2 / SIMD, NF = Channels / PE;

  template <class TI, class TO, class TW, class TA, class R>
  static void embedded(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights, const TA &activation,
                       int reps, const R &) {
    typedef NativeTypes<TSrcI, TWeightI, typename ContainedWeights<TW>::Type, decltype(activation.init(0, 0))>
        Types;
    std::vector<int> matrix(Channels * Kernel_2); // [nf][sf][s][pe], as the input comes
    for (unsigned pe = 0; pe < PE; pe++)
      for (unsigned tile = 0; tile < NF * SF; tile++)
        place<Types>(matrix.data(), pe, tile, weights.m_weights[pe][tile], 0);
    for (int rep = 0; rep < reps; rep++)
      multiply<Types>(in, out, matrix.data(), activation);
  }

  template <class TW, class TI, class TO, class TA, class R>
  static void streamed(hls::stream<TI> &in, hls::stream<TO> &out,
                       hls::stream<ap_uint<PE * SIMD * TW::width>> &weights, const TA &activation, int reps,
                       const R &) {
    typedef NativeTypes<TSrcI, TWeightI, TW, decltype(activation.init(0, 0))> Types;
    std::vector<int> matrix(Channels * Kernel_2);
    std::vector<ap_uint<PE * SIMD * TW::width>> unpacked(NF * SF);
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned tile = 0; tile < NF * SF; tile++) {
        const ap_uint<PE *SIMD *TW::width> word = weights.read();
        if (rep > 0 && word == unpacked[tile])
          continue;
        unpacked[tile] = word;
        for (unsigned pe = 0; pe < PE; pe++)
          place<Types>(matrix.data(), pe, tile, word, pe * SIMD * TW::width);
      }
      multiply<Types>(in, out, matrix.data(), activation);
    }
  }

private:
  /// The weights of a unit's tile, from bit `low` of a word on.
  template <class Types, class Word>
  static void place(int *matrix, unsigned pe, unsigned tile, const Word &word, unsigned low) {
    int lanes[SIMD];
    unpack<typename Types::Weight>(word, low, SIMD, lanes);
    for (unsigned i = 0; i < SIMD; i++)
      matrix[tile * SIMD * PE + (SIMD - 1 - i) * PE + pe] = lanes[i];
  }

  template <class Types, class TI, class TO, class TA>
  static void multiply(hls::stream<TI> &in, hls::stream<TO> &out, const int *matrix, const TA &activation) {
    int x[SIMD * PE];
    for (unsigned nf = 0; nf < NF; nf++) {
      std::int64_t sums[PE] = {};
      for (unsigned sf = 0; sf < SF; sf++) {
        unpack<typename Types::Source>(in.read(), 0, SIMD * PE, x);
        for (unsigned s = 0; s < SIMD; s++)
          for (unsigned pe = 0; pe < PE; pe++)
            sums[pe] +=
                static_cast<std::int64_t>(matrix[((nf * SF + sf) * SIMD + s) * PE + pe]) * x[s * PE + pe];
      }
      auto word = TDstI().template operator()<TO>();
      for (unsigned pe = 0; pe < PE; pe++) {
        auto accu = activation.init(nf, pe);
        accu += NativeSums<typename Types::Source, typename Types::Weight, Kernel_2>::result(sums[pe]);
        word(pe, 0, 1) = activation.activate(nf, pe, accu);
      }
      out.write(word);
    }
  }
};
#endif

} // namespace finn
} // namespace braid

/// Weights in the unit.
template <unsigned Channels, unsigned Kernel_2, unsigned SIMD, unsigned PE, unsigned MMV,
          typename TSrcI = Identity, typename TDstI = Identity, typename TWeightI = Identity, typename TI,
          typename TO, typename TW, typename TA, typename R>
void Vector_Vector_Activate_Batch(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights,
                                  const TA &activation, const int reps, const R &r) {
  static_assert(Kernel_2 % SIMD == 0 && Channels % PE == 0, "SIMD divides the window, PE the channels");
  typedef decltype(activation.init(0, 0)) Accu;
  braid::finn::VectorVector<
      Channels, Kernel_2, SIMD, PE, MMV, TSrcI, TDstI, TWeightI,
      braid::finn::ContainerNatively<MMV, TSrcI, TWeightI, TW, Accu>::value>::embedded(in, out, weights,
                                                                                       activation, reps, r);
}

/// Weights of type TW from a stream: in a word unit 0 in the low bits, of a unit lane 0.
template <unsigned Channels, unsigned Kernel_2, unsigned SIMD, unsigned PE, unsigned MMV,
          typename TSrcI = Identity, typename TDstI = Identity, typename TWeightI = Identity, typename TW,
          typename TI, typename TO, typename TA, typename R>
void Vector_Vector_Activate_Stream_Batch(hls::stream<TI> &in, hls::stream<TO> &out,
                                         hls::stream<ap_uint<PE * SIMD * TW::width>> &weights,
                                         const TA &activation, const int reps, const R &r) {
  static_assert(Kernel_2 % SIMD == 0 && Channels % PE == 0, "SIMD divides the window, PE the channels");
  typedef decltype(activation.init(0, 0)) Accu;
  braid::finn::VectorVector<
      Channels, Kernel_2, SIMD, PE, MMV, TSrcI, TDstI, TWeightI,
      braid::finn::MatrixNatively<MMV, TSrcI, TWeightI, TW, Accu>::value>::template streamed<TW>(in, out,
                                                                                                 weights,
                                                                                                 activation,
                                                                                                 reps, r);
}
