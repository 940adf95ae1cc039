"""What projects for Vivado HLS 2019.2 and 2020.1 must keep beyond those for Vitis HLS: C++11 at most, directives of that
time, words of streams packed, scripts of vivado_hls."""
import re
import subprocess
import tempfile
from pathlib import Path

# Source: AMD UG1399, "Migrating from Vivado HLS to Vitis HLS", and UG902 (2019.2), "Optimization Directives": what came later.
LATER_DIRECTIVES = {"AGGREGATE", "ALIAS", "BIND_OP", "BIND_STORAGE", "DISAGGREGATE", "PERFORMANCE"}
LATER_OPTIONS = {"ARRAY_PARTITION": {"type"}, "ARRAY_RESHAPE": {"type", "object"}, "DEPENDENCE": {"class", "type", "direction", "dependent"},
                 "INTERFACE": {"mode", "max_widen_bitwidth", "storage_type"}, "PIPELINE": {"style"}, "STREAM": {"type"}, "UNROLL": {"off"}}
# What Tcl of Vitis HLS has that vivado_hls takes for an error, and what belongs to another release's Vivado.
LATER_TCL = r"-flow_target|-std=c\+\+(?:1[47yz]|2)|\bvitis[_-]\w+|\bconfig_(?:dataflow -override|op|storage|unroll)\b|\bconfig_interface -m_axi_(?:auto|cache|flush)\w*|" \
            r"\bsyn\.\w+|\.gen/"


def directives_are_old(source):
    """Directives and options that Vitis HLS brought."""
    for number, line in source.lines:
        found = re.match(r"\s*#\s*pragma\s+HLS\s+(\w+)(.*)", line, re.IGNORECASE)
        if not found:
            continue
        name = found.group(1).upper()
        if name in LATER_DIRECTIVES:
            yield number, f"directive {name} came with Vitis HLS"
        for option in sorted(LATER_OPTIONS.get(name, ())):
            if re.search(rf"\b{option}\s*=", found.group(2), re.IGNORECASE):
                yield number, f"option '{option}' of {name} came with Vitis HLS"


def words_are_packed(source):
    """A word of a stream that is put together element by element has a DATA_PACK: else its elements lie in a memory."""
    for i, (number, line) in enumerate(source.lines):
        found = re.match(r"\s*(?:typename )?([A-Z]\w*|\w+_T) (\w+);$", line)
        if not found:
            continue
        name = found.group(2)
        rest = "\n".join(text for _, text in source.lines[i + 1:i + 60])
        isFilled = re.search(rf"\b{name}\[[^\]]*\] =|::set\({name}, ", rest) and re.search(rf"\bwrite\({name}\)|\breturn {name};|\bpush\({name}\b", rest)
        if isFilled and not re.search(rf"DATA_PACK(?: variable = |\(){name}\b", source.lines[i + 1][1]):
            yield number, f"word '{name}' has no DATA_PACK"


def its_compiler_reads(source):
    """C++11 that the compiler in Vivado HLS, a clang 3.1, has not (clang.llvm.org/cxx_status.html: from 3.3 on)."""
    for number, line in source.lines:
        if re.search(r"(?<!\w)\[\[\s*\w", line):
            yield number, "an attribute"
        if re.search(r"\busing (?:typename )?(?:\w+::)*(\w+)(?:<.*>)?::\1;", line):
            yield number, "inherited constructors"


def tcl_is_old(text):
    for number, line in enumerate(text.splitlines(), 1):
        for found in re.finditer(LATER_TCL, line.split("#")[0] if line.lstrip().startswith("#") else line):
            yield number, f"'{found.group(0)}' is not Vivado HLS's"


def compiled(text, includes):
    """What g++ as C++11, and nothing beyond it, says against a source."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.cpp"
        source.write_text(text)
        done = subprocess.run(["g++", "-std=c++11", "-pedantic-errors", "-Werror=c++14-extensions", "-Werror=c++17-extensions", "-fsyntax-only",
                               "-Wno-unknown-pragmas", *includes, str(source)], capture_output=True, text=True, timeout=300)
        return [line for line in done.stderr.splitlines() if "error:" in line][:3] if done.returncode else []


def newer_than_cpp11(project):
    """Everything of `<fpga>/hls` that is C++, with what is around it: top, wrapper, test bench, bridge, all headers, and the types
    that stand for the vendor's, which have 128-bit integers of the compiler and so are not compiled as pedantically."""
    hls, link = project / "hls", project / "link"
    includes = [f"-I{hls}", f"-I{hls}/firmware", f"-I{link}", f"-isystem{hls}/firmware/ap_types"]
    headers = sorted(p for place in (hls / "firmware/nnet_utils", hls / "firmware/braid", link) for p in place.glob("*.h"))
    units = [(path.relative_to(project), f'#include "{path}"\n') for path in [*sorted(hls.glob("*.cpp")), *sorted((hls / "firmware").glob("*.cpp"))]]
    units.append(("headers", f'#include "{hls}/firmware/parameters.h"\n' + "".join(f'#include "{path}"\n' for path in headers)))
    for name, text in units:
        for fault in compiled(text, includes):
            yield f"{name}: newer than C++11: {fault}"
    types = "".join(f'#include "{path}"\n' for path in sorted((hls / "firmware/ap_types").glob("*.h")))
    for fault in compiled("#pragma GCC diagnostic ignored \"-Wpedantic\"\n" + types, [f"-I{hls}/firmware/ap_types"]):
        yield f"types: newer than C++11: {fault}"


TEXT_RULES = [directives_are_old, words_are_packed, its_compiler_reads]
