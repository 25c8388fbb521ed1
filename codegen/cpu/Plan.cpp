#include "codegen/cpu/Plan.h"
#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;

namespace dlc::cpu {

static int64_t ceilDiv(int64_t x, int64_t y) { return (x + y - 1) / y; }

static int64_t elementBytes(Type t) { return t.isIndex() ? 8 : std::max<int64_t>(1, t.getIntOrFloatBitWidth() / 8); }

// Elements that a stage visits.
static double volume(const RowForm &form, const Stage &s) {
  return static_cast<double>(form.pSize) * (s.kind == Stage::Point ? 1 : form.rSize);
}

// Scalar operations of a body; a transcendental counts for twenty.
static double bodyWork(const Stage &s) {
  double work = 0;
  linalg::GenericOp op = s.op;
  op.getBody()->walk([&](Operation *inner) {
    if (inner->getDialect()->getNamespace() == "math")
      work += isa<math::AbsFOp, math::SqrtOp, math::FmaOp, math::FloorOp, math::CeilOp, math::RoundEvenOp,
                  math::CopySignOp>(inner)
                  ? 1
                  : 20;
    else if (!inner->hasTrait<OpTrait::ConstantLike>() && !isa<linalg::YieldOp, scf::YieldOp>(inner))
      work += isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp>(inner) ? 5 : 1;
  });
  return work;
}

// What one access costs a lane, by the distance between lanes.
static double accessCost(std::optional<int64_t> step) {
  if (!step)
    return 4;
  if (*step == 0)
    return 0.25;
  if (*step == 1)
    return 1;
  return *step == -1 || (*step > 0 && *step <= 4) ? 2 : 5;
}

static int64_t laneBytes(const RowForm &form) {
  int64_t bytes = 1;
  for (const Stage &s : form.stages) {
    for (const Operand &in : s.inputs)
      if (in.kind == Operand::Memory && in.used)
        bytes = std::max(bytes, elementBytes(getElementTypeOrSelf(in.tensor.getType())));
    for (Value r : s.op->getResults())
      bytes = std::max(bytes, elementBytes(getElementTypeOrSelf(r.getType())));
    linalg::GenericOp op = s.op;
    op.getBody()->walk([&](Operation *inner) {
      for (Type t : inner->getResultTypes())
        if (isa<FloatType>(t))
          bytes = std::max(bytes, elementBytes(t));
    });
  }
  return bytes;
}

// Time of the kernel, in lane operations, with dimension `d` (or none) in the lanes.
static double estimate(const RowForm &form, int d, int64_t width) {
  double total = 0;
  for (const Stage &s : form.stages) {
    bool inStage = d >= 0 && (s.kind != Stage::Point || !form.dims[d].reduction);
    bool splits = inStage && !(s.kind == Stage::Reduce && form.dims[d].reduction && s.combiners.empty());
    double cost = 1 + 0.5 * bodyWork(s);
    LaneAnalysis lanes(form, s, std::max(d, 0));
    if (d >= 0 && inStage && !lanes.vectorizable()) {
      if (!form.dims[d].reduction)
        return std::numeric_limits<double>::infinity();
      splits = false;
    }
    for (const Operand &in : s.inputs)
      if (in.kind == Operand::Memory && in.used)
        cost += accessCost(!splits ? std::optional<int64_t>(1) : in.linear ? constantSize(in.coef[d]) : std::nullopt);
    // A reduction stores once a point of P.
    double storesPerVisit = s.kind == Stage::Reduce ? 1.0 / std::max<double>(1, static_cast<double>(form.rSize)) : 1;
    for (auto &targets : s.targets)
      for (const Target &t : targets)
        cost += storesPerVisit * (splits && !isConstant(t.coef[d], 1) ? 5 : 1);
    if (splits) {
      linalg::GenericOp op = s.op;
      op.getBody()->walk([&](tensor::ExtractOp e) { cost += accessCost(lanes.address(e)); });
    }
    int64_t size = d >= 0 ? form.dims[d].size : 1;
    double lanesUsed = splits ? static_cast<double>(size) / static_cast<double>(ceilDiv(size, width)) : 1;
    double overhead =
        splits && form.dims[d].reduction && s.kind == Stage::Reduce ? 8.0 / static_cast<double>(size) : 0; // horizontal
    total += volume(form, s) * (cost / std::max(lanesUsed, 1.0) + overhead);
  }
  return total;
}

// Reductions that reuse what they load along another dimension of P run several of its points side by side.
static void planJam(const RowForm &form, const TargetInfo &target, Plan &plan) {
  const Stage *reduce = nullptr;
  for (const Stage &s : form.stages)
    if (s.kind == Stage::Reduce)
      reduce = reduce ? nullptr : &s;
  if (!reduce || form.rSize < 4)
    return;
  bool laneInP = !form.dims[plan.lane].reduction;
  LaneAnalysis lanes(form, *reduce, plan.lane);
  // A load along the lanes is shared by the points of dimension d if it does not depend on d.
  auto shares = [&](int d) {
    bool any = false;
    for (const Operand &in : reduce->inputs)
      any |= in.kind == Operand::Memory && in.used && in.linear && !isConstant(in.coef[plan.lane], 0) &&
             isConstant(in.coef[d], 0);
    linalg::GenericOp op = reduce->op;
    LaneAnalysis other(form, *reduce, d);
    op.getBody()->walk([&](tensor::ExtractOp e) { any |= lanes.address(e) != 0 && other.address(e) == 0; });
    return any;
  };
  SmallVector<int> candidates;
  for (int d = static_cast<int>(form.dims.size()) - 1; d >= 0; --d)
    if (!form.dims[d].reduction && form.dims[d].fixed() && d != plan.lane && shares(d))
      candidates.push_back(d);
  int64_t vectors = reduce->op.getNumResults();
  if (laneInP) {
    if (candidates.empty())
      return;
    // The largest first: it fills the registers.
    int best = *llvm::max_element(candidates, [&](int x, int y) { return form.dims[x].size < form.dims[y].size; });
    int64_t regs = ceilDiv(plan.width * laneBytes(form), target.vectorBytes) * vectors;
    int64_t factor = std::max<int64_t>(1, (target.registers - 4) / std::max<int64_t>(1, regs));
    factor = std::min(factor, form.dims[best].size);
    if (factor > 1)
      plan.jam.push_back({best, factor});
    return;
  }
  int64_t budget = target.registers - 4, first = target.registers > 16 ? 6 : 4;
  llvm::sort(candidates,
             [&](int x, int y) { return std::pair(-form.dims[x].size, -x) < std::pair(-form.dims[y].size, -y); });
  for (int d : candidates) {
    int64_t factor = std::min(plan.jam.empty() ? first : budget, form.dims[d].size);
    if (factor > 1 && plan.jam.size() < 2) {
      plan.jam.push_back({d, factor});
      budget /= factor;
    }
  }
}

// A map that reads some input across the lanes takes square blocks and turns them in registers.
static void planTranspose(const RowForm &form, const TargetInfo &target, int64_t bytes, Plan &plan) {
  if (form.numP() != form.dims.size() || plan.lane < 0)
    return;
  for (const Stage &s : form.stages)
    for (const Operand &in : s.inputs) {
      auto step = in.linear ? constantSize(in.coef[plan.lane]) : std::nullopt;
      if (in.kind != Operand::Memory || !in.used || !step || *step == 0 || *step == 1)
        continue;
      for (int d = 0; d < static_cast<int>(form.dims.size()); ++d) {
        int64_t lanes = std::max<int64_t>(4, target.vectorBytes / bytes);
        if (d != plan.lane && isConstant(in.coef[d], 1) && form.dims[d].fixed() &&
            form.dims[d].size >= std::max<int64_t>(lanes, 64 / bytes) && form.dims[plan.lane].size >= lanes) {
          plan.transposed = d;
          plan.width = lanes;
          plan.jam.assign({{d, std::max<int64_t>(lanes, 64 / bytes)}}); // whole cache lines

          return;
        }
      }
    }
}

// Where conditions on dimension `d` change (operands of a concatenation, say): the greatest common divisor of the
// places.
static int64_t edges(const RowForm &form, int d) {
  int64_t divisor = 0;
  for (const Stage &s : form.stages) {
    linalg::GenericOp op = s.op;
    op.getBody()->walk([&](arith::CmpIOp compare) {
      auto index = compare.getLhs().getDefiningOp<linalg::IndexOp>();
      APInt limit;
      if (index && form.dimOf[index.getDim()] == d && matchPattern(compare.getRhs(), m_ConstantInt(&limit)))
        divisor = std::gcd(divisor, limit.getSExtValue());
    });
  }
  return divisor;
}

// What follows from the choices.
static void complete(const RowForm &form, Plan &plan) {
  bool laneInP = plan.lane >= 0 && !form.dims[plan.lane].reduction;
  const Stage *reduce = nullptr;
  bool reduces = false;
  for (const Stage &s : form.stages)
    if (s.kind == Stage::Reduce) {
      reduces = true;
      reduce = &s;
    }
  plan.chunkOutermost = laneInP && reduces && !plan.jam.empty();
  plan.guarded = laneInP && reduces && !plan.jam.empty() && reduce->usesIndices;
  plan.work = 1;
  AffineExpr units;
  for (auto [d, dim] : llvm::enumerate(form.dims)) {
    if (dim.reduction)
      continue;
    int64_t block = static_cast<int>(d) == plan.lane ? plan.chunk : 1;
    for (auto [j, factor] : plan.jam)
      if (j == static_cast<int>(d))
        block = factor;
    plan.work *= ceilDiv(dim.size, block);
    AffineExpr count = canonical(dim.extent.ceilDiv(static_cast<uint64_t>(block)));
    units = units ? product(units, count) : count;
  }
  if (form.pSize == 0)
    plan.work = 0;
  if (!units || form.pSize == 0)
    units = getAffineConstantExpr(plan.work, form.func.getContext());
  plan.units = units;
}

Plan planRowForm(const RowForm &form, const TargetInfo &target) {
  Plan plan;
  plan.vectorBytes = target.vectorBytes;
  int64_t bytes = laneBytes(form), natural = std::max<int64_t>(1, target.vectorBytes / bytes);
  double best = estimate(form, -1, 1);
  for (int d = static_cast<int>(form.dims.size()) - 1; d >= 0; --d) {
    if (form.dims[d].size < 2)
      continue;
    double time = estimate(form, d, natural);
    if (time < best) {
      best = time;
      plan.lane = d;
    }
  }
  double work = 0, heaviest = 0;
  bool reduces = false;
  for (const Stage &s : form.stages) {
    work += bodyWork(s) * volume(form, s);
    heaviest = std::max(heaviest, bodyWork(s));
    reduces |= s.kind == Stage::Reduce;
  }
  if (plan.lane >= 0) {
    bool laneInP = !form.dims[plan.lane].reduction;
    plan.width = natural * (heaviest > 12 ? 2 : reduces ? (laneInP ? 8 : 4) : 2);
    if (reduces) {
      Plan trial = plan;
      trial.width = natural * (laneInP ? 2 : 1);
      planJam(form, target, trial);
      if (!trial.jam.empty())
        plan = trial;
    }
    if (!reduces)
      planTranspose(form, target, bytes, plan);
    int64_t size = form.dims[plan.lane].size;
    plan.width = std::min(plan.width, size);
    // Vectors that lie on one side of each edge take one branch.
    if (int64_t even = std::gcd(plan.width, edges(form, plan.lane)); plan.transposed < 0 && even >= natural)
      plan.width = even;
    if (laneInP) {
      int64_t perLane = std::max<int64_t>(1, reduces ? form.rSize : 1);
      for (auto [d, factor] : plan.jam)
        perLane *= factor;
      plan.chunk = plan.width * std::max<int64_t>(1, (plan.transposed >= 0 ? 512 : 4096) / (plan.width * perLane));
    }
  }
  complete(form, plan);
  double accesses = 0;
  for (const Stage &s : form.stages)
    accesses += 2 * volume(form, s);
  double perUnit = (work + accesses) / std::max<double>(1, static_cast<double>(plan.work));
  plan.grain =
      std::clamp<int64_t>(static_cast<int64_t>(131072 / std::max(1.0, perUnit)), 1, std::max<int64_t>(1, plan.work));
  return plan;
}

DictionaryAttr writeSchedule(MLIRContext *context, const Plan &plan) {
  SmallVector<int64_t> jam;
  for (auto [d, factor] : plan.jam)
    llvm::append_values(jam, int64_t(d), factor);
  ScheduleWriter out(context);
  out.set("lane", plan.lane).set("width", plan.width).set("chunk", plan.chunk).set("jam", jam);
  return out.set("transposed", plan.transposed).set("grain", plan.grain).get();
}

LogicalResult readSchedule(ScheduleReader &in, const RowForm &form, Plan &plan) {
  if (!in.given())
    return success();
  int64_t dims = form.dims.size(), lane = plan.lane, transposed = plan.transposed;
  SmallVector<int64_t> jam;
  for (auto [d, factor] : plan.jam)
    llvm::append_values(jam, int64_t(d), factor);
  in.integer("lane", lane);
  in.integer("width", plan.width);
  in.integer("chunk", plan.chunk);
  in.list("jam", jam);
  in.integer("transposed", transposed);
  in.integer("grain", plan.grain);
  if (failed(in.finish()))
    return failure();
  std::string loops = "a loop of this kernel, 0 to " + std::to_string(dims - 1) + ", or -1 for none";
  if (!in.expect(lane >= -1 && lane < dims, "lane", loops) ||
      !in.expect(transposed >= -1 && transposed < dims, "transposed", loops))
    return failure();
  plan.lane = static_cast<int>(lane), plan.transposed = static_cast<int>(transposed);
  bool laneInP = lane >= 0 && !form.dims[lane].reduction;
  if (laneInP)
    for (const Stage &s : form.stages)
      in.expect(LaneAnalysis(form, s, plan.lane).vectorizable(), "lane", "a loop whose iterations can be vector lanes");
  int64_t most = lane < 0 ? 1 : std::min<int64_t>(form.dims[lane].size, 512);
  in.expect(plan.width >= 1 && plan.width <= most, "width", "1 to " + Twine(most) + " lanes");
  if (laneInP)
    in.expect(plan.chunk >= plan.width && plan.width > 0 && plan.chunk % plan.width == 0, "chunk",
              "a multiple of width (" + Twine(plan.width) + ")");
  plan.jam.clear();
  int64_t points = 1;
  if (in.expect(jam.size() % 2 == 0, "jam", "pairs of a loop and how many of its iterations run side by side"))
    for (size_t i = 0; i < jam.size(); i += 2) {
      int64_t d = jam[i], factor = jam[i + 1];
      bool fits = d >= 0 && d < dims && d != lane && !form.dims[d].reduction && form.dims[d].fixed() && factor > 1 &&
                  factor <= form.dims[d].size && llvm::none_of(plan.jam, [&](auto &other) { return other.first == d; });
      if (!in.expect(fits, "jam", "parallel loops, none twice nor the one in the lanes, each with 2 to its size"))
        break;
      plan.jam.push_back({static_cast<int>(d), factor});
      points *= factor;
    }
  in.expect(points <= 64, "jam", "at most 64 points side by side");
  in.expect(transposed < 0 ||
                (form.numP() == form.dims.size() && plan.jam.size() == 1 && plan.jam[0].first == transposed),
            "transposed", "the only loop in jam, in a kernel without reductions");
  in.expect(plan.grain >= 1, "grain", "at least 1 unit");
  if (failed(in.finish()))
    return failure();
  complete(form, plan);
  return success();
}

} // namespace dlc::cpu
