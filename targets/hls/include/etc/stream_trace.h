#pragma once
// Keeps what streams and arrays hold in a simulation compiled with -DBRAID_TRACE, for who compares layer by
// layer
// (`braid verify --per-layer`). `trace.names` in the folder of the run lists the names that are wanted; the
// file `trace` is written beside it: pieces of [name's line (4 bytes), bits of a word (4), bytes (8), words],
// each word in whole bytes, lowest first.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

namespace braid {
namespace trace {

struct Kept {
  std::uint32_t line, bits;
  std::string bytes; ///< Not written yet
};

struct Trace {
  std::map<std::string, Kept> kept;
  std::FILE *file;
  Trace() : file(0) {}
  ~Trace() { write(); }

  static void append(std::string &to, std::uint64_t value, int count) {
    for (int i = 0; i < count; i++)
      to.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
  }
  void write(Kept &of) {
    std::string head;
    append(head, of.line, 4);
    append(head, of.bits, 4);
    append(head, of.bytes.size(), 8);
    if (!file || of.bytes.empty())
      return;
    std::fwrite(head.data(), 1, head.size(), file);
    std::fwrite(of.bytes.data(), 1, of.bytes.size(), file);
    of.bytes.clear();
  }
  void write() {
    for (std::map<std::string, Kept>::iterator of = kept.begin(); of != kept.end(); ++of)
      write(of->second);
    if (file)
      std::fflush(file);
  }
};

inline Trace &current() {
  static Trace trace;
  return trace;
}

/// Of a run that ends before its time.
inline void finish() { current().write(); }
inline void onCrash(int signal) {
  std::signal(signal, SIG_DFL);
  finish();
  std::raise(signal);
}

inline void begin(const std::string &folder) {
  std::ifstream names((folder + "/trace.names").c_str());
  Trace &trace = current();
  std::uint32_t line = 0;
  for (std::string name; std::getline(names, name); line++) {
    Kept of = {line, 0, std::string()};
    trace.kept[name] = of;
  }
  if (trace.kept.empty())
    return;
  trace.file = std::fopen((folder + "/trace").c_str(), "wb");
  std::signal(SIGABRT, onCrash);
  std::signal(SIGSEGV, onCrash);
  std::signal(SIGFPE, onCrash);
}

inline Kept *find(const std::string &name) {
  Trace &trace = current();
  const std::map<std::string, Kept>::iterator at = trace.kept.find(name);
  return at == trace.kept.end() ? 0 : &at->second;
}

// What is kept of a value: the bits of a number, those of every number of an nnet::array, else nothing.
template <class T> auto append(Kept &to, T number, int) -> decltype(number.range(0, 0), void()) {
  const int width = T::width;
  to.bits = static_cast<std::uint32_t>(width);
  for (int b = 0; b < width; b += 64) {
    const int last = b + 63 < width ? b + 63 : width - 1;
    Trace::append(to.bytes, number.range(last, b).to_uint64(), (last - b) / 8 + 1);
  }
}
template <class T>
auto append(Kept &to, const T &numbers, int) -> decltype(typename T::value_type(), void()) {
  for (unsigned i = 0; i < T::size; i++)
    append(to, numbers[i], 0);
}
template <class T> void append(Kept &, const T &, long) {}

/// Words are written piece by piece, so that a long run does not hold all.
inline void writeIfMany(Kept &of) {
  if (of.bytes.size() >= 65536)
    current().write(of);
}

template <class T> void stream(const std::string &name, const T &value) {
  if (Kept *of = find(name)) {
    append(*of, value, 0);
    writeIfMany(*of);
  }
}

template <class T> void array(const char *name, const T *values, unsigned count) {
  if (Kept *of = find(name)) {
    for (unsigned i = 0; i < count; i++)
      append(*of, values[i], 0);
    writeIfMany(*of);
  }
}

} // namespace trace
} // namespace braid
