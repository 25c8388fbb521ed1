// Sizes that are known when a run is: formulas, what the writer refuses, what the runtime does with them.
#include "runtime/Expression.h"
#include "tests/runtime/CudaImages.h"

using namespace dlc::test;
namespace ex = dlc::expression;

namespace {

int64_t valueOf(const ex::Code &code, std::vector<int64_t> symbols) {
  int64_t value = -4711;
  EXPECT_TRUE(ex::wellFormed(code, symbols.size()));
  EXPECT_TRUE(ex::evaluate(code, symbols, value));
  return value;
}

// Rounding as Python's // and % round.
TEST(Formulas, RoundDownAndUp) {
  ex::Code s = ex::symbol(0);
  struct {
    int64_t value, floor, ceil, rest;
  } cases[] = {{7, 2, 3, 1}, {6, 2, 2, 0}, {-7, -3, -2, 2}, {-6, -2, -2, 0},
               {0, 0, 0, 0}, {1, 0, 1, 1}, {-1, -1, 0, 2}};
  for (auto &c : cases) {
    EXPECT_EQ(valueOf(ex::binary(ex::FloorDiv, s, ex::constant(3)), {c.value}), c.floor) << c.value;
    EXPECT_EQ(valueOf(ex::binary(ex::CeilDiv, s, ex::constant(3)), {c.value}), c.ceil) << c.value;
    EXPECT_EQ(valueOf(ex::binary(ex::Mod, s, ex::constant(3)), {c.value}), c.rest) << c.value;
  }
}

TEST(Formulas, ReadAsPeopleWriteThem) {
  std::vector<std::string> names = {"batch", "seq"};
  ex::Code two = ex::constant(2), sum = ex::binary(ex::Add, ex::symbol(0), ex::binary(ex::Mul, two, ex::symbol(1)));
  EXPECT_EQ(ex::text(sum, names), "batch + 2*seq");
  EXPECT_EQ(ex::text(ex::binary(ex::Mul, sum, two), names), "(batch + 2*seq)*2");
  EXPECT_EQ(ex::text(ex::binary(ex::Min, sum, ex::binary(ex::FloorDiv, sum, two)), names),
            "min(batch + 2*seq, (batch + 2*seq) floordiv 2)");
  EXPECT_EQ(valueOf(sum, {3, 5}), 13);
  EXPECT_EQ(ex::binary(ex::Add, two, two), ex::constant(4));
}

TEST(Formulas, HaveNoValueWhereTheyOverflowOrDivideByNothing) {
  int64_t value;
  ex::Code s = ex::symbol(0), square = ex::binary(ex::Mul, s, s);
  EXPECT_FALSE(ex::evaluate(square, std::vector<int64_t>{int64_t(1) << 32}, value));
  EXPECT_FALSE(ex::evaluate(ex::binary(ex::FloorDiv, ex::constant(1), s), std::vector<int64_t>{0}, value));
  EXPECT_FALSE(ex::evaluate(ex::binary(ex::Mod, ex::constant(1), s), std::vector<int64_t>{-2}, value));
}

TEST(Formulas, AreCheckedBeforeTheyAreTrusted) {
  EXPECT_FALSE(ex::wellFormed({}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{ex::Add}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{ex::Constant}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{ex::Symbol, 1}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{ex::Symbol, -1}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{99}, 1));
  EXPECT_FALSE(ex::wellFormed(std::vector<int64_t>{ex::Constant, 1, ex::Constant, 2}, 1)) << "two values";
  ex::Code deep;
  for (int i = 0; i != 100; ++i)
    deep.insert(deep.end(), {ex::Constant, 1});
  for (int i = 1; i != 100; ++i)
    deep.push_back(ex::Add);
  EXPECT_FALSE(ex::wellFormed(deep, 1)) << "deeper than the stack";
}

/// out0 = 2 * (in0 + w) on rows of four, 1 to `most` of them.
Builder rows(int64_t most = 8) {
  Builder b = addScale(4 * most);
  ex::Code batch = ex::symbol(0), elements = ex::binary(ex::Mul, batch, ex::constant(4));
  b.image.symbols.push_back({"batch", 1, most, 0, 0, 1, 0});
  for (Tensor *t : {&b.image.inputs[0], &b.image.outputs[0]})
    t->shape = {most, 4}, t->dims = {batch, ex::constant(4)};
  for (size_t i : {0, 2, 3})
    b.variant.buffers[i].shape = {most, 4}, b.variant.buffers[i].dims = {batch, ex::constant(4)};
  for (Step &s : b.variant.steps)
    s.workAt = elements;
  return b;
}

std::string refusal(const Builder &b) {
  ExecutableImage full = b.image;
  full.variants.push_back(b.variant);
  std::vector<char> out;
  std::string error;
  EXPECT_FALSE(write(full, out, error));
  return error;
}

TEST(SymbolsInFiles, WhatCannotBeIsRefused) {
  Builder b = rows();
  b.image.symbols[0].high = 9;
  EXPECT_EQ(refusal(b), "input 'in0': dimension 0 can be 9, the most was said to be 8");
  b = rows();
  b.variant.steps[1].workAt = ex::symbol(1);
  EXPECT_EQ(refusal(b), "variant 'cpu:any', step 1: work: not a formula over the program's 1 symbols");
  b = rows();
  b.image.symbols[0].step = 2;
  EXPECT_EQ(refusal(b), "symbol 'batch': dimension 0 of input 0 is not offset + step * symbol");
  b = rows();
  b.image.outputs[0].dims.pop_back();
  EXPECT_EQ(refusal(b), "output 'out0': 1 formulas for its dimensions, expected 2");
}

/// What rows() computes.
Floats expected(int64_t batch) {
  Floats v;
  for (int64_t i = 0; i != 4 * batch; ++i)
    v.push_back(2 * (float(i % 7) + float(i + 1)));
  return v;
}
Floats data(int64_t batch) {
  Floats v;
  for (int64_t i = 0; i != 4 * batch; ++i)
    v.push_back(float(i % 7));
  return v;
}

void runsEverySize(dlc::Session &s) {
  for (int64_t batch : {8, 1, 3, 7, 8, 2, 1, 5, 6, 4, 3}) {
    ASSERT_OK(s.setInputShape(0, {batch, 4}));
    EXPECT_EQ(dlc::shapeOf(s.output(0)), (std::vector<int64_t>{batch, 4}));
    EXPECT_EQ(s.input(0).byte_size, uint64_t(16 * batch));
    ASSERT_OK(s.setInput(0, data(batch)));
    ASSERT_OK(s.run());
    EXPECT_EQ(values(s, 0, size_t(4 * batch)), expected(batch)) << batch;
  }
}

TEST(SymbolsOnTheCpu, EverySizeOfTheRangeRuns) {
  Loaded l(rows());
  ASSERT_TRUE(l.session);
  EXPECT_EQ(dlc::shapeOf(l.executable->input(0)), (std::vector<int64_t>{8, 4}));
  dlc_symbol_info info;
  ASSERT_EQ(dlc_executable_symbol_count(l.executable->get()), 1u);
  ASSERT_OK(dlc::Status(dlc_executable_symbol(l.executable->get(), 0, &info)));
  EXPECT_STREQ(info.name, "batch");
  EXPECT_EQ(info.high, 8);
  // Who knows nothing of symbols runs the largest.
  ASSERT_OK(l.session->setInput(0, data(8)));
  ASSERT_OK(l.session->run());
  EXPECT_EQ(values(*l.session, 0, 32), expected(8));
  runsEverySize(*l.session);
}

/// rows() with one more step, so that two values are in the arena at a time, and the second lies above the first.
Builder stacked(int64_t most = 8) {
  Builder b = rows(most);
  uint32_t sum = 2, out = 3, twice = b.arena({4 * most});
  b.variant.buffers[twice].shape = {most, 4};
  b.variant.buffers[twice].dims = b.variant.buffers[sum].dims;
  b.variant.steps[1].args = {sum, twice};
  Step last = b.variant.steps[1];
  last.args = {twice, out};
  last.deps = {1};
  b.variant.steps.push_back(last);
  b.variant.blocks = {{b.variant.buffers[sum].byteOffset, {}}, {b.variant.buffers[twice].byteOffset, {0}}};
  b.variant.buffers[sum].block = 0;
  b.variant.buffers[twice].block = 1;
  return b;
}

void takesWhatItsSizesNeed(dlc::Session &s) {
  auto arena = [&] {
    uint64_t bytes = 0;
    dlc_session_memory(s.get(), &bytes, nullptr);
    return bytes;
  };
  for (int64_t batch : {1, 64, 3, 64, 17}) {
    ASSERT_OK(s.setInputShape(0, {batch, 4}));
    ASSERT_OK(s.setInput(0, data(batch)));
    ASSERT_OK(s.run());
    Floats want = expected(batch);
    for (float &v : want)
      v *= 2;
    EXPECT_EQ(values(s, 0, size_t(4 * batch)), want) << batch;
    if (batch == 1)
      EXPECT_EQ(arena(), 64u + 16u) << "the second block begins where the first ends, at a multiple of 64";
    if (batch == 64)
      EXPECT_EQ(arena(), 2u * 64 * 16);
  }
}

TEST(SymbolsOnTheCpu, AnArenaTakesWhatItsSizesNeed) {
  Loaded l(stacked(64));
  ASSERT_TRUE(l.session);
  takesWhatItsSizesNeed(*l.session);
}

TEST(SymbolsInFiles, BlocksLieAboveEarlierOnes) {
  Builder b = stacked();
  b.variant.blocks[0].above = {1};
  EXPECT_EQ(refusal(b), "variant 'cpu:any': block 0 lies above block 1, which does not come before it");
  b = stacked();
  b.variant.buffers[2].block = 7;
  EXPECT_EQ(refusal(b), "variant 'cpu:any', buffer 2 't2': lies in block 7 of 2, or before it");
}

TEST(SymbolsOnTheCpu, CallersMemoryIsTouchedAsFarAsTheSizeGoes) {
  Loaded l(rows());
  ASSERT_TRUE(l.session);
  for (size_t shift : {0, 1}) { // aligned, and copied
    alignas(64) float in[48] = {}, out[48];
    std::fill(std::begin(out), std::end(out), -1.f);
    Floats given = data(2);
    std::copy(given.begin(), given.end(), in + shift);
    ASSERT_OK(l.session->setInputShape(0, {2, 4}));
    ASSERT_OK(l.session->bindInput(0, in + shift));
    ASSERT_OK(l.session->bindOutput(0, out + shift));
    ASSERT_OK(l.session->run());
    EXPECT_EQ(Floats(out + shift, out + shift + 8), expected(2));
    EXPECT_EQ(out[shift + 8], -1);
  }
}

TEST(SymbolsOnTheCpu, ShapesThatCannotBeAreRefused) {
  Builder b = rows();
  uint32_t second = b.input({8}), out = b.output({8});
  for (Tensor *t : {&b.image.inputs[1], &b.image.outputs[1]})
    t->dims = {ex::symbol(0)};
  for (uint32_t i : {second, out})
    b.variant.buffers[i].dims = {ex::symbol(0)};
  b.launch("scale2", {second, out}, 8).workAt = ex::symbol(0);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  dlc::Session &s = *l.session;
  auto message = [](dlc::Status status) { return std::string(status.message()); };
  EXPECT_EQ(message(s.setInputShape(0, {9, 4})),
            "input 0 'in0' of shape 9x4: dimension 0 is 9, the program takes batch (batch is 1 to 8)");
  EXPECT_EQ(message(s.setInputShape(0, {0, 4})),
            "input 0 'in0' of shape 0x4: dimension 0 is 0, the program takes batch (batch is 1 to 8)");
  EXPECT_EQ(message(s.setInputShape(0, {2, 5})), "input 0 'in0' of shape 2x5: dimension 1 is 5, the program takes 4");
  EXPECT_EQ(message(s.setInputShape(0, {2})), "input 0 'in0' of shape 2: the program takes rank 2");
  EXPECT_EQ(s.setInputShape(7, {2}).code(), DLC_NOT_FOUND);
  ASSERT_OK(s.setInputShape(0, {3, 4}));
  EXPECT_EQ(message(s.setInput(0, data(2))), "input 0 has 48 bytes; got 32");
  // The second input follows, until it has a shape of its own that does not.
  EXPECT_EQ(dlc::shapeOf(s.input(1)), (std::vector<int64_t>{3}));
  ASSERT_OK(s.setInputShape(1, {2}));
  EXPECT_EQ(message(s.run()), "input 1 'in1' of shape 2: dimension 0 is 2, but batch (batch is 1 to 8) is 3, as the "
                              "other inputs say (batch = 3)");
  ASSERT_OK(s.setInputShape(0, {2, 4}));
  ASSERT_OK(s.setInput(0, data(2)));
  ASSERT_OK(s.setInput(1, Floats{4, 5}));
  ASSERT_OK(s.run());
  EXPECT_EQ(values(s, 0, 8), expected(2));
  EXPECT_EQ(values(s, 1, 2), (Floats{8, 10}));
}

TEST(SymbolsOnTheCpu, AFormulaThatIsWrongIsSeenBeforeTheRun) {
  Builder b = rows();
  b.variant.steps[0].workAt = ex::binary(ex::Mul, ex::symbol(0), ex::constant(5)); // 40 of 32 elements
  auto file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e) << e.status().text();
  auto s = e->session();
  ASSERT_TRUE(s) << s.status().text();
  std::string said = s->run().text();
  EXPECT_NE(said.find("more than was expected (batch = 8)"), std::string::npos) << said;
}

/// c[batch, 3] = a[batch, 5] * b[5, 3] + bias, a library step whose rows are a symbol.
TEST(SymbolsOnTheCpu, LibraryStepsAreMadeForTheSizeAndKept) {
  Builder b;
  Floats weights(15), bias = {1, 2, 3};
  for (size_t i = 0; i != 15; ++i)
    weights[i] = float(i) - 7;
  ex::Code batch = ex::symbol(0);
  b.image.symbols.push_back({"batch", 0, 40, 0, 0, 1, 0});
  uint32_t a = b.input({40, 5}), w = b.weight("w", weights), v = b.weight("v", bias), c = b.output({40, 3});
  for (uint32_t i : {a, c})
    b.variant.buffers[i].dims = {batch, ex::constant(i == a ? 5 : 3)};
  b.image.inputs[0].dims = b.variant.buffers[a].dims;
  b.image.outputs[0].dims = b.variant.buffers[c].dims;
  Step s;
  s.kind = StepKind::Library;
  s.kernel = b.kernel("fallback");
  s.args = {a, w, v, c};
  s.outputs = 1;
  Matmul m{{}, 40, 3, 5, {0, DType::F32, {5, 1}}, {1, DType::F32, {3, 1}}, {3, DType::F32, {3, 1}}, {}};
  PostOp add;
  add.kind = PostOpKind::Add;
  add.arg = 2, add.dtype = DType::F32, add.strides = {0, 1};
  m.postOps = {add};
  m.dimsAt = {batch, ex::constant(3), ex::constant(5)};
  s.matmul = m;
  b.variant.steps.push_back(s);
  Loaded l(b);
  ASSERT_TRUE(l.session);
  if (std::string(l.session->step(0).implementation).find("oneDNN") == std::string::npos)
    GTEST_SKIP() << "no oneDNN";
  for (int64_t rows : {40, 1, 0, 17, 2, 40, 1, 17, 0, 3}) {
    Floats x(size_t(5 * rows)), want;
    for (size_t i = 0; i != x.size(); ++i)
      x[i] = float(i % 11) - 5;
    for (int64_t r = 0; r != rows; ++r)
      for (int64_t j = 0; j != 3; ++j) {
        float sum = bias[size_t(j)];
        for (int64_t k = 0; k != 5; ++k)
          sum += x[size_t(5 * r + k)] * weights[size_t(3 * k + j)];
        want.push_back(sum);
      }
    ASSERT_OK(l.session->setInputShape(0, {rows, 5}));
    ASSERT_OK(l.session->setInput(0, x));
    ASSERT_OK(l.session->run());
    EXPECT_EQ(values(*l.session, 0, want.size()), want) << rows;
  }
}

/// in0[n] -> the positive ones, doubled: their number is found while running.
template <class B> void positives(B &b) {
  ex::Code n = ex::symbol(0), count = ex::symbol(1);
  b.image.symbols = {{"n", 1, 64, 0, 0, 1, 0}, {"count", 0, 64}};
  uint32_t in = b.input({64}), kept = b.arena({64}), number = b.arena({}, DType::I64), out = b.output({64});
  b.image.inputs[0].dims = b.variant.buffers[in].dims = {n};
  b.image.outputs[0].dims = b.variant.buffers[out].dims = b.variant.buffers[kept].dims = {count};
  b.variant.buffers[kept].dims = {};
  Step &find = b.launch("positives", {in, kept, number}, 1);
  find.values = {n};
  find.outputs = 2;
  Step host;
  host.kind = StepKind::Host;
  host.args = {number};
  host.symbol = 1;
  host.deps = {0};
  b.variant.steps.push_back(host);
}

void findsSizes(dlc::Session &s) {
  EXPECT_EQ(dlc::shapeOf(s.output(0)), (std::vector<int64_t>{64}));
  for (Floats given : {Floats{1, -2, 3}, Floats{-1, -2}, Floats{5, 6, 7, -8, 9}, Floats{1, -2, 3}}) {
    Floats want;
    for (float x : given)
      if (x > 0)
        want.push_back(2 * x);
    ASSERT_OK(s.setInputShape(0, {int64_t(given.size())}));
    ASSERT_OK(s.setInput(0, given));
    ASSERT_OK(s.run());
    EXPECT_EQ(dlc::shapeOf(s.output(0)), (std::vector<int64_t>{int64_t(want.size())}));
    EXPECT_EQ(values(s, 0, want.size()), want);
  }
}

TEST(SymbolsOnTheCpu, ASizeIsFoundWhileRunning) {
  Builder b;
  positives(b);
  Step &scale = b.launch("scale2", {1, 3}, 64);
  scale.workAt = ex::symbol(1);
  scale.deps = {1};
  Loaded l(b);
  ASSERT_TRUE(l.session);
  EXPECT_STREQ(l.session->step(1).implementation, "the host reads count");
  findsSizes(*l.session);
}

TEST(SymbolsOnTheCpu, ASizeOutOfItsRangeEndsTheRun) {
  Builder b;
  positives(b);
  b.image.symbols[1].low = 1;
  Loaded l(b);
  ASSERT_TRUE(l.session);
  ASSERT_OK(l.session->setInputShape(0, {2}));
  ASSERT_OK(l.session->setInput(0, Floats{-1, -2}));
  EXPECT_STREQ(l.session->run().message(), "the run found 0 for count, which is 1 to 64");
}

#ifdef DLC_TEST_GPUSIM
using SymbolsOnSim = CudaTest;

/// Of the first `n` elements (the last parameter): scale2n: b = 2 a. positives: the positive ones, and their number.
std::string sizedKernels() {
  std::string guarded = ptxKernel("scale2n", 3,
                                  "ld.param.u64 %rd4, [scale2n_param_2];\ncvt.u64.u32 %rd5, %r4;\n"
                                  "setp.ge.u64 %p1, %rd5, %rd4;\n@%p1 bra END;\n"
                                  "ld.global.f32 %f1, [%rd1];\nadd.f32 %f2, %f1, %f1;\nst.global.f32 [%rd2], %f2;\n"
                                  "END:\n");
  std::string one = ptxKernel(
      "positives", 4,
      "ld.param.u64 %rd4, [positives_param_3];\nmov.u64 %rd5, 0;\nmov.u64 %rd6, 0;\nmov.f32 %f2, 0f00000000;\n"
      "LOOP:\nsetp.ge.u64 %p1, %rd5, %rd4;\n@%p1 bra END;\nld.global.f32 %f1, [%rd1];\nadd.s64 %rd1, %rd1, 4;\n"
      "add.s64 %rd5, %rd5, 1;\nsetp.leu.f32 %p2, %f1, %f2;\n@%p2 bra LOOP;\nst.global.f32 [%rd2], %f1;\n"
      "add.s64 %rd2, %rd2, 4;\nadd.s64 %rd6, %rd6, 1;\nbra LOOP;\nEND:\nst.global.u64 [%rd3], %rd6;\n");
  for (std::string *text : {&guarded, &one})
    text->insert(text->find("{\n") + 2, ".reg .pred %p<4>;\n");
  return ".version 8.0\n.target sm_80\n.address_size 64\n" + guarded + one;
}

struct SizedBuilder : CudaBuilder {
  SizedBuilder() { variant.codes[0].bytes = Bytes::own(sizedKernels()); }
  /// b = 2 a on as many elements as `count` says, 16 a block.
  Step &scale(uint32_t a, uint32_t out, ex::Code count, std::vector<uint32_t> deps) {
    Step &s = launch("scale2n", {a, out}, 64, std::move(deps));
    s.block = {16, 1, 1};
    s.grid = {4, 1, 1};
    s.gridAt = {ex::binary(ex::CeilDiv, count, ex::constant(16)), ex::constant(1), ex::constant(1)};
    s.values = {count};
    return s;
  }
};

TEST_F(SymbolsOnSim, EverySizeOfTheRangeRuns) {
  SizedBuilder b;
  ex::Code n = ex::symbol(0);
  b.image.symbols = {{"n", 0, 64, 0, 0, 1, 0}};
  uint32_t in = b.input({64}), between = b.arena({64}), again = b.arena({64}), out = b.output({64});
  b.image.inputs[0].dims = b.image.outputs[0].dims = {n};
  for (uint32_t i : {in, between, again, out})
    b.variant.buffers[i].dims = {n};
  b.scale(in, between, n, {});
  b.copy(between, again, {0});
  b.scale(again, out, n, {1});
  b.variant.blocks = {{b.variant.buffers[between].byteOffset, {}}, {b.variant.buffers[again].byteOffset, {0}}};
  b.variant.buffers[between].block = 0;
  b.variant.buffers[again].block = 1;
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  const Simulator &sim = Simulator::get();
  uint64_t made = 0;
  for (int round = 0; round != 2; ++round)
    for (int64_t size : {64, 1, 0, 17, 16, 33, 2}) {
      Floats given, want;
      for (int64_t i = 0; i != size; ++i)
        given.push_back(float(i)), want.push_back(float(4 * i));
      ASSERT_OK(l.session->setInputShape(0, {size}));
      ASSERT_OK(l.session->setInput(0, given));
      ASSERT_OK(l.session->run());
      EXPECT_EQ(values(*l.session, 0, size_t(size)), want) << size;
      uint64_t arena = 0, bytes = uint64_t(4 * size);
      dlc_session_memory(l.session->get(), &arena, nullptr);
      EXPECT_EQ(arena, size ? (bytes + 63) / 64 * 64 + bytes : 0) << "two blocks, one above the other";
      made = sim.gpusim_calls("cuGraphInstantiateWithFlags");
      ASSERT_OK(l.session->run());
      EXPECT_EQ(sim.gpusim_calls("cuGraphInstantiateWithFlags"), made) << "the same size takes the same graph";
      EXPECT_EQ(values(*l.session, 0, size_t(size)), want) << size;
    }
}

TEST_F(SymbolsOnSim, ASizeIsFoundWhileRunning) {
  SizedBuilder b;
  positives(b);
  b.variant.steps[0].block = {1, 1, 1}; // one thread
  b.variant.steps[0].grid = {1, 1, 1};
  b.scale(1, 3, ex::symbol(1), {1});
  Loaded l(b, simOptions());
  ASSERT_TRUE(l.session);
  findsSizes(*l.session);
}
#endif

} // namespace
