// XRT host programs: one per host of the cluster, all with the same library beside them.
#pragma once

#include "braid/emit/emission.h"
#include "braid/targets/network.h"

namespace braid::targets::vnx {

void addHostPrograms(emit::Emission &emission, const emit::Context &context, const Network &network);

} // namespace braid::targets::vnx
