#include "support/unit_simulation.h"

#include "braid/support/error.h"

#include <algorithm>
#include <deque>

namespace braid::test {

namespace {

using kernel::Kernel;
using kernel::KernelKind;

class Loops {
public:
  Loops(const ir::Model &model, const plan::Unit &unit) : model_(model), unit_(unit), kernel_(unit.kernel) {}

  std::vector<UnitStep> run() {
    const int64_t in = kernel_.inputs[0].beatsPerFrame, out = kernel_.outputs[0].beatsPerFrame;
    switch (kernel_.kind) {
    case KernelKind::MatrixVector:
      for (int64_t p = 0; p < kernel_.positions; ++p)
        for (int64_t nf = 0; nf < kernel_.mh / kernel_.pe; ++nf)
          for (int64_t sf = 0; sf < kernel_.mw / kernel_.simd; ++sf)
            step(nf == 0, sf == kernel_.mw / kernel_.simd - 1);
      break;
    case KernelKind::VectorVector:
    case KernelKind::WindowPool:
      for (int64_t i = 0; i < in; ++i)
        step(true, (i + 1) % (in / out) == 0);
      break;
    case KernelKind::Window:
      window();
      break;
    case KernelKind::ZeroPad:
      pad();
      break;
    case KernelKind::Pool:
      pool();
      break;
    case KernelKind::GlobalPool:
      globalPool(in, out);
      break;
    case KernelKind::ArgMax:
      for (int64_t i = 0; i < kernel_.positions; ++i) {
        for (int64_t block = 0; block < in / kernel_.positions; ++block)
          step(true, false);
        step(false, true);
      }
      break;
    case KernelKind::Concat:
      concat();
      break;
    case KernelKind::Upsample: {
      const auto &op = std::get<ir::Upsample>(model_.layer(unit_.layer).op);
      for (int64_t y = 0; y < kernel_.outputSize[0]; ++y)
        for (int64_t x = 0; x < kernel_.outputSize[1]; ++x)
          for (int64_t fold = 0; fold < kernel_.channels / kernel_.pe; ++fold)
            step(y % op.factor[0] == 0 && x % op.factor[1] == 0, true);
      break;
    }
    case KernelKind::Crop:
      crop();
      break;
    case KernelKind::Transpose:
      for (int64_t i = 0; i < in; ++i)
        step(true, false);
      for (int64_t i = 0; i < in; ++i)
        step(false, true);
      break;
    case KernelKind::Convert:
      convert(in, out);
      break;
    default:
      for (int64_t i = 0; i < in; ++i)
        out_.push_back({all(unit_.inputs.size()), all(unit_.outputs.size())});
      break;
    }
    return std::move(out_);
  }

private:
  static uint16_t all(size_t count) { return static_cast<uint16_t>((1U << count) - 1); }
  void step(bool reads, bool writes) { out_.push_back({uint16_t{reads}, uint16_t{writes}}); }
  int64_t folds() const { return kernel_.inputChannels / kernel_.simd; }
  static int64_t span(const ir::Window &w, int axis) { return (w.kernel[axis] - 1) * w.dilation[axis] + 1; }

  void window() {
    const ir::Window &w = kernel_.slide;
    const int64_t *in = kernel_.inputSize, *out = kernel_.outputSize;
    const bool isRow = in[0] == 1 && w.kernel[0] == 1;
    const bool isSquare =
        in[0] == in[1] && out[0] == out[1] && w.kernel[0] == w.kernel[1] && w.stride[0] == w.stride[1];
    if (kernel_.pe != kernel_.simd) {
      taps();
    } else if (kernel_.taps == 1 && (isSquare || isRow)) {
      for (int64_t y = 0; y < in[0]; ++y)
        for (int64_t x = 0; x < in[1]; ++x)
          for (int64_t fold = 0; fold < folds(); ++fold)
            step(true, (isRow || y % w.stride[0] == 0) && x % w.stride[1] == 0);
    } else if (isRow) {
      lines(1, span(w, 1), w.stride[1], in[1], out[1], w.kernel[1]);
    } else {
      lines(in[1], span(w, 0), w.stride[0], in[0], out[0], out[1] * w.kernel[0] * w.kernel[1]);
    }
  }

  /// braid_window.hpp; `shown` pixels a row of windows.
  void lines(int64_t width, int64_t height, int64_t stride, int64_t rows, int64_t windows, int64_t shown) {
    const int64_t rowWords = width * folds(), fillWords = height * rowWords, shownWords = shown * folds();
    const int64_t readWords = stride * rowWords, rowCycles = std::max(shownWords, readWords);
    int64_t rowWord = 0, rowsIn = 0, cycle = 0;
    for (int64_t i = 0; i < fillWords + windows * rowCycles; ++i) {
      const bool filling = i < fillWords, reads = filling || (cycle < readWords && rowsIn < rows);
      step(reads, !filling && cycle < shownWords);
      if (reads) {
        rowsIn += rowWord == rowWords - 1;
        rowWord = rowWord == rowWords - 1 ? 0 : rowWord + 1;
      }
      if (!filling)
        cycle = cycle == rowCycles - 1 ? 0 : cycle + 1;
    }
  }

  /// braid_taps.hpp: until all words are read and all beats written.
  void taps() {
    const ir::Window &w = kernel_.slide;
    const int x = kernel_.inputSize[1] == 1 ? 0 : 1, y = 1 - x;
    const int64_t width = kernel_.inputSize[x], height = kernel_.inputSize[y];
    const int64_t beats = kernel_.taps * kernel_.simd / kernel_.pe;
    const auto ends = [&](int64_t at, int axis) {
      const int64_t behind = at - (span(w, axis) - 1);
      return behind >= 0 && behind % w.stride[axis] == 0;
    };
    int64_t word = 0, unwritten = 0;
    while (word < width * height * folds() || unwritten > 0) {
      const int64_t pixel = word / folds();
      const bool isEnd = ends(pixel % width, x) && ends(pixel / width, y);
      const bool reads = word < width * height * folds() && (!isEnd || unwritten == 0);
      if (reads) {
        ++word;
        unwritten += isEnd ? beats : 0;
      }
      step(reads, unwritten > 0);
      unwritten -= unwritten > 0;
    }
  }

  void pad() {
    const int64_t *in = kernel_.inputSize, *out = kernel_.outputSize, *begin = kernel_.slide.padBegin;
    for (int64_t y = 0; y < out[0]; ++y)
      for (int64_t x = 0; x < out[1]; ++x)
        for (int64_t fold = 0; fold < kernel_.inputChannels / kernel_.pe; ++fold)
          step(y >= begin[0] && y < begin[0] + in[0] && x >= begin[1] && x < begin[1] + in[1], true);
  }

  void pool() {
    const int64_t side = kernel_.slide.kernel[0];
    for (int64_t y = 0; y < kernel_.inputSize[0]; ++y)
      for (int64_t x = 0; x < kernel_.inputSize[1]; ++x)
        step(true, y % side == side - 1 && x % side == side - 1);
  }

  void globalPool(int64_t in, int64_t out) {
    int64_t side = 0;
    while ((side + 1) * (side + 1) <= kernel_.taps)
      ++side;
    const bool isBehind = kernel_.pool == ir::PoolKind::Sum && side * side == kernel_.taps;
    for (int64_t i = 0; i < in; ++i)
      step(true, !isBehind && i >= in - out);
    for (int64_t i = 0; isBehind && i < out; ++i)
      step(false, true);
  }

  void concat() {
    const ir::Layer &layer = model_.layer(unit_.layer);
    const auto axis = static_cast<size_t>(std::get<ir::Concat>(layer.op).axis);
    const ir::Shape &whole = model_.stream(layer.output).shape;
    int64_t turns = 1;
    for (size_t d = 0; d < axis; ++d)
      turns *= whole[d];
    for (int64_t turn = 0; turn < turns; ++turn)
      for (size_t i = 0; i < kernel_.inputs.size(); ++i)
        for (int64_t word = 0; word < kernel_.inputs[i].beatsPerFrame / turns; ++word)
          out_.push_back({static_cast<uint16_t>(1U << i), 1});
  }

  void crop() {
    const ir::Layer &layer = model_.layer(unit_.layer);
    const auto &op = std::get<ir::Crop>(layer.op);
    const ir::Shape &in = model_.stream(layer.inputs[0]).shape;
    const bool isMap = in.size() == 3;
    const auto inside = [&](int64_t at, size_t axis) { return at >= op.begin[axis] && at < op.end[axis]; };
    for (int64_t y = 0; y < (isMap ? in[0] : 1); ++y)
      for (int64_t x = 0; x < (isMap ? in[1] : 1); ++x)
        for (int64_t c = 0; c < in.back(); c += kernel_.pe)
          step(true, (!isMap || (inside(y, 0) && inside(x, 1))) && inside(c, in.size() - 1));
  }

  void convert(int64_t in, int64_t out) {
    if (kernel_.inputChannels < kernel_.channels) {
      for (int64_t pixel = 0; pixel < kernel_.positions; ++pixel)
        for (int64_t c = 0; c < kernel_.channels; c += kernel_.simd)
          step(c < kernel_.inputChannels, (c / kernel_.simd + 1) % (kernel_.pe / kernel_.simd) == 0);
    } else if (kernel_.inputChannels > kernel_.channels) {
      for (int64_t pixel = 0; pixel < kernel_.positions; ++pixel)
        for (int64_t c = 0; c < kernel_.inputChannels; c += kernel_.pe)
          step(c % kernel_.simd == 0, c < kernel_.channels);
    } else {
      int64_t have = 0;
      for (int64_t i = 0; i < std::max(in, out); ++i) {
        const bool reads = have < kernel_.pe;
        have += reads ? kernel_.simd : 0;
        const bool writes = have >= kernel_.pe;
        have -= writes ? kernel_.pe : 0;
        step(reads, writes);
      }
    }
  }

  const ir::Model &model_;
  const plan::Unit &unit_;
  const Kernel &kernel_;
  std::vector<UnitStep> out_;
};

/// A unit under way: its pipeline holds what its last iterations will write.
struct Running {
  std::vector<UnitStep> steps;
  size_t at = 0;
  std::deque<std::pair<int64_t, uint16_t>> pipeline; ///< When it is through, and what it writes
};

/// A FIFO: a word that came in a cycle can be read in the next; a place that is read can be written in the
/// next.
struct Fifo {
  int64_t depth = 0, held = 0, came = 0, gone = 0, most = 0;
  bool hasWord() const { return held > 0; }
  bool hasRoom() const { return held < depth; }
  void endCycle() {
    held += came - gone;
    came = gone = 0;
    most = std::max(most, held);
  }
};

} // namespace

std::vector<UnitStep> unitSteps(const ir::Model &model, const plan::Unit &unit) {
  return Loops(model, unit).run();
}

Simulated simulate(const ir::Model &model, const plan::UnitGraph &graph, int frames, int64_t latency) {
  Simulated out;
  std::vector<Running> units;
  for (const plan::Unit &unit : graph.units) {
    units.push_back({unitSteps(model, unit), 0, {}});
    out.slowest = std::max(out.slowest, static_cast<int64_t>(units.back().steps.size()));
  }
  std::vector<Fifo> fifos;
  for (const plan::Channel &channel : graph.channels)
    fifos.push_back({channel.from < 0 || channel.to < 0 ? 2 : channel.depth});
  const auto fifo = [&](int channel) -> Fifo & { return fifos[static_cast<size_t>(channel)]; };
  const auto each = [&](uint16_t set, llvm::ArrayRef<int> channels, auto &&does) {
    for (size_t i = 0; i < channels.size(); ++i)
      if (set >> i & 1)
        does(fifo(channels[i]));
  };
  std::vector<int64_t> left; // by output: words of the frame under way
  for (int output : graph.outputs)
    left.push_back(graph.channels[static_cast<size_t>(output)].port.beatsPerFrame * frames);
  int64_t idle = 0;
  for (int64_t cycle = 0; static_cast<int>(out.done.size()) < frames && idle < latency + 16; ++cycle) {
    bool isMoving = false;
    for (int input : graph.inputs)
      if (graph.channels[static_cast<size_t>(input)].to >= 0 && fifo(input).hasRoom())
        ++fifo(input).came;
    for (size_t u = 0; u < units.size(); ++u) {
      Running &unit = units[u];
      const plan::Unit &of = graph.units[u];
      if (!unit.pipeline.empty() && unit.pipeline.front().first <= cycle) {
        bool fits = true;
        each(unit.pipeline.front().second, of.outputs, [&](Fifo &f) { fits = fits && f.hasRoom(); });
        if (fits) {
          each(unit.pipeline.front().second, of.outputs, [](Fifo &f) { ++f.came; });
          unit.pipeline.pop_front();
          isMoving = true;
        }
      }
      const UnitStep &step = unit.steps[unit.at];
      bool goes = static_cast<int64_t>(unit.pipeline.size()) <= latency;
      each(step.reads, of.inputs, [&](Fifo &f) { goes = goes && f.hasWord(); });
      if (goes) {
        each(step.reads, of.inputs, [](Fifo &f) { ++f.gone; });
        unit.pipeline.emplace_back(cycle + latency, step.writes);
        unit.at = unit.at + 1 == unit.steps.size() ? 0 : unit.at + 1;
        isMoving = true;
      }
    }
    bool isDone = true;
    for (size_t o = 0; o < graph.outputs.size(); ++o) {
      const plan::Channel &channel = graph.channels[static_cast<size_t>(graph.outputs[o])];
      if (channel.from < 0)
        continue; // it goes past all units
      if (fifo(graph.outputs[o]).hasWord()) {
        ++fifo(graph.outputs[o]).gone;
        --left[o];
      }
      isDone = isDone &&
               left[o] <= channel.port.beatsPerFrame * (frames - static_cast<int64_t>(out.done.size()) - 1);
    }
    if (isDone)
      out.done.push_back(cycle);
    for (Fifo &f : fifos)
      f.endCycle();
    idle = isMoving ? 0 : idle + 1;
  }
  for (const Fifo &f : fifos)
    out.most.push_back(f.most);
  return out;
}

} // namespace braid::test
