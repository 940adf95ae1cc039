// Streams between cards that no link joins: the cards between forward them, and are charged for it.
#include "support/deployed.h"

#include "braid/plan/evaluate.h"
#include "braid/plan/solve.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

using namespace braid;

namespace {

std::string faultOf(const ir::Model &model, const std::string &cluster, const std::vector<int> &fpgas) {
  const test::Deployed deployed(model, "u280x6", fpgas, kernel::IoMode::Stream);
  llvm::Error error = plan::checkLinks(deployed.placed(), llvm::cantFail(device::readCluster(cluster)),
                                       deployed.plan(), ExitCode::BadInput);
  return error ? llvm::toString(std::move(error)) : std::string();
}

} // namespace

TEST_CASE("a stream that passes over a card of a chain is forwarded") {
  test::Random random(3);
  const ir::Model model = test::typed(test::sentOn(random));
  const device::Cluster chain = llvm::cantFail(device::readCluster("u280-chain-3"));
  const auto costs = llvm::cantFail(cost::findCostModel("hls4ml"));
  plan::Options options;
  options.fpgas = 3;
  std::vector<std::string> notes;
  const plan::Plan plan = llvm::cantFail(plan::solve(model, chain, *costs, options, notes));
  CHECK(plan.solver.find("forwarded") != std::string::npos);
  CHECK(plan.usedFpgas().size() == 3);
  const auto over = std::find_if(plan.crossings.begin(), plan.crossings.end(),
                                 [](const plan::Crossing &c) { return c.from == 0 && c.to == 2; });
  REQUIRE(over != plan.crossings.end());

  const plan::Evaluation evaluation = llvm::cantFail(plan::evaluate(model, chain, plan, *costs, options));
  const plan::CrossingCost &cost = evaluation.crossings[static_cast<size_t>(over->id)];
  const device::LinkType &link = *chain.links[0].type;
  CHECK(cost.link == "vnx-100g by card1");
  CHECK(cost.wireBytes == 2 * device::wireBytes(link, cost.payloadBytes)); // on both cables
  CHECK(cost.latencyUs > 2 * device::Cluster::latencyUs(chain.links[0]));
  // The card between is charged a kernel, two FIFOs and both ports.
  int forwarders = 0;
  for (const plan::FpgaCost &fpga : evaluation.fpgas)
    for (const plan::NodeCost &node : fpga.nodes)
      if (node.node.kernel.name == "forwarder") {
        ++forwarders;
        CHECK(fpga.fpga == 1);
        CHECK(node.estimate.resources[device::Resource::Lut] > 0);
      }
  CHECK(forwarders == 1);
  CHECK(evaluation.fpgas[1].stack[device::Resource::Lut] == 2 * link.portCost[device::Resource::Lut]);
}

TEST_CASE("who cannot forward is named") {
  test::Random random(3);
  const ir::Model model = test::sentOn(random);
  CHECK(faultOf(model, "u280-chain-3", {0, 1, 1, 2}).empty());
  CHECK(faultOf(model, "u280-chain-3", {0, 0, 2, 2})
            .find("card1 lies between, and forwards only if it holds layers") != std::string::npos);
}
