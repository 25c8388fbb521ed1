// Transposes: maps whose output is contiguous along one dimension and some input along another. Tiles of 32 x 32 go
// through shared memory, so that both sides are coalesced; the 33rd column keeps the reads free of bank conflicts.
#include "codegen/cuda/Elements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

constexpr int64_t kTile = 32, kRows = 8; // a block is 32 x 8 threads; each takes 4 elements of the tile

struct TransposePlan {
  int across = -1; // the dimension that the transposed inputs are contiguous along
  SmallVector<const Access *> inputs;
};

/// The inputs that a straight map would read with a stride, all along one dimension.
std::optional<TransposePlan> findTranspose(const RowForm &form) {
  int along = form.innerP();
  if (form.numR() || along < 1 || form.isOpen())
    return std::nullopt;
  TransposePlan plan;
  for (const Stage &stage : form.stages) {
    for (const Access &access : stage.outputs)
      if (!access.linear || access.step(along) != 1)
        return std::nullopt;
    for (const Access &access : stage.inputs) {
      if (!access.linear || access.step(along) == 1 || access.step(along) == 0)
        continue;
      for (int dim = 0; dim < along; ++dim)
        if (access.step(dim) == 1 && (plan.across == dim || plan.across < 0)) {
          plan.across = dim;
          plan.inputs.push_back(&access);
        }
    }
  }
  // A tile must be worth its barrier: short dimensions leave most of it empty.
  if (plan.inputs.empty() || form.sizes[along] < 8 || form.sizes[plan.across] < 8)
    return std::nullopt;
  int64_t bytes = 0;
  for (const Access *access : plan.inputs)
    bytes += kTile * (kTile + 1) * Elements::elementBytes(*access);
  return bytes <= 40 << 10 ? std::optional(plan) : std::nullopt;
}

} // namespace

bool isTranspose(const RowForm &form) { return findTranspose(form).has_value(); }

bool scheduleTranspose(gpu::GPUModuleOp module, const RowForm &form) {
  std::optional<TransposePlan> plan = findTranspose(form);
  if (!plan)
    return false;
  KernelBuilder k(module, form.func);
  Elements elements(form, k);
  OpBuilder &b = k.b;
  int along = form.innerP(), across = plan->across;
  int64_t alongSize = form.sizes[along], acrossSize = form.sizes[across];
  int64_t alongTiles = llvm::divideCeil(alongSize, kTile), acrossTiles = llvm::divideCeil(acrossSize, kTile);
  int64_t grid = form.rows() / alongSize / acrossSize * alongTiles * acrossTiles;

  // Which tile, and where in the other dimensions.
  Value block = k.block(), x = k.thread(gpu::Dimension::x, "x"), y = k.thread(gpu::Dimension::y, "y");
  SmallVector<AffineExpr> sizes(form.extents);
  sizes[along] = b.getAffineConstantExpr(alongTiles);
  sizes[across] = b.getAffineConstantExpr(acrossTiles);
  SmallVector<Value> at = k.delinearize(block, sizes, "tile");
  Value alongFirst = k.mul(at[along], kTile, "column"), acrossFirst = k.mul(at[across], kTile, "row");

  SmallVector<Value> tiles;
  for (const Access *access : plan->inputs) {
    Type element = cast<RankedTensorType>(access->tensor.getType()).getElementType();
    auto type = MemRefType::get({kTile, kTile + 1}, element, AffineMap(),
                                gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup));
    tiles.push_back(k.kernel.addWorkgroupAttribution(type, named(k.loc, "tile")));
  }
  auto inside = [&](Value alongAt, Value acrossAt) -> Value {
    Value guard;
    if (alongSize % kTile)
      guard = k.less(alongAt, alongSize);
    if (acrossSize % kTile) {
      Value second = k.less(acrossAt, acrossSize);
      guard = guard ? arith::AndIOp::create(b, k.loc, guard, second).getResult() : second;
    }
    return guard;
  };
  // Four steps of a tile, each guarded at ragged edges.
  auto walk = [&](bool reading, llvm::function_ref<void(Value slow, Value alongAt, Value acrossAt)> build) {
    auto loop = k.loop(y, kTile, kRows, {}, /*unroll=*/true, "slow");
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    Value slow = loop.getInductionVar();
    Value alongAt = k.add(alongFirst, reading ? slow : x, "c"), acrossAt = k.add(acrossFirst, reading ? x : slow, "r");
    elements.storeGuarded(inside(alongAt, acrossAt), [&] { build(slow, alongAt, acrossAt); });
  };
  walk(true, [&](Value slow, Value alongAt, Value acrossAt) {
    SmallVector<Value> from(at);
    from[along] = alongAt;
    from[across] = acrossAt;
    for (auto [access, tile] : llvm::zip(plan->inputs, tiles)) {
      Value value = memref::LoadOp::create(b, k.loc, k.memref(access->tensor), k.offset(form, *access, from));
      memref::StoreOp::create(b, k.loc, value, tile, ValueRange{slow, x});
    }
  });
  gpu::BarrierOp::create(b, k.loc);
  walk(false, [&](Value slow, Value alongAt, Value acrossAt) {
    SmallVector<Value> to(at);
    to[along] = alongAt;
    to[across] = acrossAt;
    for (auto [access, tile] : llvm::zip(plan->inputs, tiles))
      elements.loaded[access] = memref::LoadOp::create(b, k.loc, tile, ValueRange{x, slow});
    elements.point(elements.allStages(), to, {});
  });
  k.finish(grid, {kTile, kRows}, 0, "32x32 tiles, 256 threads");
  return true;
}

} // namespace dlc::cuda
