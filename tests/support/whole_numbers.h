// Small networks of whole numbers for the FINN style, and the files that are written for them.
#pragma once

#include "support/networks.h"

#include "braid/kernel/kernel.h"

#include <map>
#include <string>
#include <vector>

namespace braid::test {

/// The typed model of a network of whole numbers whose input has levels from lo to hi.
ir::Model typedIntegers(ir::Model source, int64_t lo, int64_t hi);

ir::Weights randomIntegers(Random &random, int64_t rows, int64_t taps, int64_t channels, int64_t lo,
                           int64_t hi);
/// `steps` ascending thresholds for each of the channels.
ir::Threshold randomThresholds(Random &random, int64_t channels, int64_t steps, int64_t base);
ir::Dense integerDense(Random &random, int64_t rows, int64_t columns, int64_t lo = -7, int64_t hi = 7);
/// Of shape [H, W, C], with any window that fits, padded where `pads`; as many groups as channels: depthwise.
ir::Conv integerConv(Random &random, const ir::Shape &in, int64_t rows, bool pads, int64_t groups = 1);

/// A model of whole numbers of every kind of layer that has units, one after the other: convolutions, pools,
/// thresholds, sums of two ways, concatenations.
ir::Model randomIntegerNetwork(Random &random);

/// A choice of the FINN style.
kernel::Implementation folded(int64_t pe, int64_t simd = 1, kernel::MemMode mode = kernel::MemMode::Embedded);

/// What the backend writes for a model on one card, by path; `foldings` by layer.
std::map<std::string, std::string> finnFiles(const ir::Model &model,
                                             const std::vector<kernel::Implementation> &foldings);

} // namespace braid::test
