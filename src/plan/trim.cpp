#include "trim.h"

#include "braid/plan/slices.h"

namespace braid::plan {
namespace {

class Trimmer {
public:
  explicit Trimmer(const ir::Model &model) : model_(model), out_(model), readers_(ir::readersOf(model)) {}

  llvm::Expected<ir::Model> run() {
    for (const ir::Layer &layer : model_.layers)
      if (llvm::Error error = trim(layer))
        return error;
    return std::move(out_);
  }

private:
  /// Inputs of the model that only this layer reads, once: the host cuts them.
  bool isItsOwn(ir::StreamId stream) const {
    const auto isIts = [&](const ir::Port &port) { return port.stream == stream; };
    return llvm::any_of(model_.inputs, isIts) && llvm::none_of(model_.outputs, isIts) &&
           readers_[index(stream)].size() == 1;
  }

  llvm::Error trim(const ir::Layer &layer) {
    const kernel::Slice whole = kernel::wholeSlice(model_, layer);
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
      auto box = inputBox(model_, layer, whole, i);
      if (!box)
        return box.takeError();
      if (!*box || ((*box)->shape() != model_.stream(layer.inputs[i]).shape && !isItsOwn(layer.inputs[i])))
        return llvm::Error::success(); // a layer before it cuts it
    }
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
      auto box = inputBox(model_, layer, whole, i);
      if (!box)
        return box.takeError();
      out_.streams[index(layer.inputs[i])].shape = (*box)->shape();
    }
    out_.layers[index(layer.id)].op = slicedOp(model_, layer, whole);
    return llvm::Error::success();
  }

  const ir::Model &model_;
  ir::Model out_;
  std::vector<llvm::SmallVector<ir::LayerId, 2>> readers_; ///< By stream
};

} // namespace

llvm::Expected<ir::Model> trimmed(const ir::Model &model) { return Trimmer(model).run(); }

} // namespace braid::plan
