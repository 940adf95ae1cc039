#!/usr/bin/env python3
"""tools/check_certificate.py on certificates written by hand, tests/golden/partition/, and on these with one thing wrong:

chain     Three layers of 4 or 2 cycles (4 or 8 LUT), two boards of 10 LUT: two layers share a board, so that one of
          them has 4 cycles: 4000 fs. At 3999 fs two layers need 16 LUT of one board, three 24 of both.
two_dies  Layer 1 fits on a die of 6 LUT and 6 BRAM18 with its third choice alone, but not behind layer 0 (4 + 1 + 2 for
          the converter). So 100 elements of a bit cross 3 wires: in 34 cycles, 34000 fs. That the output goes to the
          host from die 0 wants layer 1 there: dies filled from the last on.
walk      Three FPGAs in a row that hand frames on: the middle one sends 700 + 500 fs of streams in a period.
slices    Two layers of 4 or 2 cycles on a board, of 2 or 1 on slices of two: these exchange 500 + 700 fs in a frame. One board
          by itself has no choice of 1199 fs; the two hand on what they have made of layer 0 to nobody.
turns     Three layers of 4 cycles, each too large to share a board: three teams of two take turns in 2000 fs, and hand on a
          stream of 4100 fs in 2050. Teams of three are faster, but six boards are only two of them.

BRAID_CHECKER names another checker, whose first failure is the last. Ends with `N passed, N failed`."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "support"))
sys.dont_write_bytecode = True
from judge_certificates import load_checker, verdict  # noqa: E402

CHECKER = os.environ.get("BRAID_CHECKER") or str(TESTS.parent / "tools" / "check_certificate.py")
P, C, GONE = 0, 1, None
NOTHING_BETWEEN = {"needs": [0] * 6, "in_fs": 0, "out_fs": 0}
HOLD = {
    "chain": "ok plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven optimal); "
             "any placement: none at most 3999 fs (proven optimal)",
    "two_dies": "ok plan: legal, period 34000 fs; contiguous plans: none at most 33999 fs (proven optimal)",
    "walk": "ok plan: legal, period 1200 fs; contiguous plans: none at most 1199 fs (proven optimal)",
    "slices": "ok plan: legal, period 1200 fs; contiguous plans: none at most 1199 fs (proven optimal); "
              "any placement: none at most 999 fs (gap 16.67 %)",
    "turns": "ok plan: legal, period 2050 fs; contiguous plans: none at most 2049 fs (proven optimal); "
             "any placement: none at most 1999 fs (gap 2.44 %)",
}
# Certificate, file, what is changed (`-`: one more), what it is then, what is said (or how that begins).
CHANGES = [
    # A bound below the plan's period leaves a gap.
    ("chain", C, "/infeasible_fs", 2999,
     "ok plan: legal, period 4000 fs; contiguous plans: none at most 2999 fs (gap 25.00 %);"
     " any placement: none at most 3999 fs (proven optimal)"),
    ("chain", C, "/infeasible_fs", 0,
     "ok plan: legal, period 4000 fs; contiguous plans: none at most 0 fs (gap 99.98 %);"
     " any placement: none at most 3999 fs (proven optimal)"),
    ("chain", C, "/plan", GONE, "ok plan: none; contiguous plans: none at most 3999 fs; any placement: none at most 3999 fs"),
    ("chain", C, "/anywhere", GONE, "ok plan: legal, period 4000 fs; contiguous plans: none at most 3999 fs (proven optimal)"),
    # Plans that are not legal.
    ("chain", C, "/plan/period_fs", 4001, "rejected plan: its period is 4000 fs"),
    ("chain", C, "/plan/choices/2", 1, HOLD["chain"]),
    ("chain", C, "/plan/choices/0", 1, "rejected plan: die 0 of FPGAs [0] needs [14, 0, 0, 0, 0, 0] of [10, 0, 0, 0, 0, 0]"),
    ("chain", C, "/plan/choices/0", 2, "rejected plan: layer 0 has no such choice there"),
    ("chain", C, "/plan/choices/-", 0, "malformed a list of 3 to 3 is meant"),
    ("chain", C, "/plan/parts/1", GONE, "rejected plan: layers are left, or its FPGAs cannot follow each other"),
    ("chain", C, "/plan/parts/1/fpgas", [0], "rejected plan: FPGAs [0] are not of kind 0"),
    ("chain", C, "/plan/parts/1/begin", 1, "rejected plan: FPGAs [1] have layers 1 to 3"),
    ("chain", C, "/plan/parts/0/ends/0", 1, "rejected plan: dies of FPGAs [0] end at [1]"),
    ("chain", P, "/layers/2/stays_with_last", True, "rejected plan: FPGAs [0] have layers 0 to 2"),
    ("chain", P, "/walks", [[1, 0]], "rejected plan: layers are left, or its FPGAs cannot follow each other"),
    ("chain", P, "/most_fpgas", 1, "malformed a list of 1 to 1 is meant"),
    ("chain", P, "/layers/0/tables/0", -1, "rejected plan: layer 0 has no such choice there"),
    ("chain", P, "/kinds/0/stack/0", 2, "rejected plan: die 0 of FPGAs [0] needs [11, 0, 0, 0, 0, 0] of [10, 0, 0, 0, 0, 0]"),
    ("chain", P, "/streams/2/link_fs", 4100, "rejected plan: its period is 4100 fs"),
    ("chain", P, "/streams/3/host_fs", 4200, "rejected plan: its period is 4200 fs"),
    ("chain", P, "/streams/0/ends/0/cycles", 5, "rejected plan: its period is 5000 fs"),
    ("two_dies", C, "/plan/parts/0/from_last", False, "rejected plan: its period is 50000 fs"),
    ("two_dies", C, "/plan/parts/0/ends", [0, 2], "rejected plan: die 0 of FPGAs [0] needs [7, 0, 1, 0, 0, 0] of [6, 0, 6, 0, 0, 0]"),
    ("two_dies", P, "/layers/0/die", 0, "rejected plan: layer 0 has no such choice there"),
    ("two_dies", P, "/streams/0/element_bits", 4, "rejected plan: more wires between dies than there are"),
    ("walk", P, "/hops", False, "rejected plan: its period is 1400 fs"),
    # Proofs that are none.
    ("chain", C, "/infeasible_fs", 4000, "rejected the plan is faster than what is said to be impossible"),
    ("chain", C, "/proofs/0", GONE, "rejected states: layers 0 to 2 on kind 0 are neither reached nor impossible"),
    ("chain", C, "/proofs/0/charges/0/0", 2, HOLD["chain"]),
    ("chain", C, "/proofs/0/charges/0/0", 3, "rejected states: layers 0 to 2 on kind 0 are neither reached nor impossible"),
    ("chain", C, "/states/1/cuts", [], "rejected states: layers 0 to 1 on kind 0 are neither reached nor impossible"),
    ("chain", C, "/states/0/cuts", [1], "rejected states: they do not begin before the first layer"),
    ("chain", C, "/states/2/cuts", [2, 3], "rejected states: [2] reaches the last layer"),
    ("chain", C, "/states/2/state", [1], "rejected states: [1] is none, or stands twice, or has a cut where no FPGA may end"),
    ("chain", C, "/proofs/0/first/0/end", 0, "rejected proof: layers 0 to 1 may fit on die 0 of kind 0"),
    ("chain", C, "/proofs/0/first/0/end", 2, "malformed a whole number from 0 to 1 is meant"),
    ("chain", C, "/proofs/1/last/0/tree/weights/0", -1, "malformed a whole number from 0 to 9007199254740992 is meant"),
    ("chain", C, "/proofs/1/last/0/tree/weights", [0, 0, 0, 0, 0, 0], "rejected proof: layers 1 to 3 may fit on die 0 of kind 0"),
    ("chain", C, "/anywhere/weights/0/0/0", 0, "rejected anywhere: the layers may fit"),
    ("chain", C, "/anywhere/infeasible_fs", 4000, "rejected the plan is faster than what is said to be impossible"),
    ("chain", P, "/tables/0/1/1", 5, "rejected proof: layers 0 to 2 may fit on die 0 of kind 0"),
    ("two_dies", P, "/kinds/0/wires", 4, "rejected plan: its period is 25000 fs"),
    ("two_dies", C, "/proofs/0/first/0/tree/out/of", [1, 2], "rejected proof: layers 0 to 2 may fit on die 0 of kind 0"),
    ("two_dies", C, "/proofs/0/first/0/tree/layer", 2, "malformed a whole number from 0 to 1 is meant"),
    ("two_dies", C, "/proofs/0/last/1", GONE, "malformed a list of 2 to 2 is meant"),
    ("two_dies", C, "/proofs/0/from", 1, "malformed a whole number from 1 to 1 is meant"),
    ("walk", C, "/states/3", GONE, "rejected states: layers 1 to 3 on kind 1 are neither reached nor impossible"),
    ("walk", C, "/states/2", GONE, "rejected states: layers 0 to 1 on kind 1 are neither reached nor impossible"),
    # Teams.
    ("slices", C, "/plan/parts/0/fpgas", [0], "rejected plan: FPGAs [0] are not of kind 1"),
    ("slices", C, "/plan/parts/0/fpgas", [0, 0], "rejected plan: FPGAs [0, 0] are not of kind 1"),
    ("slices", C, "/plan/parts/0/kind", 0, "rejected plan: FPGAs [0, 1] are not of kind 0"),
    ("slices", P, "/kinds/1/members", 3, "rejected plan: FPGAs [0, 1] are not of kind 1"),
    ("slices", P, "/kinds/1/members", 1, "malformed a whole number from 2 to 4096 is meant: 1"),
    ("slices", P, "/kinds/1/takes_turns", True, "malformed nothing between members that take turns"),
    ("slices", P, "/kinds/1/of", -1, "malformed a whole number from 1 to 1 is meant: 2"),
    ("slices", P, "/kinds/1/of", 1, "malformed a whole number from -1 to 0 is meant: 1"),
    ("slices", P, "/kinds/1/cycle_fs", 999, "malformed a team of FPGAs that are as it says"),
    ("slices", P, "/kinds/1/dies/0/capacity/0", 13, "malformed a team of FPGAs that are as it says"),
    ("slices", P, "/streams/1/ends/1/receive_fs", 249, "malformed what is not less than link_fs for all members is meant: 249"),
    ("slices", P, "/streams/1/ends/1/host_fs", GONE, "malformed an object with keys send, receive"),
    ("slices", P, "/streams/0/ends/1/host_fs", 1300, "rejected plan: its period is 1300 fs"),
    ("slices", P, "/streams/1/ends/1/made/in_fs", 600, "rejected plan: its period is 1300 fs"),
    ("slices", P, "/streams/1/ends/1/made/needs/0", 2, "rejected plan: die 0 of FPGAs [0, 1] needs [13, 0, 0, 0, 0, 0] of [12, 0, 0, 0, 0, 0]"),
    ("slices", P, "/streams/1/ends/1/made", NOTHING_BETWEEN, "rejected plan: its period is 1000 fs"),
    ("slices", P, "/streams/1/ends/1/inside/in_fs", 701, "rejected plan: its period is 1201 fs"),
    ("slices", P, "/streams/1/ends/1/inside/out_fs", 800, "rejected plan: its period is 1300 fs"),
    ("slices", P, "/streams/1/ends/0/made", NOTHING_BETWEEN, "malformed an object with keys send, receive"),
    ("slices", P, "/fpgas/1/kind", 1, "malformed teams are only where any FPGA may follow any other and streams go directly"),
    ("slices", P, "/hops", True, "malformed teams are only where any FPGA may follow any other and streams go directly"),
    ("slices", P, "/walks", [[0, 1]], "malformed teams are only where any FPGA may follow any other and streams go directly"),
    ("slices", P, "/most_fpgas", 1, "rejected plan: 2 FPGAs, of 1 to 1; its teams take [1] turns"),
    ("slices", C, "/states/1/state", [1, 0], "rejected states: layers 1 to 2 on kind 0 are neither reached nor impossible"),
    ("slices", C, "/states/1/state", [0, 2], "rejected states: [0, 2] is none"),
    ("slices", C, "/states/1", GONE, "rejected states: layers 0 to 1 on kind 1 are neither reached nor impossible"),
    ("slices", C, "/states/1/cuts", [1, 2], "rejected states: [2, 0] reaches the last layer"),
    ("slices", C, "/anywhere/infeasible_fs", 1000, "rejected anywhere: the layers may fit"),
    ("turns", C, "/plan/parts/1/fpgas", [1, 2], "rejected plan: FPGAs [1, 2] are not of kind 1"),
    ("turns", C, "/plan/parts/0", {"kind": 2, "fpgas": [0, 1, 2], "begin": 0, "end": 1, "from_last": False, "ends": [1]}, "rejected plan: FPGAs [2, 3] are not of kind 1"),
    ("turns", P, "/kinds/1/takes_turns", False, "rejected plan: die 0 of FPGAs [2, 3] needs [12, 0, 0, 0, 0, 0] of [10, 0, 0, 0, 0, 0]"),
    ("turns", P, "/kinds/2/members", 2, "rejected states: [3, 0, 0, 3] is none"),
    ("turns", P, "/streams/2/ends/1/receive_fs", 4099, "malformed what is not less than link_fs for all members is meant: 4099"),
    ("turns", P, "/streams/2/ends/1/receive_fs", 4200, "rejected plan: its period is 2100 fs"),
    ("turns", P, "/streams/2/ends/1/inside/in_fs", 1, "malformed nothing between members that take turns"),
    ("turns", C, "/states/1/state", [2, 0, 0, 0], "rejected states: layers 0 to 1 on kind 1 are neither reached nor impossible"),
    ("turns", C, "/states/1/state", [2, 0, 0, 3], "rejected states: layers 0 to 1 on kind 1 are neither reached nor impossible"),
    ("turns", P, "/kinds/2/of", 1, "malformed a team of FPGAs that are as it says"),
    ("turns", P, "/kinds/0/takes_turns", True, "malformed "),
    ("turns", C, "/states/1/state", [2, 0, 0, 1], "rejected states: [2, 0, 0, 1] is none"),
    ("turns", C, "/states/1/state", [2, 0, 0], "rejected states: [2, 0, 0] is none"),
    ("turns", C, "/states/2/state", [3, 0, 0, 0], "rejected states: layers 0 to 1 on kind 2 are neither reached nor impossible"),
    ("turns", C, "/states/3", GONE, "rejected states: layers 1 to 2 on kind 2 are neither reached nor impossible"),
    ("turns", C, "/proofs/2", GONE, "rejected states: layers 0 to 3 on kind 1 are neither reached nor impossible"),
    ("turns", C, "/proofs/3", GONE, "rejected states: layers 0 to 2 on kind 2 are neither reached nor impossible"),
    ("turns", C, "/anywhere/infeasible_fs", 2000, "rejected anywhere: the layers may fit"),
    ("turns", C, "/anywhere/weights/0/0/0", 0, "rejected anywhere: the layers may fit"),
    # Files that are not what they should be.
    ("chain", P, "/schema", "braid-problem-2", "malformed an object with keys"),
    ("chain", P, "/colour", 1, "malformed an object with keys"),
    ("chain", P, "/hops", GONE, "malformed an object with keys"),
    ("chain", P, "/hops", 0, "malformed true or false is meant"),
    ("chain", P, "/kinds", {}, "malformed a list of 1 to 1000000 is meant"),
    ("chain", P, "/kinds/0/name", 7, "malformed a string as name is meant"),
    ("chain", P, "/kinds/0/cycle_fs", 0, "malformed a whole number from 1 to 9007199254740992 is meant"),
    ("chain", P, "/kinds/0/port_die", 1, "malformed a whole number from 0 to 0 is meant"),
    ("chain", P, "/fpgas/1/kind", 1, "malformed a whole number from 0 to 0 is meant"),
    ("chain", P, "/walks", [[0, 0]], "rejected plan: layers are left, or its FPGAs cannot follow each other"),
    ("chain", P, "/tables/0/0/0", 2.5, "malformed a whole number is meant"),
    ("chain", P, "/tables/0/0/1", 18446744073709551615, "malformed a whole number from 0 to 9007199254740992 is meant"),
    ("chain", P, "/layers/0/tables", [], "malformed a list of 1 to 1 is meant"),
    ("chain", P, "/layers/0/tables", [0, 0], "malformed a list of 1 to 1 is meant"),
    ("chain", P, "/layers/0/tables/0", 1, "malformed a whole number from -1 to 0 is meant"),
    ("chain", P, "/streams/2/to", [1], "malformed a whole number from 2 to 3 is meant"),
    ("chain", P, "/streams/1/to", [2, 1], "malformed a list that ascends is meant"),
    ("chain", C, "/schema", "braid-problem-1", "malformed an object with keys"),
    ("chain", C, "/plan/parts/0/fpgas/0", 2, "malformed a whole number from 0 to 1 is meant"),
    ("chain", C, "/states/1/cuts", [1, 1], "malformed a list that ascends is meant"),
    ("chain", C, "/proofs/0/to", 0, "malformed a whole number from 1 to 3 is meant"),
    ("chain", C, "/proofs/1/to", 1, "malformed a whole number from 1 to 0 is meant"),
    ("chain", C, "/proofs", 3, "malformed a list of 0 to 1000000 is meant"),
    ("chain", C, "/proofs/0/first", {}, "malformed a list of 1 to 1 is meant"),
    ("chain", C, "/anywhere/weights/0/-", [0, 0, 0, 0, 0, 0], "malformed a list of 1 to 1 is meant"),
    ("two_dies", P, "/words/0", [[]], "malformed layer 1: a class of words has no converter"),
]
passed = failed = 0
checker = load_checker()


def files_of(name):
    return [json.loads((TESTS / f"golden/partition/{name}.{file}.json").read_text()) for file in ("problem", "certificate")]


def change(files, file, pointer, value):
    """The value at a JSON pointer; GONE takes it away."""
    at, steps = files[file], pointer.split("/")[1:]
    for step in steps[:-1]:
        at = at[int(step) if isinstance(at, list) else step]
    last = steps[-1] if isinstance(at, dict) or steps[-1] == "-" else int(steps[-1])
    if value is GONE:
        del at[last]
    elif last == "-":
        at.append(value)
    else:
        at[last] = value


def check(what, said, meant):
    global passed, failed
    is_right = said.startswith(meant)
    passed, failed = passed + is_right, failed + (not is_right)
    if not is_right:
        print(f"FAILED {what}\n  says:  {said[:300]}\n  meant: {meant}")
        if "BRAID_CHECKER" in os.environ:
            sys.exit(1)


def judged(files):
    return verdict(checker, *map(json.dumps, files))


def without_plan(name, *changes):
    files = files_of(name)
    del files[C]["plan"]
    for file, pointer, value in changes:
        change(files, file, pointer, value)
    return files


def check_by_hand():
    for name, said in HOLD.items():
        check(name, judged(files_of(name)), said)
    for name, file, pointer, value, said in CHANGES:
        files = files_of(name)
        change(files, file, pointer, value)
        check(f"{name} {pointer} = {value}", judged(files), said)
    one_layer = "malformed a whole number from 0 to 0 is meant: 1"  # of the proof's first step
    check("with wires enough layer 0 may be alone on the first die", judged(without_plan("two_dies", (P, "/kinds/0/wires", 4))), one_layer)
    check("and without a limit of them", judged(without_plan("two_dies", (P, "/kinds/0/wires", 0))), one_layer)
    check("34 cycles suffice", judged(without_plan("two_dies", (C, "/infeasible_fs", 34000))), one_layer)
    check("too few FPGAs", judged(without_plan("walk", (P, "/fewest_fpgas", 2))), "rejected states: [0, 1] reaches the last layer")
    check("a cut where no FPGA may end", judged(without_plan("chain", (P, "/layers/1/stays_with_last", True))), "rejected states: [1] is none")
    check("a state of more FPGAs than there are", judged(without_plan("chain", (C, "/states/-", {"state": [3], "cuts": [2]}))), "rejected states: [3] is")
    check("a state of no walk", judged(without_plan("walk", (C, "/states/-", {"state": [0, 0, 0], "cuts": [3]}))), "rejected states: [0, 0, 0] is none")
    check("nothing is proven", judged([files_of("chain")[P], {"schema": "braid-certificate-1", "infeasible_fs": 0}]), "ok plan: none; contiguous plans: none at")
    check("nothing is proven by nothing", judged([files_of("chain")[P], {"schema": "braid-certificate-1", "infeasible_fs": 1}]), "malformed a list")
    check("what members exchange takes time", judged(without_plan("slices", (P, "/streams/1/ends/1/inside/in_fs", 0))), "rejected states: layers 0 to 2 on")
    files = files_of("turns")
    part = lambda kind, fpgas, layer: {"kind": kind, "fpgas": fpgas, "begin": layer, "end": layer + 1, "from_last": False, "ends": [layer + 1]}
    files[C]["plan"]["parts"] = [part(2, [0, 1, 2], 0), part(1, [3, 4], 1), part(0, [5], 2)]
    check("turns of different sizes", judged(files), "rejected plan: 6 FPGAs, of 1 to 6; its teams take [1, 2, 3] turns")
    files = files_of("slices")  # a second kind of boards, just like the first
    problem = files[P]
    for of_kinds in [problem["kinds"], *(layer["tables"] for layer in problem["layers"]), *(stream["ends"] for stream in problem["streams"])]:
        of_kinds.append(of_kinds[0])
    problem["fpgas"][1]["kind"] = 2
    check("members of two kinds", judged(files), "rejected plan: FPGAs [0, 1] are not of kind 1")
    gap = without_plan("chain", (C, "/infeasible_fs", 3998))
    gap[C]["plan"] = {**files_of("chain")[C]["plan"]}
    check("gaps are rounded up", judged(gap), "ok plan: legal, period 4000 fs; contiguous plans: none at most 3998 fs (gap 0.03 %);")

    # A choice that needs more may be the one that fits, behind other words: 4 and 3 LUT with a converter of 5 are too many for 10, 4 and 4
    # without are not.
    files = without_plan("two_dies")
    problem, proof, leaf = files[P], files[C]["proofs"][0], {"weights": [1, 0, 0, 0, 0, 0]}
    problem["kinds"][0]["dies"][0]["capacity"], problem["kinds"][0]["dies"][1]["capacity"] = [10, 0, 0, 0, 0, 0], [0] * 6
    problem["tables"][1], problem["words"][0] = [[2, 3, 0, 0, 0, 0, 0, 0, 0], [2, 4, 0, 0, 0, 0, 0, 1, 0]], [[[5, 0, 0, 0, 0, 0], [0] * 6]]
    proof["first"], proof["last"] = [{"end": 0, "tree": leaf}, {"end": 0, "tree": leaf}], [{"end": 0, "tree": leaf}, {"end": 1, "tree": leaf}]
    check("other words", judged(files), "rejected proof: layers 0 to 2 may fit on die 0 of kind 0")
    del problem["tables"][1][1]
    check("the same words", judged(files), "ok plan: none; contiguous plans: none at most 33999 fs")

    # Streams from before a proof's layers forbid no end of a die: layer 0 gives 100 words to layers 1 and 2, from another FPGA perhaps, to the
    # port's die and no further.
    files = without_plan("two_dies")
    problem, proof = files[P], files[C]["proofs"][0]
    problem["tables"], problem["words"], problem["layers"] = [[[8, 4, 0, 0, 0, 0, 0, 0, 0]]], [], [problem["layers"][0]] * 3
    problem["streams"][0]["to"], problem["streams"][1]["from"], problem["streams"][1]["to"] = [1, 2], 2, [3]
    proof["from"], proof["to"], files[C]["states"][1]["cuts"] = 1, 3, [1, 2]
    for order in ("first", "last"):
        proof[order] = [{"end": 1, "tree": leaf}, {"end": 2, "tree": leaf}]
    check("streams from outside", judged(files), "rejected proof: layers 1 to 2 may fit on die 0 of kind 0")
    problem["streams"][0]["from"], problem["streams"][0]["to"] = 1, [2]
    check("streams inside", judged(files), "ok plan: none; contiguous plans: none at most 33999 fs")

    # Nor do streams to layers behind a proof's.
    problem["streams"][0]["from"], problem["streams"][0]["to"] = 0, [2]
    proof["from"], proof["to"], files[C]["states"][1]["cuts"] = 0, 2, [1]
    for order in ("first", "last"):
        proof[order] = [{"end": 0, "tree": leaf}, {"end": 1, "tree": leaf}]
    check("streams to outside", judged(files), "rejected proof: layers 0 to 1 may fit on die 0 of kind 0")
    problem["streams"][0]["to"] = [1, 2]
    check("streams inside and to outside", judged(files), "ok plan: none; contiguous plans: none at most 33999 fs")

    # Of equal choices, and of those that need more, none is left beside the first: a branch that is about the others leaves nothing.
    files = without_plan("chain", (P, "/tables/0", [[2, 8, 0, 0, 0, 0, 0, 0, 0], [3, 8, 0, 0, 0, 0, 0, 0, 0], [2, 9, 0, 0, 0, 0, 0, 0, 0]]),
                         (C, "/proofs/0/first/0/tree", {"layer": 0, "of": [0], "in": leaf, "out": {"weights": [0] * 6}}))
    check("choices beside others", judged(files), "ok plan: none")
    change(files, P, "/tables/0/1/0", 2)
    check("the same choice twice", judged(files), "ok plan: none")
    change(files, C, "/proofs/0/first/0/tree/of", [1, 2])
    change(files, C, "/proofs/0/first/0/tree/in", {"weights": [0] * 6})
    change(files, C, "/proofs/0/first/0/tree/out", leaf)
    check("choices beside others, the other way round", judged(files), "ok plan: none")
    change(files, P, "/tables/0/1/7", 1)
    check("choices of other classes", judged(files), "rejected proof: layers 0 to 2 may fit")
    # A branch below another one about the same layer: what is left is in neither of them.
    of_one = lambda resource: {"weights": [int(r == resource) for r in range(6)]}
    files = without_plan("chain", (P, "/tables", [[[2, 8, 0, 0, 0, 0, 0, 0, 0], [2, 0, 8, 0, 0, 0, 0, 0, 0], [2, 0, 0, 8, 0, 0, 0, 0, 0]], [[2, 6, 6, 6, 0, 0, 0, 0, 0]]]),
                         (P, "/kinds/0/dies/0/capacity", [10, 10, 10, 0, 0, 0]), (P, "/layers/1/tables/0", 1), (P, "/layers/2/tables/0", 1), (C, "/anywhere", GONE),
                         (C, "/proofs/0/first/0/tree", {"layer": 0, "of": [0], "in": of_one(0), "out": {"layer": 0, "of": [1], "in": of_one(1), "out": of_one(2)}}))
    files[C]["proofs"][0]["last"] = files[C]["proofs"][0]["first"]
    check("branches below branches", judged(files), "ok plan: none")
    change(files, C, "/proofs/0/first/0/tree/in", of_one(1))
    check("a branch of another resource", judged(files), "rejected proof: layers 0 to 2 may fit")
    # A die that is smaller than nothing holds nothing.
    files = without_plan("chain", (P, "/kinds/0/dies/0/capacity/2", -1))
    check("less than nothing", judged(files), "ok plan: none")
    check("a plan on less than nothing", judged([files[P], files_of("chain")[C]]), "rejected plan: die 0 of FPGAs [0] needs")


def places(value, at=""):
    """Pointers to all that is in a value."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield f"{at}/{key}", inner
        yield from places(inner, f"{at}/{key}")


def check_forms():
    """Nothing may be of another type, out of any range, absent, or more than is asked for."""
    others = ["text", True, 1.5, 1.0, float("nan"), float("inf"), -(2**63), 2**70, 10**400, [[]], {"a": 1}, {}, [[[[[]]]]], ...]
    for name in HOLD:
        files = files_of(name)
        for file in (P, C):
            for pointer, value in places(files[file]):
                key = pointer.rsplit("/", 1)[1]
                for other in others:
                    if (key in ("name", "schema") and isinstance(other, str) or isinstance(value, bool) and isinstance(other, bool)
                            or key in ("walks", "tables", "words") and other == [[]]):
                        continue
                    changed = copy.deepcopy(files)
                    change(changed, file, pointer, [] if other is ... else other)
                    if other is ... and isinstance(value, list):
                        check(f"{name} {pointer} without items", "is judged" if not judged(changed).startswith("crashed") else "crashes", "is judged")
                    else:
                        check(f"{name} {pointer} = {other}", judged(changed), "malformed ")
                changed = copy.deepcopy(files)
                change(changed, file, pointer, GONE)
                is_needed = not key.isdigit() and pointer not in ("/plan", "/anywhere")
                check(f"{name} {pointer} is gone", judged(changed).replace("rejected", "malformed"), "malformed " if is_needed else "")
                if isinstance(value, dict):
                    changed = copy.deepcopy(files)
                    change(changed, file, f"{pointer}/colour", 1)
                    check(f"{name} {pointer} has a colour", judged(changed), "malformed ")
                    text = json.dumps(files[file])
                    own = json.dumps(value)
                    first = json.dumps(next(iter(value.items())))[1:-1].replace(", ", ": ", 1)
                    texts = [json.dumps(f) for f in files]
                    texts[file] = text.replace(own, "{" + first + ", " + own[1:], 1)
                    check(f"{name} {pointer} has a key twice", verdict(checker, *texts), "malformed an object with each key once")


def check_deep():
    tree = {"weights": [0] * 6}
    for _ in range(200):
        tree = {"layer": 0, "of": [], "out": {"weights": [1, 0, 0, 0, 0, 0]}, "in": tree}
    files = files_of("chain")
    files[C]["proofs"][0]["first"][0]["tree"] = tree
    check("a tree of 200 branches", judged(files), HOLD["chain"])
    texts = [json.dumps(files_of("chain")[P]), json.dumps(files_of("chain")[C])]
    deep = '{"layer": 0, "of": [], "out": {"weights": [1, 0, 0, 0, 0, 0]}, "in": '
    texts[C] = texts[C].replace('{"weights"', deep * 200000 + '{"weights"', 1).replace("}", "}" * 200001, 1)
    check("a tree of 200000 branches", verdict(checker, *texts), "malformed ")
    check("lists in lists", verdict(checker, "[" * 200000, texts[C]), "malformed ")


def check_program():
    """Exit codes, and a line for all that is not read."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        paths = [folder / "problem.json", folder / "certificate.json"]

        def run(*texts):
            for path, text in zip(paths, texts):
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
            done = subprocess.run([sys.executable, "-B", CHECKER, *paths], capture_output=True, text=True, check=False)
            return f"{done.returncode} {done.stdout.count(chr(10))} {done.stderr.count(chr(10))} {done.stdout}{done.stderr}"

        chain = [json.dumps(file) for file in files_of("chain")]
        check("a certificate", run(*chain), "0 1 0 plan: legal, period 4000 fs")
        check("a claim that is false", run(chain[0], chain[1].replace("3999", "4000")), "4 1 0 rejected: ")
        for what, text in [("nothing", ""), ("two values", chain[1] + " 2"), ("no text", b"\xff\xfe{}"), ("half", chain[1][:-9]), ("NaN", "NaN"), ("null", "null"),
                           ("a list", "[]"), ("a string", '"a"'), ("a number", "1"), ("many digits", "1" * 100000), ("deep", "[" * 100000),
                           ("a key twice", '{"schema": 1, "schema": 1}'), ("a lone surrogate", '{"\\ud800": 1}'), ("a control character", '"\n"')]:
            check(f"{what} as certificate", run(chain[0], text), "1 0 1 cannot be read: ")
            check(f"{what} as problem", run(text, chain[1]), "1 0 1 cannot be read: ")
        paths[1] = folder
        check("a folder", run(chain[0]), "1 0 1 cannot be read: ")
        paths[1] = folder / "absent"
        check("no file", run(chain[0]), "1 0 1 cannot be read: ")


def check_large():
    """500 layers that take 10 of 80: not on 62 FPGAs of 64; nor on 64 where streams' ends take 1."""
    needs, none = lambda n: [n, 0, 0, 0, 0, 0], [0] * 6
    ends = {"send": needs(1), "receive": needs(1), "from_host": none, "to_host": none, "cycles": 0}
    problem = {"schema": "braid-problem-1", "fpgas": [{"name": f"f{i}", "kind": 0} for i in range(64)], "walks": [], "hops": False, "fewest_fpgas": 1,
               "kinds": [{"name": "k", "of": -1, "members": 1, "takes_turns": False, "cycle_fs": 1000, "dies": [{"name": "d", "capacity": needs(80)}], "wires": 0, "port_die": 0, "host_die": 0,
                          "stack": none, "has_port_per_side": False, "host_shares_port": False}],
               "tables": [[[c, *needs(10 if c < 9 else 8), 0, 0] for c in range(1, 40)]], "words": [],
               "layers": [{"name": f"l{i}", "tables": [0], "words": [], "die": -1, "stays_with_last": False} for i in range(500)],
               "streams": [{"name": f"s{i}", "from": i, "to": [i + 1], "elements": 1, "element_bits": 1, "link_fs": 0, "host_fs": 0, "ends": [ends]}
                           for i in range(-1, 500)]}
    for most, held, taken in ((62, 8, 0), (64, 7, 1)):
        step = lambda a, count: [{"end": a + count, "tree": {"weights": needs(1)}}]
        proof = lambda a, count, charge: {"kind": 0, "from": a, "to": a + count + 1, "charges": [needs(charge)], "first": step(a, count), "last": step(a, count)}
        certificate = {"schema": "braid-certificate-1", "infeasible_fs": 8999,
                       "states": [{"state": [q], "cuts": list(range(q, min(held * q, 499) + 1))} for q in range(most + 1)],
                       "proofs": [proof(a, held, taken) for a in range(500 - held)] + [proof(0, 8, 0)]}
        start = time.monotonic()
        check(f"500 layers on {most} FPGAs", judged([{**problem, "most_fpgas": most}, certificate]), "ok plan: none; contiguous plans: none at most 8999 fs")
        spent = time.monotonic() - start
        print(f"500 layers, {most} FPGAs: {spent:.1f} s")
        check(f"in {spent:.1f} s", "soon" if spent < 60 else "late", "soon")
        certificate["infeasible_fs"] = 9000
        check("with a faster choice", judged([{**problem, "most_fpgas": most}, certificate]), "rejected proof" if not taken else "rejected ")


check_by_hand()
check_forms()
check_deep()
check_program()
check_large()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
