// A stand-in for XRT's header of this name. For tests only.
#pragma once

#include <string>
#include <vector>

namespace xrt {

class xclbin {
public:
  class arg {
  public:
    arg(std::string name, size_t offset) : name_(std::move(name)), offset_(offset) {}
    std::string get_name() const { return name_; }
    size_t get_offset() const { return offset_; }

  private:
    std::string name_;
    size_t offset_;
  };
  class ip {
  public:
    std::vector<arg> get_args() const {
      return {{"data_in", 0},    {"data_out", 0}, {"lost", 0x10},
              {"refused", 0x20}, {"dest", 0x14},  {"replica", 0x18}};
    }
  };

  xclbin() = default;
  explicit xclbin(const std::string &file) : file_(file) {}
  std::string get_xsa_name() const { return "platform of " + file_; }
  ip get_ip(const std::string &) const { return {}; }

private:
  std::string file_;
};

} // namespace xrt
