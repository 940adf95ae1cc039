// Random networks and a simple cost model for tests.
#pragma once

#include "braid/cost/estimate.h"
#include "braid/ir/model.h"
#include "braid/pass/pass.h"

#include <random>

namespace braid::test {

using Random = std::mt19937_64;

inline int64_t draw(Random &random, int64_t lo, int64_t hi) {
  return lo + static_cast<int64_t>(random() % static_cast<uint64_t>(hi - lo + 1));
}

/// Weights of random sign, uniform in [-scale, scale].
ir::Weights randomWeights(Random &random, int64_t rows, int64_t taps, int64_t channels, double scale);

/// A float source model of one input and one output: dense chains, convolutional chains, residual adds,
/// concats, depthwise convolutions, pools and activations, all small.
ir::Model randomNetwork(Random &random);

/// 6 to 18 bits, any rounding and overflow mode, small tables.
pass::Precision randomPrecision(Random &random);

/// Builds a model layer by layer.
class Builder {
public:
  explicit Builder(ir::Shape input);
  ir::StreamId input() const { return model_.inputs[0].stream; }
  ir::StreamId add(ir::Op op, std::vector<ir::StreamId> inputs);
  const ir::Shape &shapeOf(ir::StreamId id) const { return model_.stream(id).shape; }
  ir::Model finish(ir::StreamId output);

private:
  ir::Model model_;
};

/// The typed model of a source model at a precision.
ir::Model typed(const ir::Model &source, const pass::Precision &precision = {});

/// Costs that a reader can recompute: one LUT per weight bit divided by the reuse factor, one DSP per
/// multiplier, the reuse factor times the positions as interval; small constants for the rest.
std::shared_ptr<const cost::CostModel> simpleCosts();

/// A cluster of equal FPGAs of one die with these resources, joined by a switch.
device::Cluster simpleCluster(int fpgas, device::Resources each, double gbps = 100);

} // namespace braid::test
