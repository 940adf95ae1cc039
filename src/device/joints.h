// What joins the FPGAs of a cluster, and the hosts they stand in.
#pragma once

#include "braid/device/device.h"

namespace braid::device {

/// Adds the links of a topology (any but List) with one type of link.
void join(Cluster &cluster, Topology topology, const std::shared_ptr<const LinkType> &type);

/// Puts the FPGAs, in order, into hosts of the size their devices state.
void assignHosts(Cluster &cluster);

} // namespace braid::device
