// What all units of this folder share: a logarithm, and the types by which a call names the resource that
// implements it. Names, parameters and streams are finn-hlslib's (revision 16e5847), so that a project of
// FINN main builds against either.
#pragma once

#include <ap_int.h>

#include <cstddef>

/// ceil(log2(x)); 0 for x < 2.
constexpr unsigned clog2(std::size_t x) {
  unsigned bits = 0;
  for (std::size_t reach = 1; reach < x; reach *= 2)
    bits++;
  return bits;
}

/// The tool's choice, of multipliers as of memories.
class ap_resource_dflt {};
/// Multipliers.
class ap_resource_lut {};
class ap_resource_dsp {};
/// Line buffers.
class ap_resource_lutram {};
class ap_resource_bram {};
class ap_resource_uram {};

namespace braid {
namespace finn {

template <class T> struct IsSigned { static const bool value = false; };
template <int W> struct IsSigned<ap_int<W>> { static const bool value = true; };

} // namespace finn
} // namespace braid
