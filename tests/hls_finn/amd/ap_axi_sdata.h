#pragma once
// The stream word that the headers under test name, for AMD's open ap types, which have none.
#include <ap_int.h>

template <int D, int U, int TI, int TD> struct qdma_axis {
  ap_uint<D> data;
  ap_uint<(D + 7) / 8> keep;
  ap_uint<1> last;

  ap_uint<D> get_data() const { return data; }
  void set_data(const ap_uint<D> &x) { data = x; }
  ap_uint<1> get_last() const { return last; }
  void set_last(const ap_uint<1> &x) { last = x; }
  void set_keep(const ap_uint<(D + 7) / 8> &x) { keep = x; }
};
