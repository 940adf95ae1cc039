"""Random quantised networks with random foldings as FINN-style projects: whole = emitted C++ on random frames.

    finn_random.py BRAID [--networks N] [--seed S] [--pack K]

K networks are side by side in one model, so that headers are parsed once for all; where such a model fails, its networks
are tried one by one. Prints what was drawn and ends with `N passed, N failed`."""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import onnx

from finn_networks import MODES, FinnNetwork, packed, random_plan

CLUSTER, FRAMES = "u280", 6


class Suite:
    def __init__(self, braid, folder):
        self.braid, self.folder = braid, folder
        self.drawn, self.refused = collections.Counter(), collections.Counter()

    def run(self, *words):
        return subprocess.run([self.braid, *map(str, words)], capture_output=True, text=True, errors="replace", timeout=1200, check=False)

    def fits(self, model):
        """Whether a network comes to integers, and the style has units for all of it; any other refusal is a fault."""
        file = self.folder / "one.onnx"
        onnx.save(model, file)
        if self.run("inspect", file).returncode:
            self.refused["no integers"] += 1
            return False
        done = self.run("plan", file, "--backend", "finn", "--cluster", CLUSTER, "--fpgas", 1)
        if done.returncode:
            assert "has no unit in the FINN style" in done.stderr, done.stderr
            self.refused["no unit"] += 1
        return done.returncode == 0

    def networks(self, count, seed):
        """Networks that fit, by seed."""
        out = {}
        while len(out) < count:
            network = FinnNetwork(seed, ["qonnx", "qdq"][seed % 2])
            model, _ = network.build()
            if self.fits(model):
                out[seed] = model
                self.drawn.update(network.features)
            seed += 1
        return out

    def fault(self, model, seed):
        """Nothing, or what is wrong of a model with the foldings of a seed."""
        file, out = self.folder / "model.onnx", self.folder / "out"
        onnx.save(model, file)
        inspected = self.run("inspect", file)
        plan, told = random_plan(inspected.stdout, CLUSTER, random.Random(seed))
        (self.folder / "plan.json").write_text(json.dumps(plan))
        done = self.run("compile", file, "--backend", "finn", "--cluster", CLUSTER, "--plan", self.folder / "plan.json", "-o", out)
        if done.returncode:
            return f"compile: {done.stderr}"
        done = self.run("verify", out, "--random", FRAMES)
        last = (done.stdout.strip().splitlines() or [""])[-1]
        if done.returncode or not last.startswith(f"verify: bit-exact ({FRAMES} frames, 1 FPGAs"):
            return f"verify: {done.stderr or last}"
        self.drawn.update(told)
        return ""

    def pack(self, models):
        """The seeds of a pack that fail, with what is wrong."""
        seed = min(models)
        fault = self.fault(packed(models.values()), seed)
        if not fault:
            return {}
        alone = {own: self.fault(packed([model]), own) for own, model in models.items()}
        return {own: found for own, found in alone.items() if found} or {seed: f"side by side: {fault}"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("braid")
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pack", type=int, default=4)
    options = parser.parse_args()
    failed = {}
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(options.braid, pathlib.Path(folder))
        models = list(suite.networks(options.networks, options.seed).items())
        for i in range(0, len(models), options.pack):
            failed |= suite.pack(dict(models[i:i + options.pack]))
            print(f"{min(i + options.pack, len(models))} networks, {len(failed)} faults", flush=True)
    for seed, fault in failed.items():
        print(f"FAILED seed {seed}: {fault[:1500]}")
    for title, counts in (("drawn", suite.drawn), ("refused", suite.refused)):
        print(f"{title}: " + ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
    missing = {*MODES, "divides", "does not divide", "one tap", "several taps"} - set(suite.drawn)
    if missing and not failed:
        failed[0] = f"never drawn: {missing}"
        print(f"FAILED {failed[0]}")
    print(f"{options.networks - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
