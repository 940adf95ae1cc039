// Matrix-vector units: out[r] = activation(sum over c of W[r, c] * in[c]), for each of `reps` vectors.
//   in       MW / SIMD words a vector: word sf holds columns sf * SIMD to sf * SIMD + SIMD - 1, lane by lane
//   weights  see weights.hpp; as a stream, MH / PE * MW / SIMD words for each vector
//   out      MH / PE words a vector: word nf holds rows nf * PE to nf * PE + PE - 1
// A vector takes MH / PE * MW / SIMD cycles. TSrcI, TWeightI, TDstI say how lanes of in, weights and out are
// read; `r` is the multipliers' resource.
#pragma once

#include "activations.hpp"
#include "braid_native.hpp"
#include "mac.hpp"

#include <hls_stream.h>

namespace braid {
namespace finn {

/// accu[mmv][pe] += the products of one tile with one word.
template <unsigned SIMD, unsigned PE, unsigned MMV, class TSrcI, class TWeightI, class Accu, class Tile,
          class TI, class R>
void addTile(Accu accu[MMV][PE], const Tile &tile, const TI &word, const R &r) {
#pragma HLS INLINE
  for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
    const auto weights = TWeightI()(tile[pe]);
    for (unsigned mmv = 0; mmv < MMV; mmv++) {
#pragma HLS UNROLL
      accu[mmv][pe] = mac<SIMD>(accu[mmv][pe], weights, TSrcI()(word, mmv), r, mmv);
    }
  }
}

template <unsigned PE, unsigned MMV, class Accu, class TA>
void beginRows(Accu accu[MMV][PE], const TA &activation, unsigned nf) {
#pragma HLS INLINE
  for (unsigned mmv = 0; mmv < MMV; mmv++) {
#pragma HLS UNROLL
    for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
      accu[mmv][pe] = activation.init(nf, pe);
    }
  }
}

/// The word of rows nf * PE to nf * PE + PE - 1.
template <unsigned PE, unsigned MMV, class TDstI, class TO, class Accu, class TA>
TO finishedRows(const Accu accu[MMV][PE], const TA &activation, unsigned nf) {
#pragma HLS INLINE
  auto word = TDstI().template operator()<TO>();
  for (unsigned mmv = 0; mmv < MMV; mmv++) {
#pragma HLS UNROLL
    for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
      word(pe, mmv, 1) = activation.activate(nf, pe, accu[mmv][pe]);
    }
  }
  return word;
}

/// A word of a weight stream as a tile.
template <unsigned SIMD, class TW, unsigned PE, class Word>
Weights_Tile<SIMD, TW, PE> tileOf(const Word &word) {
#pragma HLS INLINE
  Weights_Tile<SIMD, TW, PE> tile;
#pragma HLS ARRAY_PARTITION variable = tile.m_weights complete dim = 0
  for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
    tile.m_weights[pe] = word((pe + 1) * SIMD * TW::width - 1, pe * SIMD * TW::width);
  }
  return tile;
}

/// The hardware's loops.
template <unsigned MW, unsigned MH, unsigned SIMD, unsigned PE, unsigned MMV, class TSrcI, class TDstI,
          class TWeightI, bool Native>
struct MatrixVector {
  static const unsigned SF = MW / SIMD, NF = MH / PE;

  template <class TI, class TO, class TW, class TA, class R>
  static void embedded(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights, const TA &activation,
                       int reps, const R &r) {
#pragma HLS INLINE
    TI vector[SF];
    decltype(activation.init(0, 0)) accu[MMV][PE];
#pragma HLS ARRAY_PARTITION variable = accu complete dim = 0
    unsigned tile = 0;
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned nf = 0; nf < NF; nf++) {
        for (unsigned sf = 0; sf < SF; sf++) {
#pragma HLS PIPELINE II = 1 style = flp
          TI word;
          if (nf == 0) {
            word = in.read();
            vector[sf] = word;
          } else {
            word = vector[sf];
          }
          if (sf == 0)
            beginRows<PE, MMV>(accu, activation, nf);
          addTile<SIMD, PE, MMV, TSrcI, TWeightI>(accu, weights.weights(tile), word, r);
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
    TI vector[SF];
    decltype(activation.init(0, 0)) accu[MMV][PE];
#pragma HLS ARRAY_PARTITION variable = accu complete dim = 0
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned nf = 0; nf < NF; nf++) {
        for (unsigned sf = 0; sf < SF; sf++) {
#pragma HLS PIPELINE II = 1 style = flp
          TI word;
          if (nf == 0) {
            word = in.read();
            vector[sf] = word;
          } else {
            word = vector[sf];
          }
          if (sf == 0)
            beginRows<PE, MMV>(accu, activation, nf);
          addTile<SIMD, PE, MMV, TSrcI, TWeightI>(accu, tileOf<SIMD, TW, PE>(weights.read()), word, r);
          if (sf == SF - 1)
            out.write(finishedRows<PE, MMV, TDstI, TO>(accu, activation, nf));
        }
      }
    }
  }
};

#ifndef BRAID_HLS_LOOPS
/// On native integers.
template <unsigned MW, unsigned MH, unsigned SIMD, unsigned PE, class TSrcI, class TDstI, class TWeightI>
struct MatrixVector<MW, MH, SIMD, PE, 1, TSrcI, TDstI, TWeightI, true> {
  static const unsigned SF = MW / SIMD, NF = MH / PE;
  static const unsigned kBlock = 4; ///< vectors that meet a row while it is in the cache

  template <class TI, class TO, class TW, class TA, class R>
  static void embedded(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights, const TA &activation,
                       int reps, const R &) {
    typedef NativeTypes<TSrcI, TWeightI, typename ContainedWeights<TW>::Type, decltype(activation.init(0, 0))>
        Types;
    typedef NativeSums<typename Types::Source, typename Types::Weight, MW> Sums;
    std::vector<typename Sums::Lane> matrix(static_cast<std::size_t>(MH) * Sums::padded);
    for (unsigned pe = 0; pe < PE; pe++)
      for (unsigned tile = 0; tile < NF * SF; tile++)
        unpack<typename Types::Weight>(weights.m_weights[pe][tile], 0, SIMD,
                                       placeOf<Sums>(matrix.data(), pe, tile));
    for (int rep = 0; rep < reps; rep += kBlock) {
      const unsigned left = static_cast<unsigned>(reps - rep);
      multiply<Types, Sums>(in, out, matrix.data(), activation, left < kBlock ? left : kBlock);
    }
  }

  template <class TW, class TI, class TO, class TA, class R>
  static void streamed(hls::stream<TI> &in, hls::stream<TO> &out,
                       hls::stream<ap_uint<PE * SIMD * TW::width>> &weights, const TA &activation, int reps,
                       const R &) {
    typedef NativeTypes<TSrcI, TWeightI, TW, decltype(activation.init(0, 0))> Types;
    typedef NativeSums<typename Types::Source, typename Types::Weight, MW> Sums;
    std::vector<typename Sums::Lane> matrix(static_cast<std::size_t>(MH) * Sums::padded);
    // Most often every vector meets the same weights: only a word that differs is unpacked.
    std::vector<ap_uint<PE * SIMD * TW::width>> unpacked(NF * SF);
    for (int rep = 0; rep < reps; rep++) {
      for (unsigned tile = 0; tile < NF * SF; tile++) {
        const ap_uint<PE *SIMD *TW::width> word = weights.read();
        if (rep > 0 && word == unpacked[tile])
          continue;
        unpacked[tile] = word;
        for (unsigned pe = 0; pe < PE; pe++)
          unpack<typename Types::Weight>(word, pe * SIMD * TW::width, SIMD,
                                         placeOf<Sums>(matrix.data(), pe, tile));
      }
      multiply<Types, Sums>(in, out, matrix.data(), activation, 1);
    }
  }

private:
  /// Where the weights of a unit's tile stand in the rows of the matrix.
  template <class Sums>
  static typename Sums::Lane *placeOf(typename Sums::Lane *matrix, unsigned pe, unsigned tile) {
    return matrix + static_cast<std::size_t>(tile / SF * PE + pe) * Sums::padded + tile % SF * SIMD;
  }

  /// The next `count` vectors, at most kBlock.
  template <class Types, class Sums, class TI, class TO, class TA>
  static void multiply(hls::stream<TI> &in, hls::stream<TO> &out, const typename Sums::Lane *matrix,
                       const TA &activation, unsigned count) {
    typename Sums::Lane x[kBlock][Sums::padded];
    for (unsigned v = 0; v < count; v++) {
      for (unsigned sf = 0; sf < SF; sf++)
        unpack<typename Types::Source>(in.read(), 0, SIMD, x[v] + sf * SIMD);
      for (unsigned i = MW; i < Sums::padded; i++)
        x[v][i] = 0;
    }
    std::vector<std::int64_t> sums(static_cast<std::size_t>(count) * MH);
    for (unsigned row = 0; row < MH; row++)
      for (unsigned v = 0; v < count; v++)
        sums[v * MH + row] =
            Sums::result(Sums::dot(matrix + static_cast<std::size_t>(row) * Sums::padded, x[v]));
    for (unsigned v = 0; v < count; v++) {
      for (unsigned nf = 0; nf < NF; nf++) {
        auto word = TDstI().template operator()<TO>();
        for (unsigned pe = 0; pe < PE; pe++) {
          auto accu = activation.init(nf, pe);
          accu += sums[v * MH + nf * PE + pe];
          word(pe, 0, 1) = activation.activate(nf, pe, accu);
        }
        out.write(word);
      }
    }
  }
};

template <unsigned MMV, class TSrcI, class TWeightI, class TW, class Accu> struct MatrixNatively {
  static const bool value = MMV == 1 && NativeTypes<TSrcI, TWeightI, TW, Accu>::usable;
};
template <unsigned MMV, class TSrcI, class TWeightI, class TW, class Accu> struct ContainerNatively {
  typedef ContainedWeights<TW> Contained;
  static const bool value =
      Contained::known && MatrixNatively<MMV, TSrcI, TWeightI, typename Contained::Type, Accu>::value;
};
#else
template <unsigned MMV, class TSrcI, class TWeightI, class TW, class Accu> struct MatrixNatively {
  static const bool value = false;
};
template <unsigned MMV, class TSrcI, class TWeightI, class TW, class Accu> struct ContainerNatively {
  static const bool value = false;
};
#endif

} // namespace finn
} // namespace braid

/// Weights in the unit.
template <unsigned MatrixW, unsigned MatrixH, unsigned SIMD, unsigned PE, unsigned MMV,
          typename TSrcI = Identity, typename TDstI = Identity, typename TWeightI = Identity, typename TI,
          typename TO, typename TW, typename TA, typename R>
void Matrix_Vector_Activate_Batch(hls::stream<TI> &in, hls::stream<TO> &out, const TW &weights,
                                  const TA &activation, const int reps, const R &r) {
  static_assert(MatrixW % SIMD == 0 && MatrixH % PE == 0, "SIMD divides the columns, PE the rows");
  typedef decltype(activation.init(0, 0)) Accu;
  braid::finn::MatrixVector<
      MatrixW, MatrixH, SIMD, PE, MMV, TSrcI, TDstI, TWeightI,
      braid::finn::ContainerNatively<MMV, TSrcI, TWeightI, TW, Accu>::value>::embedded(in, out, weights,
                                                                                       activation, reps, r);
}

/// Weights of type TW from a stream: in a word unit 0 in the low bits, of a unit lane 0.
template <unsigned MatrixW, unsigned MatrixH, unsigned SIMD, unsigned PE, typename TSrcI = Identity,
          typename TDstI = Identity, typename TWeightI = Identity, typename TW, typename TI, typename TO,
          typename TA, typename R>
void Matrix_Vector_Activate_Stream_Batch(hls::stream<TI> &in, hls::stream<TO> &out,
                                         hls::stream<ap_uint<PE * SIMD * TW::width>> &weight,
                                         const TA &activation, const int reps, const R &r) {
  static_assert(MatrixW % SIMD == 0 && MatrixH % PE == 0, "SIMD divides the columns, PE the rows");
  typedef decltype(activation.init(0, 0)) Accu;
  braid::finn::MatrixVector<
      MatrixW, MatrixH, SIMD, PE, 1, TSrcI, TDstI, TWeightI,
      braid::finn::MatrixNatively<1, TSrcI, TWeightI, TW, Accu>::value>::template streamed<TW>(in, out,
                                                                                               weight,
                                                                                               activation,
                                                                                               reps, r);
}
