// Sizes that a file leaves open and a user gives.

#include "input_shapes.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace braid::frontend {

llvm::Error setInputShapes(Graph &graph, const InputShapes &shapes) {
  std::vector<std::string> names;
  for (ValueId input : graph.inputs)
    names.push_back(graph.value(input).name);
  for (const auto &[name, dims] : shapes) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return badUsage(fmt::format("--input-shape names input '{}', which the model has not{}",
                                  printable(name), suggestion(name, names)));
    Declared &declared = *graph.values[index(graph.inputs[static_cast<size_t>(at - names.begin())])].declared;
    bool fits = !declared.ranked || declared.dims.size() == dims.size();
    for (size_t d = 0; fits && declared.ranked && d < dims.size(); ++d)
      fits = declared.dims[d] < 0 || declared.dims[d] == dims[d];
    if (!fits)
      return badUsage(fmt::format("--input-shape {}={}: the file says {}; only open sizes (-1) can be given",
                                  printable(name), fmt::join(dims, ","), ir::toString(declared.dims)));
    declared.ranked = true;
    declared.dims.assign(dims.begin(), dims.end());
  }
  return llvm::Error::success();
}

} // namespace braid::frontend
