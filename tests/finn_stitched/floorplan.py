"""What a bundle's floorplans place, against what its report charges to dies and its plan says of layers."""
import json
import re
import subprocess
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from check import commands_of, projects_of

HERE = Path(__file__).resolve().parent
DEVICES = HERE.parent.parent / "targets/devices"
# Kernels around a project, as the report calls them; all others are its units and their FIFOs.
AROUND = {"unpack", "pack", "beats", "words", "marks", "mm2s", "s2mm", "packet", "packet marks", "packetizer", "depacketizer", "dealer", "collector", "turn"}


def design_of(card, prefix="level0_i/ulp/", inside="inst"):
    """The cells of a linked card as Vivado would call them: of each project those of its block design, some of what they hold, and
    of other kernels a few whose names are alike."""
    cells = [prefix + "shell", f"{prefix}decoy_MVAU_hls_0", f"{prefix}other_0/{inside}/MVAU_hls_0"]
    for hls, name in projects_of_card(card):
        for command, *words in commands_of(hls / "stitched/make_project.tcl"):
            if command == "cell":
                path = f"{prefix}{name}_0/{inside}/{words[0]}"
                cells += [path, f"{path}/inst", f"={path}/inst/{words[0]}", f"{path}/inst/{words[0]}_U"]
    return cells


def projects_of_card(card):
    return [(hls, name) for hls, name in projects_of(card.parent) if hls.parent == card]


def run(card, cells):
    """What floorplan.tcl sets on a design of these cells: (exit code, [(cell, property, value)], what it says)."""
    with tempfile.NamedTemporaryFile("w", suffix=".cells") as file:
        file.write("\n".join(cells))
        file.flush()
        done = subprocess.run(["tclsh", HERE / "floorplan_stubs.tcl", card / "link/floorplan.tcl", file.name], capture_output=True, text=True, timeout=120)
    return done.returncode, [tuple(line.split("\t")) for line in done.stdout.splitlines()], done.stderr.strip()


def faults_of_run(card):
    """It finds its cells wherever the tool puts the kernels, and says which it does not find."""
    reference = None
    for prefix, inside in (("level0_i/ulp/", "inst"), ("", "U0"), ("top/level0_i/ulp/", "inst/design_i")):
        code, told, error = run(card, design_of(card, prefix, inside))
        placed = {(cell[len(prefix):].replace(f"/{inside}/", "/"), value) for cell, _, value in told}
        reference = reference or placed
        if code or placed != reference or any(key != "USER_SLR_ASSIGNMENT" for _, key, _ in told):
            yield f"below '{prefix}' it ends with {code}: {error}"
    cells = design_of(card)
    hls, name = projects_of_card(card)[0]
    lost = f"level0_i/ulp/{name}_0/inst/MVAU_hls_0"
    for change, said in ((set(cells) - {lost}, "(0 cells)"), (set(cells) | {f"{lost}/inst/deeper/MVAU_hls_0"}, "(2 cells)")):
        code, _, error = run(card, sorted(change))
        if code == 0 or f"{name}_0/MVAU_hls_0 {said}" not in error:
            yield f"a cell that there is not once is no error: {error}"


def faults_of_card(card, charged, device):
    """Places of cells, against `charged`: the report's rows of this FPGA."""
    code, told, error = run(card, design_of(card))
    if code:
        yield f"{card.name}: {error}"
        return
    places = defaultdict(list)
    for cell, _, die in told:
        places[cell[len("level0_i/ulp/"):]].append(die)
    config = (card / "link/connectivity.cfg").read_text()
    slr = dict(re.findall(r"^slr=(\w+):(\w+)$", config, re.M))
    for number, (hls, name) in enumerate(projects_of_card(card)):
        stage = int(name.partition("_s")[2] or 0)
        rows = [row for row in charged if row["stage"] == stage]
        inner = [row for row in rows if row["kernel"] not in AROUND]
        plan = json.loads((hls / "report/floorplan.json").read_text())
        nodes = {node: device["dies"][entry["slr"]]["name"] for node, entry in plan.items() if node != "Defaults"}
        # In the order of the report: FIFOs, then units.
        fifos = [node for node in nodes if node.startswith("StreamingFIFO_")]
        wanted = dict(zip(fifos + [node for node in nodes if node not in fifos], [row["die"] for row in inner]))
        if len(inner) != len(nodes) or nodes != wanted:
            yield f"{name}: floorplan.json has {len(nodes)} nodes and the report {len(inner)}, on other dies"
        cells = [words[0] for command, *words in commands_of(hls / "stitched/make_project.tcl") if command == "cell" and not words[0].startswith("registers_")]
        for cell in cells:
            die = wanted.get(cell.removesuffix("_weights"))
            if places.pop(f"{name}_0/inst/{cell}", []) != [die]:
                yield f"{name}: {cell}, charged to {die}, is not placed there once"
        for kernel, of in (("take", "unpack"), ("give", "pack")):
            dies = {row["die"] for row in rows if row["kernel"] == of}
            if slr.get(f"{name}_{kernel}_0") != (dies.pop() if len(dies) == 1 else None):
                yield f"{name}_{kernel}_0 is on {slr.get(f'{name}_{kernel}_0')}"
        dies = set(wanted.values())
        if slr.get(f"{name}_0") != (dies.pop() if len(dies) == 1 else None):
            yield f"{name}_0 is on {slr.get(f'{name}_0')}"
    for cell in places:
        yield f"{card.name}: {cell} is placed and in no project"
    for mover in ("mm2s", "s2mm"):
        there = Counter(die for name, die in slr.items() if name.startswith(f"{mover}_"))
        if there != Counter(row["die"] for row in charged if row["kernel"] == mover):
            yield f"{card.name}: {mover} on {dict(there)}"


def faults_of_charges(fpga, device, layers):
    """Rows of the report add up to its dies, with the network stack on that of the ports, and name the dies of the plan."""
    sums = {die["name"]: Counter() for die in fpga["dies"]}
    for row in fpga["floorplan"]:
        sums[row["die"]].update(row["used"])
        if layers.get(row["layer"], (fpga["name"], row["die"])) != (fpga["name"], row["die"]):  # crops of the split model are not in the plan
            yield f"{row['layer']} is on {row['die']}, in the plan at {layers[row['layer']]}"
    for row in fpga["layers"]:
        if row["name"] == "network stack":
            sums[device["dies"][device["ports"][0]["die"]]["name"]].update(row["used"])
    for die in fpga["dies"]:
        if +sums[die["name"]] != +Counter(die["used"]):
            yield f"{fpga['name']}: {die['name']} holds {dict(sums[die['name']])}, charged are {die['used']}"


def spans_dies(bundle):
    """Whether a project has cells on several dies."""
    return any(len(set(re.findall(r"^    \w+ (\w+)$", place, re.M))) > 1 for file in bundle.glob("*/link/floorplan.tcl") for place in re.findall(r"^place .*?^}", file.read_text(), re.M | re.S))


def floorplan_faults(bundle):
    report = json.loads((bundle / "report/report.json").read_text())
    layers = {row["layer"]: (row["fpga"], row["die"]) for row in json.loads((bundle / "plan.json").read_text())["layers"]}
    for fpga in report["fpgas"]:
        device = json.loads((DEVICES / f"{fpga['device']}.json").read_text())
        card = bundle / fpga["name"]
        if not fpga["dies"]:
            yield f"{fpga['name']}: dies do not count"
            continue
        yield from faults_of_charges(fpga, device, layers)
        yield from faults_of_card(card, fpga["floorplan"], device)
        yield from faults_of_run(card)
