// Loading weights, moving test data in and out of arrays and streams, tracing layers, and a few constexpr
// functions. All but the constexpr functions and the copies is for simulation only.
#pragma once

#include "hls_stream.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace nnet {

/// ceil(log2(x)), but 1 for x <= 2: the bits of an index into x values, at least one.
constexpr int ceillog2(int x) { return (x <= 2) ? 1 : 1 + ceillog2((x + 1) / 2); }
constexpr int floorlog2(int x) { return (x < 2) ? 0 : 1 + floorlog2(x / 2); }
constexpr int pow2(int x) { return x <= 0 ? 1 : 2 * pow2(x - 1); }

#ifndef __SYNTHESIS__

#ifndef WEIGHTS_DIR
#define WEIGHTS_DIR "weights"
#endif

namespace detail {

/// The whole of WEIGHTS_DIR/fname. A missing file ends the program: a network without weights is of no use.
inline std::string readWeightsFile(const char *fname) {
  const std::string path = std::string(WEIGHTS_DIR) + "/" + fname;
  std::ifstream file(path.c_str(), std::ios::binary);
  if (!file) {
    std::cerr << "ERROR: file " << path << " does not exist" << std::endl;
    std::exit(1);
  }
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline void checkWeightCount(const char *fname, std::size_t expected, std::size_t found) {
  if (expected != found)
    std::cerr << "ERROR: " << fname << ": Expected " << expected << " values but read only " << found
              << " values" << std::endl;
}

/// Reads the decimal number at `text` and moves `text` past it; false if there is none.
/// A plain decimal of at most 15 digits is mantissa / 10^k with both exact in a double, so that one division
/// rounds correctly; anything else is left to strtod. Networks have millions of weights to read.
inline bool readNumber(const char *&text, double &value) {
  static const double powersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const char *at = text;
  while (*at == ' ' || *at == '\t')
    ++at;
  const char *start = at;
  const bool negative = *at == '-';
  if (*at == '-' || *at == '+')
    ++at;
  long long mantissa = 0;
  int digits = 0, fraction = 0;
  for (; *at >= '0' && *at <= '9' && digits <= 15; ++at, ++digits)
    mantissa = mantissa * 10 + (*at - '0');
  if (*at == '.')
    for (++at; *at >= '0' && *at <= '9' && digits <= 15; ++at, ++digits, ++fraction)
      mantissa = mantissa * 10 + (*at - '0');
  const bool ends = *at == ',' || *at == ' ' || *at == '\n' || *at == '\r' || *at == '\0';
  if (digits > 0 && digits <= 15 && ends) {
    const double magnitude = static_cast<double>(mantissa) / powersOfTen[fraction];
    value = negative ? -magnitude : magnitude;
    text = at;
    return true;
  }
  char *end = nullptr;
  value = std::strtod(start, &end);
  text = end;
  return end != start;
}

/// Calls `take(fields of one group)` for each `{a, b, ...}` of the text.
template <class Take> std::size_t forEachGroup(const std::string &text, Take take) {
  std::size_t count = 0, open = text.find('{');
  while (open != std::string::npos) {
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos)
      break;
    std::string group = text.substr(open + 1, close - open - 1);
    std::replace(group.begin(), group.end(), ',', ' ');
    std::istringstream fields(group);
    take(count, fields);
    ++count;
    open = text.find('{', close);
  }
  return count;
}

inline void refuseWeights(const char *fname) {
  std::cerr << "ERROR: Unable to parse file " << fname << std::endl;
  std::exit(1);
}

} // namespace detail

/// Fills w[0..SIZE) from the comma-separated decimals of WEIGHTS_DIR/fname, each cast to T.
template <class T, std::size_t SIZE> void load_weights_from_txt(T *w, const char *fname) {
  const std::string text = detail::readWeightsFile(fname);
  const char *at = text.c_str();
  std::size_t count = 0;
  double value = 0;
  while (count < SIZE && detail::readNumber(at, value)) {
    w[count++] = value;
    while (*at == ' ')
      ++at;
    if (*at != ',')
      break;
    ++at;
  }
  detail::checkWeightCount(fname, SIZE, count);
}

/// Weights as `{row, column, weight}` groups.
template <class T, std::size_t SIZE> void load_compressed_weights_from_txt(T *w, const char *fname) {
  const std::string text = detail::readWeightsFile(fname);
  const std::size_t count = detail::forEachGroup(text, [&](std::size_t i, std::istream &fields) {
    if (i < SIZE && !(fields >> w[i].row_index >> w[i].col_index >> w[i].weight))
      detail::refuseWeights(fname);
  });
  detail::checkWeightCount(fname, SIZE, count);
}

/// Weights as `{sign, exponent}` groups.
template <class T, std::size_t SIZE> void load_exponent_weights_from_txt(T *w, const char *fname) {
  const std::string text = detail::readWeightsFile(fname);
  const std::size_t count = detail::forEachGroup(text, [&](std::size_t i, std::istream &fields) {
    if (i < SIZE && !(fields >> w[i].sign >> w[i].weight))
      detail::refuseWeights(fname);
  });
  detail::checkWeightCount(fname, SIZE, count);
}

// convert_data: between plain arrays of any number type and the arrays or streams of a network.
template <class srcType, class dstType, std::size_t SIZE> void convert_data(srcType *src, dstType *dst) {
  for (std::size_t i = 0; i < SIZE; i++)
    dst[i] = dstType(src[i]);
}

template <class srcType, class dstType, std::size_t SIZE>
void convert_data(srcType *src, hls::stream<dstType> &dst) {
  for (std::size_t i = 0; i < SIZE / dstType::size; i++) {
    dstType beat;
    for (std::size_t j = 0; j < dstType::size; j++)
      beat[j] = typename dstType::value_type(src[i * dstType::size + j]);
    dst.write(beat);
  }
}

template <class srcType, class dstType, std::size_t SIZE>
void convert_data(hls::stream<srcType> &src, dstType *dst) {
  for (std::size_t i = 0; i < SIZE / srcType::size; i++) {
    srcType beat = src.read();
    for (std::size_t j = 0; j < srcType::size; j++)
      dst[i * srcType::size + j] = dstType(beat[j]);
  }
}

// Tracing: the program that links the network defines these three. With storage given, a layer's output goes
// there as float (4) or double (8); without, it is appended to ./tb_data/<layer>_output.log.
extern bool trace_enabled;
extern std::map<std::string, void *> *trace_outputs;
extern std::size_t trace_type_size;

template <class data_T, class save_T>
void save_output_array(data_T *data, save_T *ptr, std::size_t layer_size) {
  for (std::size_t i = 0; i < layer_size; i++)
    ptr[i] = save_T(data[i]);
}

/// Reads every beat and writes it back, so that the next layer still finds it.
template <class data_T, class save_T>
void save_output_array(hls::stream<data_T> &data, save_T *ptr, std::size_t layer_size) {
  for (std::size_t i = 0; i < layer_size / data_T::size; i++) {
    data_T beat = data.read();
    for (std::size_t j = 0; j < data_T::size; j++)
      ptr[i * data_T::size + j] = save_T(beat[j]);
    data.write(beat);
  }
}

namespace detail {

/// `data` is a `data_T *` or an `hls::stream<data_T> &`.
template <class data_T, class Data> void traceLayer(Data &data, const char *layer, std::size_t size) {
  if (!trace_enabled)
    return;
  if (!trace_outputs) {
    std::vector<float> values(size);
    save_output_array<data_T, float>(data, values.data(), size);
    std::ofstream out((std::string("./tb_data/") + layer + "_output.log").c_str(), std::ios::app);
    assert(out.is_open());
    for (std::size_t i = 0; i < size; i++)
      out << values[i] << " ";
    out << std::endl;
    return;
  }
  const std::map<std::string, void *>::const_iterator found = trace_outputs->find(layer);
  if (found == trace_outputs->end())
    std::cout << "Layer name: " << layer << " not found in debug storage!" << std::endl;
  else if (trace_type_size == 4)
    save_output_array<data_T, float>(data, static_cast<float *>(found->second), size);
  else if (trace_type_size == 8)
    save_output_array<data_T, double>(data, static_cast<double *>(found->second), size);
  else
    std::cout << "Unknown trace type!" << std::endl;
}

} // namespace detail

template <class data_T> void save_layer_output(data_T *data, const char *layer_name, std::size_t layer_size) {
  detail::traceLayer<data_T>(data, layer_name, layer_size);
}

template <class data_T>
void save_layer_output(hls::stream<data_T> &data, const char *layer_name, std::size_t layer_size) {
  detail::traceLayer<data_T>(data, layer_name, layer_size);
}

// copy_data: SIZE values from OFFSET of a test vector into a layer's input.
template <class src_T, class dst_T, std::size_t OFFSET, std::size_t SIZE>
void copy_data(std::vector<src_T> src, dst_T dst[SIZE]) {
  for (std::size_t i = 0; i < SIZE; i++)
    dst[i] = dst_T(src[OFFSET + i]);
}

template <class src_T, class dst_T, std::size_t OFFSET, std::size_t SIZE>
void copy_data(std::vector<src_T> src, hls::stream<dst_T> &dst) {
  for (std::size_t i = 0; i < SIZE / dst_T::size; i++) {
    dst_T beat;
    for (std::size_t j = 0; j < dst_T::size; j++)
      beat[j] = typename dst_T::value_type(src[OFFSET + i * dst_T::size + j]);
    dst.write(beat);
  }
}

/// For AXI beats with members `data` and `last`.
template <class src_T, class dst_T, std::size_t OFFSET, std::size_t SIZE>
void copy_data_axi(std::vector<src_T> src, dst_T dst[SIZE]) {
  for (std::size_t i = 0; i < SIZE; i++) {
    dst[i].data = src[OFFSET + i];
    dst[i].last = i + 1 == SIZE;
  }
}

template <class res_T, std::size_t SIZE>
void print_result(res_T result[SIZE], std::ostream &out, bool keep = false) {
  (void)keep; // an array keeps its values anyway
  for (std::size_t i = 0; i < SIZE; i++)
    out << result[i] << " ";
  out << std::endl;
}

template <class res_T, std::size_t SIZE>
void print_result(hls::stream<res_T> &result, std::ostream &out, bool keep = false) {
  for (std::size_t i = 0; i < SIZE / res_T::size; i++) {
    res_T beat = result.read();
    for (std::size_t j = 0; j < res_T::size; j++)
      out << beat[j] << " ";
    if (keep)
      result.write(beat);
  }
  out << std::endl;
}

template <class data_T, std::size_t SIZE> void fill_zero(data_T data[SIZE]) {
  for (std::size_t i = 0; i < SIZE; i++)
    data[i] = data_T(0);
}

template <class data_T, std::size_t SIZE> void fill_zero(hls::stream<data_T> &data) {
  for (std::size_t i = 0; i < SIZE / data_T::size; i++) {
    data_T beat;
    for (std::size_t j = 0; j < data_T::size; j++)
      beat[j] = typename data_T::value_type(0);
    data.write(beat);
  }
}

/// 0, or -1 if the file cannot be opened, or -2 if it ends early.
template <class dataType, unsigned int nrows> int read_file_1D(const char *filename, dataType data[nrows]) {
  std::ifstream file(filename);
  if (!file)
    return -1;
  for (unsigned i = 0; i < nrows; i++) {
    float value;
    if (!(file >> value))
      return -2;
    data[i] = value;
  }
  return 0;
}

template <class dataType, unsigned int nrows, unsigned int ncols>
int read_file_2D(const char *filename, dataType data[nrows][ncols]) {
  return read_file_1D<dataType, nrows * ncols>(filename, &data[0][0]);
}

template <class data_T, int N_IN> void hls_stream_debug(hls::stream<data_T> &data, hls::stream<data_T> &res) {
  for (int i = 0; i < N_IN; i++) {
    const data_T value = data.read();
    std::cout << "[" << i << "]: " << value << std::endl;
    res.write(value);
  }
}

#endif // __SYNTHESIS__

template <class in_T, class out_T, int N_IN>
void change_type(hls::stream<in_T> &in, hls::stream<out_T> &out) {
  for (int i = 0; i < N_IN; i++)
    out.write(static_cast<out_T>(in.read()));
}

} // namespace nnet
