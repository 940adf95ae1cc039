// A model placed on cards or boards, with everything a backend reads.
#pragma once

#include "support/networks.h"

#include "braid/emit/emission.h"
#include "braid/emit/project.h"
#include "braid/exec/interpreter.h"

#include <map>
#include <string>

namespace braid::test {

/// `cluster`: a name or file for readCluster. Layers are placed by `fpgas`, one entry a layer of the typed
/// model, or by number of layers where it is empty.
class Deployed {
public:
  Deployed(const ir::Model &source, const std::string &cluster, const std::vector<int> &fpgas,
           kernel::IoMode io, const pass::Precision &precision = {});

  const emit::Context &context() const { return *context_; }
  const ir::Model &model() const { return model_; }
  const plan::Plan &plan() const { return plan_; }

  /// Projects and what surrounds them, as a bundle without manifest in a folder.
  void write(const std::string &folder) const;
  /// Random mantissas of the model's inputs.
  std::vector<exec::Batch> inputs(Random &random, int64_t frames) const;

private:
  ir::Model model_;
  device::Cluster cluster_;
  plan::Plan plan_;
  plan::Evaluation evaluation_;
  std::vector<plan::Partition> partitions_;
  std::unique_ptr<emit::Context> context_;
};

/// a = dense(input); b = dense(a); c = dense(a); output = b + c: one stream to two readers, two streams to
/// one. Five layers with the activation of `a`.
ir::Model diamond(Random &random);

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
