#pragma once
// AXI4-Stream words: ap_axiu<D, U, TI, TD> and ap_axis (data, user, id and destination widths), hls::axis and
// qdma_axis. A side channel of width 0 does not exist in hardware; here it is one bit that nobody reads.
#include "ap_int.h"

namespace hls {

namespace detail {
template <class T, bool Ours> struct AxisBytes { static const int value = static_cast<int>(sizeof(T)); };
template <class T> struct AxisBytes<T, true> {
  static const int value = (ap_detail::Info<T>::width + 7) / 8;
};
} // namespace detail

template <class T, int U, int TI, int TD> struct axis {
  static const int bytes = detail::AxisBytes<T, ap_detail::Info<T>::ap>::value;

  T data;
  ap_uint<bytes> keep;
  ap_uint<bytes> strb;
  ap_uint<(U > 0 ? U : 1)> user;
  ap_uint<1> last;
  ap_uint<(TI > 0 ? TI : 1)> id;
  ap_uint<(TD > 0 ? TD : 1)> dest;

#define AP_AXIS_FIELD(name)                                                                                  \
  decltype(axis::name) get_##name() const { return name; }                                                   \
  void set_##name(const decltype(axis::name) &x) { name = x; }
  AP_AXIS_FIELD(data)
  AP_AXIS_FIELD(keep)
  AP_AXIS_FIELD(strb)
  AP_AXIS_FIELD(user)
  AP_AXIS_FIELD(last)
  AP_AXIS_FIELD(id)
  AP_AXIS_FIELD(dest)
#undef AP_AXIS_FIELD
  void keep_all() { keep = ~ap_uint<bytes>(0); }
};

} // namespace hls

template <int D, int U, int TI, int TD> using ap_axiu = hls::axis<ap_uint<D>, U, TI, TD>;
template <int D, int U, int TI, int TD> using ap_axis = hls::axis<ap_int<D>, U, TI, TD>;
template <int D, int U, int TI, int TD> using qdma_axis = hls::axis<ap_uint<D>, U, TI, TD>;
