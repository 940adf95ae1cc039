#include "support/emulated.h"

#include "braid/plan/kernel_graph.h"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace braid::test {

sim::EmulationOptions emulationOptions() {
  static const TemporaryFolder cache;
  sim::EmulationOptions out;
  if (const char *cxx = std::getenv("CXX"); cxx && *cxx)
    out.cxx = cxx;
  out.flags = {"-O0", "-w"};
  out.cacheFolder = cache.path();
  return out;
}

void runAndCompare(const Deployed &deployed, uint64_t seed) {
  TemporaryFolder folder;
  deployed.write(folder.path());
  compare(deployed, folder.path(), seed, emulationOptions());
}

void compare(const Deployed &deployed, const std::string &folder, uint64_t seed,
             const sim::EmulationOptions &options) {
  Random random(seed);
  const std::vector<exec::Batch> inputs = deployed.inputs(random, 4);
  auto emulated = sim::emulate(folder, deployed.context(), inputs, options);
  if (!emulated)
    FAIL(llvm::toString(emulated.takeError()));
  std::vector<ir::StreamId> keep;
  for (const plan::Crossing &crossing : deployed.plan().crossings)
    keep.push_back(crossing.stream);
  const auto whole = exec::Interpreter(deployed.placed()).run(deployed.cut(inputs), keep);
  const auto given = exec::Interpreter(deployed.model()).run(inputs);
  for (const plan::Crossing &crossing : deployed.plan().crossings) {
    INFO("crossing " << crossing.id);
    CHECK(emulated->crossings.at(crossing.id).mantissas() == whole.at(crossing.stream).mantissas());
    if (crossing.isLocal()) {
      CHECK(emulated->wireBytes.at(crossing.id) == 0);
      continue;
    }
    const std::vector<int> path = deployed.context().cluster.path(crossing.from, crossing.to);
    const device::LinkType &link = *deployed.context().cluster.link(path[0], path[1])->type;
    CHECK(emulated->wireBytes.at(crossing.id) ==
          static_cast<int64_t>(path.size() - 1) *
              device::wireBytes(link, plan::payloadBytes(deployed.placed().stream(crossing.stream), link)));
  }
  for (size_t i = 0; i < deployed.model().outputs.size(); ++i)
    CHECK(emulated->outputs.at(i).mantissas() == given.at(deployed.model().outputs[i].stream).mantissas());
}

pass::Precision precision(int width, int intBits) {
  pass::Precision out;
  out.base = num::signedFixed(width, intBits);
  return out;
}

} // namespace braid::test
