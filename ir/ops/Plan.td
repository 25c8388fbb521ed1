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
    `arena` is the bytes that all arena buffers need together. Where sizes are open they are the most, and `blocks` has
    one `{at, above}` for each block of the arena: it may begin as soon as the blocks `above` which it lies have ended,
    and does not begin behind `at`. The plan marked `init` runs once, when a program is
    loaded; it writes weights whose value is `#dlc.derived`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DLC_TargetAttr:$target, I64Attr:$arena,
                       OptionalAttr<ArrayAttr>:$blocks);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `target` `=` $target `arena` `=` $arena $body attr-dict";
}

def DLC_BufferOp : DLC_Op<"buffer", [HasParent<"PlanOp">]> {
  let summary = "Memory that steps name";
  let description = [{
    `at` is the byte offset into the input, output, weight, state or constant that `symbol` names, or into the arena.
    `name` is the source tensor. `advance` is by how many bytes it moves on with each step of the loops around the
    steps that name it, the outermost loop first. Where open sizes decide, `place` is to be added to `at`, and
    `advance_at` stands for `advance`. `block` is the block of the arena (of dlc.plan) in which it lies.
  }];
  let arguments = (ins DLC_BufferKindAttr:$kind, StrAttr:$symbol, I64Attr:$at, StrAttr:$name,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$advance,
                       OptionalAttr<DLC_DimsAttr>:$place, OptionalAttr<DLC_DimsAttr>:$advance_at,
                       OptionalAttr<I64Attr>:$block);
  let results = (outs DLC_Tensor:$result);
  let assemblyFormat = "$kind $symbol `at` $at `name` $name attr-dict `:` type($result)";
}

def DLC_StepOp : DLC_Op<"step", [ParentOneOf<["PlanOp", "ControlStepOp"]>]> {
  let summary = "A launch of `kernel` on inputs, then outputs; a copy of the first to the second buffer; or zeros";
  let description = [{
    `deps` are numbers of earlier steps of the same plan or body. Launch geometry stands in `geometry`: work, grain, scratch and library for
    cpu; grid, block and shared for cuda.
  }];
  let arguments = (ins StrAttr:$kind, OptionalAttr<FlatSymbolRefAttr>:$kernel, Variadic<DLC_Tensor>:$buffers,
                       I64Attr:$outputs, DenseI64ArrayAttr:$deps, StrArrayAttr:$sources, DictionaryAttr:$geometry);
  let assemblyFormat = [{ $kind ($kernel^)? `(` $buffers `)` `outputs` `=` $outputs `deps` `=` $deps
                          `sources` `=` $sources `geometry` `=` $geometry attr-dict `:` type($buffers) }];
}

def DLC_ControlStepOp : DLC_Op<"control", [ParentOneOf<["PlanOp", "ControlStepOp"]>, NoTerminator, SingleBlock]> {
  let summary = "Steps that run again and again, or one of two lists of steps";
  let description = [{
    `kind` is `while` or `if`; `buffers` are all that the bodies read, then the `outputs` that they write. Buffer number
    `condition` decides: which body runs, or whether there is a further step of at most `limit`; -1: nothing does.
    The arena's buffers in a body lie in the same arena as all others. `limit_at` is the limit where open sizes decide.
  }];
  let arguments = (ins StrAttr:$kind, Variadic<DLC_Tensor>:$buffers, I64Attr:$outputs, I64Attr:$condition,
                       I64Attr:$limit, DenseI64ArrayAttr:$deps, StrArrayAttr:$sources,
                       OptionalAttr<DLC_DimsAttr>:$limit_at);
  let regions = (region VariadicRegion<SizedRegion<1>>:$bodies);
  let assemblyFormat = [{ $kind `(` $buffers `)` `outputs` `=` $outputs `condition` `=` $condition `limit` `=` $limit
                          `deps` `=` $deps `sources` `=` $sources attr-dict `:` type($buffers) $bodies }];
}

#endif
