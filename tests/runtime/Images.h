// Small .dlx images for the runtime's tests.
#pragma once
#include "codegen/Executable.h"
#include "runtime/dlc.hpp"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace dlc::test {

using namespace dlc::exe;

inline exe::Bytes kernelCode() {
  std::ifstream file(DLC_TEST_KERNELS, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return exe::Bytes::own(text.str());
}

template <class T> exe::Bytes bytesOf(const std::vector<T> &v) {
  return exe::Bytes::own(std::string(reinterpret_cast<const char *>(v.data()), v.size() * sizeof(T)));
}

/// A cpu:any variant that is put together call by call.
struct Builder {
  ExecutableImage image;
  Variant variant;

  Builder() {
    image.name = "test";
    image.producer = "dlc test";
    variant.target = "cpu:any";
    variant.codes.push_back({CodeKind::SharedObject, "any", 0, kernelCode()});
  }
  uint32_t buffer(BufferKind kind, uint32_t index, std::vector<int64_t> shape, DType t = DType::F32,
                  uint64_t offset = 0) {
    variant.buffers.push_back(
        {kind, index, offset, byteSize(t, shape), "t" + std::to_string(variant.buffers.size()), t, shape});
    return uint32_t(variant.buffers.size() - 1);
  }
  uint32_t input(std::vector<int64_t> shape, DType t = DType::F32) {
    image.inputs.push_back({"in" + std::to_string(image.inputs.size()), t, shape});
    return buffer(BufferKind::Input, uint32_t(image.inputs.size() - 1), shape, t);
  }
  uint32_t output(std::vector<int64_t> shape, DType t = DType::F32) {
    image.outputs.push_back({"out" + std::to_string(image.outputs.size()), t, shape});
    return buffer(BufferKind::Output, uint32_t(image.outputs.size() - 1), shape, t);
  }
  uint32_t arena(std::vector<int64_t> shape, DType t = DType::F32) {
    uint64_t offset = (variant.arenaBytes + 63) / 64 * 64;
    variant.arenaBytes = offset + byteSize(t, shape);
    return buffer(BufferKind::Arena, 0, shape, t, offset);
  }
  uint32_t weight(std::string name, std::vector<float> values, Role role = Role::Frozen) {
    Weight w{std::move(name), DType::F32, {int64_t(values.size())}, role, Init::Values, 0, bytesOf(values)};
    image.weights.push_back(w);
    return buffer(role == Role::State ? BufferKind::State : BufferKind::Weight, uint32_t(image.weights.size() - 1),
                  w.shape);
  }
  uint32_t kernel(const std::string &name) {
    for (size_t i = 0; i != variant.kernels.size(); ++i)
      if (variant.kernels[i].name == name)
        return uint32_t(i);
    variant.kernels.push_back({name, {name + "_node"}, 1, 2, 0, {}});
    return uint32_t(variant.kernels.size() - 1);
  }
  Step &launch(const std::string &name, std::vector<uint32_t> args, int64_t work, int64_t grain = 1 << 30) {
    Step s;
    s.kernel = kernel(name);
    s.args = std::move(args);
    s.work = work;
    s.grain = grain;
    s.sources = {name + "_node"};
    variant.steps.push_back(s);
    return variant.steps.back();
  }
  std::vector<char> bytes() {
    ExecutableImage full = image;
    if (!variant.target.empty())
      full.variants.push_back(variant);
    std::vector<char> out;
    std::string error;
    EXPECT_TRUE(write(full, out, error)) << error;
    return out;
  }
};

/// out0 = 2 * (in0 + w), through the arena, with w = 1, 2, 3, ...
inline Builder addScale(int64_t n = 8) {
  Builder b;
  std::vector<float> w(n);
  for (int64_t i = 0; i != n; ++i)
    w[i] = float(i + 1);
  uint32_t in = b.input({n}), weight = b.weight("w", w), sum = b.arena({n}), out = b.output({n});
  b.launch("add", {in, weight, sum}, n);
  b.launch("scale2", {sum, out}, n).deps = {0};
  return b;
}

/// The executable and a session of it; fails the test where either cannot be made.
struct Loaded {
  std::vector<char> file;
  std::optional<dlc::Executable> executable;
  std::optional<dlc::Session> session;

  explicit Loaded(Builder b, dlc::SessionOptions options = dlc::sessionOptions()) : file(b.bytes()) {
    auto e = dlc::Executable::load(file.data(), file.size());
    if (!e) {
      ADD_FAILURE() << e.status().text();
      return;
    }
    executable.emplace(std::move(*e));
    auto s = executable->session(options);
    if (!s)
      ADD_FAILURE() << s.status().text();
    else
      session.emplace(std::move(*s));
  }
};

#define ASSERT_OK(expression)                                                                                          \
  do {                                                                                                                 \
    dlc::Status status = (expression);                                                                                 \
    ASSERT_TRUE(status.ok()) << status.text();                                                                         \
  } while (0)

inline std::vector<float> values(dlc::Session &s, size_t i, size_t n) {
  std::vector<float> v(n, -1);
  dlc::Status status = s.getOutput(i, v);
  EXPECT_TRUE(status.ok()) << status.text();
  return v;
}

using Floats = std::vector<float>;

} // namespace dlc::test
