// Vector-vector units; the cases are configs.py's.
#include "products.h"

using namespace test;

int main() {
#include "vectors.inc"
  return failures() != 0;
}
