// Frames to words and back: any element width, any beat, io_stream and io_parallel, frames whose last word is
// partial. The expected words are laid out bit by bit in a byte array that knows nothing of the headers.
#include "braid_axis.h"
#include "braid_movers.h"
#include "check.h"
#include "nnet_utils/nnet_types.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

std::string nameOf(int word, int bits, unsigned perBeat, unsigned elements) {
  return "words of " + std::to_string(word) + " bits, elements of " + std::to_string(bits) + ", " +
         std::to_string(perBeat) + " per beat, " + std::to_string(elements) + " per frame";
}

/// The words of a frame, each as a string of bits, lowest first.
std::vector<std::string> layOut(const std::vector<std::uint64_t> &elements, int word, int bits) {
  const std::size_t perWord = static_cast<std::size_t>(word / bits);
  std::vector<std::string> words((elements.size() + perWord - 1) / perWord,
                                 std::string(static_cast<std::size_t>(word), '0'));
  for (std::size_t i = 0; i < elements.size(); i++)
    for (int b = 0; b < bits; b++)
      if (elements[i] >> b & 1)
        words[i / perWord][i % perWord * static_cast<std::size_t>(bits) + static_cast<std::size_t>(b)] = '1';
  return words;
}

template <int N> std::string bitText(const ap_uint<N> &word) {
  std::string text;
  for (int b = 0; b < N; b++)
    text += word[b] ? '1' : '0';
  return text;
}

template <class T, int W> T elementFrom(std::uint64_t mantissa) {
  T element;
  element.range(W - 1, 0) = ap_uint<W>(mantissa);
  return element;
}

template <int Word, class T, int W, unsigned PerBeat, unsigned Beats> void roundTrip() {
  typedef braid::WordLayout<Word, W, PerBeat * Beats> Layout;
  typedef nnet::array<T, PerBeat> Beat;
  const std::string name = nameOf(Word, W, PerBeat, PerBeat * Beats);
  test::Random random(static_cast<std::uint64_t>(Word * 64 + W) * 1000 + PerBeat);
  hls::stream<Beat> beats("beats"), back("back");
  hls::stream<typename Layout::Word> words("words"), again("again");
  for (int frame = 0; frame < 3; frame++) {
    std::vector<std::uint64_t> elements;
    T flat[PerBeat * Beats];
    for (unsigned b = 0; b < Beats; b++) {
      Beat beat;
      for (unsigned i = 0; i < PerBeat; i++) {
        elements.push_back(random.next() & (~std::uint64_t(0) >> (64 - W)));
        flat[b * PerBeat + i] = beat[i] = elementFrom<T, W>(elements.back());
      }
      beats.write(beat);
    }
    const std::vector<std::string> expected = layOut(elements, Word, W);
    braid::packWords<Layout>(beats, words);
    braid::packWords<Layout>(flat, again);
    test::check(expected.size() == Layout::words, name + ": words per frame");
    for (const std::string &text : expected) {
      const typename Layout::Word word = words.read();
      test::check(bitText<Word>(word) == text, name + ": word of beats");
      test::check(word == again.read(), name + ": word of an array");
      words.write(word);
      again.write(word);
    }
    T frameBack[PerBeat * Beats];
    braid::unpackWords<Layout>(words, back);
    braid::unpackWords<Layout>(again, frameBack);
    bool same = words.empty() && again.empty();
    for (unsigned b = 0; b < Beats; b++) {
      Beat beat = back.read();
      for (unsigned i = 0; i < PerBeat; i++) {
        const T sent = elementFrom<T, W>(elements[b * PerBeat + i]);
        same = same && beat[i] == sent && frameBack[b * PerBeat + i] == sent;
      }
    }
    test::check(same && beats.empty() && back.empty(), name + ": what comes back");
  }
}

/// Beats of one element up to a whole word and more; two of them for each width, so that compiling stays
/// short.
template <int Word, int W> void allBeats() {
  typedef ap_fixed<W, W / 2 + 1> Signed;
  typedef ap_ufixed<W, W / 2> Unsigned;
  const bool isOdd = W % 2 == 1;
  roundTrip<Word, Signed, W, isOdd ? 10 : 1, isOdd ? 13 : 1>();
  roundTrip<Word, Unsigned, W, isOdd ? 3 : 64, isOdd ? 7 : 2>();
}

template <int... Ws> void allWidths() {
  const int swallow[] = {(allBeats<64, Ws>(), allBeats<512, Ws>(), 0)...};
  (void)swallow;
}

/// Two streams' frames in one DMA transfer.
void dmaTransfer() {
  typedef braid::WordLayout<64, 16, 5> First;
  typedef braid::WordLayout<64, 9, 15> Second;
  hls::stream<ap_uint<64>> a("a"), b("b"), aBack("aBack"), bBack("bBack");
  hls::stream<braid::Axis<64>::Word> transfer("transfer");
  for (unsigned w = 0; w < 2; w++)
    a.write(100 + w);
  for (unsigned w = 0; w < 3; w++)
    b.write(200 + w);
  braid::giveWords<First>(a, transfer, false);
  braid::giveWords<Second>(b, transfer, true);
  for (unsigned w = 0; w < 5; w++) {
    const braid::Axis<64>::Word word = transfer.read();
    test::check(word.keep == 0xff && word.last == (w == 4), "a DMA transfer ends with TLAST, once");
    transfer.write(word);
  }
  braid::takeWords<First>(transfer, aBack);
  braid::takeWords<Second>(transfer, bBack);
  for (unsigned w = 0; w < 2; w++)
    test::check(aBack.read() == 100 + w, "first stream of a transfer");
  for (unsigned w = 0; w < 3; w++)
    test::check(bBack.read() == 200 + w, "second stream of a transfer");
}

} // namespace

int main() {
  allWidths<1, 2, 3, 5, 7, 8, 9, 12, 13, 16, 17, 18, 21, 24, 29, 31, 32, 33, 43, 47, 48, 63, 64>();
  dmaTransfer();
  return test::report("words");
}
