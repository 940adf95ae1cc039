#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, and runs every test. Ends with `N passed, N failed`.
#   tools/test.sh            everything
#   tools/test.sh unit e2e   only these suites
# Build folder: build-test. Tests that need an oracle that is absent are skipped with a reason, or fail where
# BRAID_REQUIRE_ORACLES=1.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
only=("$@")

tools/setup.sh --test || { echo "0 passed, 1 failed"; exit 1; }
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
export BRAID_ORACLES=${BRAID_ORACLES:-$root/.oracles}
export BRAID_CACHE=${BRAID_CACHE:-$root/build-test/emulation-cache}
if [ ! -f build-test/build.ninja ]; then
  meson setup build-test -Dtests=true -Dwerror=true >build-test.log 2>&1 || { cat build-test.log; echo "0 passed, 1 failed"; exit 1; }
  mv build-test.log build-test/setup.log
fi
ninja -k 0 -C build-test >build-test/build.log 2>&1 || { grep -E "error|FAILED|warning" build-test/build.log | head -50; echo "0 passed, 1 failed"; exit 1; }
export BRAID=$root/build-test/braid

wanted() { [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }
suites=()

# measured NAME COMMAND...: the command's last line is `N passed, N failed[, N skipped]`; 77 means skipped with a reason.
# Leaves the three numbers in build-test/NAME.result.
measured() {
  local name=$1 passed=0 failed=0 skipped=0
  shift
  local log=build-test/$name.log start=$SECONDS code=0 last told
  "$@" >"$log" 2>&1 || code=$?
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  if [ $code -eq 77 ]; then
    if [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then failed=1; else skipped=1; fi
    told="skipped: $(tail -n 1 "$log")"
  else
    [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] && passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    [[ $last =~ ([0-9]+)\ skipped ]] && skipped=${BASH_REMATCH[1]}
    # Whatever a suite counts: it has failed where it says so by its exit code, and where it counts nothing.
    if [ $failed -eq 0 ] && { [ $code -ne 0 ] || [ $((passed + skipped)) -eq 0 ]; }; then failed=1 last+=" (exit $code)"; fi
    told=$(printf '%s (%d s)' "$last" $((SECONDS - start)))
    [ $failed -eq 0 ] || told+=$'\n'$(tail -n 40 "$log" | sed 's/^/    /')
  fi
  echo "$passed $failed $skipped" >"build-test/$name.result"
  printf '%-10s %s\n' "$name" "$told"
}

# suite NAME COMMAND...: measured, two at a time: most of them compile one program after the other.
suite() {
  wanted "$1" || return 0
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  suites+=("$1")
  rm -f "build-test/$1.result"
  measured "$@" &
}

# one COMMAND...: a check that is one test.
one() { "$@" && echo "1 passed, 0 failed" || { echo "0 passed, 1 failed"; return 1; }; }
catch() {
  local out code=0
  out=$(build-test/tests/unit "$@" 2>&1) || code=$?
  printf '%s\n' "$out"
  if [ $code -eq 0 ]; then
    echo "$(sed -nE 's/^All tests passed \([0-9]+ assertions? in ([0-9]+) test cases?\)$/\1/p' <<<"$out") passed, 0 failed"
  else
    sed -nE 's/^test cases: *[0-9]+ \| *([0-9]+) passed \| *([0-9]+) failed.*/\1 passed, \2 failed/p;s/^test cases: *([0-9]+) \| *([0-9]+) failed.*/0 passed, \2 failed/p' <<<"$out"
  fi
  return $code
}

# The longest first.
suite clang bash tests/builds/clang.sh 3000 1
suite layers bash tests/hls_nnet/other/run.sh
suite e2e bash tests/e2e/run.sh
suite types bash tests/hls_types/run.sh g++
suite finn bash tests/hls_finn/run.sh
suite finn_rtl bash tests/finn_rtl/run.sh
suite finn_stitched python3 -B tests/finn_stitched/run.py "$BRAID"
suite linear bash tests/hls_nnet/linear/run.sh
suite unit catch
suite lint python3 tests/hls_lint/run.py "$BRAID"
suite tools python3 tests/hls_tools/run.py "$BRAID"
suite link bash tests/link/run.sh "$BRAID"
suite networks tests/oracle/oracle.sh tests/fuzz/random_networks.py "$BRAID" 150
suite finn_random tests/oracle/oracle.sh finn_random "$BRAID"
suite quantised tests/oracle/oracle.sh quantised "$BRAID" --random 200
suite testdata tests/oracle/oracle.sh run_testdata "$BRAID"
suite exporters tests/oracle/oracle.sh exporters "$BRAID"
suite float64 tests/oracle/oracle.sh float64_check
suite showcase tests/oracle/oracle.sh tools/split_showcase.py "$BRAID"
suite compared python3 -B tools/finn_comparison.py "$BRAID" "${BRAID_SHARED:-$root/../shared}" --quick
suite partition python3 -B tools/partition_suite.py "$BRAID" "${BRAID_SHARED:-$root/../shared}" --quick
suite elastic_df python3 -B tools/elastic_df.py build-test "${BRAID_SHARED:-$root/../shared}" --quick --seconds 20
suite certificates python3 -B tests/certificates/run.py
suite golden python3 tests/golden/run.py "$BRAID"
suite includes one python3 tools/check_includes.py
suite format one python3 tools/check_format.py
wait

passed=0 failed=0 skipped=0
for name in "${suites[@]}"; do
  read -r p f s <"build-test/$name.result" || { echo "$name left no result"; p=0 f=1 s=0; }
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo
if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
