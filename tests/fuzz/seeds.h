// Small files with every operator, to be mutated.
#pragma once

#include <string>
#include <vector>

namespace braid::test {

std::vector<std::string> seedFiles();

} // namespace braid::test
