#include "tests/training/StepProgram.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Specialize.h"
#include "tools/compile/Compile.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

namespace dlc::test {

StepProgram::StepProgram(const std::string &text, const StepOptions &given) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  auto module = parseSourceString<ModuleOp>(text, &context);
  PassManager passes(&context);
  if (given.batch)
    passes.addPass(createSpecializePass({{"batch", given.batch / given.parts}}));
  if (given.precision != "f32")
    passes.addPass(createPrecisionPass(given.precision));
  passes.addPass(createLossPass(given.loss));
  if (given.scaled || given.precision == "f16")
    passes.addPass(createLossScalePass());
  passes.addPass(createTrainingModePass());
  passes.addPass(createAutodiffPass());
  passes.addPass(createAccumulatePass(given.parts));
  passes.addPass(createOptimizerPass(given.optimizer));
  CompileOptions options;
  options.targets = {given.target.empty() ? StringRef(device).split(':').first.str() : given.target};
  options.disabled = given.disabled;
  options.memoryLimit = given.memoryLimit;
  options.contract = given.contract;
  options.onCuda = [&](const CudaCode &code) {
    for (const CudaUnit &unit : code.units)
      cuda += unit.text;
  };
  std::string error = "no step can be made of the model";
  if (module && succeeded(passes.run(*module)))
    if (auto image = compile(*module, options); succeeded(image) && exe::write(*image, bytes, error))
      error.clear();
  if (!error.empty()) {
    ADD_FAILURE() << error;
    return;
  }
  auto loaded = Executable::load(bytes.data(), bytes.size());
  if (!loaded) {
    ADD_FAILURE() << loaded.status().text();
    return;
  }
  SessionOptions where = sessionOptions();
  where.device_name = device.c_str();
  where.threads = given.threads;
  auto made = loaded->session(where);
  if (!made) {
    ADD_FAILURE() << made.status().text();
    return;
  }
  executable.emplace(std::move(*loaded));
  session.emplace(std::move(*made));
}

std::vector<float> StepProgram::read(const std::string &name, size_t count) {
  std::vector<float> values(count);
  Status s = session->read(name.c_str(), values.data(), count * sizeof(float));
  EXPECT_TRUE(s.ok()) << name << ": " << s.text();
  return values;
}

void StepProgram::write(const std::string &name, const std::vector<double> &values) {
  auto floats = as<float>(values);
  Status s = session->write(name.c_str(), floats.data(), floats.size() * sizeof(float));
  EXPECT_TRUE(s.ok()) << name << ": " << s.text();
}

template <class T> void StepProgram::set(size_t input, const std::vector<T> &values) {
  Status s = session->setInput(input, values);
  EXPECT_TRUE(s.ok()) << "input " << input << ": " << s.text();
}
template void StepProgram::set(size_t, const std::vector<float> &);
template void StepProgram::set(size_t, const std::vector<int32_t> &);

float StepProgram::step() {
  Status ran = session->run();
  EXPECT_TRUE(ran.ok()) << ran.text();
  std::vector<float> loss(1);
  EXPECT_TRUE(session->getOutput(0, loss).ok());
  return loss[0];
}

std::map<std::string, std::string> StepProgram::states() {
  std::map<std::string, std::string> all;
  for (size_t i = 0; i < executable->weightCount(); ++i) {
    auto info = executable->weight(i);
    std::string values(info.byte_size, 0);
    Status s = session->read(info.name, values.data(), values.size());
    EXPECT_TRUE(s.ok()) << info.name << ": " << s.text();
    all[info.name] = std::move(values);
  }
  return all;
}

void expectSameStep(StepProgram &a, StepProgram &b, llvm::function_ref<void(StepProgram &)> feed) {
  feed(a);
  feed(b);
  EXPECT_EQ(a.step(), b.step());
  auto one = a.states(), other = b.states();
  EXPECT_EQ(one.size(), other.size());
  for (const auto &[name, bytes] : one)
    EXPECT_TRUE(bytes == other[name]) << "other bits in " << name;
}

llvm::json::Object readFigures(StringRef name) {
  auto file = llvm::MemoryBuffer::getFile(folder + "/" + name.str());
  if (!file)
    llvm::report_fatal_error(llvm::Twine(folder) + ": " + file.getError().message());
  auto value = llvm::json::parse((*file)->getBuffer());
  if (!value)
    llvm::report_fatal_error(value.takeError());
  return *value->getAsObject();
}

std::vector<double> numbers(const llvm::json::Value *value) {
  std::vector<double> list;
  for (const auto &v : *value->getAsArray())
    list.push_back(*v.getAsNumber());
  return list;
}

void expectNear(const std::vector<float> &got, const std::vector<double> &expected, double relative,
                const std::string &what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  double most = 1e-30;
  for (double v : expected)
    most = std::max(most, std::fabs(v));
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_LE(std::fabs(got[i] - expected[i]), relative * most)
        << what << "[" << i << "]: " << got[i] << ", expected " << expected[i];
}

} // namespace dlc::test

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i)
    if (llvm::StringRef arg = argv[i]; arg.consume_front("--device="))
      dlc::test::device = arg.str();
    else
      dlc::test::folder = arg.str();
  dlc_device parsed;
  if (dlc::Status s(dlc_device_parse(dlc::test::device.c_str(), &parsed)); !s) {
    llvm::errs() << s.text() << "\n";
    return 2;
  }
  if (dlc::Status usable(dlc_device_usable(parsed)); !usable) {
    llvm::outs() << "skipped: " << usable.text() << "\n";
    return 77;
  }
  return RUN_ALL_TESTS();
}
