#!/usr/bin/env bash
# run.sh [full | SEED]
# Checks the headers of the FINN style that projects carry, targets/hls/finn:
#   every configuration that configs.py draws from the seed (1) against loops over std::vector, with the loops of a
#   simulation and with those of hardware; the cases of faults.cpp; the lint for what HLS refuses
#   where FINN_HLSLIB names a checkout of finn-hlslib: the same programs against its headers print the same, the cases
#   of faults.cpp fail, and upstream.md says so; units of projects that BRAID (build-test/braid) emits compile against
#   them, and upstream_units.md says which (--update in the place of full writes both)
# full: also as synthesis sees the headers, with clang++, with C++20, with sanitizers, and with AMD's types.
# Last line: N passed, N failed[, N skipped]. BRAID_ORACLES: the environment with hls4ml, for AMD's types.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
full= update= seed=1
case ${1-} in
  '') ;;
  full) full=1 ;;
  --update) update=1 ;;
  *[!0-9]*) echo "usage: $0 [full | --update | SEED]" >&2; exit 2 ;;
  *) seed=$1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc=${CXX_GCC:-g++}
clang=${CXX_CLANG:-$(command -v clang++ || command -v clang++-14 || true)}
launcher=$(command -v ccache || true)
upstream="matrix vectors windows streams elements pools" # what finn-hlslib has
programs="units taps $upstream"
finn=$root/targets/hls/finn
types="-isystem $root/targets/hls/include"
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-unknown-pragmas"
passed=0 failed=0 skipped=0

fail() {
  failed=$((failed + ${2:-1}))
  echo "FAILED $1"
}

# build NAME VARIANT COMPILER FLAGS...: the program of NAME.cpp as $work/NAME.VARIANT
build() {
  local to=$work/$1.$2 source=$here/$1.cpp compiler=$3
  shift 3
  # In two steps, for the compiler cache.
  # shellcheck disable=SC2086
  { $launcher $compiler "$@" -Wno-unknown-pragmas -DAP_INT_MAX_W=4096 -I"$work" -I"$here" -c "$source" -o "$to.o" &&
    $compiler "$@" "$to.o" -o "$to" && rm -f "$to.o"; } 2>"$to.errors"
}

# check NAME VARIANT ...: builds and runs it; every case is right, and prints what the first variant printed.
check() {
  local to=$work/$1.$2 first=$work/$1.first
  if ! build "$@"; then
    fail "$1 ($2) does not build: $(grep -m1 -i error "$to.errors")"
    return
  fi
  "$to" >"$to.out" 2>"$to.errors"
  [ -f "$first" ] || cp "$to.out" "$first"
  local total good
  total=$(grep -c . "$first")
  good=$(grep ' ok ' "$to.out" | grep -cFxf "$first")
  passed=$((passed + good))
  if [ "$total" = 0 ] || [ "$good" != "$total" ]; then
    fail "$1 ($2): $((total - good)) of $total cases: $(grep -vFxf "$first" "$to.out" | head -3) $(grep -m2 WRONG "$to.out") $(head -c 200 "$to.errors")" \
      $((total - good + (total == 0)))
  fi
}

# faults VARIANT WORD FLAGS...: each of its cases says WORD; `not` is for any other end.
faults() {
  local variant=$1 word=$2 count i
  shift 2
  if ! build faults "$variant" "$gcc" "$@"; then
    fail "faults ($variant) does not build: $(grep -m1 -i error "$work/faults.$variant.errors")"
    return
  fi
  count=$("$work/faults.$variant")
  for ((i = 0; i < count; i++)); do
    { (ulimit -c 0; timeout 20 "$work/faults.$variant" $i >"$work/fault.$variant.$i" 2>&1); } 2>/dev/null
    if [ "$word" = not ]; then ! grep -q ' ok ' "$work/fault.$variant.$i"; else grep -q " $word " "$work/fault.$variant.$i"; fi
    if [ $? = 0 ]; then passed=$((passed + 1)); else fail "faults ($variant): $(head -c 200 "$work/fault.$variant.$i")"; fi
  done
}

# committed TABLE: what this run wrote is what is committed.
committed() {
  if [ -n "$update" ]; then
    cp "$work/$1" "$here/$1"
  elif cmp -s "$work/$1" "$here/$1"; then
    passed=$((passed + 1))
  else
    fail "$1: $(diff "$here/$1" "$work/$1" | head -5)"
  fi
}

python3 "$here/configs.py" "$work" "$seed"
# shellcheck disable=SC2086
for program in $programs; do
  check $program simulated "$gcc" -std=c++14 -O0 $strict -I"$finn" $types
  check $program hardware "$gcc" -std=c++14 -O0 $strict -DBRAID_HLS_LOOPS -I"$finn" $types
  [ -n "$full" ] || continue
  # g++ 12 follows loops past the width of a type where the checks in them have already stopped; UBSan sees nothing there.
  check $program optimised "$gcc" -std=c++20 -O2 $strict -Wno-aggressive-loop-optimizations -I"$finn" $types
  check $program synthesised "$gcc" -std=c++14 -O0 $strict -DTEST_SYNTHESIS_PATH -I"$finn" $types
  check $program sanitized "$gcc" -std=c++14 -O1 $strict -fsanitize=address,undefined -fno-sanitize-recover=all -I"$finn" $types
  [ -z "$clang" ] || check $program clang "$clang" -std=c++14 -O1 $strict -I"$finn" $types
  [ -z "$clang" ] || check $program clang-hardware "$clang" -std=c++17 -O1 $strict -DBRAID_HLS_LOOPS -I"$finn" $types
done
# shellcheck disable=SC2086
faults ours ok -std=c++14 -O0 $strict -I"$finn" $types
lint=$(python3 "$here/lint.py" "$finn")
passed=$((passed + $(grep -c '^ok ' <<<"$lint")))
while read -r line; do fail "lint: $line"; done < <(grep -v '^ok ' <<<"$lint")

if [ -n "$full" ]; then
  vendor=
  for folder in "${BRAID_ORACLES:-$root/.oracles}"/lib/python3*/site-packages/hls4ml/templates/vivado/ap_types; do
    [ ! -f "$folder/ap_int.h" ] || vendor=$folder
  done
  if [ -n "$vendor" ]; then
    for program in $programs; do
      check $program amd "$gcc" -std=c++14 -O1 -w -I"$finn" -I"$here/amd" -isystem "$vendor"
    done
  else
    skipped=$((skipped + 1))
    echo "skipped: AMD's types are not under ${BRAID_ORACLES:-$root/.oracles}"
    [ "${BRAID_REQUIRE_ORACLES:-0}" != 1 ] || fail "AMD's types are wanted"
  fi
fi

if [ -z "${FINN_HLSLIB-}" ]; then
  skipped=$((skipped + 1))
  echo "skipped: the comparison with finn-hlslib (FINN_HLSLIB names a checkout)"
elif ! [ -f "$FINN_HLSLIB/bnn-library.h" ]; then
  fail "$FINN_HLSLIB has no bnn-library.h"
else
  for program in $upstream; do
    # shellcheck disable=SC2086
    check $program upstream "$gcc" -std=c++14 -O0 -w -DFINN_HLSLIB -I"$FINN_HLSLIB" $types
  done
  # shellcheck disable=SC2086
  faults upstream not -std=c++14 -O0 -w -DFINN_HLSLIB -I"$FINN_HLSLIB" $types
  if [ "$seed" = 1 ]; then
    revision=$(git -C "$FINN_HLSLIB" log -1 --format='%h, %as' 2>/dev/null || echo unknown)
    python3 "$here/upstream.py" "$work" "$revision" >"$work/upstream.md"
    committed upstream.md
    python3 -B "$here/upstream_units.py" "${BRAID:-$root/build-test/braid}" "$FINN_HLSLIB" "$revision" \
      >"$work/upstream_units.md" 2>"$work/upstream_units.errors"
    case $? in
      0) committed upstream_units.md ;;
      77)
        skipped=$((skipped + 1))
        tail -n 1 "$work/upstream_units.md"
        [ "${BRAID_REQUIRE_ORACLES:-0}" != 1 ] || fail "networks for upstream_units.md are wanted"
        ;;
      *) fail "units against finn-hlslib: $(tail -n 3 "$work/upstream_units.errors")" ;;
    esac
  fi
fi

if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ $failed -eq 0 ]
