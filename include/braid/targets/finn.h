// The FINN-style backend: units as FINN names them, an HLS project each, and the block design that joins
// them.
#pragma once

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/emit/streams.h"

namespace braid::targets {

/// The project of one partition, paths relative to its `hls` folder. Memories are written when the files are:
/// the context must outlive the emission.
emit::Emission emitFinn(const emit::Context &context, size_t partition);

/// What holds the streams of a partition when its project runs: inputs in the order of the project's, then
/// what layers compute, in their order.
std::vector<emit::EmittedStream> finnStreams(const emit::Context &context, size_t partition);

} // namespace braid::targets
