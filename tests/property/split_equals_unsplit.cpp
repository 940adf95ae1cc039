// Random networks, cut at random places: the sub-models chained compute the same bits as the whole.
#include "support/networks.h"

#include "braid/exec/interpreter.h"
#include "braid/plan/realise.h"
#include "braid/plan/solve.h"

#include <catch2/catch.hpp>

#include <fmt/format.h>

using namespace braid;

namespace {

plan::Plan randomPlan(const ir::Model &model, test::Random &random, int fpgas) {
  const auto units = plan::sequentialUnits(model);
  plan::Plan plan;
  int fpga = 0;
  for (const auto &unit : units) {
    if (fpga + 1 < fpgas && random() % 2)
      ++fpga;
    for (ir::LayerId layer : unit) {
      plan::Placement p;
      p.layer = layer;
      p.slice = kernel::wholeSlice(model, model.layer(layer));
      p.fpga = fpga;
      plan.placements.push_back(p);
    }
  }
  plan.crossings = plan::crossingsOf(model, plan.placements);
  return plan;
}

} // namespace

TEST_CASE("a model cut over FPGAs computes the bits of the whole") {
  test::Random random(11);
  std::map<std::string, int> features;
  for (int i = 0; i < 400; ++i) {
    const ir::Model source = test::randomNetwork(random);
    const ir::Model model = test::typed(source, test::randomPrecision(random));
    const plan::Plan plan = randomPlan(model, random, static_cast<int>(test::draw(random, 2, 5)));
    exec::Mantissas values(static_cast<size_t>(3 * ir::elements(model.stream(model.inputs[0].stream).shape)));
    const num::FixedType in = model.stream(model.inputs[0].stream).type.fixed();
    for (int64_t &v : values)
      v = test::draw(random,
                     static_cast<int64_t>(num::DataType(in).fixed().isSigned ? -(1ll << (in.width - 1)) : 0),
                     (1ll << (in.width - 1)) - 1);
    const exec::Batch input{3, values};
    const ir::StreamId output = model.outputs[0].stream;
    const exec::Batch whole = exec::Interpreter(model).run({input}).at(output);

    std::map<int32_t, exec::Batch> crossings;
    exec::Batch split;
    for (const plan::Partition &part : plan::realise(model, plan)) {
      REQUIRE(!ir::verify(part.model));
      std::vector<exec::Batch> inputs(part.model.inputs.size(), input);
      std::vector<ir::StreamId> keep;
      for (const ir::Layer &layer : part.model.layers)
        if (std::holds_alternative<ir::Send>(layer.op))
          keep.push_back(layer.inputs[0]);
      const auto streams = exec::Interpreter(part.model).run(inputs, keep, crossings);
      for (const ir::Layer &layer : part.model.layers) {
        if (const auto *send = std::get_if<ir::Send>(&layer.op))
          crossings[send->crossing] = streams.at(layer.inputs[0]);
        ++features[ir::kindName(layer.op)];
      }
      if (!part.model.outputs.empty())
        split = streams.at(part.model.outputs[0].stream);
    }
    INFO(ir::print(model));
    REQUIRE(whole.mantissas() == split.mantissas());
  }
  // Every kind of layer has been cut often enough to mean something.
  for (const char *kind : {"Dense", "Conv", "MaxPool", "AveragePool", "Relu", "Sigmoid", "Softmax", "Add",
                           "Concat", "Affine", "Send", "Receive"}) {
    INFO(kind);
    CHECK(features[kind] >= 20);
  }
}
