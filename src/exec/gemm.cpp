#include "gemm.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace braid::exec {
namespace {

// k that keeps a panel of B in the first-level cache.
constexpr int64_t kDepth = 256;

/// Numbers that are computed with at once, in the compiler's own notation: processors with narrower registers
/// take several. A type that has no vectors stands for itself.
template <class T> struct Lanes { using Vector = T; };
template <> struct Lanes<float> { typedef float Vector __attribute__((vector_size(32))); };
template <> struct Lanes<double> { typedef double Vector __attribute__((vector_size(32))); };

/// Rows of A that share a panel of B; their sums stay in registers.
template <class Acc> constexpr int64_t kRows = sizeof(Acc) > 4 ? 2 : 4;

/// Rows of A times one panel; of its columns, `columns` are those of C.
template <class T, class Acc, int64_t Rows>
inline __attribute__((always_inline)) void block(int64_t columns, int64_t k, const T *a, int64_t lda,
                                                 const T *b, Acc *c, int64_t ldc) {
  using Vector = typename Lanes<Acc>::Vector;
  constexpr int64_t kLanes = sizeof(Vector) / sizeof(Acc), kVectors = kPanel / kLanes;
  Acc ends[Rows][kPanel] = {};
  for (int64_t r = 0; r < Rows; ++r)
    for (int64_t i = 0; i < columns; ++i)
      ends[r][i] = c[r * ldc + i];
  Vector sum[Rows][kVectors];
  std::memcpy(&sum, &ends, sizeof ends);
  for (int64_t p = 0; p < k; ++p)
    for (int64_t i = 0; i < kVectors; ++i) {
      Vector from;
      if constexpr (std::is_same_v<T, Acc>)
        std::memcpy(&from, b + p * kPanel + i * kLanes, sizeof from);
      else
        from = b[p * kPanel + i];
      for (int64_t r = 0; r < Rows; ++r)
        sum[r][i] += static_cast<Acc>(a[r * lda + p]) * from;
    }
  std::memcpy(&ends, &sum, sizeof ends);
  for (int64_t r = 0; r < Rows; ++r)
    for (int64_t i = 0; i < columns; ++i)
      c[r * ldc + i] = ends[r][i];
}

/// Columns of C known at compile time where they can be, so that they stay in registers.
template <class T, class Acc, int64_t Rows>
inline __attribute__((always_inline)) void panel(int64_t columns, int64_t k, const T *a, int64_t lda,
                                                 const T *b, Acc *c, int64_t ldc) {
  if (columns == kPanel)
    block<T, Acc, Rows>(kPanel, k, a, lda, b, c, ldc);
  else
    block<T, Acc, Rows>(columns, k, a, lda, b, c, ldc);
}

template <class T, class Acc>
inline __attribute__((always_inline)) void all(int64_t m, int64_t n, int64_t k, const T *a, int64_t lda,
                                               const T *b, Acc *c, int64_t ldc) {
  for (int64_t p = 0; p < k; p += kDepth) {
    const int64_t depth = std::min(kDepth, k - p);
    for (int64_t j = 0; j < n; j += kPanel) {
      const int64_t columns = std::min(kPanel, n - j);
      const T *from = b + j * k + p * kPanel;
      int64_t i = 0;
      for (; i + kRows<Acc> <= m; i += kRows<Acc>)
        panel<T, Acc, kRows<Acc>>(columns, depth, a + i * lda + p, lda, from, c + i * ldc + j, ldc);
      for (; i < m; ++i)
        panel<T, Acc, 1>(columns, depth, a + i * lda + p, lda, from, c + i * ldc + j, ldc);
    }
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
