#include "codegen/cuda/JoinedKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

int64_t integer(Operation *op, StringRef name) {
  auto attr = op->getAttrOfType<IntegerAttr>(name);
  return attr ? attr.getInt() : 0;
}

int64_t extent(gpu::GPUFuncOp kernel, StringRef name, unsigned dim) {
  auto array = kernel->getAttrOfType<ArrayAttr>(name);
  return array ? cast<IntegerAttr>(array[dim]).getInt() : 1;
}

// A card runs what is shorter than some twenty microseconds about as fast as it is launched.
constexpr int64_t mostFlops = 500'000'000, mostBytes = 32'000'000;
// Half of the threads that a large card holds: so many may be there for nothing.
constexpr int64_t idleThreads = 132 * 1024;
// Static shared memory of a kernel, less what reductions over a block take.
constexpr int64_t mostShared = 47 * 1024;
// Pointers: 4 KiB of parameters are what every driver takes.
constexpr unsigned mostArguments = 500;

} // namespace

void forInPlace(LaunchOp launch, llvm::function_ref<void(int64_t, int64_t)> visit) {
  if (auto pairs = launch->getAttrOfType<ArrayAttr>("dlc.inplace"))
    for (Attribute pair : pairs) {
      auto p = cast<ArrayAttr>(pair);
      visit(cast<IntegerAttr>(p[0]).getInt(), cast<IntegerAttr>(p[1]).getInt());
    }
}

int64_t threadsOf(gpu::GPUFuncOp kernel) {
  return extent(kernel, "dlc.block", 0) * extent(kernel, "dlc.block", 1) * extent(kernel, "dlc.block", 2);
}
int64_t blocksOf(gpu::GPUFuncOp kernel) { return extent(kernel, "dlc.grid", 0); }

static ArrayRef<int64_t> tileOf(gpu::GPUFuncOp kernel) {
  auto call = kernel->getAttrOfType<DictionaryAttr>("dlc.library");
  auto name = call ? call.getAs<StringAttr>("name") : StringAttr();
  auto tile = call ? call.getAs<DenseI64ArrayAttr>("tile") : DenseI64ArrayAttr();
  bool onCores = name && (name.getValue() == "gemm" || name.getValue() == "conv") && !call.get("tensor");
  return onCores && tile ? tile.asArrayRef() : ArrayRef<int64_t>();
}

int64_t tileBytes(gpu::GPUFuncOp kernel) {
  int64_t most = 0;
  for (gpu::GPUFuncOp link : linksOf(kernel))
    most = std::max(most, tileBytes(link));
  if (most)
    return most;
  ArrayRef<int64_t> tile = tileOf(kernel); // m, n, k, thread m, thread n, slices
  if (tile.empty())
    return 0;
  auto call = kernel->getAttrOfType<DictionaryAttr>("dlc.library");
  int64_t width = call.getAs<TypeAttr>("acc").getValue().getIntOrFloatBitWidth() / 8;
  return 2 * tile[2] * (tile[0] + tile[1] + 8) * (tile.size() > 5 ? tile[5] : 1) * width;
}

static SmallVector<gpu::GPUFuncOp> kernelsNamed(gpu::GPUFuncOp kernel, StringRef attribute) {
  SmallVector<gpu::GPUFuncOp> kernels;
  if (auto names = kernel->getAttrOfType<ArrayAttr>(attribute))
    for (auto name : names.getAsRange<FlatSymbolRefAttr>())
      kernels.push_back(SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(kernel, name));
  return kernels;
}
SmallVector<gpu::GPUFuncOp> partsOf(gpu::GPUFuncOp kernel) { return kernelsNamed(kernel, "dlc.parts"); }
SmallVector<gpu::GPUFuncOp> linksOf(gpu::GPUFuncOp kernel) { return kernelsNamed(kernel, "dlc.links"); }

/// Adds the sums of a contraction whose k was split: a map, although the device library has it.
static bool addsSplits(gpu::GPUFuncOp kernel) {
  auto call = kernel->getAttrOfType<DictionaryAttr>("dlc.library");
  return call && call.get("splits");
}

bool isFlexible(gpu::GPUFuncOp kernel) {
  if (kernel->hasAttr("dlc.links") || (kernel->hasAttr("dlc.library") && !addsSplits(kernel)) ||
      !kernel.getWorkgroupAttributions().empty() || extent(kernel, "dlc.block", 1) != 1 || threadsOf(kernel) % 32 ||
      blocksOf(kernel) * threadsOf(kernel) >= 1 << 30)
    return false;
  return !kernel
              .walk([](Operation *op) {
                bool waits = isa<gpu::AllReduceOp>(op) || (isa<gpu::BarrierOp>(op) && !op->hasAttr(warpBarrierAttr));
                return waits ? WalkResult::interrupt() : WalkResult::advance();
              })
              .wasInterrupted();
}

bool dividesEvenly(int64_t a, int64_t b) { return a % b == 0 || b % a == 0; }

int64_t blocksIn(int64_t blocks, int64_t own, int64_t threads, bool flexible) {
  if (!flexible || !dividesEvenly(own, threads))
    return blocks;
  return llvm::divideCeil(blocks * own, threads);
}

std::optional<PartFacts> JoinedKernels::facts(StringRef name) {
  gpu::GPUFuncOp kernel = find(name);
  if (!kernel || kernel->hasAttr("dlc.values") || kernel->hasAttr("dlc.grid_at") || kernel->hasAttr("dlc.finish") ||
      kernel->hasAttr("dlc.parts") || integer(kernel, "dlc.shared") || extent(kernel, "dlc.grid", 1) != 1 ||
      extent(kernel, "dlc.grid", 2) != 1 || extent(kernel, "dlc.block", 2) != 1)
    return std::nullopt;
  ArrayRef<int64_t> tile = tileOf(kernel);
  if (kernel->hasAttr("dlc.library") && tile.empty() && !addsSplits(kernel))
    return std::nullopt;
  if (integer(kernel, "dlc.flops") > mostFlops || integer(kernel, "dlc.bytes") > mostBytes)
    return std::nullopt;
  PartFacts facts{kernel, blocksOf(kernel), threadsOf(kernel)};
  facts.tileBytes = tileBytes(kernel);
  facts.accumulators = tile.empty() ? 0 : tile[3] * tile[4];
  for (gpu::GPUFuncOp link : linksOf(kernel))
    if (ArrayRef<int64_t> its = tileOf(link); !its.empty())
      facts.accumulators = std::max(facts.accumulators, its[3] * its[4]);
  facts.arguments = kernel.getFunctionType().getNumInputs();
  facts.flexible = isFlexible(kernel);
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto memref = cast<MemRefType>(buffer.getType());
    facts.ownBytes += memref.getNumElements() * std::max(8u, memref.getElementTypeBitWidth()) / 8;
  }
  if (!facts.blocks || facts.blocks > 1 << 20 || facts.tileBytes + facts.ownBytes > mostShared)
    return std::nullopt;
  return facts;
}

/// A block holds the widest part that cannot be cut, or where all can be, the widest.
static int64_t commonThreads(ArrayRef<PartFacts> parts) {
  int64_t fixed = 0, any = 0;
  for (const PartFacts &each : parts) {
    any = std::max(any, each.threads);
    fixed = each.flexible ? fixed : std::max(fixed, each.threads);
  }
  return fixed ? fixed : any;
}

bool JoinedFacts::add(const PartFacts &part) {
  SmallVector<PartFacts> all(parts);
  all.push_back(part);
  int64_t threads = commonThreads(all), tile = 0, own = 0, accumulators = 0;
  unsigned arguments = 0;
  llvm::SmallPtrSet<Operation *, 8> seen;
  for (const PartFacts &each : all) {
    tile = std::max(tile, each.tileBytes);
    accumulators = std::max(accumulators, each.accumulators);
    arguments += each.arguments;
    own += seen.insert(each.kernel).second ? each.ownBytes : 0;
  }
  // Registers: what a contraction keeps must fit so many threads.
  if (accumulators && threads > (accumulators > 16 ? 256 : 512))
    return false;
  // A block of the widest part's size runs what needs fewer threads, the others are idle.
  for (const PartFacts &each : all)
    if (!(each.flexible && dividesEvenly(each.threads, threads)) &&
        (each.threads > threads || (each.threads < threads && each.blocks * threads > idleThreads)))
      return false;
  if (tile + own > mostShared || arguments > mostArguments)
    return false;
  parts = std::move(all);
  return true;
}

gpu::GPUFuncOp JoinedKernels::make(ArrayRef<gpu::GPUFuncOp> parts) {
  Builder b(module.getContext());
  std::string key;
  for (gpu::GPUFuncOp part : parts)
    key += part.getName().str() + " ";
  if (gpu::GPUFuncOp known = made.lookup(key))
    return known;
  SmallVector<Type> types;
  SmallVector<Attribute> names, symbols;
  int64_t blocks = 0, inputs = 0;
  for (bool outputs : {false, true})
    for (size_t p = 0; p < parts.size(); ++p) {
      gpu::GPUFuncOp part = parts[p];
      int64_t own = integer(part, "dlc.inputs"), total = part.getFunctionType().getNumInputs();
      for (int64_t i = outputs ? own : 0; i < (outputs ? total : own); ++i) {
        types.push_back(part.getFunctionType().getInput(i));
        StringRef name = part.getArgAttrOfType<StringAttr>(i, "dlc.name").getValue();
        names.push_back(b.getStringAttr("p" + Twine(p) + "_" + name));
      }
      inputs += outputs ? 0 : own;
    }
  SmallVector<PartFacts> all;
  for (gpu::GPUFuncOp part : parts) {
    all.push_back(*facts(part.getName()));
    symbols.push_back(FlatSymbolRefAttr::get(part.getNameAttr()));
  }
  int64_t threads = commonThreads(all);
  for (const PartFacts &each : all)
    blocks += blocksIn(each.blocks, each.threads, threads, each.flexible);
  gpu::GPUFuncOp kernel = combined(parts, "joined", types, names, inputs);
  kernel->setAttr("dlc.grid", b.getI64ArrayAttr({blocks, 1, 1}));
  kernel->setAttr("dlc.block", b.getI64ArrayAttr({threads, 1, 1}));
  kernel->setAttr("dlc.parts", b.getArrayAttr(symbols));
  kernel->setAttr("dlc.how", b.getStringAttr(Twine(parts.size()) + " parts, " + Twine(threads) + " threads"));
  return made[key] = kernel;
}

gpu::GPUFuncOp JoinedKernels::combined(ArrayRef<gpu::GPUFuncOp> members, StringRef base, ArrayRef<Type> types,
                                       ArrayRef<Attribute> names, int64_t inputs) {
  Builder b(module.getContext());
  llvm::SetVector<Attribute> sources;
  int64_t flops = 0, bytes = 0, width = 1;
  bool oneBlock = false; // ptxas need not make room for two
  StringRef kind = "other";
  for (gpu::GPUFuncOp member : members) {
    flops += integer(member, "dlc.flops");
    bytes += integer(member, "dlc.bytes");
    width = std::max(width, integer(member, "dlc.vector_width"));
    if (auto list = member->getAttrOfType<ArrayAttr>("dlc.sources"))
      sources.insert(list.begin(), list.end());
    oneBlock |= member->hasAttr("dlc.min_blocks");
    auto its = member->getAttrOfType<StringAttr>("dlc.class");
    if (its && (its.getValue() == "contraction" || kind == "other"))
      kind = its.getValue();
  }
  OpBuilder at = OpBuilder::atBlockEnd(module.getBody());
  std::string name;
  do
    name = (base + "_" + Twine(numbers[base]++)).str();
  while (module.lookupSymbol(name));
  auto kernel =
      gpu::GPUFuncOp::create(at, gpu::GPUFuncOp(members.front()).getLoc(), name, b.getFunctionType(types, {}));
  at.setInsertionPointToStart(&kernel.getBody().front());
  gpu::ReturnOp::create(at, kernel.getLoc());
  for (auto [i, argument] : llvm::enumerate(names))
    kernel.setArgAttr(i, "dlc.name", argument);
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  auto number = [&](StringRef attr, int64_t value) { kernel->setAttr(attr, b.getI64IntegerAttr(value)); };
  number("dlc.inputs", inputs), number("dlc.index_bits", 32), number("dlc.flops", flops), number("dlc.bytes", bytes);
  number("dlc.shared", 0), number("dlc.vector_width", width);
  if (oneBlock)
    number("dlc.min_blocks", 1);
  kernel->setAttr("dlc.class", b.getStringAttr(kind));
  kernel->setAttr("dlc.sources", b.getArrayAttr(sources.getArrayRef()));
  kernel->setAttr("dlc.shared_names", b.getArrayAttr({}));
  return kernel;
}

LaunchOp JoinedKernels::join(ArrayRef<LaunchOp> launches) {
  OpBuilder b(launches.back());
  b.setInsertionPointAfter(launches.back());
  SmallVector<gpu::GPUFuncOp> parts;
  SmallVector<Value> inputs;
  SmallVector<Type> types;
  SmallVector<Attribute> pairs, names;
  SmallVector<Location> locs;
  for (LaunchOp launch : launches) {
    parts.push_back(find(launch.getKernel()));
    forInPlace(launch, [&](int64_t input, int64_t result) {
      pairs.push_back(b.getI64ArrayAttr({int64_t(inputs.size()) + input, int64_t(types.size()) + result}));
    });
    auto given = launch->getAttrOfType<ArrayAttr>(resultNamesAttr);
    auto name = launch.getLoc()->findInstanceOf<NameLoc>();
    for (unsigned i = 0; i < launch.getNumResults(); ++i)
      names.push_back(given ? given[i] : name ? Attribute(name.getName()) : b.getStringAttr(launch.getKernel()));
    llvm::append_range(inputs, launch.getInputs());
    llvm::append_range(types, launch.getResultTypes());
    locs.push_back(launch.getLoc());
  }
  auto joined = LaunchOp::create(b, b.getFusedLoc(locs), types, make(parts).getName(), inputs);
  if (!pairs.empty())
    joined->setAttr("dlc.inplace", b.getArrayAttr(pairs));
  joined->setAttr(resultNamesAttr, b.getArrayAttr(names));
  unsigned at = 0;
  for (LaunchOp launch : launches)
    for (Value result : launch.getResults())
      result.replaceAllUsesWith(joined.getResult(at++));
  return joined;
}

gpu::GPUFuncOp JoinedKernels::copy(RankedTensorType type) {
  constexpr int64_t threads = 256;
  int64_t count = type.getNumElements(), bytes = count * type.getElementTypeBitWidth() / 8;
  std::string text;
  llvm::raw_string_ostream(text) << "copy_" << count << "_" << type.getElementType();
  if (gpu::GPUFuncOp known = find(text))
    return known;
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  auto flat = MemRefType::get({count}, type.getElementType());
  auto kernel = gpu::GPUFuncOp::create(b, module.getLoc(), text, b.getFunctionType({flat, flat}, {}));
  b.setInsertionPointToStart(&kernel.getBody().front());
  // What dlc-prepare-cuda says of its operations: all but the place are written where they are used.
  auto unnamed = [&](Operation *op, StringRef name = "") {
    op->setAttr("dlc.names", b.getStrArrayAttr({name}));
    return op->getResult(0);
  };
  Location loc = kernel.getLoc();
  auto constant = [&](int64_t value) { return unnamed(arith::ConstantIndexOp::create(b, loc, value)); };
  Value block = unnamed(gpu::BlockIdOp::create(b, loc, gpu::Dimension::x));
  Value first = unnamed(arith::MulIOp::create(b, loc, block, constant(threads)));
  Value thread = unnamed(gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x));
  Value at = unnamed(arith::AddIOp::create(b, loc, first, thread), "i");
  Value inside = unnamed(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, at, constant(count)));
  auto check = scf::IfOp::create(b, loc, inside, /*withElseRegion=*/false);
  gpu::ReturnOp::create(b, loc);
  b.setInsertionPointToStart(check.thenBlock());
  Value value = unnamed(memref::LoadOp::create(b, loc, kernel.getArgument(0), at));
  memref::StoreOp::create(b, loc, value, kernel.getArgument(1), at);
  kernel.setArgAttr(0, "dlc.name", b.getStringAttr("in"));
  kernel.setArgAttr(1, "dlc.name", b.getStringAttr("out"));
  auto number = [&](StringRef attr, int64_t value) { kernel->setAttr(attr, b.getI64IntegerAttr(value)); };
  number("dlc.inputs", 1), number("dlc.index_bits", 32), number("dlc.bytes", 2 * bytes), number("dlc.shared", 0);
  number("dlc.vector_width", 1);
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  kernel->setAttr("dlc.grid", b.getI64ArrayAttr({int64_t(llvm::divideCeil(count, threads)), 1, 1}));
  kernel->setAttr("dlc.block", b.getI64ArrayAttr({threads, 1, 1}));
  kernel->setAttr("dlc.class", b.getStringAttr("other"));
  kernel->setAttr("dlc.shared_names", b.getArrayAttr({}));
  kernel->setAttr("dlc.how", b.getStringAttr(Twine(threads) + " threads"));
  return kernel;
}

void JoinedKernels::markParts(ModuleOp all) {
  llvm::DenseSet<StringRef> launched;
  all.walk([&](LaunchOp launch) { launched.insert(launch.getKernel()); });
  for (auto kernel : module.getOps<gpu::GPUFuncOp>())
    if (kernel->hasAttr(gpu::GPUDialect::getKernelFuncAttrName()) && !launched.contains(kernel.getName()))
      kernel->setAttr("dlc.part", UnitAttr::get(module.getContext()));
}

} // namespace dlc::cuda
