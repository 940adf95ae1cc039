#!/usr/bin/env python3
"""Elastic-DF's problem: layers of fixed foldings over 1, 2, 4 and 8 U280 in a daisy chain, at the least cost of hops. Its
mixed integer program, written here from its description and solved by CBC (Debian: coinor-cbc), beside braid's plans.

    ninja -C build-test braid tests/bench/partition_bench
    tools/elastic_df.py build-test ../shared [--seconds N] [--share PERCENT] [--network MODEL] [--quick] [--update FILE]

The program (M. Alonso et al., TRETS 15(2), 2022; FINN's partitioning.py): x[layer, die] and y[edge, die, die] are binary; a
stream costs nothing on one die, 1 between neighbouring dies, 10 between the Ethernet dies of neighbouring cards, and can
be nowhere else; dies and wires between them have limits, and each Ethernet link takes what it sends in a frame's time.
Streams with several readers pass through a copying node that takes nothing. What layers take, limits, shell and network
stack are braid's. `layers`: only these are charged, as Elastic-DF does; `all`: converters, too, and what hands streams to
host and links, in both programs. A row fails where braid's plan, its cost counted here, costs more than the best that CBC
finds in N seconds of CPU time. --share: limits are so many percent of those; where they are tight, a placement that comes
back to a die can cost less than braid's plans, which fill dies in order (tests/bench/elastic_df_tight.md). --quick: what
CBC solves soon. --update FILE writes the table. Ends with `N passed, N failed`."""
import argparse
import json
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

from finn_comparison import model_file

SLR_HOP, FPGA_HOP = 1, 10
COUNTS = (1, 2, 4, 8)
OWN = None  # braid's own folding for so many cards
EXAMPLES = "data/finn/finn-examples/"
CASES = [  # network, model, folding, limits in percent that are not the default ones
    ("TFC w2a2", "tfc_2w2a", "bnn-pynq/folding_config/tfc-w2a2_folding_config.json", {}),
    ("TFC w2a2", "tfc_2w2a", OWN, {}),
    ("CNV w2a2", "gen_cnv_w2a2", "bnn-pynq/folding_config/cnv-w2a2_folding_config.json", {}),
    ("CNV w2a2", "gen_cnv_w2a2", OWN, {}),
    ("VGG10 w4a4", "vgg10_w4a4", "vgg10-radioml/folding_config/ZCU104_folding_config.json", {}),
    ("VGG10 w4a4", "vgg10_w4a4", OWN, {}),
    ("MobileNetV1 w4a4", "gen_mobilenetv1_w4a4", "mobilenet-v1/folding_config/U250_folding_config.json", {}),
    ("MobileNetV1 w4a4", "gen_mobilenetv1_w4a4", OWN, {}),
    ("ResNet-50 w2a2", "gen_resnet50_v15_w2a2", "resnet50/folding_config/U250_folding_config.json", {"bram18": 90}),
    ("ResNet-50 w2a2", "gen_resnet50_v15_w2a2", OWN, {})]
LIMITS = {"lut": 70, "ff": 50, "bram18": 80, "uram": 80, "dsp": 80}
QUICK = {"gen_cnv_w2a2": 4, "gen_mobilenetv1_w4a4": 2, "gen_resnet50_v15_w2a2": 1}  # over so many cards at most


def told(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(done.stderr or done.stdout)
    return done.stdout if done.returncode == 0 else None


def fixed(braid, model, count, folding, limits, folder):
    """The partitioning problem in which every layer has the one choice of braid's plan; None where no plan fits."""
    cluster, out = folder / f"u280x{count}.json", folder / "out"
    cluster.write_text(json.dumps({"schema": "braid-cluster-1", "name": f"u280x{count}", "fpgas": [{"device": "u280"}] * count, "topology": "chain"}))
    how = ["--folding", folding] if folding else ["--fpgas", count]
    how += ["--limits", ",".join(f"{name}={percent}" for name, percent in limits.items())]
    if told(braid, "compile", model, "--backend", "finn", "--cluster", cluster, *how, "-o", out) is None:
        return None
    problem, certificate = (json.loads((out / f"{name}.json").read_text()) for name in ("problem", "certificate"))
    chosen = [problem["tables"][layer["tables"][0]][row] for layer, row in zip(problem["layers"], certificate["plan"]["choices"])]
    layers = [{**layer, "tables": [i]} for i, layer in enumerate(problem["layers"])]
    return {**problem, "tables": [[row] for row in chosen], "layers": layers}


def over(problem, count):
    """The same over so many cards of a chain, or fewer."""
    cards = [{"name": f"fpga{i}", "kind": 0} for i in range(count)]
    return {**problem, "fpgas": cards, "walks": [list(range(count))], "fewest_fpgas": 1, "most_fpgas": count}


def bare(problem):
    """The same where only layers and the network stack take anything, and all streams are those between layers."""
    between = [{**s, "to": [to for to in s["to"] if to < len(problem["layers"])]} for s in problem["streams"] if s["from"] >= 0]
    ends = {"send": [0] * 6, "receive": [0] * 6, "from_host": [0] * 6, "to_host": [0] * 6, "cycles": 0}
    return {**problem, "words": [], "layers": [{**layer, "words": []} for layer in problem["layers"]],
            "streams": [{**s, "ends": [ends]} for s in between if s["to"]]}


class Chain:
    """The dies of all cards, numbered one after the other, and what a hop between two costs."""

    def __init__(self, problem):
        kind = problem["kinds"][0]
        self.cards, self.count, self.port = len(problem["fpgas"]), len(kind["dies"]), kind["port_die"]
        self.dies = range(self.cards * self.count)
        self.hops = [(die, die + 1, SLR_HOP) for die in self.dies if (die + 1) % self.count]
        self.hops += [(card * self.count + self.port, (card + 1) * self.count + self.port, FPGA_HOP) for card in range(self.cards - 1)]
        self.sides = [self.reached(hop) for hop in self.hops]

    def reached(self, cut):
        """Dies on the near side of a hop: the chain is a tree."""
        side, grows = {cut[0]}, True
        while grows:
            more = {b for hop in self.hops if hop is not cut for a, b in (hop[:2], hop[1::-1]) if a in side} - side
            side, grows = side | more, bool(more)
        return side

    def cost(self, problem, die_of):
        """Of all streams between layers: each takes every hop that has some of its ends on either side."""
        ends = [[die_of[layer] for layer in (s["from"], *s["to"]) if layer < len(die_of)] for s in problem["streams"] if s["from"] >= 0]
        return sum(cost for (_, _, cost), side in zip(self.hops, self.sides) for dies in ends if 0 < sum(die in side for die in dies) < len(dies))


def summed(terms):
    """The same with each variable once."""
    out = {}
    for factor, name in terms:
        out[name] = out.get(name, 0) + factor
    return [(factor, name) for name, factor in out.items()]


class Program:
    """Elastic-DF's, in the LP format."""

    def __init__(self, problem, period):
        self.problem, self.chain = problem, Chain(problem)
        self.needs = [table[0][1:-2] for table in problem["tables"]]
        self.edges = []  # from, to, wires, time on a link, what its ends take
        cycles = max(1, period // problem["kinds"][0]["cycle_fs"])
        for stream in problem["streams"]:
            takers, source = [to for to in stream["to"] if to < len(problem["layers"])], stream["from"]
            load = stream["element_bits"] * -(-stream["elements"] // cycles), stream["link_fs"], stream["ends"][0]
            if source >= 0 and len(takers) > 1:
                self.edges.append((source, len(self.needs), *load))
                source = len(self.needs)
                self.needs.append([0] * 6)
            self.edges += [(source, to, *load) for to in takers if source >= 0]
        both = [(a, b, cost) for hop in self.chain.hops for a, b, cost in (hop, (hop[1], hop[0], hop[2]))]
        self.arcs = [(die, die, 0) for die in self.chain.dies] + both
        self.variables = len(self.needs) * len(self.chain.dies) + len(self.edges) * len(self.arcs)
        self.period = period

    def rows(self):
        """(terms: factor and variable; relation; right side)."""
        kind, dies, several = self.problem["kinds"][0], self.chain.dies, self.chain.cards > 1
        for layer in range(len(self.needs)):
            yield [(1, f"x_{layer}_{die}") for die in dies], "=", 1
        for e, (source, to, *_) in enumerate(self.edges):
            for die in dies:
                yield [(1, f"y_{e}_{a}_{b}") for a, b, _ in self.arcs if a == die] + [(-1, f"x_{source}_{die}")], "=", 0
                yield [(1, f"y_{e}_{a}_{b}") for a, b, _ in self.arcs if b == die] + [(-1, f"x_{to}_{die}")], "=", 0
        for die in dies:
            charged = list(self.charged(die))
            for r, room in enumerate(kind["dies"][die % self.chain.count]["capacity"]):
                stack = kind["stack"][r] if several and die % self.chain.count == self.chain.port else 0
                yield summed((needs[r], name) for needs, name in charged if needs[r]), "<=", room - stack
        for a, b, cost in self.arcs:
            which, room = (2, kind["wires"]) if cost == SLR_HOP else (3, self.period)
            if cost and room:
                yield [(edge[which], f"y_{e}_{a}_{b}") for e, edge in enumerate(self.edges) if edge[which]], "<=", room

    def charged(self, die):
        """What is taken of a die, and where."""
        kind, tables, first = self.problem["kinds"][0], self.problem["tables"], die - die % self.chain.count
        yield from ((needs, f"x_{layer}_{die}") for layer, needs in enumerate(self.needs))
        if die - first == kind["host_die"]:
            for s in self.problem["streams"]:
                for layer, way in ((s["to"][0], "from_host"), (s["from"], "to_host")):
                    if (s["from"] < 0) if way == "from_host" else s["to"][-1] == len(self.problem["layers"]):
                        yield from ((s["ends"][0][way], f"x_{layer}_{own}") for own in range(first, first + self.chain.count))
        for e, (source, to, _, _, ends) in enumerate(self.edges):
            for a, b, cost in self.arcs:
                if cost == FPGA_HOP and die in (a, b):
                    yield ends["send" if die == a else "receive"], f"y_{e}_{a}_{b}"
            if to == source + 1 and to < len(self.problem["layers"]) and self.problem["layers"][to]["words"]:
                if (words := self.problem["layers"][to]["words"][0]) >= 0:
                    yield self.problem["words"][words][tables[source][0][-1]][tables[to][0][-2]], f"y_{e}_{die}_{die}"

    def text(self):
        def total(terms):
            return "\n ".join(f"{'+' if factor > 0 else '-'} {abs(factor)} {name}" for factor, name in terms)

        y = [(cost, f"y_{e}_{a}_{b}") for e in range(len(self.edges)) for a, b, cost in self.arcs]
        rows = [f"r{i}: {total(terms)} {relation} {right}" for i, (terms, relation, right) in enumerate(self.rows()) if terms]
        names = [f"x_{layer}_{die}" for layer in range(len(self.needs)) for die in self.chain.dies] + [name for _, name in y]
        objective = total([term for term in y if term[0]] or [(0, "x_0_0")])  # one die has no hops
        return "\n".join(["Minimize", f"cost: {objective}", "Subject To", *rows, "Binary", *names, "End", ""])

    def solve(self, folder, seconds):
        """(cost or None, lower bound or None: optimal or infeasible, CPU seconds)."""
        path, answer = folder / "program.lp", folder / "answer.txt"
        path.write_text(self.text())
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        log = told("cbc", path, "-sec", seconds, "-ratioGap", "1e-4", "-solve", "-solution", answer)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        lines = answer.read_text().splitlines()
        ended = re.fullmatch(r"(Optimal|Infeasible|Integer infeasible|Stopped on time)[^-]*- objective value (\S+)", lines[0].strip())
        if not ended:
            sys.exit(f"cbc says: {lines[0]}")
        status = ended[1]
        if "nfeasible" in status:
            return None, None, spent
        found = re.search(r"^Lower bound: +(\S+)$", log, re.MULTILINE)
        bound = None if status == "Optimal" else float(found[1]) if found else 0.0
        die_of = {}
        for line in lines[1:]:
            name, value = line.replace("**", "").split()[1:3]
            if name[0] == "x" and float(value) > 0.5:
                layer, die = map(int, name.split("_")[1:])
                die_of[layer] = die
        if len(die_of) < len(self.needs) or "no integer solution" in lines[0]:
            return None, bound or 0.0, spent
        cost = round(float(ended[2]))
        counted = self.chain.cost(self.problem, [die_of[layer] for layer in range(len(self.problem["layers"]))])
        if counted > cost or (counted < cost and bound is None):
            sys.exit(f"CBC's placement costs {counted}, and not {cost}")
        return cost, bound, spent


def dies_of(problem, plan):
    """The die of each layer, of all cards; None where there is no plan."""
    if plan is None:
        return None
    out, count = [], len(problem["kinds"][0]["dies"])
    for part in plan["parts"]:
        for layer in range(part["begin"], part["end"]):
            step = sum(end <= layer for end in part["ends"])
            out.append(part["fpgas"][0] * count + (count - 1 - step if part["from_last"] else step))
    return out


class Bench:
    def __init__(self, build, folder, seconds):
        self.program, self.folder, self.seconds = build / "tests/bench/partition_bench", folder, seconds

    def placed(self, problem):
        """braid's plan, or None, and CPU seconds."""
        path = self.folder / "problem.json"
        path.write_text(json.dumps(problem))
        answer = json.loads(told(self.program, "place", path))
        return answer["plan"], answer["seconds"]

    def compared(self, problem):
        """(cells of a row, whether braid's plan costs no more)."""
        plan, own = self.placed(problem)
        pace = max(table[0][0] for table in problem["tables"]) * problem["kinds"][0]["cycle_fs"]
        program = Program(problem, plan["period_fs"] if plan else pace)
        theirs, bound, spent = program.solve(self.folder, self.seconds)
        ours = plan and program.chain.cost(problem, dies_of(problem, plan))
        is_good = theirs is None or (ours is not None and ours <= theirs)
        state = "infeasible" if theirs is None and bound is None else "optimal" if bound is None else f"stopped, bound {bound:.1f}"
        cells = [f"{program.variables:,}", "none" if theirs is None else str(theirs), state, f"{spent:.1f}",
                 "none" if plan is None else str(ours), "" if plan is None else str(len(plan["parts"])), f"{1e3 * own:.2f}"]
        return cells, is_good


def rows(build, shared, folder, asked):
    bench, braid = Bench(build, folder, asked.seconds), build / "braid"
    for network, name, config, other in CASES:
        is_asked = asked.network in (None, name) and (not asked.quick or name in QUICK)
        model = model_file(name, shared, folder) if is_asked else None
        if not model:
            continue
        limits = {name: percent * asked.share // 100 for name, percent in {**LIMITS, **other}.items()}
        counts = [count for count in COUNTS if not asked.quick or count <= QUICK[name]]
        of_finn = fixed(braid, model, counts[-1], shared / EXAMPLES / config, limits, folder) if config else None
        for count in counts:
            problem = of_finn if config else fixed(braid, model, count, None, limits, folder)
            for charged, own in (("layers", bare(problem)), ("all", problem)) if problem else ():
                cells, is_good = bench.compared(over(own, count))
                first = [network, "FINN's" if config else "braid's", str(len(problem["layers"])), str(count), charged]
                yield [*first, *cells, "" if is_good else "FAILED"], is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path), parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=120), parser.add_argument("--quick", action="store_true")
    parser.add_argument("--share", type=int, default=100), parser.add_argument("--network")
    parser.add_argument("--update", type=pathlib.Path)
    asked = parser.parse_args()
    if not (asked.shared / EXAMPLES).exists() or not shutil.which("cbc"):
        print(f"skipped: there is no cbc, or no {asked.shared / EXAMPLES}")
        return 77
    lines = ["| network | folding | layers | U280 | charged | variables | MILP cost | CBC | CBC, CPU s | braid cost | cards | braid, CPU ms | |",
             "|---|---|--:|--:|---|--:|--:|---|--:|--:|--:|--:|---|"]
    print("\n".join(lines))
    goods = []
    with tempfile.TemporaryDirectory() as folder:
        for cells, is_good in rows(asked.build.resolve(), asked.shared, pathlib.Path(folder), asked):
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
            goods.append(is_good)
    if asked.update:
        told_by = f"`tools/elastic_df.py {' '.join(sys.argv[1:])}`: what is compared stands at the head of that program."
        asked.update.write_text(f"# Elastic-DF's placements beside braid's\n\n{told_by} CBC had {asked.seconds} s of CPU time for each row; "
                                f"{goods.count(True)} of {len(goods)} are good.\n\n" + "\n".join(lines) + "\n")
    print(f"{goods.count(True)} passed, {goods.count(False)} failed")
    return 0 if goods and all(goods) else 1


if __name__ == "__main__":
    sys.exit(main())
