#!/bin/sh
# The headers of targets/hls/link and the library of XRT host programs: built by each compiler against our simulated
# types and AMD's open ones (from the oracles), and run.
#   tests/link/run.sh [BRAID]      with a program: also the host programs and scripts of bundles it writes
set -u
cd "$(dirname "$0")/../.."
oracles=${BRAID_ORACLES:-.oracles}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

verdict() { # name, status
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); echo "ok      $1"; else failed=$((failed + 1)); echo "FAILED  $1"; fi
}
build_and_run() { # name, compiler, flags..., source
  name=$1; shift
  "$@" -Wno-unknown-pragmas -I targets/hls/link -I targets/hls -I tests/link -o "$work/program" > "$work/log" 2>&1 && "$work/program" >> "$work/log" 2>&1
  status=$?
  [ $status -eq 0 ] || tail -5 "$work/log"
  verdict "$name" $status
}

amd=$(ls -d "$oracles"/lib/python3*/site-packages/hls4ml/templates/vivado/ap_types 2> /dev/null | head -1)
for test in words packets; do
  for compiler in ${CXX:-g++ clang++-14}; do
    command -v "$compiler" > /dev/null || { echo "skipped $test with $compiler: not installed"; skipped=$((skipped + 1)); continue; }
    build_and_run "$test, $compiler" "$compiler" -std=c++11 -O1 -Wall -Wextra -Werror -I targets/hls/include "tests/link/$test.cpp"
  done
  if [ -n "$amd" ]; then
    build_and_run "$test, AMD's types" g++ -std=c++14 -O0 -w -isystem "$amd" -I tests/link/amd_axis "tests/link/$test.cpp"
  elif [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then
    echo "no AMD types below $oracles"; verdict "$test, AMD's types" 1
  else
    echo "skipped $test, AMD's types: not below $oracles"; skipped=$((skipped + 1))
  fi
done

for compiler in ${CXX:-g++ clang++-14}; do
  command -v "$compiler" > /dev/null || continue
  "$compiler" -std=c++17 -O0 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I targets/vnx/templates -I tests/link/xrt_stub -I tests/link \
    tests/link/xrt_host.cpp -o "$work/xrt_host" -pthread > "$work/log" 2>&1 && "$work/xrt_host" "$work" >> "$work/log" 2>&1
  status=$?
  [ $status -eq 0 ] || tail -20 "$work/log"
  verdict "XRT host library, $compiler" $status
done

python=$oracles/bin/python
if [ -x "$python" ]; then
  "$python" -B tests/link/client_numbers.py > "$work/log" 2>&1; status=$?
  [ $status -eq 0 ] || tail -5 "$work/log"
  verdict "numbers of the PYNQ client" $status
elif [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then
  echo "no Python with NumPy below $oracles"; verdict "numbers of the PYNQ client" 1
else
  echo "skipped numbers of the PYNQ client: no Python with NumPy below $oracles"; skipped=$((skipped + 1))
fi

python3 -B tests/link/wire_bytes.py > "$work/log" 2>&1; status=$?
[ $status -eq 0 ] || tail -5 "$work/log"
verdict "bytes of a frame over TCP" $status

if [ $# -gt 0 ]; then
  python3 -B tests/link/wire_bytes.py "$1" models/mnist_cnn_73k.onnx pynq-z2x5 5 > "$work/log" 2>&1; status=$?
  [ $status -eq 0 ] || tail -5 "$work/log"
  verdict "reported bytes of a frame over TCP are those sent" $status

  "$1" compile models/mnist_mlp_784_16_32_10.onnx --cluster u280-chain-3 --fpgas 3 -o "$work/cards" > "$work/log" 2>&1 &&
    g++ -std=c++17 -fsyntax-only -Wall -Wextra -Wshadow -Wconversion -Werror -I tests/link/xrt_stub "$work"/cards/host/*.cpp >> "$work/log" 2>&1
  status=$?; [ $status -eq 0 ] || tail -20 "$work/log"
  verdict "emitted XRT host programs compile" $status

  # Stand-ins for v++ and the like: they make what they are asked to make.
  mkdir -p "$work/bin"
  printf '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && { mkdir -p "$(dirname "$2")"; : > "$2"; }; shift; done\n' > "$work/bin/v++"
  chmod +x "$work/bin/v++"
  status=0
  for card in card0 card1 card2; do
    vnx="$work/vnx"; xsa=xilinx_u280_gen3x16_xdma_1_202211_1
    mkdir -p "$vnx/Ethernet/_x.$xsa" "$vnx/NetLayers/_x.$xsa"
    touch "$vnx/Ethernet/_x.$xsa/cmac_0.xo" "$vnx/Ethernet/_x.$xsa/cmac_1.xo" "$vnx/NetLayers/_x.$xsa/networklayer.xo"
    (cd "$work/cards/$card/link" && PATH="$work/bin:$PATH" make VNX="$vnx" > "$work/log" 2>&1 &&
      ls build/*.xclbin > /dev/null && grep -q "userPostSysLinkOverlayTcl=$vnx/Ethernet/post_sys_link.tcl" build/connectivity.cfg) || status=1
  done
  [ $status -eq 0 ] || tail -20 "$work/log"
  verdict "emitted Makefiles build every card with a stand-in for v++" $status

  "$1" compile models/mnist_mlp_784_16_32_10.onnx --cluster pynq-five --fpgas 3 -o "$work/boards" > "$work/log" 2>&1 &&
    python3 -m py_compile "$work"/boards/host/*.py >> "$work/log" 2>&1
  status=$?; [ $status -eq 0 ] || tail -20 "$work/log"
  verdict "emitted Python hosts are Python" $status
  if command -v tclsh > /dev/null; then
    status=0
    for script in "$work"/boards/board*/link/*.tcl "$work"/cards/card*/link/*.tcl; do
      echo 'foreach f $argv { set c [open $f]; set t [read $c]; close $c; if {![info complete $t]} { puts "$f is not complete"; exit 1 } }' |
        tclsh /dev/stdin "$script" || status=1
    done
    verdict "emitted Tcl scripts are complete" $status
  fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
