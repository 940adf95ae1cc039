#!/usr/bin/env python3
"""Seeds bugs into the code that splits layers, one at a time, and shows that the property test of random slices catches
each. Works on copies: no source is changed.

Usage: split_mutations.py [BUILD]; BUILD (default build-test) holds a finished build with tests. Ends with
`N passed, N failed`: a bug that is caught passes."""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEST = "layers cut over FPGAs compute the bits of the whole"

# What is wrong, file, text in it (once), what stands there instead.
MUTATIONS = [
    ("every part adds the bias", "src/plan/slices.cpp",
     "return all.empty() || isPartial(model, layer, slice) ? ir::Weights()", "return all.empty() ? ir::Weights()"),
    ("no part adds the bias", "src/plan/split.cpp",
     "bias.empty() ? bias : bias.rowSlice(region.rowBegin, region.rowEnd)", "bias.empty() ? bias : ir::Weights()"),
    ("a part of the neurons gets the bias of the first", "src/plan/split.cpp",
     "bias.rowSlice(region.rowBegin, region.rowEnd)", "bias.rowSlice(0, region.rowEnd - region.rowBegin)"),
    ("partial sums travel in the result's type", "src/plan/split.cpp", "type = *accum;", "(void)accum;"),
    ("the halo is a row short", "src/plan/slices.cpp",
     "(end - 1) * w.stride[0] - w.padBegin[0] + reach", "(end - 1) * w.stride[0] - w.padBegin[0] + reach - 1"),
    ("inner rows are padded like the map's edge", "src/plan/slices.cpp",
     "w.padBegin[0] = std::max<int64_t>(0, -first);", "(void)first;"),
    ("parts are put together from the last to the first", "src/plan/split.cpp",
     "    const ir::Stream &from = whole_.stream(stream);\n    StreamOrigin origin = out_.streams",
     "    std::reverse(inputs.begin(), inputs.end());\n    const ir::Stream &from = whole_.stream(stream);\n    StreamOrigin origin = out_.streams"),
    ("the second part is not added", "src/plan/split.cpp",
     "for (size_t i = 1; i < parts.size(); ++i) {\n      inputs.push_back", "for (size_t i = 2; i < parts.size(); ++i) {\n      inputs.push_back"),
    ("a part of the inputs multiplies by the first weights", "src/plan/slices.cpp",
     "op.weights = op.weights.rowSlice(slice.rowBegin, slice.rowEnd).channelSlice(slice.colBegin, slice.colEnd);",
     "op.weights = op.weights.rowSlice(slice.rowBegin, slice.rowEnd).channelSlice(0, slice.colEnd - slice.colBegin);"),
    ("a part of a depthwise convolution reads the first channels", "src/plan/slices.cpp",
     "return window(op.window, slice.rowBegin / step * per, ceilDiv(slice.rowEnd, step) * per);",
     "return window(op.window, 0, ceilDiv(slice.rowEnd, step) * per - slice.rowBegin / step * per);"),
    ("slopes are not cut with their channels", "src/plan/slices.cpp",
     "op.slopes = slicedNumbers(op.slopes, out, made);",
     "op.slopes = op.slopes.empty() ? op.slopes : op.slopes.rowSlice(0, made.end.back() - made.begin.back());"),
    ("a part is cut from a piece as if it were the whole", "src/plan/split.cpp",
     "op.begin.push_back(box.begin[d] - piece.box.begin[d]);\n      op.end.push_back(box.end[d] - piece.box.begin[d]);",
     "op.begin.push_back(0);\n      op.end.push_back(box.end[d] - box.begin[d]);"),
    ("a later stage reads what an earlier one will send", "src/plan/stages.cpp",
     "stageOf[layer] = nextStage[chosen];", "stageOf[layer] = 0;"),
]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=1800, **options)


def compile_command(build, source):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if (build / entry["file"]).resolve() == ROOT / source:
            return shlex.split(entry["command"])
    sys.exit(f"{source} is not in {build}/compile_commands.json")


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build-test").resolve()
    llvm = run(["llvm-config-14", "--libfiles", "--system-libs", "--link-static", "support"]).stdout.split()
    objects = [build / "tests/unit.p" / name for name in ("support_networks.cpp.o", "support_sliced.cpp.o", "property_slices_equal_whole.cpp.o")]
    caught = missed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for what, source, old, new in [("nothing", MUTATIONS[0][1], "", "")] + MUTATIONS:
            text = (ROOT / source).read_text()
            # However its lines are broken.
            pattern = r"\s+".join(re.escape(word) for word in old.split())
            if old and len(re.findall(pattern, text)) != 1:
                sys.exit(f"{source} has not once: {old}")
            mutated = folder / pathlib.Path(source).name
            mutated.write_text(re.sub(pattern, lambda _: new, text) if old else text)
            command = compile_command(build, source)
            command = [str(mutated) if word.endswith(source) else word for word in command]
            out = folder / "mutated.o"
            command[command.index("-o") + 1] = str(out)
            done = run(command + ["-Wno-error", f"-I{(ROOT / source).parent}"], cwd=build)
            if done.returncode:
                sys.exit(f"{what}: does not compile\n{done.stderr}")
            program = folder / "test"
            done = run(["c++", "-o", str(program), str(out), *map(str, objects), str(build / "tests/libcatch_main.a"),
                        str(build / "libbraid_core.a"), *llvm, "-lfmt", "-lprotobuf-lite", "-lnettle", "-pthread"])
            if done.returncode:
                sys.exit(f"{what}: does not link\n{done.stderr[-2000:]}")
            failed = run([str(program), TEST]).returncode != 0
            if not old:
                if failed:
                    sys.exit("the test fails without any bug")
                continue
            caught, missed = caught + failed, missed + (not failed)
            print(f"{'caught' if failed else 'MISSED'}: {what} ({source})", flush=True)
    print(f"{caught} passed, {missed} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
