#!/usr/bin/env bash
# run.sh [full]
# Compiles and runs the cases of this folder, as many programs at a time as there are cores:
#   nnet_*.cpp    against braid's nnet_utils and, unchanged, against hls4ml's: equal output, and equal to the reference
#   braid_*.cpp   braid's own layers, with the loops of a simulation and with those of hardware
#   upstream_*    what hls4ml's library gets wrong or lacks
# with AMD's AP types (g++) and with braid's (clang++). full: braid's layers also with the loops of hardware.
# Last line: N passed, M failed. Exits 77 where hls4ml is absent.
# BRAID_ORACLES: the oracles' virtual environment. CXX_GCC, CXX_CLANG: the compilers.
set -u
case ${1-} in
  '') full= ;;
  full) full=1 ;;
  *) echo "usage: $0 [full]" >&2; exit 2 ;;
esac
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
programs=()

# build NAME VARIANT COMPILER FLAGS...: builds and runs a program; NAME.VARIANT.out is what it prints, .fault why it did not.
build() {
  local name=$1 to=$work/$1.$2 code=0
  shift 2
  # In two steps, for the compiler cache.
  if ! { $launcher "$@" -I. -c "$name.cpp" -o "$to.o" && "$1" "$to.o" -o "$to"; } 2>"$to.errors"; then
    { echo "does not compile"; head -n 20 "$to.errors"; } >"$to.fault"
    return
  fi
  "$to" >"$to.out" || code=$?
  [ $code -le 1 ] || echo "ended with $code" >"$to.fault"
  rm -f "$to" "$to.o"
}

# run NAME VARIANT ...: the same beside others.
run() {
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  programs+=("$1.$2")
  build "$@" &
}

cd "$here" || exit 1
for name in nnet_elementwise nnet_merge nnet_move nnet_pool; do
  run $name braid "$gcc" -std=c++11 -O0 $strict -isystem "$vendor" -I"$carried"
  run $name hls4ml "$gcc" -std=c++17 -O0 -w -isystem "$vendor" $upstream
done
for name in braid_elementwise braid_merge braid_pool braid_split braid_threshold; do
  run $name braid "$gcc" -std=c++11 -O0 $strict -isystem "$vendor" -I"$carried"
  [ -z "$full" ] || run $name hls4ml "$gcc" -std=c++17 -O0 -w -DBRAID_HLS_LOOPS -isystem "$vendor" $upstream -I"$carried"
done
run upstream_faults hls4ml "$gcc" -std=c++17 -O0 -w -isystem "$vendor" $upstream
if [ -n "$clang" ] && [ -f "$types/ap_fixed.h" ]; then
  for name in nnet_elementwise nnet_merge nnet_move nnet_pool braid_elementwise braid_merge braid_pool braid_split braid_threshold; do
    run $name own "$clang" -std=c++17 -O0 $strict -isystem "$types" -I"$carried"
  done
  if [ -n "$full" ]; then
    for name in braid_elementwise braid_merge braid_pool braid_split braid_threshold; do
      run $name own-hls "$clang" -std=c++11 -O0 $strict -DBRAID_HLS_LOOPS -isystem "$types" -I"$carried"
    done
  fi
fi
wait

passed=0
failed=0
fail() {
  failed=$((failed + 1))
  echo "FAILED $1"
}
for program in "${programs[@]}"; do
  if [ -f "$work/$program.fault" ]; then fail "$program $(cat "$work/$program.fault")"; fi
  [ -f "$work/$program.out" ] || continue
  passed=$((passed + $(grep -c '^ok ' "$work/$program.out")))
  failed=$((failed + $(grep -c '^FAILED ' "$work/$program.out")))
  grep -A 1 '^FAILED ' "$work/$program.out" | sed "s/^FAILED/FAILED $program:/"
  # Not the case counts alone: with the other library the same source must print the same.
  library=${program#*.}
  if [ "$library" = hls4ml ] && [[ $program == nnet_* ]] && ! cmp -s "$work/$program.out" "$work/${program%.*}.braid.out"; then
    fail "${program%.*} differs between the libraries"
  fi
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
