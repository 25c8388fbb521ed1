// Whole modules as NVRTC writes them: CUDA's mathematical library against the host's, source lines, printf.
#include "tests/gpusim/exec/Harness.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

namespace gpusim::test {
namespace {

std::string read(const std::string &name) {
  std::ifstream file("tests/gpusim/exec/Inputs/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

using Fn = std::function<double(double, double)>;

/// All of `values` with all of `seconds`; results within `ulp` units in the last place of T.
template <class T> void compare(Program &program, const std::string &name, const Fn &want, double ulp) {
  const double magnitudes[] = {0,          1e-40, 1e-10, 0.001, 0.1, 0.5, 0.7,  0.99,      1,   1.5,  2,    2.5,
                               3.14159265, 7.3,   10,    33,    88,  100, 1000, 12345.678, 1e6, 1e10, 1e20, 1e37};
  std::vector<double> values = {INFINITY, -INFINITY, NAN};
  for (double m : magnitudes)
    values.push_back(m), values.push_back(-m);
  size_t which = 0;
  while (which < program.kernels.size() && program.kernels[which]->name != name)
    ++which;
  ASSERT_LT(which, program.kernels.size()) << name;
  std::swap(program.kernels[0], program.kernels[which]);
  for (double second : {0.5, -2.0, 3.0, 1.7, -0.3, 7.0}) {
    Arena memory;
    auto *x = memory.make<T>(values.size()), *y = memory.make<T>(values.size(), T(second));
    auto *out = memory.make<T>(values.size());
    std::copy(values.begin(), values.end(), x);
    LaunchResult r = launch(program, {address(out), address(x), address(y)}, {{1}, {uint32_t(values.size())}});
    ASSERT_EQ(r.outcome, LaunchOutcome::Done) << r.message;
    for (size_t i = 0; i < values.size(); ++i) {
      T expect = T(want(double(x[i]), double(y[i])));
      if (expect != expect || std::isinf(expect)) {
        EXPECT_TRUE(expect != expect ? out[i] != out[i] : out[i] == expect) << name << " " << x[i] << " " << out[i];
        continue;
      }
      double unit = double(std::nextafter(std::fabs(expect), T(INFINITY)) - std::fabs(expect));
      EXPECT_LE(std::fabs(double(out[i]) - double(expect)), ulp * unit) << name << " " << x[i] << ", " << y[i];
    }
  }
}

TEST(Modules, MathematicalLibrary) {
  Loaded l = load(read("math.ptx"));
  ASSERT_TRUE(l.program) << l.error;
  // Bounds: the CUDA programming guide's, and one for the host's own error.
  compare<float>(*l.program, "f_sin", [](double a, double) { return std::sin(a); }, 3);
  compare<float>(*l.program, "f_tan", [](double a, double) { return std::tan(a); }, 5);
  compare<float>(*l.program, "f_log", [](double a, double) { return std::log(a); }, 2);
  compare<float>(*l.program, "f_pow", [](double a, double b) { return std::pow(a, b); }, 5);
  compare<float>(*l.program, "f_erf", [](double a, double) { return std::erf(a); }, 3);
  compare<float>(*l.program, "f_atan2", [](double a, double b) { return std::atan2(a, b); }, 4);
  compare<float>(*l.program, "f_fmod", [](double a, double b) { return std::fmod(a, b); }, 0);
  compare<float>(*l.program, "f_expm1", [](double a, double) { return std::expm1(a); }, 2);
  compare<float>(*l.program, "f_round", [](double a, double) { return std::round(a); }, 0);
  compare<double>(*l.program, "d_exp", [](double a, double) { return std::exp(a); }, 2);
  compare<double>(*l.program, "d_sin", [](double a, double) { return std::sin(a); }, 3);
  compare<double>(*l.program, "d_pow", [](double a, double b) { return std::pow(a, b); }, 3);
  compare<double>(*l.program, "d_fmod", [](double a, double b) { return std::fmod(a, b); }, 0);
  compare<double>(*l.program, "d_cbrt", [](double a, double) { return std::cbrt(a); }, 3);
}

TEST(Modules, LinesOfInlinedFunctionsAndPrintf) {
  Loaded l = load(read("lines.ptx"));
  ASSERT_TRUE(l.program) << l.error;
  const Kernel &k = *l.program->kernels[0];
  bool found = false;
  for (uint32_t op = 0; op < 200; ++op) {
    std::vector<SourceLine> lines = k.source(op);
    if (lines.size() != 3 || lines[0].line != 3)
      continue;
    found = true; // inner, called by middle, called by the kernel
    EXPECT_EQ(lines[0].file, "k.cu");
    EXPECT_TRUE(lines[1].line == 6 || lines[1].line == 7) << lines[1].line;
    EXPECT_EQ(lines[2].line, 12u);
    EXPECT_NE(k.text(op).find(".f32"), std::string::npos) << k.text(op);
  }
  EXPECT_TRUE(found);
  Arena memory;
  auto *out = memory.make<float>(32), *in = memory.make<float>(32, 1.5f);
  testing::internal::CaptureStdout();
  LaunchResult r = launch(*l.program, {address(out), address(in)}, {});
  std::fflush(stdout);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "hello 3 text  1.50 1234567890123 z%\n");
  ASSERT_EQ(r.outcome, LaunchOutcome::Done) << r.message;
  EXPECT_EQ(out[7], 5.25f * (5.25f * 5.25f + 1.0f));
}

TEST(Modules, WithoutAnyOneTokenTheyLoadOrAreRefused) {
  std::string text = read("forms.ptx");
  ASSERT_TRUE(load(text).program) << load(text).error;
  int refused = 0, tokens = 0;
  for (size_t from = text.find(".version"); from < text.size();) {
    size_t to = std::min(text.find_first_of(" \n,;{}[]()|+", from), text.size());
    to = std::max(to, from + 1);
    Loaded l = load(text.substr(0, from) + text.substr(to));
    EXPECT_TRUE(l.program || l.error.substr(0, 5) == "line ") << l.error;
    refused += !l.program, ++tokens;
    from = to;
  }
  EXPECT_GT(refused, tokens / 4);
}

} // namespace
} // namespace gpusim::test
