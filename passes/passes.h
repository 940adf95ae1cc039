// The passes, one a file; registry.cpp lists them in order.
#pragma once

#include "braid/pass/pass.h"

namespace braid::pass {

llvm::Error verifySource(Design &design);
llvm::Error simplify(Design &design);
llvm::Error fuse(Design &design);
llvm::Error streamline(Design &design);
llvm::Error type(Design &design);
/// The typed model of a streamlined one.
llvm::Expected<ir::Model> typeIntegers(const ir::Model &source);
llvm::Error verifyTyped(Design &design);
llvm::Error partition(Design &design);
llvm::Error splitLayers(Design &design);
llvm::Error realise(Design &design);
llvm::Error verifyPlan(Design &design);

} // namespace braid::pass
