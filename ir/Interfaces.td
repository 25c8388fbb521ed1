// What passes may ask an operator. Passes ask these; they never list operators.
#ifndef DLC_INTERFACES_TD
#define DLC_INTERFACES_TD

include "mlir/IR/OpBase.td"

def DLC_OperatorInterface : OpInterface<"OperatorInterface"> {
  let cppNamespace = "::dlc";
  let description = "Every operator of the dialect: its version, as model files record it.";
  let methods = [
    StaticInterfaceMethod<"Version of the operator's meaning and attributes; model files with older ones are upgraded.",
      "unsigned", "getOpVersion", (ins), [{}], [{ return 1; }]>
  ];
}

def DLC_ScalarExprOpInterface : OpInterface<"ScalarExprOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Elementwise operators: one result element from the operands' elements at the same index. Operand values are
    signless; 16-bit floats come as f32. The same expression serves CPU and CUDA.
  }];
  let methods = [
    InterfaceMethod<"Builds arith/math operations that compute one element.",
      "::mlir::Value", "buildScalar", (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
                                           "::mlir::ValueRange":$args)>,
    InterfaceMethod<"Rough cost of an element in floating-point operations.", "int64_t", "getScalarFlops", (ins), [{}],
                    [{ return 1; }]>
  ];
}

def DLC_IndexedOpInterface : OpInterface<"IndexedOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Operators whose result elements are read or computed at other indices of their operands: broadcast, transpose,
    slice, pad, concat, gather, windows, random numbers. `index` has one entry for each result dimension.
  }];
  let methods =
      [InterfaceMethod<"Builds the element of result `result` at `index`; `read` gives an operand's element.",
                       "::mlir::Value", "buildElement",
                       (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "unsigned":$result,
                           "::dlc::Index":$index, "::dlc::ReadFn":$read)>,
       InterfaceMethod<"The same of all results at once, for operators that have several.",
                       "::llvm::SmallVector<::mlir::Value>", "buildElements",
                       (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::dlc::Index":$index,
                           "::dlc::ReadFn":$read), [{}], [{
        return {$_op.buildElement(builder, loc, 0, index, read)};
      }]>,
       InterfaceMethod<"How many operand elements one result element reads; more than 1 for a window.", "int64_t",
                       "getReadsPerElement", (ins), [{}], [{ return 1; }]>,
       InterfaceMethod<
           "Whether computing an element anew costs less than reading it back: such operators are repeated in "
           "every fusion that reads them.",
           "bool", "isCheap", (ins), [{}], [{ return false; }]>,
       InterfaceMethod<"Whether the result is operand 0's memory under another shape: never a kernel.", "bool",
                       "isView", (ins), [{}], [{ return false; }]>,
       InterfaceMethod<"If result[i..] is operand 0 at (i[d] for d in the projection), the projection.",
                       "std::optional<::llvm::SmallVector<int64_t>>", "getProjection", (ins), [{}],
                       [{ return std::nullopt; }]>,
       InterfaceMethod<
           "If the result is the operands one after the other in memory: the element at which each begins. Operands "
           "computed there need no copy.",
           "std::optional<::llvm::SmallVector<int64_t>>", "getPlaces", (ins), [{}], [{ return std::nullopt; }]>,
       InterfaceMethod<
           "If the result is operand 0 with its dimensions in another order: where each result dimension comes "
           "from.",
           "std::optional<::llvm::SmallVector<int64_t>>", "getPermutation", (ins), [{}], [{ return std::nullopt; }]>,
       InterfaceMethod<"Whether several result elements read one element of an operand: arithmetic in front would be "
                       "repeated.",
                       "bool", "repeatsOperands", (ins), [{}], [{
        return $_op->getNumOperands() > 0 &&
               ::dlc::typicalElements($_op->getResult(0).getType()) > ::dlc::typicalElements($_op->getOperand(0).getType());
      }]>];
}

def DLC_ReductionOpInterface : OpInterface<"ReductionOpInterface"> {
  let cppNamespace = "::dlc";
  let description = "Operators that fold dimensions of operand 0 into accumulators, one accumulator a result.";
  let methods = [
    InterfaceMethod<"The operand's dimensions that are folded, ascending.", "::llvm::SmallVector<int64_t>",
      "getReducedDims", (ins)>,
    InterfaceMethod<"Values that change nothing when combined: one scalar constant a result.",
      "::llvm::SmallVector<::mlir::TypedAttr>", "getIdentities", (ins)>,
    InterfaceMethod<"Accumulators after one more element; `position` is its flat row-major index among the folded "
                    "dimensions.",
      "::llvm::SmallVector<::mlir::Value>", "buildCombine", (ins "::mlir::OpBuilder &":$builder,
        "::mlir::Location":$loc, "::mlir::ValueRange":$acc, "::mlir::Value":$element, "::mlir::Value":$position)>,
    InterfaceMethod<"Whether `buildCombine` looks at the position.", "bool", "usesPosition", (ins), [{}],
                    [{ return false; }]>
  ];
}

def DLC_ContractionOpInterface : OpInterface<"ContractionOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Sums of products that a library or a tiled kernel computes (dot_general, conv). Fusions keep the operator itself;
    `buildTerm` says what it means: result[index] = sum over `reduced` of the term.
  }];
  let methods =
      [InterfaceMethod<"Extents of the dimensions that are summed over, as getDims gives them.",
                       "::llvm::SmallVector<::mlir::AffineExpr>", "getReductionExtents", (ins)>,
       InterfaceMethod<"Builds one product.", "::mlir::Value", "buildTerm",
                       (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::dlc::Index":$index,
                           "::dlc::Index":$reduced, "::dlc::ReadFn":$read)>,
       InterfaceMethod<"Multiplications and additions of the whole operator.", "int64_t", "getFlops", (ins)>,
       InterfaceMethod<
           "Whether kernels can store the result with its dimensions in the order `perm`: rows stay whole, and "
           "rows and batches are each one even step apart.",
           "bool", "storesInOrder", (ins "::llvm::ArrayRef<int64_t>":$perm), [{}], [{ return false; }]>,
       InterfaceMethod<
           "The operand and the dimension of it that the result's dimension `dim` is, if it is one operand's alone.",
           "std::optional<std::pair<unsigned, int64_t>>", "getOperandDim", (ins "int64_t":$dim)>,
       InterfaceMethod<
           "The dimension of the other operand that dimension `dim` of `operand` is multiplied with element by "
           "element and summed over; nothing for batches and where padding or windows come in.",
           "std::optional<int64_t>", "getSummedWith", (ins "unsigned":$operand, "int64_t":$dim)>];
}

def DLC_RoutineOpInterface : OpInterface<"RoutineOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Operators that are neither maps nor folds: each target has a routine, written by hand, that computes one as a whole,
    in a kernel of its own.
  }];
  let methods = [
    InterfaceMethod<"The routine and what it is told.", "::dlc::Routine", "getRoutine", (ins)>,
    InterfaceMethod<"The same results from routines that hold at most `capacity` elements of a row at a time; nothing if "
                    "this one does.", "::llvm::SmallVector<::mlir::Value>", "buildPieces",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "int64_t":$capacity), [{}], [{ return {}; }]>
  ];
}

def DLC_LayoutOpInterface : OpInterface<"LayoutOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    How an operator meets another order of dimensions. Elementwise operators need not answer: they work in any order.
  }];
  let methods = [
    InterfaceMethod<"The same results from operators that work channels last, with transposes around them; nothing if "
                    "this one does so already or does not care.", "::mlir::Value", "buildChannelsLast",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc), [{}], [{ return ::mlir::Value(); }]>,
    InterfaceMethod<"With operand 0 being transpose(source, perm): this operator on the source itself. The result was "
                    "transpose(returned value, resultPerm); so were further results, of the same operator. Null if it "
                    "cannot.", "::mlir::Value", "buildSunk",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::dlc::UntransposeFn":$untranspose,
           "::llvm::ArrayRef<int64_t>":$perm, "::llvm::SmallVectorImpl<int64_t> &":$resultPerm),
      [{}], [{ return ::mlir::Value(); }]>,
    InterfaceMethod<"transpose(result, perm) without a transpose, where that costs nothing (a broadcast, a constant). "
                    "Null if it cannot.", "::mlir::Value", "buildPermuted",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::llvm::ArrayRef<int64_t>":$perm),
      [{}], [{ return ::mlir::Value(); }]>
  ];
}

def DLC_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    The vector-Jacobian product as dlc operators, or a stated reason why there is none. `grads` holds the gradient of
    each result (null where nothing flows); a null entry of `operandGrads` means zero.
  }];
  let methods = [
    InterfaceMethod<"Why there is no gradient; empty if there is one.", "::llvm::StringRef", "getNoGradientReason",
      (ins), [{}], [{ return ""; }]>,
    InterfaceMethod<"Whether what comes back is chosen and not the derivative: straight through, or stopped.", "bool",
      "isChosen", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"Fills one gradient an operand.", "void", "buildVjp", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::ValueRange":$grads,
      "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGrads), [{}], [{ (void)operandGrads; }]>,
    InterfaceMethod<[{The same for operators with regions, whose blocks `differentiate` takes; `active` are the operands
      whose gradients are wanted. Where the operator had to be built anew, to hand out what its gradient reads, the
      values that stand for its results; else none. Failure: an error was emitted.}],
      "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildRegionVjp", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::ValueRange":$grads, "const ::llvm::BitVector &":$active,
      "::dlc::DifferentiateFn":$differentiate, "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGrads), [{}], [{
        (void)active;
        (void)differentiate;
        $_op.buildVjp(builder, loc, grads, operandGrads);
        return ::llvm::SmallVector<::mlir::Value>();
      }]>
  ];
}

def DLC_ControlOpInterface : OpInterface<"ControlOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Operators that run regions, each an isolated block that ends in dlc.yield: which of them, and how often, is decided
    in the middle of a run.
  }];
  let methods = [
    InterfaceMethod<"How operands become the regions' arguments, and what they yield results.", "::dlc::Control",
      "getControl", (ins)>
  ];
}

def DLC_TrainingOpInterface : OpInterface<"TrainingOpInterface"> {
  let cppNamespace = "::dlc";
  let description = [{
    Operators that do something else in a step of training than in a forward model: statistics of the batch that they
    look at, random numbers of their own for each step.
  }];
  let methods = [
    InterfaceMethod<[{What replaces the results in step number `step` (an i64 scalar); none if nothing does. `updates`
      takes weights that the step changes although no gradient leads to them, each with its new value.}],
      "::llvm::SmallVector<::mlir::Value>", "buildTraining", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::Value":$step,
      "::llvm::SmallVectorImpl<std::pair<::mlir::Value, ::mlir::Value>> &":$updates)>
  ];
}

def DLC_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::dlc";
  let description = "Composites: the same thing in core operators.";
  let methods = [
    InterfaceMethod<"Builds the replacement of each result.", "::llvm::SmallVector<::mlir::Value>", "buildDecomposition",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc)>
  ];
}

#endif
