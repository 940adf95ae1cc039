// Quantisers and ladders of thresholds, and what hosts compute at the ends of a streamlined model.
#pragma once

#include "braid/ir/model.h"

#include <algorithm>
#include <vector>

namespace braid::exec {

/// The level of x; a whole number.
double levelOf(const ir::Quantize &op, double x, int64_t channel);
/// Its value: outScale * level + outBias.
double quantised(const ir::Quantize &op, double x, int64_t channel);
/// Of a whole number x.
double requantised(const ir::Requantize &op, double x, int64_t channel);
/// The number of thresholds not above x.
int64_t thresholdsReached(const ir::Weights &thresholds, double x, int64_t channel);

/// Thresholds of a typed layer in one array, for many numbers.
class Ladders {
public:
  explicit Ladders(const ir::Weights &thresholds)
      : rows_(thresholds.rows()), steps_(thresholds.channels()), values_(thresholds.integers()) {}

  int64_t reached(int64_t x, int64_t channel) const {
    const int64_t *first = values_.data() + (rows_ == 1 ? 0 : channel) * steps_;
    if (steps_ > kMostCounted)
      return std::upper_bound(first, first + steps_, x) - first;
    int64_t count = 0; // all of a few are looked at sooner than guessed among
    for (int64_t i = 0; i < steps_; ++i)
      count += first[i] <= x;
    return count;
  }

private:
  static constexpr int64_t kMostCounted = 16;
  int64_t rows_, steps_;
  std::vector<int64_t> values_;
};

/// For each of the n rows of `channels` numbers, the place of the largest.
template <class T> void argMax(int64_t n, int64_t channels, const T *in, T *out) {
  for (int64_t row = 0; row < n; ++row, in += channels)
    out[row] = static_cast<T>(std::max_element(in, in + channels) - in);
}

/// One step of Port::host over one frame, in place; the last of an input gives levels.
void hostStep(const ir::Op &op, int64_t channels, bool givesLevel, std::vector<double> &values);

} // namespace braid::exec
