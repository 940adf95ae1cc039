#!/bin/sh
# Tests the carried simulation types: run.sh [COMPILER] [SEED]
#
# First the self-test, then the differential tests against AMD's ap_types as hls4ml carries them. These are looked
# for in the virtual environment BRAID_ORACLES (by default .oracles at the root of the repository); without them the
# script exits with 77, or with 1 if BRAID_REQUIRE_ORACLES=1. Programs are built in HLS_TYPES_BUILD, or in a
# temporary folder. Prints a line per group of operations and "N passed, N failed", counting configurations.
set -eu

compiler=${1:-g++}
seed=${2:-1}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
oracles=${BRAID_ORACLES:-$root/.oracles}
ours=$root/targets/hls/include
flags="-std=c++14 -DAP_INT_MAX_W=4096 -Wno-unknown-pragmas"

if [ -n "${HLS_TYPES_BUILD:-}" ]; then
  build=$HLS_TYPES_BUILD
  mkdir -p "$build"
else
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
fi

passed=0
failed=0
differ=0

# The self-test, as C++11, with the warnings of the project.
if $compiler -std=c++11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -DAP_INT_MAX_W=4096 \
  -I"$ours" "$here/selftest.cpp" -o "$build/selftest" && "$build/selftest"; then
  passed=1
else
  failed=1
fi

theirs=
for candidate in "$oracles"/lib/python3*/site-packages/hls4ml/templates/vivado/ap_types; do
  if [ -f "$candidate/ap_fixed.h" ]; then theirs=$candidate; fi
done
if [ -z "$theirs" ]; then
  echo "$passed passed, $failed failed"
  echo "skipped: the differential tests need hls4ml's ap_types under $oracles (BRAID_ORACLES)"
  if [ "$failed" -ne 0 ] || [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then exit 1; fi
  exit 77
fi

for part in int fixed; do
  python3 "$here/configs.py" $part "$seed" > "$build/configs_$part.inc"
  $compiler $flags -O0 -w -I"$build" -I"$here" -I"$theirs" "$here/diff_$part.cpp" -o "$build/$part.theirs"
  $compiler $flags -O1 -Wall -Wextra -Werror -I"$build" -I"$here" -I"$ours" "$here/diff_$part.cpp" \
    -o "$build/$part.ours"
  # Warnings of AMD's model about operand widths are its way of speaking, not results.
  "$build/$part.theirs" > "$build/$part.theirs.txt" 2> /dev/null || echo "AMD's $part program failed"
  "$build/$part.ours" > "$build/$part.ours.txt" || echo "our $part program failed"

  paste -d '|' "$build/$part.theirs.txt" "$build/$part.ours.txt" | awk -F '|' -v differ="$build/$part.differ" '
    {
      split($1, word, " ")
      group = word[1]
      if (!(group in configurations)) order[++groups] = group
      ++configurations[group]
      cases[group] += word[4]
      words[group] += word[6]
      if ($1 != $2) {
        ++bad[group]
        print word[1] " " word[2] > differ
      }
    }
    END {
      for (i = 1; i <= groups; ++i) {
        g = order[i]
        printf "%-18s %3d configurations, %7d cases, %8d words compared, %d differ\n", g, configurations[g],
               cases[g], words[g], bad[g]
      }
    }' | tee "$build/$part.summary"
  bad=$(awk '{ n += $(NF - 1) } END { print n + 0 }' "$build/$part.summary")
  all=$(awk '{ n += $2 } END { print n + 0 }' "$build/$part.summary")
  passed=$((passed + all - bad))
  failed=$((failed + bad))
  differ=$((differ + bad))

  # Of every configuration that differs, the first case: operands and results in the order of the group's source.
  if [ "$bad" -ne 0 ]; then
    while read -r key; do
      echo "DIFFERS $key"
      "$build/$part.theirs" "$key" 2> /dev/null > "$build/theirs.case" || true
      "$build/$part.ours" "$key" > "$build/ours.case" 2> /dev/null || true
      diff "$build/theirs.case" "$build/ours.case" | sed -n -e 's/^</  AMD /p' -e 's/^>/  ours/p' | head -n 2 || true
    done < "$build/$part.differ"
  fi
done

# A case is a set of random operands and one operation or more on them: for the groups that make up most of the cases,
# at least as many as their loops in diff_int.cpp and diff_fixed.cpp say.
operations=$(cat "$build"/*.summary | awk '
  BEGIN {
    of["int-arithmetic"] = of["fixed-arithmetic"] = 6
    of["int-comparison"] = of["fixed-comparison"] = 6
    of["int-assignment"] = of["fixed-assignment"] = 7
    of["int-division"] = of["fixed-cast"] = 2
  }
  { n += ($1 in of ? of[$1] : 1) * $4 }
  END { printf "%d", n }')
words=$(cat "$build"/*.summary | awk '{ n += $6 } END { printf "%d", n }')
echo "$operations random operations and more against AMD's types, $words words compared, $differ configurations differ"
if [ "$operations" -ge 1000000 ]; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
  echo "1000000 random operations are wanted"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
