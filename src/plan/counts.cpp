#include "counts.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::plan {

llvm::Error checkCluster(const device::Cluster &cluster, const Options &options) {
  const size_t size = cluster.fpgas.size();
  if (size == 0)
    return badUsage(fmt::format("cluster {} has no FPGA", cluster.name));
  if (options.fpgas && (*options.fpgas < 1 || *options.fpgas > static_cast<int>(size)))
    return badUsage(fmt::format("--fpgas {}: cluster {} has {} FPGA{}", *options.fpgas, cluster.name, size,
                                size == 1 ? "" : "s"));
  return llvm::Error::success();
}

llvm::Error checkCount(const Options &options, int64_t most) {
  if (!options.fpgas || *options.fpgas <= most)
    return llvm::Error::success();
  return userError(ExitCode::NoPlan, {.file = {},
                                      .node = {},
                                      .op = {},
                                      .message = fmt::format(
                                          "a sequential split of this model can use at most {} FPGAs, not {}",
                                          most, *options.fpgas),
                                      .notes = {fmt::format("--fpgas {} would work", most)}});
}

} // namespace braid::plan
