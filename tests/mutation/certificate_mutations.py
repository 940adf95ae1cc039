#!/usr/bin/env python3
"""Puts faults into tools/check_certificate.py, one at a time, and shows that its tests catch each: the certificates written
by hand, or the property tests of the partitioner. Works on copies: no source is changed.

Usage: certificate_mutations.py [BUILD]; BUILD (default build-test) holds a finished build with tests. Ends with
`N passed, N failed`: a fault that is caught passes."""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# What is wrong, text in it (once), what stands there instead.
MUTATIONS = [
    ("a bound may be the plan's period", "max(bound, elsewhere) >= period", "max(bound, elsewhere) > period"),
    ("a leaf may weigh as much as the room", "refuse(min(least.values()) <= weigh", "refuse(min(least.values()) < weigh"),
    ("converters cost nothing in a plan", "charges[die] = plus(charges[die], self.words[own", "_ = plus(charges[die], self.words[own"),
    ("converters cost at a proof's first layer", "[\"words\"][kind] if layer > begin else -1", "[\"words\"][kind] if layer > begin + 1 else -1"),
    ("choices of other classes are needless", "if other[2:] == row[2:])", "if True)"),
    ("choices that are too slow are left", "if row[0] <= most and not", "if not"),
    ("choices that are just fast enough are not left", "if row[0] <= most and not", "if row[0] < most and not"),
    ("the choice of the same needs is left beside the first", "if row[0] <= most and not any(", "if row[0] <= most and not any(other != row and "),
    ("choices are left that alone are too large", "self.useful[table, kind].items() if fits(row[1], room)]", "self.useful[table, kind].items()]"),
    ("layers may be on dies that they are not for", "[\"die\"] not in (-1, die):", "[\"die\"] not in (-1, die) and False:"),
    ("plans may put layers on dies that they are not for", "or own[\"die\"] not in (-1, die) or", "or"),
    ("a branch leaves the rows out of both sides", "layer: own - of})", "layer: own & of})"),
    ("a branch forgets those above it", "own = left.get(layer, {i", "own = {**left, layer: None}.pop(layer) or ({i"),
    ("wires of streams from before a proof's layers count", "if s[\"from\"] >= begin and any(cut <= t", "if any(cut <= t"),
    ("wires of streams to layers behind a proof's count", "any(cut <= t < to for", "any(cut <= t for"),
    ("wires forbid where they suffice", "wires(beyond) > k[\"wires\"]", "wires(beyond) >= k[\"wires\"]"),
    ("wires are forgotten", "for s in self.streams if k[\"wires\"] else ():", "for s in ():"),
    ("streams do not cross to the port's die", "places += [k[\"port_die\"]] * (received or sent) + ", "places += "),
    ("the last die may be left", "[\"end\"], start, to - 1)", "[\"end\"], start, to)"),
    ("a step proves one layer more", "beyond = d if order == \"first\" else count - 1 - d, end + 1", "beyond = d if order == \"first\" else count - 1 - d, end + 2"),
    ("dies are always filled from the first on", "d if order == \"first\" else count - 1 - d, end", "d, end"),
    ("charges are taken of no die", "room = [c - x for c", "room = [c for c"),
    ("proofs hold whatever they charge", "and all(map(fits, charges, loads))", ""),
    ("proofs hold for fewer layers", "any(low >= begin and to <= end and", "any(low >= begin and"),
    ("proofs hold for later layers", "any(low >= begin and to <= end and", "any(to <= end and"),
    ("all proofs hold whatever streams take", "if low >= begin and not any(map(any, charges))", "if low >= begin"),
    ("states reach too little", "refuse(not everywhere >> end & 1 and end in p.cuts", "refuse(not everywhere >> end & 1 and end < p.n and end in p.cuts"),
    ("ends that one state has are in all of them", "reduce(int.__and__,", "reduce(int.__or__,"),
    ("streams that are handed on are sent to each receiver", "self.loads(kind, begin, end) if self.hops else self.loads(", "self.loads("),
    ("the last layer may be reached", "refuse(p.n in cuts and count(state) >= p.fewest,", "refuse(p.n in cuts and count(state) > p.fewest,"),
    ("the last layer may not be reached by few", "refuse(p.n in cuts and count(state) >= p.fewest,", "refuse(p.n in cuts,"),
    ("states need not begin", ", 0) & 1,", ", 0) < 0,"),
    ("walks end too soon", "if count(after) <= p.most and follows(after)", "if count(after) < p.most and follows(after)"),
    ("kinds are as many as there are FPGAs", "all(used <= p.fpgas.count(kind) for", "all(used < p.fpgas.count(kind) for"),
    ("streams that pass through are not received", "begin and (taken or passes),", "begin and taken,"),
    ("streams that pass through are not sent", "is_made and behind or passes,", "is_made and behind,"),
    ("a stream is sent once for all receivers", "sum(map(slices, takers)), sum(", "1, sum("),
    ("one stack for both sides", "sum(sides) if k[\"has_port_per_side\"] else max(sides)", "max(sides)"),
    ("host and link never share a port", "[times[0] + times[2], times[1] + times[3]] if k[\"host_shares_port\"] else times", "times"),
    ("movers take no time", "max(k[\"slices\"] * mover * k[\"cycle_fs\"], *", "max(0, *"),
    ("streams to the host alone are forgotten", "if s[\"from\"] < cut <= s[\"to\"][-1]]", "if s[\"from\"] < cut <= s[\"last\"]]"),
    ("an FPGA may be in a plan twice", " or len({*used}) != len(used)", ""),
    ("a plan may stop before the last layer", "refuse(cut != self.n or (self.walks", "refuse((self.walks"),
    ("a plan may be on any walk", "or (self.walks and not any(", "or (False and not any("),
    ("a die may need more than it has", "refuse(not fits(charge, k[\"dies\"][die]),", "refuse(die and not fits(charge, k[\"dies\"][die]),"),
    ("all FPGAs may be used anywhere", "for r in room[:p.most])", "for r in room[:1])"),
    ("anywhere, layers may weigh as much as the room", "sum(least) <= sum(max", "sum(least) < sum(max"),
    ("a part may have any number of FPGAs", "len(fpgas) != k[\"members\"] or ", ""),
    ("members of a team may be of any kind", "any(self.fpgas[fpga] != k[\"each\"] for fpga in fpgas)", "False"),
    ("teams of a plan may take turns of different sizes", " or len(turns - {1}) > 1", ""),
    ("states let teams of different turns follow each other", "(k[\"turns\"] == 1 or state[-1] in (0, k[\"turns\"]))", "True"),
    ("states forget who takes turns", "after[:-1] + (k[\"turns\"],)", "after"),
    ("a state's last number may be any", " and {*s[kinds:]} <= {0, *turns}", ""),
    ("members do not count in a state", "used + k[\"members\"] * (i ==", "used + (i =="),
    ("what a team makes is not between its members", "(\"made\", begin <= s[\"from\"])", "(\"made\", False)"),
    ("what a team gives others is between its members as what it takes", "begin <= s[\"from\"] and any(t < end for t in s[\"to\"])", "begin <= s[\"from\"]"),
    ("what is between members has no stack", "for side in (\"in_fs\", \"out_fs\")]), [True, True]", "for side in (\"in_fs\", \"out_fs\")]), sides"),
    ("times are not divided by turns", "return charges, -(-longest // k[\"members\"])", "return charges, longest"),
    ("times are rounded down", "return charges, -(-longest // k[\"members\"])", "return charges, longest // k[\"members\"]"),
    ("slices send as if each was all of them", "sum(slices(p) * s[\"ends\"]", "sum(s[\"ends\"]"),
    ("slices are sent by one", "return sum(map(slices, givers)),", "return 1,"),
    ("streams are as wide where teams take turns", "period * self.kinds[kind][\"turns\"] //", "period //"),
    ("cycles are as long where teams take turns", "-(-cycles * k[\"cycle_fs\"] // k[\"turns\"])", "cycles * k[\"cycle_fs\"]"),
    ("choices must be as fast where teams take turns", "self.period * self.p.kinds[kind][\"turns\"] //", "self.period //"),
    ("anywhere, a team's layer is on one member", "k[\"members\"] * weigh(weights[k[\"each\"]]", "weigh(weights[k[\"each\"]]"),
    ("anywhere, teams have weights of their own", "weigh(weights[k[\"each\"]][die]", "weigh(weights[kind][die]"),
    ("anywhere, there are no teams", "if k[\"each\"] in p.fpgas]", "if kind in p.fpgas]"),
    ("a team may receive faster than an FPGA by itself", "< v[\"link_fs\"]:", "< 0:"),
    ("a team's dies may be of any size", "any(v[key] != self.kinds[of][key] for key in SHARED)", "False"),
    ("teams may have teams as members", "self.kinds[of][\"of\"] >= 0 or ", ""),
    ("an FPGA by itself may take turns", "v[\"takes_turns\"] > is_team or ", ""),
    ("teams may be along walks", "teams and (self.walks or self.hops) or", "teams and self.hops or"),
    ("teams may be FPGAs", " or teams & {*self.fpgas}", ""),
    ("channels of memory are not counted", "fits = lambda a, b: all(x <= y for x, y in zip(a, b))", "fits = lambda a, b: all(x <= y for x, y in zip(a[:-1], b[:-1]))"),
    ("truth is a number", "type(value) is int and low", "isinstance(value, int) and low"),
    ("a key may stand twice", "if len(dict(pairs)) == len(pairs) else", "if True else"),
    ("keys without a meaning are read", "<= {*value} <= {*required, *optional}", "<= {*value}"),
]


def fails(checker, unit):
    """By which tests the checker fails; nothing where it does not."""
    environment = {**os.environ, "BRAID_CHECKER": str(checker), "BRAID_CERTIFICATE_PROBLEMS": "80", "BRAID_PARTITION_PROBLEMS": "400"}
    for name, command in [("by hand", [sys.executable, "-B", ROOT / "tests/certificates/run.py"]),
                          ("changed at random", [unit, "the checker of certificates accepts*"]),
                          ("of the solver", [unit, "the partitioning solver finds*"])]:
        if subprocess.run(command, env=environment, capture_output=True, timeout=1800, check=False).returncode:
            return name
    return None


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build-test").resolve()
    unit, text = build / "tests/unit", (ROOT / "tools/check_certificate.py").read_text()
    caught = missed = 0
    with tempfile.TemporaryDirectory() as folder:
        mutated = pathlib.Path(folder) / "checker.py"
        for what, old, new in [("nothing", "", "")] + MUTATIONS:
            if old and text.count(old) != 1:
                sys.exit(f"the checker has not once: {old}")
            mutated.write_text(text.replace(old, new) if old else text)
            by = fails(mutated, unit)
            if not old:
                if by:
                    sys.exit(f"the tests {by} fail without any fault")
                continue
            caught, missed = caught + (by is not None), missed + (by is None)
            print(f"{'caught' if by else 'MISSED'}: {what} ({by})", flush=True)
    print(f"{caught} passed, {missed} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
