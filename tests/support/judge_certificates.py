#!/usr/bin/env python3
"""Sends many certificates through the checker: each line of FILE is a list of a problem (null: that of the line before)
and a certificate. Prints a verdict a line: `ok ...`, `rejected ...`, `malformed ...`, or `crashed ...` where the checker
fails in a way that it does not know. BRAID_CHECKER names another checker than tools/check_certificate.py.

Usage: judge_certificates.py FILE"""
import importlib.util
import json
import os
import pathlib
import sys


def load_checker():
    own = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "check_certificate.py"
    spec = importlib.util.spec_from_file_location("checker", os.environ.get("BRAID_CHECKER") or own)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verdict(checker, problem, certificate):
    """Of two texts."""
    try:
        return "ok " + checker.judge(checker.parse(problem), checker.parse(certificate))
    except checker.Rejected as fault:
        return f"rejected {fault}"
    except (ValueError, checker.Malformed, RecursionError) as fault:
        return f"malformed {fault}"
    except Exception as fault:  # pylint: disable=broad-except
        return f"crashed {type(fault).__name__} {fault}"


def main():
    checker, problem = load_checker(), None
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            own, certificate = json.loads(line)
            problem = json.dumps(own) if own is not None else problem
            print(verdict(checker, problem, json.dumps(certificate)))


if __name__ == "__main__":
    main()
