// Fixed-point casts: the one home of rounding and overflow.
#pragma once

#include "braid/num/data_type.h"
#include "braid/support/math.h"

namespace braid::num {

/// Smallest and largest mantissa of a type (width at most 120).
Int128 minMantissa(const FixedType &type);
Int128 maxMantissa(const FixedType &type);

/// The mantissa of cast_to(mantissa * 2^-fracBits): rounding first, then overflow.
Int128 castMantissa(Int128 mantissa, int fracBits, const FixedType &to);

/// The mantissa of cast_to(value); NaN becomes 0, infinities saturate.
/// Exact: the double is taken as the rational number it is.
int64_t quantise(double value, const FixedType &to);

/// mantissa * 2^-fracBits as the nearest double.
double toDouble(Int128 mantissa, int fracBits);

/// Exact decimal text of mantissa * 2^-fracBits, e.g. `-0.4375`; ends without trailing zeros.
std::string exactDecimal(int64_t mantissa, int fracBits);

/// Full-precision result types, as AP types grow (AMD UG1399, "ap_fixed binary arithmetic").
FixedType productType(const FixedType &a, const FixedType &b);
FixedType sumType(const FixedType &a, const FixedType &b);

/// The narrowest type with `fracBits` that holds every mantissa from lo to hi; signed if lo < 0.
FixedType narrowestFor(Int128 lo, Int128 hi, int fracBits);

/// Whether every mantissa of `from` is a value of `to` (no rounding, no overflow).
bool holdsAll(const FixedType &to, const FixedType &from);

} // namespace braid::num
