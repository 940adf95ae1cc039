// A model placed on cards or boards, with everything a backend reads.
#pragma once

#include "support/networks.h"

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/exec/interpreter.h"
#include "braid/plan/split.h"

#include <functional>
#include <optional>
#include <string>

namespace braid::test {

/// Slices of layers of the typed model and where they are; what is not placed, plan::complete places.
using Slicer = std::function<plan::Plan(const ir::Model &typed)>;

/// `cluster`: a name or file for readCluster.
class Deployed {
public:
  /// Whole layers, placed by `fpgas`: one entry a layer of the typed model.
  Deployed(const ir::Model &source, const std::string &cluster, const std::vector<int> &fpgas,
           kernel::IoMode io, const pass::Precision &precision = {}, const plan::Replicas &replicas = {});
  /// Layers that are cut.
  Deployed(const ir::Model &source, const std::string &cluster, const Slicer &slicer,
           const pass::Precision &precision = {}, const plan::Replicas &replicas = {});

  const emit::Context &context() const { return *context_; }
  /// The typed model, as it is given.
  const ir::Model &model() const { return model_; }
  /// What is placed: of whole layers, as the plan is.
  const ir::Model &placed() const { return context_->whole; }
  const plan::Plan &plan() const { return context_->plan; }

  /// Projects and what surrounds them, as a bundle without manifest in a folder.
  void write(const std::string &folder) const;
  /// Random mantissas of the model's inputs.
  std::vector<exec::Batch> inputs(Random &random, int64_t frames) const;
  /// The inputs of what is placed, cut from them.
  std::vector<exec::Batch> cut(const std::vector<exec::Batch> &inputs) const;

private:
  void finish(const ir::Model &whole);

  ir::Model model_;
  std::optional<plan::SplitModel> split_;
  device::Cluster cluster_;
  plan::Plan plan_;
  plan::Evaluation evaluation_;
  std::vector<plan::Partition> partitions_;
  std::unique_ptr<emit::Context> context_;
};

/// a = dense(input); b = dense(a); c = dense(a); output = b + c: one stream to two readers, two streams to
/// one. Five layers with the activation of `a`.
ir::Model diamond(Random &random);

/// a = dense(input); c = relu(dense(a)); output = a + c. Four layers: on FPGAs 1, 0, 1, 0 each has two
/// stages, and FPGA 0 reads `a` at both, so that the first sends it on to the second.
ir::Model sentOn(Random &random);

/// A folder of its own, gone at the end.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  const std::string &path() const { return path_; }

private:
  std::string path_;
};

std::string readText(const std::string &file);
void writeText(const std::string &file, const std::string &text);
/// With `from` (which must stand there) made `to`, first place only.
void replaceIn(const std::string &file, const std::string &from, const std::string &to);

} // namespace braid::test
