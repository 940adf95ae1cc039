// Streams between layers, recorded from the emitted C++, against the interpreter's: which layer differs
// first.
#pragma once

#include "braid/emit/streams.h"
#include "braid/exec/interpreter.h"
#include "braid/sim/trace.h"
#include "braid/support/error.h"

#include <optional>
#include <string>
#include <vector>

namespace braid::driver {

/// A stream of a project: what it is given, and what its layers compute.
struct LayerRow {
  enum class State : uint8_t { Equal, Differs, Inside };
  State state = State::Equal;
  bool isLayer = true;  ///< No input of the model, no crossing that ends here, nothing inner
  bool isInner = false; ///< Between the units of a layer
  std::string layer, op;
  emit::Variable variable; ///< In the emitted C++; where it differs, the one that does
  size_t copies = 0;       ///< Further variables that must hold the same
  std::string shape, type;
  int64_t values = 0;     ///< Compared, copies left out
  std::string difference; ///< `frame 3, [0, 2]: expected 1.5, found 0.25`, or where it is inside
  std::string note;       ///< Of a run that crashed: `1 of 10 frames`
};

/// `stream4 of MVAU_hls_1`, `layer2_out`
std::string text(const emit::Variable &variable);

struct LayerTable {
  std::string title; ///< FPGA, stage, copies
  bool hasRun = false;
  std::vector<LayerRow> rows;
};

struct LayerReport {
  std::vector<LayerTable> tables;  ///< By project, in dataflow order
  std::vector<std::string> edited; ///< Files of projects whose bytes are not those compiled

  /// Streams of layers in a state.
  int64_t count(LayerRow::State state) const;
  int64_t values() const;
  /// The first stream that differs, layers in dataflow order; nothing where none does.
  std::optional<Diagnostic> firstDifference() const;
};

/// What the emulation must record, and what it must be.
class LayerCheck {
public:
  explicit LayerCheck(const emit::Context &context);

  /// For EmulationOptions::trace.
  sim::Trace &trace() { return trace_; }

  /// `inputs`: of each project, in the order of its model; `crossings`: what they must carry. Of a run that
  /// crashed, the frames that it took in count. Empty where nothing ran.
  std::vector<LayerTable> compare(const std::vector<std::vector<exec::Batch>> &inputs,
                                  const std::map<int32_t, exec::Batch> &crossings) const;

private:
  LayerRow rowOf(size_t project, const emit::EmittedStream &stream, const exec::Batch &expected,
                 llvm::ArrayRef<int64_t> frames) const;
  void compareRow(LayerRow &row, size_t project, const emit::EmittedStream &stream,
                  const exec::Batch &expected, llvm::ArrayRef<int64_t> frames) const;
  std::vector<int64_t> framesTaken(size_t project) const;
  /// Whether words hold several numbers.
  bool isPacked(size_t project) const { return context_.projects[project].style == kernel::Style::Finn; }

  const emit::Context &context_;
  std::vector<std::vector<emit::EmittedStream>> streams_; ///< By project
  sim::Trace trace_;
};

} // namespace braid::driver
