// Elementary functions, correctly rounded: the contents of lookup tables are the same on every machine.
#pragma once

#include "braid/num/data_type.h"

#include <cstdint>

namespace braid::num {

enum class Function : uint8_t {
  ExpOfMinus, ///< exp(-x), x >= 0
  Sigmoid,    ///< 1 / (1 + exp(-x))
  Tanh,
  ScaledExpm1 ///< scale * (exp(x) - 1), x <= 0
};

/// The mantissa with `fracBits` nearest to f(mantissa * 2^-argumentFrac), ties to even, before any overflow.
/// The argument's magnitude must be below 2^40. No floating-point function takes part: fixed point with 118
/// fraction bits, and a check that its error cannot have changed the rounding.
int64_t roundedFunction(Function function, int64_t mantissa, int argumentFrac, int fracBits,
                        double scale = 1.0);

} // namespace braid::num
