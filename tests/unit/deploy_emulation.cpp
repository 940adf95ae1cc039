// What is emitted, compiled and run: the bits of the model, the bytes of the link model; and every way it can
// fail.
#include "support/deployed.h"

#include "braid/sim/emulate.h"
#include "braid/support/error.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace braid;

namespace {

/// Objects are shared by the cases of this file.
sim::EmulationOptions options() {
  static const test::TemporaryFolder cache;
  sim::EmulationOptions out;
  if (const char *cxx = std::getenv("CXX"); cxx && *cxx)
    out.cxx = cxx;
  out.flags = {"-std=c++17", "-O0", "-w"};
  out.cacheFolder = cache.path();
  return out;
}

void runAndCompare(const test::Deployed &deployed, uint64_t seed) {
  test::TemporaryFolder folder;
  deployed.write(folder.path());
  test::Random random(seed);
  const std::vector<exec::Batch> inputs = deployed.inputs(random, 4);
  auto emulated = sim::emulate(folder.path(), deployed.context(), inputs, options());
  if (!emulated)
    FAIL(llvm::toString(emulated.takeError()));
  std::vector<ir::StreamId> keep;
  for (const plan::Crossing &crossing : deployed.plan().crossings)
    keep.push_back(crossing.stream);
  const auto whole = exec::Interpreter(deployed.placed()).run(deployed.cut(inputs), keep);
  const auto given = exec::Interpreter(deployed.model()).run(inputs);
  for (const plan::Crossing &crossing : deployed.plan().crossings) {
    INFO("crossing " << crossing.id);
    CHECK(emulated->crossings.at(crossing.id).mantissas() == whole.at(crossing.stream).mantissas());
    if (crossing.isLocal()) {
      CHECK(emulated->wireBytes.at(crossing.id) == 0);
      continue;
    }
    const device::LinkType &link = *deployed.context().cluster.link(crossing.from, crossing.to)->type;
    CHECK(emulated->wireBytes.at(crossing.id) ==
          device::wireBytes(link, plan::payloadBytes(deployed.placed().stream(crossing.stream), link)));
  }
  for (size_t i = 0; i < deployed.model().outputs.size(); ++i)
    CHECK(emulated->outputs.at(i).mantissas() == given.at(deployed.model().outputs[i].stream).mantissas());
}

pass::Precision precision(int width, int intBits) {
  pass::Precision out;
  out.base = num::signedFixed(width, intBits);
  return out;
}

const std::vector<int> kDiamond = {0, 0, 1, 2, 3};

std::string faultOf(const std::string &folder, const test::Deployed &deployed,
                    const sim::EmulationOptions &with = options()) {
  test::Random random(1);
  auto emulated = sim::emulate(folder, deployed.context(), deployed.inputs(random, 2), with);
  REQUIRE_FALSE(static_cast<bool>(emulated));
  std::string text;
  llvm::handleAllErrors(emulated.takeError(), [&](const UserError &fault) {
    CHECK((fault.code() == ExitCode::CheckFailed || fault.code() == ExitCode::BadInput));
    llvm::raw_string_ostream out(text);
    fault.log(out);
  });
  return text;
}

} // namespace

TEST_CASE("emitted cards and boards compute the bits of the model") {
  test::Random random(3);
  const ir::Model source = test::diamond(random);
  // 150 elements of 16 bits are 5 words of 512 bits, of 47 bits 15 words: one packet; on boards 38 and 150
  // words.
  SECTION("cards, io_parallel") {
    runAndCompare(test::Deployed(source, "u280x4", kDiamond, kernel::IoMode::Parallel), 1);
  }
  SECTION("cards, io_stream, a width that divides no word") {
    runAndCompare(test::Deployed(source, "u280x4", kDiamond, kernel::IoMode::Stream, precision(23, 8)), 2);
  }
  SECTION("cards in a chain") {
    runAndCompare(test::Deployed(source, "u280-chain-3", {0, 0, 1, 1, 2}, kernel::IoMode::Stream), 3);
  }
  SECTION("boards, io_parallel") {
    runAndCompare(test::Deployed(source, "pynq-five", kDiamond, kernel::IoMode::Parallel), 4);
  }
  SECTION("boards, io_stream") {
    runAndCompare(
        test::Deployed(source, "pynq-five", {4, 4, 3, 2, 1}, kernel::IoMode::Stream, precision(9, 4)), 5);
  }
  SECTION("one board") {
    runAndCompare(test::Deployed(source, "pynq-z2", {0, 0, 0, 0, 0}, kernel::IoMode::Stream), 6);
  }
  SECTION("one card") {
    runAndCompare(test::Deployed(source, "u50", {0, 0, 0, 0, 0}, kernel::IoMode::Parallel), 7);
  }
}

namespace {

/// a to FPGA 1, what it makes of it back to FPGA 0, which also wants `a` itself: two stages of FPGA 0, a stream of the
/// network and one on the chip.
const std::vector<int> kThereAndBack = {0, 0, 0, 1, 0};
/// The first FPGA reads `a` at two stages: it is sent on from the first.
const std::vector<int> kSentOn = {1, 1, 0, 1, 0};

/// The layer's slices, each on the FPGA that stands at its place.
void place(plan::Plan &plan, const ir::Layer &layer, const std::vector<kernel::Slice> &slices, const std::vector<int> &fpgas) {
  for (size_t i = 0; i < slices.size(); ++i) {
    plan::Placement placement;
    placement.layer = layer.id;
    placement.slice = slices[i];
    placement.implementation.io = plan.io;
    placement.fpga = fpgas.at(i);
    plan.placements.push_back(placement);
  }
}

/// The first layer by neuron, the second by input, the third by neuron inside input: sums and concats, and streams that
/// come and go between two FPGAs.
test::Slicer slicesOfDiamond(kernel::IoMode io) {
  return [io](const ir::Model &model) {
    plan::Plan out;
    out.io = io;
    int dense = 0;
    for (const ir::Layer &layer : model.layers) {
      if (!std::holds_alternative<ir::Dense>(layer.op))
        continue;
      const kernel::Slice all = kernel::wholeSlice(model, layer);
      kernel::Slice a = all, b = all, c = all;
      switch (dense++) {
      case 0:
        a.rowEnd = b.rowBegin = 70;
        place(out, layer, {a, b}, {0, 1});
        break;
      case 1:
        a.colEnd = b.colBegin = 100;
        place(out, layer, {a, b}, {1, 0});
        break;
      default:
        a.colEnd = b.colBegin = c.colBegin = 60;
        b.rowEnd = c.rowBegin = 4;
        place(out, layer, {a, b, c}, {0, 1, 0});
      }
    }
    return out;
  };
}

/// Two convolutions cut by rows, and the rest where it moves least: halos, crops and maps whose parts the host cuts.
test::Slicer slicesOfRows(kernel::IoMode io) {
  return [io](const ir::Model &model) {
    plan::Plan out;
    out.io = io;
    for (const ir::Layer &layer : model.layers) {
      if (!std::holds_alternative<ir::Conv>(layer.op))
        continue;
      kernel::Slice a = kernel::wholeSlice(model, layer), b = a;
      a.posEnd = b.posBegin = a.posEnd / 2 + 1;
      place(out, layer, {a, b}, {0, 1});
    }
    return out;
  };
}

/// Vectors too wide for one beat: 600 results of 16 bits go in three of 200, of which parts of 250 and 350 have beats of
/// 250 and 175; partial sums of 300 are wider than the results they make.
ir::Model wide(test::Random &random) {
  test::Builder builder({8});
  ir::Dense first, second;
  first.weights = test::randomWeights(random, 600, 1, 8, 0.5);
  second.weights = test::randomWeights(random, 300, 1, 600, 0.1);
  second.bias = test::randomWeights(random, 300, 1, 1, 0.5);
  return builder.finish(builder.add(std::move(second), {builder.add(std::move(first), {builder.input()})}));
}

plan::Plan slicesOfWide(const ir::Model &model) {
  plan::Plan out;
  out.io = kernel::IoMode::Stream;
  for (const ir::Layer &layer : model.layers) {
    kernel::Slice a = kernel::wholeSlice(model, layer), b = a;
    const bool isFirst = out.placements.empty();
    if (isFirst)
      a.rowEnd = b.rowBegin = 250;
    else
      a.colEnd = b.colBegin = 325; // of another part too: cropped, joined
    place(out, layer, {a, b}, {0, 1});
  }
  return out;
}

ir::Model twoConvolutions(test::Random &random) {
  test::Builder builder({7, 6, 2});
  ir::StreamId at = builder.input();
  for (int64_t channels : {3, 2}) {
    ir::Conv op;
    op.window.kernel[0] = op.window.kernel[1] = 3;
    op.window.padBegin[0] = op.window.padBegin[1] = op.window.padEnd[0] = op.window.padEnd[1] = 1;
    op.weights = test::randomWeights(random, channels, 9, builder.shapeOf(at)[2], 0.5);
    op.bias = test::randomWeights(random, channels, 1, 1, 0.5);
    at = builder.add(ir::Activation{}, {builder.add(std::move(op), {at})});
  }
  return builder.finish(at);
}

} // namespace

TEST_CASE("FPGAs that send to each other and back compute the bits of the model") {
  test::Random random(3);
  const ir::Model source = test::diamond(random);
  int stages = 0, locals = 0;
  const auto run = [&](const char *cluster, const std::vector<int> &fpgas, kernel::IoMode io, const pass::Precision &with = {}) {
    const test::Deployed deployed(source, cluster, fpgas, io, with);
    stages += static_cast<int>(deployed.context().projects.size()) - 2;
    for (const plan::Crossing &crossing : deployed.plan().crossings)
      locals += crossing.isLocal();
    runAndCompare(deployed, 11);
  };
  SECTION("cards") {
    run("u280x2", kThereAndBack, kernel::IoMode::Parallel);
    run("u280x2", kSentOn, kernel::IoMode::Stream, precision(23, 8));
  }
  SECTION("boards") {
    run("pynq-z2x2", kThereAndBack, kernel::IoMode::Stream);
    run("pynq-z2x2", kSentOn, kernel::IoMode::Parallel);
  }
  CHECK(stages >= 2);
  CHECK(locals >= 2);
}

TEST_CASE("slices of layers on two FPGAs compute the bits of the model") {
  test::Random random(3);
  const ir::Model diamond = test::diamond(random), convolutions = twoConvolutions(random);
  SECTION("cards, dense") {
    runAndCompare(test::Deployed(diamond, "u280x2", slicesOfDiamond(kernel::IoMode::Stream)), 1);
  }
  SECTION("boards, dense") {
    runAndCompare(test::Deployed(diamond, "pynq-z2x2", slicesOfDiamond(kernel::IoMode::Parallel)), 2);
  }
  SECTION("boards, vectors of several beats") {
    const test::Deployed boards(wide(random), "pynq-z2x2", slicesOfWide);
    int repacks = 0;
    for (const ir::Layer &layer : boards.placed().layers)
      if (std::holds_alternative<ir::Concat>(layer.op) || std::holds_alternative<ir::Crop>(layer.op))
        repacks += kernel::innerBeat(boards.placed(), layer) != 0;
    CHECK(repacks >= 2);
    runAndCompare(boards, 5);
  }
  SECTION("cards, rows") {
    const test::Deployed cards(convolutions, "u280x2", slicesOfRows(kernel::IoMode::Parallel));
    CHECK(cards.placed().inputs.size() == 2); // the host cuts the image
    runAndCompare(cards, 3);
  }
  SECTION("boards, rows") {
    runAndCompare(test::Deployed(convolutions, "pynq-z2x2", slicesOfRows(kernel::IoMode::Stream)), 4);
  }
}

TEST_CASE("a frame of several packets") {
  test::Random random(9);
  test::Builder builder({40});
  ir::Dense first, second;
  first.weights = test::randomWeights(random, 1500, 1, 40, 0.5);
  second.weights = test::randomWeights(random, 3, 1, 1500, 0.1);
  const ir::StreamId wide = builder.add(first, {builder.input()});
  const ir::Model source = builder.finish(builder.add(second, {wide}));
  // 1500 elements of 16 bits: 47 words of 512 bits, 21 + 21 + 5 of them in three packets.
  const test::Deployed deployed(source, "u280x2", {0, 1}, kernel::IoMode::Parallel);
  runAndCompare(deployed, 1);
}

TEST_CASE("what can go wrong in an emulation is named") {
  test::Random random(3);
  const test::Deployed cards(test::diamond(random), "u280x4", kDiamond, kernel::IoMode::Parallel);
  test::TemporaryFolder folder;
  cards.write(folder.path());
  const std::string network = folder.path() + "/network/network.json",
                    emulation = folder.path() + "/fpga1/hls/fpga1_emu.cpp";
  const std::string goodNetwork = test::readText(network), goodEmulation = test::readText(emulation);
  const auto expect = [&](const std::string &words, const sim::EmulationOptions &with = options()) {
    const std::string fault = faultOf(folder.path(), cards, with);
    INFO(fault);
    CHECK(fault.find(words) != std::string::npos);
  };

  sim::EmulationOptions noCompiler = options();
  noCompiler.cxx = "no-such-compiler";
  expect("the compiler 'no-such-compiler' is not found", noCompiler);
  noCompiler.cxx = "false";
  expect("the compiler 'false' does not run", noCompiler);

  test::writeText(emulation, "int main() { return missing; }\n");
  expect("fpga1_emu.cpp: error: fpga1 does not compile");
  test::writeText(emulation, "int other() { return 0; }\n");
  expect("error: fpga1 does not link");
  test::writeText(emulation, "#include <cstdlib>\nint main() { std::abort(); }\n");
  expect("fpga1_emu.cpp: error: fpga1 ended with signal 6");
  test::writeText(emulation, "#include <cstdio>\nint main() { std::puts(\"no weights\"); return 7; }\n");
  expect("fpga1 ended with exit code 7\n  note: no weights");
  test::writeText(emulation, "int main() { return 0; }\n");
  expect("fpga1 has not written it");
  test::writeText(emulation, goodEmulation);

  // Tables: packets go by them, not by the plan. Rows of fpga1: 0 from fpga0, 1 to fpga3.
  test::replaceIn(network, "\"theirPort\": 50001", "\"theirPort\": 50007");
  expect("fpga2 qsfp0 has no socket row for a packet from 10.77.0.10:50001 to its port 50007");
  test::writeText(network, goodNetwork);
  test::replaceIn(network, "\"mac\": \"02:0a:35:77:01:00\"\n            }",
                  "\"mac\": \"02:0a:35:77:09:00\"\n            }");
  expect("no ARP entry for 10.77.0.12");
  test::writeText(network, goodNetwork);
  test::replaceIn(network, "\"theirIp\": \"10.77.0.12\"", "\"theirIp\": \"10.77.0.44\"");
  expect("fpga0 qsfp0 row 0: no port has the address 10.77.0.44");
  test::writeText(network, "{}");
  expect("network.json: error: ");
  test::writeText(network, goodNetwork);

  // A packet to a row that is not there, and one that goes to the wrong stream.
  const std::string header = folder.path() + "/fpga0/link/fpga0_link.h", good = test::readText(header);
  test::replaceIn(header, "braid::PacketLayout<1, 1, ", "braid::PacketLayout<1, 5, ");
  expect("fpga0 qsfp0 row 5: the socket table has 2 rows; the packet has none");
  test::writeText(header, good);
  test::replaceIn(header, "braid::PacketLayout<1, 1, ", "braid::PacketLayout<0, 1, ");
  expect("fpga2 ended with exit code 3\n  note: receive1 lost 0 refused 2\n  note: receive1: frame 0 has 0 "
         "of 5 words");
}

TEST_CASE("boards that are not told of a stream are named") {
  test::Random random(3);
  const test::Deployed boards(test::diamond(random), "pynq-five", kDiamond, kernel::IoMode::Parallel);
  test::TemporaryFolder folder;
  boards.write(folder.path());
  const std::string network = folder.path() + "/network/network.json";
  test::replaceIn(network, "\"peer\": \"board1\"", "\"peer\": \"board3\"");
  CHECK(faultOf(folder.path(), boards).find("board0: board3 expects no crossing 0 from it") !=
        std::string::npos);
}

TEST_CASE("programs are compiled once") {
  test::Random random(3);
  const test::Deployed board(test::diamond(random), "pynq-z2", {0, 0, 0, 0, 0}, kernel::IoMode::Parallel);
  test::TemporaryFolder one, other, cache;
  board.write(one.path());
  board.write(other.path());
  sim::EmulationOptions with = options();
  with.cacheFolder = cache.path();
  const std::vector<exec::Batch> inputs = board.inputs(random, 1);
  auto first = sim::emulate(one.path(), board.context(), inputs, with);
  REQUIRE(static_cast<bool>(first));
  CHECK((first->compiled == 1 && first->cached == 0));
  auto again = sim::emulate(other.path(), board.context(), inputs, with);
  REQUIRE(static_cast<bool>(again));
  CHECK((again->compiled == 0 && again->cached == 1));
}
