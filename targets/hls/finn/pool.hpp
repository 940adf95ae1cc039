// What Pool_batch does with the elements of a window, of `size` elements: init, pool(element, so far),
// activate.
#pragma once

#include "activations.hpp"
#include "maxpool.h"

/// The largest element.
template <typename T, unsigned size> class MaxPoolFunction {
public:
  T init() const {
#pragma HLS INLINE
    return braid::finn::leastOf<T>();
  }
  T pool(const T &input, const T &accu) const {
#pragma HLS INLINE
    return comp::max<T, T, T>()(input, accu);
  }
  T activate(const T &accu) const {
#pragma HLS INLINE
    return accu;
  }
};

/// The sum in TA.
template <typename TA, unsigned size> class AccPoolFunction {
public:
  TA init() const {
#pragma HLS INLINE
    return TA(0);
  }
  TA pool(const TA &input, const TA &accu) const {
#pragma HLS INLINE
    return comp::add<TA, TA, TA>()(input, accu);
  }
  TA activate(const TA &accu) const {
#pragma HLS INLINE
    return accu;
  }
};

/// The sum in TA, divided by size. A signed TA is for sums that are not negative: ap_int divides by an
/// unsigned number as if it were one.
template <typename TA, typename TO, unsigned size> class AvgPoolFunction {
public:
  TA init() const {
#pragma HLS INLINE
    return TA(0);
  }
  TA pool(const TA &input, const TA &accu) const {
#pragma HLS INLINE
    return comp::add<TA, TA, TA>()(input, accu);
  }
  TO activate(const TA &accu) const {
#pragma HLS INLINE
    return accu / size;
  }
};

/// The sum in TA, shifted right by `size` bits, rounded down.
template <typename TA, typename TO, unsigned size> class QuantAvgPoolFunction {
public:
  TA init() const {
#pragma HLS INLINE
    return TA(0);
  }
  TA pool(const TA &input, const TA &accu) const {
#pragma HLS INLINE
    return TA(input + accu);
  }
  TO activate(const TA &accu) const {
#pragma HLS INLINE
    return TO(accu >> size);
  }
};
