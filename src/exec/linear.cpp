#include "linear.h"

#include "gemm.h"

#include "braid/num/fixed.h"
#include "braid/support/error.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

namespace braid::exec {
namespace {

/// Dense and Conv as one thing: per group, a matrix applied to windows of the input.
struct Geometry {
  ir::Window window;
  int64_t height = 1, width = 1, channels = 0; ///< Input
  int64_t outHeight = 1, outWidth = 1, outChannels = 0;
  int64_t groups = 1;

  int64_t groupIn() const { return channels / groups; }
  int64_t groupOut() const { return outChannels / groups; }
  int64_t inSize() const { return height * width * channels; }
  int64_t outSize() const { return outHeight * outWidth * outChannels; }
  bool isPointwise() const {
    return window.taps() == 1 && !window.hasPadding() && window.stride[0] == 1 && window.stride[1] == 1;
  }
};

Geometry geometryOf(const ir::Model &model, const ir::Layer &layer) {
  Geometry g;
  const ir::Shape &in = model.stream(layer.inputs[0]).shape, &out = model.stream(layer.output).shape;
  if (const auto *conv = std::get_if<ir::Conv>(&layer.op)) {
    g.window = conv->window;
    g.groups = conv->groups;
    g.height = in[0], g.width = in[1];
    g.outHeight = out[0], g.outWidth = out[1];
  }
  g.channels = in.back();
  g.outChannels = out.back();
  return g;
}

/// Columns [tap][channel of the group] of one row of output positions, one row of `to` per position.
template <class T, class In>
void gather(const Geometry &g, const In *frame, int64_t group, int64_t outRow, T *to) {
  const int64_t n = g.groupIn();
  for (int64_t x = 0; x < g.outWidth; ++x)
    for (int64_t ky = 0; ky < g.window.kernel[0]; ++ky) {
      const int64_t y = outRow * g.window.stride[0] - g.window.padBegin[0] + ky * g.window.dilation[0];
      for (int64_t kx = 0; kx < g.window.kernel[1]; ++kx, to += n) {
        const int64_t at = x * g.window.stride[1] - g.window.padBegin[1] + kx * g.window.dilation[1];
        if (y < 0 || y >= g.height || at < 0 || at >= g.width) {
          std::fill(to, to + n, T{});
          continue;
        }
        const In *from = frame + (y * g.width + at) * g.channels + group * n;
        for (int64_t c = 0; c < n; ++c)
          to[c] = static_cast<T>(from[c]);
      }
    }
}

/// Depthwise with one output per channel: the loop over channels is the vector loop.
template <class T, class Acc, class In>
void depthwiseRow(const Geometry &g, const In *frame, int64_t outRow, const T *weights, Acc *out) {
  for (int64_t x = 0; x < g.outWidth; ++x, out += g.channels)
    for (int64_t ky = 0; ky < g.window.kernel[0]; ++ky) {
      const int64_t y = outRow * g.window.stride[0] - g.window.padBegin[0] + ky * g.window.dilation[0];
      for (int64_t kx = 0; kx < g.window.kernel[1]; ++kx) {
        const int64_t at = x * g.window.stride[1] - g.window.padBegin[1] + kx * g.window.dilation[1];
        if (y < 0 || y >= g.height || at < 0 || at >= g.width)
          continue;
        const In *from = frame + (y * g.width + at) * g.channels;
        const T *w = weights + (ky * g.window.kernel[1] + kx) * g.channels;
        for (int64_t c = 0; c < g.channels; ++c)
          out[c] += static_cast<Acc>(static_cast<T>(from[c])) * static_cast<Acc>(w[c]);
      }
    }
}

/// Exact sums in arithmetic T (products and sums in Acc), then `finish(sum, output channel)` per output.
template <class T, class Acc, class Value> class Sums : public Linear {
public:
  Sums(const ir::Model &model, const ir::Layer &layer) : geometry_(geometryOf(model, layer)) {
    const ir::Weights &w = std::visit(
        [](const auto &op) -> const ir::Weights & {
          if constexpr (requires { op.weights; })
            return op.weights;
          BRAID_CHECK(false, "a layer without weights");
        },
        layer.op);
    depthwise_ = geometry_.groups == geometry_.channels && geometry_.groupOut() == 1 && geometry_.groups > 1;
    const int64_t k = w.taps() * w.channels(), n = depthwise_ ? geometry_.channels : geometry_.groupOut();
    packed_.resize(static_cast<size_t>(depthwise_ ? w.rows() * k : geometry_.groups * packedSize(n, k)));
    for (int64_t r = 0; r < w.rows(); ++r)
      for (int64_t t = 0; t < w.taps(); ++t)
        w.visitTap(r, t, [&](const auto *at) {
          for (int64_t c = 0; c < w.channels(); ++c) {
            const int64_t row = t * w.channels() + c;
            const int64_t place =
                depthwise_ ? row * n + r : r / n * packedSize(n, k) + packedPlace(k, row, r % n);
            packed_[static_cast<size_t>(place)] = static_cast<T>(at[c]);
          }
        });
  }

protected:
  template <class Finish> void sums(int64_t frames, const Value *in, Value *out, Finish &&finish) const {
    const Geometry &g = geometry_;
    if (g.isPointwise() && g.groups == 1)
      return pointwise(frames * g.height * g.width, in, out, finish);
    // Rows of small maps share the weights that are in the cache.
    const int64_t atOnce = depthwise_ ? 1 : std::clamp<int64_t>(kBlock / g.outWidth, 1, g.outHeight);
    std::vector<T> columns;
    std::vector<Acc> acc(static_cast<size_t>(atOnce * g.outWidth * g.outChannels));
    for (int64_t frame = 0; frame < frames; ++frame, in += g.inSize(), out += g.outSize())
      for (int64_t y = 0; y < g.outHeight; y += atOnce) {
        const int64_t rows = std::min(atOnce, g.outHeight - y), positions = rows * g.outWidth;
        std::fill(acc.begin(), acc.end(), Acc{});
        if (depthwise_) {
          depthwiseRow(g, in, y, packed_.data(), acc.data());
        } else {
          const int64_t k = g.window.taps() * g.groupIn();
          columns.resize(static_cast<size_t>(atOnce * g.outWidth * k));
          for (int64_t group = 0; group < g.groups; ++group) {
            for (int64_t row = 0; row < rows; ++row)
              gather(g, in, group, y + row, columns.data() + row * g.outWidth * k);
            gemm<T, Acc>(positions, g.groupOut(), k, columns.data(), k,
                         packed_.data() + group * packedSize(g.groupOut(), k),
                         acc.data() + group * g.groupOut(), g.outChannels);
          }
        }
        finishRow(acc.data(), positions, out + y * g.outWidth * g.outChannels, finish);
      }
  }

private:
  static constexpr int64_t kBlock = 64; ///< Positions that are summed at once.

  template <class Finish>
  void pointwise(int64_t positions, const Value *in, Value *out, Finish &&finish) const {
    const Geometry &g = geometry_;
    std::vector<Acc> acc(static_cast<size_t>(std::min(positions, kBlock) * g.outChannels));
    std::vector<T> converted;
    for (int64_t begin = 0; begin < positions; begin += kBlock) {
      const int64_t count = std::min(kBlock, positions - begin);
      std::fill(acc.begin(), acc.end(), Acc{});
      const T *rows = nullptr;
      if constexpr (std::is_same_v<T, Value>) {
        rows = in + begin * g.channels;
      } else {
        converted.resize(static_cast<size_t>(count * g.channels));
        std::transform(in + begin * g.channels, in + (begin + count) * g.channels, converted.begin(),
                       [](Value v) { return static_cast<T>(v); });
        rows = converted.data();
      }
      gemm<T, Acc>(count, g.outChannels, g.channels, rows, g.channels, packed_.data(), acc.data(),
                   g.outChannels);
      finishRow(acc.data(), count, out + begin * g.outChannels, finish);
    }
  }

  template <class Finish>
  void finishRow(const Acc *acc, int64_t positions, Value *out, Finish &&finish) const {
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t c = 0; c < geometry_.outChannels; ++c, ++acc, ++out)
        *out = finish(*acc, c);
  }

  Geometry geometry_;
  std::vector<T> packed_; ///< By group, [tap, channel][output] as gemm wants it; depthwise [tap][channel]
  bool depthwise_ = false;
};

class RealLinear : public Sums<float, float, float> {
public:
  RealLinear(const ir::Model &model, const ir::Layer &layer, const ir::Weights &bias)
      : Sums(model, layer), bias_(bias.empty() ? std::vector<float>{} : bias.floats()) {}
  void run(int64_t frames, const float *in, float *out) const override {
    sums(frames, in, out,
         [&](float sum, int64_t c) { return bias_.empty() ? sum : sum + bias_[static_cast<size_t>(c)]; });
  }

private:
  std::vector<float> bias_;
};

/// Typed, where no product is rounded: the exact sum is brought to the accumulator once (a wrapping sum of
/// wrapped terms is the wrapped sum; a sum that cannot overflow needs neither).
template <class T, class Acc> class ExactLinear : public Sums<T, Acc, int64_t> {
public:
  /// `bound`: the largest magnitude of a sum.
  ExactLinear(const ir::Model &model, const ir::Layer &layer, const ir::Weights &bias,
              const ir::LinearTypes &types, double bound)
      : Sums<T, Acc, int64_t>(model, layer), accum_(types.accum.fixed()),
        to_(model.stream(layer.output).type.fixed()),
        frac_(model.stream(layer.inputs[0]).type.fixed().fracBits() + types.weight.fixed().fracBits()) {
    if (!bias.empty())
      for (int64_t value : bias.integers())
        bias_.push_back(num::castMantissa(value, types.bias.fixed().fracBits(), accum_));
    const bool keepsBits = accum_.fracBits() == frac_ && to_.fracBits() == frac_;
    auto holds = [bound](const num::FixedType &type) {
      return type.isSigned && static_cast<double>(num::maxMantissa(type)) >= bound;
    };
    isPlain_ = keepsBits && bias_.empty() && holds(accum_) && holds(to_);
  }
  void run(int64_t frames, const int64_t *in, int64_t *out) const override {
    if (isPlain_)
      return this->sums(frames, in, out, [](Acc sum, int64_t) { return static_cast<int64_t>(sum); });
    this->sums(frames, in, out, [&](Acc sum, int64_t c) {
      Int128 acc = num::castMantissa(whole(sum), frac_, accum_);
      if (!bias_.empty())
        acc = num::castMantissa(acc + bias_[static_cast<size_t>(c)], accum_.fracBits(), accum_);
      return static_cast<int64_t>(num::castMantissa(acc, accum_.fracBits(), to_));
    });
  }

private:
  /// Floats and doubles hold no more than 54 bits.
  static Int128 whole(Acc sum) {
    if constexpr (std::is_floating_point_v<Acc>)
      return static_cast<int64_t>(sum);
    else
      return sum;
  }

  num::FixedType accum_, to_;
  int frac_;
  std::vector<Int128> bias_;
  bool isPlain_ = false; ///< No cast changes any sum.
};

/// Typed, term by term: each product is cast to the accumulator, which wraps (typing refuses accumulators
/// that may saturate, for which the order of the terms would matter).
class TermByTerm : public Linear {
public:
  TermByTerm(const ir::Model &model, const ir::Layer &layer, const ir::Weights &weights,
             const ir::Weights &bias, const ir::LinearTypes &types)
      : geometry_(geometryOf(model, layer)), weights_(weights), accum_(types.accum.fixed()),
        to_(model.stream(layer.output).type.fixed()),
        frac_(model.stream(layer.inputs[0]).type.fixed().fracBits() + types.weight.fixed().fracBits()) {
    for (int64_t c = 0; c < geometry_.outChannels; ++c)
      bias_.push_back(bias.empty()
                          ? Int128{0}
                          : num::castMantissa(bias.integer(c), types.bias.fixed().fracBits(), accum_));
  }
  void run(int64_t frames, const int64_t *in, int64_t *out) const override {
    const Geometry &g = geometry_;
    const int64_t taps = g.window.taps(), n = g.groupIn();
    std::vector<int64_t> columns(static_cast<size_t>(g.outWidth * taps * n));
    for (int64_t frame = 0; frame < frames; ++frame, in += g.inSize(), out += g.outSize())
      for (int64_t y = 0; y < g.outHeight; ++y)
        for (int64_t group = 0; group < g.groups; ++group) {
          gather(g, in, group, y, columns.data());
          for (int64_t x = 0; x < g.outWidth; ++x)
            for (int64_t c = group * g.groupOut(); c < (group + 1) * g.groupOut(); ++c) {
              Int128 acc = bias_[static_cast<size_t>(c)];
              const int64_t *column = columns.data() + x * taps * n;
              for (int64_t t = 0; t < taps; ++t)
                for (int64_t i = 0; i < n; ++i) {
                  const Int128 product = Int128{*column++} * weights_.integer(c, t, i);
                  acc = num::castMantissa(acc + num::castMantissa(product, frac_, accum_), accum_.fracBits(),
                                          accum_);
                }
              out[(y * g.outWidth + x) * g.outChannels + c] =
                  static_cast<int64_t>(num::castMantissa(acc, accum_.fracBits(), to_));
            }
        }
  }

private:
  Geometry geometry_;
  ir::Weights weights_;
  num::FixedType accum_, to_;
  int frac_;
  std::vector<Int128> bias_;
};

/// Largest magnitude any partial sum of a row can reach, in units of the product.
double sumBound(const ir::Weights &weights, const num::FixedType &input) {
  const double most =
      std::max(static_cast<double>(num::maxMantissa(input)), -static_cast<double>(num::minMantissa(input)));
  double largest = 0;
  for (int64_t r = 0; r < weights.rows(); ++r) {
    double sum = 0;
    for (int64_t t = 0; t < weights.taps(); ++t)
      weights.visitTap(r, t, [&](const auto *at) {
        for (int64_t c = 0; c < weights.channels(); ++c)
          sum += std::abs(static_cast<double>(at[c]));
      });
    largest = std::max(largest, sum);
  }
  return largest * most;
}

} // namespace

void Linear::run(int64_t, const float *, float *) const {
  BRAID_CHECK(false, "a typed layer was run on reals");
}
void Linear::run(int64_t, const int64_t *, int64_t *) const {
  BRAID_CHECK(false, "a float layer was run on mantissas");
}

std::unique_ptr<Linear> makeLinear(const ir::Model &model, const ir::Layer &layer) {
  auto make = [&](const ir::Weights &weights, const ir::Weights &bias,
                  const ir::LinearTypes &types) -> std::unique_ptr<Linear> {
    if (weights.isFloat())
      return std::make_unique<RealLinear>(model, layer, bias);
    const num::FixedType &in = model.stream(layer.inputs[0]).type.fixed();
    if (types.accum.fixed().fracBits() < in.fracBits() + types.weight.fixed().fracBits())
      return std::make_unique<TermByTerm>(model, layer, weights, bias, types);
    const double bound = sumBound(weights, in);
    if (bound < std::ldexp(1.0, 24) && in.width <= 24)
      return std::make_unique<ExactLinear<float, float>>(model, layer, bias, types, bound);
    if (bound < std::ldexp(1.0, 53) && in.width <= 53)
      return std::make_unique<ExactLinear<double, double>>(model, layer, bias, types, bound);
    return std::make_unique<ExactLinear<int64_t, Int128>>(model, layer, bias, types, bound);
  };
  if (const auto *dense = std::get_if<ir::Dense>(&layer.op))
    return make(dense->weights, dense->bias, dense->types);
  const auto &conv = std::get<ir::Conv>(layer.op);
  return make(conv.weights, conv.bias, conv.types);
}

} // namespace braid::exec
