// A stand-in for XRT's header of this name. For tests only.
#pragma once

#include "../xrt_device.h"

namespace xrt {

class ip {
public:
  ip(const device &device, const uuid &, const std::string &name) : key_(device.stubName() + " " + name) {
    auto &registers = xrt_stub::world().registers[key_];
    registers[0x007c] = 0x5e771465; // VNx: the network layer is there
    registers[0x0810] = 16;         // its rows
  }
  uint32_t read_register(uint32_t offset) const {
    if (key_.find("cmac") != std::string::npos && offset == 0x0204)
      return xrt_stub::world().linkUp ? 1 : 0;
    return xrt_stub::world().registers[key_][offset];
  }
  void write_register(uint32_t offset, uint32_t value) {
    xrt_stub::world().registers[key_][offset] = value;
    xrt_stub::world().call("write " + key_);
  }

private:
  std::string key_;
};

} // namespace xrt
