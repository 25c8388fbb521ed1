// Sizes that are known when a run is: formulas, what the writer refuses, what the runtime does with them.
#include "runtime/Expression.h"
#include "tests/runtime/Images.h"

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

} // namespace
