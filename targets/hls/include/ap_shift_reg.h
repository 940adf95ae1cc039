#pragma once
// ap_shift_reg<T, DEPTH>: a shift register with an addressable tap, kept as a ring: a shift moves one word.
#include <cstdio>
#include <cstdlib>

template <class T, unsigned DEPTH = 32> class ap_shift_reg {
public:
  ap_shift_reg() : words_() {}
  explicit ap_shift_reg(const char *) : words_() {}
  ap_shift_reg(const ap_shift_reg &) = delete;
  ap_shift_reg &operator=(const ap_shift_reg &) = delete;

  /// The word `addr` shifts ago; then, if enabled, shifts `in` to address 0.
  T shift(T in, unsigned addr = DEPTH - 1, bool enable = true) {
    const T out = read(addr);
    if (enable) {
      first_ = first_ == 0 ? DEPTH - 1 : first_ - 1;
      words_[first_] = in;
    }
    return out;
  }
  T read(unsigned addr = DEPTH - 1) const {
    if (addr >= DEPTH) {
      std::fprintf(stderr, "ERROR: ap_shift_reg of depth %u is read at address %u\n", DEPTH, addr);
      std::abort();
    }
    const unsigned at = first_ + addr;
    return words_[at < DEPTH ? at : at - DEPTH];
  }

private:
  T words_[DEPTH];
  unsigned first_ = 0;
};
