#!/bin/sh
# Synthesises the units of @NAME@, some at a time, and joins them to one IP. Needs Vitis HLS and Vivado.
#   ./build.sh [JOBS]
set -eu
cd "$(dirname "$0")"
export VITIS_HLS="${VITIS_HLS:-vitis_hls}"

# A unit whose IP is younger than its files stays as it is.
ls units | xargs -P "${1:-$(nproc)}" -I UNIT sh -c '
  cd units/UNIT
  ip=project_UNIT/sol1/impl/ip/component.xml
  [ -f "$ip" ] && [ -z "$(find . -maxdepth 1 -type f ! -name "*.log" -newer "$ip")" ] && exit 0
  rm -rf project_UNIT
  "$VITIS_HLS" -f hls_syn_UNIT.tcl > synthesis.log 2>&1 || { echo "UNIT: see units/UNIT/synthesis.log" >&2; exit 1; }
'
"${VIVADO:-vivado}" -mode batch -nojournal -log stitched/vivado.log -source stitched/make_project.tcl
