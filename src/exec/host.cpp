#include "host.h"

#include "braid/exec/interpreter.h"
#include "braid/num/fixed.h"
#include "braid/support/error.h"

#include <cmath>

namespace braid::exec {
namespace {

double numberOf(const ir::Weights &numbers, int64_t channel, double ifEmpty) {
  return numbers.empty() ? ifEmpty : numbers.real(numbers.rows() == 1 ? 0 : channel);
}

double activate(const ir::Activation &op, double x, int64_t channel) {
  switch (op.kind) {
  case ir::ActivationKind::Relu:
    return std::max(x, 0.0);
  case ir::ActivationKind::LeakyRelu:
    return x >= 0 ? x : op.alpha * x;
  case ir::ActivationKind::PRelu:
    return x >= 0 ? x : op.slopes.real(channel) * x;
  case ir::ActivationKind::Clip:
    return std::min(std::max(x, op.alpha), op.beta);
  case ir::ActivationKind::Sigmoid:
    return 1.0 / (1.0 + std::exp(-x));
  case ir::ActivationKind::Tanh:
    return std::tanh(x);
  case ir::ActivationKind::HardSigmoid:
    return std::min(std::max(op.alpha * x + op.beta, 0.0), 1.0);
  case ir::ActivationKind::Selu:
    return op.beta * (x > 0 ? x : op.alpha * std::expm1(x));
  case ir::ActivationKind::Elu:
    return x >= 0 ? x : op.alpha * std::expm1(x);
  }
  BRAID_CHECK(false, "unknown activation");
}

void softmax(int64_t channels, std::vector<double> &values) {
  for (auto row = values.begin(); row != values.end(); row += channels) {
    const double most = *std::max_element(row, row + channels);
    double sum = 0;
    for (auto at = row; at != row + channels; ++at)
      sum += *at = std::exp(*at - most);
    for (auto at = row; at != row + channels; ++at)
      *at /= sum;
  }
}

} // namespace

double levelOf(const ir::Quantize &op, double x, int64_t channel) {
  const auto lo = static_cast<double>(op.lo), hi = static_cast<double>(op.hi);
  if (!op.thresholds.empty())
    return std::min(lo + static_cast<double>(thresholdsReached(op.thresholds, x, channel)), hi);
  const double scaled = x / numberOf(op.scale, channel, 1), zero = numberOf(op.zeroPoint, channel, 0);
  const double level =
      op.roundsFirst ? num::rounded(scaled, op.rounding) + zero : num::rounded(scaled + zero, op.rounding);
  return std::isnan(level) ? lo : std::clamp(level, lo, hi);
}

double quantised(const ir::Quantize &op, double x, int64_t channel) {
  return numberOf(op.outScale, channel, 1) * levelOf(op, x, channel) + numberOf(op.outBias, channel, 0);
}

double requantised(const ir::Requantize &op, double x, int64_t channel) {
  const double raised = x * numberOf(op.factor, channel, 1) + numberOf(op.offset, channel, 0);
  return std::clamp(std::floor(std::ldexp(raised, -op.shift)), static_cast<double>(op.lo),
                    static_cast<double>(op.hi));
}

int64_t thresholdsReached(const ir::Weights &thresholds, double x, int64_t channel) {
  const int64_t row = thresholds.rows() == 1 ? 0 : channel;
  return thresholds.visitTap(row, 0, [&](const auto *first) -> int64_t {
    return std::upper_bound(first, first + thresholds.channels(), x,
                            [](double value, auto step) { return value < static_cast<double>(step); }) -
           first;
  });
}

void hostStep(const ir::Op &op, int64_t channels, bool givesLevel, std::vector<double> &values) {
  auto each = [&](auto &&f) {
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = f(values[i], static_cast<int64_t>(i) % channels, static_cast<int64_t>(i));
  };
  if (const auto *affine = std::get_if<ir::Affine>(&op)) {
    const int64_t rows = affine->scale.rows();
    each([&](double x, int64_t, int64_t i) {
      return x * affine->scale.real(i % rows) + affine->bias.real(i % rows);
    });
  } else if (const auto *activation = std::get_if<ir::Activation>(&op)) {
    each([&](double x, int64_t channel, int64_t) { return activate(*activation, x, channel); });
  } else if (const auto *quantize = std::get_if<ir::Quantize>(&op)) {
    each([&](double x, int64_t channel, int64_t) {
      return givesLevel ? levelOf(*quantize, x, channel) : quantised(*quantize, x, channel);
    });
  } else {
    BRAID_CHECK(std::holds_alternative<ir::Softmax>(op), "hosts compute element by element, or Softmax");
    softmax(channels, values);
  }
}

namespace {

/// A number on this level: the middle of its step, or the threshold it begins at.
double levelInverse(const ir::Quantize &op, double level, int64_t channel) {
  if (op.thresholds.empty())
    return (level - numberOf(op.zeroPoint, channel, 0)) * numberOf(op.scale, channel, 1);
  const int64_t row = op.thresholds.rows() == 1 ? 0 : channel, last = op.thresholds.channels() - 1;
  const auto step = static_cast<int64_t>(level) - op.lo - 1;
  return step < 0 ? op.thresholds.real(row) - 1 : op.thresholds.real(row, 0, std::min(step, last));
}

int64_t lastDim(const ir::Model &model, const ir::Port &port) {
  const ir::Shape &shape = model.stream(port.stream).shape;
  return shape.empty() ? 1 : shape.back();
}

} // namespace

Batch fromHost(const ir::Model &model, const ir::Port &port, const Batch &reals) {
  const num::FixedType &type = model.stream(port.stream).type.fixed();
  if (port.host.empty())
    return quantise(reals, type);
  std::vector<double> values(reals.reals().begin(), reals.reals().end());
  for (size_t i = 0; i < port.host.size(); ++i)
    hostStep(port.host[i], lastDim(model, port), i + 1 == port.host.size(), values);
  Mantissas out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), [](double v) { return static_cast<int64_t>(v); });
  return {reals.frames, std::move(out)};
}

Batch fromLevels(const ir::Model &model, const ir::Port &port, const Batch &levels) {
  const int64_t channels = lastDim(model, port);
  Reals out(levels.mantissas().size());
  for (size_t i = 0; i < out.size(); ++i) {
    const int64_t channel = static_cast<int64_t>(i) % channels;
    auto value = static_cast<double>(levels.mantissas()[i]);
    for (size_t step = port.host.size(); step-- > 0;) {
      if (const auto *affine = std::get_if<ir::Affine>(&port.host[step])) {
        const int64_t row = static_cast<int64_t>(i) % affine->scale.rows();
        const double scale = affine->scale.real(row);
        value = scale == 0 ? 0 : (value - affine->bias.real(row)) / scale;
      } else if (const auto *quantize = std::get_if<ir::Quantize>(&port.host[step])) {
        value = levelInverse(*quantize, value, channel);
      }
    }
    out[i] = static_cast<float>(value);
  }
  return {levels.frames, std::move(out)};
}

Batch toHost(const ir::Model &model, const ir::Port &port, const Batch &mantissas) {
  const num::FixedType &type = model.stream(port.stream).type.fixed();
  if (port.host.empty())
    return toReals(mantissas, type);
  std::vector<double> values(mantissas.mantissas().size());
  std::transform(mantissas.mantissas().begin(), mantissas.mantissas().end(), values.begin(),
                 [&](int64_t m) { return num::toDouble(m, type.fracBits()); });
  for (const ir::Op &op : port.host)
    hostStep(op, lastDim(model, port), /*givesLevel=*/false, values);
  Reals out(values.begin(), values.end());
  return {mantissas.frames, std::move(out)};
}

} // namespace braid::exec
