// What most tests include, parsed once.
#include "../../src/pch/pch.h"

#include <catch2/catch.hpp>
