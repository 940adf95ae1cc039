#!/usr/bin/env bash
# From a fresh clone to a result: installs what is missing, builds build/braid, splits a convolutional MNIST network over
# five PYNQ-Z2 boards, proves on real digits that the boards compute what the network does, and prints the report.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1
[ -f build/build.ninja ] || meson setup build >/dev/null
ninja -C build
build/braid compile models/mnist_cnn_73k.onnx --cluster pynq-z2x5 --fpgas 5 -o build/quickstart
build/braid verify build/quickstart --input models/digits/images_28x28.npy --divide-by 255 --labels models/digits/labels.npy
echo
echo "The bundle is in build/quickstart; build/quickstart/report/report.html shows the plan in a browser."
