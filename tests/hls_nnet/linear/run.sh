#!/bin/sh
# Checks the dense, convolution and padding headers that emitted projects carry: every case against a reference
# in __int128, with our ap types and AMD's, g++ and clang++, as simulation and as synthesis sees them; then case
# by case against hls4ml's own headers, and that the cases we keep from them are ones they fail.
# Exits 77 where hls4ml is absent (and all else passed), unless BRAID_REQUIRE_ORACLES=1.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

ccache=$(command -v ccache)
gcc=${CXX:-g++}
clang=$(command -v clang++ || command -v clang++-14)

fail() {
  failed=$((failed + ${2:-1}))
  echo "FAIL: $1" >&2
}

# build NAME COMPILER SOURCE FLAGS...: NAME becomes a program in $work.
build() {
  name=$1 compiler=$2 source=$3
  shift 3
  # shellcheck disable=SC2086
  $ccache $compiler -O1 "$@" -Wno-unknown-pragmas -Wno-unused-label -I"$root/targets/hls" -I"$here" "$here/$source.cpp" \
    -o "$work/$name" 2>"$work/$name.log"
}

# check NAME LABEL: runs the program; every case must be the reference's, and the same as in $work/$program.base.
check() {
  if ! [ -x "$work/$1" ]; then
    fail "$2 does not build: $(grep -m1 -i error "$work/$1.log")"
    return
  fi
  "$work/$1" >"$work/$1.out" 2>"$work/$1.log"
  [ -f "$work/$program.base" ] || cp "$work/$1.out" "$work/$program.base"
  total=$(grep -c . "$work/$program.base")
  good=$(grep ' ok ' "$work/$1.out" | grep -cFxf "$work/$program.base")
  passed=$((passed + good))
  if [ "$total" = 0 ] || [ "$good" != "$total" ]; then
    fail "$2: $((total - good)) of $total cases: $(grep -vFxf "$work/$program.base" "$work/$1.out" | cut -c1-60 |
      head -3) $(grep -m1 WRONG "$work/$1.out" | cut -c1-60) $(head -c 200 "$work/$1.log")" $((total - good + (total == 0)))
  fi
}

strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
templates=$(ls -d "${BRAID_ORACLES:-$root/.oracles}"/lib/python3*/site-packages/hls4ml/templates 2>/dev/null | head -1)
if [ -n "$templates" ]; then
  mkdir -p "$work/upstream"
  cp -r "$templates/vivado/nnet_utils" "$work/upstream/"
  cp "$templates"/vitis/nnet_utils/*.h "$work/upstream/nnet_utils/"
fi

for program in dense conv depthwise depthwise1d emitted braid; do
  source=$program define=
  if [ $program = depthwise1d ]; then
    source=depthwise define=-DTEST_1D
  fi
  # shellcheck disable=SC2086
  {
    build "$program.gcc" "$gcc" $source -std=c++17 $strict $define -isystem "$root/targets/hls/include"
    check "$program.gcc" "$program, g++, our types"
    build "$program.synthesis" "$gcc" $source -std=c++17 -O0 -w -DTEST_SYNTHESIS_PATH $define -I"$root/targets/hls/include"
    check "$program.synthesis" "$program, g++, our types, as synthesis"
    if [ -n "$clang" ]; then
      build "$program.clang" "$clang" $source -std=c++11 $strict $define -isystem "$root/targets/hls/include"
      check "$program.clang" "$program, clang++, C++11, our types"
    fi
    [ -n "$templates" ] || continue
    build "$program.amd" "$gcc" $source -std=c++17 -w $define -I"$templates/vivado/ap_types"
    check "$program.amd" "$program, g++, AMD's types"
    [ $program = braid ] && continue
    build "$program.hls4ml" "$gcc" $source -std=c++17 -w $define -I"$work/upstream" -I"$templates/vivado/ap_types"
    check "$program.hls4ml" "$program, g++, hls4ml's headers"
  }
done

if [ -z "$templates" ]; then
  echo "$passed passed, $failed failed"
  [ $failed = 0 ] || exit 1
  echo "hls4ml's headers are not there (tools/setup.sh installs them into .oracles; BRAID_ORACLES names another place)"
  [ "$BRAID_REQUIRE_ORACLES" = 1 ] && exit 1
  exit 77
fi

# gap NAME ours|braid|none [TEXT]: hls4ml's headers must fail the case, at the build with TEXT in the message if one is
# given, else when it runs. Ours must pass it (ours) or say at the build that it is braid::conv2d's (braid).
gap() {
  build "gap.up" "$gcc" gaps -std=c++17 -w "-DGAP_$1" -I"$work/upstream" -I"$templates/vivado/ap_types"
  built=$?
  if [ -n "$3" ]; then
    if [ $built != 0 ] && grep -q "error.*$3" "$work/gap.up.log"; then
      passed=$((passed + 1))
    else
      fail "gap $1: hls4ml's headers build it"
    fi
  elif [ $built != 0 ]; then
    fail "gap $1: must build with hls4ml's headers: $(grep -m1 error "$work/gap.up.log")"
  elif (ulimit -c 0; "$work/gap.up"; true) 2>/dev/null | grep -q ' ok '; then
    fail "gap $1: hls4ml's headers do it right: it need not be ours"
  else
    passed=$((passed + 1))
  fi
  [ "$2" = none ] && return
  build "gap.ours" "$gcc" gaps -std=c++17 -w "-DGAP_$1" -I"$root/targets/hls/include"
  built=$?
  if [ "$2" = ours ] && [ $built = 0 ] && "$work/gap.ours" | grep -q ' ok '; then
    passed=$((passed + 1))
  elif [ "$2" = braid ] && [ $built != 0 ] && grep -q 'braid::conv2d' "$work/gap.ours.log"; then
    passed=$((passed + 1))
  else
    fail "gap $1: our headers: $(grep -m1 error "$work/gap.ours.log")"
  fi
}

gap FLAT_ROW_STRIDE ours
gap DEPTHWISE_RESOURCE_ARRAYS ours
gap RESOURCE_ARRAYS_2D ours
gap RESOURCE_ARRAYS_1D ours
gap RAGGED_KERNEL ours DenseResource_rf_gt_nin
gap BOTH_SEPARABLE_HEADERS ours depthwise_conv_2d_latency_cl
gap MULTIPLIER_STREAM braid
gap MULTIPLIER_ARRAYS braid
gap DILATION_STREAM braid
gap PADDING_STREAM braid
gap GROUPS none

echo "$passed passed, $failed failed"
[ $failed = 0 ]
