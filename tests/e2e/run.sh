#!/usr/bin/env bash
# End-to-end tests of the program BRAID (default: build-test/braid).
cd "$(dirname "$0")/../.."
exec python3 tests/e2e/run.py "${BRAID:-build-test/braid}" "$@"
