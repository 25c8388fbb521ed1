// Binding of named dimension symbols: symbolic shapes become static ones.
#pragma once
#include "ir/Dialect.h"
#include "mlir/Pass/Pass.h"
#include <array>
#include <map>

namespace dlc {

/// Symbol's name to its size, 0 or more.
using SymbolBindings = std::map<std::string, int64_t>;
/// Input's name to the shape that somebody gave for it.
using InputShapes = std::map<std::string, SmallVector<int64_t>>;

/// The model's function: `@main`, or the only public function with a body. An error tells which there are.
FailureOr<func::FuncOp> findMain(ModuleOp module);

/// The name of an input: its `dlc.name`, or `arg<i>`.
std::string inputName(func::FuncOp func, unsigned index);
std::string outputName(func::FuncOp func, unsigned index);

/// What the symbols of `func`'s inputs must be for its inputs to have these shapes. Inputs that are not in `shapes` say
/// nothing. Errors (at the input's location): no such input, another rank, a static dimension that differs, two inputs
/// that want different values of one symbol, a size that an expression cannot have.
FailureOr<SymbolBindings> findBindings(func::FuncOp func, const InputShapes &shapes);

/// Symbols that stay open, each with the range of its sizes: a name, or "input:name" or "input:0" for the symbol that
/// is that dimension of an input. Becomes the module attribute `dlc.symbols`. Errors: no such input, symbol or
/// dimension; a range that is empty or begins below 1, or does not go from one multiple of its step to another. With a
/// step, the symbol becomes that many times another.
using GivenRanges = std::map<std::string, std::array<int64_t, 3>>; ///< lowest, highest, step
LogicalResult declareSymbols(ModuleOp module, func::FuncOp func, const GivenRanges &ranges);

/// Replaces the symbols everywhere in the module: types of values, function types, attributes. Those that `dlc.symbols`
/// declares may stay. An input with a symbol that is neither bound nor declared is an error that names both.
LogicalResult specialize(ModuleOp module, const SymbolBindings &bindings);

/// `dlc-specialize{symbols=batch=128,seq=64}`.
std::unique_ptr<Pass> createSpecializePass(const SymbolBindings &bindings = {});

} // namespace dlc
