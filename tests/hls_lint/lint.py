#!/usr/bin/env python3
"""Lints the C++ and Tcl of bundles as HLS would refuse them. Usage: lint.py BUNDLE...; prints `file:line: fault`, ends with 1
if there is one."""
import re
import sys
from pathlib import Path

import finn
import vivado
from rules import TEXT_RULES, no_packed_words
from source import calls, synthesised

SIMULATION = ("/ap_types/", "_test.cpp", "_bridge.cpp", "_emu.cpp", "braid_emulation.h", "/host/")


def sources_of(bundle):
    """Files that HLS reads. Headers of the layer library belong to all."""
    for path in sorted(bundle.rglob("*")):
        if path.suffix in (".h", ".hpp", ".cpp") and not any(part in path.as_posix() for part in SIMULATION) and finn.reads(path):
            yield path


def call_faults(names, edges):
    """Recursion, calls through pointers, and calls of a library."""
    place = {title: label[1] for title, label in names.items() if len(label) > 1}
    ours = {title for title in place if not re.search(r"ap_types/|^/usr/", place[title]) and not re.search(r"__static_initialization|_GLOBAL__", title)}
    state = {}

    def visit(title, path):
        state[title] = "open"
        for target in sorted(edges.get(title, ())):
            if target == "__indirect_call":
                yield f"{names[title][0]} calls through a pointer"
            elif target not in ours:
                # The vendor's types take the place of the carried ones.
                is_type = "ap_types/" in place.get(target, "") or re.match(r"_ZNK?\d+(?:ap_|hls)", target)
                if not is_type and not re.match(r"__cxa_guard_|mem(?:cpy|set|move)$|__stack_chk_fail$", target):
                    yield f"{names[title][0]} calls {names.get(target, [target])[0]}"
            elif state.get(target) == "open":
                yield f"{names[target][0]} calls itself"
            elif target not in state:
                yield from visit(target, path + [title])
        state[title] = "done"

    sys.setrecursionlimit(10000)
    for title in sorted(ours):
        if title not in state:
            yield from visit(title, [])


def tcl_faults(text):
    """Words, braces and brackets that do not close: what makes Tcl read on to the end of the file."""
    depth = {"{": 0, "[": 0}
    text = re.sub(r"(?m)^\s*#.*$", "", re.sub(r"\\.", "  ", text))
    for character in text:
        if character in "{[":
            depth[character] += 1
        elif character in "}]":
            depth["{" if character == "}" else "["] -= 1
            if min(depth.values()) < 0:
                yield f"'{character}' closes nothing"
                return
    for character, count in depth.items():
        if count:
            yield f"{count} '{character}' are not closed"
    if text.count('"') % 2:
        yield "a quote is not closed"
    for word in re.findall(r"@[A-Z_]+@", text):
        yield f"{word} has not been replaced"


def is_for_vivado(bundle):
    return any('set backend "vivado"' in script.read_text() for script in bundle.glob("*/hls/project.tcl"))


def tops_of(project):
    """Files of an FPGA that are synthesised by themselves, and their calls."""
    styled = [folder for folder in sorted(project.glob("hls*")) if finn.is_project(folder)]
    for folder in styled:
        links = filter(finn.reads, sorted(project.glob("link/*.cpp"))) if folder is styled[0] else []
        for top in [*finn.tops(folder), *links]:
            yield top, finn.calls_of(top, folder)
    if not styled:
        for pattern in ("hls/firmware/*.cpp", "link/*.cpp", "hls/*_axi.cpp"):
            yield from ((top, calls(top, project)) for top in sorted(project.glob(pattern)))


def lint(bundle):
    bundle = Path(bundle)
    old = is_for_vivado(bundle)
    rules = TEXT_RULES + (vivado.TEXT_RULES if old else [no_packed_words])
    linted = set()  # headers are the same bytes in every project
    for path in sources_of(bundle):
        text = path.read_text()
        if path.parent.parent.name == "units":
            continue  # by finn.faults
        if text in linted:
            continue
        linted.add(text)
        source = synthesised(text, str(path))
        for rule in rules:
            for line, message in rule(source):
                yield f"{path.relative_to(bundle)}:{line}: {rule.__name__}: {message}"
    for project in sorted({p.parent for p in bundle.glob("*/hls*")}):
        for top, called in tops_of(project):
            for message in call_faults(*called):
                yield f"{top.relative_to(bundle)}: calls: {message}"
        for units in filter(finn.is_project, sorted(project.glob("hls*"))):
            yield from (f"{Path(place).relative_to(bundle)}: {message}" for place, message in finn.faults(units))
        for script in sorted(project.rglob("*.tcl")):
            for message in tcl_faults(script.read_text()):
                yield f"{script.relative_to(bundle)}: tcl: {message}"
        if old:
            yield from (f"{project.name}/{fault}" for fault in vivado.newer_than_cpp11(project))
            for script in [*sorted(project.rglob("*.tcl")), *sorted(project.rglob("Makefile"))]:
                for line, message in vivado.tcl_is_old(script.read_text()):
                    yield f"{script.relative_to(bundle)}:{line}: tcl_is_old: {message}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    faults = [fault for bundle in sys.argv[1:] for fault in lint(bundle)]
    print("\n".join(faults))
    sys.exit(1 if faults else 0)
