#!/bin/sh
# Compiles and runs the cases of this folder:
#   nnet_*.cpp    against braid's nnet_utils and, unchanged, against hls4ml's: equal output, and equal to the reference
#   braid_*.cpp   braid's own layers, with the loops of a simulation and with those of hardware
#   upstream_*    what hls4ml's library gets wrong or lacks
# with AMD's AP types (g++) and with braid's (clang++). Last line: N passed, M failed. Exits 77 where hls4ml is absent.
# BRAID_ORACLES: the oracles' virtual environment. CXX_GCC, CXX_CLANG: the compilers.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
oracles=${BRAID_ORACLES:-$root/.oracles}
gcc=${CXX_GCC:-g++}
clang=${CXX_CLANG:-$(command -v clang++ || command -v clang++-14 || true)}
if [ -n "${CCACHE-ccache}" ] && command -v "${CCACHE-ccache}" >/dev/null; then launcher=${CCACHE-ccache}; else launcher=; fi

templates=
for folder in "$oracles"/lib/python3*/site-packages/hls4ml/templates; do
  [ -d "$folder/vivado/nnet_utils" ] && templates=$folder
done
if [ -z "$templates" ]; then
  echo "skipped: no hls4ml under $oracles (set BRAID_ORACLES)"
  [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ] && exit 1
  exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The Vitis flavour lies over the Vivado one.
upstream="-I$templates/vitis -I$templates/vivado -I$templates/vivado/nnet_utils"
vendor=$templates/vivado/ap_types
carried=$root/targets/hls
types=$carried/include
strict="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-unknown-pragmas -Wno-unused-label -Wno-unused-const-variable"
passed=0
failed=0

fail() {
  failed=$((failed + 1))
  echo "FAILED $1"
}

# run NAME VARIANT COMPILER FLAGS...: output in $work/NAME.VARIANT.out
run() {
  name=$1 variant=$2
  shift 2
  # In two steps, for the compiler cache.
  if ! { $launcher "$@" -I. -c "$name.cpp" -o "$work/$name.o" && "$1" "$work/$name.o" -o "$work/$name"; } \
    2>"$work/errors"; then
    head -n 20 "$work/errors"
    fail "$name ($variant) does not compile"
    return
  fi
  "$work/$name" >"$work/$name.$variant.out"
  status=$?
  passed=$((passed + $(grep -c '^ok ' "$work/$name.$variant.out")))
  failed=$((failed + $(grep -c '^FAILED ' "$work/$name.$variant.out")))
  grep -A 1 '^FAILED ' "$work/$name.$variant.out" | sed "s/^FAILED/FAILED $name ($variant):/"
  [ $status -gt 1 ] && fail "$name ($variant) ended with $status"
}

cd "$here" || exit 1
for name in nnet_elementwise nnet_merge nnet_move nnet_pool; do
  run $name braid "$gcc" -std=c++11 -O0 $strict -isystem "$vendor" -I"$carried"
  run $name hls4ml "$gcc" -std=c++17 -O0 -w -isystem "$vendor" $upstream
  if ! cmp -s "$work/$name.braid.out" "$work/$name.hls4ml.out"; then fail "$name differs between the libraries"; fi
done
for name in braid_elementwise braid_merge braid_pool braid_split; do
  run $name braid "$gcc" -std=c++11 -O0 $strict -isystem "$vendor" -I"$carried"
  run $name hls4ml "$gcc" -std=c++17 -O0 -w -DBRAID_HLS_LOOPS -isystem "$vendor" $upstream -I"$carried"
done
run upstream_faults hls4ml "$gcc" -std=c++17 -O0 -w -isystem "$vendor" $upstream

if [ -n "$clang" ] && [ -f "$types/ap_fixed.h" ]; then
  for name in nnet_elementwise nnet_merge nnet_move nnet_pool braid_elementwise braid_merge braid_pool braid_split; do
    run $name own "$clang" -std=c++17 -O1 $strict -isystem "$types" -I"$carried"
  done
  for name in braid_elementwise braid_merge braid_pool braid_split; do
    run $name own-hls "$clang" -std=c++11 -O0 $strict -DBRAID_HLS_LOOPS -isystem "$types" -I"$carried"
  done
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
