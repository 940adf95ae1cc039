// Random plans that cut layers, and models run as such a plan splits them.
#pragma once

#include "support/networks.h"

#include "braid/exec/interpreter.h"
#include "braid/plan/realise.h"
#include "braid/plan/split.h"

#include <map>
#include <string>

namespace braid::test {

/// What a random plan has, by name: `neuron Dense`, `inputs Conv, k >= 3`, `nested Conv`, `rows MaxPool`, ...
using Features = std::map<std::string, int>;

/// Some layers cut along neurons, inputs and rows, also nested; the slices on random FPGAs, the rest as
/// `complete` has it.
plan::Plan randomSlices(const ir::Model &model, Random &random, int fpgas, Features &features);

/// Accumulators of some layers made so narrow that they wrap, some with fewer places than the products have.
void wrapSomeAccumulators(ir::Model &model, Random &random, Features &features);

/// Random mantissas for every input of a typed model.
std::vector<exec::Batch> randomInputs(const ir::Model &model, Random &random, int64_t frames);

/// The inputs of a split model, as its host cuts them.
std::vector<exec::Batch> cutInputs(const plan::SplitModel &split, const ir::Model &whole,
                                   const std::vector<exec::Batch> &inputs);

/// The outputs of a model, whole.
std::vector<exec::Batch> runWhole(const ir::Model &model, const std::vector<exec::Batch> &inputs);
/// The outputs of its partitions, run one after the other, each with what those before it have sent. Fails
/// the test where a partition is no valid model.
std::vector<exec::Batch> runParts(const plan::SplitModel &split, const std::vector<exec::Batch> &inputs);

} // namespace braid::test
