// Layers with weights, for float and typed models.
#pragma once

#include "braid/ir/model.h"

#include <cstdint>
#include <memory>

namespace braid::exec {

/// A Dense or Conv layer with its weights packed for the fastest exact arithmetic.
class Linear {
public:
  virtual ~Linear() = default;
  /// One chunk of frames; `in` and `out` are [frames][elements] of the layer's streams.
  virtual void run(int64_t frames, const float *in, float *out) const;
  virtual void run(int64_t frames, const int64_t *in, int64_t *out) const;
};

std::unique_ptr<Linear> makeLinear(const ir::Model &model, const ir::Layer &layer);

} // namespace braid::exec
