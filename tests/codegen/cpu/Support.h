// What the tests of CPU kernels share: inputs, runs with every cut, comparison.
#pragma once
#include "tests/codegen/cpu/Harness.h"
#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>

/// Softmax of MxN over the last dimension; replace MxN and <Mx.
const std::string &softmaxText();

namespace dlc::test {

inline std::vector<float> randomFloats(size_t n, unsigned seed, float lo = -2, float hi = 2) {
  std::mt19937 gen(seed);
  std::uniform_real_distribution<float> dist(lo, hi);
  std::vector<float> v(n);
  for (float &x : v)
    x = dist(gen);
  return v;
}

template <class T> Guarded guarded(const std::vector<T> &v) {
  Guarded g(v.size() * sizeof(T));
  if (!v.empty())
    std::memcpy(g.data(), v.data(), v.size() * sizeof(T));
  return g;
}

/// Runs `name` whole and cut in several ways; the bits must agree. Returns the outputs.
inline std::vector<std::vector<char>> runAllCuts(Module &m, const std::string &name, const std::vector<Guarded> &inputs, const std::vector<size_t> &outputBytes) {
  int64_t work = m.attribute(name, "dlc.work");
  std::vector<std::vector<int64_t>> ways = {{}, {1}, {work / 3, work / 2}, {work - 1}};
  std::vector<int64_t> each;
  for (int64_t i = 1; i < std::min<int64_t>(work, 200); ++i)
    each.push_back(i);
  ways.push_back(each);
  std::vector<std::vector<char>> first;
  for (const auto &cuts : ways) {
    std::vector<void *> buffers;
    for (const Guarded &g : inputs)
      buffers.push_back(g.data());
    std::vector<Guarded> outputs;
    for (size_t bytes : outputBytes) {
      outputs.emplace_back(bytes);
      if (bytes)
        std::memset(outputs.back().data(), 0xAB, bytes);
      buffers.push_back(outputs.back().data());
    }
    std::vector<int64_t> valid;
    for (int64_t c : cuts)
      if (c >= 0)
        valid.push_back(c);
    m.run(name, buffers, valid);
    std::vector<std::vector<char>> got;
    for (const Guarded &o : outputs)
      got.emplace_back(static_cast<char *>(o.data()), static_cast<char *>(o.data()) + o.size());
    if (first.empty())
      first = got;
    else
      EXPECT_TRUE(first == got) << name << ": the result depends on how the work is cut";
  }
  return first;
}

template <class T> std::vector<T> as(const std::vector<char> &bytes) {
  std::vector<T> v(bytes.size() / sizeof(T));
  if (!v.empty())
    std::memcpy(v.data(), bytes.data(), bytes.size());
  return v;
}

/// Counts elements that differ by more than atol + rtol * |want|, NaN against number included.
template <class T> void expectClose(const std::vector<T> &got, const std::function<double(size_t)> &want, double rtol, double atol, const std::string &what) {
  size_t bad = 0, first = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    double g = static_cast<double>(got[i]), w = want(i);
    bool ok = std::isnan(w) ? std::isnan(g) : (g == w || std::abs(g - w) <= atol + rtol * std::abs(w));
    if (!ok && bad++ == 0)
      first = i;
  }
  EXPECT_EQ(bad, 0u) << what << ": " << bad << " of " << got.size() << " differ, first [" << first << "] = " << static_cast<double>(got[first])
                     << ", expected " << want(first);
}

inline std::string replaceAll(std::string text, const std::vector<std::pair<std::string, std::string>> &with) {
  for (const auto &[from, to] : with)
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

inline std::string str(int64_t v) { return std::to_string(v); }

} // namespace dlc::test
