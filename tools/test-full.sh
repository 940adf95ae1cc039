#!/usr/bin/env bash
# The long grids: everything tools/test.sh runs, more random networks as emitted C++, every header case with both
# compilers, both sets of types and sanitizers, every network by every split, every plan of tests/partition/suite.md.
set -uo pipefail
cd "$(dirname "$0")/.."
export BRAID_EMITTED_NETWORKS=${BRAID_EMITTED_NETWORKS:-100} BRAID_CUT_NETWORKS=${BRAID_CUT_NETWORKS:-100}
export BRAID_ORACLES=${BRAID_ORACLES:-$PWD/.oracles}
code=0
tools/test.sh || code=1
tests/hls_nnet/linear/run.sh full || code=1
tests/hls_nnet/other/run.sh full || code=1
tests/hls_finn/run.sh full || code=1
tests/hls_types/run.sh clang++-14 || code=1
BRAID=build-test/braid tests/builds/clang.sh 30000 2 || code=1
tests/oracle/oracle.sh tests/fuzz/random_networks.py build-test/braid 2000 2 || code=1
tests/oracle/oracle.sh float64_check --full || code=1
tests/e2e/split_grid.py build-test/braid tests/e2e/split_grid.md || code=1
tests/oracle/oracle.sh finn_random build-test/braid --networks 60 --seed 5000 || code=1
tests/e2e/finn_grid.py build-test/braid tests/e2e/finn_grid.md || code=1
tools/finn_comparison.py build-test/braid "${BRAID_SHARED:-../shared}" || code=1
tools/partition_suite.py build-test/braid "${BRAID_SHARED:-../shared}" || code=1
tests/mutation/split_mutations.py build-test || code=1
tests/mutation/certificate_mutations.py build-test || code=1
exit $code
