#include "gemm.h"

#include <algorithm>
#include <type_traits>

namespace braid::exec {
namespace {

// Columns of B that stay in registers, rows of A that share them, and k that stays in the first-level cache.
constexpr int64_t kColumns = 8, kRows = 4, kDepth = 256;

template <class T, class Acc, int64_t Rows>
inline __attribute__((always_inline)) void block(int64_t n, int64_t k, const T *a, int64_t lda, const T *b,
                                                 int64_t ldb, Acc *c, int64_t ldc) {
  int64_t j = 0;
  for (; j + kColumns <= n; j += kColumns) {
    Acc sum[Rows][kColumns];
    for (int64_t r = 0; r < Rows; ++r)
      for (int64_t i = 0; i < kColumns; ++i)
        sum[r][i] = c[r * ldc + j + i];
    for (int64_t p = 0; p < k; ++p)
      for (int64_t r = 0; r < Rows; ++r)
        for (int64_t i = 0; i < kColumns; ++i)
          sum[r][i] += static_cast<Acc>(a[r * lda + p]) * static_cast<Acc>(b[p * ldb + j + i]);
    for (int64_t r = 0; r < Rows; ++r)
      for (int64_t i = 0; i < kColumns; ++i)
        c[r * ldc + j + i] = sum[r][i];
  }
  for (; j < n; ++j)
    for (int64_t r = 0; r < Rows; ++r) {
      Acc sum = c[r * ldc + j];
      for (int64_t p = 0; p < k; ++p)
        sum += static_cast<Acc>(a[r * lda + p]) * static_cast<Acc>(b[p * ldb + j]);
      c[r * ldc + j] = sum;
    }
}

template <class T, class Acc>
inline __attribute__((always_inline)) void all(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda,
                                               const T *b, Acc *c, int64_t ldc) {
  for (int64_t p = 0; p < k; p += kDepth) {
    const int64_t depth = std::min(kDepth, k - p);
    int64_t i = 0;
    for (; i + kRows <= m; i += kRows)
      block<T, Acc, kRows>(n, depth, a + i * lda + p, lda, b + p * n, n, c + i * ldc, ldc);
    for (; i < m; ++i)
      block<T, Acc, 1>(n, depth, a + i * lda + p, lda, b + p * n, n, c + i * ldc, ldc);
  }
}

// The same code for processors with and without wide vectors; -ffp-contract=off keeps them equal.
__attribute__((target("avx2"))) void wide(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                                          const float *b, float *c, int64_t ldc) {
  all(m, n, k, a, lda, b, c, ldc);
}
__attribute__((target("avx2"))) void wide(int64_t m, int64_t n, int64_t k, const double *a, int64_t lda,
                                          const double *b, double *c, int64_t ldc) {
  all(m, n, k, a, lda, b, c, ldc);
}

bool hasWideVectors() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

} // namespace

template <class T, class Acc>
void gemm(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda, const T *b, Acc *c, int64_t ldc) {
  if constexpr (std::is_floating_point_v<T>)
    if (hasWideVectors())
      return wide(m, n, k, a, lda, b, c, ldc);
  all(m, n, k, a, lda, b, c, ldc);
}

template void gemm(int64_t, int64_t, int64_t, const float *, int64_t, const float *, float *, int64_t);
template void gemm(int64_t, int64_t, int64_t, const double *, int64_t, const double *, double *, int64_t);
template void gemm(int64_t, int64_t, int64_t, const int64_t *, int64_t, const int64_t *, Int128 *, int64_t);

} // namespace braid::exec
