// The library of emitted XRT host programs on stand-ins: the order of bring-up, registers of the network
// layer, frames packed, carried and unpacked, and what is said when a card does not answer.
#include "braid_weights.h"
#include "check.h"

#include <cmath>
#include <iostream>
#include <sstream>

namespace {

using namespace braid::host;

/// Folder for the test's files, from the command line.
std::string folder;

Design twoCards() {
  const Type type{12, 8, true, "AP_RND", "AP_SAT"};
  const Words words{512, 12, 60};
  Design design;
  design.host = "node0";
  design.hosts = {"node0"};
  design.periodUs = 2.5;
  design.inputs = {{"image", {3, 4, 5}, {1, 2, 0}, type, {4, 5, 3}}};
  design.outputs = {{"same", {3, 4, 5}, {1, 2, 0}, type, {4, 5, 3}}};
  design.cards = {{"card0", "platform of a.xclbin", 200, {0}, {{"mm2s_input0", 0, words, {}, {}}}, {}, {}},
                  {"card1",
                   "platform of b.xclbin",
                   200,
                   {1},
                   {},
                   {{"s2mm_output0", 0, words, {}, {}}},
                   {"depacketizer_0"}}};
  return design;
}

void writeFile(const std::string &name, const std::string &text) {
  std::ofstream(folder + "/" + name) << text;
}

void writeTables() {
  writeFile("card0.sockets",
            "port 0 02:0a:35:77:00:00 10.77.0.10 10.77.0.1 255.255.255.0\n"
            "socket 0 0 10.77.0.13 50000 50000   # 0 out\narp 0 10.77.0.13 02:0a:35:77:01:01\n");
  writeFile("card1.sockets",
            "port 1 02:0a:35:77:01:01 10.77.0.13 10.77.0.1 255.255.255.0\n"
            "socket 1 0 10.77.0.10 50000 50000   # 0 in\narp 1 10.77.0.10 02:0a:35:77:00:00\n"
            "set depacketizer_0 replica 1\n");
}

int runHost(const Design &design, std::vector<std::string> arguments, std::string &said) {
  std::vector<char *> argv;
  arguments.insert(arguments.begin(), "node0");
  for (std::string &argument : arguments)
    argv.push_back(argument.data());
  std::ostringstream text;
  std::streambuf *before = std::cerr.rdbuf(text.rdbuf());
  const int code = run(design, static_cast<int>(argv.size()), argv.data());
  std::cerr.rdbuf(before);
  said = text.str();
  return code;
}

std::vector<std::string> arguments() {
  return {"--card",  "card0=65-00.1:a.xclbin", "--card",   "card1=1:b.xclbin",  "--network", folder,
          "--input", folder + "/in.npy",       "--output", folder + "/out.npy", "--timeout", "1"};
}

void framesAndOrder() {
  std::vector<float> numbers;
  for (int i = 0; i < 3 * 60; i++)
    numbers.push_back(static_cast<float>(std::sin(i) * (i % 50 ? 7.9 : 20)));
  writeNpy(folder + "/in.npy", 3, {3, 4, 5}, numbers);
  std::string said;
  test::check(runHost(twoCards(), arguments(), said) == 0, "two cards come up: " + said);

  const std::vector<double> out = readNpy(folder + "/out.npy");
  bool same = out.size() == numbers.size();
  for (size_t i = 0; same && i < out.size(); i++) {
    // ap_fixed<12,4,AP_RND,AP_SAT>, by hand: halves up, at most 2047 of 256ths.
    const double whole = std::floor(static_cast<double>(numbers[i]) * 256 + 0.5);
    same = out[i] == std::fmin(std::fmax(whole, -2048), 2047) / 256;
  }
  test::check(same, "frames come back in the ONNX order, rounded");

  const std::vector<std::string> &calls = xrt_stub::world().calls;
  const auto place = [&](const std::string &call) {
    return std::find(calls.begin(), calls.end(), call) - calls.begin();
  };
  const auto network = place("write 65:00.1 networklayer:{networklayer_0}");
  test::check(place("program 1") < network && place("program 65:00.1") < network,
              "all cards are programmed before the network");
  test::check(network < place("start 1 s2mm:{s2mm_output0}"), "the network is up before frames flow");
  test::check(xrt_stub::world().sourcePeriod == 500, "frames start every 2.5 us: 500 cycles at 200 MHz");
  test::check(place("start 1 s2mm:{s2mm_output0}") < place("start 65:00.1 mm2s:{mm2s_input0}"),
              "sinks start before sources");
}

/// Two cards that are copies of one: five frames are dealt to them and come back in their order.
void copies() {
  Design design = twoCards();
  design.replicas = 2;
  for (int r = 0; r < 2; r++) {
    CardPlan &card = design.cards[static_cast<size_t>(r)];
    card.sources = {{"mm2s_input0", 0, Words{512, 12, 60}, {}, {}}};
    card.sinks = {{"s2mm_output0", 0, Words{512, 12, 60}, {}, {}}};
    card.ports.clear();
    card.replica = r, card.replicas = 2;
  }
  std::vector<float> numbers;
  for (int i = 0; i < 5 * 60; i++)
    numbers.push_back(static_cast<float>(i % 97) / 16);
  writeNpy(folder + "/five.npy", 5, {3, 4, 5}, numbers);
  std::vector<std::string> all = arguments();
  all[7] = folder + "/five.npy";
  std::string said;
  test::check(runHost(design, all, said) == 0, "copies come up: " + said);
  const std::vector<double> out = readNpy(folder + "/out.npy");
  bool same = out.size() == numbers.size();
  for (size_t i = 0; same && i < out.size(); i++)
    same = out[i] == static_cast<double>(numbers[i]);
  test::check(same, "frames of copies come back in turn");
  test::check(xrt_stub::world().sourcePeriod == 1000, "each copy starts every second frame: 1000 cycles");
  const auto frame = static_cast<size_t>(Words{512, 12, 60}.bytes());
  test::check(xrt_stub::world().carriedBy["65:00.1"].size() == 3 * frame &&
                  xrt_stub::world().carriedBy["1"].size() == 3 * frame,
              "three frames go to each: the last turn is filled up");
  const auto &set = xrt_stub::world().registers["1 depacketizer_0:{depacketizer_0_0}"];
  test::check(set.count(0x18) && set.at(0x18) == 1, "the number of the copy is a register");
  xrt_stub::world().carriedBy.clear();
}

/// A card that takes part of the input only: rows 1 and 2, channel 2 of [4, 5, 3].
void boxes() {
  const ModelEnd end{"image", {3, 4, 5}, {1, 2, 0}, {}, {4, 5, 3}, {}};
  std::vector<int64_t> byHand;
  for (int64_t row = 1; row < 3; row++)
    for (int64_t column = 0; column < 5; column++)
      byHand.push_back(2 * 20 + row * 5 + column); // channel, row, column of the file
  test::check(onnxPlaces(end, {1, 0, 2}, {3, 5, 3}) == byHand, "a box of an input is found in the file");
  test::check(onnxPlaces(end, {}, {}) == onnxPlaces(end, 60), "no box is all of it");
}

/// Levels in, class probabilities out, per channel.
void stepsOfTheHost() {
  HostStep scale{"affine", {1.0, 0.5}, {0.0, 1.0}, 0, 0, "", false};
  HostStep quantize{"quantize", {0.5}, {1.0}, 0, 15, "ROUND", false};
  const ModelEnd in{"x", {2, 2}, {1, 0}, {8, 0, false}, {2, 2}, {scale, quantize}};
  std::vector<uint8_t> bytes(static_cast<size_t>(Words{512, 8, 4}.bytes()));
  const double file[] = {0.25, 0.75, 3.0, -9.0}; // two channels of two numbers
  packFrame(file, in, Words{512, 8, 4}, onnxPlaces(in, 4), bytes.data());
  // (0.25, 3.0), (0.75, -9.0): (0.25, 2.5), (0.75, -3.5) after the scale; ties go to the even level
  test::check(bytes[0] == 2 && bytes[1] == 6 && bytes[2] == 2 && bytes[3] == 0,
              "the host quantises per channel");
  HostStep ladder{"thresholds", {-1.0, 0.0, 2.0, 0.5, 1.0, 1.5}, {2.0}, -1, 2, "", false};
  std::vector<double> frame = {0.0, 1.0, -2.0, 9.0};
  braid::host::hostSteps({"x", {2, 2}, {}, {}, {2, 2}, {ladder}}, frame);
  test::check(frame == std::vector<double>({1, 1, -1, 2}), "ladders are those of the channel");
  const ModelEnd out{"y", {2},
                     {},  {8, 0, true},
                     {2}, {{"affine", {0.5}, {0}, 0, 0, "", false}, {"softmax", {}, {}, 0, 0, "", false}}};
  float probabilities[2];
  const uint8_t levels[64] = {6, 6};
  unpackFrame(levels, out, Words{512, 8, 2}, {0, 1}, probabilities);
  test::check(probabilities[0] == 0.5f && probabilities[1] == 0.5f, "a softmax is the host's");
}

void registers() {
  auto &layer = xrt_stub::world().registers["1 networklayer:{networklayer_1}"];
  test::check(layer[0x0018] == 0x0a4d000d, "address of the port");
  test::check(layer[0x0010] == 0x35770101 && layer[0x0014] == 0x020a, "MAC of the port");
  test::check(layer[0x0820] == 0x0a4d000a && layer[0x08a0] == 50000 && layer[0x0920] == 50000 &&
                  layer[0x09a0] == 1,
              "columns of row 0 with sixteen rows");
  test::check(layer.count(0x0820 + 8 * 15) && layer[0x0820 + 8 * 15] == 0,
              "rows that are not used are cleared");
  // 10.77.0.10 is entry 10: place 0x1400 + 40, MAC at 0x1800 + 80, valid byte 2 of word 0x1108; network byte
  // order.
  test::check(layer[0x1428] == 0x0a004d0a && layer[0x1850] == 0x77350a02 && layer[0x1854] == 0x0000,
              "ARP entry");
  test::check(layer[0x1108] == 0x00010000, "ARP entry is valid");
}

void faults() {
  std::string said;
  xrt_stub::world().hangs = true;
  test::check(runHost(twoCards(), arguments(), said) == 1 &&
                  said.find("card1: s2mm_output0 has not ended within 1 s") != std::string::npos &&
                  said.find("card0 qsfp0: 0 packets sent") != std::string::npos,
              "a sink that waits for ever is named, with counters: " + said);
  xrt_stub::world().hangs = false;
  xrt_stub::world().linkUp = false;
  test::check(runHost(twoCards(), arguments(), said) == 1 &&
                  said.find("card0: no link at qsfp0 for 1 s") != std::string::npos,
              "a port without link is named: " + said);
  xrt_stub::world().linkUp = true;
  xrt_stub::world().registers["1 depacketizer_0:{depacketizer_0_0}"][0x10] = 3;
  test::check(runHost(twoCards(), arguments(), said) == 1 &&
                  said.find("card1 depacketizer_0: 3 packets lost, 0 refused") != std::string::npos,
              "losses are told: " + said);
  xrt_stub::world().registers["1 depacketizer_0:{depacketizer_0_0}"][0x10] = 0;
  test::check(runHost(twoCards(), {"--card", "card0=0:a.xclbin"}, said) == 1 &&
                  said.find("card card1 is not named") != std::string::npos,
              "a card that is not named: " + said);
  Design pair = twoCards();
  pair.hosts = {"node0", "node1"};
  test::check(runHost(pair, arguments(), said) == 1 && said.find("--rendezvous") != std::string::npos,
              "hosts need a place to meet: " + said);
  std::vector<std::string> alone = arguments();
  alone.insert(alone.end(), {"--rendezvous", "127.0.0.1:0"});
  test::check(runHost(pair, alone, said) == 1 &&
                  said.find("1 of the other hosts have not called within 1 s") != std::string::npos,
              "a host that does not call is told: " + said);
}

/// Rounding and overflow, by the tables of AMD UG1399; mantissas of ap_fixed<4,4> and ap_ufixed<4,4>.
void casts() {
  struct {
    const char *rounding;
    double value;
    int mantissa;
  } const rounds[] = {{"AP_TRN", -1.2, -2},         {"AP_TRN_ZERO", -1.7, -1}, {"AP_RND", 1.5, 2},
                      {"AP_RND", -1.5, -1},         {"AP_RND_ZERO", 1.5, 1},   {"AP_RND_ZERO", -1.5, -1},
                      {"AP_RND_INF", 1.5, 2},       {"AP_RND_INF", -1.5, -2},  {"AP_RND_MIN_INF", 1.5, 1},
                      {"AP_RND_MIN_INF", -1.5, -2}, {"AP_RND_CONV", 1.5, 2},   {"AP_RND_CONV", 2.5, 2}};
  for (const auto &c : rounds)
    test::check(mantissaBits(c.value, {4, 0, true, c.rounding, "AP_WRAP"}) ==
                    (static_cast<unsigned>(c.mantissa) & 15),
                std::string(c.rounding));
  struct {
    const char *overflow;
    bool isSigned;
    double value;
    unsigned bits;
  } const overflows[] = {
      {"AP_WRAP", true, 9, 9},       {"AP_WRAP", true, -9, 7},   {"AP_SAT", true, 9, 7},
      {"AP_SAT", true, -9, 8},       {"AP_SAT", false, -1, 0},   {"AP_SAT_ZERO", true, 9, 0},
      {"AP_SAT_SYM", true, -8, 9},   {"AP_SAT_SYM", true, 9, 7}, {"AP_WRAP", false, 16, 0},
      {"AP_SAT", true, HUGE_VAL, 7}, {"AP_SAT", true, NAN, 0}};
  for (const auto &c : overflows)
    test::check(mantissaBits(c.value, {4, 0, c.isSigned, "AP_TRN", c.overflow}) == c.bits,
                std::string(c.overflow) + " " + std::to_string(c.value));
}

void weights() {
  // Words of 36 bits: two registers each, the low bits first. The reader's: 4 weights of 9 bits a line, in
  // words of 56.
  writeFile("memblock.dat", "1a2b3c4d5\n00000000f\n");
  const std::string file = folder.substr(folder.rfind('/')) + "/memblock.dat";
  Options options;
  options.network = folder;
  options.devices["card0"] = "7";
  options.binaries["card0"] = "a.xclbin";
  xrt_stub::world().calls.clear();
  Weights given(options);
  given.write({"card0", "fpga0", 4096, 2, file});
  given.start({"card0", "mm2s_IODMA_hls_0", 9, 4, file});
  const auto &words = xrt_stub::world().registers["7 fpga0:{fpga0_0}"];
  test::check(words.at(4096) == 0xa2b3c4d5 && words.at(4100) == 1 && words.at(4104) == 15 &&
                  words.at(4108) == 0,
              "a memory is written low registers first");
  const std::vector<char> &memory = xrt_stub::world().carriedBy["7"];
  uint64_t first = 0;
  for (int i = 4; i >= 0; --i)
    first = first << 8 | static_cast<uint8_t>(memory.at(static_cast<size_t>(i)));
  test::check(memory.size() == 64 && first == (0x1a2b3c4d5 | (uint64_t(15) & 15) << 36),
              "weights for a reader lie in words as frames do");
  const auto &calls = xrt_stub::world().calls;
  test::check(std::count(calls.begin(), calls.end(), "program 7") == 1,
              "a card is programmed once for its weights");
  test::check(calls.back() == "start 7 mm2s_IODMA_hls_0:{mm2s_IODMA_hls_0_0}", "and its reader is started");
  writeFile("memblock.dat", "12x4\n");
  std::string said;
  try {
    given.write({"card0", "fpga0", 0, 1, file});
  } catch (const std::exception &fault) {
    said = fault.what();
  }
  test::check(said.find("'12x4' is no hexadecimal number") != std::string::npos,
              "a bad image is named: " + said);
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  folder = argv[1];
  writeTables();
  framesAndOrder();
  copies();
  boxes();
  stepsOfTheHost();
  registers();
  faults();
  casts();
  weights();
  return test::report("xrt_host");
}
