"""What HLS would see of a file: the branch with __SYNTHESIS__, without comments."""
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Source:
    """Lines with their numbers in the file."""
    path: str
    lines: list


# The carried ap types are a model for simulation and refuse to be synthesised: they come first.
TYPES = "#include <ap_axi_sdata.h>\n#include <ap_fixed.h>\n#include <ap_int.h>\n#include <hls_stream.h>\n"
LIBRARY = "#include <cstdint>\n#include <cstdio>\n#include <cstdlib>\n#include <cstring>\n#include <type_traits>\n"


def without_comments(text):
    def blank(found):
        return re.sub(r"[^\n]", " ", found.group(0)) if found.group(0).startswith("/") else found.group(0)
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.DOTALL)


def evaluated(condition, defined):
    """Whether `#ifdef NAME` and the like hold; None where it does not depend on synthesis."""
    found = re.match(r"#\s*(ifdef|ifndef)\s+(\w+)", condition)
    if found and found.group(2) in defined:
        return found.group(1) == "ifdef"
    return None


def synthesised(text, path="", defined=("__SYNTHESIS__", "BRAID_HLS_LOOPS")):
    """The branch of a file that synthesis takes; of conditions on anything else both branches."""
    out, stack = [], []
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        bare = line.strip()
        if re.match(r"#\s*if", bare):
            stack.append(evaluated(bare, defined))
        elif re.match(r"#\s*else", bare):
            stack[-1] = None if stack[-1] is None else not stack[-1]
        elif re.match(r"#\s*endif", bare):
            stack.pop()
        elif all(taken is not False for taken in stack):
            out.append((number, line))
    return Source(path, out)


def calls(file, project, flags=("-std=c++11",)):
    """Functions of a file of `<fpga>/hls` or `<fpga>/link` as [name, place] by symbol (no place: only declared), and whom each
    calls, in code for synthesis at -O0. hls4ml's and our headers are C++11."""
    types = next(iter(sorted(project.glob("hls*/firmware/ap_types"))), project / "hls/firmware/ap_types")
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "prefix.h"
        prefix.write_text((TYPES if types.exists() else "") + LIBRARY + "#define __SYNTHESIS__\n")
        done = subprocess.run(["g++", *flags, "-O0", "-Wvla", "-Werror=vla", "-fcallgraph-info", "-fno-exceptions", "-fno-rtti",
                               f"-I{project}/hls", f"-I{project}/link", f"-I{project}/hls/firmware", f"-I{types}", "-include", str(prefix),
                               "-c", str(file), "-o", f"{folder}/out.o"], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"{file} does not compile for synthesis:\n{done.stderr[:3000]}")
        graph = (Path(folder) / "out.ci").read_text()
    def symbol(title):
        """Without the file of a local symbol; constructors and destructors have several names for one code."""
        return re.sub(r"([CD])1(?=E|I)", r"\g<1>2", title.rsplit(":", 1)[-1])

    names, edges = {}, {}
    for title, label in re.findall(r'node: { title: "([^"]*)" label: "((?:[^"\\]|\\.)*)"', graph):
        names[symbol(title)] = label.replace("\\n", "\n").split("\n")
    for source, target in re.findall(r'edge: { sourcename: "([^"]*)" targetname: "([^"]*)"', graph):
        edges.setdefault(symbol(source), set()).add(symbol(target))
    return names, edges
