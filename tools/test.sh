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
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
export BRAID_ORACLES=${BRAID_ORACLES:-$root/.oracles}
export BRAID_CACHE=${BRAID_CACHE:-$root/build-test/emulation-cache}
if [ ! -f build-test/build.ninja ]; then
  meson setup build-test -Dtests=true -Dwerror=true >build-test.log 2>&1 || { cat build-test.log; echo "0 passed, 1 failed"; exit 1; }
  mv build-test.log build-test/setup.log
fi
ninja -k 0 -C build-test >build-test/build.log 2>&1 || { grep -E "error|FAILED|warning" build-test/build.log | head -50; echo "0 passed, 1 failed"; exit 1; }
export BRAID=$root/build-test/braid

passed=0 failed=0 skipped=0
wanted() { [ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }

# suite NAME COMMAND...: the command's last line is `N passed, N failed[, N skipped]`; 77 means skipped with a reason.
suite() {
  local name=$1
  shift
  wanted "$name" || return 0
  local log=build-test/$name.log start=$SECONDS code=0 last
  "$@" >"$log" 2>&1 || code=$?
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  if [ $code -eq 77 ]; then
    if [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then failed=$((failed + 1)); else skipped=$((skipped + 1)); fi
    printf '%-10s skipped: %s\n' "$name" "$(tail -n 1 "$log")"
    return 0
  fi
  if [ -z "$last" ] || { [ $code -ne 0 ] && [[ $last == *" 0 failed"* ]]; }; then
    last="${last:-0 passed, 0 failed} (exit $code)"
    failed=$((failed + 1))
  fi
  passed=$((passed + $(sed -E 's/^([0-9]+) passed.*/\1/' <<<"${last/ (*/}")))
  failed=$((failed + $(sed -E 's/^[0-9]+ passed, ([0-9]+) failed.*/\1/' <<<"${last/ (*/}")))
  [[ $last =~ ([0-9]+)\ skipped ]] && skipped=$((skipped + BASH_REMATCH[1]))
  printf '%-10s %s (%d s)\n' "$name" "$last" $((SECONDS - start))
  if [ $code -ne 0 ]; then tail -n 40 "$log" | sed 's/^/    /'; fi
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

suite includes one python3 tools/check_includes.py
suite format one python3 tools/check_format.py
suite unit catch
suite golden python3 tests/golden/run.py "$BRAID"
suite e2e bash tests/e2e/run.sh
suite types bash tests/hls_types/run.sh g++
suite linear bash tests/hls_nnet/linear/run.sh
suite layers bash tests/hls_nnet/other/run.sh
suite link bash tests/link/run.sh "$BRAID"

echo
if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
