#!/bin/sh
# Runs an oracle program with the Python of the oracles:  tests/oracle/oracle.sh run_onnx ARGUMENTS...
#
# Without that Python the exit code is 77, which Meson counts as skipped, or 1 where BRAID_REQUIRE_ORACLES=1.
# Programs are the .py files beside this one, named without the ending; a path to another .py file works too.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
python=${BRAID_ORACLES:-$here/../../.oracles}/bin/python
if [ $# -lt 1 ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
if [ ! -x "$python" ]; then
  printf 'oracles: no %s; tools/setup.sh --test installs them\n' "$python" >&2
  [ "${BRAID_REQUIRE_ORACLES:-0}" != 1 ] || exit 1
  exit 77
fi
case $1 in
  *.py) program=$1 ;;
  *) program=$here/$1.py ;;
esac
shift
PYTHONDONTWRITEBYTECODE=1 exec "$python" "$program" "$@"
