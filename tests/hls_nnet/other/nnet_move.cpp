// transpose, resize_nearest, clone_stream and repack_stream against the reference.
// Compiles unchanged against braid's nnet_utils and against hls4ml's.
#include "layers.h"
#include "nnet_utils/nnet_image.h"
#include "nnet_utils/nnet_image_stream.h"
#include "nnet_utils/nnet_stream.h"
#include "nnet_utils/nnet_transpose.h"
#include "nnet_utils/nnet_transpose_stream.h"
#include "transposes.h"

namespace {

Report report;

typedef ap_fixed<12, 5> In;
typedef ap_fixed<8, 4, AP_RND_CONV, AP_SAT> Out;

template <class CONFIG_T> struct Transpose {
  template <class In, class Out> static void arrays(In *in, Out *out) {
    nnet::transpose<In, Out, CONFIG_T>(in, out);
  }
  template <class In, class Out> static void streams(hls::stream<In> &in, hls::stream<Out> &out) {
    nnet::transpose<In, Out, CONFIG_T>(in, out);
  }
};

template <class CONFIG_T, unsigned inSize, unsigned outSize> void transposed(const std::string &name) {
  const Mantissas x = Generator(CONFIG_T::N).many<In>(CONFIG_T::N);
  Mantissas want = permuted<CONFIG_T>(x);
  for (Wide &value : want)
    value = cast(value, TypeOf<In>::get().places, TypeOf<Out>::get());
  const Mantissas arrays = runArrays<Transpose<CONFIG_T>, In, Out>(x, CONFIG_T::N);
  report.expect("transpose " + name + " arrays", arrays, want);
  const Mantissas streams = runStreams<Transpose<CONFIG_T>, In, Out, inSize, outSize>(x);
  report.expect("transpose " + name + " streams", streams, want);
}

template <unsigned h, unsigned w, unsigned newH, unsigned newW> struct resize_config : nnet::resize_config {
  static const unsigned height = h;
  static const unsigned width = w;
  static const unsigned n_chan = 3;
  static const unsigned new_height = newH;
  static const unsigned new_width = newW;
};

template <class CONFIG_T> struct Resize {
  template <class T> static void arrays(T *in, T *out) { nnet::resize_nearest<T, CONFIG_T>(in, out); }
  template <class T> static void streams(hls::stream<T> &in, hls::stream<T> &out) {
    nnet::resize_nearest<T, CONFIG_T>(in, out);
  }
};

template <class CONFIG_T> Mantissas enlarged(const Mantissas &x) {
  Mantissas want;
  for (unsigned i = 0; i < CONFIG_T::new_height; i++)
    for (unsigned j = 0; j < CONFIG_T::new_width; j++)
      for (unsigned c = 0; c < 3; c++)
        want.push_back(x[((i * CONFIG_T::height / CONFIG_T::new_height) * CONFIG_T::width +
                          j * CONFIG_T::width / CONFIG_T::new_width) *
                             3 +
                         c]);
  return want;
}

template <class CONFIG_T> void resizedArrays(const std::string &name) {
  const Mantissas x = Generator(CONFIG_T::new_height).many<In>(CONFIG_T::height * CONFIG_T::width * 3);
  const Mantissas want = enlarged<CONFIG_T>(x);
  const Mantissas arrays = runArrays<Resize<CONFIG_T>, In, In>(x, static_cast<unsigned>(want.size()));
  report.expect("resize_nearest " + name + " arrays", arrays, want);
}

template <class CONFIG_T> void resizedStreams(const std::string &name) {
  const Mantissas x = Generator(CONFIG_T::new_height).many<In>(CONFIG_T::height * CONFIG_T::width * 3);
  const Mantissas streams = runStreams<Resize<CONFIG_T>, In, In, 3, 3>(x);
  report.expect("resize_nearest " + name + " streams", streams, enlarged<CONFIG_T>(x));
}

template <unsigned inSize, unsigned outSize, unsigned elements> void repacked() {
  const Mantissas x = Generator(inSize * 100 + outSize).many<In>(elements);
  Mantissas want;
  for (Wide value : x)
    want.push_back(cast(value, TypeOf<In>::get().places, TypeOf<Out>::get()));
  hls::stream<nnet::array<In, inSize>> in("in");
  hls::stream<nnet::array<Out, outSize>> out("out");
  fill(in, x);
  nnet::repack_stream<nnet::array<In, inSize>, nnet::array<Out, outSize>, elements>(in, out);
  report.expect("repack_stream " + std::to_string(inSize) + " to " + std::to_string(outSize), drain(out),
                want);
}

void cloned() {
  typedef nnet::array<In, 5> Beat;
  typedef hls::stream<Beat> Stream;
  const Mantissas x = Generator(5).many<In>(35);
  Stream s[8];
  for (unsigned copies = 2; copies <= 7; copies++) {
    fill(s[0], x);
    if (copies == 2)
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2]);
    else if (copies == 3)
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2], s[3]);
    else if (copies == 4)
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2], s[3], s[4]);
    else if (copies == 5)
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2], s[3], s[4], s[5]);
    else if (copies == 6)
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2], s[3], s[4], s[5], s[6]);
    else
      nnet::clone_stream<Beat, Beat, 35>(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    Mantissas got, want;
    for (unsigned i = 1; i <= copies; i++) {
      const Mantissas copy = drain(s[i]);
      got.insert(got.end(), copy.begin(), copy.end());
      want.insert(want.end(), x.begin(), x.end());
    }
    report.expect("clone_stream " + std::to_string(copies), got, want);
  }
}

} // namespace

int main() {
  transposed<transpose_2d, 6, 4>("[4][6] -> [6][4]");
  transposed<transpose_3d_201, 4, 3>("[2][3][4] -> [4][2][3]");
  transposed<transpose_3d_210, 4, 2>("[2][3][4] -> [4][3][2]");
  transposed<transpose_3d_210, 2, 1>("[2][3][4] -> [4][3][2], pixels of several beats");
  transposed<transpose_3d_102, 4, 4>("[2][3][4] -> [3][2][4]");
  transposed<transpose_1d, 7, 7>("[7] -> [7]");
  resizedArrays<resize_config<4, 5, 8, 10>>("by 2");
  resizedStreams<resize_config<4, 5, 8, 10>>("by 2");
  resizedArrays<resize_config<3, 2, 9, 10>>("by 3 and 5");
  resizedStreams<resize_config<3, 2, 9, 10>>("by 3 and 5");
  resizedArrays<resize_config<6, 7, 4, 11>>("6x7 to 4x11");
  repacked<12, 12, 48>();
  repacked<12, 4, 48>();
  repacked<3, 12, 48>();
  repacked<48, 1, 48>();
  repacked<1, 48, 48>();
  cloned();
  return report.finish();
}
