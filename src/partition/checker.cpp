// braid-certify problem.json certificate.json: checks a plan, and the proof that none is better, by itself:
// includes nothing of the rest of braid. README.md says what is to be proved and why that proves it. Ends
// with 0 where all of it holds, 4 where some of it does not, 1 where a file is not what it should be.
#include "checker_claims.h"

#include <iostream>

int main(int argc, char **argv) {
  using namespace braid::certify;
  if (argc != 3) {
    std::cerr << "usage: braid-certify problem.json certificate.json\n";
    return 2;
  }
  try {
    std::cout << judge(readJson(argv[1]), readJson(argv[2])) << "\n";
    return 0;
  } catch (const Rejected &why) {
    std::cout << "rejected: " << why.what() << "\n";
    return 4;
  } catch (const std::exception &why) {
    std::cerr << "braid-certify: " << why.what() << "\n";
  }
  return 1;
}
