// Sliding windows and downsampling; the cases are configs.py's.
#include "windows.h"

using namespace test;

int main() {
#include "windows.inc"
  return failures() != 0;
}
