// What tensor-core kernels ask of memory, counted by the simulator: no byte more than the tiles need, whole sectors,
// and no bank conflict. The numbers are checked too.
#include "codegen/cuda/Cuda.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "tests/codegen/cuda/Cases.h"
#include "tests/codegen/cuda/SimLaunch.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

struct Product {
  std::string type; // "f16", "bf16", "f32": that is TF32 here
  int64_t m, n, k;
  bool lhsT, rhsT;
  std::string name() const {
    return type + "_" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + (lhsT ? "_t" : "_n") +
           (rhsT ? "t" : "n");
  }
  int64_t bytes() const { return type == "f32" ? 4 : 2; }
};

void PrintTo(const Product &p, std::ostream *os) { *os << p.name(); }

CudaCode compile(const Product &p) {
  DialectRegistry registry;
  registry.insert<DLCDialect, affine::AffineDialect, arith::ArithDialect, func::FuncDialect, gpu::GPUDialect,
                  linalg::LinalgDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  MLIRContext context(registry);
  std::string l = tensorType(p.lhsT ? std::vector{p.k, p.m} : std::vector{p.m, p.k}, p.type),
              r = tensorType(p.rhsT ? std::vector{p.n, p.k} : std::vector{p.k, p.n}, p.type),
              o = tensorType({p.m, p.n}, p.type);
  std::string text =
      kernel("product", "contraction", {l, r}, {o},
             "  %r0 = dlc.dot_general %a0, %a1 batch = [] x [] contract = [" + std::string(p.lhsT ? "0" : "1") +
                 "] x [" + (p.rhsT ? "1" : "0") + "] : (" + l + ", " + r + ") -> " + o + "\n");
  auto module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(bool(module));
  (*module)->setAttr("dlc.tf32", UnitAttr::get(&context));
  PassManager manager(&context);
  buildCudaPipeline(manager);
  EXPECT_TRUE(succeeded(manager.run(*module)));
  auto code = emitCuda(*module, {"compute_80"});
  EXPECT_TRUE(succeeded(code));
  return *code;
}

/// Small whole numbers: every type and every sum holds them exactly.
int valueAt(int64_t i, int salt) { return int((i * 37 + salt) % 7) - 3; }
void put(uint64_t at, const std::string &type, int64_t count, int salt) {
  for (int64_t i = 0; i < count; ++i) {
    float value = float(valueAt(i, salt));
    if (type == "f32")
      reinterpret_cast<float *>(at)[i] = value;
    else if (type == "f16")
      reinterpret_cast<uint16_t *>(at)[i] = __builtin_bit_cast(uint16_t, _Float16(value));
    else
      reinterpret_cast<uint16_t *>(at)[i] = uint16_t(__builtin_bit_cast(uint32_t, value) >> 16);
  }
}
float get(uint64_t at, const std::string &type, int64_t i) {
  if (type == "f32")
    return reinterpret_cast<float *>(at)[i];
  uint16_t bits = reinterpret_cast<uint16_t *>(at)[i];
  return type == "f16" ? float(__builtin_bit_cast(_Float16, bits)) : __builtin_bit_cast(float, uint32_t(bits) << 16);
}

struct Launched {
  SimCounts counts;
  int64_t tileM = 0, tileN = 0, tileK = 0, blocks = 0;
};

void launch(const CudaCode &code, const CudaKernel &kernel, std::vector<uint64_t> arguments, Launched &out) {
  const std::string &ptx = code.units[kernel.unit].built.at("compute_80").ptx;
  ASSERT_EQ(simLaunch(ptx, kernel.name, kernel.grid, kernel.block, kernel.sharedBytes, arguments, out.counts), "");
  out.blocks = kernel.grid[0];
  sscanf(kernel.how.c_str(), "%ldx%ldx%ld tiles", &out.tileM, &out.tileN, &out.tileK);
}

class Traffic : public testing::TestWithParam<Product> {};

TEST_P(Traffic, IsWhatTheTilesNeed) {
  if (auto nvrtc = Nvrtc::open(); !nvrtc) {
    std::string why = llvm::toString(nvrtc.takeError());
    GTEST_SKIP() << why;
  }
  const Product &p = GetParam();
  CudaCode code = compile(p);
  const CudaKernel &kernel = code.kernels.front();
  ASSERT_NE(kernel.how.find("mma.sync"), std::string::npos) << kernel.how;
  uint64_t lhs = simAllocate(p.m * p.k * p.bytes()), rhs = simAllocate(p.n * p.k * p.bytes()),
           out = simAllocate(p.m * p.n * 4);
  put(lhs, p.type, p.m * p.k, 1);
  put(rhs, p.type, p.n * p.k, 2);
  Launched first;
  uint64_t partial = kernel.finish.empty() ? out : simAllocate(kernel.workspace[0]);
  launch(code, kernel, {lhs, rhs, partial}, first);
  if (HasFatalFailure())
    return;
  if (!kernel.finish.empty()) {
    Launched second;
    launch(code, code.kernels.at(1), {partial, out}, second);
    if (HasFatalFailure())
      return;
    EXPECT_EQ(second.counts.loadBytes, uint64_t(kernel.workspace[0]));
    EXPECT_EQ(second.counts.loadSectors, second.counts.leastLoadSectors);
  }
  for (int64_t i = 0; i < p.m; i += 3)
    for (int64_t j = 0; j < p.n; j += 5) {
      int64_t sum = 0;
      for (int64_t s = 0; s < p.k; ++s)
        sum += valueAt(p.lhsT ? s * p.m + i : i * p.k + s, 1) * valueAt(p.rhsT ? j * p.k + s : s * p.n + j, 2);
      float got = get(out, p.type, i * p.n + j);
      ASSERT_NEAR(got, double(sum), std::abs(double(sum)) * 8e-3) << i << ", " << j; // the stored type's rounding
    }

  const SimCounts &c = first.counts;
  int64_t down = (p.m + first.tileM - 1) / first.tileM, across = (p.n + first.tileN - 1) / first.tileN;
  // Each row of tiles reads all of rhs, each column all of lhs, once.
  EXPECT_EQ(c.loadBytes, uint64_t((down * p.n + across * p.m) * p.k * p.bytes()));
  int64_t splits = first.blocks / (down * across);
  EXPECT_EQ(c.storeBytes, uint64_t(p.m * p.n * (splits > 1 ? 4 * splits : p.bytes())));
  bool whole = p.k * p.bytes() % 32 == 0 && p.m * p.bytes() % 32 == 0 && p.n * p.bytes() % 32 == 0;
  if (whole) {
    EXPECT_EQ(c.loadSectors * 32, c.loadBytes);
    EXPECT_EQ(c.storeSectors * 32, c.storeBytes);
  }
  EXPECT_GT(c.sharedLoads, 0u);
  EXPECT_EQ(c.loadConflicts, 0u);
  EXPECT_EQ(c.storeConflicts, 0u);
}

std::vector<Product> products() {
  std::vector<Product> all;
  for (std::string type : {"bf16", "f16", "f32"})
    for (bool lhsT : {false, true})
      for (bool rhsT : {false, true})
        for (auto [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>{128, 96, 128}, {100, 60, 76}, {64, 64, 2048}})
          all.push_back({type, m, n, k, lhsT, rhsT});
  // Larger tiles, one each.
  all.push_back({"bf16", 1024, 1024, 64, false, true});
  all.push_back({"bf16", 1536, 3584, 32, true, false});
  return all;
}
INSTANTIATE_TEST_SUITE_P(TensorCores, Traffic, testing::ValuesIn(products()),
                         [](const auto &info) { return info.param.name(); });

} // namespace
