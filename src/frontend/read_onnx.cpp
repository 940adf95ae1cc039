#include "expand.h"
#include "input_shapes.h"
#include "lower.h"

#include "braid/frontend/onnx.h"

namespace braid::frontend {

llvm::Expected<ir::Model> readOnnx(const std::string &path, const InputShapes &shapes) {
  auto graph = readGraph(path);
  if (!graph)
    return inFile(graph.takeError(), path);
  if (auto error = setInputShapes(*graph, shapes))
    return error;
  expandOperators(*graph);
  auto model = lowerGraph(*graph);
  if (!model)
    return inFile(model.takeError(), path);
  return model;
}

} // namespace braid::frontend
