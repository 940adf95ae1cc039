// Dense layers: every kernel and reuse-factor class, arrays and streams, over the kinds of number types.
#include "harness.h"

#include "nnet_utils/nnet_dense.h"
#include "nnet_utils/nnet_dense_stream.h"

using namespace test;

/// Number types of one layer.
template <class X, class W, class B, class A, class Y> struct Types {
  typedef X x;
  typedef W w;
  typedef B b;
  typedef A a;
  typedef Y y;
};
typedef ap_fixed<16, 6> F16;
typedef Types<F16, F16, F16, ap_fixed<42, 22>, F16> Default;
typedef Types<ap_ufixed<8, 0>, ap_fixed<6, 1>, ap_fixed<6, 1>, ap_fixed<20, 8>,
              ap_fixed<8, 4, AP_RND, AP_SAT>>
    Narrow;
typedef Types<F16, F16, F16, ap_fixed<24, 10>, F16> RoundedProducts;
typedef Types<F16, F16, F16, ap_fixed<18, 8, AP_RND, AP_SAT>, F16> Saturating;
typedef Types<ap_int<8>, ap_int<4>, ap_int<8>, ap_int<20>, ap_int<9>> Integers;
typedef Types<ap_uint<16>, ap_uint<16>, ap_uint<16>, ap_uint<36>, ap_uint<36>> Unsigned;
typedef Types<ap_fixed<32, 12>, ap_fixed<24, 8>, F16, ap_fixed<64, 30>, ap_fixed<40, 20>> WideTypes;
typedef Types<ap_fixed<32, 12>, ap_fixed<32, 8>, F16, ap_fixed<70, 30>, ap_fixed<40, 20>> VeryWide;
typedef Types<F16, F16, ap_fixed<20, 6>, ap_fixed<12, 4>, ap_ufixed<10, 3>> Wrapping;
typedef Types<F16, F16, F16, ap_fixed<50, 20>, ap_fixed<50, 20>> FineAccumulator;

template <class T, unsigned nIn, unsigned nOut, unsigned RF, unsigned Strategy,
          template <class, class, class> class Kernel>
struct Config : nnet::dense_config {
  static const unsigned n_in = nIn;
  static const unsigned n_out = nOut;
  static const unsigned io_type = nnet::io_parallel;
  static const unsigned strategy = Strategy;
  static const unsigned reuse_factor = RF;
  static const unsigned n_zeros = 0;
  static const unsigned n_nonzeros = nIn * nOut;
  static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
  static const bool store_weights_in_bram = false;
  typedef typename T::a accum_t;
  typedef typename T::b bias_t;
  typedef typename T::w weight_t;
  typedef ap_uint<1> index_t;
  template <class data_T, class res_T, class CONFIG_T> using kernel = Kernel<data_T, res_T, CONFIG_T>;
  template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

/// The kernel that has no class of its own in every library: the function behind it.
template <class data_T, class res_T, class CONFIG_T> struct RfGtNin {
  static void dense(data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                    typename CONFIG_T::bias_t *biases) {
    nnet::dense_resource_rf_gt_nin<data_T, res_T, CONFIG_T>(data, res, weights, biases);
  }
};

/// What a layer is filled with. Extreme: numbers as far from zero as their types go, where sums are largest.
enum Fill { Random, ExtremeAlike, ExtremeOpposed };

template <class T, class C> struct Layer {
  std::vector<typename T::x> x;
  std::vector<typename T::w> logical, w; // [out][in], and as the strategy lays it out
  std::vector<typename T::b> b;
  std::vector<Wide> want;

  explicit Layer(unsigned seed, Fill fill = Random) {
    Numbers numbers(seed);
    x = numbers.take<typename T::x>(C::n_in);
    logical = w = numbers.take<typename T::w>(C::n_in * C::n_out);
    b = numbers.take<typename T::b>(C::n_out);
    if (fill != Random) {
      x.assign(x.size(), extreme<typename T::x>(true));
      logical.assign(w.size(), extreme<typename T::w>(fill == ExtremeAlike));
      w = logical;
    }
    if (C::strategy == nnet::latency)
      for (unsigned i = 0; i < C::n_in; i++)
        for (unsigned o = 0; o < C::n_out; o++)
          w[i * C::n_out + o] = logical[o * C::n_in + i];
    const Format acc = FormatOf<typename T::a>::get(), out = FormatOf<typename T::y>::get();
    const int fraction = FormatOf<typename T::x>::get().fraction + FormatOf<typename T::w>::get().fraction;
    for (unsigned o = 0; o < C::n_out; o++) {
      Neuron neuron(acc, mantissa(b[o]), FormatOf<typename T::b>::get().fraction);
      for (unsigned i : meetingOrder(C::n_in, C::strategy == nnet::latency ? 1 : C::reuse_factor, o))
        neuron.add(mantissa(x[i]) * mantissa(logical[o * C::n_in + i]), fraction);
      want.push_back(neuron.result(out));
    }
  }
};

template <class T, unsigned nIn, unsigned nOut, unsigned RF, unsigned Strategy,
          template <class, class, class> class Kernel>
void parallel(const std::string &name) {
  typedef Config<T, nIn, nOut, RF, Strategy, Kernel> C;
  Layer<T, C> layer(nIn * 131 + nOut * 17 + RF);
  typename T::y y[nOut];
  nnet::dense<typename T::x, typename T::y, C>(layer.x.data(), y, layer.w.data(), layer.b.data());
  report(name, mantissas(y, nOut), layer.want);
}

template <class T, unsigned nIn, unsigned nOut, unsigned RF, unsigned Strategy,
          template <class, class, class> class Kernel, unsigned beatIn, unsigned beatOut>
void streamed(const std::string &name) {
  typedef Config<T, nIn, nOut, RF, Strategy, Kernel> C;
  typedef nnet::array<typename T::x, beatIn> In;
  typedef nnet::array<typename T::y, beatOut> Out;
  Layer<T, C> layer(nIn * 137 + nOut * 19 + RF);
  hls::stream<In> in("in");
  hls::stream<Out> out("out");
  send(in, layer.x.data(), nIn);
  nnet::dense<In, Out, C>(in, out, layer.w.data(), layer.b.data());
  report(name, receive(out), layer.want);
}

template <class T, unsigned nIn> void extremes(const std::string &name) {
  typedef Config<T, nIn, 2, nIn, nnet::resource, nnet::DenseResource_rf_leq_nin> Resource;
  typedef Config<T, nIn, 2, 1, nnet::latency, nnet::DenseLatency> Latency;
  for (Fill fill : {ExtremeAlike, ExtremeOpposed}) {
    Layer<T, Resource> rows(nIn, fill);
    Layer<T, Latency> columns(nIn, fill);
    typename T::y y[2];
    nnet::dense<typename T::x, typename T::y, Resource>(rows.x.data(), y, rows.w.data(), rows.b.data());
    report(name + " resource", mantissas(y, 2), rows.want);
    nnet::dense<typename T::x, typename T::y, Latency>(columns.x.data(), y, columns.w.data(),
                                                       columns.b.data());
    report(name + " latency", mantissas(y, 2), columns.want);
  }
}

template <class T> void everyKernel(const std::string &types) {
  parallel<T, 12, 7, 1, nnet::latency, nnet::DenseLatency>("latency rf 1 " + types);
  parallel<T, 12, 7, 4, nnet::resource, nnet::DenseResource_rf_leq_nin>("resource rf 4 " + types);
  parallel<T, 12, 8, 24, nnet::resource, nnet::DenseResource_rf_gt_nin_rem0>("resource rf 24 " + types);
}

// One-bit and two-bit operands: 0 stands for -1 where a type has one bit.
template <template <class, class> class Product, class X, class W, class A, class Y, unsigned Strategy,
          template <class, class, class> class Kernel>
struct BinaryConfig
    : Config<Types<X, W, ap_fixed<8, 6>, A, Y>, 24, 5, Strategy == nnet::latency ? 1 : 6, Strategy, Kernel> {
  template <class x_T, class y_T> using product = Product<x_T, y_T>;
};

template <class T> Wide signedValue(T number) {
  const Wide value = mantissa(number);
  return FormatOf<T>::get().width == 1 ? (value ? 1 : -1) : value;
}

template <template <class, class> class Product, class X, class W, class A, class Y, unsigned Strategy,
          template <class, class, class> class Kernel>
void binary(const std::string &name, bool wholeRange = true) {
  typedef BinaryConfig<Product, X, W, A, Y, Strategy, Kernel> C;
  Numbers numbers(77);
  std::vector<X> x = numbers.take<X>(C::n_in);
  std::vector<W> logical = numbers.take<W>(C::n_in * C::n_out), w;
  if (!wholeRange) // a ternary weight is never -2
    for (W &value : logical)
      value = mantissa(value) == -2 ? W(1) : value;
  w = logical;
  if (Strategy == nnet::latency)
    for (unsigned i = 0; i < C::n_in; i++)
      for (unsigned o = 0; o < C::n_out; o++)
        w[i * C::n_out + o] = logical[o * C::n_in + i];
  std::vector<typename C::bias_t> b(C::n_out, typename C::bias_t(0));
  std::vector<Wide> want;
  const int fraction = FormatOf<X>::get().fraction + FormatOf<W>::get().fraction;
  for (unsigned o = 0; o < C::n_out; o++) {
    Wide sum = 0;
    for (unsigned i = 0; i < C::n_in; i++)
      sum += signedValue(x[i]) * signedValue(logical[o * C::n_in + i]);
    want.push_back(castTo(sum, fraction, FormatOf<Y>::get()));
  }
  Y y[C::n_out];
  nnet::dense<X, Y, C>(x.data(), y, w.data(), b.data());
  report(name, mantissas(y, C::n_out), want);
}

int main() {
  everyKernel<Default>("default types");
  everyKernel<Narrow>("narrow types");
  everyKernel<RoundedProducts>("accumulator that drops product bits");
  everyKernel<Saturating>("saturating accumulator");
  everyKernel<Integers>("integers");
  everyKernel<Unsigned>("unsigned");
  everyKernel<WideTypes>("wide types");
  everyKernel<VeryWide>("accumulator of 70 bits");
  everyKernel<Wrapping>("accumulator that wraps");
  everyKernel<FineAccumulator>("accumulator finer than the product");

  // Around 31 bits, where sums of 32 bits end, and around 63.
  typedef ap_fixed<50, 30> Sum50;
  typedef Types<F16, F16, F16, Sum50, Sum50> Full16;
  extremes<Full16, 1>("extremes 16 x 16, 1 term");
  extremes<Full16, 2>("extremes 16 x 16, 2 terms");
  extremes<Full16, 5>("extremes 16 x 16, 5 terms");
  typedef Types<ap_fixed<15, 6>, F16, F16, Sum50, Sum50> Less16;
  extremes<Less16, 2>("extremes 15 x 16, 2 terms");
  extremes<Less16, 3>("extremes 15 x 16, 3 terms");
  typedef Types<ap_ufixed<16, 6>, F16, F16, Sum50, Sum50> Mixed16;
  extremes<Mixed16, 1>("extremes unsigned 16 x 16, 1 term");
  extremes<Mixed16, 2>("extremes unsigned 16 x 16, 2 terms");
  typedef Types<ap_ufixed<12, 6>, ap_ufixed<16, 6>, F16, Sum50, Sum50> Unsigned28;
  extremes<Unsigned28, 8>("extremes unsigned 12 x 16, 8 terms");
  extremes<Unsigned28, 9>("extremes unsigned 12 x 16, 9 terms");
  typedef ap_fixed<64, 40> Sum64;
  typedef Types<ap_fixed<32, 20>, ap_fixed<32, 20>, F16, Sum64, Sum64> Full32;
  extremes<Full32, 1>("extremes 32 x 32, 1 term");
  extremes<Full32, 3>("extremes 32 x 32, 3 terms");
  typedef Types<ap_fixed<33, 21>, ap_fixed<32, 20>, F16, Sum64, Sum64> More32;
  extremes<More32, 2>("extremes 33 x 32, 2 terms");

  typedef Default D;
  parallel<D, 1, 1, 1, nnet::latency, nnet::DenseLatency>("one by one");
  parallel<D, 300, 3, 1, nnet::latency, nnet::DenseLatency>("latency 300 to 3");
  parallel<D, 12, 7, 1, nnet::resource, nnet::DenseResource_rf_leq_nin>("resource rf 1");
  parallel<D, 12, 7, 6, nnet::resource, nnet::DenseResource_rf_leq_nin>("resource rf 6");
  parallel<D, 12, 7, 12, nnet::resource, nnet::DenseResource_rf_leq_nin>("resource rf = n_in");
  parallel<D, 12, 8, 48, nnet::resource, nnet::DenseResource_rf_gt_nin_rem0>("resource rf = 4 n_in");
  parallel<D, 12, 7, 84, nnet::resource, nnet::DenseResource_rf_gt_nin_rem0>("resource rf = n_in n_out");
  parallel<D, 12, 8, 16, nnet::resource, RfGtNin>("resource rf 16, no multiple of 12");
  parallel<D, 6, 4, 8, nnet::resource, RfGtNin>("resource rf 8, no multiple of 6");
  parallel<Saturating, 12, 8, 32, nnet::resource, RfGtNin>("resource rf 32, saturating");
  parallel<D, 515, 33, 5, nnet::resource, nnet::DenseResource_rf_leq_nin>("resource 515 to 33");

  streamed<D, 12, 6, 1, nnet::latency, nnet::DenseLatency, 12, 6>("stream latency one beat");
  streamed<D, 12, 6, 1, nnet::latency, nnet::DenseLatency, 4, 6>("stream latency three beats in");
  streamed<D, 12, 6, 1, nnet::latency, nnet::DenseLatency, 1, 1>("stream latency single values");
  streamed<D, 12, 6, 3, nnet::resource, nnet::DenseResource_rf_leq_nin, 12, 6>("stream resource one beat");
  streamed<D, 12, 6, 24, nnet::resource, nnet::DenseResource_rf_gt_nin_rem0, 3, 2>(
      "stream resource rf 24 beats");
  streamed<Narrow, 12, 6, 18, nnet::resource, RfGtNin, 6, 3>("stream resource rf 18 narrow");

  typedef ap_uint<1> Bit;
  using namespace nnet::product;
  binary<both_binary, Bit, Bit, ap_uint<6>, ap_int<7>, nnet::latency, nnet::DenseLatency>(
      "both binary latency");
  binary<both_binary, Bit, Bit, ap_uint<6>, ap_int<7>, nnet::resource, nnet::DenseResource_rf_leq_nin>(
      "both binary resource");
  binary<weight_binary, F16, Bit, ap_fixed<24, 14>, F16, nnet::latency, nnet::DenseLatency>("weight binary");
  binary<data_binary, Bit, F16, ap_fixed<24, 14>, F16, nnet::resource, nnet::DenseResource_rf_leq_nin>(
      "data binary");
  binary<weight_ternary, F16, ap_int<2>, ap_fixed<24, 14>, F16, nnet::latency, nnet::DenseLatency>(
      "weight ternary", false);
  return finish();
}
