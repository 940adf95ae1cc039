#include "sockets_file.h"

#include <fmt/format.h>

namespace braid::targets::host {

std::string socketsFile(const FpgaSetup &card) {
  std::string out = "# port <number> <mac> <ip> <gateway> <mask>\n"
                    "# socket <port> <row> <their ip> <their port> <my port>   (crossing, direction)\n"
                    "# arp <port> <ip> <mac>\n"
                    "# set <kernel> <register> <value>   (of free-running kernels, before the first frame)\n";
  for (const PortSetup &port : card.ports) {
    out += fmt::format("port {} {} {} {} {}\n", port.port, port.mac, port.ip, port.gateway, port.mask);
    for (const Socket &row : port.sockets)
      out += fmt::format("socket {} {} {} {} {}   # {} {}\n", port.port, row.row, row.theirIp, row.theirPort,
                         row.myPort, row.crossing, row.sends ? "out" : "in");
    for (const ArpEntry &entry : port.arp)
      out += fmt::format("arp {} {} {}\n", port.port, entry.ip, entry.mac);
  }
  for (const KernelSetting &setting : settingsOf(card))
    out += fmt::format("set {} {} {}\n", setting.kernel, setting.name, setting.value);
  return out;
}

} // namespace braid::targets::host
