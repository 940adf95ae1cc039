#include "tables.h"

#include "braid/num/elementary.h"
#include "braid/num/fixed.h"
#include "braid/num/typed_functions.h"
#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <cmath>

namespace braid::pass {
namespace {

using ir::ActivationKind;

/// Smallest shift for which the positions 0, 2^shift, ... up to `span` number at most `most`.
int shiftFor(Int128 span, int64_t most) {
  int shift = 0;
  while ((span >> shift) + 1 > most)
    ++shift;
  return shift;
}

/// ln 2 times `bits`, in units of 2^-frac, rounded up; 45427/65536 > ln 2.
Int128 nepers(int bits, int frac) {
  const Int128 units = Int128{bits} * 45427;
  const int up = frac - 16;
  return up >= 0 ? units << std::min(up, 60) : (units >> std::min(-up, 60)) + 1;
}

int64_t entry(const ir::Activation &op, int64_t x, int frac, const num::FixedType &out) {
  auto rounded = [&](num::Function function, double scale) {
    const int64_t m = num::roundedFunction(function, x, frac, out.fracBits(), scale);
    num::FixedType to = out;
    to.overflow = num::Overflow::Sat; // a table states values, it never wraps
    return static_cast<int64_t>(num::castMantissa(m, out.fracBits(), to));
  };
  switch (op.kind) {
  case ActivationKind::Sigmoid:
    return rounded(num::Function::Sigmoid, 1);
  case ActivationKind::Tanh:
    return rounded(num::Function::Tanh, 1);
  case ActivationKind::Elu:
    return rounded(num::Function::ScaledExpm1, op.alpha);
  case ActivationKind::Selu:
    return rounded(num::Function::ScaledExpm1, op.alpha * op.beta);
  case ActivationKind::Relu:
  case ActivationKind::LeakyRelu:
  case ActivationKind::PRelu:
  case ActivationKind::Clip:
  case ActivationKind::HardSigmoid:
    break;
  }
  BRAID_CHECK(false, "this activation has no table");
}

} // namespace

ir::Table makeTable(const ir::Activation &op, const num::FixedType &in, const num::FixedType &out,
                    int64_t most) {
  const bool bothSides = op.kind == ActivationKind::Sigmoid || op.kind == ActivationKind::Tanh;
  const bool negativeSide = op.kind == ActivationKind::Elu || op.kind == ActivationKind::Selu;
  if (!bothSides && !negativeSide)
    return {};
  // Beyond this the function is within half a last place of its limit: exp(-reach) < 2^-(fracBits + 1), with
  // two bits more for scales up to 4; tanh gets there twice as fast.
  const int bits = std::max(out.fracBits(), 0) + 2 + (negativeSide ? 2 : 0);
  Int128 reach = nepers(bits, in.fracBits());
  if (op.kind == ActivationKind::Tanh)
    reach = reach / 2 + 1;
  const Int128 lowest = std::max(-reach, num::minMantissa(in));
  const Int128 highest = bothSides ? std::min(reach, num::maxMantissa(in)) : Int128{0};
  ir::Table table;
  // The positions are multiples of the step, so that zero is one of them.
  table.shift = shiftFor(highest - lowest, most - 1);
  const Int128 step = Int128{1} << table.shift;
  table.lo = static_cast<int64_t>(-((-lowest + step - 1) / step) * step);
  auto values = std::make_shared<std::vector<int64_t>>();
  for (Int128 x = table.lo; x <= highest + step / 2 && static_cast<int64_t>(values->size()) < most; x += step)
    values->push_back(entry(op, static_cast<int64_t>(x), in.fracBits(), out));
  table.values = std::move(values);
  return table;
}

void makeSoftmaxTables(ir::Softmax &op, const num::FixedType &in, int64_t most) {
  const int frac = in.fracBits();
  // exp(-d) < 2^-18 rounds to zero; the last entry serves everything beyond.
  const Int128 span =
      std::min(nepers(num::kSoftmaxFrac + 2, frac), num::maxMantissa(in) - num::minMantissa(in));
  op.expShift = shiftFor(span, most);
  auto exps = std::make_shared<std::vector<int64_t>>();
  for (Int128 d = 0; d <= span + (Int128{1} << op.expShift) / 2 && static_cast<int64_t>(exps->size()) < most;
       d += Int128{1} << op.expShift)
    exps->push_back(
        num::roundedFunction(num::Function::ExpOfMinus, static_cast<int64_t>(d), frac, num::kSoftmaxFrac));
  op.expTable = std::move(exps);

  // Entry i: one over the middle of [1 + i/n, 1 + (i+1)/n), which is 2n / (2n + 2i + 1); the number is never
  // a tie.
  const int64_t n = int64_t{1} << (63 - std::countl_zero(static_cast<uint64_t>(most)));
  auto inverses = std::make_shared<std::vector<int64_t>>();
  for (int64_t i = 0; i < n; ++i) {
    const int64_t denominator = 2 * n + 2 * i + 1;
    const int64_t twice = ((2 * n) << (num::kSoftmaxFrac + 1)) / denominator; // one bit more, floored
    inverses->push_back((twice + 1) / 2);
  }
  op.invTable = std::move(inverses);
}

} // namespace braid::pass
