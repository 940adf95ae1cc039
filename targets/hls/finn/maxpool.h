// Pooling of streams, sums over images, and the labels of the largest scores.
#pragma once

#include "activations.hpp"
#include "streamtools.h"

namespace braid {
namespace finn {

/// The least number of an integer type.
template <class T> T leastOf() {
#pragma HLS INLINE
  T least = 0;
  if (IsSigned<T>::value)
    least[T::width - 1] = 1;
  return least;
}

/// The larger one of two words, lane by lane.
template <class T, unsigned lanes, class Word> Word largerLanes(const Word &a, const Word &b) {
#pragma HLS INLINE
  Word larger;
  for (unsigned i = 0; i < lanes; i++) {
#pragma HLS UNROLL
    const T x = a((i + 1) * T::width - 1, i * T::width), y = b((i + 1) * T::width - 1, i * T::width);
    larger((i + 1) * T::width - 1, i * T::width) = x > y ? x : y;
  }
  return larger;
}
template <class T, unsigned lanes, class Word> Word filledLanes(int value) {
#pragma HLS INLINE
  Word word;
  for (unsigned i = 0; i < lanes; i++) {
#pragma HLS UNROLL
    word((i + 1) * T::width - 1, i * T::width) = T(value);
  }
  return word;
}

struct JoinBits {
  template <class Word> static Word join(const Word &a, const Word &b) {
#pragma HLS INLINE
    return a | b;
  }
};
template <class T, unsigned lanes> struct JoinLanes {
  template <class Word> static Word join(const Word &a, const Word &b) {
#pragma HLS INLINE
    return largerLanes<T, lanes>(a, b);
  }
};

/// Windows that neither overlap nor leave a pixel out: the best so far of each window of a row is kept, and
/// the last pixel of a window gives it out. ImgDim * ImgDim cycles a frame.
template <unsigned ImgDim, unsigned PoolDim, class Join, class Word>
void poolImage(hls::stream<Word> &in, hls::stream<Word> &out, const Word &least) {
#pragma HLS INLINE
  static_assert(ImgDim % PoolDim == 0, "an image is a whole number of windows wide");
  Word best[ImgDim / PoolDim];
  unsigned window = 0, kx = 0, ky = 0;
  for (unsigned i = 0; i < ImgDim * ImgDim; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const Word pixel = in.read();
    const Word soFar = kx == 0 && ky == 0 ? least : best[window];
    const Word joined = Join::join(soFar, pixel);
    best[window] = joined;
    const bool endX = kx == PoolDim - 1, endRow = endX && window == ImgDim / PoolDim - 1;
    if (endX && ky == PoolDim - 1)
      out.write(joined);
    kx = endX ? 0 : kx + 1;
    if (endX)
      window = endRow ? 0 : window + 1;
    if (endRow)
      ky = ky == PoolDim - 1 ? 0 : ky + 1;
  }
}

} // namespace finn
} // namespace braid

/// Of bits; bipolar ones as well. A word is a pixel.
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels>
void StreamingMaxPool(hls::stream<ap_uint<NumChannels>> &in, hls::stream<ap_uint<NumChannels>> &out) {
  braid::finn::poolImage<ImgDim, PoolDim, braid::finn::JoinBits>(in, out, ap_uint<NumChannels>(0));
}
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels>
void StreamingMaxPool_Batch(hls::stream<ap_uint<NumChannels>> &in, hls::stream<ap_uint<NumChannels>> &out,
                            unsigned int numReps) {
  for (unsigned rep = 0; rep < numReps; rep++)
    StreamingMaxPool<ImgDim, PoolDim, NumChannels>(in, out);
}

/// Of numbers; nothing is less than min_value. A word is a pixel.
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels, typename ActType,
          int min_value, int StreamW>
void StreamingMaxPool_Precision(hls::stream<ap_uint<StreamW>> &in, hls::stream<ap_uint<StreamW>> &out) {
  static_assert(StreamW == NumChannels * ActType::width, "a word is a pixel");
  braid::finn::poolImage<ImgDim, PoolDim, braid::finn::JoinLanes<ActType, NumChannels>>(
      in, out, braid::finn::filledLanes<ActType, NumChannels, ap_uint<StreamW>>(min_value));
}
/// The same with words of any divisor or multiple of a pixel's width.
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels, typename ActType,
          int min_value, int InStreamW, int OutStreamW>
void StreamingMaxPool_Precision_Batch(hls::stream<ap_uint<InStreamW>> &in,
                                      hls::stream<ap_uint<OutStreamW>> &out, unsigned int numReps) {
#pragma HLS INLINE
  constexpr unsigned pixel = NumChannels * ActType::width;
  hls::stream<ap_uint<pixel>> pixels("pixels");
#pragma HLS STREAM variable = pixels depth = 2
  hls::stream<ap_uint<pixel>> pooled("pooled");
#pragma HLS STREAM variable = pooled depth = 2
  StreamingDataWidthConverter_Batch<InStreamW, pixel, ImgDim * ImgDim * pixel / InStreamW>(in, pixels,
                                                                                           numReps);
  for (unsigned rep = 0; rep < numReps; rep++)
    StreamingMaxPool_Precision<ImgDim, PoolDim, NumChannels, ActType, min_value>(pixels, pooled);
  StreamingDataWidthConverter_Batch<pixel, OutStreamW, ImgDim * ImgDim / (PoolDim * PoolDim)>(pooled, out,
                                                                                              numReps);
}

/// One dimension, NumChannels / PE words a pixel. The last window may have fewer pixels (ceil mode:
/// OutputSize * PoolDim > ImgDim); pixels behind the last window are read and dropped. max(ImgDim, OutputSize
/// * PoolDim) * NumChannels / PE cycles a frame.
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels, unsigned int PE,
          unsigned int OutputSize, typename ActType, int min_value>
void StreamingMaxPool_Precision_1d(hls::stream<ap_uint<PE * ActType::width>> &in,
                                   hls::stream<ap_uint<PE * ActType::width>> &out) {
  static_assert(NumChannels % PE == 0, "PE divides the channels");
  typedef ap_uint<PE * ActType::width> Word;
  constexpr unsigned NF = NumChannels / PE, shown = OutputSize * PoolDim;
  const Word least = braid::finn::filledLanes<ActType, PE, Word>(min_value);
  Word best[NF];
  unsigned k = 0; // pixel of the window
  for (unsigned x = 0; x < (shown > ImgDim ? shown : ImgDim); x++) {
    for (unsigned nf = 0; nf < NF; nf++) {
#pragma HLS PIPELINE II = 1 style = flp
      Word joined = k == 0 ? least : best[nf];
      if (x < ImgDim)
        joined = braid::finn::largerLanes<ActType, PE>(joined, in.read());
      best[nf] = joined;
      if (k == PoolDim - 1 && x < shown)
        out.write(joined);
      if (nf == NF - 1)
        k = k == PoolDim - 1 ? 0 : k + 1;
    }
  }
}
template <unsigned int ImgDim, unsigned int PoolDim, unsigned int NumChannels, unsigned int PE,
          unsigned int OutputSize, typename ActType, int min_value>
void StreamingMaxPool_Precision_Batch_1d(hls::stream<ap_uint<PE * ActType::width>> &in,
                                         hls::stream<ap_uint<PE * ActType::width>> &out,
                                         unsigned int numReps) {
  for (unsigned rep = 0; rep < numReps; rep++)
    StreamingMaxPool_Precision_1d<ImgDim, PoolDim, NumChannels, PE, OutputSize, ActType, min_value>(in, out);
}

/// Sums over ImgDim * ImgDim pixels of NumChannels / PECount words, in AccType. ImgDim * ImgDim * NumChannels
/// / PECount cycles a frame, and NumChannels / PECount to give the sums out.
template <unsigned int ImgDim, unsigned int NumChannels, typename ActType, unsigned int PECount,
          typename AccType>
void AccPool_Batch(hls::stream<ap_uint<PECount * ActType::width>> &in,
                   hls::stream<ap_uint<PECount * AccType::width>> &out, const unsigned int numReps) {
  static_assert(NumChannels % PECount == 0, "PE divides the channels");
  typedef ap_uint<PECount * AccType::width> Sums;
  Sums sums[NumChannels / PECount];
#pragma HLS BIND_STORAGE variable = sums type = RAM_2P impl = LUTRAM
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned pixel = 0; pixel < ImgDim * ImgDim + 1; pixel++) {
      for (unsigned fold = 0; fold < NumChannels / PECount; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
        const Sums before = pixel == 0 ? Sums(0) : sums[fold];
        if (pixel == ImgDim * ImgDim) {
          out.write(before);
        } else {
          const ap_uint<PECount *ActType::width> word = in.read();
          Sums after;
          for (unsigned pe = 0; pe < PECount; pe++) {
#pragma HLS UNROLL
            const ActType value = word((pe + 1) * ActType::width - 1, pe * ActType::width);
            const AccType sum = before((pe + 1) * AccType::width - 1, pe * AccType::width);
            after((pe + 1) * AccType::width - 1, pe * AccType::width) = AccType(sum + value);
          }
          sums[fold] = after;
        }
      }
    }
  }
}

/// The indices of the NumTop largest of NumClasses scores, the largest first; of equal ones the lowest index.
/// Scores come PECount at a time. NumClasses / PECount cycles a frame, and NumTop to give the indices out.
template <unsigned int NumClasses, unsigned int PECount, unsigned int NumTop, typename In_T, typename Out_T>
void LabelSelect_Batch(hls::stream<ap_uint<PECount * In_T::width>> &in, hls::stream<Out_T> &out,
                       const unsigned int numReps) {
  static_assert(NumClasses % PECount == 0 && NumTop <= NumClasses, "PE divides the scores");
  static_assert(clog2(NumClasses) <= Out_T::width - (braid::finn::IsSigned<Out_T>::value ? 1 : 0),
                "every index fits into the output's type");
  In_T score[NumTop]; // the best first
#pragma HLS ARRAY_PARTITION variable = score complete
  Out_T label[NumTop];
#pragma HLS ARRAY_PARTITION variable = label complete
  bool taken[NumTop];
#pragma HLS ARRAY_PARTITION variable = taken complete
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned i = 0; i < NumTop; i++) {
#pragma HLS UNROLL
      score[i] = 0;
      label[i] = 0;
      taken[i] = false;
    }
    for (unsigned block = 0; block < NumClasses / PECount; block++) {
#pragma HLS PIPELINE II = 1 style = flp
      const ap_uint<PECount *In_T::width> word = in.read();
      for (unsigned pe = 0; pe < PECount; pe++) {
#pragma HLS UNROLL
        const In_T value = word((pe + 1) * In_T::width - 1, pe * In_T::width);
        // It goes before all that are smaller: those move one place down. The last place first.
        for (unsigned i = NumTop; i-- > 0;) {
#pragma HLS UNROLL
          const bool here = !taken[i] || value > score[i];
          const bool above = i > 0 && (!taken[i - 1] || value > score[i - 1]);
          if (here) {
            score[i] = above ? score[i - 1] : value;
            label[i] = above ? label[i - 1] : Out_T(block * PECount + pe);
            taken[i] = above ? taken[i - 1] : true;
          }
        }
      }
    }
    for (unsigned i = 0; i < NumTop; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      out.write(label[i]);
    }
  }
}

/// Windows of TotalK words each, as the sliding windows named _dws give them: reps * Channels / PE of them.
/// `function`: see pool.hpp.
template <unsigned Channels, unsigned PE, unsigned TotalK, typename TSrcI = Identity,
          typename TDstI = Identity, typename TI, typename TO, typename TA>
void Pool_batch(hls::stream<TI> &in, hls::stream<TO> &out, const TA &function, const int reps) {
  static_assert(Channels % PE == 0, "PE divides the channels");
  decltype(function.init()) accu[PE];
#pragma HLS ARRAY_PARTITION variable = accu complete
  for (unsigned window = 0; window < static_cast<unsigned>(reps) * (Channels / PE); window++) {
    for (unsigned k = 0; k < TotalK; k++) {
#pragma HLS PIPELINE II = 1 style = flp
      const TI word = in.read();
      const auto lanes = TSrcI()(word, 0);
      auto result = TDstI().template operator()<TO>();
      for (unsigned pe = 0; pe < PE; pe++) {
#pragma HLS UNROLL
        accu[pe] = function.pool(lanes(pe, 0), k == 0 ? function.init() : accu[pe]);
        result(pe, 0, 1) = function.activate(accu[pe]);
      }
      if (k == TotalK - 1)
        out.write(result);
    }
  }
}
