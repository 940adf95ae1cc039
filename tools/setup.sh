#!/bin/sh
# Installs what braid needs on Debian 12 and does nothing where it is already there.
#
#   tools/setup.sh          what building needs
#   tools/setup.sh --test   also what the tests need: Debian packages, and the Python oracles in .oracles/
#
# BRAID_ORACLES=DIR            the virtual environment of the oracles (default: .oracles at the repository's root)
# BRAID_REQUIRE_ORACLES=1      fail, instead of warn, when the oracles cannot be installed
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# llvm-14-dev is linked statically: its system libraries (z, z3, xml2, tinfo) come with it.
# libonnx-dev is here for onnx.proto, libgraphviz-dev for the layout of pictures.
build_packages='g++ make meson ninja-build pkg-config python3 xz-utils ccache
  libprotobuf-dev protobuf-compiler libonnx-dev nlohmann-json3-dev libcli11-dev libfmt-dev
  nettle-dev llvm-14-dev zlib1g-dev libgraphviz-dev graphviz'
test_packages='catch2 clang-14 libclang-rt-14-dev clang-format-14 iverilog libonnx-testdata python3-venv tcl coinor-cbc'

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }
say() { printf 'setup: %s\n' "$*" >&2; }

packages=$build_packages
with_tests=no
for argument in "$@"; do
  case $argument in
    --test) with_tests=yes packages="$build_packages $test_packages" ;;
    -h | --help) usage; exit 0 ;;
    *) say "unknown argument '$argument'"; usage >&2; exit 2 ;;
  esac
done

installed() {
  dpkg -s "$1" 2>/dev/null | grep -q '^Status: .* ok installed$'
}

run_apt() {
  if [ "$(id -u)" = 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900 "$@"
  else
    sudo DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900 "$@"
  fi
}

install_packages() {
  missing=
  for package in $packages; do
    installed "$package" || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  say "installing$missing"
  # Old package lists often still work; new ones are fetched only when they do not.
  # shellcheck disable=SC2086 # $missing is a list
  run_apt install -y -q --no-install-recommends $missing && return 0
  run_apt update -q
  # shellcheck disable=SC2086
  run_apt install -y -q --no-install-recommends $missing
}

# Whether the environment holds exactly the pinned versions.
oracles_match() {
  "$venv/bin/python" - "$requirements" <<'PYTHON' 2>/dev/null
import importlib.metadata, sys
for line in open(sys.argv[1], encoding="utf-8"):
    name, _, version = line.split("#")[0].strip().partition("==")
    if name and importlib.metadata.version(name) != version:
        sys.exit(1)
PYTHON
}

fill_oracles() {
  "$venv/bin/python" -c 'import pip' 2>/dev/null || /usr/bin/python3 -m venv --clear "$venv" || return 1
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 2 --timeout 60 \
    --no-deps -r "$requirements" || return 1
  oracles_match
}

install_oracles() {
  requirements=$root/tools/oracle_requirements.txt
  venv=${BRAID_ORACLES:-$root/.oracles}
  stamp=$venv/requirements.sha256
  wanted=$(sha256sum <"$requirements")
  if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then
    return 0
  fi
  if ! oracles_match; then
    say "installing the oracles of tools/oracle_requirements.txt into $venv"
    if ! fill_oracles; then
      if [ "${BRAID_REQUIRE_ORACLES:-0}" = 1 ]; then
        say "error: the oracles could not be installed, and BRAID_REQUIRE_ORACLES=1"
        return 1
      fi
      say "warning: the oracles could not be installed; tests that need them will be skipped"
      return 0
    fi
  fi
  # A read-only environment is as good: it is only compared again the next time.
  (printf '%s\n' "$wanted" >"$stamp") 2>/dev/null || true
}

install_packages
[ "$with_tests" = no ] || install_oracles
