#!/usr/bin/env bash
# Measures what README and the issues state, with build/braid (tools/quickstart.sh builds it). Times are the smallest of
# several runs of the whole process; ratios against hls4ml come from its own flow on the same file in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
braid=${BRAID:-build/braid}
oracles=${BRAID_ORACLES:-.oracles}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# best NAME RUNS COMMAND...: smallest wall time in ms and largest resident memory in MB.
best() {
  local name=$1 runs=$2
  shift 2
  python3 - "$name" "$runs" "$@" <<'PY'
import os, resource, subprocess, sys, time
name, runs, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
times, peak = [], 0
for _ in range(runs):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    times.append(time.perf_counter() - start)
    peak = max(peak, usage.ru_maxrss)
    if status:
        sys.exit(f"{name}: failed")
print(f"| {name} | {min(times) * 1e3:.1f} ms | {peak / 1024:.0f} MB |")
PY
}

echo "| what | time | memory |"
echo "|---|--:|--:|"
best "braid --version" 20 "$braid" --version
best "compile MNIST CNN over 5 boards" 10 "$braid" compile models/mnist_cnn_73k.onnx --cluster pynq-z2x5 --fpgas 5 -o "$work/cnn"
best "plan MNIST CNN over 5 boards" 10 "$braid" plan models/mnist_cnn_73k.onnx --cluster pynq-z2x5 --fpgas 5
if [ -x "$oracles/bin/python" ]; then
  "$oracles/bin/python" tools/gen_resnet18.py "$work/resnet18.onnx" >/dev/null
  best "import ResNet-18" 3 "$braid" inspect "$work/resnet18.onnx"
  rm -rf "$work/r18"
  best "compile ResNet-18 over 2 U280" 1 "$braid" compile "$work/resnet18.onnx" --cluster u280x2 --fpgas 2 -o "$work/r18"
  du -sm "$work/r18" | awk '{print "bundle of ResNet-18: " $1 " MB"}'
fi
