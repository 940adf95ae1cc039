// The addresses of one card as lines of words, for host programs that read no JSON.
#pragma once

#include "braid/targets/network.h"

#include <string>

namespace braid::targets::host {

/// network/<fpga>.sockets.
std::string socketsFile(const FpgaSetup &card);

} // namespace braid::targets::host
