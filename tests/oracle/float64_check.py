"""The float64 evaluator against onnxruntime and qonnx: operators one by one, then whole networks.

    float64_check.py [--full] [NAME...]

Without --full the large networks are left out. Ends with `N passed, N failed[, N skipped]`.
"""

import os
import sys

import float64
import float64_cases
import float64_networks
import float64_peers
import float64_quantised_cases  # noqa: F401 (adds cases)
import float64_selftest


def case_fault(case):
    """What is wrong with the evaluator's answer to a case; empty if nothing is."""
    model = case.model()
    if case.peer == "qonnx":
        theirs = float64_peers.by_qonnx(model, case.inputs)
    else:
        theirs = float64_peers.by_onnxruntime(model, case.inputs, case.hidden)
    if case.exact:
        report = float64.compare(model, case.inputs, theirs, noise=0, relative=0, grid=0)
    else:
        report = float64.compare(model, case.inputs, theirs, noise=case.noise, relative=case.relative, floor=1, grid=case.grid)
    if not case.deviation:
        return "" if report.ok and (not case.exact or not report.ties) else str(report)
    off = report.failed + report.ties
    if off == 0:
        return f"{case.peer} no longer deviates: {case.deviation}"
    if off > case.most * report.elements or any(t.worst and t.worst.steps > case.steps + 1e-3 for t in report.tensors):
        return f"{case.peer} deviates by more than is known: {report}"
    return ""


def main():
    arguments = [a for a in sys.argv[1:] if a != "--full"]
    full = "--full" in sys.argv
    tests = [(f"{name}", lambda make=make: case_fault(make())) for name, make in float64_cases.CASES]
    tests += float64_selftest.TESTS
    tests += float64_networks.tests(full)
    passed = failed = skipped = 0
    for name, test in tests:
        if arguments and not any(a in name for a in arguments):
            continue
        try:
            fault = test()
        except float64_networks.Absent as absent:
            if os.environ.get("BRAID_REQUIRE_ORACLES") == "1":
                fault = str(absent)
            else:
                print(f"skipped: {name}: {absent}")
                skipped += 1
                continue
        except Exception as problem:  # a peer's own exceptions share no base class
            fault = f"{type(problem).__name__}: {problem}"
        passed += not fault
        failed += bool(fault)
        if fault:
            print(f"failed: {name}: {fault}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
