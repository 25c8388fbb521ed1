// The plan: memory and steps. The only place where anything aliases.
#ifndef DLC_PLAN_TD
#define DLC_PLAN_TD
include "ir/Dialect.td"

def DLC_BufferKind : I32EnumAttr<"BufferKind", "what memory a buffer lies in", [
    I32EnumAttrCase<"input", 0>, I32EnumAttrCase<"output", 1>, I32EnumAttrCase<"weight", 2>,
    I32EnumAttrCase<"state", 3>, I32EnumAttrCase<"arena", 4>, I32EnumAttrCase<"constant", 5>]> {
  let cppNamespace = "::dlc";
  let genSpecializedAttr = 0;
}
def DLC_BufferKindAttr : EnumAttr<DLC_Dialect, DLC_BufferKind, "buffer_kind">;

def DLC_PlanOp : DLC_Op<"plan", [Symbol, IsolatedFromAbove, NoTerminator, SingleBlock]> {
  let summary = "One function as steps on buffers, in the order in which they may run";
  let description = [{
    `arena` is the bytes that all arena buffers need together. The plan marked `init` runs once, when a program is
    loaded; it writes weights whose value is `#dlc.derived`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DLC_TargetAttr:$target, I64Attr:$arena);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `target` `=` $target `arena` `=` $arena $body attr-dict";
}

def DLC_BufferOp : DLC_Op<"buffer", [HasParent<"PlanOp">]> {
  let summary = "Memory that steps name";
  let description = [{
    `at` is the byte offset into the input, output, weight, state or constant that `symbol` names, or into the arena.
    `name` is the source tensor.
  }];
  let arguments = (ins DLC_BufferKindAttr:$kind, StrAttr:$symbol, I64Attr:$at, StrAttr:$name);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$kind $symbol `at` $at `name` $name attr-dict `:` type($result)";
}

def DLC_StepOp : DLC_Op<"step", [HasParent<"PlanOp">]> {
  let summary = "A launch of `kernel` on inputs, then outputs; or a copy of the first to the second buffer";
  let description = [{
    `deps` are numbers of earlier steps. Launch geometry stands in `geometry`: work, grain, scratch and library for
    cpu; grid, block and shared for cuda.
  }];
  let arguments = (ins StrAttr:$kind, OptionalAttr<FlatSymbolRefAttr>:$kernel, Variadic<DLC_Tensor>:$buffers,
                       I64Attr:$outputs, DenseI64ArrayAttr:$deps, StrArrayAttr:$sources, DictionaryAttr:$geometry);
  let assemblyFormat = [{ $kind ($kernel^)? `(` $buffers `)` `outputs` `=` $outputs `deps` `=` $deps
                          `sources` `=` $sources `geometry` `=` $geometry attr-dict `:` type($buffers) }];
}

#endif
