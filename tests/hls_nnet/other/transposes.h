// Transposes as an emitted project states them, and what they must do.
#pragma once

#include "reference.h"

/// Result dimension i is input dimension perm[i]; strides are the input's, in that order.
#define TRANSPOSE(name, rank, elements, from, to, order, strides)                                            \
  struct name {                                                                                              \
    static const unsigned dims = rank;                                                                       \
    static const unsigned N = elements;                                                                      \
    static const unsigned *const from_shape;                                                                 \
    static const unsigned *const to_shape;                                                                   \
    static const unsigned *const perm;                                                                       \
    static const unsigned *const perm_strides;                                                               \
  };                                                                                                         \
  static unsigned name##_from_shape[rank] = from;                                                            \
  static unsigned name##_to_shape[rank] = to;                                                                \
  static unsigned name##_perm[rank] = order;                                                                 \
  static unsigned name##_perm_strides[rank] = strides;                                                       \
  const unsigned *const name::from_shape = name##_from_shape;                                                \
  const unsigned *const name::to_shape = name##_to_shape;                                                    \
  const unsigned *const name::perm = name##_perm;                                                            \
  const unsigned *const name::perm_strides = name##_perm_strides;
#define LIST(...)                                                                                            \
  { __VA_ARGS__ }

TRANSPOSE(transpose_1d, 1, 7, LIST(7), LIST(7), LIST(0), LIST(1))
TRANSPOSE(transpose_2d, 2, 24, LIST(4, 6), LIST(6, 4), LIST(1, 0), LIST(1, 6))
TRANSPOSE(transpose_3d_201, 3, 24, LIST(2, 3, 4), LIST(4, 2, 3), LIST(2, 0, 1), LIST(1, 12, 4))
TRANSPOSE(transpose_3d_210, 3, 24, LIST(2, 3, 4), LIST(4, 3, 2), LIST(2, 1, 0), LIST(1, 4, 12))
TRANSPOSE(transpose_3d_102, 3, 24, LIST(2, 3, 4), LIST(3, 2, 4), LIST(1, 0, 2), LIST(4, 12, 1))

/// By walking the input and computing where each element goes, from the shape and perm alone.
template <class CONFIG_T> Mantissas permuted(const Mantissas &x) {
  Mantissas result(x.size());
  for (unsigned i = 0; i < x.size(); i++) {
    unsigned index[3] = {0, 0, 0}, rest = i, to = 0;
    for (unsigned d = CONFIG_T::dims; d-- > 0; rest /= CONFIG_T::from_shape[d])
      index[d] = rest % CONFIG_T::from_shape[d];
    for (unsigned d = 0; d < CONFIG_T::dims; d++)
      to = to * CONFIG_T::from_shape[CONFIG_T::perm[d]] + index[CONFIG_T::perm[d]];
    result[to] = x[i];
  }
  return result;
}
