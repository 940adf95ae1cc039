// A stand-in for XRT's header of this name: as much of its interface as emitted host programs use. For tests
// only.
#pragma once

#include "stub.h"

#include <string>

namespace xrt {

class uuid {};
class xclbin;

class device {
public:
  device() = default;
  explicit device(unsigned index) : name_(std::to_string(index)) {}
  explicit device(const std::string &bdf) : name_(bdf) {}
  uuid load_xclbin(const xclbin &) {
    xrt_stub::world().call("program " + name_);
    return {};
  }
  const std::string &stubName() const { return name_; }

private:
  std::string name_;
};

} // namespace xrt
