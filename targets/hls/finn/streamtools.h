// Units that move words: padding, width conversion, copies, sums of two streams, QDMA's stream words.
#pragma once

#include "utils.hpp"

#include <ap_axi_sdata.h>
#include <hls_stream.h>

// Zeros around an image of NumChannels / SIMD words a pixel, pixel by pixel, row by row. `OutputDim` counts
// the padding in. A frame takes one cycle for each word of the output.

template <unsigned OutputDim_x, unsigned OutputDim_y, unsigned PaddingLeft, unsigned PaddingRight,
          unsigned PaddingTop, unsigned PaddingBottom, unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding_nonsquare_Batch(hls::stream<ap_uint<SIMD * In_t::width>> &in,
                               hls::stream<ap_uint<SIMD * In_t::width>> &out, const unsigned numReps) {
  static_assert(NumChannels % SIMD == 0, "SIMD divides the channels");
  static_assert(PaddingLeft + PaddingRight <= OutputDim_x && PaddingTop + PaddingBottom <= OutputDim_y,
                "the padding is part of the output");
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned y = 0; y < OutputDim_y; y++) {
      for (unsigned x = 0; x < OutputDim_x; x++) {
        for (unsigned fold = 0; fold < NumChannels / SIMD; fold++) {
#pragma HLS PIPELINE II = 1 style = flp
          const bool inside = y + 1 > PaddingTop && y < OutputDim_y - PaddingBottom && x + 1 > PaddingLeft &&
                              x < OutputDim_x - PaddingRight;
          ap_uint<SIMD *In_t::width> word = 0;
          if (inside)
            word = in.read();
          out.write(word);
        }
      }
    }
  }
}

template <unsigned OutputDim_x, unsigned OutputDim_y, unsigned PaddingLeft, unsigned PaddingRight,
          unsigned PaddingTop, unsigned PaddingBottom, unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding_nonsquare(hls::stream<ap_uint<SIMD * In_t::width>> &in,
                         hls::stream<ap_uint<SIMD * In_t::width>> &out) {
  FMPadding_nonsquare_Batch<OutputDim_x, OutputDim_y, PaddingLeft, PaddingRight, PaddingTop, PaddingBottom,
                            NumChannels, SIMD, In_t>(in, out, 1);
}

template <unsigned ImgDim, unsigned OutputDim, unsigned PaddingBefore, unsigned PaddingBehind,
          unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding_Batch(hls::stream<ap_uint<SIMD * In_t::width>> &in,
                     hls::stream<ap_uint<SIMD * In_t::width>> &out, const unsigned numReps) {
  static_assert(OutputDim == ImgDim + PaddingBefore + PaddingBehind, "OutputDim counts the padding in");
  FMPadding_nonsquare_Batch<OutputDim, OutputDim, PaddingBefore, PaddingBehind, PaddingBefore, PaddingBehind,
                            NumChannels, SIMD, In_t>(in, out, numReps);
}

template <unsigned ImgDim, unsigned OutputDim, unsigned PaddingBefore, unsigned PaddingBehind,
          unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding(hls::stream<ap_uint<SIMD * In_t::width>> &in, hls::stream<ap_uint<SIMD * In_t::width>> &out) {
  FMPadding_Batch<ImgDim, OutputDim, PaddingBefore, PaddingBehind, NumChannels, SIMD, In_t>(in, out, 1);
}

/// Zeros between pixels: the output's pixels at multiples of Stride_y and Stride_x are the input's.
template <unsigned OutputDim_x, unsigned OutputDim_y, unsigned Stride_x, unsigned Stride_y,
          unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding_Pixel_Nonsquare(hls::stream<ap_uint<SIMD * In_t::width>> &src,
                               hls::stream<ap_uint<SIMD * In_t::width>> &dst) {
  static_assert(NumChannels % SIMD == 0, "SIMD divides the channels");
  constexpr unsigned folds = NumChannels / SIMD;
  unsigned x = 0, fold = 0, skipY = 0, skipX = 0; // rows and pixels until one is copied
  for (unsigned i = 0; i < OutputDim_y * OutputDim_x * folds; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    ap_uint<SIMD *In_t::width> word = 0;
    if (skipY == 0 && skipX == 0)
      word = src.read();
    dst.write(word);
    const bool endPixel = fold == folds - 1, endRow = endPixel && x == OutputDim_x - 1;
    fold = endPixel ? 0 : fold + 1;
    if (endPixel) {
      x = endRow ? 0 : x + 1;
      skipX = endRow || skipX == Stride_x - 1 ? 0 : skipX + 1;
    }
    if (endRow)
      skipY = skipY == Stride_y - 1 ? 0 : skipY + 1;
  }
}

template <unsigned OutputDim, unsigned Stride, unsigned NumChannels, unsigned SIMD, typename In_t>
void FMPadding_Pixel(hls::stream<ap_uint<SIMD * In_t::width>> &src,
                     hls::stream<ap_uint<SIMD * In_t::width>> &dst) {
  FMPadding_Pixel_Nonsquare<OutputDim, OutputDim, Stride, Stride, NumChannels, SIMD, In_t>(src, dst);
}

namespace braid {
namespace finn {

/// Words to fewer or more bits; one width is a multiple of the other. The low bits come first.
template <unsigned InWidth, unsigned OutWidth, bool split> struct WidthConverter {
  static void run(hls::stream<ap_uint<InWidth>> &in, hls::stream<ap_uint<OutWidth>> &out, unsigned inWords) {
#pragma HLS INLINE
    ap_uint<InWidth> rest = 0;
    unsigned part = 0;
    for (unsigned i = 0; i < inWords * (InWidth / OutWidth); i++) {
#pragma HLS PIPELINE II = 1 style = flp
      if (part == 0)
        rest = in.read();
      out.write(ap_uint<OutWidth>(rest(OutWidth - 1, 0)));
      rest = rest >> OutWidth;
      part = part + 1 == InWidth / OutWidth ? 0 : part + 1;
    }
  }
};
template <unsigned InWidth, unsigned OutWidth> struct WidthConverter<InWidth, OutWidth, false> {
  static void run(hls::stream<ap_uint<InWidth>> &in, hls::stream<ap_uint<OutWidth>> &out, unsigned inWords) {
#pragma HLS INLINE
    ap_uint<OutWidth> word = 0;
    unsigned part = 0;
    for (unsigned i = 0; i < inWords; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      word = word >> InWidth;
      word(OutWidth - 1, OutWidth - InWidth) = in.read();
      const bool full = part + 1 == OutWidth / InWidth;
      if (full)
        out.write(word);
      part = full ? 0 : part + 1;
    }
  }
};
template <unsigned Width> struct WidthConverter<Width, Width, false> {
  static void run(hls::stream<ap_uint<Width>> &in, hls::stream<ap_uint<Width>> &out, unsigned inWords) {
#pragma HLS INLINE
    for (unsigned i = 0; i < inWords; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      out.write(in.read());
    }
  }
};

} // namespace finn
} // namespace braid

/// numReps * NumInWords words. One width is a multiple of the other: any other ratio goes through two
/// converters and a stream of the least common multiple.
template <unsigned int InWidth, unsigned int OutWidth, unsigned int NumInWords>
void StreamingDataWidthConverter_Batch(hls::stream<ap_uint<InWidth>> &in, hls::stream<ap_uint<OutWidth>> &out,
                                       const unsigned int numReps) {
  static_assert(InWidth % OutWidth == 0 || OutWidth % InWidth == 0, "one width is a multiple of the other");
  static_assert(NumInWords * InWidth % OutWidth == 0, "a frame is a whole number of words");
  braid::finn::WidthConverter<InWidth, OutWidth, (InWidth > OutWidth)>::run(in, out, NumInWords * numReps);
}

/// The first NumAllowed of NumTotal words; the others are read and dropped.
template <unsigned int DataWidth, unsigned int NumAllowed, unsigned int NumTotal>
void StreamLimiter_Batch(hls::stream<ap_uint<DataWidth>> &in, hls::stream<ap_uint<DataWidth>> &out,
                         unsigned int numReps) {
  static_assert(NumAllowed <= NumTotal, "no more words are let through than come");
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned i = 0; i < NumTotal; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      const ap_uint<DataWidth> word = in.read();
      if (i < NumAllowed)
        out.write(word);
    }
  }
}
template <unsigned int DataWidth, unsigned int NumAllowed, unsigned int NumTotal>
void StreamLimiter(hls::stream<ap_uint<DataWidth>> &in, hls::stream<ap_uint<DataWidth>> &out) {
  StreamLimiter_Batch<DataWidth, NumAllowed, NumTotal>(in, out, 1);
}

/// numReps words, each as OutT.
template <typename InT, typename OutT>
void StreamingCast(hls::stream<InT> &in, hls::stream<OutT> &out, unsigned int numReps) {
  for (unsigned i = 0; i < numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out.write(static_cast<OutT>(in.read()));
  }
}

/// numReps * NumTotal words, each to both.
template <unsigned int DataWidth, unsigned int NumTotal>
void DuplicateStreams_Batch(hls::stream<ap_uint<DataWidth>> &in, hls::stream<ap_uint<DataWidth>> &out1,
                            hls::stream<ap_uint<DataWidth>> &out2, const unsigned int numReps) {
  for (unsigned i = 0; i < NumTotal * numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const ap_uint<DataWidth> word = in.read();
    out1.write(word);
    out2.write(word);
  }
}
template <unsigned int DataWidth, unsigned int NumTotal>
void DuplicateStreams(hls::stream<ap_uint<DataWidth>> &in, hls::stream<ap_uint<DataWidth>> &out1,
                      hls::stream<ap_uint<DataWidth>> &out2) {
  DuplicateStreams_Batch<DataWidth, NumTotal>(in, out1, out2, 1);
}

/// out = in1 + in2 + offset, lane by lane, of numReps * NumTotal words of NumChannels lanes.
template <unsigned int NumChannels, typename In1_t, typename In2_t, typename Out_t, unsigned int NumTotal,
          int offset = 0>
void AddStreams_Batch(hls::stream<ap_uint<NumChannels * In1_t::width>> &in1,
                      hls::stream<ap_uint<NumChannels * In2_t::width>> &in2,
                      hls::stream<ap_uint<NumChannels * Out_t::width>> &out, const unsigned int numReps) {
  for (unsigned i = 0; i < NumTotal * numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    const ap_uint<NumChannels *In1_t::width> word1 = in1.read();
    const ap_uint<NumChannels *In2_t::width> word2 = in2.read();
    ap_uint<NumChannels * Out_t::width> word;
    for (unsigned lane = 0; lane < NumChannels; lane++) {
#pragma HLS UNROLL
      const In1_t a = word1((lane + 1) * In1_t::width - 1, lane * In1_t::width);
      const In2_t b = word2((lane + 1) * In2_t::width - 1, lane * In2_t::width);
      const Out_t sum = a + b + offset;
      word((lane + 1) * Out_t::width - 1, lane * Out_t::width) = sum;
    }
    out.write(word);
  }
}
template <unsigned int NumChannels, typename In1_t, typename In2_t, typename Out_t, unsigned int NumTotal,
          int offset = 0>
void AddStreams(hls::stream<ap_uint<NumChannels * In1_t::width>> &in1,
                hls::stream<ap_uint<NumChannels * In2_t::width>> &in2,
                hls::stream<ap_uint<NumChannels * Out_t::width>> &out) {
  AddStreams_Batch<NumChannels, In1_t, In2_t, Out_t, NumTotal, offset>(in1, in2, out, 1);
}

/// From and to a QDMA's stream: numReps frames of NumTotal words, the last of each marked.
template <unsigned int DataWidth, unsigned int NumTotal>
void Qdma2Stream_Batch(hls::stream<qdma_axis<DataWidth, 0, 0, 0>> &in, hls::stream<ap_uint<DataWidth>> &out,
                       const unsigned int numReps) {
  for (unsigned i = 0; i < NumTotal * numReps; i++) {
#pragma HLS PIPELINE II = 1 style = flp
    out.write(in.read().get_data());
  }
}
template <unsigned int DataWidth, unsigned int NumTotal>
void Stream2Qdma_Batch(hls::stream<ap_uint<DataWidth>> &in, hls::stream<qdma_axis<DataWidth, 0, 0, 0>> &out,
                       const unsigned int numReps) {
  for (unsigned rep = 0; rep < numReps; rep++) {
    for (unsigned i = 0; i < NumTotal; i++) {
#pragma HLS PIPELINE II = 1 style = flp
      qdma_axis<DataWidth, 0, 0, 0> word;
      word.set_data(in.read());
      word.set_keep(-1);
      word.set_last(i == NumTotal - 1);
      out.write(word);
    }
  }
}
