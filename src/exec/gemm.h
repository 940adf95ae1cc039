// C[m][n] += A[m][k] * B[k][n]: the inner loop of every layer with weights.
//
// Integers are multiplied as float or double wherever every partial sum is small enough to be exact (24 or 53
// bits), so that one vectorised loop serves float and typed models alike and order never matters.
#pragma once

#include "braid/support/math.h"

#include <cstdint>

namespace braid::exec {

/// Columns of B that stand together: it is packed [panel][k][kPanel], the last panel filled up with zeros.
inline constexpr int64_t kPanel = 16;
inline int64_t packedSize(int64_t n, int64_t k) { return ceilDiv(n, kPanel) * kPanel * k; }
/// Where column j of row p of B stands.
inline int64_t packedPlace(int64_t k, int64_t p, int64_t j) {
  return (j / kPanel * k + p) * kPanel + j % kPanel;
}

/// Rows of A are `lda` apart, of C `ldc`.
template <class T, class Acc = T>
void gemm(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, Acc *c, int64_t ldc);

extern template void gemm(int64_t, int64_t, int64_t, const float *, int64_t, const float *, float *, int64_t);
extern template void gemm(int64_t, int64_t, int64_t, const double *, int64_t, const double *, double *,
                          int64_t);
extern template void gemm(int64_t, int64_t, int64_t, const int64_t *, int64_t, const int64_t *, Int128 *,
                          int64_t);

} // namespace braid::exec
