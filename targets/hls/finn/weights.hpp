// Weights of a matrix [MH, MW] (row per neuron) as PE units read it, SIMD columns at a time: tile t = nf * SF
// + sf of unit pe holds, lane by lane, row nf * PE + pe, columns sf * SIMD to sf * SIMD + SIMD - 1, where SF
// = MW / SIMD. Aggregates: a project's params.h lists them as {{{tile 0, tile 1, ...}, ... one per unit}}.
#pragma once

#include "utils.hpp"

namespace braid {
namespace finn {

/// The weights of one unit in one tile.
template <class T, unsigned SIMD> struct WeightLanes {
  T lane[SIMD];

  const T &operator[](unsigned i) const {
#pragma HLS INLINE
    return lane[i];
  }
};

template <unsigned SIMD, class T, class Word> WeightLanes<T, SIMD> weightLanes(const Word &word) {
#pragma HLS INLINE
  WeightLanes<T, SIMD> out;
  for (unsigned i = 0; i < SIMD; i++) {
#pragma HLS UNROLL
    const ap_int<T::width> value = word((i + 1) * T::width - 1, i * T::width);
    out.lane[i] = T(value);
  }
  return out;
}

} // namespace finn
} // namespace braid

/// Weights of one bit.
template <unsigned SIMD, unsigned PE, unsigned TILES> class BinaryWeights {
public:
  ap_uint<SIMD> m_weights[PE][TILES];

private:
  class Tile {
    const BinaryWeights &from_;
    const unsigned tile_;

  public:
    Tile(const BinaryWeights &from, unsigned tile)
        : from_(from),
          tile_(tile){
#pragma HLS INLINE
          } ap_uint<SIMD>
          operator[](unsigned pe) const {
#pragma HLS INLINE
      return from_.m_weights[pe][tile_];
    }
  };

public:
  Tile weights(unsigned tile) const {
#pragma HLS INLINE
    return Tile(*this, tile);
  }
};

/// Weights of type WT, WT::width bits each.
template <unsigned SIMD, typename WT, unsigned PE, unsigned TILES> class FixedPointWeights {
public:
  ap_uint<SIMD * WT::width> m_weights[PE][TILES];

private:
  class Tile {
    const FixedPointWeights &from_;
    const unsigned tile_;

  public:
    Tile(const FixedPointWeights &from, unsigned tile)
        : from_(from),
          tile_(tile){
#pragma HLS INLINE
          } braid::finn::WeightLanes<WT, SIMD>
          operator[](unsigned pe) const {
#pragma HLS INLINE
      return braid::finn::weightLanes<SIMD, WT>(from_.m_weights[pe][tile_]);
    }
  };

public:
  Tile weights(unsigned tile) const {
#pragma HLS INLINE
    return Tile(*this, tile);
  }
};

/// The weights of all units in one tile: a word of a weight stream, unit 0 in the low bits.
template <unsigned SIMD, typename WT, unsigned PE> class Weights_Tile {
public:
  ap_uint<SIMD * WT::width> m_weights[PE];

  braid::finn::WeightLanes<WT, SIMD> operator[](unsigned pe) const {
#pragma HLS INLINE
    return braid::finn::weightLanes<SIMD, WT>(m_weights[pe]);
  }
};
