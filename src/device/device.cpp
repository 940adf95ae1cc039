#include "braid/device/device.h"

#include "braid/support/error.h"
#include "braid/support/math.h"

#include <algorithm>

namespace braid::device {

const char *name(Resource resource) {
  switch (resource) {
  case Resource::Lut:
    return "LUT";
  case Resource::Ff:
    return "FF";
  case Resource::Bram18:
    return "BRAM18";
  case Resource::Uram:
    return "URAM";
  case Resource::Dsp:
    return "DSP";
  case Resource::Hbm:
    return "HBM";
  }
  BRAID_CHECK(false, "unknown resource");
}

const char *name(Topology topology) {
  switch (topology) {
  case Topology::None:
    return "none";
  case Topology::Direct:
    return "direct";
  case Topology::Chain:
    return "chain";
  case Topology::Star:
    return "star";
  case Topology::List:
    return "list";
  }
  BRAID_CHECK(false, "unknown topology");
}

Resources &Resources::operator+=(const Resources &other) {
  for (size_t i = 0; i < amount.size(); ++i)
    amount[i] += other.amount[i];
  return *this;
}

Resources Resources::operator-(const Resources &other) const {
  Resources out = *this;
  for (size_t i = 0; i < amount.size(); ++i)
    out.amount[i] -= other.amount[i];
  return out;
}

bool Resources::fitsIn(const Resources &budget) const {
  for (size_t i = 0; i < amount.size(); ++i)
    if (amount[i] > budget.amount[i])
      return false;
  return true;
}

double HostSide::ingestGbps() const {
  if (pcieGbps > 0 && nicGbps > 0)
    return std::min(pcieGbps, nicGbps);
  return std::max(pcieGbps, nicGbps);
}

Resources Device::capacity() const {
  Resources sum;
  for (const Die &die : dies)
    sum += die.capacity;
  return sum;
}

Resources Device::shell() const {
  Resources sum;
  for (const Die &die : dies)
    sum += die.shell;
  return sum;
}

int64_t wireBytes(const LinkType &link, int64_t payloadBytes) {
  const int64_t wordBytes = std::max<int64_t>(1, link.wordBits / 8);
  const int64_t inWords =
      ceilDiv(std::max<int64_t>(payloadBytes, 1), wordBytes) * wordBytes + link.frameHeaderBytes;
  if (link.maxPayloadBytes == 0)
    return inWords + link.headerBytes + link.overheadBytes;
  const int64_t packets = ceilDiv(inWords, link.maxPayloadBytes);
  return inWords + packets * (link.headerBytes + link.overheadBytes);
}

const Link *Cluster::link(int a, int b) const {
  for (const Link &link : links)
    if ((link.a == a && link.b == b) || (link.a == b && link.b == a))
      return &link;
  return nullptr;
}

std::vector<int> Cluster::path(int a, int b) const {
  if (link(a, b))
    return {a, b};
  std::vector<int> from(fpgas.size(), -1), next{a};
  from[static_cast<size_t>(a)] = a;
  for (size_t i = 0; i < next.size() && from[static_cast<size_t>(b)] < 0; ++i)
    for (int other = 0; other < static_cast<int>(fpgas.size()); ++other)
      if (from[static_cast<size_t>(other)] < 0 && link(next[i], other)) {
        from[static_cast<size_t>(other)] = next[i];
        next.push_back(other);
      }
  if (from[static_cast<size_t>(b)] < 0)
    return {};
  std::vector<int> out{b};
  while (out.back() != a)
    out.push_back(from[static_cast<size_t>(out.back())]);
  std::reverse(out.begin(), out.end());
  return out;
}

const Link *Cluster::firstLink(int a, int b) const {
  const std::vector<int> way = path(a, b);
  return way.size() > 1 ? link(a, way[1]) : nullptr;
}

int Cluster::portOf(const Link &wanted, int fpga) const {
  int next = 0, toSwitch = -1;
  for (const Link &link : links) {
    if (link.a != fpga && link.b != fpga)
      continue;
    const int port = link.throughSwitch && toSwitch >= 0 ? toSwitch : next++;
    if (link.throughSwitch)
      toSwitch = port;
    if (&link == &wanted)
      return port;
  }
  BRAID_CHECK(false, "a link of another cluster, or not of this FPGA");
}

} // namespace braid::device
