#include "elastic_milp.h"

#include "braid/partition/milp.h"

#include <algorithm>

namespace braid::plan {

llvm::Expected<partition::Answer> solveByMilp(const partition::Problem &problem) {
  constexpr int kSeconds = 600;
  std::vector<int> walk;
  for (int fpga = 0; fpga < static_cast<int>(problem.fpgas.size()); ++fpga)
    walk.push_back(fpga);
  if (!problem.walks.empty())
    walk = problem.walks[0];
  partition::Answer answer;
  for (int count = problem.fewestFpgas; count <= std::min(problem.mostFpgas, static_cast<int>(walk.size()));
       ++count) {
    auto found = partition::solveMilp(problem, {walk.begin(), walk.begin() + count}, kSeconds);
    if (!found)
      return found.takeError();
    if (!found->solution)
      continue;
    auto period = partition::periodOf(problem, *found->solution);
    if (!period) // wires between dies, which the program leaves out
      return period.takeError();
    answer.solution = std::move(found->solution);
    answer.solution->periodFs = *period;
    break;
  }
  return answer;
}

} // namespace braid::plan
