#include "codegen/cuda/Elements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace dlc::cuda {

/// The widest vector, in elements, that some output (pointwise) or some input takes along `dim`.
int64_t Elements::vectorWidth(int dim, bool tail) const {
  if (dim < 0)
    return 1;
  for (const Stage &stage : form.stages) {
    bool heavy = false;
    int operations = 0;
    linalg::GenericOp generic = stage.op;
    generic.getRegion().walk([&](Operation *op) {
      heavy |= isa<scf::ForOp>(op);
      ++operations;
    });
    if (heavy || operations > 60)
      return 1;
  }
  for (int64_t width : {8, 4, 2}) {
    if (!form.extents[dim].isMultipleOf(width) && !(tail && form.sizes.size() == 1 && form.sizes[dim] >= 4 * width))
      continue;
    bool some = false, fits = true;
    for (const Stage &stage : form.stages)
      for (auto *list : {&stage.inputs, &stage.outputs})
        for (const Access &access : *list) {
          bool buffer = list == &stage.outputs || isBuffer(access);
          if (!buffer || !access.vectorAlong(dim, width))
            continue;
          some = true;
          fits &= elementBytes(access) * width <= 16;
        }
    if (some && fits)
      return width;
  }
  return 1;
}

void Elements::storeGuarded(Value guard, llvm::function_ref<void()> build) {
  if (!guard)
    return build();
  auto check = scf::IfOp::create(b, k.loc, guard, /*withElse=*/false);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(check.thenBlock());
  build();
}

int64_t Elements::elementBytes(const Access &access) {
  auto tensor = dyn_cast<RankedTensorType>(access.tensor.getType());
  return tensor ? std::max<int64_t>(1, tensor.getElementTypeBitWidth() / 8) : 1;
}

SmallVector<const Stage *> Elements::allStages() const {
  return llvm::map_to_vector(form.stages, [](const Stage &stage) { return &stage; });
}

/// One point of every stage in turn. `position` is its number in the chunk; vectors in `hoisted` are read there, and
/// memrefs in `lanesOut` (by output buffer or by tensor) take the results in place of the output.
SmallVector<Value> Elements::lanes(ArrayRef<const Stage *> stages, ArrayRef<Value> at, ValueRange accumulators,
                                   const Hoisted &hoisted, Value position, const DenseMap<Value, Value> &lanesOut) {
  SmallVector<Value> merged; // accumulators of all reductions, in order
  // Stores come last: an output may lie where an input does.
  SmallVector<std::function<void()>> stores;
  for (const Stage *stage : stages) {
    linalg::GenericOp generic = stage->op;
    SmallVector<Value> inputs;
    for (auto [i, access] : llvm::enumerate(stage->inputs)) {
      Value value;
      if (generic.getBody()->getArgument(i).use_empty()) {
        inputs.push_back({});
        continue;
      }
      if (Value scalar = scalars.lookup(access.tensor))
        value = scalar;
      else if (Value early = hoisted.lookup(&access))
        value =
            isa<VectorType>(early.getType()) ? vector::ExtractOp::create(b, k.loc, early, position).getResult() : early;
      else if (access.tensor.getType().isIntOrFloat()) // a scalar operand is a constant
        value = b.clone(*access.tensor.getDefiningOp())->getResult(0);
      else
        value = memref::LoadOp::create(b, generic.getLoc(), k.memref(access.tensor), k.offset(form, access, at));
      inputs.push_back(value);
    }
    // Only reductions read what they are initialised with.
    bool reduces = stage->kind == Stage::Reduce;
    ValueRange own = reduces ? accumulators.take_front(stage->inits.size()) : ValueRange();
    SmallVector<Value> results = k.body(form, *stage, inputs, own, at);
    if (reduces) {
      accumulators = accumulators.drop_front(own.size());
      llvm::append_range(merged, results);
      continue;
    }
    for (auto [i, access] : llvm::enumerate(stage->outputs)) {
      Value tensor = generic->getResult(i), value = results[i];
      if (stage->kind == Stage::MapRows)
        scalars[tensor] = value;
      if (Value sink = lanesOut.lookup(tensor))
        stores.push_back([=, this] { memref::StoreOp::create(b, k.loc, value, sink, position); });
      for (Value buffer : k.outputs(tensor)) {
        if (Value sink = lanesOut.lookup(buffer)) {
          stores.push_back([=, this] { memref::StoreOp::create(b, k.loc, value, sink, position); });
          continue;
        }
        if (sinks.contains(tensor) || (form.numR() && stage->kind == Stage::MapRows))
          continue; // taken as a vector, or stored at the end of the row
        stores.push_back([=, this, where = &access] {
          storeGuarded(active, [&] { memref::StoreOp::create(b, k.loc, value, buffer, k.offset(form, *where, at)); });
        });
      }
    }
  }
  for (auto &store : stores)
    store();
  return merged;
}

/// Stages that only move data store the vectors that they loaded; false (and nothing built) for all others.
bool Elements::copyVectors(ArrayRef<const Stage *> stages, ArrayRef<Value> at, int dim, int64_t width,
                           const Hoisted &hoisted) {
  struct Copy {
    Value vector;
    const Stage *stage;
    unsigned result;
  };
  SmallVector<Copy> copies;
  for (const Stage *stage : stages) {
    linalg::GenericOp generic = stage->op;
    if (stage->kind == Stage::Reduce || (form.numR() && stage->kind == Stage::MapRows))
      return false;
    for (auto [i, value] : llvm::enumerate(generic.getBody()->getTerminator()->getOperands())) {
      auto argument = dyn_cast<BlockArgument>(value);
      if (!argument || argument.getOwner() != generic.getBody() || argument.getArgNumber() >= stage->inputs.size() ||
          !stage->outputs[i].vectorAlong(dim, width) || sinks.contains(generic->getResult(i)))
        return false;
      Value vector = hoisted.lookup(&stage->inputs[argument.getArgNumber()]);
      if (!vector || !isa<VectorType>(vector.getType()))
        return false;
      copies.push_back({vector, stage, unsigned(i)});
    }
  }
  for (auto &[vector, stage, result] : copies) {
    linalg::GenericOp generic = stage->op;
    for (Value buffer : k.outputs(generic->getResult(result)))
      storeGuarded(active, [&] {
        vector::StoreOp::create(b, k.loc, vector, buffer, k.offset(form, stage->outputs[result], at));
      });
  }
  return true;
}

SmallVector<Value> Elements::chunk(ArrayRef<const Stage *> stages, ArrayRef<Value> at, int dim, int64_t width,
                                   ValueRange accumulators) {
  // Vectors, and what does not change along them, are loaded before the lanes are walked.
  Hoisted hoisted = loaded;
  DenseMap<Value, Value> lanesOut = sinks;
  struct Pending {
    Value buffer, lanes;
    const Access *access;
  };
  SmallVector<Pending> pending;
  for (const Stage *stage : stages) {
    linalg::GenericOp generic = stage->op;
    Location loc = generic.getLoc();
    for (auto [i, access] : llvm::enumerate(stage->inputs)) {
      if (Value vector = vectors.lookup(access.tensor)) {
        hoisted[&access] = vector;
        continue;
      }
      Value buffer = k.memref(access.tensor);
      if (width == 1 || !buffer || hoisted.contains(&access) || !access.linear ||
          generic.getBody()->getArgument(i).use_empty())
        continue;
      if (access.vectorAlong(dim, width)) {
        auto type = VectorType::get({width}, cast<MemRefType>(buffer.getType()).getElementType());
        hoisted[&access] = vector::LoadOp::create(b, loc, type, buffer, k.offset(form, access, at));
      } else if (access.step(dim) == 0) {
        hoisted[&access] = memref::LoadOp::create(b, loc, buffer, k.offset(form, access, at));
      }
    }
    if (stage->kind == Stage::Reduce || width == 1)
      continue;
    for (auto [i, access] : llvm::enumerate(stage->outputs)) {
      if (sinks.contains(generic->getResult(i)) || !access.vectorAlong(dim, width))
        continue;
      for (Value buffer : k.outputs(generic->getResult(i))) {
        lanesOut[buffer] = k.privateLanes(width, cast<MemRefType>(buffer.getType()).getElementType());
        pending.push_back({buffer, lanesOut[buffer], &access});
      }
    }
  }
  if (width > 1 && copyVectors(stages, at, dim, width, hoisted)) {
    for (Pending &unused : pending)
      unused.lanes.getDefiningOp()->erase();
    return {};
  }
  if (width == 1)
    return lanes(stages, at, accumulators, hoisted, vectors.empty() && sinks.empty() ? Value() : k.index(0), lanesOut);

  auto loop = k.loop(k.index(0), width, 1, accumulators, /*unroll=*/true, "j");
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    Value j = loop.getInductionVar();
    SmallVector<Value> inner(at);
    inner[dim] = k.add(at[dim], j);
    Value &flat = dim < form.numP ? k.flatP : k.flatR;
    Value first = flat;
    flat = flat ? k.add(flat, j) : flat;
    SmallVector<Value> results = lanes(stages, inner, loop.getRegionIterArgs(), hoisted, j, lanesOut);
    flat = first;
    if (!accumulators.empty())
      scf::YieldOp::create(b, k.loc, results);
  }
  for (auto &[buffer, lanes, access] : pending) {
    auto type = VectorType::get({width}, cast<MemRefType>(buffer.getType()).getElementType());
    Value value = vector::LoadOp::create(b, k.loc, type, lanes, k.index(0));
    storeGuarded(active, [&] { vector::StoreOp::create(b, k.loc, value, buffer, k.offset(form, *access, at)); });
  }
  return llvm::to_vector(llvm::map_range(loop.getResults(), [](OpResult r) -> Value { return r; }));
}

} // namespace dlc::cuda
