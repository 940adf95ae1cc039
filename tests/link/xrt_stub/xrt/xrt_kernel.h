// A stand-in for XRT's header of this name: sources keep what they would have sent, sinks get it. For tests
// only.
#pragma once

#include "xrt_bo.h"

#include <chrono>
#include <map>

enum ert_cmd_state { ERT_CMD_STATE_NEW = 1, ERT_CMD_STATE_COMPLETED = 4, ERT_CMD_STATE_TIMEOUT = 8 };

namespace xrt {

class kernel {
public:
  kernel() = default;
  kernel(const device &device, const uuid &, const std::string &name)
      : name_(name), device_(device.stubName()) {}
  int group_id(int) const { return 0; }
  const std::string &stubName() const { return name_; }
  const std::string &stubDevice() const { return device_; }

private:
  std::string name_, device_;
};

class run {
public:
  run() = default;
  explicit run(const kernel &kernel) : kernel_(kernel) {}
  void set_arg(int index, const bo &memory) { memories_[index] = memory; }
  void set_arg(int index, uint32_t value) {
    if (isSource() && index == 3)
      xrt_stub::world().sourcePeriod = value;
  }
  void start() {
    xrt_stub::world().call("start " + kernel_.stubDevice() + " " + kernel_.stubName());
    if (isSource())
      xrt_stub::world().carriedBy[kernel_.stubDevice()] = xrt_stub::world().carried =
          *memories_.at(0).stubBytes();
  }
  ert_cmd_state wait(const std::chrono::milliseconds &) {
    if (!isSource() && !xrt_stub::world().hangs)
      *memories_.at(1).stubBytes() = carried();
    return state();
  }
  ert_cmd_state state() const {
    return xrt_stub::world().hangs ? ERT_CMD_STATE_TIMEOUT : ERT_CMD_STATE_COMPLETED;
  }

private:
  /// What a source of the same card would give, else that of another.
  const std::vector<char> &carried() const {
    const auto own = xrt_stub::world().carriedBy.find(kernel_.stubDevice());
    return own == xrt_stub::world().carriedBy.end() ? xrt_stub::world().carried : own->second;
  }
  bool isSource() const { return kernel_.stubName().rfind("mm2s", 0) == 0; }

  kernel kernel_;
  std::map<int, bo> memories_;
};

} // namespace xrt
