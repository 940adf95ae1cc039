#include "joints.h"

#include "braid/support/error.h"

#include <fmt/format.h>

namespace braid::device {

void join(Cluster &cluster, Topology topology, const std::shared_ptr<const LinkType> &type) {
  cluster.topology = topology;
  const int count = static_cast<int>(cluster.fpgas.size());
  switch (topology) {
  case Topology::None:
    return;
  case Topology::Direct:
  case Topology::Chain:
    for (int i = 0; i + 1 < count; ++i)
      cluster.links.push_back({i, i + 1, type, false});
    return;
  case Topology::Star:
    for (int a = 0; a < count; ++a)
      for (int b = a + 1; b < count; ++b)
        cluster.links.push_back({a, b, type, true});
    return;
  case Topology::List:
    break;
  }
  BRAID_CHECK(false, "listed links are not made by a rule");
}

void assignHosts(Cluster &cluster) {
  int room = 0;
  const Device *last = nullptr;
  for (Fpga &fpga : cluster.fpgas) {
    // Boards of different kinds do not share a host: a Zynq board is its own.
    if (room == 0 || fpga.device.get() != last) {
      cluster.hosts.push_back({fmt::format("host{}", cluster.hosts.size()), fpga.device->host.ingestGbps()});
      room = fpga.device->host.fpgas;
      last = fpga.device.get();
    }
    --room;
    fpga.host = static_cast<int>(cluster.hosts.size()) - 1;
  }
}

} // namespace braid::device
