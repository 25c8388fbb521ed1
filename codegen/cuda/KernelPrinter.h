// The printer of one kernel. EmitKernel.cpp prints bodies, EmitLibrary.cpp instances of the device library.
#pragma once
#include "codegen/cuda/Emit.h"
#include "codegen/cuda/EmitExpr.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace dlc::cuda {

using namespace mlir;

class KernelPrinter {
public:
  KernelPrinter(gpu::GPUFuncOp kernel, raw_ostream &os)
      : kernel(kernel), os(os), indexBits(kernel->getAttrOfType<IntegerAttr>("dlc.index_bits").getInt()) {}

  LogicalResult print();

private:
  LogicalResult library(DictionaryAttr call);
  LogicalResult routine(DictionaryAttr call);
  LogicalResult epilogue(gpu::GPUFuncOp function);
  /// A size of the description: a number, or the argument that holds it.
  std::string sizeText(AffineExpr size);
  std::string numberText(DictionaryAttr dict, StringRef name);
  std::string listText(DictionaryAttr dict, StringRef name);
  std::string axisText(DictionaryAttr dict, StringRef name);
  /// Sizes are passed as i64 (the runtime's ABI); the kernel counts in fewer bits where that is enough.
  std::string valueText(StringRef name) const { return indexBits == 64 ? name.str() : ("i32(" + name + ")").str(); }
  LogicalResult operandText(StringRef name, DictionaryAttr operand);
  gpu::GPUFuncOp kernel;
  raw_ostream &os;
  int64_t indexBits;
  int depth = 1;
  DenseMap<Value, std::string> names;
  DenseMap<Value, Expr> inlined;

  raw_ostream &line() { return os.indent(2 * depth); }
  void heading();
  LogicalResult block(Block &block);
  LogicalResult statement(Operation &op);
  LogicalResult forLoop(scf::ForOp loop);
  LogicalResult branch(scf::IfOp branch);
  LogicalResult define(Operation *op, const Expr &expr);
  Expr operand(Value value);
  std::string type(Type t) const { return typeText(t, indexBits); }
  /// buffer[i][j] or buffer + i
  std::string element(Value buffer, ValueRange indices);
  std::string address(Value buffer, ValueRange indices);
  static bool isLanes(Value buffer) { return bool(buffer.getDefiningOp<memref::AllocaOp>()); }
  LogicalResult unsupported(Operation *op) {
    return op->emitError("the CUDA emitter has no text for '")
           << op->getName() << "' with operand types (" << op->getOperandTypes() << ") and results ("
           << op->getResultTypes() << ") in kernel '" << kernel.getName() << "'";
  }
};

} // namespace dlc::cuda
