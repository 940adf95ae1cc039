// Where the emitted C++ of a project holds the streams of its model.
#pragma once

#include "braid/emit/project.h"

#include <optional>
#include <string>
#include <vector>

namespace braid::emit {

/// An array of the top function (io_parallel), or what an hls::stream is told to be called.
struct Variable {
  std::string name;
  std::string unit; ///< FINN style: what writes it; empty for inputs of the project
};

/// Numbers between two units of one layer (padded maps, windows): those of a stream of the model in another
/// order.
struct Inner {
  static constexpr int32_t kZero = -1, kAny = -2;
  ir::LayerId layer = ir::LayerId::None;
  ir::Shape shape;
  std::vector<int32_t> places; ///< By element: its place in the stream; kAny: the next unit drops it
};

/// A stream of a partition's model.
struct EmittedStream {
  ir::StreamId stream = ir::StreamId::None;
  std::vector<Variable> variables; ///< What its layer writes, then copies and the same in other words
  std::string inside = {}; ///< Where nothing holds it: the unit that computes the layer and what follows it
  std::optional<Inner> inner = {};
};

/// What wrappers call the stream that an argument of the top function is: `input0_data`.
inline std::string dataName(const Endpoint &end) { return end.argument + "_data"; }

} // namespace braid::emit
