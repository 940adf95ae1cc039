#pragma once
// hls::stream<T, DEPTH>: an unbounded first-in first-out queue, as in the vendor's C simulation. DEPTH is a
// hint to synthesis only. Reading an empty stream ends the program: in hardware it would hang. Not for use
// across threads.
#include <cassert> // with <sstream>: layer headers that include this one use them and count on it
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#ifdef BRAID_TRACE
#include "etc/stream_trace.h"
#endif

namespace hls {

template <class T, int DEPTH = 0> class stream;

/// The queue itself; every stream<T, DEPTH> is one, so that functions can take `hls::stream<T> &`.
template <class T> class stream<T, 0> {
public:
  stream() : name_("unnamed") {}
  explicit stream(const char *name) : name_(name) {}
  explicit stream(const std::string &name) : name_(name) {}
  stream(const stream &) = delete;
  stream &operator=(const stream &) = delete;
  ~stream() {
    if (size_ != 0)
      std::fprintf(stderr, "WARNING: hls::stream '%s' still holds %zu of the %zu words written\n",
                   name_.c_str(), size_, written_);
  }

  bool empty() const { return size_ == 0; }
  bool full() const { return false; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return static_cast<std::size_t>(-1); }

  T read() {
    if (size_ == 0) {
      std::fprintf(stderr, "ERROR: hls::stream '%s' is read while empty, after all %zu words written to it\n",
                   name_.c_str(), written_);
      std::abort();
    }
    const std::size_t at = head_;
    head_ = (head_ + 1) & (slots_ - 1);
    --size_;
    return data_[at];
  }
  void read(T &x) { x = read(); }
  bool read_nb(T &x) {
    if (size_ == 0)
      return false;
    x = read();
    return true;
  }
  void write(const T &x) {
#ifdef BRAID_TRACE
    braid::trace::stream(name_, x);
#endif
    if (size_ == slots_)
      grow();
    data_[(head_ + size_) & (slots_ - 1)] = x;
    ++written_;
    if (++size_ > highWater_)
      highWater_ = size_;
  }
  bool write_nb(const T &x) {
    write(x);
    return true;
  }
  void operator>>(T &x) { x = read(); }
  void operator<<(const T &x) { write(x); }

  // Not in the vendor's interface: what the simulation learned.
  const std::string &name() const { return name_; }
  /// Most words the stream held at once: the depth that keeps this run from stalling.
  std::size_t highWater() const { return highWater_; }
  std::size_t written() const { return written_; }

private:
  void grow() {
    const std::size_t slots = slots_ ? 2 * slots_ : 16; // a power of two, so that positions wrap by a mask
    std::unique_ptr<T[]> data(new T[slots]);
    for (std::size_t i = 0; i < size_; ++i)
      data[i] = data_[(head_ + i) & (slots_ - 1)];
    data_ = std::move(data);
    slots_ = slots;
    head_ = 0;
  }

  std::string name_;
  std::unique_ptr<T[]> data_;
  std::size_t slots_ = 0, head_ = 0, size_ = 0, highWater_ = 0, written_ = 0;
};

template <class T, int DEPTH> class stream : public stream<T, 0> {
public:
  stream() {}
  explicit stream(const char *name) : stream<T, 0>(name) {}
  explicit stream(const std::string &name) : stream<T, 0>(name) {}
};

} // namespace hls
