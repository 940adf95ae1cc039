// What comes after a sum: nothing, a threshold, several thresholds, or an operation with a parameter per
// channel; and the same as units of their own. Channel c is row nf = c / PE of unit pe = c % PE.
#pragma once

#include "interpret.hpp"

#include <hls_stream.h>

/// Comparisons and operations, named as template arguments.
namespace comp {

template <class A, class B> struct greater {
  ap_uint<1> operator()(const A &a, const B &b) const { return a > b; }
};
template <class A, class B> struct less {
  ap_uint<1> operator()(const A &a, const B &b) const { return a < b; }
};
template <class A, class B> struct greater_equal {
  ap_uint<1> operator()(const A &a, const B &b) const { return a >= b; }
};
template <class A, class B> struct less_equal {
  ap_uint<1> operator()(const A &a, const B &b) const { return a <= b; }
};
template <class A, class B, class Result> struct add {
  Result operator()(const A &a, const B &b) const { return a + b; }
};
template <class A, class B, class Result> struct mul {
  Result operator()(const A &a, const B &b) const { return a * b; }
};
template <class A, class B, class Result> struct max {
  Result operator()(const A &a, const B &b) const { return a > b ? Result(a) : Result(b); }
};

} // namespace comp

/// The sum itself; sums begin with 0.
template <class T> class PassThroughActivation {
public:
  T init(unsigned, unsigned) const {
#pragma HLS INLINE
    return T(0);
  }
  T activate(unsigned, unsigned, const T &accu) const {
#pragma HLS INLINE
    return accu;
  }
};

/// Compare(threshold, sum), one threshold for all channels.
template <class TA, class Compare = comp::less<TA, TA>> class ThresholdActivation {
  const TA threshold_;

public:
  ThresholdActivation(const TA &threshold)
      : threshold_(threshold){
#pragma HLS INLINE
        } TA init(unsigned, unsigned) const {
#pragma HLS INLINE
    return TA(0);
  }
  bool activate(unsigned, unsigned, const TA &accu) const {
#pragma HLS INLINE
    return Compare()(threshold_, accu) != 0;
  }
};

/// ActVal + how many thresholds of the channel hold Compare(threshold, sum), in any order, modulo
/// 2^TR::width. FINN writes comp::less_equal: a sum that equals a threshold has passed it.
template <unsigned NF, unsigned PE, unsigned NumTH, typename TA, typename TR, int ActVal = 0,
          typename Compare = comp::less<TA, TA>>
class ThresholdsActivation {
public:
  TA m_thresholds[PE][NF][NumTH];

  TA init(unsigned, unsigned) const {
#pragma HLS INLINE
    return TA(0);
  }
  TR activate(unsigned nf, unsigned pe, const TA &accu) const {
#pragma HLS INLINE
    ap_uint<clog2(NumTH + 1)> passed = 0;
    for (unsigned i = 0; i < NumTH; i++) {
#pragma HLS UNROLL
      passed += Compare()(m_thresholds[pe][nf][i], accu);
    }
    return TR(ActVal + passed);
  }
};

/// Fxn(parameter of the channel, input).
template <unsigned NF, unsigned PE, typename TI, typename TP, typename TR,
          typename Fxn = comp::mul<TI, TP, TR>>
class ChannelWiseOperation {
public:
  TP parameters[PE][NF];

  TI init(unsigned, unsigned) const {
#pragma HLS INLINE
    return TI(0);
  }
  TR activate(unsigned nf, unsigned pe, const TI &in) const {
#pragma HLS INLINE
    return Fxn()(parameters[pe][nf], in);
  }
};

/// activation of every element: reps * ImgDim pixels of NumChannels channels, PE of them per word.
template <unsigned ImgDim, unsigned NumChannels, unsigned PE, typename TSrcI = Identity,
          typename TDstI = Identity, typename TI, typename TO, typename TA>
void Thresholding_Batch(hls::stream<TI> &in, hls::stream<TO> &out, const TA &activation, const int reps) {
  static_assert(NumChannels % PE == 0, "PE divides the channels");
  constexpr unsigned NF = NumChannels / PE;
  for (unsigned pixel = 0; pixel < static_cast<unsigned>(reps) * ImgDim; pixel++) {
    for (unsigned nf = 0; nf < NF; nf++) {
#pragma HLS PIPELINE II = 1 style = flp
      const TI word = in.read();
      const auto lanes = TSrcI()(word);
      auto result = TDstI().template operator()<TO>();
      for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
        result(pe, 0, 1) = activation.activate(nf, pe, lanes(pe, 0));
      }
      out.write(result);
    }
  }
}

/// The same with thresholds that come as a stream, a word for every word of `in`: those of unit 0 in the low
/// bits, of each unit the first one in the low bits. A threshold is passed where it is <= the input.
template <unsigned ImgDim, unsigned NumChannels, unsigned PE, typename TSrcI = Identity,
          typename TDstI = Identity, int ActVal = 0, typename TT, unsigned int NumSteps, typename TI,
          typename TO>
void Thresholding_Stream_Batch(hls::stream<TI> &in, hls::stream<TO> &out,
                               hls::stream<ap_uint<PE * NumSteps * TT::width>> &weight, const int reps) {
  static_assert(NumChannels % PE == 0, "PE divides the channels");
  constexpr unsigned NF = NumChannels / PE;
  for (unsigned i = 0; i < static_cast<unsigned>(reps) * ImgDim * NF; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const ap_uint<PE *NumSteps *TT::width> steps = weight.read();
    const TI word = in.read();
    const auto thresholds = Slice<TT>()(steps);
    const auto lanes = TSrcI()(word);
    auto result = TDstI().template operator()<TO>();
    for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
      const TT value = lanes(pe, 0);
      ap_uint<clog2(NumSteps + 1)> passed = 0;
      for (unsigned step = 0; step < NumSteps; step++) {
#pragma HLS UNROLL
        passed += comp::less_equal<TT, TT>()(thresholds(pe * NumSteps + step, 0), value);
      }
      result(pe, 0, 1) = TO(ActVal + passed);
    }
    out.write(result);
  }
}
