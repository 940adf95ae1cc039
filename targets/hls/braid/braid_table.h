// Functions by table: the places of the input choose an entry, the entry is the result.
#pragma once

#include "braid_elements.h"
#include "braid_fixed.h"

namespace braid {
namespace detail {

/// Where x stands in a table: clamp((mantissa(x) - table_low + half) >> table_shift, 0, table_size - 1), with
/// half an entry's width added so that an entry stands in the middle of the inputs that it answers for.
template <class CONFIG_T, class data_T> unsigned tableIndex(const data_T &x) {
#pragma HLS INLINE
  constexpr int bits = maxOf(mantissaBits<data_T>(), signedBits(CONFIG_T::table_low)) + 2;
  constexpr int shift = CONFIG_T::table_shift;
  constexpr long long low = CONFIG_T::table_low, last = CONFIG_T::table_size - 1;
  const Integer<bits> half = shift == 0 ? 0 : 1ll << maxOf(shift - 1, 0);
  const Integer<bits> distance = static_cast<Integer<bits>>(mantissa(x)) - low + half;
  const Integer<bits> index = distance >> shift;
  if (index < 0)
    return 0;
  if (index > last)
    return static_cast<unsigned>(last);
  return static_cast<unsigned>(index);
}

template <class res_T, class CONFIG_T, class data_T, class entry_T>
res_T lookUp(const data_T &x, const entry_T *entries) {
#pragma HLS INLINE
  return fromMantissa<res_T>(entryMantissa(entries[tableIndex<CONFIG_T>(x)]));
}

struct TableOp {
  template <class res_T, class CONFIG_T, class data_T, class entry_T>
  static res_T of(const data_T &x, const entry_T *entries) {
#pragma HLS INLINE
    return lookUp<res_T, CONFIG_T>(x, entries);
  }
};

} // namespace detail

/// Any function of one variable. The entries are mantissas of the result type, as integers
/// (braid::Rom, braid::SignedRom) or as numbers with these mantissas. CONFIG_T: n_in, table_size, table_low
/// (mantissa of the input type), table_shift, reuse_factor.
template <class data_T, class res_T, class CONFIG_T, class entry_T>
void table(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
           const entry_T entries[CONFIG_T::table_size]) {
#pragma HLS PIPELINE II = CONFIG_T::reuse_factor
  detail::mapArray<detail::TableOp, CONFIG_T>(data, res, entries);
}

template <class data_T, class res_T, class CONFIG_T, class entry_T>
void table(hls::stream<data_T> &data, hls::stream<res_T> &res, const entry_T entries[CONFIG_T::table_size]) {
  detail::mapBeats<detail::TableOp, CONFIG_T>(data, res, entries);
}

} // namespace braid
