// Clusters by name: `<device>`, `<device>x<N>`, a cluster that comes with braid, or a file.
#include "joints.h"
#include "tables.h"

#include "braid/support/error.h"
#include "braid/support/text.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <fmt/format.h>

namespace braid::device {

namespace {

/// `u280x4` taken apart; count is 0 where the name does not end in x<digits>.
struct Repeated {
  llvm::StringRef device;
  int64_t count = 0;
};

Repeated takeApart(llvm::StringRef name) {
  const auto [device, digits] = name.rsplit('x');
  int64_t count = 0;
  if (digits.empty() || device.empty() || !llvm::all_of(digits, llvm::isDigit) || digits.size() > 6 ||
      digits.getAsInteger(10, count))
    return {name, 0};
  return {device, count};
}

llvm::Expected<Cluster> repeat(llvm::StringRef name, std::shared_ptr<const Device> device, int64_t count) {
  if (count < 1 || count > kMaxFpgas)
    return badUsage(
        fmt::format("cluster '{}' asks for {} FPGAs; 1 to {} are possible", name, count, kMaxFpgas));
  Cluster cluster;
  cluster.name = name.str();
  for (int i = 0; i < count; ++i)
    cluster.fpgas.push_back({fmt::format("fpga{}", i), device, device->clockMhz, 0});
  assignHosts(cluster);
  if (count == 1 || device->ports.empty())
    return cluster; // without a port no crossing can be placed: the planner says so if it needs one
  auto link = findLink(device->ports.front().link);
  if (!link)
    return link.takeError();
  // One port leads to a switch; two cards with two ports need none.
  join(cluster, count == 2 && device->ports.size() >= 2 ? Topology::Direct : Topology::Star, *link);
  return cluster;
}

bool looksLikeFile(llvm::StringRef name) { return name.endswith(".json") || name.contains('/'); }

/// What might have been meant by a name that is neither known nor a file.
llvm::Error unknownCluster(llvm::StringRef name) {
  std::vector<std::string> known = deviceNames();
  for (const std::string &cluster : clusterNames())
    known.push_back(cluster);
  const Repeated repeated = takeApart(name);
  if (repeated.count > 0)
    return badUsage(fmt::format("unknown device '{}' in cluster '{}'{}", printable(repeated.device),
                                printable(name), suggestion(repeated.device, deviceNames())));
  return userError(
      ExitCode::BadUsage,
      {.file = {},
       .node = {},
       .op = {},
       .message = fmt::format("unknown cluster '{}'{}", printable(name), suggestion(name, known)),
       .notes = {"a cluster is one of these names, '<device>x<N>', or a cluster file (*.json)"}});
}

} // namespace

llvm::Expected<Cluster> readCluster(llvm::StringRef nameOrFile) {
  if (std::string_view text = clusterText(nameOrFile); !text.empty())
    return parseCluster({text.data(), text.size()}, nameOrFile);
  const std::vector<std::string> devices = deviceNames();
  const auto isDevice = [&](llvm::StringRef name) { return llvm::is_contained(devices, name); };
  Repeated repeated = takeApart(nameOrFile);
  if (isDevice(nameOrFile))
    repeated = {nameOrFile, 1};
  if (isDevice(repeated.device))
    return repeat(nameOrFile, llvm::cantFail(findDevice(repeated.device)), repeated.count);
  if (!looksLikeFile(nameOrFile) && !llvm::sys::fs::exists(nameOrFile))
    return unknownCluster(nameOrFile);
  auto buffer = llvm::MemoryBuffer::getFile(nameOrFile);
  if (!buffer)
    return badInput(nameOrFile, fmt::format("cannot read the cluster file: {}", buffer.getError().message()));
  return parseCluster((*buffer)->getBuffer(), nameOrFile);
}

} // namespace braid::device
