#!/usr/bin/env python3
"""Checks a certificate of the partitioner by itself, in exact whole numbers: that the plan is legal and has the period it
says, and that no plan is faster than what is claimed. What is checked: src/partition/README.md.

    tools/check_certificate.py problem.json certificate.json

Exit code 0: all claims hold; 4: one does not; 1: a file cannot be read, or is none of these."""
import json
import pathlib
import sys
from bisect import bisect_left
from functools import reduce

LARGE, NEVER, MANY = 2**53, 2**62, 1_000_000
class Malformed(Exception): """A file is not what README describes."""
class Rejected(Exception): """A claim is false, or is not proven."""
def wrong(value, meant):
    raise Malformed(f"{meant} is meant: {json.dumps(value)[:60]}")
def refuse(is_false, claim):
    if is_false:
        raise Rejected(claim)
def whole(value, low=0, high=LARGE):
    return value if type(value) is int and low <= value <= high else wrong(value, f"a whole number from {low} to {high}")
flag = lambda value: value if isinstance(value, bool) else wrong(value, "true or false")
text = lambda value: value if isinstance(value, str) else wrong(value, "a string as name")
time, several = lambda value: whole(value, 0, NEVER), lambda value: whole(value, 1)
below = lambda count, low=0: lambda value: whole(value, low, count - 1)
def keys(value, required, schema=None, optional=()):
    """An object with these keys and no others. Where `required` says how to read them, with what they are then."""
    if not isinstance(value, dict) or not {*required} <= {*value} <= {*required, *optional} or value.get("schema") != schema:
        wrong(value, f"an object with keys {', '.join(required) or ' or '.join(optional)}{f', of schema {schema}' if schema else ''}")
    return {key: read(value[key]) for key, read in required.items()} if isinstance(required, dict) else value
def listed(value, each=lambda item: item, low=0, high=MANY):
    if not isinstance(value, list) or not low <= len(value) <= high:
        wrong(value, f"a list of {low} to {high}")
    return [each(item) for item in value]
numbers = lambda low=0, high=LARGE, count=(0, MANY): lambda value: listed(value, lambda item: whole(item, low, high), *count)
ascending = lambda value: value if all(a < b for a, b in zip(value, value[1:])) else wrong(value, "a list that ascends")
def parse(text):
    once = lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else wrong(dict(pairs), "an object with each key once")
    refuse = lambda number: wrong(number, "a whole number")
    return json.loads(text, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
KINDS = 6  # of resources: LUT, FF, BRAM18, URAM, DSP, HBM
needs, signed = numbers(count=(KINDS, KINDS)), numbers(low=-LARGE, count=(KINDS, KINDS))
plus = lambda a, b: [x + y for x, y in zip(a, b)]
fits = lambda a, b: all(x <= y for x, y in zip(a, b))
weigh = lambda w, a: sum(x * y for x, y in zip(w, a))
nothing, between = {"needs": [0] * KINDS, "in_fs": 0, "out_fs": 0}, lambda value: keys(value, {"needs": needs, "in_fs": time, "out_fs": time})
ENDS = {"send": needs, "receive": needs, "from_host": needs, "to_host": needs, "cycles": whole}
TEAM_ENDS = {**ENDS, "receive_fs": time, "host_fs": time, "made": between, "inside": between}
capacities = lambda dies: listed(dies, lambda die: keys(die, {"name": text, "capacity": signed})["capacity"], 1, 64)
SHARED = {"cycle_fs": several, "dies": capacities, "wires": whole, "port_die": whole, "host_die": whole, "stack": needs,
          "has_port_per_side": flag, "host_shares_port": flag}  # by a team and its members

class Problem:
    def __init__(self, file):
        keys(file, ["schema", "kinds", "fpgas", "walks", "hops", "fewest_fpgas", "most_fpgas", "tables", "words", "layers", "streams"], "braid-problem-1")
        self.kinds = []
        listed(file["kinds"], lambda kind: self.kinds.append(self.kind(kind)), 1)
        self.fpgas = listed(file["fpgas"], lambda fpga: keys(fpga, {"name": text, "kind": below(len(self.kinds))})["kind"], 1)
        self.walks = listed(file["walks"], numbers(0, len(self.fpgas) - 1))
        self.hops, self.most = flag(file["hops"]), whole(file["most_fpgas"], 1, len(self.fpgas))
        self.fewest = whole(file["fewest_fpgas"], 1, self.most)
        teams = {k for k, kind in enumerate(self.kinds) if kind["members"] > 1}
        if teams and (self.walks or self.hops) or teams & {*self.fpgas}:
            raise Malformed("teams are only where any FPGA may follow any other and streams go directly; an FPGA is none")
        row = lambda r: (whole(listed(r, low=KINDS + 3, high=KINDS + 3)[0], 1), needs(r[1:-2]), whole(r[-2]), whole(r[-1]))
        self.tables = listed(file["tables"], lambda table: listed(table, row))
        self.words = listed(file["words"], lambda words: listed(words, lambda given: listed(given, needs)))
        self.layers, self.n = listed(file["layers"], self.layer, 1), len(file["layers"])
        for i, (before, own) in enumerate(zip(self.layers, self.layers[1:])):
            for words, gives, takes in zip(own["words"], before["tables"], own["tables"]):
                if min(words, gives, takes) >= 0 and not all(out < len(self.words[words]) and taken < len(self.words[words][out])
                        for out in {row[3] for row in self.tables[gives]} for taken in {row[2] for row in self.tables[takes]}):
                    raise Malformed(f"layer {i + 1}: a class of words has no converter")
        self.streams = listed(file["streams"], self.stream)
        self.cuts = {0, self.n, *(i for i, layer in enumerate(self.layers) if not layer["stays_with_last"])}
        self.open = [[s for s in self.streams if s["from"] < cut <= s["to"][-1]] for cut in range(self.n + 1)]  # from before a cut to behind it
    def kind(self, v):
        """With `each`, the kind of its FPGAs, `turns`, the frames that a team works on, and `slices`, in how many parts it has each."""
        v = keys(v, {"name": text, "of": below(len(self.kinds), -1), "members": whole, "takes_turns": flag, **SHARED})
        of, is_team, _ = v["of"], v["of"] >= 0, [below(len(v["dies"]))(v[die]) for die in ("port_die", "host_die")]
        members = whole(v["members"], *((2, 4096) if is_team else (1, 1)))
        if v["takes_turns"] > is_team or is_team and (self.kinds[of]["of"] >= 0 or any(v[key] != self.kinds[of][key] for key in SHARED)):
            wrong(v["name"], "a team of FPGAs that are as it says")
        turns = members if v["takes_turns"] else 1
        return {**v, "each": of if is_team else len(self.kinds), "turns": turns, "slices": members // turns}
    def layer(self, v):
        each = lambda lists: numbers(-1, len(lists) - 1, (len(self.kinds), len(self.kinds)))
        return keys(v, {"name": text, "tables": each(self.tables), "die": lambda die: whole(die, -1), "stays_with_last": flag,
                        "words": lambda words: each(self.words)([-1] * len(self.kinds) if words == [] else words)})
    def stream(self, v):
        v = keys(v, {"name": text, "from": below(self.n, -1), "to": listed, "elements": several, "element_bits": several,
                     "link_fs": time, "host_fs": time, "ends": listed})
        ascending(numbers(v["from"] + 1, self.n, (1, self.n + 1))(v["to"]))
        alone, ends = {"receive_fs": v["link_fs"], "host_fs": v["host_fs"], "made": nothing, "inside": nothing}, []
        for kind, end in zip(self.kinds, listed(v["ends"], low=len(self.kinds), high=len(self.kinds))):
            ends.append({**alone, **keys(end, TEAM_ENDS if kind["members"] > 1 else ENDS)})
            if kind["turns"] > 1 and not ends[-1]["made"] == ends[-1]["inside"] == nothing:
                wrong(end, "nothing between members that take turns")
            if kind["slices"] * ends[-1]["receive_fs"] < v["link_fs"]:
                wrong(end["receive_fs"], "what is not less than link_fs for all members")
        return {**v, "ends": ends, "last": max((t for t in v["to"] if t < self.n), default=-1)}
    def passage(self, s, begin, end):  # received, sent, from the host, to the host
        here = bisect_left(s["to"], begin)
        taken, behind, is_made = here < len(s["to"]) and s["to"][here] < end, s["last"] >= end, begin <= s["from"] < end
        passes = self.hops and behind and 0 <= s["from"] < begin
        return (0 <= s["from"] < begin and (taken or passes), is_made and behind or passes, s["from"] < 0 and taken, is_made and s["to"][-1] == self.n)
    def loads(self, kind, begin, end, others=lambda stream: (1, 1, stream["link_fs"])):
        """What streams take of each die, and the longest time of links, host and movers.
        `others`: how many give a stream to a part, how many take it from one, and the time of all these."""
        k, mover, sides = self.kinds[kind], 0, [False, False]
        charges, times = [[0] * KINDS for _ in k["dies"]], [0, 0, 0, 0]  # link in and out, host in and out: of all members
        def take(die, taken, count=1):
            charges[k[die]] = plus(charges[k[die]], [count * x for x in taken])
        here = self.streams if k["slices"] > 1 else self.open[end]
        for s in self.open[begin] + [s for s in here if begin <= s["from"] < end]:
            ends, (senders, receivers, sent_fs) = s["ends"][kind], others(s)
            link, host = k["slices"] * ends["receive_fs"], k["slices"] * ends["host_fs"]
            ways = ("receive", senders, link), ("send", receivers, sent_fs), ("from_host", 1, host), ("to_host", 1, host)
            for i, ((way, count, fs), is_there) in enumerate(zip(ways, self.passage(s, begin, end))):
                if is_there:
                    take("port_die" if i < 2 else "host_die", ends[way], count)
                    times[i], mover, sides[i % 2] = times[i] + fs, max(mover, ends["cycles"]), sides[i % 2] or i < 2
            for way, is_there in (("made", begin <= s["from"]), ("inside", begin <= s["from"] and any(t < end for t in s["to"]))):
                if is_there and ends[way] != nothing:
                    take("port_die", ends[way]["needs"])
                    times[:2], sides = plus(times, [k["slices"] * ends[way][side] for side in ("in_fs", "out_fs")]), [True, True]
        take("port_die", k["stack"], sum(sides) if k["has_port_per_side"] else max(sides))
        longest = max(k["slices"] * mover * k["cycle_fs"], *([times[0] + times[2], times[1] + times[3]] if k["host_shares_port"] else times))
        return charges, -(-longest // k["members"])
    def width(self, s, kind, period):
        return s["element_bits"] * -(-s["elements"] // max(1, period * self.kinds[kind]["turns"] // self.kinds[kind]["cycle_fs"]))
    def plan_period(self, plan):
        form = {"kind": below(len(self.kinds)), "fpgas": numbers(0, len(self.fpgas) - 1), "begin": whole, "end": below(self.n + 1, 1),
                "from_last": flag, "ends": numbers()}
        parts = listed(keys(plan, ["period_fs", "parts", "choices"])["parts"], lambda part: keys(part, form), 1, self.most)
        choices, cut, used, turns, period, bound = numbers(count=(self.n, self.n))(plan["choices"]), 0, [], set(), 1, []
        slices = lambda part: self.kinds[part["kind"]]["slices"]
        def others(s):
            holding = lambda layers: [p for p in parts if any(p["begin"] <= layer < p["end"] for layer in layers)]
            givers, takers = holding([s["from"]]), [p for p in holding(s["to"]) if p not in holding([s["from"]])]
            return sum(map(slices, givers)), sum(map(slices, takers)), sum(slices(p) * s["ends"][p["kind"]]["receive_fs"] for p in takers)
        for part in parts:
            fpgas, begin, end, ends, kind = part["fpgas"], part["begin"], part["end"], part["ends"], part["kind"]
            k, used = self.kinds[kind], used + fpgas
            refuse(begin != cut or end <= begin or end not in self.cuts, f"plan: FPGAs {fpgas} have layers {begin} to {end}")
            refuse(len(fpgas) != k["members"] or len({*used}) != len(used) or any(self.fpgas[fpga] != k["each"] for fpga in fpgas),
                   f"plan: FPGAs {fpgas} are not of kind {kind}, or not its number, or stand twice")
            refuse(len(ends) != len(k["dies"]) or ends != sorted(ends) or ends[0] < begin or ends[-1] != end, f"plan: dies of FPGAs {fpgas} end at {ends}")
            charges, fs = self.loads(kind, begin, end) if self.hops else self.loads(kind, begin, end, others)
            cut, turns, period, before, die_of = end, turns | {k["turns"]}, max(period, fs), None, {}
            for layer in range(begin, end):
                step, own = sum(e <= layer for e in ends), self.layers[layer]
                die = die_of[layer] = len(ends) - 1 - step if part["from_last"] else step
                refuse(own["tables"][kind] < 0 or own["die"] not in (-1, die) or choices[layer] >= len(self.tables[own["tables"][kind]]),
                       f"plan: layer {layer} has no such choice there")
                cycles, taken, words_in, _ = choice = self.tables[own["tables"][kind]][choices[layer]]
                period, charges[die] = max(period, -(-cycles * k["cycle_fs"] // k["turns"])), plus(charges[die], taken)
                if before and own["words"][kind] >= 0 and die_of[layer - 1] == die:
                    charges[die] = plus(charges[die], self.words[own["words"][kind]][before[3]][words_in])
                before = choice
            for die, charge in enumerate(charges):
                refuse(not fits(charge, k["dies"][die]), f"plan: die {die} of FPGAs {fpgas} needs {charge} of {k['dies'][die]}")
            across = [[] for _ in k["dies"]]  # streams over each boundary between dies
            for s in self.streams if k["wires"] else ():
                received, sent, from_host, to_host = self.passage(s, begin, end)
                places = [die_of[layer] for layer in [s["from"], *s["to"]] if begin <= layer < end]
                places += [k["port_die"]] * (received or sent) + [k["host_die"]] * (from_host or to_host)
                for die in range(min(places, default=0), max(places, default=0)):
                    across[die].append(s)
            bound += [(kind, streams) for streams in across]
        refuse(cut != self.n or (self.walks and not any(used == w[i:i + len(used)] for w in self.walks for i in range(len(w)))),
               "plan: layers are left, or its FPGAs cannot follow each other")
        refuse(not self.fewest <= len(used) <= self.most or len(turns - {1}) > 1,
               f"plan: {len(used)} FPGAs, of {self.fewest} to {self.most}; its teams take {sorted(turns)} turns")
        suffice = lambda fs: all(sum(self.width(s, kind, fs) for s in streams) <= self.kinds[kind]["wires"] for kind, streams in bound)
        refuse(not suffice(NEVER), "plan: more wires between dies than there are")
        return bisect_left(range(NEVER), True, period, NEVER, key=suffice)

class Claims:  # of all plans with a period of at most `period`
    def __init__(self, problem, period):
        self.p, self.period, self.proofs, self.useful = problem, period, [[] for _ in problem.kinds], {}
    def rows(self, layer, kind, die, room):
        """Choices of a layer: fast enough, each by itself within the room, and none needless beside another."""
        table = self.p.layers[layer]["tables"][kind]
        if table < 0 or self.p.layers[layer]["die"] not in (-1, die):
            return []
        if (table, kind) not in self.useful:
            most, kept = self.period * self.p.kinds[kind]["turns"] // self.p.kinds[kind]["cycle_fs"], self.useful.setdefault((table, kind), {})
            for i, row in sorted(enumerate(self.p.tables[table]), key=lambda item: sum(item[1][1])):  # what makes a row needless stands before it
                if row[0] <= most and not any(fits(other[1], row[1]) for other in kept.values() if other[2:] == row[2:]):
                    kept[i] = row
        return [(i, row) for i, row in self.useful[table, kind].items() if fits(row[1], room)]
    def check_tree(self, tree, kind, die, begin, end, room, left):  # left: rows that remain of layers that branches above are about
        if "weights" not in keys(tree, [], optional=["weights", "layer", "of", "in", "out"]):
            keys(tree, ["layer", "of", "in", "out"])
            layer, of = whole(tree["layer"], begin, end - 1), set(ascending(numbers()(tree["of"])))
            own = left.get(layer, {i for i, _ in self.rows(layer, kind, die, room)})
            self.check_tree(tree["in"], kind, die, begin, end, room, {**left, layer: own & of})
            self.check_tree(tree["out"], kind, die, begin, end, room, {**left, layer: own - of})
            return
        weights, least = needs(keys(tree, ["weights"])["weights"]), {None: 0}  # by class of the words that the layer before gives
        for layer in range(begin, end):
            words = self.p.layers[layer]["words"][kind] if layer > begin else -1
            rows = [row for i, row in self.rows(layer, kind, die, room) if layer not in left or i in left[layer]]
            if not rows:
                return
            before = lambda i: min(s + (weigh(weights, self.p.words[words][out][i]) if words >= 0 else 0) for out, s in least.items())
            known = {i: before(i) for i in {row[2] for row in rows}}
            sums = [(words_out, known[words_in] + weigh(weights, taken)) for _, taken, words_in, words_out in rows]
            least = {out: min(s for given, s in sums if given == out) for out, _ in sums}
        refuse(min(least.values()) <= weigh(weights, room), f"proof: layers {begin} to {end} may fit on die {die} of kind {kind}")
    def add_proof(self, v):
        keys(v, ["kind", "from", "to", "charges", "first", "last"])
        kind, begin, to = below(len(self.p.kinds))(v["kind"]), below(self.p.n)(v["from"]), whole(v["to"], 1, self.p.n)
        k, count = self.p.kinds[kind], len(self.p.kinds[kind]["dies"])
        charges = listed(v["charges"], needs, count, count)
        def wires(cut):  # of streams from layers of the proof before a cut to those behind it
            return sum(self.p.width(s, kind, self.period) for s in self.p.open[cut] if s["from"] >= begin and any(cut <= t < to for t in s["to"]))
        for order in ("first", "last"):
            start = begin
            for d, step in enumerate(listed(v[order], low=count, high=count)):
                end = whole(keys(step, ["end", "tree"])["end"], start, to - 1)
                die, beyond = d if order == "first" else count - 1 - d, end + 1
                while k["wires"] and d + 1 < count and beyond < to and wires(beyond) > k["wires"]:
                    beyond += 1
                room = [c - x for c, x in zip(k["dies"][die], charges[die])]
                self.check_tree(step["tree"], kind, die, start, beyond, room, {})
                start = end
        self.proofs[kind].append((begin, to, charges))
    def is_impossible(self, kind, begin, end):
        loads, fs = self.p.loads(kind, begin, end)
        return (fs > self.period or not all(map(fits, loads, self.p.kinds[kind]["dies"]))
                or any(low >= begin and to <= end and all(map(fits, charges, loads)) for low, to, charges in self.proofs[kind]))
    def check_states(self, states):
        p, kinds, turns = self.p, len(self.p.kinds), {k["turns"] for k in self.p.kinds} - {1}
        first, reached = () if p.walks else (0,) * (kinds + bool(turns)), {}  # by state, its cuts: bits of a number
        count = lambda state: len(state) if p.walks else sum(state[:kinds])
        follows = lambda s: (any([p.fpgas[f] for f in w[i:i + len(s)]] == list(s) for w in p.walks for i in range(len(w) + 1)) if p.walks
                             else all(used <= p.fpgas.count(kind) for kind, used in enumerate(s[:kinds])) and {*s[kinds:]} <= {0, *turns})
        def following(state, kind):  # none where this kind cannot be next
            k = p.kinds[kind]
            after = tuple(used + k["members"] * (i == k["each"]) for i, used in enumerate(state[:kinds])) + state[kinds:]
            after = state + (kind,) if p.walks else after if k["turns"] == 1 else after[:-1] + (k["turns"],)
            return after if count(after) <= p.most and follows(after) and (k["turns"] == 1 or state[-1] in (0, k["turns"])) else None
        for v in listed(states):
            state, cuts = tuple(numbers()(keys(v, ["state", "cuts"])["state"])), ascending(numbers(0, p.n)(v["cuts"]))
            refuse(state in reached or not p.walks and len(state) != len(first) or not follows(state) or count(state) > p.most or not {*cuts} <= p.cuts,
                   f"states: {list(state)} is none, or stands twice, or has a cut where no FPGA may end")
            refuse(p.n in cuts and count(state) >= p.fewest, f"states: {list(state)} reaches the last layer")
            reached[state] = sum(1 << cut for cut in cuts)
        refuse(not reached.get(first, 0) & 1, "states: they do not begin before the first layer")
        for kind in range(len(p.kinds)):
            followed = [(cuts, reached.get(after, 0)) for state, cuts in reached.items() if (after := following(state, kind)) is not None]
            for begin in range(p.n):
                everywhere = reduce(int.__and__, (ends for cuts, ends in followed if cuts >> begin & 1), -1)  # in all states that follow one with this cut
                sure = min((to for low, to, charges in self.proofs[kind] if low >= begin and not any(map(any, charges))), default=p.n + 1)
                for end in range(begin + 1, sure):
                    refuse(not everywhere >> end & 1 and end in p.cuts and not self.is_impossible(kind, begin, end),
                           f"states: layers {begin} to {end} on kind {kind} are neither reached nor impossible")
    def check_anywhere(self, weights):
        p = self.p
        used = [(kind, k) for kind, k in enumerate(p.kinds) if k["each"] in p.fpgas]
        weights = [listed(w, needs, len(k["dies"]), len(k["dies"])) for w, k in zip(listed(weights, low=len(p.kinds), high=len(p.kinds)), p.kinds)]
        room = sorted((sum(map(weigh, weights[kind], p.kinds[kind]["dies"])) for kind in p.fpgas), reverse=True)
        least = [min((k["members"] * weigh(weights[k["each"]][die], row[1]) for kind, k in used for die, of_die in enumerate(k["dies"])
                      for _, row in self.rows(layer, kind, die, of_die)), default=None) for layer in range(p.n)]  # None: no choice
        refuse(None not in least and sum(least) <= sum(max(0, r) for r in room[:p.most]), "anywhere: the layers may fit")

def judge(problem, certificate):
    """What is proven, in a line; Malformed or Rejected where something is not."""
    p = Problem(problem)
    keys(certificate, ["schema", "infeasible_fs"], "braid-certificate-1", ["states", "proofs", "plan", "anywhere"])
    period = p.plan_period(certificate["plan"]) if "plan" in certificate else None
    refuse(period is not None and period != whole(certificate["plan"]["period_fs"], 1, NEVER), f"plan: its period is {period} fs")
    bound = whole(certificate["infeasible_fs"], 0, NEVER)
    elsewhere = whole(keys(certificate["anywhere"], ["infeasible_fs", "weights"])["infeasible_fs"], 0, NEVER) if "anywhere" in certificate else 0
    refuse(period is not None and max(bound, elsewhere) >= period, "the plan is faster than what is said to be impossible")
    if bound:
        claims = Claims(p, bound)
        listed(certificate.get("proofs"), claims.add_proof)
        claims.check_states(certificate.get("states"))
    if elsewhere:
        Claims(p, elsewhere).check_anywhere(certificate["anywhere"]["weights"])
    part = lambda fs: -((fs + 1 - period) * 10000 // period)  # hundredths of a percent, rounded up
    gap = lambda fs: "" if not period else " (proven optimal)" if fs + 1 == period else f" (gap {part(fs) // 100}.{part(fs) % 100:02} %)"
    return f"plan: {f'legal, period {period} fs' if period else 'none'}; contiguous plans: none at most {bound} fs{gap(bound)}" + (
        f"; any placement: none at most {elsewhere} fs{gap(elsewhere)}" if elsewhere else "")

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        print(judge(*(parse(pathlib.Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:])))
    except Rejected as fault:
        print(f"rejected: {fault}")
        sys.exit(4)
    except (OSError, ValueError, Malformed, RecursionError) as fault:
        sys.exit(f"cannot be read: {fault}")
