"""The FINN style: which files of a project HLS reads, rules for its units, and seeded faults that the rules must find."""
import re
import shutil
from pathlib import Path

import rules
from source import calls, synthesised

# The units joined in C++, and what stands between them and the network in a simulation.
SIMULATION = re.compile(r"/hls(?:_s\d+)?/(?:firmware/[^/]+|\w+_axi)\.cpp$|/link/\w+_compute\.cpp$")
MOST_BITS = 4096  # of an ap_int. Source: AMD UG1399, "Arbitrary Precision Integer Types"


def is_project(folder):
    return (folder / "units").is_dir()


def reads(path):
    """Whether HLS reads a file of a bundle; of another style, all are read."""
    fpga = path.parents[2 if path.parent.name == "firmware" else 1]
    return not (SIMULATION.search(path.as_posix()) and any(is_project(folder) for folder in fpga.glob("hls*")))


def with_tables(path):
    """A unit's source, each table that it includes as its declaration."""
    def declared(found):
        table = path.parent / found.group(1)
        return " ".join(re.findall(r"^static const (?:[^=;]*?)(?= =)", table.read_text(), re.MULTILINE)) + ";" if table.exists() else found.group(0)
    return re.sub(r'^#include "(\w+\.h)"', declared, path.read_text(), flags=re.MULTILINE)


def numbers_fit(source):
    """No number is wider than the file tells HLS, nor than HLS takes."""
    text = "\n".join(line for _, line in source.lines)
    told = [int(n) for n in re.findall(r"#\s*define AP_INT_MAX_W (\d+)", text)]
    for number, line in source.lines:
        for width in map(int, re.findall(r"\bap_u?int<\s*(\d+)\s*>", line)):
            if width > max(told, default=1024):
                yield number, f"a number of {width} bits, where AP_INT_MAX_W is {max(told, default=1024)}"
    if max(told, default=0) > MOST_BITS:
        yield 1, f"AP_INT_MAX_W is {max(told)}; HLS takes {MOST_BITS}"


def units_run_free(source):
    """A unit is one function, which nothing starts and whose ports are streams."""
    found = list(rules.functions(source))
    if len(found) != 1:
        yield 1, f"{len(found)} functions"
    for line, name, parameters, body in found:
        if not re.search(r"#\s*pragma HLS INTERFACE ap_ctrl_none port=return\b", body):
            yield line, f"{name} waits to be started"
        for parameter in parameters:
            if "hls::stream" not in parameter:
                yield line, f"{name}: {rules.name_of(parameter)} is no stream"


UNIT_RULES = [numbers_fit, units_run_free]


def script_faults(unit):
    """The script of a unit synthesises its file and its function, with headers that are there."""
    script = (unit / f"hls_syn_{unit.name}.tcl").read_text()
    for file in re.findall(r"^add_files (\S+)", script, re.MULTILINE):
        if not (unit / file).exists():
            yield f"adds {file}, which is not there"
    for top in re.findall(r"^set_top (\S+)", script, re.MULTILINE):
        if not re.search(rf"^void {top}\(", (unit / f"top_{unit.name}.cpp").read_text(), re.MULTILINE):
            yield f"the top is {top}, which is not there"
    for folder in re.findall(r"-I([^\s\"]+)", script):
        if not (unit / folder).is_dir():
            yield f"headers are looked for in {folder}, which is not there"


def faults(project):
    """Of the units of a project: (file, fault)."""
    for unit in sorted((project / "units").iterdir()):
        top = unit / f"top_{unit.name}.cpp"
        source = synthesised(with_tables(top), str(top))
        for rule in [*rules.TEXT_RULES, *UNIT_RULES]:
            for line, message in rule(source):
                yield f"{top}:{line}", f"{rule.__name__}: {message}"
        for message in script_faults(unit):
            yield unit / f"hls_syn_{unit.name}.tcl", f"script: {message}"


def calls_of(file, project):
    """source.calls for a file of a project: units see finn-hlslib's headers only."""
    widest = [f"-DAP_INT_MAX_W={MOST_BITS}", "-std=c++14"]
    return calls(file, project.parent, [*widest, f"-I{project}/firmware", f"-I{project}/firmware/finn"])


def tops(project):
    """Files of a project of units that are synthesised by themselves."""
    yield from sorted((project / "units").glob("*/top_*.cpp"))
    yield from sorted([*project.glob("*_take.cpp"), *project.glob("*_give.cpp")])


# Rule that must find it, kind of unit, what is replaced, by what.
MUTANTS = [
    ("ports_have_interfaces", "MVAU", r"#pragma HLS INTERFACE axis port=out_V\n", ""),
    ("pragmas_name_variables", "MVAU", r"variable=threshs\.", "variable=thresholds."),
    ("pragmas_are_known", "MVAU", r"complete dim=3", "full dim=3"),
    ("units_run_free", "MVAU", r"#pragma HLS INTERFACE ap_ctrl_none port=return\n", ""),
    ("units_run_free", "AddStreams", r"hls::stream<(ap_uint<\d+>) > &in1_V", r"\1 in1_V"),
    ("numbers_fit", "FMPadding", r"AP_INT_MAX_W 1024", "AP_INT_MAX_W 2"),
    ("numbers_fit", "FMPadding", r"AP_INT_MAX_W 1024", "AP_INT_MAX_W 8192"),
    ("no_library_objects", "DuplicateStreams", r"const (ap_uint<\d+>) word", r"std::vector<\1> words(1); const \1 word"),
    ("loops_end", "DuplicateStreams", r"for \(unsigned i = 0; i < \d+; i\+\+\)", "for (;;)"),
]
SCRIPTS = [("set_top ", "set_top X"), ("add_files ", "add_files x"), ("-I../", "-I../../")]


def mutants(bundle):
    """Names of the mutants and whether each is found; the bundle is left as it was."""
    units = {}
    for unit in sorted(Path(bundle).glob("*/hls*/units/*")):
        units.setdefault(re.sub(r"_hls_\d+$", "", unit.name), unit)
    for rule, kind, place, by in MUTANTS:
        unit = units[kind]
        top = unit / f"top_{unit.name}.cpp"
        text = with_tables(top)
        broken, count = re.subn(place, by, text, count=1)
        check = globals().get(rule) or getattr(rules, rule)
        yield f"{rule} finds {by!r} in {kind}", count == 1 and not list(check(synthesised(text))) and bool(list(check(synthesised(broken))))
    unit = units["MVAU"]
    script = unit / f"hls_syn_{unit.name}.tcl"
    text = script.read_text()
    shutil.copy(script, script.with_suffix(".kept"))
    for place, by in SCRIPTS:
        script.write_text(text.replace(place, by, 1))
        yield f"{by!r} is found in the script", bool(list(script_faults(unit)))
    script.with_suffix(".kept").replace(script)
    yield "the script without faults passes", not list(script_faults(unit))
