#!/usr/bin/env python3
"""Checks a certificate of the partitioner by itself, in exact whole numbers: that the plan is legal and has the period it
says, and that no plan is faster than what is claimed. What is checked: src/partition/README.md.

    tools/check_certificate.py problem.json certificate.json

Exit code 0: all claims hold; 4: one does not; 1: a file cannot be read, or is none of these."""
import json
import sys
from functools import lru_cache
from itertools import accumulate

LARGE, NEVER = 2**53, 2**62
Malformed, Rejected = (type(name, (Exception,), {}) for name in ("Malformed", "Rejected"))

def whole(value, low=0, high=LARGE):
    if type(value) is not int or not low <= value <= high:
        raise Malformed(f"{json.dumps(value)[:60]} is no whole number from {low} to {high}")
    return value
def keys(value, required, schema=None, optional=()):
    if not isinstance(value, dict) or not set(required) <= set(value) <= set(required) | set(optional) or value.get("schema") != schema:
        raise Malformed(f"an object with keys {', '.join(required)} is meant{f', of schema {schema}' if schema else ''}: {json.dumps(value)[:60]}")
    return value
def listed(value, each=lambda item: item, low=0, high=1_000_000):
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise Malformed(f"a list of {low} to {high} is meant: {json.dumps(value)[:60]}")
    return [each(item) for item in value]
def numbers(low=0, high=LARGE, count=(0, 1_000_000), rising=False):
    def read(value):
        out = listed(value, lambda item: whole(item, low, high), *count)
        if rising and any(a >= b for a, b in zip(out, out[1:])):
            raise Malformed(f"numbers do not ascend: {json.dumps(value)[:60]}")
        return out
    return read
needs, signed = numbers(count=(5, 5)), numbers(low=-LARGE, count=(5, 5))
flag = lambda value: value if isinstance(value, bool) else whole(None)
plus = lambda a, b: [x + y for x, y in zip(a, b)]
fits = lambda a, b: all(x <= y for x, y in zip(a, b))
weigh = lambda w, a: sum(x * y for x, y in zip(w, a))
NONE = [0] * 5
WAYS = [("receive", "port_die", "link_fs"), ("send", "port_die", "link_fs"), ("from_host", "host_die", "host_fs"), ("to_host", "host_die", "host_fs")]

class Problem:
    def __init__(self, file):
        keys(file, ["schema", "kinds", "fpgas", "walks", "hops", "fewest_fpgas", "most_fpgas", "tables", "words", "layers", "streams"], "braid-problem-1")
        self.kinds = listed(file["kinds"], self.kind, 1)
        count = len(self.kinds)
        self.fpgas = [whole(keys(f, ["name", "kind"])["kind"], 0, count - 1) for f in listed(file["fpgas"], low=1)]
        self.walks = listed(file["walks"], numbers(0, len(self.fpgas) - 1))
        self.hops, self.most = flag(file["hops"]), whole(file["most_fpgas"], 1, len(self.fpgas))
        self.fewest = whole(file["fewest_fpgas"], 1, self.most)
        row = lambda r: (whole(r[0], 1), needs(r[1:6]), whole(r[6]), whole(r[7])) if len(listed(r)) == 8 else whole(None)
        self.tables = listed(file["tables"], lambda table: listed(table, row))
        self.words = listed(file["words"], lambda words: listed(words, lambda given: listed(given, needs)))
        self.layers = listed(file["layers"], lambda v: keys(v, ["name", "tables", "words", "die", "stays_with_last"]), 1)
        self.n = len(self.layers)
        for i, layer in enumerate(self.layers):
            numbers(-1, len(self.tables) - 1, (count, count))(layer["tables"])
            layer["words"] = numbers(-1, len(self.words) - 1, (0, count))(layer["words"]) or [-1] * count
            whole(layer["die"], -1), flag(layer["stays_with_last"])
            for kind, words in enumerate(layer["words"] if i else []):
                before, own, known = self.layers[i - 1]["tables"][kind], layer["tables"][kind], self.words[words] if words >= 0 else []
                if words >= 0 and own >= 0 and before >= 0:
                    if any(b[3] >= len(known) or c[2] >= len(known[b[3]]) for b in self.tables[before] for c in self.tables[own]):
                        raise Malformed(f"layer {i}: a class of words has no converter")
        self.streams = listed(file["streams"], self.stream)
    def kind(self, v):
        keys(v, ["name", "cycle_fs", "dies", "wires", "port_die", "host_die", "stack", "has_port_per_side", "host_shares_port"])
        whole(v["cycle_fs"], 1, NEVER), whole(v["wires"]), needs(v["stack"])
        v["dies"] = listed(v["dies"], lambda die: signed(keys(die, ["name", "capacity"])["capacity"]), 1, 64)
        whole(v["port_die"], 0, len(v["dies"]) - 1), whole(v["host_die"], 0, len(v["dies"]) - 1)
        return flag(v["has_port_per_side"]), flag(v["host_shares_port"]), v
    def stream(self, v):
        keys(v, ["name", "from", "to", "elements", "element_bits", "link_fs", "host_fs", "ends"])
        whole(v["from"], -1, self.n - 1), numbers(v["from"] + 1, self.n, (1, self.n + 1), True)(v["to"])
        whole(v["elements"], 1), whole(v["element_bits"], 1), whole(v["link_fs"], 0, NEVER), whole(v["host_fs"], 0, NEVER)
        for end in listed(v["ends"], low=len(self.kinds), high=len(self.kinds)):
            [whole(x) if key == "cycles" else needs(x) for key, x in keys(end, [way[0] for way in WAYS] + ["cycles"]).items()]
        return v
    def is_cut(self, cut):
        return cut in (0, self.n) or not self.layers[cut]["stays_with_last"]

    def passage(self, s, begin, end):
        """Received, sent, from the host, to the host."""
        taken, behind = any(begin <= t < end for t in s["to"] if t < self.n), any(end <= t < self.n for t in s["to"])
        is_made, passes = begin <= s["from"] < end, self.hops and behind and 0 <= s["from"] < begin
        return (0 <= s["from"] < begin and (taken or passes), is_made and behind or passes, s["from"] < 0 and taken, is_made and self.n in s["to"])
    def loads(self, kind, begin, end, receivers=lambda stream: 1):
        """What streams take of each die, and the longest time of links, host and movers."""
        has_sides, shares, k = self.kinds[kind]
        charges, times, mover, sides = [list(NONE) for _ in k["dies"]], [0, 0, 0, 0], 0, [0, 0]
        for s in self.streams:
            ends = s["ends"][kind]
            for i, is_there in enumerate(self.passage(s, begin, end)):
                if is_there:
                    key, die, fs = WAYS[i]
                    count = receivers(s) if key == "send" and not self.hops else 1
                    charges[k[die]] = plus(charges[k[die]], [count * x for x in ends[key]])
                    times[i], mover = times[i] + count * s[fs], max(mover, ends["cycles"])
                    sides[i % 2] |= i < 2
        for _ in range(sum(sides) if has_sides else max(sides)):
            charges[k["port_die"]] = plus(charges[k["port_die"]], k["stack"])
        longest = max([times[0] + times[2], times[1] + times[3]] if shares else times)
        return charges, max(longest, mover * k["cycle_fs"])
    def width(self, s, kind, period):
        cycles = max(1, period // self.kinds[kind][2]["cycle_fs"])
        return s["element_bits"] * -(-s["elements"] // cycles)
    def wires(self, kind, begin, end, die_of, period):
        """Across each boundary between dies."""
        k, out = self.kinds[kind][2], [0] * (len(self.kinds[kind][2]["dies"]) - 1)
        for s in self.streams:
            received, sent, from_host, to_host = self.passage(s, begin, end)
            places = [die_of(layer) for layer in [s["from"], *s["to"]] if begin <= layer < end]
            places += [k["port_die"]] * (received or sent) + [k["host_die"]] * (from_host or to_host)
            for die in range(min(places, default=0), max(places, default=0)):
                out[die] += self.width(s, kind, period)
        return out

    def plan_period(self, plan):
        keys(plan, ["period_fs", "parts", "choices"])
        choices, parts = numbers(count=(self.n, self.n))(plan["choices"]), listed(plan["parts"], low=self.fewest, high=self.most)
        cut, used, period, bound = 0, [], 1, []
        for part in parts:
            keys(part, ["fpga", "begin", "end", "from_last", "ends"])
            fpga, begin, end = whole(part["fpga"], 0, len(self.fpgas) - 1), whole(part["begin"]), whole(part["end"], 1, self.n)
            kind = self.fpgas[fpga]
            k, ends = self.kinds[kind][2], numbers()(part["ends"])
            if begin != cut or end <= begin or not self.is_cut(end) or fpga in used:
                raise Rejected(f"plan: FPGA {fpga} has layers {begin} to {end}")
            if len(ends) != len(k["dies"]) or ends != sorted(ends) or ends[0] < begin or ends[-1] != end:
                raise Rejected(f"plan: dies of FPGA {fpga} end at {ends}")
            cut, used, before, die_of = end, used + [fpga], None, {}
            receivers = lambda s: sum(any(p["begin"] <= t < p["end"] for t in s["to"]) and not p["begin"] <= s["from"] < p["end"] for p in parts)
            charges, fs = self.loads(kind, begin, end, receivers)
            period = max(period, fs)
            for layer in range(begin, end):
                step, own = sum(e <= layer for e in ends), self.layers[layer]
                die = die_of[layer] = len(ends) - 1 - step if flag(part["from_last"]) else step
                if own["tables"][kind] < 0 or own["die"] not in (-1, die) or choices[layer] >= len(self.tables[own["tables"][kind]]):
                    raise Rejected(f"plan: layer {layer} has no such choice there")
                cycles, taken, words_in, _ = choice = self.tables[own["tables"][kind]][choices[layer]]
                period, charges[die] = max(period, cycles * k["cycle_fs"]), plus(charges[die], taken)
                if before and own["words"][kind] >= 0 and die_of[layer - 1] == die:
                    charges[die] = plus(charges[die], self.words[own["words"][kind]][before[3]][words_in])
                before = choice
            for die, charge in enumerate(charges):
                if not fits(charge, k["dies"][die]):
                    raise Rejected(f"plan: die {die} of FPGA {fpga} needs {charge} of {k['dies'][die]}")
            if k["wires"]:
                bound.append(lambda fs, a=(kind, begin, end, die_of.get), most=k["wires"]: max(self.wires(*a, fs), default=0) <= most)
        if cut != self.n or (self.walks and not any(used == w[i:i + len(used)] for w in self.walks for i in range(len(w)))):
            raise Rejected("plan: layers are left, or its FPGAs cannot follow each other")
        if not all(check(NEVER) for check in bound):
            raise Rejected("plan: more wires between dies than there are")
        low, high = period - 1, period if all(check(period) for check in bound) else NEVER
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if all(check(middle) for check in bound) else (middle, high)
        return high

class Claims:  # of all plans with a period of at most `period`
    def __init__(self, problem, period):
        self.p, self.period, self.proofs = problem, period, [[] for _ in problem.kinds]
        self.loads = lru_cache(None)(problem.loads)

    def rows(self, layer, kind, die, room, left):
        """Choices that are left of a layer: fast enough, each by itself within the room, and none needless beside another."""
        own, most = self.p.layers[layer], self.period // self.p.kinds[kind][2]["cycle_fs"]
        table = self.p.tables[own["tables"][kind]] if own["tables"][kind] >= 0 and own["die"] in (-1, die) else []
        fast = [(i, row) for i, row in enumerate(table) if row[0] <= most and fits(row[1], room)]
        beats = lambda j, a, i, b: a[2:] == b[2:] and fits(a[1], b[1]) and (a[1] != b[1] or j < i)
        return [row for i, row in fast if left.get(layer, lambda i: True)(i) and not any(beats(j, other, i, row) for j, other in fast)]

    def check_tree(self, tree, kind, die, begin, end, room, left):
        if "weights" in keys(tree, [], optional=["weights", "layer", "of", "in", "out"]):
            weights, least = needs(keys(tree, ["weights"])["weights"]), {None: 0}
            for layer in range(begin, end):
                words, sums = self.p.layers[layer]["words"][kind] if layer > begin else -1, {}
                rows = self.rows(layer, kind, die, room, left)
                if not rows:
                    return
                before = lambda i: min(s + (weigh(weights, self.p.words[words][out][i]) if words >= 0 else 0) for out, s in least.items())
                known = {i: before(i) for i in {row[2] for row in rows}}
                for _, taken, words_in, words_out in rows:
                    sums[words_out] = min(sums.get(words_out, NEVER**2), known[words_in] + weigh(weights, taken))
                least = sums
            if min(least.values()) <= weigh(weights, room):
                raise Rejected(f"proof: layers {begin} to {end} may fit on die {die} of kind {kind}")
            return
        keys(tree, ["layer", "of", "in", "out"])
        layer, of = whole(tree["layer"], begin, end - 1), set(numbers(rising=True)(tree["of"]))
        was = left.get(layer, lambda i: True)
        self.check_tree(tree["in"], kind, die, begin, end, room, {**left, layer: lambda i: was(i) and i in of})
        self.check_tree(tree["out"], kind, die, begin, end, room, {**left, layer: lambda i: was(i) and i not in of})

    def add_proof(self, v):
        keys(v, ["kind", "from", "to", "charges", "first", "last"])
        kind, begin, to = whole(v["kind"], 0, len(self.p.kinds) - 1), whole(v["from"], 0, self.p.n - 1), whole(v["to"], 1, self.p.n)
        k, change = self.p.kinds[kind][2], [0] * (self.p.n + 2)
        charges = listed(v["charges"], needs, len(k["dies"]), len(k["dies"]))
        for s in self.p.streams:  # widths of streams from and to layers of the proof, by boundary
            inside = [t for t in s["to"] if t < to]
            if s["from"] >= begin and inside:
                change[s["from"] + 1] += self.p.width(s, kind, self.period)
                change[max(inside) + 1] -= self.p.width(s, kind, self.period)
        asked = list(accumulate(change))
        for order in ("first", "last"):
            start, count = begin, len(k["dies"])
            for d, step in enumerate(listed(v[order], low=count, high=count)):
                end = whole(keys(step, ["end", "tree"])["end"], start, to - 1)
                die, beyond = d if order == "first" else count - 1 - d, end + 1
                while k["wires"] and d + 1 < count and beyond < to and asked[beyond] > k["wires"]:
                    beyond += 1
                room = [c - x for c, x in zip(k["dies"][die], charges[die])]
                self.check_tree(step["tree"], kind, die, start, beyond, room, {})
                start = end
        self.proofs[kind].append((begin, to, charges))

    def is_impossible(self, kind, begin, end):
        proofs = [charges for low, to, charges in self.proofs[kind] if low >= begin and to <= end]
        if any(not any(map(any, charges)) for charges in proofs):
            return True  # whatever streams take
        loads, fs = self.loads(kind, begin, end)
        return fs > self.period or not all(map(fits, loads, self.p.kinds[kind][2]["dies"])) or any(all(map(fits, few, loads)) for few in proofs)

    def check_states(self, states):
        p, reached = self.p, {}
        count = lambda state: len(state) if p.walks else sum(state)
        follows = lambda s: (any([p.fpgas[f] for f in w[i:i + len(s)]] == list(s) for w in p.walks for i in range(len(w) + 1)) if p.walks
                             else all(used <= p.fpgas.count(kind) for kind, used in enumerate(s)))
        for v in listed(states):
            state = tuple(numbers()(keys(v, ["state", "cuts"])["state"]))
            cuts = set(numbers(0, p.n, rising=True)(v["cuts"]))
            if state in reached or len(state) != (len(state) if p.walks else len(p.kinds)) or not follows(state) or count(state) > p.most:
                raise Rejected(f"states: {list(state)} is none, or stands twice")
            if p.n in cuts and count(state) >= p.fewest:
                raise Rejected(f"states: {list(state)} reaches the last layer")
            reached[state] = cuts
        if 0 not in reached.get(() if p.walks else (0,) * len(p.kinds), ()):
            raise Rejected("states: they do not begin before the first layer")
        done = set()
        for state, cuts in reached.items():
            for kind in range(len(p.kinds)):
                after = state + (kind,) if p.walks else tuple(used + (i == kind) for i, used in enumerate(state))
                if count(after) > p.most or not follows(after):
                    continue
                wanted = {(kind, begin, end) for begin in cuts for end in range(begin + 1, p.n + 1) if end not in reached.get(after, ()) and p.is_cut(end)}
                for kind, begin, end in sorted(wanted - done):
                    if not self.is_impossible(kind, begin, end):
                        raise Rejected(f"states: layers {begin} to {end} on kind {kind} are neither reached nor impossible")
                done |= wanted

    def check_anywhere(self, weights):
        p, used = self.p, sorted(set(self.p.fpgas))
        weights = [listed(w, needs, len(k[2]["dies"]), len(k[2]["dies"])) for w, k in zip(listed(weights, low=len(p.kinds), high=len(p.kinds)), p.kinds)]
        room = sorted((sum(map(weigh, weights[kind], p.kinds[kind][2]["dies"])) for kind in p.fpgas), reverse=True)
        total = 0
        for layer in range(p.n):
            least = [weigh(weights[kind][die], row[1]) for kind in used for die, room_of in enumerate(p.kinds[kind][2]["dies"])
                     for row in self.rows(layer, kind, die, room_of, {})]
            if not least:
                return
            total += min(least)
        if total <= sum(max(0, r) for r in room[:p.most]):
            raise Rejected("anywhere: the layers may fit")

def judge(problem, certificate):
    """What is proven, in a line; Malformed or Rejected where something is not."""
    p = Problem(problem)
    keys(certificate, ["schema", "infeasible_fs", "states", "proofs"], "braid-certificate-1", ["plan", "anywhere"])
    period = p.plan_period(certificate["plan"]) if "plan" in certificate else None
    if period is not None and period != whole(certificate["plan"]["period_fs"], 1, NEVER):
        raise Rejected(f"plan: its period is {period} fs")
    bound = whole(certificate["infeasible_fs"], 0, NEVER)
    elsewhere = whole(keys(certificate["anywhere"], ["infeasible_fs", "weights"])["infeasible_fs"], 1, NEVER) if "anywhere" in certificate else 0
    if period is not None and max(bound, elsewhere) >= period:
        raise Rejected("the plan is faster than what is said to be impossible")
    if bound:
        claims = Claims(p, bound)
        listed(certificate["proofs"], claims.add_proof)
        claims.check_states(certificate["states"])
    if elsewhere:
        Claims(p, elsewhere).check_anywhere(certificate["anywhere"]["weights"])
    gap = lambda fs: " (proven optimal)" if fs + 1 == period else f" (gap {100 * (period - 1 - fs) / period:.2f} %)" if period else ""
    said = f"plan: legal, period {period} fs" if period else "plan: none"
    return f"{said}; contiguous plans: none at most {bound} fs{gap(bound)}" + (f"; any placement: none at most {elsewhere} fs{gap(elsewhere)}" if elsewhere else "")

def main(words):
    try:
        print(judge(*(json.load(open(word, encoding="utf-8")) for word in words)) if len(words) == 2 else __doc__)
    except Rejected as fault:
        print(f"rejected: {fault}")
        return 4
    except (OSError, ValueError, Malformed, RecursionError, TypeError, AttributeError, IndexError, KeyError) as fault:
        print(f"cannot be read: {fault}", file=sys.stderr)
        return 1
    return 0 if len(words) == 2 else 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
