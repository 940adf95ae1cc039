#!/usr/bin/env python3
"""Checks a certificate of the partitioner by itself, in exact whole numbers: that the plan is legal and has the period it
says, and that no plan is faster than what is claimed. What is checked: src/partition/README.md.

    tools/check_certificate.py problem.json certificate.json

Exit code 0: all claims hold; 4: one does not; 1: a file cannot be read, or is none of these."""
import json
import pathlib
import sys
from bisect import bisect_left
from itertools import accumulate

LARGE, NEVER, MANY = 2**53, 2**62, 1_000_000
class Malformed(Exception): """A file is not what README describes."""
class Rejected(Exception): """A claim is false, or is not proven."""
def wrong(value, meant):
    raise Malformed(f"{meant} is meant: {json.dumps(value)[:60]}")
def whole(value, low=0, high=LARGE):
    return value if type(value) is int and low <= value <= high else wrong(value, f"a whole number from {low} to {high}")
flag = lambda value: value if isinstance(value, bool) else wrong(value, "true or false")
def keys(value, required, schema=None, optional=()):
    if not isinstance(value, dict) or not {*required} <= {*value} <= {*required, *optional} or value.get("schema") != schema:
        wrong(value, f"an object with keys {', '.join(required) or ' or '.join(optional)}{f', of schema {schema}' if schema else ''}")
    return value if isinstance(value.get("name", ""), str) else wrong(value, "a string as name")
def listed(value, each=lambda item: item, low=0, high=MANY):
    if not isinstance(value, list) or not low <= len(value) <= high:
        wrong(value, f"a list of {low} to {high}")
    return [each(item) for item in value]
def numbers(low=0, high=LARGE, count=(0, MANY), rising=False):
    def read(value):
        out = listed(value, lambda item: whole(item, low, high), *count)
        return out if not rising or all(a < b for a, b in zip(out, out[1:])) else wrong(value, "a list that ascends")
    return read
def parse(text):
    once = lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else wrong(dict(pairs), "an object with each key once")
    refuse = lambda number: wrong(number, "a whole number")
    return json.loads(text, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
needs, signed = numbers(count=(5, 5)), numbers(low=-LARGE, count=(5, 5))
plus = lambda a, b: [x + y for x, y in zip(a, b)]
fits = lambda a, b: all(x <= y for x, y in zip(a, b))
weigh = lambda w, a: sum(x * y for x, y in zip(w, a))
ENDS, TEAM_ENDS, EXCHANGE = ["send", "receive", "from_host", "to_host", "cycles"], ["receive_fs", "host_fs", "made", "inside"], ["needs", "in_fs", "out_fs"]
SHARED = ["cycle_fs", "dies", "wires", "port_die", "host_die", "stack", "has_port_per_side", "host_shares_port"]  # by a team and its members

class Problem:
    def __init__(self, file):
        keys(file, ["schema", "kinds", "fpgas", "walks", "hops", "fewest_fpgas", "most_fpgas", "tables", "words", "layers", "streams"], "braid-problem-1")
        self.kinds = []
        listed(file["kinds"], lambda kind: self.kinds.append(self.kind(kind)), 1)
        self.fpgas = [whole(keys(f, ["name", "kind"])["kind"], 0, len(self.kinds) - 1) for f in listed(file["fpgas"], low=1)]
        self.walks = listed(file["walks"], numbers(0, len(self.fpgas) - 1))
        self.hops, self.most, self.fewest = flag(file["hops"]), whole(file["most_fpgas"], 1, len(self.fpgas)), whole(file["fewest_fpgas"], 1, file["most_fpgas"])
        teams = [k for k in self.kinds if k["members"] > 1]
        if teams and (self.walks or self.hops) or any(self.kinds[kind] in teams for kind in self.fpgas):
            raise Malformed("teams are only where any FPGA may follow any other and streams go directly; an FPGA is none")
        row = lambda r: (whole(listed(r, low=8, high=8)[0], 1), needs(r[1:6]), whole(r[6]), whole(r[7]))
        self.tables = listed(file["tables"], lambda table: listed(table, row))
        self.words = listed(file["words"], lambda words: listed(words, lambda given: listed(given, needs)))
        self.layers = listed(file["layers"], self.layer, 1)
        self.n = len(self.layers)
        for i, (before, own) in enumerate(zip(self.layers, self.layers[1:])):
            for words, gives, takes in zip(own["words"], before["tables"], own["tables"]):
                if min(words, gives, takes) >= 0 and not all(out < len(self.words[words]) and taken < len(self.words[words][out])
                        for out in {row[3] for row in self.tables[gives]} for taken in {row[2] for row in self.tables[takes]}):
                    raise Malformed(f"layer {i + 1}: a class of words has no converter")
        self.streams = listed(file["streams"], self.stream)
        self.results, self.open = [s for s in self.streams if s["to"][-1] == self.n], [[] for _ in range(self.n + 1)]
        for s in self.streams:
            for cut in range(s["from"] + 1, s["last"] + 1):
                self.open[cut].append(s)  # from before it to a layer behind it
    def kind(self, v):
        """With `each`, the kind of its FPGAs, `turns`, the frames that a team works on, and `slices`, in how many parts it has each."""
        keys(v, ["name", "of", "members", "takes_turns", *SHARED])
        dies = listed(v["dies"], lambda die: signed(keys(die, ["name", "capacity"])["capacity"]), 1, 64)
        whole(v["cycle_fs"], 1), whole(v["wires"]), needs(v["stack"]), whole(v["port_die"], 0, len(dies) - 1), whole(v["host_die"], 0, len(dies) - 1)
        flag(v["has_port_per_side"]), flag(v["host_shares_port"])
        of, is_team = whole(v["of"], -1, len(self.kinds) - 1), v["of"] >= 0
        members = whole(v["members"], *((2, 4096) if is_team else (1, 1)))
        out = {**v, "dies": dies, "each": of if is_team else len(self.kinds), "turns": members if flag(v["takes_turns"]) else 1}
        if v["takes_turns"] > is_team or is_team and (self.kinds[of]["of"] >= 0 or any(out[key] != self.kinds[of][key] for key in SHARED)):
            wrong(v["name"], "a team of FPGAs that are as it says")
        return {**out, "slices": members // out["turns"]}
    def layer(self, v):
        keys(v, ["name", "tables", "words", "die", "stays_with_last"]), whole(v["die"], -1), flag(v["stays_with_last"])
        count = (len(self.kinds), len(self.kinds))
        numbers(-1, len(self.tables) - 1, count)(v["tables"])
        return {**v, "words": numbers(-1, len(self.words) - 1, count)([-1] * count[0] if v["words"] == [] else v["words"])}
    def stream(self, v):
        keys(v, ["name", "from", "to", "elements", "element_bits", "link_fs", "host_fs", "ends"])
        whole(v["from"], -1, self.n - 1), numbers(v["from"] + 1, self.n, (1, self.n + 1), True)(v["to"])
        whole(v["elements"], 1), whole(v["element_bits"], 1), whole(v["link_fs"], 0, NEVER), whole(v["host_fs"], 0, NEVER)
        nothing = {"needs": [0] * 5, "in_fs": 0, "out_fs": 0}
        alone = {"receive_fs": v["link_fs"], "host_fs": v["host_fs"], "made": nothing, "inside": nothing}
        for kind, end in zip(self.kinds, listed(v["ends"], low=len(self.kinds), high=len(self.kinds))):
            is_team = kind["members"] > 1
            [needs(keys(end, ENDS + TEAM_ENDS * is_team)[key]) for key in ENDS[:4]], whole(end["cycles"])
            for exchange in [keys(end[key], EXCHANGE) for key in TEAM_ENDS[2:] if is_team]:
                needs(exchange["needs"]), whole(exchange["in_fs"], 0, NEVER), whole(exchange["out_fs"], 0, NEVER)
                if kind["turns"] > 1 and exchange != nothing:
                    wrong(exchange, "nothing between members that take turns")
            if is_team and whole(end["host_fs"], 0, NEVER) >= 0 and kind["slices"] * whole(end["receive_fs"], 0, NEVER) < v["link_fs"]:
                wrong(end["receive_fs"], "what is not less than link_fs for all members")
        ends = [{**alone, **end} for end in v["ends"]]
        return {**v, "ends": ends, "last": max((t for t in v["to"] if t < self.n), default=-1)}
    def is_cut(self, cut):
        return cut in (0, self.n) or not self.layers[cut]["stays_with_last"]
    def passage(self, s, begin, end):
        """Received, sent, from the host, to the host."""
        here = bisect_left(s["to"], begin)
        taken, behind, is_made = here < len(s["to"]) and s["to"][here] < end, s["last"] >= end, begin <= s["from"] < end
        passes = self.hops and behind and 0 <= s["from"] < begin
        return (0 <= s["from"] < begin and (taken or passes), is_made and behind or passes, s["from"] < 0 and taken, is_made and s["to"][-1] == self.n)
    def loads(self, kind, begin, end, senders=lambda stream: 1, receivers=lambda stream: (1, stream["link_fs"])):
        """What streams take of each die, and the longest time of links, host and movers. `receivers`: how many, and the time of all."""
        k = self.kinds[kind]
        charges, times, mover, sides = [[0] * 5 for _ in k["dies"]], [0, 0, 0, 0], 0, [False, False]  # link in and out, host in and out: of all members
        def take(is_port, count, taken):
            die = k["port_die" if is_port else "host_die"]
            charges[die] = plus(charges[die], [count * x for x in taken])
        here = self.streams if k["slices"] > 1 else self.open[end] + [s for s in self.results if end > s["last"]]
        for s in self.open[begin] + [s for s in here if begin <= s["from"] < end]:
            ends, passage = s["ends"][kind], self.passage(s, begin, end)
            for i, (way, is_there) in enumerate(zip(("receive", "send", "from_host", "to_host"), passage)):
                if is_there:
                    count, fs = receivers(s) if way == "send" else (senders(s) if way == "receive" else 1, k["slices"] * ends["receive_fs" if i < 2 else "host_fs"])
                    take(i < 2, count, ends[way])
                    times[i], mover, sides[i % 2] = times[i] + fs, max(mover, ends["cycles"]), sides[i % 2] or i < 2
            for way, is_there in (("made", begin <= s["from"]), ("inside", begin <= s["from"] and any(t < end for t in s["to"]))):
                exchange = ends[way]
                if is_there and any([*exchange["needs"], exchange["in_fs"], exchange["out_fs"]]):
                    take(True, 1, exchange["needs"])
                    times[:2], sides = plus(times, [k["slices"] * exchange["in_fs"], k["slices"] * exchange["out_fs"]]), [True, True]
        for _ in range(sum(sides) if k["has_port_per_side"] else max(sides)):
            take(True, 1, k["stack"])
        longest = max(k["slices"] * mover * k["cycle_fs"], *([times[0] + times[2], times[1] + times[3]] if k["host_shares_port"] else times))
        return charges, -(-longest // k["members"])
    def width(self, s, kind, period):
        return s["element_bits"] * -(-s["elements"] // max(1, period * self.kinds[kind]["turns"] // self.kinds[kind]["cycle_fs"]))
    def crossing(self, kind, begin, end, die_of):  # streams across each boundary between dies
        k, out = self.kinds[kind], [[] for _ in self.kinds[kind]["dies"]]
        for s in self.streams:
            received, sent, from_host, to_host = self.passage(s, begin, end)
            places = [die_of[layer] for layer in [s["from"], *s["to"]] if begin <= layer < end]
            places += [k["port_die"]] * (received or sent) + [k["host_die"]] * (from_host or to_host)
            for die in range(min(places, default=0), max(places, default=0)):
                out[die].append(s)
        return out
    def part(self, v):
        keys(v, ["kind", "fpgas", "begin", "end", "from_last", "ends"])
        whole(v["kind"], 0, len(self.kinds) - 1), numbers(0, len(self.fpgas) - 1)(v["fpgas"])
        whole(v["begin"]), whole(v["end"], 1, self.n), flag(v["from_last"]), numbers()(v["ends"])
        return v
    def plan_period(self, plan):
        keys(plan, ["period_fs", "parts", "choices"])
        choices, parts = numbers(count=(self.n, self.n))(plan["choices"]), listed(plan["parts"], self.part, 1, self.most)
        cut, used, turns, period, bound = 0, [], set(), 1, []
        holds = lambda part, layers: any(part["begin"] <= layer < part["end"] for layer in layers)
        senders = lambda s: sum(self.kinds[p["kind"]]["slices"] for p in parts if holds(p, [s["from"]]))
        def receivers(s):
            takers = [p["kind"] for p in parts if holds(p, s["to"]) and not holds(p, [s["from"]])]
            return sum(self.kinds[q]["slices"] for q in takers), sum(self.kinds[q]["slices"] * s["ends"][q]["receive_fs"] for q in takers)
        others = () if self.hops else (senders, receivers)
        for part in parts:
            fpgas, begin, end, ends, kind = part["fpgas"], part["begin"], part["end"], part["ends"], part["kind"]
            k, used = self.kinds[kind], used + fpgas
            if begin != cut or end <= begin or not self.is_cut(end):
                raise Rejected(f"plan: FPGAs {fpgas} have layers {begin} to {end}")
            if len(fpgas) != k["members"] or len({*used}) != len(used) or any(self.fpgas[fpga] != k["each"] for fpga in fpgas):
                raise Rejected(f"plan: FPGAs {fpgas} are not of kind {kind}, or not its number, or stand twice")
            if len(ends) != len(k["dies"]) or ends != sorted(ends) or ends[0] < begin or ends[-1] != end:
                raise Rejected(f"plan: dies of FPGAs {fpgas} end at {ends}")
            cut, turns, before, die_of = end, turns | {k["turns"]}, None, {}
            charges, fs = self.loads(kind, begin, end, *others)
            period = max(period, fs)
            for layer in range(begin, end):
                step, own = sum(e <= layer for e in ends), self.layers[layer]
                die = die_of[layer] = len(ends) - 1 - step if part["from_last"] else step
                if own["tables"][kind] < 0 or own["die"] not in (-1, die) or choices[layer] >= len(self.tables[own["tables"][kind]]):
                    raise Rejected(f"plan: layer {layer} has no such choice there")
                cycles, taken, words_in, _ = choice = self.tables[own["tables"][kind]][choices[layer]]
                period, charges[die] = max(period, -(-cycles * k["cycle_fs"] // k["turns"])), plus(charges[die], taken)
                if before and own["words"][kind] >= 0 and die_of[layer - 1] == die:
                    charges[die] = plus(charges[die], self.words[own["words"][kind]][before[3]][words_in])
                before = choice
            for die, charge in enumerate(charges):
                if not fits(charge, k["dies"][die]):
                    raise Rejected(f"plan: die {die} of FPGAs {fpgas} needs {charge} of {k['dies'][die]}")
            if k["wires"]:
                bound += [(kind, crossing) for crossing in self.crossing(kind, begin, end, die_of) if crossing]
        if cut != self.n or (self.walks and not any(used == w[i:i + len(used)] for w in self.walks for i in range(len(w)))):
            raise Rejected("plan: layers are left, or its FPGAs cannot follow each other")
        if not self.fewest <= len(used) <= self.most or len(turns - {1}) > 1:
            raise Rejected(f"plan: {len(used)} FPGAs, of {self.fewest} to {self.most}; its teams take {sorted(turns)} turns")
        suffice = lambda fs: all(sum(self.width(s, kind, fs) for s in crossing) <= self.kinds[kind]["wires"] for kind, crossing in bound)
        low, high = period - 1, period if suffice(period) else NEVER
        if not suffice(high):
            raise Rejected("plan: more wires between dies than there are")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if suffice(middle) else (middle, high)
        return high

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
            layer, of = whole(tree["layer"], begin, end - 1), set(numbers(rising=True)(tree["of"]))
            own = left.get(layer, {i for i, _ in self.rows(layer, kind, die, room)})
            self.check_tree(tree["in"], kind, die, begin, end, room, {**left, layer: own & of})
            self.check_tree(tree["out"], kind, die, begin, end, room, {**left, layer: own - of})
            return
        weights, least = needs(keys(tree, ["weights"])["weights"]), {None: 0}  # by class of the words that the layer before gives
        for layer in range(begin, end):
            words, sums = self.p.layers[layer]["words"][kind] if layer > begin else -1, {}
            rows = [row for i, row in self.rows(layer, kind, die, room) if layer not in left or i in left[layer]]
            if not rows:
                return
            before = lambda i: min(s + (weigh(weights, self.p.words[words][out][i]) if words >= 0 else 0) for out, s in least.items())
            known = {i: before(i) for i in {row[2] for row in rows}}
            for _, taken, words_in, words_out in rows:
                total = known[words_in] + weigh(weights, taken)
                sums[words_out] = min(sums.get(words_out, total), total)
            least = sums
        if min(least.values()) <= weigh(weights, room):
            raise Rejected(f"proof: layers {begin} to {end} may fit on die {die} of kind {kind}")
    def add_proof(self, v):
        keys(v, ["kind", "from", "to", "charges", "first", "last"])
        kind, begin, to = whole(v["kind"], 0, len(self.p.kinds) - 1), whole(v["from"], 0, self.p.n - 1), whole(v["to"], 1, self.p.n)
        k, change = self.p.kinds[kind], [0] * (self.p.n + 2)
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
        loads, fs = self.p.loads(kind, begin, end)
        return (fs > self.period or not all(map(fits, loads, self.p.kinds[kind]["dies"]))
                or any(low >= begin and to <= end and all(map(fits, charges, loads)) for low, to, charges in self.proofs[kind]))
    def check_states(self, states):
        p, reached, kinds = self.p, {}, len(self.p.kinds)  # by state, its cuts: bits of a number
        turns = {k["turns"] for k in p.kinds} - {1}
        first = () if p.walks else (0,) * (kinds + bool(turns))
        count = lambda state: len(state) if p.walks else sum(state[:kinds])
        follows = lambda s: (any([p.fpgas[f] for f in w[i:i + len(s)]] == list(s) for w in p.walks for i in range(len(w) + 1)) if p.walks
                             else all(used <= p.fpgas.count(kind) for kind, used in enumerate(s[:kinds])) and {*s[kinds:]} <= {0, *turns})
        def following(state, kind):  # none where this kind cannot be next
            k = p.kinds[kind]
            after = tuple(used + k["members"] * (i == k["each"]) for i, used in enumerate(state[:kinds])) + state[kinds:]
            after = state + (kind,) if p.walks else after if k["turns"] == 1 else after[:-1] + (k["turns"],)
            return after if count(after) <= p.most and follows(after) and (k["turns"] == 1 or state[-1] in (0, k["turns"])) else None
        for v in listed(states):
            state, cuts = tuple(numbers()(keys(v, ["state", "cuts"])["state"])), numbers(0, p.n, rising=True)(v["cuts"])
            if state in reached or not p.walks and len(state) != len(first) or not follows(state) or count(state) > p.most or not all(map(p.is_cut, cuts)):
                raise Rejected(f"states: {list(state)} is none, or stands twice, or has a cut where no FPGA may end")
            if p.n in cuts and count(state) >= p.fewest:
                raise Rejected(f"states: {list(state)} reaches the last layer")
            reached[state] = sum(1 << cut for cut in cuts)
        if not reached.get(first, 0) & 1:
            raise Rejected("states: they do not begin before the first layer")
        for kind in range(len(p.kinds)):
            unreached = [0] * p.n  # by begin, the ends that some state has not that follows one with that cut
            for state, cuts in reached.items():
                after = following(state, kind)
                if after is not None:
                    unreached = [ends | ~reached.get(after, 0) if cuts >> begin & 1 else ends for begin, ends in enumerate(unreached)]
            for begin in range(p.n):
                sure = min((to for low, to, charges in self.proofs[kind] if low >= begin and not any(map(any, charges))), default=p.n + 1)
                for end in range(begin + 1, sure):
                    if unreached[begin] >> end & 1 and p.is_cut(end) and not self.is_impossible(kind, begin, end):
                        raise Rejected(f"states: layers {begin} to {end} on kind {kind} are neither reached nor impossible")
    def check_anywhere(self, weights):
        p = self.p
        used = [(kind, k) for kind, k in enumerate(p.kinds) if k["each"] in p.fpgas]
        weights = [listed(w, needs, len(k["dies"]), len(k["dies"])) for w, k in zip(listed(weights, low=len(p.kinds), high=len(p.kinds)), p.kinds)]
        total, room = 0, sorted((sum(map(weigh, weights[kind], p.kinds[kind]["dies"])) for kind in p.fpgas), reverse=True)
        for layer in range(p.n):
            least = [k["members"] * weigh(weights[k["each"]][die], row[1]) for kind, k in used for die, room_of in enumerate(k["dies"])
                     for _, row in self.rows(layer, kind, die, room_of)]
            if not least:
                return
            total += min(least)
        if total <= sum(max(0, r) for r in room[:p.most]):
            raise Rejected("anywhere: the layers may fit")

def judge(problem, certificate):
    """What is proven, in a line; Malformed or Rejected where something is not."""
    p = Problem(problem)
    keys(certificate, ["schema", "infeasible_fs"], "braid-certificate-1", ["states", "proofs", "plan", "anywhere"])
    period = p.plan_period(certificate["plan"]) if "plan" in certificate else None
    if period is not None and period != whole(certificate["plan"]["period_fs"], 1, NEVER):
        raise Rejected(f"plan: its period is {period} fs")
    bound = whole(certificate["infeasible_fs"], 0, NEVER)
    elsewhere = whole(keys(certificate["anywhere"], ["infeasible_fs", "weights"])["infeasible_fs"], 0, NEVER) if "anywhere" in certificate else 0
    if period is not None and max(bound, elsewhere) >= period:
        raise Rejected("the plan is faster than what is said to be impossible")
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

def main(words):
    if len(words) != 2:
        sys.exit(__doc__)
    try:
        print(judge(*(parse(pathlib.Path(word).read_text(encoding="utf-8")) for word in words)))
        return 0
    except Rejected as fault:
        print(f"rejected: {fault}")
        return 4
    except (OSError, ValueError, Malformed, RecursionError) as fault:
        print(f"cannot be read: {fault}", file=sys.stderr)
        return 1

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
