// The dlc dialect: its attributes and the base class of its operators.
#ifndef DLC_DIALECT_TD
#define DLC_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "ir/Interfaces.td"

def DLC_Dialect : Dialect {
  let name = "dlc";
  let cppNamespace = "::dlc";
  let summary = "Deep-learning graphs with value semantics, from import to plan";
  let description = [{
    Tensors are builtin ranked tensors. Element types: f64, f32, f16, bf16, i8 to i64 (signed, written signless),
    ui8 to ui64, i1 (bool). A dimension that is not known is `?`; its expression over named symbols stands in the
    type's encoding, `#dlc.dims<[batch, 2*seq+1, 768]>`. Broadcasts are explicit.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasCanonicalizer = 1;
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
                           "::mlir::affine::AffineDialect"];
  let extraClassDeclaration = [{
    /// Position of a named dimension symbol among affine symbols; the same name always gets the same position.
    unsigned symbolPosition(::llvm::StringRef name);
    std::string symbolName(unsigned position) const;
    /// The blobs that weights of this context refer to.
    WeightStore &weights() { return *store; }

  private:
    void registerAttributes();
    std::shared_ptr<WeightStore> store;
    std::shared_ptr<struct DimensionSymbols> dimensionSymbols;

  public:
  }];
}

//===--- Attributes ---------------------------------------------------------------------------------------------===//

class DLC_Attr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<DLC_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def DLC_DimsAttr : DLC_Attr<"Dims", "dims"> {
  let summary = "A tensor's dimensions as canonical expressions over named symbols";
  let description = [{
    `#dlc.dims<[batch, 2*seq+1, 768]>`: one affine expression a dimension; symbols are named. It is the encoding of a
    tensor type with `?`; since expressions are canonical, types are equal exactly when shapes are.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::AffineExpr">:$exprs);
  let hasCustomAssemblyFormat = 1;
}

def DLC_BlobAttr : DLC_Attr<"Blob", "blob"> {
  let summary = "Bytes in a file: a weight's value";
  let description = [{
    `#dlc.blob<"weights.bin", 128, 4096, "0123456789abcdef">`: file (beside the dump, or a name that the context's
    WeightStore knows), offset and size in bytes, XXH64 of the bytes as hexadecimal text.
  }];
  let parameters = (ins StringRefParameter<>:$file, "uint64_t":$offset, "uint64_t":$size, StringRefParameter<>:$hash);
  let assemblyFormat = "`<` $file `,` $offset `,` $size `,` $hash `>`";
}

def DLC_RuleAttr : DLC_Attr<"Rule", "rule"> {
  let summary = "A rule that makes a weight's first value on the host";
  let description = [{
    `#dlc.rule<"kaiming_uniform", [2.236068]>`. Rules: `zeros`; `constant` [value]; `uniform` [low, high];
    `normal` [mean, deviation]; `kaiming_uniform` [a] and `kaiming_normal` [a] (fan-in: the product of all dimensions
    but the first); `fan_in_uniform` [fan_in] (bound 1/sqrt(fan_in)); `xavier_uniform` [gain].
    Philox, key = the run's seed, counter = (weight's number, element), so every device starts from the same bits.
  }];
  let parameters = (ins StringRefParameter<>:$name, "::mlir::DenseF64ArrayAttr":$params);
  let hasCustomAssemblyFormat = 1;
}

def DLC_DerivedAttr : DLC_Attr<"Derived", "derived"> {
  let summary = "The value of a weight that @init computes from others, once, when a program is loaded";
}

def DLC_TargetAttr : DLC_Attr<"Target", "target"> {
  let summary = "What a module is compiled for";
  let description = "`#dlc.target<\"cpu\", \"x86-64-v3\">`, `#dlc.target<\"cuda\", \"base\">`: kind and architecture.";
  let parameters = (ins StringRefParameter<>:$kind, StringRefParameter<>:$arch);
  let assemblyFormat = "`<` $kind `,` $arch `>`";
  let extraClassDeclaration = [{
    bool isCpu() const { return getKind() == "cpu"; }
    bool isCuda() const { return getKind() == "cuda"; }
    /// `cpu:x86-64-v3`, as a .dlx names its variants.
    std::string str() const { return (getKind() + ":" + getArch()).str(); }
  }];
}

//===--- Operators ----------------------------------------------------------------------------------------------===//

def DLC_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;
def DLC_FloatTensor : RankedTensorOf<[AnyFloat]>;
def DLC_IntTensor : RankedTensorOf<[AnyInteger]>;
def DLC_BoolTensor : RankedTensorOf<[I1]>;

class DLC_Op<string mnemonic, list<Trait> traits = []>
    : Op<DLC_Dialect, mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<DLC_OperatorInterface>])>;

/// Operators whose result types follow from operands and attributes: shape inference with located diagnostics.
class DLC_InferredOp<string mnemonic, list<Trait> traits = []>
    : DLC_Op<mnemonic, !listconcat(traits, [Pure, InferTypeOpAdaptorWithIsCompatible])>;

#endif
