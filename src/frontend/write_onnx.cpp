// From a model to ONNX bytes, for runtimes that are to check what a partition computes.

#include "write_graph.h"

#include "braid/frontend/onnx.h"
#include "braid/support/error.h"

namespace braid::frontend {

std::string writeOnnx(const ir::Model &model) {
  BRAID_CHECK(!model.isTyped(), "only float models are written as ONNX");
  GraphWriter graph(model);
  graph.inputs();
  for (const ir::Layer &layer : model.layers)
    writeLayer(graph, layer);
  graph.outputs();
  return graph.finish();
}

} // namespace braid::frontend
