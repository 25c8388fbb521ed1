// Speed of generated kernels on one thread: GB/s of pointwise, softmax, sums and transposes beside memcpy, GFLOP/s of products.
//   bench-cpu-kernels [x86-64-v3|x86-64-v4] [part of a label [asm|ir|optimized]]
#include "tests/codegen/cpu/Support.h"
#include <chrono>
#include <cstdio>

using namespace dlc::test;

namespace {

double secondsOf(const std::function<void()> &f) {
  double best = 1e9;
  f();
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(250);
  for (int i = 0; i < 7 || std::chrono::steady_clock::now() < until; ++i) {
    auto start = std::chrono::steady_clock::now();
    f();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (i > 300)
      break;
  }
  return best;
}

struct Run {
  std::string label, text;
  std::vector<size_t> bytes; // inputs and outputs
  double moved;              // bytes; 0: report flops
  double flops;
};

std::string map1(const std::string &type, int64_t n, const std::string &body) {
  return replaceAll(R"(
#m = affine_map<(i) -> (i)>
func.func private @k(%x: tensor<NxT>, %y: tensor<NxT>) -> tensor<NxT> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<NxT>
  %r = linalg.generic {indexing_maps = [#m, #m, #m], iterator_types = ["parallel"]} ins(%x, %y : tensor<NxT>, tensor<NxT>) outs(%e : tensor<NxT>) {
  ^bb0(%a: T, %b: T, %o: T):
    BODY
    linalg.yield %r : T
  } -> tensor<NxT>
  return %r : tensor<NxT>
})", {{"BODY", body}, {"NxT", str(n) + "x" + type}, {": T", ": " + type}});
}

std::string sum(int64_t m, int64_t n, bool rows) {
  return replaceAll(R"(
func.func private @k(%x: tensor<MxNxf32>) -> tensor<Pxf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<Pxf32>
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<Pxf32>) -> tensor<Pxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> IN>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<MxNxf32>) outs(%f : tensor<Pxf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<Pxf32>
  return %r : tensor<Pxf32>
})", {{"MxN", str(m) + "x" + str(n)}, {"<Px", "<" + str(rows ? m : n) + "x"}, {"IN", rows ? "(i, j)" : "(j, i)"}});
}

std::string transpose(int64_t m, int64_t n) {
  return replaceAll(R"(
func.func private @k(%x: tensor<MxNxf32>) -> tensor<NxMxf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<NxMxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<MxNxf32>) outs(%e : tensor<NxMxf32>) {
  ^bb0(%v: f32, %a: f32):
    linalg.yield %v : f32
  } -> tensor<NxMxf32>
  return %r : tensor<NxMxf32>
})", {{"NxM", str(n) + "x" + str(m)}, {"MxN", str(m) + "x" + str(n)}});
}

std::string dot(int64_t m, int64_t n, int64_t k, bool ta, bool tb, const std::string &type) {
  return replaceAll(R"(
func.func private @k(%x: tensor<LHS>, %y: tensor<RHS>) -> tensor<OUT> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %y batch = [] x [] contract = [LC] x [RC] : (tensor<LHS>, tensor<RHS>) -> tensor<OUT>
  return %r : tensor<OUT>
})", {{"LHS", (ta ? str(k) + "x" + str(m) : str(m) + "x" + str(k)) + "x" + type}, {"RHS", (tb ? str(n) + "x" + str(k) : str(k) + "x" + str(n)) + "x" + type}, {"OUT", str(m) + "x" + str(n) + "x" + type}, {"LC", ta ? "0" : "1"}, {"RC", tb ? "1" : "0"}});
}

std::string conv(int64_t c, int64_t hw, int64_t o, bool last) {
  std::string in = last ? "1xHxHxC" : "1xCxHxH", w = last ? "Ox3x3xC" : "OxCx3x3", out = last ? "1xHxHxO" : "1xOxHxH";
  return replaceAll("func.func private @k(%x: tensor<INxf32>, %w: tensor<WWxf32>) -> tensor<RRxf32> attributes {dlc.kernel = \"contraction\"} {\n"
                    "  %r = dlc.conv %x, %w strides = [1, 1] low = [1, 1] high = [1, 1] lhs_dilation = [1, 1] rhs_dilation = [1, 1] {channels_last = LAST} : (tensor<INxf32>, tensor<WWxf32>) -> tensor<RRxf32>\n"
                    "  return %r : tensor<RRxf32>\n}",
                    {{"IN", in}, {"WW", w}, {"RR", out}, {"LAST", last ? "true" : "false"}, {"H", str(hw)}, {"C", str(c)}, {"O", str(o)}});
}

} // namespace

int main(int argc, char **argv) {
  std::string level = argc > 1 ? argv[1] : runnableLevels().back();
  std::printf("%s, one thread\n", level.c_str());
  for (size_t bytes : {size_t(64) << 10, size_t(64) << 20}) {
    std::vector<char> a(bytes, 1), b(bytes, 2);
    double s = secondsOf([&] { std::memcpy(b.data(), a.data(), bytes); });
    std::printf("  %-42s %8.1f GB/s\n", ("memcpy " + str(bytes >> 10) + " KiB").c_str(), 2 * static_cast<double>(bytes) / s * 1e-9);
  }
  std::vector<Run> runs;
  auto f32 = [](int64_t n) { return static_cast<size_t>(n) * 4; };
  for (int64_t n : {4096, 16 << 20})
    runs.push_back({"x + y, " + str(n), map1("f32", n, "%r = arith.addf %a, %b : f32"), {f32(n), f32(n), f32(n)}, 12.0 * n, 0});
  runs.push_back({"exp(x) * y, 64 Ki", map1("f32", 65536, "%q = math.exp %a : f32\n%r = arith.mulf %q, %b : f32"), {f32(65536), f32(65536), f32(65536)}, 12.0 * 65536, 0});
  runs.push_back({"tanh(x) * y, 64 Ki", map1("f32", 65536, "%q = math.tanh %a : f32\n%r = arith.mulf %q, %b : f32"), {f32(65536), f32(65536), f32(65536)}, 12.0 * 65536, 0});
  runs.push_back({"erf(x) * y, 64 Ki", map1("f32", 65536, "%q = math.erf %a : f32\n%r = arith.mulf %q, %b : f32"), {f32(65536), f32(65536), f32(65536)}, 12.0 * 65536, 0});
  for (auto [m, n] : {std::pair<int64_t, int64_t>{128, 10}, {128, 1000}, {4096, 4096}})
    runs.push_back({"softmax " + str(m) + "x" + str(n), replaceAll(softmaxText(), {{"MxN", str(m) + "x" + str(n)}, {"<Mx", "<" + str(m) + "x"}}), {f32(m * n), f32(m * n)}, 8.0 * m * n, 0});
  for (auto [m, n] : {std::pair<int64_t, int64_t>{128, 128}, {128, 10}, {512, 512}, {4096, 4096}, {100000, 64}})
    for (bool rows : {true, false})
      runs.push_back({std::string(rows ? "row" : "column") + " sum " + str(m) + "x" + str(n), sum(m, n, rows), {f32(m * n), f32(rows ? m : n)}, 4.0 * m * n, 0});
  for (auto [m, n] : {std::pair<int64_t, int64_t>{512, 512}, {2048, 2048}, {1000, 999}})
    runs.push_back({"transpose " + str(m) + "x" + str(n), transpose(m, n), {f32(m * n), f32(m * n)}, 8.0 * m * n, 0});
  for (auto [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>{16, 16, 16}, {32, 32, 32}, {64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {128, 128, 784}, {128, 784, 128}, {128, 10, 128}, {10, 128, 128}, {128, 128, 10}, {1, 1000, 512}, {1, 4096, 4096}, {512, 512, 512}, {1024, 1024, 1024}})
    for (int t = 0; t < 3; ++t)
      runs.push_back({"dot " + str(m) + "x" + str(n) + "x" + str(k) + (t == 1 ? " B transposed" : t == 2 ? " A transposed" : ""), dot(m, n, k, t == 2, t == 1, "f32"), {f32(m * k), f32(k * n), f32(m * n)}, 0, 2.0 * m * n * k});
  runs.push_back({"dot f64 256", dot(256, 256, 256, false, false, "f64"), {524288, 524288, 524288}, 0, 2.0 * 256 * 256 * 256});
  for (bool last : {false, true})
    runs.push_back({std::string("conv 3x3 64->64 56x56 ") + (last ? "NHWC" : "NCHW"), conv(64, 56, 64, last), {f32(64 * 56 * 56), f32(64 * 64 * 9), f32(64 * 56 * 56)}, 0, 2.0 * 64 * 64 * 9 * 56 * 56});
  for (const Run &r : runs) {
    if (argc > 2 && r.label.find(argv[2]) == std::string::npos)
      continue;
    auto module = Module::compile(r.text, level);
    if (!module)
      return 1;
    if (argc > 3) {
      std::printf("%s\n", module->text(argv[3]).c_str());
      continue;
    }
    std::vector<std::vector<float>> buffers;
    std::vector<void *> pointers;
    for (size_t bytes : r.bytes) {
      buffers.push_back(randomFloats((bytes + 4096) / 4, static_cast<unsigned>(buffers.size())));
      pointers.push_back(reinterpret_cast<void *>((reinterpret_cast<uintptr_t>(buffers.back().data()) + 63) / 64 * 64));
    }
    double s = secondsOf([&] { module->run("k", pointers); });
    std::printf("  %-42s %8.1f %s  %9.1f us\n", r.label.c_str(), (r.moved ? r.moved : r.flops) / s * 1e-9, r.moved ? "GB/s" : "GFLOP/s", s * 1e6);
    std::fflush(stdout);
  }
  return 0;
}
