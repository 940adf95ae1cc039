#!/usr/bin/env bash
# A second build (build-clang): clang 14, warnings as errors, nothing optimised, address and undefined-behaviour
# sanitizers. With it
#   hostile files end as their manifest says, and damaged files in a model or a message;
#   the golden tests and the commands of a user's day give what they give without sanitizers;
#   bundles are those of the optimised g++ build BRAID byte for byte, from another folder, under another file name and
#   with another number of threads.
#   BRAID=PROGRAM tests/builds/clang.sh [MUTANTS [SEED]]     default: 3000 1
# Ends with `N passed, N failed[, N skipped]`.
set -uo pipefail
cd "$(dirname "$0")/../.."
mutants=${1:-3000} seed=${2:-1}
root=$PWD folder=$PWD/build-clang
optimised=$(realpath "${BRAID:-build-test/braid}")
export CCACHE_SLOPPINESS=pch_defines,time_macros
export CCACHE_NAMESPACE="clang in $root" # a precompiled header holds its path: none of another checkout's
if [ ! -f "$folder/build.ninja" ]; then
  CXX="ccache clang++-14" meson setup "$folder" -Dtests=true -Dwerror=true -Doptimization=0 -Db_sanitize=address,undefined \
    -Db_lundef=false -Db_pch=true '-Dcpp_args=-Xclang -fno-pch-timestamp' >"$folder.log" 2>&1 || { cat "$folder.log"; exit 1; }
fi
if ! ninja -j 2 -k 0 -C "$folder" braid tests/fuzz/fuzz_frontend >"$folder/build.log" 2>&1; then
  grep -E "error:|FAILED|undefined reference" "$folder/build.log" | head -40
  echo "0 passed, 1 failed"
  exit 1
fi

# A finding ends the program with a code that no error of a user has. Leaks at exit are no findings.
export ASAN_OPTIONS=exitcode=99:detect_leaks=0:strict_string_checks=1
export UBSAN_OPTIONS=halt_on_error=1:exitcode=99:print_stacktrace=1
braid=$folder/braid
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=1 failed=0 skipped=0 # the build

# count NAME COMMAND...: a suite that ends with `N passed, N failed`.
count() {
  local name=$1 last code=0
  shift
  "$@" >"$work/log" 2>&1 || code=$?
  if [ $code -eq 77 ]; then
    echo "$name: skipped: $(tail -n 1 "$work/log")"
    skipped=$((skipped + 1))
    return
  fi
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$work/log" | tail -n 1)
  if [[ ! $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] || { [ $code -ne 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; }; then
    failed=$((failed + 1)) last="ended with $code; $last"
  else
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  fi
  echo "$name: $last"
  [ $code -eq 0 ] || tail -n 60 "$work/log"
}

# ends CODE COMMAND...: one command that must end with this code and no finding.
ends() {
  local expected=$1 code=0
  shift
  "$@" >"$work/log" 2>&1 || code=$?
  if [ $code -eq "$expected" ] && ! grep -qE "runtime error:|AddressSanitizer" "$work/log"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "ended with $code, not $expected: $*"
    tail -n 40 "$work/log"
  fi
}

count hostile python3 tests/fuzz/hostile.py "$braid" "${BRAID_SHARED:-$PWD/../shared}/models/hostile"
ends 0 "$folder/tests/fuzz/fuzz_frontend" "$mutants" "$seed" models/*.onnx
echo "fuzz: $(tail -n 1 "$work/log")"
count golden python3 tests/golden/run.py "$braid"

digits=(--input models/digits/images_28x28.npy --divide-by 255 --frames 20)
ends 0 "$braid" run models/mnist_cnn_73k.onnx "${digits[@]}" --labels models/digits/labels.npy --per-layer
ends 0 "$braid" run models/mnist_rescnn_gap.onnx "${digits[@]}" --float --output "$work/out.npy"
for io in parallel stream; do
  ends 0 "$braid" compile models/mnist_mlp_784_16_10.onnx --cluster pynq-z2x2 --fpgas 2 --io $io -o "$work/mlp-$io"
  ends 0 "$braid" verify "$work/mlp-$io" --random 3
done
ends 0 "$braid" compile models/mnist_rescnn_gap.onnx --cluster u280x3 --fpgas 3 -o "$work/residual"
ends 0 "$braid" compile models/mnist_rescnn_gap.onnx --cluster u280x3 --fpgas 2 -o "$work/residual"
ends 0 "$braid" verify "$work/residual" --random 2
ends 0 "$braid" report "$work/residual"
for list in devices links passes backends; do ends 0 "$braid" $list; done

# same MODEL FLAGS...: two programs, two folders, two names of the file, two numbers of threads.
same() {
  local model=$1
  shift
  mkdir -p "$work/one" "$work/two/deeper"
  cp "$root/models/$model" "$work/one/$model"
  cp "$root/models/$model" "$work/two/deeper/other.onnx"
  (cd "$work/one" && "$optimised" compile "$model" "$@" --threads 1 -o out) >"$work/log" 2>&1 &&
    (cd "$work/two" && "$braid" compile deeper/other.onnx "$@" --threads 3 -o deeper/bundle) >"$work/log" 2>&1 &&
    [ -s "$work/one/out/braid.json" ] && diff -rq "$work/one/out" "$work/two/deeper/bundle" >"$work/log"
  if [ $? -eq 0 ]; then
    passed=$((passed + 1))
    echo "$model $*: $(find "$work/one/out" -type f | wc -l) files, the same bytes"
  else
    failed=$((failed + 1))
    echo "$model $*: differs"
    head -n 20 "$work/log"
  fi
  rm -rf "$work/one" "$work/two"
}

same mnist_cnn_73k.onnx --cluster pynq-z2x5 --fpgas 5
same mnist_mlp_784_16_32_10.onnx --cluster u280x2 --fpgas 2
same mnist_rescnn_gap.onnx --cluster u280x3 --fpgas 3
same mnist_rescnn_gap.onnx --cluster pynq-z2x5 --fpgas 4 --precision "ap_fixed<12,5,AP_RND_CONV,AP_SAT>"

if [ $skipped -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ $failed -eq 0 ]
