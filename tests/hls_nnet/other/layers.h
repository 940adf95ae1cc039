// Runs a layer's array form and its stream form on the same numbers. A layer is a struct with two members:
//   template <class In, class Out> static void arrays(In *in, Out *out);
//   template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out); // of
//   beats
#pragma once

#include "reference.h" // first: hls4ml's nnet_types.h does not include the AP types it uses

#include "nnet_utils/nnet_types.h"

template <class Layer, class In, class Out> Mantissas runArrays(const Mantissas &data, unsigned results) {
  std::vector<In> in = numbers<In>(data);
  std::vector<Out> out(results);
  Layer::arrays(in.data(), out.data());
  return bitsOf(out);
}

template <class Layer, class In, class Out, unsigned InSize, unsigned OutSize>
Mantissas runStreams(const Mantissas &data) {
  hls::stream<nnet::array<In, InSize>> in("in");
  hls::stream<nnet::array<Out, OutSize>> out("out");
  fill(in, data);
  Layer::streams(in, out);
  Mantissas results = drain(out);
  if (!in.empty())
    results.clear(); // not all was read
  return results;
}

/// Layers of two inputs: arrays(in1, in2, out), streams(in1, in2, out).
template <class Layer, class In1, class In2, class Out>
Mantissas runArrays(const Mantissas &data1, const Mantissas &data2, unsigned results) {
  std::vector<In1> in1 = numbers<In1>(data1);
  std::vector<In2> in2 = numbers<In2>(data2);
  std::vector<Out> out(results);
  Layer::arrays(in1.data(), in2.data(), out.data());
  return bitsOf(out);
}

template <class Layer, class In1, class In2, class Out, unsigned In1Size, unsigned In2Size, unsigned OutSize>
Mantissas runStreams(const Mantissas &data1, const Mantissas &data2) {
  hls::stream<nnet::array<In1, In1Size>> in1("in1");
  hls::stream<nnet::array<In2, In2Size>> in2("in2");
  hls::stream<nnet::array<Out, OutSize>> out("out");
  fill(in1, data1);
  fill(in2, data2);
  Layer::streams(in1, in2, out);
  Mantissas results = drain(out);
  if (!in1.empty() || !in2.empty())
    results.clear();
  return results;
}

/// `name <in> -> <out>` for a case.
inline std::string text(const Type &type) {
  static const char *const roundings[] = {"RND",      "RND_ZERO", "RND_MIN_INF", "RND_INF",
                                          "RND_CONV", "TRN",      "TRN_ZERO"};
  static const char *const overflows[] = {"SAT", "SAT_ZERO", "SAT_SYM", "WRAP"};
  return std::string(type.isSigned ? "s" : "u") + std::to_string(type.width) + "." +
         std::to_string(type.places) +
         (type.rounding == AP_TRN ? "" : std::string(",") + roundings[type.rounding]) +
         (type.overflow == AP_WRAP ? "" : std::string(",") + overflows[type.overflow]);
}

template <class In, class Out> std::string named(const std::string &name) {
  return name + " " + text(TypeOf<In>::get()) + " -> " + text(TypeOf<Out>::get());
}
