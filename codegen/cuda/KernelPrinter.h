// The printer of one kernel. EmitKernel.cpp prints bodies, EmitLibrary.cpp instances of the device library.
#pragma once
#include "codegen/cuda/Emit.h"
#include "codegen/cuda/EmitExpr.h"
#include "codegen/cuda/JoinedKernel.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace dlc::cuda {

using namespace mlir;

/// How a kernel is printed that is a part of another one.
struct PartText {
  int64_t sharedBytes = 0;         // what the kernel has for its parts to work in, in turn
  llvm::DenseSet<int64_t> aliased; // arguments whose memory may be another one's
  bool narrow = false;             // only some threads of the block run it, while others wait behind it
};

class KernelPrinter {
public:
  KernelPrinter(gpu::GPUFuncOp kernel, raw_ostream &os, const PartText *part = nullptr)
      : kernel(kernel), os(os), part(part), indexBits(kernel->getAttrOfType<IntegerAttr>("dlc.index_bits").getInt()) {}

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
  const PartText *part; // null: a kernel of its own
  int64_t indexBits;
  int depth = 1;
  DenseMap<Value, std::string> names;
  DenseMap<Value, Expr> inlined;

  raw_ostream &line() { return os.indent(2 * depth); }
  void heading();
  LogicalResult joined(ArrayRef<gpu::GPUFuncOp> parts);
  LogicalResult chained(ArrayRef<gpu::GPUFuncOp> links);
  /// The opening of the kernel's function; names its arguments.
  LogicalResult signature();
  /// Where a thread stands in its block. Kernels with parts have one row of threads.
  Expr threadText(gpu::Dimension dim);
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
