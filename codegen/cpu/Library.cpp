#include "codegen/cpu/Library.h"
#include "codegen/SizeCode.h"
#include "codegen/cpu/Cpu.h"
#include "codegen/cpu/Epilogue.h"

namespace dlc {
namespace {

using cpu::PostOp;

// A oneDNN 2.6 call costs 0.25 us and from 16x16x16 on beats the generated product; a matrix times a vector, which
// memory bounds, it computes at half the generated code's speed (both measured, one thread of an AVX-512 machine).
constexpr int64_t kLeastProducts = 2048;

using Sizes = SmallVector<AffineExpr>;

bool isNegative(int64_t padding) { return padding < 0; }
Sizes rowMajor(Type tensor) { return rowMajorStrides(getDims(tensor), tensor.getContext()); }

// One dimension of a product, with its stride in every operand: A, B, C, then the operands of the epilogue.
struct ProductDim {
  AffineExpr size;
  Sizes strides;
};

// An operand or the result of a convolution: the kernel's argument, and where the dimensions that stand first, second
// and from the third on in the library's order lie in it.
struct ConvTensor {
  unsigned arg;
  RankedTensorType type;
  int64_t first, second, spatial;
};

struct Builder {
  func::FuncOp kernel;
  cpu::ContractionKernel parts;
  std::string &why;
  Builder(func::FuncOp kernel, std::string &why) : kernel(kernel), why(why), b(kernel.getContext()) {}
  OpBuilder b;
  SmallVector<PostOp> postOps;
  SmallVector<Sizes> postStrides; // one a post-operation: over the contraction's result dimensions
  Sizes outStrides;               // of the kernel's result, over the contraction's result dimensions
  RankedTensorType result;

  DictionaryAttr refuse(const Twine &reason) {
    why = reason.str();
    return {};
  }

  unsigned argOf(Value v) { return cast<BlockArgument>(v).getArgNumber(); }
  unsigned outArg() { return kernel.getNumArguments(); }
  StringAttr typeName(Type t) {
    std::string s;
    llvm::raw_string_ostream(s) << t;
    return b.getStringAttr(s);
  }
  AffineExpr constant(int64_t value) { return b.getAffineConstantExpr(value); }
  // array<i64: ...>, or #dlc.dims where symbols come in.
  Attribute numbers(ArrayRef<AffineExpr> sizes) {
    if (llvm::any_of(sizes, [](AffineExpr size) { return !constantSize(size); }))
      return DimsAttr::get(b.getContext(), sizes);
    return b.getDenseI64ArrayAttr(llvm::map_to_vector(sizes, [](AffineExpr size) { return *constantSize(size); }));
  }
  Attribute number(AffineExpr size) {
    return constantSize(size) ? Attribute(b.getI64IntegerAttr(*constantSize(size))) : numbers(size);
  }
  DictionaryAttr operand(unsigned arg, Type elem, ArrayRef<AffineExpr> strides) {
    return b.getDictionaryAttr({b.getNamedAttr("arg", b.getI64IntegerAttr(arg)),
                                b.getNamedAttr("dtype", typeName(elem)), b.getNamedAttr("strides", numbers(strides))});
  }
  // `strides[i]`: of post-operation i, in the order that the descriptor gives the result's dimensions.
  ArrayAttr postOpsAttr(ArrayRef<Sizes> strides) {
    SmallVector<Attribute> list;
    for (auto [op, s] : llvm::zip(postOps, strides)) {
      SmallVector<NamedAttribute> fields = {b.getNamedAttr("kind", b.getI64IntegerAttr(static_cast<int64_t>(op.kind)))};
      if (op.kind == exe::PostOpKind::Eltwise) {
        fields.push_back(b.getNamedAttr("eltwise", b.getI64IntegerAttr(static_cast<int64_t>(op.eltwise))));
        fields.push_back(b.getNamedAttr("alpha", b.getF32FloatAttr(op.alpha)));
        fields.push_back(b.getNamedAttr("beta", b.getF32FloatAttr(op.beta)));
      } else {
        Value v = parts.epilogue.getDpsInputs()[op.argument];
        fields.push_back(b.getNamedAttr("operand", operand(argOf(v), getElementTypeOrSelf(v.getType()), s)));
      }
      list.push_back(b.getDictionaryAttr(fields));
    }
    return b.getArrayAttr(list);
  }

  bool epilogue();
  DictionaryAttr matmul(DotGeneralOp dot);
  DictionaryAttr convolution(ConvOp conv);
  DictionaryAttr weightGradient(ConvWeightGradientOp op);
  DictionaryAttr convolution(const ConvTensor &src, const ConvTensor &weight, const ConvTensor &dst,
                             ArrayRef<int64_t> windowStrides, ArrayRef<int64_t> windowDilation,
                             ArrayRef<int64_t> baseDilation, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                             int64_t groups);
  DictionaryAttr build();
};

bool Builder::epilogue() {
  outStrides = rowMajor(result);
  if (!parts.epilogue)
    return true;
  linalg::GenericOp op = parts.epilogue;
  if (op.getNumResults() != 1 || getElementTypeOrSelf(op.getResult(0).getType()) != result.getElementType()) {
    why = "the epilogue has more than one result or changes the type";
    return false;
  }
  AffineMap stored = op.getIndexingMapsArray().back();
  if (!stored.isPermutation() || !op.getIndexingMapsArray().front().isIdentity() || op.getDpsInputs().empty() ||
      op.getDpsInputs()[0] != parts.op->getResult(0) || llvm::count(op.getDpsInputs(), parts.op->getResult(0)) != 1) {
    why = "the epilogue does not read the contraction's result element by element";
    return false;
  }
  auto strides = rowMajor(op.getResult(0).getType());
  for (auto [expr, stride] : llvm::zip(stored.getResults(), strides))
    outStrides[cast<AffineDimExpr>(expr).getPosition()] = stride;
  if (!cpu::matchPostOps(*op.getBody(), postOps, why))
    return false;
  for (const PostOp &p : postOps) {
    Sizes strides(result.getRank(), constant(0));
    if (p.kind != exe::PostOpKind::Eltwise) {
      Value v = op.getDpsInputs()[p.argument];
      AffineMap map = op.getIndexingMapsArray()[p.argument];
      if (!isa<BlockArgument>(v) || !map.isProjectedPermutation(/*allowZeroInResults=*/true)) {
        why = "an operand of the epilogue is not indexed by the result's dimensions";
        return false;
      }
      for (auto [expr, stride] : llvm::zip(map.getResults(), rowMajor(v.getType())))
        if (auto d = dyn_cast<AffineDimExpr>(expr))
          strides[d.getPosition()] = stride;
    }
    postStrides.push_back(strides);
  }
  return true;
}

// Merges neighbours that every operand walks as one; dimensions of size 1 go.
void mergeDims(SmallVectorImpl<ProductDim> &dims) {
  SmallVector<ProductDim> merged;
  for (ProductDim &d : dims) {
    if (isConstant(d.size, 1))
      continue;
    if (!merged.empty() && llvm::all_of(llvm::zip(merged.back().strides, d.strides),
                                        [&](auto s) { return std::get<0>(s) == product(std::get<1>(s), d.size); })) {
      merged.back().size = product(merged.back().size, d.size);
      merged.back().strides = d.strides;
    } else {
      merged.push_back(d);
    }
  }
  dims.assign(merged.begin(), merged.end());
}

DictionaryAttr Builder::matmul(DotGeneralOp dot) {
  Sizes lhs = getDims(dot.getLhs().getType()), rhs = getDims(dot.getRhs().getType());
  Sizes a = rowMajor(dot.getLhs().getType()), bs = rowMajor(dot.getRhs().getType()), c = outStrides;
  AffineExpr none = constant(0), unit = constant(1);
  SmallVector<ProductDim> batch, m, n, k;
  int64_t out = 0;
  auto dim = [&](AffineExpr size, AffineExpr sa, AffineExpr sb, bool inResult) {
    ProductDim d{size, {sa, sb, inResult ? c[out] : none}};
    for (const auto &s : postStrides)
      d.strides.push_back(inResult ? s[out] : none);
    out += inResult;
    return d;
  };
  for (auto [l, r] : llvm::zip(dot.getLhsBatch(), dot.getRhsBatch()))
    batch.push_back(dim(lhs[l], a[l], bs[r], true));
  for (int64_t l : dot.getLhsFree())
    m.push_back(dim(lhs[l], a[l], none, true));
  for (int64_t r : dot.getRhsFree())
    n.push_back(dim(rhs[r], none, bs[r], true));
  for (auto [l, r] : llvm::zip(dot.getLhsContracting(), dot.getRhsContracting()))
    k.push_back(dim(lhs[l], a[l], bs[r], false));
  for (auto *dims : {&batch, &m, &n, &k})
    mergeDims(*dims);
  if (k.size() > 1)
    return refuse("the summed dimensions do not lie side by side in both operands");
  for (auto *dims : {&m, &n}) // all but the last are batches that one operand does not have
    while (dims->size() > 1) {
      batch.push_back(dims->front());
      dims->erase(dims->begin());
    }
  if (batch.empty() && (m.empty() || n.empty()))
    return refuse("a matrix times a vector is faster generated");
  ProductDim one{unit, Sizes(3 + postStrides.size(), none)};
  ProductDim mm = m.empty() ? one : m[0], nn = n.empty() ? one : n[0], kk = k.empty() ? one : k[0];
  // A dimension of size 1 gets the stride that a packed matrix would have.
  auto pack = [&](ProductDim &x, ProductDim &y, unsigned operand) {
    bool isOne = isConstant(x.size, 1), isOther = isConstant(y.size, 1);
    if (isOne && isOther)
      x.strides[operand] = y.strides[operand] = unit;
    else if (isOne) {
      AffineExpr packed = product(y.strides[operand], y.size);
      x.strides[operand] = isConstant(packed, 0) ? unit : packed;
    } else if (isOther) {
      bool tight = isConstant(x.strides[operand], 0) || isConstant(x.strides[operand], 1);
      y.strides[operand] = tight ? x.size : unit;
    }
  };
  pack(mm, kk, 0);
  pack(kk, nn, 1);
  pack(mm, nn, 2);
  Sizes batchSizes;
  for (const ProductDim &d : batch)
    batchSizes.push_back(d.size);
  auto strides = [&](unsigned operand, const ProductDim &x, const ProductDim &y) {
    Sizes s;
    for (const ProductDim &d : batch)
      s.push_back(d.strides[operand]);
    s.push_back(x.strides[operand]);
    s.push_back(y.strides[operand]);
    return s;
  };
  SmallVector<Sizes> post;
  for (unsigned i = 0; i < postOps.size(); ++i)
    post.push_back(strides(3 + i, mm, nn));
  Type e = result.getElementType();
  return b.getDictionaryAttr(
      {b.getNamedAttr("call", b.getStringAttr("matmul")), b.getNamedAttr("batch", numbers(batchSizes)),
       b.getNamedAttr("m", number(mm.size)), b.getNamedAttr("n", number(nn.size)), b.getNamedAttr("k", number(kk.size)),
       b.getNamedAttr("a", operand(argOf(dot.getLhs()), e, strides(0, mm, kk))),
       b.getNamedAttr("b", operand(argOf(dot.getRhs()), e, strides(1, kk, nn))),
       b.getNamedAttr("c", operand(outArg(), e, strides(2, mm, nn))), b.getNamedAttr("post_ops", postOpsAttr(post))});
}

DictionaryAttr Builder::convolution(ConvOp conv) {
  if (llvm::any_of(conv.getLow(), isNegative) || llvm::any_of(conv.getHigh(), isNegative))
    return refuse("negative padding");
  if (outStrides != rowMajor(result))
    return refuse("the library's convolutions do not store results in another order");
  auto tensor = [](Value v) { return cast<RankedTensorType>(v.getType()); };
  ConvTensor src = {argOf(conv.getInput()), tensor(conv.getInput()), 0, conv.getChannelDim(), conv.getSpatialDim()},
             weight = {argOf(conv.getWeight()), tensor(conv.getWeight()), 0, conv.getWeightChannelDim(),
                       conv.getWindowDim()},
             dst = {outArg(), result, 0, conv.getChannelDim(), conv.getSpatialDim()};
  return convolution(src, weight, dst, conv.getStrides(), conv.getRhsDilation(), conv.getLhsDilation(), conv.getLow(),
                     conv.getHigh(), conv.getGroups());
}

// A convolution of the input by the gradient, with batch and channels exchanged and strides for dilations.
DictionaryAttr Builder::weightGradient(ConvWeightGradientOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType()),
       gradient = cast<RankedTensorType>(op.getGradient().getType());
  if (llvm::any_of(op.getLow(), isNegative))
    return refuse("negative padding");
  int64_t channel = op.getChannelDim(), spatial = op.getSpatialDim();
  SmallVector<int64_t> high;
  for (auto [d, window] : llvm::enumerate(op.getWindow())) {
    int64_t in = (input.getDimSize(spatial + d) - 1) * op.getLhsDilation()[d] + 1,
            out = (gradient.getDimSize(spatial + d) - 1) * op.getStrides()[d] + 1;
    // Negative where the last window ends before the input does.
    high.push_back((window - 1) * op.getRhsDilation()[d] + out - in - op.getLow()[d]);
  }
  return convolution({argOf(op.getInput()), input, channel, 0, spatial},
                     {argOf(op.getGradient()), gradient, channel, 0, spatial}, {outArg(), result, channel, 0, spatial},
                     op.getRhsDilation(), op.getStrides(), op.getLhsDilation(), op.getLow(), high, op.getGroups());
}

DictionaryAttr Builder::convolution(const ConvTensor &src, const ConvTensor &weight, const ConvTensor &dst,
                                    ArrayRef<int64_t> windowStrides, ArrayRef<int64_t> windowDilation,
                                    ArrayRef<int64_t> baseDilation, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                                    int64_t groups) {
  // Of dimensions in which nothing slides the library only sees rows of one element: 1-D convolutions as exporters
  // write them ran at a quarter of the speed.
  int64_t spatial = result.getRank() - 2;
  SmallVector<int64_t> sliding;
  for (int64_t d = 0; d < spatial; ++d)
    if (llvm::any_of(ArrayRef{&src, &weight, &dst},
                     [&](const ConvTensor *t) { return t->type.getDimSize(t->spatial + d) != 1; }) ||
        low[d] != 0 || high[d] != 0)
      sliding.push_back(d);
  if (sliding.empty())
    sliding.push_back(spatial - 1);
  auto kept = [&](auto values) { return llvm::map_to_vector(sliding, [&](int64_t d) { return values[d]; }); };
  // [N, C, spatial..], whatever the layout.
  auto ordered = [&](const ConvTensor &t, ArrayRef<AffineExpr> values) {
    Sizes r = {values[t.first], values[t.second]};
    llvm::append_range(r, kept(values.slice(t.spatial, spatial)));
    return r;
  };
  // [groups, O of a group, C of a group, window..]
  AffineExpr perGroup = constant(weight.type.getDimSize(weight.first) / groups);
  auto grouped = [&](Sizes values, AffineExpr group, AffineExpr first) {
    values[0] = first;
    values.insert(values.begin(), group);
    return values;
  };
  Sizes weightStrides = ordered(weight, rowMajor(weight.type));
  SmallVector<Sizes> post;
  for (const auto &s : postStrides)
    post.push_back(ordered(dst, s));
  Type e = result.getElementType();
  auto list = [&](StringRef name, ArrayRef<int64_t> values) {
    return b.getNamedAttr(name, b.getDenseI64ArrayAttr(kept(values)));
  };
  auto sizes = [&](StringRef name, ArrayRef<AffineExpr> values) { return b.getNamedAttr(name, numbers(values)); };
  return b.getDictionaryAttr(
      {b.getNamedAttr("call", b.getStringAttr("convolution")), sizes("src_dims", ordered(src, getDims(src.type))),
       sizes("weight_dims", grouped(ordered(weight, getDims(weight.type)), constant(groups), perGroup)),
       sizes("dst_dims", ordered(dst, getDims(dst.type))),
       b.getNamedAttr("src", operand(src.arg, e, ordered(src, rowMajor(src.type)))),
       b.getNamedAttr("weight", operand(weight.arg, e,
                                        grouped(weightStrides, product(weightStrides[0], perGroup), weightStrides[0]))),
       b.getNamedAttr("dst", operand(dst.arg, e, ordered(dst, rowMajor(dst.type)))),
       list("window_strides", windowStrides), list("window_dilation", windowDilation),
       list("base_dilation", baseDilation), list("pad_lo", low), list("pad_hi", high),
       b.getNamedAttr("groups", b.getI64IntegerAttr(groups)), b.getNamedAttr("post_ops", postOpsAttr(post))});
}

DictionaryAttr Builder::build() {
  FailureOr<cpu::ContractionKernel> match = cpu::matchContraction(kernel);
  if (failed(match))
    return {};
  parts = *match;
  result = cast<RankedTensorType>(parts.op->getResult(0).getType());
  if (!result.getElementType().isF32() && !result.getElementType().isBF16())
    return refuse("oneDNN does not compute in this type");
  int64_t products = parts.op.getFlops() / 2;
  if (products < kLeastProducts)
    return refuse("too small to be worth a call");
  if (kernel.getNumResults() != 1)
    return refuse("more than one result");
  if (!epilogue())
    return {};
  if (auto dot = dyn_cast<DotGeneralOp>(parts.op.getOperation()))
    return matmul(dot);
  if (auto conv = dyn_cast<ConvOp>(parts.op.getOperation()))
    return convolution(conv);
  if (auto gradient = dyn_cast<ConvWeightGradientOp>(parts.op.getOperation()))
    return weightGradient(gradient);
  return refuse("the library has no such contraction");
}

/// Reads what Builder wrote: numbers of the largest run, and expressions where there are symbols.
struct Reader {
  const SymbolRanges &ranges;

  static Sizes sizes(Attribute attr) {
    if (auto dims = dyn_cast<DimsAttr>(attr))
      return Sizes(dims.getExprs());
    mlir::Builder b(attr.getContext());
    if (auto integer = dyn_cast<IntegerAttr>(attr))
      return {b.getAffineConstantExpr(integer.getInt())};
    Sizes all;
    for (int64_t value : cast<DenseI64ArrayAttr>(attr).asArrayRef())
      all.push_back(b.getAffineConstantExpr(value));
    return all;
  }
  void read(Attribute attr, std::vector<int64_t> &numbers, exe::Exprs &exprs) const {
    Sizes all = sizes(attr);
    for (AffineExpr size : all)
      numbers.push_back(ranges.most(size));
    exprs = sizeCodes(all, ranges);
  }
  exe::Operand operand(DictionaryAttr d) const {
    exe::Operand o;
    o.arg = static_cast<uint32_t>(cast<IntegerAttr>(d.get("arg")).getInt());
    o.dtype = exe::parseDType(cast<StringAttr>(d.get("dtype")).getValue());
    read(d.get("strides"), o.strides, o.stridesAt);
    return o;
  }
  std::vector<exe::PostOp> postOps(DictionaryAttr call) const {
    std::vector<exe::PostOp> result;
    for (auto d : cast<ArrayAttr>(call.get("post_ops")).getAsRange<DictionaryAttr>()) {
      exe::PostOp p;
      p.kind = static_cast<exe::PostOpKind>(cast<IntegerAttr>(d.get("kind")).getInt());
      if (p.kind == exe::PostOpKind::Eltwise) {
        p.eltwise = static_cast<exe::Eltwise>(cast<IntegerAttr>(d.get("eltwise")).getInt());
        p.alpha = static_cast<float>(cast<FloatAttr>(d.get("alpha")).getValueAsDouble());
        p.beta = static_cast<float>(cast<FloatAttr>(d.get("beta")).getValueAsDouble());
      } else {
        exe::Operand o = operand(cast<DictionaryAttr>(d.get("operand")));
        p.arg = o.arg, p.dtype = o.dtype, p.strides = o.strides, p.stridesAt = o.stridesAt;
      }
      result.push_back(std::move(p));
    }
    return result;
  }
};

} // namespace

bool cpuKeepsComposite(Operation *op) {
  auto gradient = dyn_cast<ConvWeightGradientOp>(op);
  return gradient && gradient.getGroups() == 1 && gradient.getType().getElementType().isF32() &&
         gradient.getType().getRank() >= 3 && cast<RankedTensorType>(gradient.getInput().getType()).hasStaticShape();
}

DictionaryAttr cpuLibraryCall(func::FuncOp kernel, std::string &why) { return Builder(kernel, why).build(); }

void setLibraryCall(DictionaryAttr call, const SymbolRanges &ranges, exe::Step &step) {
  Reader reader{ranges};
  auto list = [&](StringRef name) {
    ArrayRef<int64_t> values = cast<DenseI64ArrayAttr>(call.get(name)).asArrayRef();
    return std::vector<int64_t>(values.begin(), values.end());
  };
  auto operand = [&](StringRef name) { return reader.operand(cast<DictionaryAttr>(call.get(name))); };
  step.kind = exe::StepKind::Library;
  if (cast<StringAttr>(call.get("call")).getValue() == "matmul") {
    exe::Matmul m;
    Sizes dims = Reader::sizes(call.get("batch"));
    for (StringRef name : {"m", "n", "k"})
      llvm::append_range(dims, Reader::sizes(call.get(name)));
    for (AffineExpr size : ArrayRef(dims).drop_back(3))
      m.batch.push_back(ranges.most(size));
    m.m = ranges.most(dims.end()[-3]), m.n = ranges.most(dims.end()[-2]), m.k = ranges.most(dims.end()[-1]);
    m.dimsAt = sizeCodes(dims, ranges);
    m.a = operand("a"), m.b = operand("b"), m.c = operand("c");
    m.postOps = reader.postOps(call);
    step.matmul = std::move(m);
    return;
  }
  exe::Convolution c;
  reader.read(call.get("src_dims"), c.srcDims, c.srcDimsAt);
  reader.read(call.get("weight_dims"), c.weightDims, c.weightDimsAt);
  reader.read(call.get("dst_dims"), c.dstDims, c.dstDimsAt);
  c.src = operand("src"), c.weight = operand("weight"), c.dst = operand("dst");
  c.windowStrides = list("window_strides"), c.windowDilation = list("window_dilation"),
  c.baseDilation = list("base_dilation");
  c.padLo = list("pad_lo"), c.padHi = list("pad_hi");
  c.groups = cast<IntegerAttr>(call.get("groups")).getInt();
  c.postOps = reader.postOps(call);
  step.convolution = std::move(c);
}

} // namespace dlc
