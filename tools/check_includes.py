#!/usr/bin/env python3
"""Checks that includes point one way: an area may use only the areas listed for it, and third-party libraries
stay behind their own door. Prints each breach as file:line and ends with 1 if there is any."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

BASE = ["support"]
NUM = BASE + ["num"]
IR = NUM + ["ir"]
KERNEL = IR + ["device", "kernel"]
COST = KERNEL + ["cost"]
PARTITION = BASE + ["partition"]
PLAN = COST + ["partition", "plan"]
EMIT = PLAN + ["emit"]
# Area -> areas it may include, itself among them.
ALLOWED = {
    "support": BASE,
    "num": NUM,
    "ir": IR,
    "device": NUM + ["device"],
    "kernel": KERNEL,
    "cost": COST,
    "cost_models": COST,
    "partition": PARTITION,
    "plan": PLAN,
    "pass": PLAN + ["pass"],
    "passes": PLAN + ["pass", "exec", "sim"],
    "emit": EMIT,
    "exec": IR + ["exec"],
    "sim": EMIT + ["exec", "sim", "targets"],
    "targets": EMIT + ["targets"],
    "frontend": IR + ["frontend"],
    "driver": EMIT + ["pass", "exec", "sim", "targets", "frontend", "driver"],
    "cli": EMIT + ["pass", "exec", "sim", "targets", "frontend", "driver", "cli"],
}
# Header prefix -> the only areas that may include it.
DOORS = {
    "google/protobuf/": {"frontend"},
    "braid_onnx.pb.h": {"frontend"},
    "CLI/": {"cli"},
    "graphviz/": {"driver"},
    "nettle/": {"support"},
}


def area_of(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "include":
        return parts[2]
    return parts[1] if parts[0] == "src" else parts[0]


def main() -> int:
    breaches = []
    files = [p for top in ("include", "src", "passes", "cost_models", "targets") for p in sorted((ROOT / top).rglob("*"))
             if p.suffix in (".h", ".cpp") and "targets/hls/" not in p.as_posix()]
    for path in files:
        area = area_of(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if not found:
                continue
            header = found.group(1)
            ours = re.match(r"braid/(\w+)/", header)
            if ours and ours.group(1) not in ALLOWED.get(area, []):
                breaches.append(f"{path.relative_to(ROOT)}:{number}: {area} may not include {header}")
            for prefix, areas in DOORS.items():
                if header.startswith(prefix) and area not in areas:
                    breaches.append(f"{path.relative_to(ROOT)}:{number}: only {', '.join(sorted(areas))} may include {header}")
    for breach in breaches:
        print(breach)
    print(f"{len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
