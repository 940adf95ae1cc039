// The hls4ml-style backend, for Vitis HLS and for Vivado HLS: one project per FPGA with hls4ml's layout and
// names.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/emit/streams.h"

namespace braid::targets {

/// The project of one partition, paths relative to its `hls` folder: firmware, weights, testbench, bridge,
/// scripts. Weights are streamed when the files are written: the context must outlive the emission.
emit::Emission emitHls4ml(const emit::Context &context, size_t partition);

/// What holds the streams of a partition when its project runs: inputs in the order of the project's, then
/// what layers compute, in their order.
std::vector<emit::EmittedStream> hls4mlStreams(const emit::Context &context, size_t partition);

/// One row of the function table: which function computes a kind of layer in an io mode, and why it is ours.
struct FunctionRow {
  const char *layer;  ///< Kind and condition: `MaxPool, stride = window, no padding`
  const char *io;     ///< `io_parallel`, `io_stream`
  const char *name;   ///< `nnet::pooling2d_cl`
  const char *reason; ///< Empty where upstream's function is called; else why not, and the failing case
};
const std::vector<FunctionRow> &hls4mlFunctions();

} // namespace braid::targets
