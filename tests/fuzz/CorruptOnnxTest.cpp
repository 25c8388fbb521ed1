// A damaged .onnx is refused with a reason, or is a model: then it compiles and runs to a normal end.
#include "tests/fuzz/Memory.h"
#include "tests/fuzz/Support.h"
#include "tools/dlc/Driver.h"
#include <algorithm>
#include <gtest/gtest.h>

// The mutators of fuzzing are not used here.
extern "C" size_t LLVMFuzzerMutate(uint8_t *, size_t size, size_t) { return size; }

namespace fs = std::filesystem;
using dlc::driver::Model;
using dlc::driver::Status;

namespace {

enum class End { Refused, NotCompiled, NotLoaded, Ran };

std::vector<std::string> seeds() {
  std::vector<fs::path> paths;
  for (const auto &entry : fs::directory_iterator("tests/fuzz/corpus/onnx"))
    if (entry.path().filename().string().starts_with("seed-"))
      paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> list;
  for (const fs::path &path : paths) {
    std::ifstream in(path, std::ios::binary);
    list.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return list;
}

void expectReason(dlc_status status) {
  EXPECT_STRNE(dlc_status_message(status), "");
  dlc_status_free(status);
}

End attempt(const std::string &path) {
  Status status;
  std::vector<std::string> skipped; // so that the import goes on behind what it cannot take
  dlc::driver::LoadOptions load;
  load.skipped = &skipped;
  auto model = Model::open(path, load, status);
  if (model && model->needsShapes())
    return End::Refused;
  if (!model) {
    EXPECT_TRUE(!status.message.empty() || !status.findings.empty()) << "refused without a reason";
    return End::Refused;
  }
  std::vector<char> bytes;
  dlc::driver::CompileOptions compile;
  compile.targets = {"cpu:x86-64-v3"};
  status = model->compile(compile, bytes);
  if (!status.ok()) {
    EXPECT_FALSE(status.message.empty());
    EXPECT_NE(status.kind, Status::Internal) << status.message;
    return End::NotCompiled;
  }
  dlc_executable *executable = nullptr;
  if (dlc_status failed = dlc_executable_load_memory(bytes.data(), bytes.size(), nullptr, &executable)) {
    ADD_FAILURE() << "what was compiled does not load: " << dlc_status_message(failed);
    dlc_status_free(failed);
    return End::NotLoaded;
  }
  dlc::fuzz::LimitedMemory memory(64 << 20);
  dlc_session_options options = DLC_SESSION_OPTIONS_INIT;
  options.device = DLC_DEVICE_CPU;
  options.threads = 1;
  options.allocator = memory.allocator();
  dlc_session *session = nullptr;
  End end = End::NotLoaded;
  if (dlc_status refused = dlc_session_create(executable, &options, &session)) {
    expectReason(refused);
  } else {
    dlc_status failed = dlc_session_run(session);
    EXPECT_EQ(dlc_status_code(failed), DLC_OK) << dlc_status_message(failed);
    dlc_status_free(failed);
    dlc_session_free(session);
    end = End::Ran;
  }
  dlc_executable_free(executable);
  return end;
}

TEST(CorruptOnnx, RandomDamageIsRefusedOrRuns) {
  std::vector<std::string> files = seeds();
  ASSERT_GT(files.size(), 20u);
  dlc::fuzz::Folder folder;
  std::mt19937_64 engine(4);
  int ends[4] = {};
  for (int i = 0; i != 2000; ++i) {
    std::string bytes = files[size_t(i) % files.size()];
    if (engine() % 4 == 0)
      bytes.resize(engine() % bytes.size());
    else
      for (uint64_t n = 1 + engine() % 3; n--;)
        bytes[engine() % bytes.size()] ^= char(1 << engine() % 8);
    std::string path = folder.write("model.onnx", bytes);
    SCOPED_TRACE("damage " + std::to_string(i));
    ++ends[int(attempt(path))];
  }
  std::fprintf(stderr, "%d refused, %d not compiled, %d without memory, %d ran\n", ends[0], ends[1], ends[2], ends[3]);
  EXPECT_GT(ends[int(End::Refused)], 100);
  EXPECT_GT(ends[int(End::Ran)], 100);
}

} // namespace
