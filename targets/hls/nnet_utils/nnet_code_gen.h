// Code generated per layer. A project whose layers need some carries its own file of this name, with
// fill_buffer classes (io_parallel convolutions); this one is for projects whose layers need none.
#pragma once

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_conv1d_latency.h"
#include "nnet_function_stubs.h"
#include "nnet_helpers.h"
#include "nnet_mult.h"
