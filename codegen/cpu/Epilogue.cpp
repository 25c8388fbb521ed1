// Epilogues as oneDNN post-operations: the scalar body is taken apart from its result back to the contraction's
// element.
#include "codegen/cpu/Epilogue.h"
#include "codegen/cpu/Library.h"
#include "mlir/IR/Matchers.h"

namespace dlc {
namespace cpu {

namespace {
using exe::Eltwise;
using exe::PostOpKind;

struct Matcher {
  Block &body;
  SmallVector<PostOp> ops;
  std::string why;

  bool refuse(const Twine &reason) {
    why = reason.str();
    return false;
  }

  // Conversions between storage and compute type change no meaning here.
  static Value plain(Value v) {
    while (Operation *op = v.getDefiningOp()) {
      if (!isa<arith::ExtFOp, arith::TruncFOp>(op))
        break;
      v = op->getOperand(0);
    }
    return v;
  }

  bool dependsOnSum(Value v) {
    if (v == body.getArgument(0))
      return true;
    Operation *op = v.getDefiningOp();
    return op && op->getBlock() == &body && llvm::any_of(op->getOperands(), [&](Value o) { return dependsOnSum(o); });
  }

  static std::optional<double> constant(Value v) {
    APFloat f(0.0);
    if (!matchPattern(plain(v), m_ConstantFloat(&f)))
      return std::nullopt;
    bool loses;
    f.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
    return f.convertToDouble();
  }

  void eltwise(Eltwise kind, double alpha = 0, double beta = 0) {
    ops.push_back({PostOpKind::Eltwise, kind, static_cast<float>(alpha), static_cast<float>(beta), 0});
  }

  // alpha * x + beta; folds into the linear step before it.
  void linear(double alpha, double beta) {
    if (!ops.empty() && ops.back().kind == PostOpKind::Eltwise && ops.back().eltwise == Eltwise::Linear) {
      PostOp before = ops.pop_back_val();
      beta += alpha * before.beta;
      alpha *= before.alpha;
    }
    if (alpha != 1 || beta != 0)
      eltwise(Eltwise::Linear, alpha, beta);
  }

  // x -> 1 / (1 + exp(-x)); gives x.
  Value logisticOf(Value v) {
    auto div = v.getDefiningOp<arith::DivFOp>();
    if (!div || constant(div.getLhs()) != 1.0)
      return {};
    auto add = div.getRhs().getDefiningOp<arith::AddFOp>();
    if (!add)
      return {};
    Value e = constant(add.getLhs()) == 1.0 ? add.getRhs() : constant(add.getRhs()) == 1.0 ? add.getLhs() : Value();
    auto exp = e ? e.getDefiningOp<math::ExpOp>() : math::ExpOp();
    auto neg = exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : arith::NegFOp();
    return neg ? neg.getOperand() : Value();
  }

  // A binary operation of which `x` depends on the sum and `y` does not.
  bool binary(PostOpKind kind, Value x, Value y) {
    if (!match(x))
      return false;
    if (std::optional<double> c = constant(y)) {
      switch (kind) {
      case PostOpKind::Add:
        linear(1, *c);
        return true;
      case PostOpKind::Sub:
        linear(1, -*c);
        return true;
      case PostOpKind::Mul:
        linear(*c, 0);
        return true;
      case PostOpKind::Max:
        *c == 0 ? eltwise(Eltwise::Relu) : eltwise(Eltwise::Clip, *c, std::numeric_limits<float>::max());
        return true;
      case PostOpKind::Min: // after a maximum with a constant: one clip
        if (!ops.empty() && ops.back().kind == PostOpKind::Eltwise &&
            (ops.back().eltwise == Eltwise::Relu || ops.back().eltwise == Eltwise::Clip)) {
          double low = ops.back().eltwise == Eltwise::Relu ? 0.0 : ops.back().alpha;
          ops.pop_back();
          eltwise(Eltwise::Clip, low, *c);
        } else {
          eltwise(Eltwise::Clip, std::numeric_limits<float>::lowest(), *c);
        }
        return true;
      default:
        return refuse("division by a constant");
      }
    }
    auto arg = dyn_cast<BlockArgument>(plain(y));
    if (!arg || arg.getOwner() != &body)
      return refuse("an operand that is computed from others than the contraction");
    ops.push_back({kind, Eltwise::Relu, 0, 0, arg.getArgNumber()});
    return true;
  }

  // oneDNN 2.6 keeps one set of parameters for each kind of function in a chain (measured: the second linear step ran
  // as the first).
  bool distinct() {
    for (auto [i, x] : llvm::enumerate(ops))
      for (const PostOp &y : ArrayRef(ops).drop_front(i + 1))
        if (x.kind == PostOpKind::Eltwise && y.kind == PostOpKind::Eltwise && x.eltwise == y.eltwise &&
            (x.alpha != y.alpha || x.beta != y.beta))
          return refuse("two functions of one kind with different parameters");
    return true;
  }

  bool match(Value v) {
    v = plain(v);
    if (v == body.getArgument(0))
      return true;
    Operation *op = v.getDefiningOp();
    if (!op || op->getBlock() != &body)
      return refuse("the result does not depend on the contraction");
    if (Value x = logisticOf(v)) {
      if (!match(x))
        return false;
      eltwise(Eltwise::Logistic);
      return true;
    }
    if (op->getNumOperands() == 1) {
      std::optional<Eltwise> kind = llvm::TypeSwitch<Operation *, std::optional<Eltwise>>(op)
                                        .Case<math::TanhOp>([](auto) { return Eltwise::Tanh; })
                                        .Case<math::ExpOp>([](auto) { return Eltwise::Exp; })
                                        .Case<math::AbsFOp>([](auto) { return Eltwise::Abs; })
                                        .Case<math::SqrtOp>([](auto) { return Eltwise::Sqrt; })
                                        .Default([](Operation *) { return std::nullopt; });
      if (isa<arith::NegFOp>(op)) {
        if (!match(op->getOperand(0)))
          return false;
        linear(-1, 0);
        return true;
      }
      if (!kind)
        return refuse("no post-operation does " + op->getName().getStringRef());
      if (!match(op->getOperand(0)))
        return false;
      eltwise(*kind);
      return true;
    }
    if (op->getNumOperands() != 2)
      return refuse("no post-operation does " + op->getName().getStringRef());
    Value x = op->getOperand(0), y = op->getOperand(1);
    bool left = dependsOnSum(x), right = dependsOnSum(y);
    if (left && right) {
      // x * logistic(x)
      if (isa<arith::MulFOp>(op))
        for (auto [p, q] : {std::pair(x, y), std::pair(y, x)})
          if (Value inner = logisticOf(p); inner && plain(inner) == plain(q)) {
            if (!match(q))
              return false;
            eltwise(Eltwise::Swish, 1);
            return true;
          }
      return refuse("the contraction's value is used twice");
    }
    std::optional<PostOpKind> kind = llvm::TypeSwitch<Operation *, std::optional<PostOpKind>>(op)
                                         .Case<arith::AddFOp>([](auto) { return PostOpKind::Add; })
                                         .Case<arith::SubFOp>([](auto) { return PostOpKind::Sub; })
                                         .Case<arith::MulFOp>([](auto) { return PostOpKind::Mul; })
                                         .Case<arith::DivFOp>([](auto) { return PostOpKind::Div; })
                                         .Case<arith::MaximumFOp>([](auto) { return PostOpKind::Max; })
                                         .Case<arith::MinimumFOp>([](auto) { return PostOpKind::Min; })
                                         .Default([](Operation *) { return std::nullopt; });
    if (!kind)
      return refuse("no post-operation does " + op->getName().getStringRef());
    if (left)
      return binary(*kind, x, y);
    if (*kind == PostOpKind::Div)
      return refuse("a division by the contraction's value");
    if (*kind != PostOpKind::Sub)
      return binary(*kind, y, x);
    // y - sum = -sum + y
    if (!match(y))
      return false;
    if (std::optional<double> c = constant(x)) {
      linear(-1, *c);
      return true;
    }
    linear(-1, 0);
    auto arg = dyn_cast<BlockArgument>(plain(x));
    if (!arg || arg.getOwner() != &body)
      return refuse("an operand that is computed from others than the contraction");
    ops.push_back({PostOpKind::Add, Eltwise::Relu, 0, 0, arg.getArgNumber()});
    return true;
  }
};
} // namespace

bool matchPostOps(Block &body, SmallVectorImpl<PostOp> &ops, std::string &why) {
  Operation *yield = body.getTerminator();
  Matcher matcher{body, {}, {}};
  if (yield->getNumOperands() != 1)
    why = "more than one result";
  else if (matcher.match(yield->getOperand(0)) && matcher.distinct()) {
    ops.append(matcher.ops.begin(), matcher.ops.end());
    return true;
  } else
    why = matcher.why;
  return false;
}

} // namespace cpu

bool cpuLibraryTakesEpilogue(Operation *contraction, Block &body, std::string *why) {
  SmallVector<cpu::PostOp> ops;
  std::string reason;
  // oneDNN's deconvolutions do post-operations element by element, twenty times slower than the rest (measured).
  auto conv = dyn_cast<ConvOp>(contraction);
  if (conv && llvm::any_of(conv.getLhsDilation(), [](int64_t d) { return d != 1; }))
    reason = "deconvolutions are slow with one";
  else if (isa<ConvWeightGradientOp>(contraction))
    reason = "the library's gradients of weights have none";
  bool ok = reason.empty() && cpu::matchPostOps(body, ops, reason);
  if (why)
    *why = reason;
  return ok;
}

} // namespace dlc
