"""Lists the cases of libonnx-testdata that use no operator but those of braid's input language.

    list_cases.py [-d /usr/share/libonnx-testdata/data] [-o testdata_cases.txt]

One line a case, separated by tabs: its name, `run` or `-`, its operators, and for `-` the reason why it is no network
that braid could compile. Cases that are marked `run` have float32 inputs and pass in onnxruntime after `testdata.prepare`.
"""

import argparse
import pathlib
import sys

import testdata

SUITES = ("node", "pytorch-converted", "pytorch-operator", "simple")
DEBIAN = pathlib.Path("/usr/share/libonnx-testdata/data")


def lines(data):
    for suite in SUITES:
        for folder in sorted((data / suite).iterdir()):
            if not (folder / "model.onnx").exists() or not (folder / "test_data_set_0").is_dir():
                continue
            try:
                case = testdata.Case(folder)
            except (OSError, TypeError, ValueError) as problem:
                print(f"{folder.name}: {problem}", file=sys.stderr)
                continue
            if set(case.operators) <= testdata.OPERATORS:
                reason = testdata.why_not(case)
                yield [f"{suite}/{folder.name}", "-" if reason else "run", " ".join(case.operators)] + (
                    [reason] if reason else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-d", "--data", type=pathlib.Path, default=DEBIAN)
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent / "testdata_cases.txt")
    arguments = parser.parse_args()
    rows = list(lines(arguments.data))
    running = sum(row[1] == "run" for row in rows)
    head = (f"# libonnx-testdata 1.12.0, by tests/oracle/list_cases.py: {len(rows)} cases use known operators only, "
            f"{running} can run\n# case\trun or -\toperators\twhy not\n")
    arguments.output.write_text(head + "".join("\t".join(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
