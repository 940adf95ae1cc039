// Names and helpers that every layer header uses: io types, strategies, rounding division, balanced
// reduction.
#pragma once

#include "ap_fixed.h"
#include "nnet_helpers.h"

/// ceil(n / d) for positive integers.
#define DIV_ROUNDUP(n, d) (((n) + (d)-1) / (d))
#define MIN(n, d) ((n) > (d) ? (d) : (n))
#define MAX(n, d) ((n) > (d) ? (n) : (d))

#define STRINGIFY(x) #x
#define EXPAND_STRING(x) STRINGIFY(x)

// Vivado HLS packs a struct into one word when told to by DATA_PACK; Vitis HLS aggregates streams by itself
// and rejects the pragma.
#ifdef __VITIS_HLS__
#define PRAGMA_DATA_PACK(variable)
#else
#define DATA_PACK_TXT HLS DATA_PACK variable =
#define DATA_PACK_PRAGMA(variable) DATA_PACK_TXT variable
#define PRAGMA_DATA_PACK(variable) _Pragma(EXPAND_STRING(DATA_PACK_PRAGMA(variable)))
#endif

namespace nnet {

enum io_type { io_parallel = 0, io_stream };
enum strategy { latency, resource, resource_unrolled, distributed_arithmetic };

namespace detail {

/// The left operand of the tree's root takes the largest power of two below N, the right one the rest.
/// The shape is part of the meaning: where T saturates, another tree gives another sum.
template <class T, int N, class Op> struct ReduceTree {
  static T run(const T *x, Op &op) {
#pragma HLS INLINE
    return op(ReduceTree<T, pow2(floorlog2(N - 1)), Op>::run(x, op),
              ReduceTree<T, N - pow2(floorlog2(N - 1)), Op>::run(x + pow2(floorlog2(N - 1)), op));
  }
};

template <class T, class Op> struct ReduceTree<T, 1, Op> {
  static T run(const T *x, Op &) {
#pragma HLS INLINE
    return x[0];
  }
};

template <class T, class Op> struct ReduceTree<T, 2, Op> {
  static T run(const T *x, Op &op) {
#pragma HLS INLINE
    return op(x[0], x[1]);
  }
};

} // namespace detail

/// Folds x[0..N) with the binary operator `op` as a balanced tree. For fully partitioned arrays.
template <class T, int N, class Op> T reduce(const T *x, Op op) {
#pragma HLS INLINE
  return detail::ReduceTree<T, N, Op>::run(x, op);
}

template <class T> class Op_add {
public:
  T operator()(T a, T b) { return a + b; }
};

template <class T> class Op_and {
public:
  T operator()(T a, T b) { return a && b; }
};

template <class T> class Op_or {
public:
  T operator()(T a, T b) { return a || b; }
};

template <class T> class Op_max {
public:
  T operator()(T a, T b) { return a >= b ? a : b; }
};

template <class T> class Op_min {
public:
  T operator()(T a, T b) { return a <= b ? a : b; }
};

} // namespace nnet
