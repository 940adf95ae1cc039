// A stand-in for XRT's header of this name. For tests only.
#pragma once

#include "xrt_device.h"

#include <memory>
#include <vector>

enum xclBOSyncDirection { XCL_BO_SYNC_BO_TO_DEVICE, XCL_BO_SYNC_BO_FROM_DEVICE };

namespace xrt {

class bo {
public:
  bo() = default;
  bo(const device &, size_t size, int) : bytes_(std::make_shared<std::vector<char>>(size)) {}
  template <class T> T map() { return reinterpret_cast<T>(bytes_->data()); }
  void sync(xclBOSyncDirection) {}
  const std::shared_ptr<std::vector<char>> &stubBytes() const { return bytes_; }

private:
  std::shared_ptr<std::vector<char>> bytes_;
};

} // namespace xrt
