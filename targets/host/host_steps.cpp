#include "host_steps.h"

#include "braid/support/error.h"

#include <cmath>

namespace braid::targets {
namespace {

HostStep step(std::string kind, std::vector<double> first = {}, std::vector<double> second = {}) {
  HostStep out;
  out.kind = std::move(kind);
  out.first = std::move(first), out.second = std::move(second);
  return out;
}

void addActivation(const ir::Activation &op, std::vector<HostStep> &out) {
  using Kind = ir::ActivationKind;
  switch (op.kind) {
  case Kind::Relu:
    out.push_back(step("at_least", {0}));
    return;
  case Kind::LeakyRelu:
    out.push_back(step("leaky_relu", {op.alpha}));
    return;
  case Kind::PRelu:
    out.push_back(step("leaky_relu", op.slopes.reals()));
    return;
  case Kind::Clip:
    if (!std::isinf(op.alpha))
      out.push_back(step("at_least", {op.alpha}));
    if (!std::isinf(op.beta))
      out.push_back(step("at_most", {op.beta}));
    return;
  case Kind::HardSigmoid:
    out.push_back(step("affine", {op.alpha}, {op.beta}));
    out.push_back(step("at_least", {0}));
    out.push_back(step("at_most", {1}));
    return;
  case Kind::Sigmoid:
    out.push_back(step("sigmoid"));
    return;
  case Kind::Tanh:
    out.push_back(step("tanh"));
    return;
  case Kind::Elu:
    out.push_back(step("elu", {op.alpha}));
    return;
  case Kind::Selu:
    out.push_back(step("selu", {op.alpha}, {op.beta}));
    return;
  }
  BRAID_CHECK(false, "unknown activation");
}

HostStep quantizeStep(const ir::Quantize &op) {
  HostStep out;
  if (op.thresholds.empty()) {
    out = step("quantize", op.scale.reals(), op.zeroPoint.reals());
    out.rounding = num::name(op.rounding);
    out.roundsFirst = op.roundsFirst;
  } else {
    out = step("thresholds", op.thresholds.reals(), {static_cast<double>(op.thresholds.rows())});
  }
  out.lo = op.lo, out.hi = op.hi;
  return out;
}

} // namespace

std::vector<HostStep> hostSteps(llvm::ArrayRef<ir::Op> ops) {
  std::vector<HostStep> out;
  for (const ir::Op &op : ops) {
    if (const auto *affine = std::get_if<ir::Affine>(&op))
      out.push_back(step("affine", affine->scale.reals(), affine->bias.reals()));
    else if (const auto *activation = std::get_if<ir::Activation>(&op))
      addActivation(*activation, out);
    else if (const auto *quantize = std::get_if<ir::Quantize>(&op))
      out.push_back(quantizeStep(*quantize));
    else if (std::holds_alternative<ir::Softmax>(op))
      out.push_back(step("softmax"));
    else
      BRAID_CHECK(false, "hosts compute element by element, or Softmax");
  }
  return out;
}

} // namespace braid::targets
