#include "unit_steps.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>
#include <cmath>

namespace braid::plan {

namespace {

using kernel::Kernel;
using kernel::KernelKind;

int64_t spanOf(const ir::Window &window, int axis) {
  return (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

/// All words of a port one after the other, evenly over `steps`.
Moves evenly(const kernel::KernelPort &port, int64_t steps) {
  Moves out;
  out.add(port.beatsPerFrame, 0, steps);
  return out;
}

/// Words that each end a block of `block` steps.
Moves atEnds(const kernel::KernelPort &port, int64_t block) {
  Moves out;
  out.add(port.beatsPerFrame, block - 1, block - 1 + port.beatsPerFrame * block);
  return out;
}

class Steps {
public:
  explicit Steps(const Unit &unit) : kernel_(unit.kernel), turns_(unit.turns) {}

  UnitSteps run() {
    switch (kernel_.kind) {
    case KernelKind::MatrixVector:
      matrixVector();
      break;
    case KernelKind::VectorVector:
      reduces(kernel_.taps / kernel_.simd);
      break;
    case KernelKind::WindowPool:
      reduces(kernel_.taps);
      break;
    case KernelKind::Window:
      if (kernel_.pe != kernel_.simd)
        windowTaps();
      else if (kernel_.taps == 1 && (isSquare() || isRow()))
        keepEvery();
      else
        window();
      break;
    case KernelKind::ZeroPad:
      pad();
      break;
    case KernelKind::Pool:
      pool();
      break;
    case KernelKind::GlobalPool:
      globalPool();
      break;
    case KernelKind::ArgMax:
      argMax();
      break;
    case KernelKind::Concat:
      concat();
      break;
    case KernelKind::Upsample:
      upsample();
      break;
    case KernelKind::Crop:
      crop();
      break;
    case KernelKind::Transpose:
      transpose();
      break;
    case KernelKind::Convert:
      convert();
      break;
    default: // word by word
      out_.steps = kernel_.inputs[0].beatsPerFrame;
      for (const kernel::KernelPort &port : kernel_.inputs)
        out_.inputs.push_back(evenly(port, out_.steps));
      for (const kernel::KernelPort &port : kernel_.outputs)
        out_.outputs.push_back(evenly(port, out_.steps));
      break;
    }
    return std::move(out_);
  }

private:
  const kernel::KernelPort &in() const { return kernel_.inputs[0]; }
  const kernel::KernelPort &out() const { return kernel_.outputs[0]; }
  int64_t folds() const { return kernel_.inputChannels / kernel_.simd; }
  bool isRow() const { return kernel_.inputSize[0] == 1 && kernel_.slide.kernel[0] == 1; }
  bool isSquare() const {
    const ir::Window &w = kernel_.slide;
    return kernel_.inputSize[0] == kernel_.inputSize[1] && kernel_.outputSize[0] == kernel_.outputSize[1] &&
           w.kernel[0] == w.kernel[1] && w.stride[0] == w.stride[1];
  }
  void set(int64_t steps, Moves reads, Moves writes) {
    out_.steps = steps;
    out_.inputs.push_back(std::move(reads));
    out_.outputs.push_back(std::move(writes));
  }

  /// A vector is read for the first row of weights, and kept for the others.
  void matrixVector() {
    constexpr int64_t kMostVectors = 1 << 14; // more are taken for an even flow
    const int64_t words = kernel_.mw / kernel_.simd, rows = kernel_.mh / kernel_.pe;
    Moves reads;
    if (rows == 1) {
      reads = evenly(in(), in().beatsPerFrame);
    } else if (kernel_.positions <= kMostVectors) {
      for (int64_t p = 0; p < kernel_.positions; ++p)
        reads.add(words, p * rows * words, p * rows * words + words);
    } else {
      reads = evenly(in(), kernel_.positions * rows * words);
      reads.early = (words - 1) * (rows - 1);
    }
    set(kernel_.positions * rows * words, std::move(reads), atEnds(out(), words));
  }

  void reduces(int64_t words) {
    set(in().beatsPerFrame, evenly(in(), in().beatsPerFrame), atEnds(out(), words));
  }

  /// braid_window.hpp: Windows. A row of pixels is one pixel wide and as many rows high.
  void window() {
    const ir::Window &w = kernel_.slide;
    const int axis = isRow() ? 1 : 0;
    const int64_t rowWords = (isRow() ? 1 : kernel_.inputSize[1]) * folds(), rows = kernel_.outputSize[axis];
    const int64_t shown = out().beatsPerFrame / rows, comes = w.stride[axis] * rowWords;
    const int64_t row = std::max(shown, comes);
    out_.fill = spanOf(w, axis) * rowWords;
    Moves reads, writes;
    reads.add(out_.fill, -out_.fill, 0);
    int64_t left = in().beatsPerFrame - out_.fill;
    for (int64_t y = 0; y < rows; ++y) {
      const int64_t words = std::min(left, comes);
      reads.add(words, y * row, y * row + words);
      writes.add(shown, y * row, y * row + shown);
      left -= words;
    }
    set(out_.fill + rows * row, std::move(reads), std::move(writes));
  }

  /// braid_taps.hpp: TapWindows. An image one pixel wide is one row.
  void windowTaps() {
    const ir::Window &w = kernel_.slide;
    const int x = kernel_.inputSize[1] == 1 ? 0 : 1, y = 1 - x;
    const int64_t beats = kernel_.taps * kernel_.simd / kernel_.pe, line = kernel_.inputSize[x] * folds();
    const int64_t columns = kernel_.outputSize[x], rows = kernel_.outputSize[y];
    const auto beside = [&](int64_t words) { return std::max<int64_t>(0, words - (beats - 1)); };
    const int64_t windows = folds() * beats, skips = beside((w.stride[x] - 1) * folds());
    const int64_t row = columns * windows + (columns - 1) * skips;
    const int64_t between = w.stride[y] * line - ((columns - 1) * w.stride[x] + 1) * folds();
    out_.fill = (spanOf(w, y) - 1) * line + (spanOf(w, x) - 1) * folds();
    Moves reads, writes;
    reads.early = reads.late = w.stride[x] > 1 ? windows + skips : 0;
    writes.early = skips;
    reads.add(out_.fill, -out_.fill, 0);
    int64_t at = 0, left = in().beatsPerFrame - out_.fill;
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t last = at + (columns - 1) * (windows + skips), end = at + row;
      reads.add((columns - 1) * w.stride[x] * folds(), at, last);
      reads.add(folds(), last, end);
      writes.add((columns - 1) * windows, at, last);
      writes.add(windows, last, end);
      left -= ((columns - 1) * w.stride[x] + 1) * folds();
      // The words to the next row's first window; behind the last row, those that no window shows.
      const int64_t more = r + 1 < rows ? between : left;
      reads.add(more, end - (beats - 1), end - (beats - 1) + more);
      left -= more;
      at = end + beside(more);
    }
    set(out_.fill + at, std::move(reads), std::move(writes));
  }

  /// braid_window.hpp: keepEvery.
  void keepEvery() {
    const int64_t rowWords = kernel_.inputSize[1] * folds(), columns = kernel_.outputSize[1];
    const int64_t stride = kernel_.slide.stride[1], rowStride = isRow() ? 1 : kernel_.slide.stride[0];
    Moves writes;
    writes.early = (folds() - 1) * (stride - 1);
    for (int64_t y = 0; y < kernel_.outputSize[0]; ++y) {
      const int64_t from = y * rowStride * rowWords;
      writes.add(columns * folds(), from, from + columns * folds() * stride);
    }
    set(in().beatsPerFrame, evenly(in(), in().beatsPerFrame), std::move(writes));
  }

  void pad() {
    const int64_t words = kernel_.inputChannels / kernel_.pe;
    const int64_t own = kernel_.inputSize[1] * words, row = kernel_.outputSize[1] * words;
    const int64_t first = kernel_.slide.padBegin[0] * row + kernel_.slide.padBegin[1] * words;
    Moves reads;
    if (own == row)
      reads.add(in().beatsPerFrame, first, first + in().beatsPerFrame);
    else
      for (int64_t y = 0; y < kernel_.inputSize[0]; ++y)
        reads.add(own, first + y * row, first + y * row + own);
    set(out().beatsPerFrame, std::move(reads), evenly(out(), out().beatsPerFrame));
  }

  /// maxpool.h: poolImage, a word a pixel.
  void pool() {
    const int64_t side = kernel_.slide.kernel[0], width = kernel_.inputSize[1];
    Moves writes;
    for (int64_t y = 0; y < kernel_.outputSize[0]; ++y) {
      const int64_t from = (y * side + side - 1) * width + side - 1;
      writes.add(kernel_.outputSize[1], from, from + width);
    }
    set(in().beatsPerFrame, evenly(in(), in().beatsPerFrame), std::move(writes));
  }

  /// Sums of a square leave behind all words (AccPool_Batch), others with the last pixel.
  void globalPool() {
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(kernel_.taps))));
    const bool isBehind = kernel_.pool == ir::PoolKind::Sum && side * side == kernel_.taps;
    const int64_t words = in().beatsPerFrame, results = out().beatsPerFrame;
    const int64_t steps = words + (isBehind ? results : 0);
    Moves reads, writes;
    reads.add(words, 0, words);
    writes.add(results, steps - results, steps);
    set(steps, std::move(reads), std::move(writes));
  }

  /// maxpool.h: LabelSelect_Batch. A step behind each position's scores gives the label.
  void argMax() {
    const int64_t scores = in().beatsPerFrame / kernel_.positions, steps = (scores + 1) * kernel_.positions;
    Moves reads = evenly(in(), steps);
    reads.early = 1;
    set(steps, std::move(reads), atEnds(out(), scores + 1));
  }

  void concat() {
    constexpr int64_t kMostRuns = 64; // more turns are taken for an even flow
    const int64_t turn = out().beatsPerFrame / turns_;
    int64_t before = 0;
    for (const kernel::KernelPort &port : kernel_.inputs) {
      const int64_t words = port.beatsPerFrame / turns_;
      Moves reads;
      if (turns_ <= kMostRuns) {
        for (int64_t t = 0; t < turns_; ++t)
          reads.add(words, t * turn + before, t * turn + before + words);
      } else {
        reads = evenly(port, out().beatsPerFrame);
        reads.late = before;
        reads.early = std::max<int64_t>(0, turn - words - before);
      }
      out_.inputs.push_back(std::move(reads));
      before += words;
    }
    out_.steps = out().beatsPerFrame;
    out_.outputs.push_back(evenly(out(), out_.steps));
  }

  /// braid_units.hpp: repeatPixels. A row is read while it is given for the first time.
  void upsample() {
    const int64_t words = kernel_.channels / kernel_.pe, row = kernel_.inputSize[1] * words;
    const int64_t factorY = kernel_.outputSize[0] / kernel_.inputSize[0],
                  factorX = kernel_.outputSize[1] / kernel_.inputSize[1];
    Moves reads;
    reads.early = (words - 1) * (factorX - 1);
    for (int64_t y = 0; y < kernel_.inputSize[0]; ++y)
      reads.add(row, y * factorY * row * factorX, (y * factorY + 1) * row * factorX);
    set(out().beatsPerFrame, std::move(reads), evenly(out(), out().beatsPerFrame));
  }

  /// braid_units.hpp: cropMap. Of the channels the first may be kept, or the last.
  void crop() {
    const int64_t pixel = kernel_.inputChannels / kernel_.pe, kept = kernel_.channels / kernel_.pe;
    const int64_t row = kernel_.inputSize[1] * pixel, columns = kernel_.outputSize[1];
    const int64_t first = kernel_.slide.padBegin[0] * row + kernel_.slide.padBegin[1] * pixel;
    Moves writes;
    writes.early = writes.late = pixel - kept;
    for (int64_t y = 0; y < kernel_.outputSize[0]; ++y)
      writes.add(columns * kept, first + y * row, first + y * row + columns * pixel);
    set(in().beatsPerFrame, evenly(in(), in().beatsPerFrame), std::move(writes));
  }

  /// braid_units.hpp: reorderWords. All words come in before the first one leaves.
  void transpose() {
    const int64_t words = in().beatsPerFrame;
    Moves reads, writes;
    reads.add(words, 0, words);
    writes.add(words, words, 2 * words);
    set(2 * words, std::move(reads), std::move(writes));
  }

  void convert() {
    const int64_t taken = in().beatsPerFrame, given = out().beatsPerFrame;
    if (kernel_.inputChannels != kernel_.channels) {
      resize();
    } else if (given % taken == 0) {
      set(given, evenly(in(), given), evenly(out(), given));
    } else if (taken % given == 0) {
      set(taken, evenly(in(), taken), atEnds(out(), taken / given));
    } else { // regroup: a step behind an even flow at most, of the wide side
      const int64_t steps = std::max(taken, given);
      Moves reads = evenly(in(), steps), writes = evenly(out(), steps);
      if (taken < given)
        reads.early = reads.late = 1;
      else
        writes.late = ceilDiv(taken, given);
      set(steps, std::move(reads), std::move(writes));
    }
  }

  /// Zeros behind the channels of a pixel, or channels that are dropped.
  void resize() {
    const int64_t pixels = kernel_.positions, taken = in().beatsPerFrame / pixels;
    if (kernel_.inputChannels < kernel_.channels) {
      const int64_t pixel = kernel_.channels / kernel_.simd;
      Moves reads = evenly(in(), pixels * pixel);
      reads.early = pixel - taken;
      set(pixels * pixel, std::move(reads), atEnds(out(), pixels * pixel / out().beatsPerFrame));
    } else {
      const int64_t pixel = kernel_.inputChannels / kernel_.pe, given = out().beatsPerFrame / pixels;
      Moves writes = evenly(out(), pixels * pixel);
      writes.early = pixel - given;
      set(pixels * pixel, evenly(in(), pixels * pixel), std::move(writes));
    }
  }

  const Kernel &kernel_;
  int64_t turns_;
  UnitSteps out_;
};

} // namespace

UnitSteps stepsOf(const Unit &unit) { return Steps(unit).run(); }

} // namespace braid::plan
