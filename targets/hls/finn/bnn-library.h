// Everything that a project of the FINN style calls.
#pragma once

#include <ap_int.h>
#include <hls_stream.h>

#include "activations.hpp"
#include "braid_units.hpp"
#include "dma.h"
#include "eltwise.hpp"
#include "interpret.hpp"
#include "maxpool.h"
#include "mvau.hpp"
#include "pool.hpp"
#include "slidingwindow.h"
#include "streamtools.h"
#include "upsample.hpp"
#include "vvau.hpp"
#include "weights.hpp"
