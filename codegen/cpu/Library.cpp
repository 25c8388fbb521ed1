#include "codegen/cpu/Library.h"
#include "codegen/cpu/Epilogue.h"

namespace dlc {
namespace {

using cpu::PostOp;

// A oneDNN 2.6 call costs 0.25 us and from 16x16x16 on beats the generated product; a matrix times a vector, which
// memory bounds, it computes at half the generated code's speed (both measured, one thread of an AVX-512 machine).
constexpr int64_t kLeastProducts = 2048;

SmallVector<int64_t> rowMajor(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

// One dimension of a product, with its stride in every operand: A, B, C, then the operands of the epilogue.
struct ProductDim {
  int64_t size;
  SmallVector<int64_t> strides;
};

struct Builder {
  func::FuncOp kernel;
  cpu::ContractionKernel parts;
  std::string &why;
  Builder(func::FuncOp kernel, std::string &why) : kernel(kernel), why(why), b(kernel.getContext()) {}
  OpBuilder b;
  SmallVector<PostOp> postOps;
  SmallVector<SmallVector<int64_t>> postStrides; // one a post-operation: over the contraction's result dimensions
  SmallVector<int64_t> outStrides;               // of the kernel's result, over the contraction's result dimensions
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
  DictionaryAttr operand(unsigned arg, Type elem, ArrayRef<int64_t> strides) {
    return b.getDictionaryAttr({b.getNamedAttr("arg", b.getI64IntegerAttr(arg)),
                                b.getNamedAttr("dtype", typeName(elem)),
                                b.getNamedAttr("strides", b.getDenseI64ArrayAttr(strides))});
  }
  // `strides[i]`: of post-operation i, in the order that the descriptor gives the result's dimensions.
  ArrayAttr postOpsAttr(ArrayRef<SmallVector<int64_t>> strides) {
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
  DictionaryAttr build();
};

bool Builder::epilogue() {
  outStrides = rowMajor(result.getShape());
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
  auto strides = rowMajor(cast<RankedTensorType>(op.getResult(0).getType()).getShape());
  for (auto [expr, stride] : llvm::zip(stored.getResults(), strides))
    outStrides[cast<AffineDimExpr>(expr).getPosition()] = stride;
  if (!cpu::matchPostOps(*op.getBody(), postOps, why))
    return false;
  for (const PostOp &p : postOps) {
    SmallVector<int64_t> strides(result.getRank(), 0);
    if (p.kind != exe::PostOpKind::Eltwise) {
      Value v = op.getDpsInputs()[p.argument];
      AffineMap map = op.getIndexingMapsArray()[p.argument];
      if (!isa<BlockArgument>(v) || !map.isProjectedPermutation(/*allowZeroInResults=*/true)) {
        why = "an operand of the epilogue is not indexed by the result's dimensions";
        return false;
      }
      for (auto [expr, stride] : llvm::zip(map.getResults(), rowMajor(cast<RankedTensorType>(v.getType()).getShape())))
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
    if (d.size == 1)
      continue;
    if (!merged.empty() && llvm::all_of(llvm::zip(merged.back().strides, d.strides),
                                        [&](auto s) { return std::get<0>(s) == std::get<1>(s) * d.size; })) {
      merged.back().size *= d.size;
      merged.back().strides = d.strides;
    } else {
      merged.push_back(d);
    }
  }
  dims.assign(merged.begin(), merged.end());
}

DictionaryAttr Builder::matmul(DotGeneralOp dot) {
  auto lhs = cast<RankedTensorType>(dot.getLhs().getType()), rhs = cast<RankedTensorType>(dot.getRhs().getType());
  SmallVector<int64_t> a = rowMajor(lhs.getShape()), bs = rowMajor(rhs.getShape()), c = outStrides;
  SmallVector<ProductDim> batch, m, n, k;
  int64_t out = 0;
  auto dim = [&](int64_t size, int64_t sa, int64_t sb, bool inResult) {
    ProductDim d{size, {sa, sb, inResult ? c[out] : 0}};
    for (const auto &s : postStrides)
      d.strides.push_back(inResult ? s[out] : 0);
    out += inResult;
    return d;
  };
  for (auto [l, r] : llvm::zip(dot.getLhsBatch(), dot.getRhsBatch()))
    batch.push_back(dim(lhs.getDimSize(l), a[l], bs[r], true));
  for (int64_t l : dot.getLhsFree())
    m.push_back(dim(lhs.getDimSize(l), a[l], 0, true));
  for (int64_t r : dot.getRhsFree())
    n.push_back(dim(rhs.getDimSize(r), 0, bs[r], true));
  for (auto [l, r] : llvm::zip(dot.getLhsContracting(), dot.getRhsContracting()))
    k.push_back(dim(lhs.getDimSize(l), a[l], bs[r], false));
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
  SmallVector<int64_t> one(3 + postStrides.size(), 0);
  ProductDim mm = m.empty() ? ProductDim{1, one} : m[0], nn = n.empty() ? ProductDim{1, one} : n[0],
             kk = k.empty() ? ProductDim{1, one} : k[0];
  // A dimension of size 1 gets the stride that a packed matrix would have.
  auto pack = [](ProductDim &x, ProductDim &y, unsigned operand) {
    if (x.size == 1 && y.size == 1)
      x.strides[operand] = y.strides[operand] = 1;
    else if (x.size == 1)
      x.strides[operand] = std::max<int64_t>(1, y.strides[operand] * y.size);
    else if (y.size == 1)
      y.strides[operand] = x.strides[operand] > 1 ? 1 : x.size;
  };
  pack(mm, kk, 0);
  pack(kk, nn, 1);
  pack(mm, nn, 2);
  SmallVector<int64_t> batchSizes;
  for (const ProductDim &d : batch)
    batchSizes.push_back(d.size);
  auto strides = [&](unsigned operand, const ProductDim &x, const ProductDim &y) {
    SmallVector<int64_t> s;
    for (const ProductDim &d : batch)
      s.push_back(d.strides[operand]);
    s.push_back(x.strides[operand]);
    s.push_back(y.strides[operand]);
    return s;
  };
  SmallVector<SmallVector<int64_t>> post;
  for (unsigned i = 0; i < postOps.size(); ++i)
    post.push_back(strides(3 + i, mm, nn));
  Type e = result.getElementType();
  return b.getDictionaryAttr(
      {b.getNamedAttr("call", b.getStringAttr("matmul")), b.getNamedAttr("batch", b.getDenseI64ArrayAttr(batchSizes)),
       b.getNamedAttr("m", b.getI64IntegerAttr(mm.size)), b.getNamedAttr("n", b.getI64IntegerAttr(nn.size)),
       b.getNamedAttr("k", b.getI64IntegerAttr(kk.size)),
       b.getNamedAttr("a", operand(argOf(dot.getLhs()), e, strides(0, mm, kk))),
       b.getNamedAttr("b", operand(argOf(dot.getRhs()), e, strides(1, kk, nn))),
       b.getNamedAttr("c", operand(outArg(), e, strides(2, mm, nn))), b.getNamedAttr("post_ops", postOpsAttr(post))});
}

DictionaryAttr Builder::convolution(ConvOp conv) {
  auto input = cast<RankedTensorType>(conv.getInput().getType()),
       weight = cast<RankedTensorType>(conv.getWeight().getType());
  int64_t spatial = input.getRank() - 2, groups = conv.getGroups();
  if (llvm::any_of(conv.getLow(), [](int64_t p) { return p < 0; }) ||
      llvm::any_of(conv.getHigh(), [](int64_t p) { return p < 0; }))
    return refuse("negative padding");
  if (outStrides != rowMajor(result.getShape()))
    return refuse("the library's convolutions do not store results in another order");
  // Of dimensions in which nothing slides the library only sees rows of one element: 1-D convolutions as exporters
  // write them ran at a quarter of the speed.
  SmallVector<int64_t> sliding;
  for (int64_t d = 0; d < spatial; ++d)
    if (input.getDimSize(conv.getSpatialDim() + d) != 1 || weight.getDimSize(conv.getWindowDim() + d) != 1 ||
        result.getDimSize(conv.getSpatialDim() + d) != 1 || conv.getLow()[d] != 0 || conv.getHigh()[d] != 0)
      sliding.push_back(d);
  if (sliding.empty())
    sliding.push_back(spatial - 1);
  auto kept = [&](ArrayRef<int64_t> values) {
    return llvm::map_to_vector(sliding, [&](int64_t d) { return values[d]; });
  };
  // [N, C, spatial..], whatever the layout.
  auto ordered = [&](ArrayRef<int64_t> values) {
    SmallVector<int64_t> r = {values[0], values[conv.getChannelDim()]};
    llvm::append_range(r, kept(values.slice(conv.getSpatialDim(), spatial)));
    return r;
  };
  SmallVector<int64_t> weightStrides = rowMajor(weight.getShape());
  auto orderedWeight = [&](ArrayRef<int64_t> values, int64_t group, int64_t perGroup) {
    SmallVector<int64_t> r = {group, perGroup, values[conv.getWeightChannelDim()]};
    llvm::append_range(r, kept(values.slice(conv.getWindowDim(), spatial)));
    return r;
  };
  int64_t perGroup = weight.getDimSize(0) / groups;
  SmallVector<SmallVector<int64_t>> post;
  for (const auto &s : postStrides)
    post.push_back(ordered(s));
  Type e = result.getElementType();
  auto list = [&](StringRef name, ArrayRef<int64_t> values) {
    return b.getNamedAttr(name, b.getDenseI64ArrayAttr(values));
  };
  return b.getDictionaryAttr(
      {b.getNamedAttr("call", b.getStringAttr("convolution")), list("src_dims", ordered(input.getShape())),
       list("weight_dims", orderedWeight(weight.getShape(), groups, perGroup)),
       list("dst_dims", ordered(result.getShape())),
       b.getNamedAttr("src", operand(argOf(conv.getInput()), e, ordered(rowMajor(input.getShape())))),
       b.getNamedAttr("weight", operand(argOf(conv.getWeight()), e,
                                        orderedWeight(weightStrides, weightStrides[0] * perGroup, weightStrides[0]))),
       b.getNamedAttr("dst", operand(outArg(), e, ordered(rowMajor(result.getShape())))),
       list("window_strides", kept(conv.getStrides())), list("window_dilation", kept(conv.getRhsDilation())),
       list("base_dilation", kept(conv.getLhsDilation())), list("pad_lo", kept(conv.getLow())),
       list("pad_hi", kept(conv.getHigh())), b.getNamedAttr("groups", b.getI64IntegerAttr(groups)),
       b.getNamedAttr("post_ops", postOpsAttr(post))});
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
  return refuse("the library has no such contraction");
}

exe::Operand operandOf(DictionaryAttr d) {
  exe::Operand o;
  o.arg = static_cast<uint32_t>(cast<IntegerAttr>(d.get("arg")).getInt());
  o.dtype = exe::parseDType(cast<StringAttr>(d.get("dtype")).getValue());
  llvm::append_range(o.strides, cast<DenseI64ArrayAttr>(d.get("strides")).asArrayRef());
  return o;
}

std::vector<exe::PostOp> postOpsOf(DictionaryAttr call) {
  std::vector<exe::PostOp> result;
  for (auto d : cast<ArrayAttr>(call.get("post_ops")).getAsRange<DictionaryAttr>()) {
    exe::PostOp p;
    p.kind = static_cast<exe::PostOpKind>(cast<IntegerAttr>(d.get("kind")).getInt());
    if (p.kind == exe::PostOpKind::Eltwise) {
      p.eltwise = static_cast<exe::Eltwise>(cast<IntegerAttr>(d.get("eltwise")).getInt());
      p.alpha = static_cast<float>(cast<FloatAttr>(d.get("alpha")).getValueAsDouble());
      p.beta = static_cast<float>(cast<FloatAttr>(d.get("beta")).getValueAsDouble());
    } else {
      exe::Operand o = operandOf(cast<DictionaryAttr>(d.get("operand")));
      p.arg = o.arg, p.dtype = o.dtype, p.strides = o.strides;
    }
    result.push_back(std::move(p));
  }
  return result;
}

} // namespace

DictionaryAttr cpuLibraryCall(func::FuncOp kernel, std::string &why) { return Builder(kernel, why).build(); }

void setLibraryCall(DictionaryAttr call, exe::Step &step) {
  auto integer = [&](StringRef name) { return cast<IntegerAttr>(call.get(name)).getInt(); };
  auto list = [&](StringRef name) {
    ArrayRef<int64_t> values = cast<DenseI64ArrayAttr>(call.get(name)).asArrayRef();
    return std::vector<int64_t>(values.begin(), values.end());
  };
  auto operand = [&](StringRef name) { return operandOf(cast<DictionaryAttr>(call.get(name))); };
  step.kind = exe::StepKind::Library;
  if (cast<StringAttr>(call.get("call")).getValue() == "matmul") {
    exe::Matmul m;
    m.batch = list("batch");
    m.m = integer("m"), m.n = integer("n"), m.k = integer("k");
    m.a = operand("a"), m.b = operand("b"), m.c = operand("c");
    m.postOps = postOpsOf(call);
    step.matmul = std::move(m);
    return;
  }
  exe::Convolution c;
  c.srcDims = list("src_dims"), c.weightDims = list("weight_dims"), c.dstDims = list("dst_dims");
  c.src = operand("src"), c.weight = operand("weight"), c.dst = operand("dst");
  c.windowStrides = list("window_strides"), c.windowDilation = list("window_dilation"),
  c.baseDilation = list("base_dilation");
  c.padLo = list("pad_lo"), c.padHi = list("pad_hi");
  c.groups = integer("groups");
  c.postOps = postOpsOf(call);
  step.convolution = std::move(c);
}

} // namespace dlc
