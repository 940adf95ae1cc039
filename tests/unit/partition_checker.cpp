// braid-certify on the three certificates of tests/golden/partition/, written by hand:
//
// chain     Three layers of 4 or 2 cycles (4 or 8 LUT), two boards of 10 LUT: two layers share a board, so
// that one
//           of them has 4 cycles: 4000 fs. At 3999 fs two layers need 16 LUT of one board, three 24 of both.
// two_dies  Layer 1 fits on a die of 6 LUT and 6 BRAM18 with its third choice alone, but not behind layer 0
//           (4 + 1 + 2 for the converter). So 100 elements of a bit cross 3 wires: in 34 cycles, 34000 fs.
//           That the output goes to the host from die 0 wants layer 1 there: dies filled from the last on.
// walk      Three FPGAs in a row that hand frames on: the middle one sends 700 + 500 fs of streams in a
// period.
#include "../src/partition/checker_claims.h"

#include <catch2/catch.hpp>

#include <filesystem>

#include <unistd.h>

using namespace braid;
using nlohmann::json;

namespace {

struct Files {
  json problem, certificate;
};

Files filesOf(const std::string &name) {
  const std::string path = std::string(BRAID_SOURCE_ROOT) + "/tests/golden/partition/" + name;
  return {certify::readJson((path + ".problem.json").c_str()),
          certify::readJson((path + ".certificate.json").c_str())};
}

std::string verdict(const Files &files) {
  try {
    return certify::judge(files.problem, files.certificate);
  } catch (const certify::Rejected &why) {
    return std::string("rejected: ") + why.what();
  } catch (const certify::Malformed &why) {
    return std::string("malformed: ") + why.what();
  }
}

/// One value changed: a JSON pointer into the problem or the certificate, and what is there then; null takes
/// it away.
struct Change {
  const char *file, *pointer, *value, *said;
};

std::string verdict(Files files, const Change &change) {
  json &file = change.file[0] == 'p' ? files.problem : files.certificate;
  const std::string pointer = change.pointer, value = change.value;
  const json operation = value == "null"
                             ? json{{"op", "remove"}, {"path", pointer}}
                             : json{{"op", "add"}, {"path", pointer}, {"value", json::parse(value)}};
  // Lists grow by "add", so what is there already is replaced.
  const bool isThere = value != "null" && pointer.back() != '-' && file.contains(json::json_pointer(pointer));
  json patch = json::array({operation});
  if (isThere)
    patch[0]["op"] = "replace";
  file = file.patch(patch);
  return verdict(files);
}

void checkAll(const std::string &name, const std::vector<Change> &changes) {
  const Files files = filesOf(name);
  for (const Change &change : changes) {
    INFO(change.file << " " << change.pointer << " = " << change.value);
    CHECK(verdict(files, change) == change.said);
  }
}

} // namespace

TEST_CASE("braid-certify: certificates written by hand hold") {
  CHECK(verdict(filesOf("chain")) ==
        "plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven "
        "optimal); any placement: none at most 3999 fs");
  CHECK(verdict(filesOf("two_dies")) ==
        "plan: legal, period 34000 fs; contiguous plans: none at most 33999 fs (proven optimal)");
  CHECK(verdict(filesOf("walk")) ==
        "plan: legal, period 1200 fs; contiguous plans: none at most 1199 fs (proven optimal)");
}

TEST_CASE("braid-certify: a bound below the plan's period leaves a gap") {
  checkAll(
      "chain",
      {{"certificate", "/infeasible_fs", "2999",
        "plan: legal, period 4000 fs; contiguous plans: none at most 2999 fs (bound 3000, gap 25.00 %); any "
        "placement: none at most 3999 fs"},
       {"certificate", "/infeasible_fs", "0",
        "plan: legal, period 4000 fs; contiguous plans: none at most 0 fs (bound 1, gap 99.98 %); any "
        "placement: none at most 3999 fs"},
       {"certificate", "/plan", "null",
        "plan: none; contiguous plans: none at most 3999 fs; any placement: none at most 3999 fs"},
       {"certificate", "/anywhere", "null",
        "plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven optimal)"}});
}

TEST_CASE("braid-certify: plans that are not legal") {
  checkAll(
      "chain",
      {{"certificate", "/plan/period_fs", "4001", "rejected: plan: has a period of 4000 fs, not 4001"},
       {"certificate", "/plan/choices/2", "1",
        // 8 and the port's 1 + 1 fit; the period is that of the other board.
        "plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven optimal); any "
        "placement: none "
        "at most 3999 fs"},
       {"certificate", "/plan/choices/0", "1", "rejected: plan: part 0: die 0 needs 14 LUT and has 10"},
       {"certificate", "/plan/choices/0", "2", "rejected: plan: part 0: layer 0 has no choice 2"},
       {"certificate", "/plan/choices/-", "0", "rejected: plan: does not place each layer"},
       {"certificate", "/plan/parts/1", "null", "rejected: plan: does not place each layer"},
       {"certificate", "/plan/parts/1/fpga", "0", "rejected: plan: has an FPGA twice"},
       {"certificate", "/plan/parts/1/begin", "1",
        "rejected: plan: part 1: layers [1, 3) may not follow layer 1"},
       {"certificate", "/plan/parts/0/ends/0", "1",
        "rejected: plan: part 0: the ends of its dies are not in order, one for each"},
       {"problem", "/layers/2/stays_with_last", "true",
        "rejected: plan: part 0: layers [0, 2) may not follow layer -1"},
       {"problem", "/walks", "[[1, 0]]", "rejected: plan: its FPGAs follow each other in none of the walks"},
       {"problem", "/most_fpgas", "1", "rejected: plan: has 2 FPGAs"},
       {"problem", "/layers/0/tables/0", "-1",
        "rejected: plan: part 0: layer 0 may not be on die 0 of kind 0"},
       {"problem", "/kinds/0/stack/0", "2", "rejected: plan: part 0: die 0 needs 11 LUT and has 10"},
       {"problem", "/streams/2/link_fs", "4100", "rejected: plan: has a period of 4100 fs, not 4000"},
       {"problem", "/streams/3/host_fs", "4200", "rejected: plan: has a period of 4200 fs, not 4000"},
       {"problem", "/streams/0/ends/0/cycles", "5", "rejected: plan: has a period of 5000 fs, not 4000"}});
  checkAll(
      "two_dies",
      {{"certificate", "/plan/parts/0/from_last", "false",
        // The output crosses too: 100 elements in 50 cycles.
        "rejected: plan: has a period of 50000 fs, not 34000"},
       {"certificate", "/plan/parts/0/ends", "[0, 2]", "rejected: plan: part 0: die 0 needs 7 LUT and has 6"},
       {"problem", "/layers/0/die", "0", "rejected: plan: part 0: layer 0 may not be on die 1 of kind 0"},
       {"problem", "/streams/0/element_bits", "4",
        "rejected: plan: part 0: streams need more wires than there are behind die 0"}});
  checkAll("walk", {{"problem", "/hops", "false", "rejected: plan: has a period of 1400 fs, not 1200"}});
}

TEST_CASE("braid-certify: proofs that are none") {
  checkAll("chain",
           {{"certificate", "/infeasible_fs", "4000",
             "rejected: certificate: infeasible_fs: the plan has a period of 4000 fs"},
            {"certificate", "/proofs/0", "null",
             "rejected: certificate: states: layers [0, 2) on kind 0 are neither among them nor impossible "
             "by a proof"},
            // The first board sends s1 with 1 LUT and a stack of 1; two are charged then and no more.
            {"certificate", "/proofs/0/charges/0/0", "2",
             "plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven optimal); any "
             "placement: none "
             "at most 3999 fs"},
            {"certificate", "/proofs/0/charges/0/0", "3",
             "rejected: certificate: states: layers [0, 2) on kind 0 are neither among them nor impossible "
             "by a proof"},
            {"certificate", "/states/1/cuts", "[]",
             "rejected: certificate: states: layers [0, 1) on kind 0 are neither among them nor impossible "
             "by a proof"},
            {"certificate", "/states/0/cuts", "[1]",
             "rejected: certificate: states: do not begin at the first layer"},
            {"certificate", "/states/2/cuts", "[2, 3]",
             "rejected: certificate: states[2]: reaches the last layer"},
            {"certificate", "/states/2/state", "[1]",
             "malformed: certificate: states[2].state: is no state, or one that was there before"},
            {"certificate", "/proofs/0/first/0/end", "0",
             "rejected: certificate: proofs[0].first[0].tree: layers [0, 1) may fit on die 0 of kind 0"},
            {"certificate", "/proofs/0/first/0/end", "2",
             "malformed: certificate: proofs[0].first[0].end: is no whole number from 0 to 1"},
            {"certificate", "/proofs/1/last/0/tree/weights/0", "-1",
             "malformed: certificate: proofs[1].last[0].tree.weights[0]: is no whole number from 0 to "
             "9007199254740992"},
            {"certificate", "/proofs/1/last/0/tree/weights", "[0, 0, 0, 0, 0]",
             "rejected: certificate: proofs[1].last[0].tree: layers [1, 3) may fit on die 0 of kind 0"},
            {"certificate", "/anywhere/weights/0/0/0", "0",
             "rejected: certificate: anywhere.weights: the layers may fit, contiguous or not"},
            {"certificate", "/anywhere/infeasible_fs", "4000",
             "rejected: certificate: anywhere.infeasible_fs: the plan has a period of 4000 fs"},
            {"problem", "/tables/0/1/1", "5",
             "rejected: certificate: proofs[0].first[0].tree: layers [0, 2) may fit on die 0 of kind 0"}});
  checkAll(
      "two_dies",
      {{"problem", "/kinds/0/wires", "4", "rejected: plan: has a period of 25000 fs, not 34000"},
       {"certificate", "/proofs/0/first/0/tree/out/of", "[1, 2]",
        "rejected: certificate: proofs[0].first[0].tree.out.in: layers [0, 2) may fit on die 0 of kind 0"},
       {"certificate", "/proofs/0/first/0/tree/layer", "2",
        "malformed: certificate: proofs[0].first[0].tree.layer: is no whole number from 0 to 1"},
       {"certificate", "/proofs/0/last/1", "null", "malformed: certificate: proofs[0].last: is no list of 2"},
       {"certificate", "/proofs/0/from", "1",
        "malformed: certificate: proofs[0].first[0].end: is no whole number from 1 to 1"}});
  // With wires enough, or no limit, layer 0 may be alone on the first die.
  Files files = filesOf("two_dies");
  files.certificate.erase("plan");
  CHECK(verdict(files, {"problem", "/kinds/0/wires", "4", ""}) ==
        "malformed: certificate: proofs[0].first[0].tree.layer: is no whole number from 0 to 0");
  CHECK(verdict(files, {"problem", "/kinds/0/wires", "0", ""}) ==
        "malformed: certificate: proofs[0].first[0].tree.layer: is no whole number from 0 to 0");
  // The bound itself is too high: 34 cycles suffice.
  CHECK(verdict(files, {"certificate", "/infeasible_fs", "34000", ""}) ==
        "malformed: certificate: proofs[0].first[0].tree.layer: is no whole number from 0 to 0");
  checkAll("walk",
           {{"certificate", "/states/3", "null",
             "rejected: certificate: states: layers [1, 3) on kind 1 are neither among them nor impossible "
             "by a proof"},
            {"certificate", "/states/2", "null",
             "rejected: certificate: states: layers [0, 1) on kind 1 are neither among them nor impossible "
             "by a proof"}});
  files = filesOf("walk");
  files.certificate.erase("plan");
  CHECK(verdict(files, {"problem", "/fewest_fpgas", "2", ""}) ==
        "rejected: certificate: states[3]: reaches the last layer");
}

TEST_CASE("braid-certify: a choice that needs more may be the one that fits, behind other words") {
  // 4 and 3 LUT with a converter of 5 are too many for 10; 4 and 4 without are not.
  Files files = filesOf("two_dies");
  files.certificate.erase("plan");
  json &problem = files.problem;
  problem["kinds"][0]["dies"][0]["capacity"] = {10, 0, 0, 0, 0};
  problem["kinds"][0]["dies"][1]["capacity"] = {0, 0, 0, 0, 0};
  problem["tables"][1] = {{2, 3, 0, 0, 0, 0, 0, 0}, {2, 4, 0, 0, 0, 0, 1, 0}};
  problem["words"][0] = {{{5, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}};
  const json leaf = {{"weights", {1, 0, 0, 0, 0}}};
  json &proof = files.certificate["proofs"][0];
  proof["first"] = {{{"end", 0}, {"tree", leaf}}, {{"end", 0}, {"tree", leaf}}};
  proof["last"] = {{{"end", 0}, {"tree", leaf}}, {{"end", 1}, {"tree", leaf}}};
  CHECK(verdict(files) ==
        "rejected: certificate: proofs[0].first[0].tree: layers [0, 2) may fit on die 0 of kind 0");
  problem["tables"][1].erase(1);
  CHECK(verdict(files) == "plan: none; contiguous plans: none at most 33999 fs");
}

TEST_CASE("braid-certify: streams from before a proof's layers forbid no end of a die") {
  // Layer 0 gives 100 words to layers 1 and 2, from another FPGA perhaps: to the port's die and no further.
  Files files = filesOf("two_dies");
  files.certificate.erase("plan");
  json &problem = files.problem;
  problem["tables"] = {{{8, 4, 0, 0, 0, 0, 0, 0}}};
  problem["words"] = json::array();
  json layer = problem["layers"][0];
  problem["layers"] = {layer, layer, layer};
  problem["streams"][0]["to"] = {1, 2};
  problem["streams"][1]["from"] = 2;
  problem["streams"][1]["to"] = {3};
  const json leaf = {{"weights", {1, 0, 0, 0, 0}}};
  json &proof = files.certificate["proofs"][0];
  proof["from"] = 1;
  proof["to"] = 3;
  for (const char *order : {"first", "last"})
    proof[order] = {{{"end", 1}, {"tree", leaf}}, {{"end", 2}, {"tree", leaf}}};
  files.certificate["states"][1]["cuts"] = {1, 2};
  CHECK(verdict(files) ==
        "rejected: certificate: proofs[0].first[0].tree: layers [1, 2) may fit on die 0 of kind 0");
  // Between layers 1 and 2 they do.
  problem["streams"][0]["from"] = 1;
  problem["streams"][0]["to"] = {2};
  CHECK(verdict(files) == "plan: none; contiguous plans: none at most 33999 fs");
}

TEST_CASE("braid-certify: files that are not what they should be") {
  checkAll(
      "chain",
      {{"problem", "/schema", "\"braid-problem-2\"", "malformed: problem: schema: is not braid-problem-1"},
       {"problem", "/colour", "1", "malformed: problem: 'colour' has no meaning"},
       {"problem", "/hops", "null", "malformed: problem: has no 'hops'"},
       {"problem", "/hops", "0", "malformed: problem: hops: is neither true nor false"},
       {"problem", "/kinds", "{}", "malformed: problem: kinds: is no list of 1 or more, or is too long"},
       {"problem", "/kinds/0/name", "7", "malformed: problem: kinds[0].name: is no string"},
       {"problem", "/kinds/0/cycle_fs", "0",
        "malformed: problem: kinds[0].cycle_fs: is no whole number from 1 to 9007199254740992"},
       {"problem", "/kinds/0/port_die", "1",
        "malformed: problem: kinds[0].port_die: is no whole number from 0 to 0"},
       {"problem", "/fpgas/1/kind", "1", "malformed: problem: fpgas[1].kind: is no whole number from 0 to 0"},
       {"problem", "/walks", "[[0, 0]]", "malformed: problem: walks[0]: has an FPGA twice"},
       {"problem", "/tables/0/0/0", "2.5",
        "malformed: problem: tables[0][0][0]: is no whole number from 1 to 9007199254740992"},
       {"problem", "/tables/0/0/1", "18446744073709551615",
        "malformed: problem: tables[0][0][1]: is no whole number from 0 to 9007199254740992"},
       {"problem", "/layers/0/tables", "[]",
        "malformed: problem: layers[0].tables: is no list of 1 or more, or is "
        "too long"},
       {"problem", "/layers/0/tables", "[0, 0]",
        "malformed: problem: layers[0]: has not one table (and, if any, one list of words) for each kind"},
       {"problem", "/layers/0/tables/0", "1",
        "malformed: problem: layers[0].tables[0]: is no whole number from -1 to 0"},
       {"problem", "/streams/2/to", "[1]",
        "malformed: problem: streams[2].to[0]: is no whole number from 2 to 3"},
       {"problem", "/streams/1/to", "[2, 1]", "malformed: problem: streams[1].to: is not ascending"},
       {"certificate", "/schema", "\"braid-problem-1\"",
        "malformed: certificate: schema: is not braid-certificate-1"},
       {"certificate", "/plan/parts/0/fpga", "2",
        "malformed: certificate: plan.parts[0].fpga: is no whole number from 0 to 1"},
       {"certificate", "/states/1/cuts", "[1, 1]",
        "malformed: certificate: states[1].cuts: is not ascending"},
       {"certificate", "/proofs/0/to", "0",
        "malformed: certificate: proofs[0].to: is no whole number from 1 to 3"},
       {"certificate", "/proofs/1/to", "1", "malformed: certificate: proofs[1].to: is not behind 'from'"},
       {"certificate", "/proofs", "3",
        "malformed: certificate: proofs: is no list of 0 or more, or is too long"},
       {"certificate", "/proofs/0/first", "{}", "malformed: certificate: proofs[0].first: is no list of 1"},
       {"certificate", "/anywhere/weights/0/-", "[0, 0, 0, 0, 0]",
        "malformed: certificate: anywhere.weights: has not one list of weights for each die"}});
  checkAll("two_dies", {{"problem", "/words/0", "[[]]",
                         "malformed: problem: layers[1].words: lacks classes that the choices have"}});
  // A cut where no FPGA may end.
  Files files = filesOf("chain");
  files.certificate.erase("plan");
  CHECK(verdict(files, {"problem", "/layers/1/stays_with_last", "true", ""}) ==
        "malformed: certificate: states[1].cuts: has 1, where no FPGA may end");
  // Trees too deep for a stack.
  json tree = {{"weights", {0, 0, 0, 0, 0}}};
  for (int i = 0; i < 200000; ++i) {
    json branch = {{"layer", 0}, {"of", json::array()}, {"out", {{"weights", {1, 0, 0, 0, 0}}}}};
    branch["in"] = std::move(tree);
    tree = std::move(branch);
  }
  files = filesOf("chain");
  files.certificate["proofs"][0]["first"][0]["tree"] = std::move(tree);
  CHECK(verdict(files).find("is too deep") != std::string::npos);
}

TEST_CASE("braid-certify: a file with a key twice, or with none, is not read") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("braid-certify-" + std::to_string(getpid()) + ".json");
  const auto said = [&](const char *text) -> std::string {
    std::ofstream(path) << text;
    try {
      certify::readJson(path.c_str());
    } catch (const certify::Malformed &why) {
      return std::string(why.what()).substr(path.string().size());
    }
    return "read";
  };
  CHECK(said("{\"a\": [{\"b\": 1}, {\"b\": 1}]}") == "read");
  CHECK(said("{\"a\": 1, \"b\": {}, \"a\": 1}") == ": has 'a' twice in one object");
  CHECK(said("{\"a\": 1} 2").find("parse error") != std::string::npos);
  CHECK(said("").find("parse error") != std::string::npos);
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(certify::readJson(path.c_str()), path.string() + ": cannot be read");
}
