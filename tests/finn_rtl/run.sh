#!/usr/bin/env bash
# run.sh [SEED]: simulates the memory streamer and the FIFO of targets/finn/rtl with Icarus Verilog, over depths, widths
# and memory styles; that the streamer gives the words that simulated projects read of the same memblock.dat (those of
# memblocks, which the backend's own are compared with, and random ones); that what a board's program writes comes out of a
# memory without contents; then that the tests see each of a set of faults put into them. Ends with N passed, N failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
rtl=$(cd "$here/../../targets/finn/rtl" && pwd)
templates=$(cd "$here/../../targets/pynq/templates" && pwd)
seed=${1:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
if ! command -v iverilog >/dev/null; then
  echo "skipped: iverilog is not there (tools/setup.sh --test installs it)"
  [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ] && exit 1
  exit 77
fi

# random_memory DEPTH WIDTH: a memblock.dat
random_memory() {
  python3 - "$1" "$2" "$seed" <<'PYTHON'
import random, sys
depth, width, seed = map(int, sys.argv[1:])
rng = random.Random(seed)
for _ in range(depth):
    print(f"{rng.getrandbits(width):0{-(-width // 4)}x}")
PYTHON
}

# simulate TEST DEPTH WIDTH STYLE SOURCES...: the output, in $work/out
simulate() {
  local test=$1 depth=$2 width=$3 style=$4
  shift 4
  local options=(-P"$test.DEPTH=$depth" -P"$test.WIDTH=$width" -P"$test.RAM_STYLE=\"$style\"" -P"$test.SEED=$seed")
  if [ "$test" = memstream_test ] || [ "$test" = host_test ]; then
    random_memory "$depth" "$width" >"$work/memblock.dat"
    options+=(-P"$test.INIT_FILE=\"$work/memblock.dat\"")
  fi
  if [ "$test" = host_test ]; then
    # As RuntimeMemory says: the next power of two at or above WIDTH / 32.
    local lanes=1
    while [ $((32 * lanes)) -lt "$width" ]; do lanes=$((2 * lanes)); done
    python3 "$here/host_accesses.py" "$programs" "$work/memblock.dat" $lanes >"$work/accesses" 2>"$work/out" || return
    options+=(-P"$test.ACCESSES=\"$work/accesses\"")
  fi
  { iverilog -g2005 -Wall -Wno-timescale -I"$here" "${options[@]}" -s "$test" -o "$work/sim" "$here/$test.v" "$@" && timeout 120 vvp "$work/sim"; } \
    >"$work/out" 2>&1
}

programs=$templates
good() { grep -q ' checks right, 0 wrong$' "$work/out" && ! grep -qi 'FAILED\|error\|warning' "$work/out"; }

tested() {
  simulate "$@"
  if good; then
    passed=$((passed + 1))
    cat "$work/out"
  else
    failed=$((failed + 1))
    echo "FAILED $1 DEPTH $2 WIDTH $3 $4: $(head -8 "$work/out")"
  fi
}

for shape in "1 8 auto" "2 1 distributed" "3 32 block" "4 33 block" "5 20 auto" "9 64 ultra" "31 7 distributed" "64 96 block" "147 100 auto" \
  "512 256 ultra" "1000 12 block"; do
  # shellcheck disable=SC2086
  tested memstream_test $shape "$rtl/memstream.v" "$rtl/memstream_axilite.v"
done
for shape in "1 8 ultra" "2 40 ultra" "5 20 ultra" "64 96 ultra"; do
  # shellcheck disable=SC2086
  tested unfilled_test $shape "$rtl/memstream.v" "$rtl/memstream_axilite.v"
done
for shape in "1 8 ultra" "2 33 ultra" "5 20 ultra" "9 64 ultra" "31 7 ultra" "64 96 ultra" "147 260 ultra"; do
  # shellcheck disable=SC2086
  tested host_test $shape "$rtl/memstream.v" "$rtl/memstream_axilite.v"
done
for shape in "2 8 auto" "3 1 auto" "4 17 distributed" "5 64 block" "16 8 distributed" "31 12 auto" "32 9 block" "33 128 block" "100 24 ultra" \
  "256 8 auto" "1000 16 block"; do
  # shellcheck disable=SC2086
  tested fifo_test $shape "$rtl/fifo.v"
done

# Memories: NAME WIDTH DEPTH, of memblocks or random.
memories=("int2_4x4 8 4" "bipolar_2x3 1 6" "int3_3x3 12 4" "vvau_3x3 4 18" "random0 1 1" "random1 3 5" "random2 32 7" "random3 33 64" "random4 150 9"
  "random5 260 3")
for memory in "${memories[@]}"; do
  read -r name width depth <<<"$memory"
  if [ -f "$here/memblocks/$name.dat" ]; then cp "$here/memblocks/$name.dat" "$work"; else random_memory "$depth" "$width" >"$work/$name.dat"; fi
  echo "memory<$width, $depth>(\"$name\");" >>"$work/memories.inc"
done
headers=$here/../../targets/hls
if g++ -std=c++14 -O0 -w -DAP_INT_MAX_W=4096 -I"$work" -I"$headers/finn" -isystem "$headers/include" "$here/reader.cpp" -o "$work/reader" 2>"$work/out"; then
  "$work/reader" "$work"
else
  echo "FAILED reader.cpp does not build: $(head -3 "$work/out")"
fi
for memory in "${memories[@]}"; do
  read -r name width depth <<<"$memory"
  options=(-P"memstream_dump.DEPTH=$depth" -P"memstream_dump.WIDTH=$width" -P"memstream_dump.SEED=$seed" -P"memstream_dump.INIT_FILE=\"$work/$name.dat\"")
  iverilog -g2005 "${options[@]}" -s memstream_dump -o "$work/sim" "$here/memstream_dump.v" "$rtl/memstream.v" && timeout 120 vvp "$work/sim" |
    grep -v finish >"$work/$name.streamed"
  if [ -s "$work/$name.read" ] && cmp -s "$work/$name.read" "$work/$name.streamed" && cmp -s <(head -n "$depth" "$work/$name.streamed") "$work/$name.dat"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED $name, $depth words of $width bits: read and streamed differ: $(diff "$work/$name.read" "$work/$name.streamed" | head -4)"
  fi
done

# with_fault SOURCE COPY OLD NEW: what stands there once, and what stands there instead.
with_fault() {
  python3 - "$@" <<'PYTHON'
import sys
source, to, old, new = sys.argv[1:]
text = open(source).read()
assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {source}"
open(to, "w").write(text.replace(old, new))
PYTHON
}
# A fault in the source that the tests must see: FILE, TEST, OLD, NEW.
fault() {
  local file=$1 test=$2
  with_fault "$rtl/$file" "$work/$file" "$3" "$4"
  local sources=("$rtl/memstream.v" "$rtl/memstream_axilite.v" "$rtl/fifo.v")
  simulate "$test" 5 40 auto "${sources[@]/"$rtl/$file"/"$work/$file"}"
  if good; then
    failed=$((failed + 1))
    echo "FAILED the test does not see '$4' in the place of '$3' in $file"
  else
    passed=$((passed + 1))
  fi
}
# The same of the board's program, over 5 words of 40 bits.
program_fault() {
  mkdir -p "$work/programs"
  with_fault "$templates/braid_memories.py" "$work/programs/braid_memories.py" "$1" "$2"
  programs=$work/programs:$templates
  simulate host_test 5 40 ultra "$rtl/memstream.v" "$rtl/memstream_axilite.v"
  programs=$templates
  if good; then
    failed=$((failed + 1))
    echo "FAILED the test does not see '$2' in the place of '$1' in braid_memories.py"
  else
    passed=$((passed + 1))
  fi
}
program_fault '"little"' '"big"'
program_fault 'for at, register in enumerate(registers)' 'for at, register in enumerate(registers[:-1])'
program_fault 'for at, register in enumerate(registers)' 'for at, register in reversed(list(enumerate(registers)))'
program_fault 'array[at] = register' 'array[at ^ 1] = register'
program_fault 'read != registers[at]' 'read == registers[at]'
fault memstream_axilite.v host_test 'write_lane == LANES - 1;' 'write_lane == 0;'
fault memstream_axilite.v host_test 'padded[32*read_lane+:32]' 'padded[31:0]'
fault memstream.v host_test 'else if (reads && filled)' 'else if (reads)'
fault memstream.v unfilled_test 'else if (reads && filled)' 'else if (reads)'
fault memstream.v unfilled_test '== LAST) filled <= 1' '== 0) filled <= 1'
fault memstream.v memstream_test 'LAST = DEPTH - 1;' 'LAST = DEPTH - 2;'
fault memstream.v memstream_test 'if (!reads) next <= fetched;' ''
fault memstream.v memstream_test 'if (moves) odat <= word;' 'odat <= word;'
fault memstream.v memstream_test 'fetched_valid <= 0;
      end else if' 'end else if'
fault memstream.v memstream_test 'config_rack <= config_ce && !config_we;' 'config_rack <= config_ce;'
fault memstream.v memstream_test 'wire reads = !fetched_valid || moves;' 'wire reads = !fetched_valid || !ovld;'
fault memstream_axilite.v memstream_test 'write_lane == LANES - 1;' 'write_lane == 0;'
fault memstream_axilite.v memstream_test 'padded[32*read_lane+:32]' 'padded[31:0]'
fault fifo.v fifo_test 'LAST = RING - 1;' 'LAST = RING;'
fault fifo.v fifo_test 'next_count < DEPTH;' 'next_count < DEPTH - 1;'
fault fifo.v fifo_test 'wire straight = takes && ring_empty && push;' 'wire straight = takes && push;'
fault fifo.v fifo_test 'ring_empty <= in_ring + to_ring == from_ring;' 'ring_empty <= in_ring == from_ring;'
fault fifo.v fifo_test 'if (next_count > maxcount)' 'if (next_count < maxcount)'
fault fifo.v fifo_test 'if (from_ring || straight) was_straight <= straight;' 'was_straight <= straight;'

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
