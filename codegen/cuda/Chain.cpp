// Kernels behind each other in one launch: a product whose blocks hold whole rows of the result, and what then needs
// those rows alone. A block does one after the other, with a barrier between them.
#include "codegen/cuda/JoinedKernel.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

// What follows a product runs in the product's few blocks: no more tiles of k than a launch would take longer.
constexpr int64_t mostTiles = 2, mostSteps = 4;

ArrayRef<int64_t> numbers(DictionaryAttr dict, StringRef name) {
  auto attr = dict ? dict.getAs<DenseI64ArrayAttr>(name) : DenseI64ArrayAttr();
  return attr ? attr.asArrayRef() : ArrayRef<int64_t>();
}
/// -1 where it is no number.
int64_t number(DictionaryAttr dict, StringRef name) {
  auto attr = dict ? dict.getAs<IntegerAttr>(name) : IntegerAttr();
  return attr ? attr.getInt() : -1;
}
DictionaryAttr libraryOf(gpu::GPUFuncOp kernel) { return kernel->getAttrOfType<DictionaryAttr>("dlc.library"); }
DictionaryAttr rowsOf(gpu::GPUFuncOp kernel) { return kernel->getAttrOfType<DictionaryAttr>("dlc.rows"); }

Value throughViews(Value value) {
  for (auto view = value.getDefiningOp<IndexedOpInterface>(); view && view.isView();
       view = value.getDefiningOp<IndexedOpInterface>())
    value = view->getOperand(0);
  return value;
}

/// A product on the CUDA cores of one batch, with its result's rows one behind the other.
bool isProduct(gpu::GPUFuncOp kernel) {
  DictionaryAttr call = libraryOf(kernel);
  return call && tileBytes(kernel) && !kernel->hasAttr("dlc.workspace") && number(call, "batch") == 1 &&
         number(call, "out_row_stride") == number(call, "n") && numbers(call, "tile").size() < 7;
}

/// Grows a chain behind a product and makes it one launch.
class Chain {
public:
  Chain(JoinedKernels &kernels, LaunchOp first) : kernels(kernels) { links.push_back(first); }

  bool grow() {
    gpu::GPUFuncOp first = kernels.find(links.front().getKernel());
    if (!first || !kernels.facts(first.getName()) || !isProduct(first))
      return false;
    DictionaryAttr call = libraryOf(first);
    height = numbers(call, "tile")[0], count = number(call, "m");
    if (number(call, "n") > numbers(call, "tile")[1] || escapes(links.front()))
      return false;
    while (links.size() < 4 && addOne()) {
    }
    return links.size() > 1;
  }
  ArrayRef<LaunchOp> get() const { return links; }

private:
  JoinedKernels &kernels;
  SmallVector<LaunchOp> links;
  int64_t height = 0, count = 0; // rows of a block, and of all

  bool isLink(Value value) const {
    return llvm::is_contained(links, dyn_cast_or_null<LaunchOp>(value.getDefiningOp()));
  }
  static bool escapes(LaunchOp launch) {
    Operation *terminator = launch->getBlock()->getTerminator();
    return llvm::any_of(terminator->getOperands(),
                        [&](Value v) { return throughViews(v).getDefiningOp() == launch.getOperation(); });
  }
  bool dependsOnLinks(Value value, llvm::DenseSet<Operation *> &seen) const {
    Operation *def = value.getDefiningOp();
    if (!def || def->getBlock() != links.front()->getBlock() || !seen.insert(def).second)
      return false;
    if (isLink(value))
      return true;
    return def
        ->walk([&](Operation *inner) {
          for (Value operand : inner->getOperands())
            if (dependsOnLinks(operand, seen))
              return WalkResult::interrupt();
          return WalkResult::advance();
        })
        .wasInterrupted();
  }

  bool addOne() {
    for (LaunchOp link : links)
      for (Value result : link->getResults()) {
        SmallVector<Value> work = {result};
        while (!work.empty())
          for (Operation *user : work.pop_back_val().getUsers()) {
            auto view = dyn_cast<IndexedOpInterface>(user);
            auto launch = dyn_cast<LaunchOp>(user);
            if (view && view.isView() && user->getBlock() == link->getBlock())
              work.push_back(user->getResult(0));
            else if (launch && launch->getBlock() == link->getBlock() && !llvm::is_contained(links, launch) &&
                     fits(launch)) {
              links.push_back(launch);
              return true;
            }
          }
      }
    return false;
  }

  bool fits(LaunchOp launch) {
    gpu::GPUFuncOp kernel = kernels.find(launch.getKernel());
    if (!kernel || !kernels.facts(kernel.getName()) || escapes(launch))
      return false;
    SmallVector<int64_t> ours; // inputs that links compute
    for (auto [i, input] : llvm::enumerate(launch.getInputs())) {
      llvm::DenseSet<Operation *> seen;
      if (isLink(throughViews(input)))
        ours.push_back(int64_t(i));
      else if (dependsOnLinks(input, seen))
        return false;
    }
    return fitsRows(kernel, ours) || fitsProduct(kernel, ours);
  }
  /// Warps own rows, and read no others of what links compute.
  bool fitsRows(gpu::GPUFuncOp kernel, ArrayRef<int64_t> ours) const {
    DictionaryAttr rows = rowsOf(kernel);
    return rows && isFlexible(kernel) && number(rows, "count") == count && height * number(rows, "lanes") % 32 == 0 &&
           llvm::all_of(ours, [&](int64_t i) { return llvm::is_contained(numbers(rows, "own"), i); });
  }
  /// Rows of what links compute are rows of a product's first operand.
  bool fitsProduct(gpu::GPUFuncOp kernel, ArrayRef<int64_t> ours) const {
    if (!isProduct(kernel))
      return false;
    DictionaryAttr call = libraryOf(kernel), lhs = call.getAs<DictionaryAttr>("lhs"),
                   rhs = call.getAs<DictionaryAttr>("rhs");
    auto tile = numbers(call, "tile"), free = numbers(lhs, "free"), sum = numbers(lhs, "sum");
    int64_t arg = number(lhs, "arg");
    if (number(call, "m") != count || height % tile[0] || ours.size() != 1 || ours[0] != arg ||
        number(rhs, "arg") == arg || llvm::is_contained(numbers(call, "epilogue_args"), arg))
      return false;
    auto memref = cast<MemRefType>(kernel.getFunctionType().getInput(arg));
    if (free.size() != 2 || sum.size() != 2 || free[0] != count || free[1] * count != memref.getNumElements() ||
        sum[1] != 1 || sum[0] > free[1])
      return false;
    int64_t slices = tile.size() > 5 ? tile[5] : 1;
    return height / tile[0] * int64_t(llvm::divideCeil(number(call, "n"), tile[1])) <= mostTiles &&
           int64_t(llvm::divideCeil(number(call, "k"), tile[2] * slices)) <= mostSteps;
  }
};

} // namespace

LaunchOp JoinedKernels::chain(ArrayRef<LaunchOp> launches) {
  OpBuilder b(launches.back());
  SmallVector<gpu::GPUFuncOp> links;
  SmallVector<Value> inputs, results;
  SmallVector<Type> types, inputTypes, outputTypes;
  SmallVector<Attribute> names, inputNames, outputNames, symbols;
  SmallVector<Location> locs;
  std::string key;
  SmallVector<SmallVector<int64_t>> places; // of each link's arguments; outputs are counted from 0, and marked
  constexpr int64_t output = int64_t(1) << 32;
  for (auto [l, launch] : llvm::enumerate(launches)) {
    LaunchOp link = launch;
    gpu::GPUFuncOp kernel = find(link.getKernel());
    links.push_back(kernel);
    symbols.push_back(FlatSymbolRefAttr::get(kernel.getNameAttr()));
    locs.push_back(link.getLoc());
    SmallVector<int64_t> &own = places.emplace_back();
    auto nameOf = [&, at = l](int64_t i) {
      return b.getStringAttr("p" + Twine(at) + "_" + kernel.getArgAttrOfType<StringAttr>(i, "dlc.name").getValue());
    };
    for (auto [i, input] : llvm::enumerate(link.getInputs())) {
      auto computed = llvm::find(results, throughViews(input));
      own.push_back(computed == results.end() ? int64_t(inputs.size()) : output + (computed - results.begin()));
      if (computed != results.end())
        continue;
      inputs.push_back(input);
      inputTypes.push_back(kernel.getFunctionType().getInput(i));
      inputNames.push_back(nameOf(int64_t(i)));
    }
    auto given = link->getAttrOfType<ArrayAttr>(resultNamesAttr);
    auto called = link.getLoc()->findInstanceOf<NameLoc>();
    for (auto [i, result] : llvm::enumerate(link.getResults())) {
      int64_t argument = int64_t(link.getInputs().size() + i);
      own.push_back(output + int64_t(results.size()));
      results.push_back(result);
      types.push_back(result.getType());
      outputTypes.push_back(kernel.getFunctionType().getInput(argument));
      outputNames.push_back(nameOf(argument));
      names.push_back(given ? given[i] : called ? Attribute(called.getName()) : b.getStringAttr(link.getKernel()));
    }
  }
  SmallVector<Attribute> maps;
  for (auto &own : places) {
    for (int64_t &place : own)
      place = place >= output ? place - output + int64_t(inputs.size()) : place;
    maps.push_back(b.getDenseI64ArrayAttr(own));
  }
  llvm::raw_string_ostream text(key);
  text << "chain " << b.getArrayAttr(symbols) << b.getArrayAttr(maps);
  gpu::GPUFuncOp &kernel = made[key];
  if (!kernel) {
    llvm::append_range(inputTypes, outputTypes);
    llvm::append_range(inputNames, outputNames);
    kernel = combined(links, "chain", inputTypes, inputNames, int64_t(inputs.size()));
    int64_t threads = 0;
    for (gpu::GPUFuncOp link : links)
      threads = std::max(threads, isFlexible(link) ? 0 : threadsOf(link));
    kernel->setAttr("dlc.grid", b.getI64ArrayAttr({blocksOf(links.front()), 1, 1}));
    kernel->setAttr("dlc.block", b.getI64ArrayAttr({threads, 1, 1}));
    kernel->setAttr("dlc.links", b.getArrayAttr(symbols));
    kernel->setAttr("dlc.link_args", b.getArrayAttr(maps));
    kernel->setAttr("dlc.how", b.getStringAttr(Twine(links.size()) + " links, " + Twine(threads) + " threads"));
  }
  auto one = LaunchOp::create(b, b.getFusedLoc(locs), types, kernel.getName(), inputs);
  one->setAttr(resultNamesAttr, b.getArrayAttr(names));
  for (auto [old, now] : llvm::zip_equal(results, one.getResults()))
    old.replaceAllUsesWith(now);
  for (LaunchOp link : llvm::reverse(launches))
    link.erase();
  return one;
}

void chainLaunches(Block &block, JoinedKernels &kernels) {
  bool any = false;
  for (Operation *op = block.empty() ? nullptr : &block.front(); op;) {
    auto launch = dyn_cast<LaunchOp>(op);
    op = op->getNextNode();
    if (!launch)
      continue;
    Chain chain(kernels, launch);
    if (!chain.grow())
      continue;
    while (op && llvm::is_contained(chain.get(), dyn_cast<LaunchOp>(op)))
      op = op->getNextNode();
    kernels.chain(chain.get());
    any = true;
  }
  if (any)
    sortTopologically(&block);
}

} // namespace dlc::cuda
