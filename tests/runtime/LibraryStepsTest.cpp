// White box: what a file may say of a library step. Everything else would have oneDNN reach outside of its buffers.
#include "runtime/LibrarySteps.h"

#include <functional>
#include <gtest/gtest.h>

using namespace dlc;

namespace {

std::unique_ptr<fb::OperandT> operand(uint32_t arg, std::vector<int64_t> strides) {
  auto made = std::make_unique<fb::OperandT>();
  made->arg = arg;
  made->dtype = fb::DType::F32;
  made->strides = std::move(strides);
  return made;
}

/// 4x5 times 5x6 into 4x6, with a bias of 6 behind it.
fb::StepT product() {
  fb::StepT step;
  step.kind = fb::StepKind::Library;
  step.args = {0, 1, 2, 3};
  step.matmul = std::make_unique<fb::MatmulT>();
  step.matmul->m = 4, step.matmul->n = 6, step.matmul->k = 5;
  step.matmul->a = operand(0, {5, 1});
  step.matmul->b = operand(1, {6, 1});
  step.matmul->c = operand(3, {6, 1});
  auto bias = std::make_unique<fb::PostOpT>();
  bias->kind = fb::PostOpKind::Add;
  bias->arg = 2;
  bias->dtype = fb::DType::F32;
  bias->strides = {0, 1};
  step.matmul->post_ops.push_back(std::move(bias));
  return step;
}

/// 1x4x8 with 2 groups and windows of 3, padded, into 1x6x8.
fb::StepT convolution() {
  fb::StepT step;
  step.kind = fb::StepKind::Library;
  step.args = {0, 1, 3};
  auto &d = *(step.convolution = std::make_unique<fb::ConvolutionT>());
  d.src_dims = {1, 4, 8}, d.weight_dims = {2, 3, 2, 3}, d.dst_dims = {1, 6, 8};
  d.src = operand(0, {32, 8, 1}), d.weight = operand(1, {18, 6, 3, 1}), d.dst = operand(2, {48, 8, 1});
  d.window_strides = d.window_dilation = d.base_dilation = d.pad_lo = d.pad_hi = {1};
  d.groups = 2;
  return step;
}

std::string fault(const fb::StepT &step) {
  fb::VariantT variant;
  for (uint64_t bytes : {128, 160, 24, 192}) {
    auto buffer = std::make_unique<fb::BufferT>();
    buffer->size = bytes;
    variant.buffers.push_back(std::move(buffer));
  }
  flatbuffers::FlatBufferBuilder b;
  b.Finish(fb::Variant::Pack(b, &variant));
  flatbuffers::FlatBufferBuilder s;
  s.Finish(fb::Step::Pack(s, &step));
  return rt::libraryFault(*flatbuffers::GetRoot<fb::Variant>(b.GetBufferPointer()),
                          *flatbuffers::GetRoot<fb::Step>(s.GetBufferPointer()));
}
std::string faultOfProduct(const std::function<void(fb::StepT &, fb::MatmulT &)> &damage) {
  fb::StepT step = product();
  damage(step, *step.matmul);
  return fault(step);
}
std::string faultOfConvolution(const std::function<void(fb::ConvolutionT &)> &damage) {
  fb::StepT step = convolution();
  damage(*step.convolution);
  return fault(step);
}

TEST(LibrarySteps, WhatTheCompilerWritesIsTaken) {
  EXPECT_EQ(fault(product()), "");
  EXPECT_EQ(fault(convolution()), "");
}

TEST(LibrarySteps, ProductsStayInsideTheirBuffers) {
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.k = 60; }), "a reaches over 300 bytes of a buffer of 128");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.c->strides = {100, 1}; }),
            "c reaches over 1224 bytes of a buffer of 192");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.b->arg = 9; }), "b names argument 9 of 4");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.a->strides = {1}; }), "a has 1 strides, expected 2");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.a->strides = {5, -1}; }), "a: its strides make no sense");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.a->strides = {5, INT64_MAX}; }), "a: its strides make no sense");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.m = -1; }), "a: its dimensions make no sense");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.m = d.k = int64_t(1) << 40; }), "a: its dimensions make no sense");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.batch = {INT64_MAX}; }), "a has 2 strides, expected 3");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.a->dtype = fb::DType::None; }), "a has elements of type none");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.post_ops[0]->arg = 7; }), "a post-operation names argument 7 of 4");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.post_ops[0]->strides = {6, 1}; }),
            "a post-operation reaches over 96 bytes of a buffer of 24");
  EXPECT_EQ(faultOfProduct([](auto &, auto &d) { d.post_ops[0]->kind = fb::PostOpKind(50); }),
            "a post-operation of a kind that this runtime does not know");
}

TEST(LibrarySteps, ConvolutionsAgreeWithThemselves) {
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.pad_hi = {1, 1}; }), "the convolution's ranks do not agree");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.dst_dims = {1, 6}; }), "the convolution's ranks do not agree");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.groups = 0; }),
            "the convolution's batch, channels or groups do not agree");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.window_strides = {0}; }),
            "the convolution's strides or dilations make no sense");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.pad_lo = {INT64_MIN}; }),
            "the convolution's padding or extent makes no sense");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.pad_lo = {0}; }),
            "spatial dimension 0 of the convolution's result does not follow from its window");
  EXPECT_EQ(faultOfConvolution([](auto &d) { d.src_dims = {1, 4, 80}; }),
            "src reaches over 416 bytes of a buffer of 128");
}

} // namespace
