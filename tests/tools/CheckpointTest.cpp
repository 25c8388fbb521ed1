// Checkpoints: safetensors files, damaged ones too, and where they are kept.
#include "tools/dlc/training/Checkpoint.h"
#include "tests/tools/Support.h"
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

using namespace dlc;
using namespace dlc::data;
using cli::Checkpoint;
using cli::CheckpointKeeper;
using testing::HasSubstr;

namespace {
std::string file(const std::string &header, const std::string &bytes) {
  uint64_t length = header.size();
  return std::string(reinterpret_cast<const char *>(&length), 8) + header + bytes;
}

Tensor floats(Shape shape, float first) {
  Tensor t(DType::F32, std::move(shape));
  for (int64_t i = 0; i < t.count(); ++i)
    t.as<float>()[i] = first + static_cast<float>(i);
  return t;
}
} // namespace

// The example of the format's own description: one tensor of two f16.
TEST(Safetensors, ReadsWhatTheFormatSays) {
  Safetensors f =
      parseSafetensors(file(R"({"a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]},"__metadata__":{"k":"v"}})",
                            {"\x00\x3c\x00\xc0", 4}),
                       "x");
  ASSERT_EQ(f.tensors.size(), 1u);
  EXPECT_EQ(describe(f.tensors["a"]), "1x2xf16");
  EXPECT_EQ(load(f.tensors["a"], 0), 1);
  EXPECT_EQ(load(f.tensors["a"], 1), -2);
  EXPECT_EQ(f.metadata["k"], "v");
}

TEST(Safetensors, ComesBackAsItWas) {
  auto folder = freshFolder("checkpoint-back");
  Safetensors f;
  f.tensors["scalar"] = floats({}, 3);
  f.tensors["empty"] = floats({0, 5}, 0);
  f.tensors["w"] = floats({2, 3}, -1);
  f.tensors["n"] = Tensor(DType::U8, {3});
  std::memcpy(f.tensors["n"].bytes.data(), "abc", 3);
  f.metadata["dlc"] = "{\"quote\": \"\\\"\"}";
  std::string path = folder / "a.safetensors";
  writeSafetensors(path, f);
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  Safetensors back = readSafetensors(path);
  EXPECT_EQ(back.metadata, f.metadata);
  EXPECT_EQ(readSafetensorsMetadata(path), f.metadata);
  ASSERT_EQ(back.tensors.size(), 4u);
  for (auto &[name, tensor] : f.tensors) {
    EXPECT_EQ(describe(back.tensors[name]), describe(tensor)) << name;
    EXPECT_EQ(back.tensors[name].bytes, tensor.bytes) << name;
  }
}

TEST(Safetensors, DamageIsNamed) {
  auto entry = [](const std::string &body) { return file("{\"a\":" + body + "}", "12345678"); };
  auto said = [](const std::string &bytes) { return messageOf([&] { parseSafetensors(bytes, "f"); }); };
  EXPECT_THAT(said("1234"), HasSubstr("f: no safetensors file, or a damaged one: 4 bytes"));
  EXPECT_THAT(said(std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10)),
              HasSubstr("a header of 9223372036854775807"));
  EXPECT_THAT(said(file("{\"a\":", "")), HasSubstr("no JSON"));
  EXPECT_THAT(said(file("[]", "")), HasSubstr("no JSON object"));
  EXPECT_THAT(said(file(std::string(100000, '['), "")), HasSubstr("no JSON"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[2]})")), HasSubstr("tensor 'a': expected dtype"));
  EXPECT_THAT(said(entry(R"({"dtype":"C64","shape":[1],"data_offsets":[0,8]})")), HasSubstr("\"C64\""));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})")), HasSubstr("3xf32 in 8 bytes"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})")), HasSubstr("a dimension is -2"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[2.5],"data_offsets":[0,8]})")), HasSubstr("a dimension is 2.5"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[2],"data_offsets":[1,9]})")), HasSubstr("1 to 9 of 8"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})")), HasSubstr("8 to 0 of 8"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})")), HasSubstr("end at 4 of 8"));
  EXPECT_THAT(said(entry(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})")), HasSubstr("begins at 4"));
  // 2^32 * 2^32 elements are none if counted in 64 bits.
  EXPECT_THAT(said(file(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", "")),
              HasSubstr("in 0 bytes"));
  EXPECT_THAT(said(file(R"({"__metadata__":{"a":1}})", "")), HasSubstr("is no string"));
  EXPECT_THAT(said(file(R"({"__metadata__":[]})", "")), HasSubstr("its __metadata__ is no object"));
  std::string empty = R"("a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(said(file("{" + empty + "," + empty + "}", "")), HasSubstr("tensor 'a' is there twice"));
  for (const char *json :
       {"{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{} {}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\u12g4\"}", "{\"a\n\":1}", ""})
    EXPECT_THAT(said(file(json, "")), HasSubstr("its header is no JSON")) << json;
  // A message is one line, whatever names hold.
  EXPECT_THAT(said(file(R"({"a\nb":{"dtype":"F32","shape":[1],"data_offsets":[0,0]}})", "")),
              HasSubstr("tensor 'a\\nb': 1xf32 in 0 bytes"));
}

TEST(Safetensors, NamesAreUnicode) {
  std::string json = R"({"\u00e9\ud83d\ude00\"\\\/\t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  Safetensors f = parseSafetensors(file(json, "x"), "f");
  ASSERT_EQ(f.tensors.size(), 1u);
  const std::string name = "\xc3\xa9\xf0\x9f\x98\x80\"\\/\t";
  EXPECT_EQ(f.tensors.begin()->first, name);
  auto path = (freshFolder("checkpoint-unicode") / "a.safetensors").string();
  f.metadata["k\x01"] = "line\nline";
  writeSafetensors(path, f);
  Safetensors back = readSafetensors(path);
  EXPECT_EQ(back.tensors.begin()->first, name);
  EXPECT_EQ(back.metadata, f.metadata);
}

TEST(Safetensors, NoDamageCrashes) {
  auto folder = freshFolder("checkpoint-fuzz");
  Safetensors f;
  f.tensors["w"] = floats({2, 3}, -1);
  f.tensors["v"] = floats({4}, 1);
  f.metadata["dlc"] = "{}";
  std::string path = folder / "a.safetensors";
  writeSafetensors(path, f);
  std::string whole = readFile(path);
  for (size_t i = 0; i < whole.size(); ++i) {
    messageOf([&] { parseSafetensors(std::string_view(whole).substr(0, i), "f"); });
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      messageOf([&] { parseSafetensors(damaged, "f"); });
    }
  }
}

TEST(Checkpoint, OnlyDlcsOwnFilesAreGoneOnWith) {
  auto folder = freshFolder("checkpoint-own");
  std::string path = folder / "weights.safetensors";
  Safetensors f;
  f.tensors["w"] = floats({2}, 0);
  writeSafetensors(path, f);
  EXPECT_THAT(messageOf([&] { Checkpoint::load(path); }), HasSubstr("no checkpoint of dlc train; --init"));
  EXPECT_THAT(messageOf([&] { Checkpoint::loadDescription(path); }), HasSubstr("no checkpoint of dlc train"));
  f.metadata["dlc"] = "{\"options\":";
  writeSafetensors(path, f);
  EXPECT_THAT(messageOf([&] { Checkpoint::load(path); }), HasSubstr("no checkpoint of dlc train"));
}

TEST(Checkpoint, AChangedNumberIsSeen) {
  auto folder = freshFolder("checkpoint-changed");
  std::string path = folder / "c.safetensors";
  Checkpoint checkpoint;
  checkpoint.tensors["v"] = floats({3}, 7);
  checkpoint.tensors["w"] = floats({2}, 0);
  checkpoint.description = {{"options", Checkpoint::Json::object()}, {"progress", Checkpoint::Json::object()}};
  checkpoint.save(path);
  EXPECT_EQ(load(Checkpoint::load(path).tensors["w"], 1), 1);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end); // in w, which is the last
  file.put('\x41');
  file.close();
  EXPECT_THAT(messageOf([&] { Checkpoint::load(path); }),
              HasSubstr("c.safetensors: is damaged: tensor 'w' is not what was written"));
}

TEST(Checkpoint, IntervalsAreStepsOrTime) {
  EXPECT_EQ(cli::parseInterval("500").steps, 500);
  EXPECT_EQ(cli::parseInterval("30s").seconds, 30);
  EXPECT_EQ(cli::parseInterval("1.5m").seconds, 90);
  EXPECT_EQ(cli::parseInterval("2h").seconds, 7200);
  for (const char *text : {"", "0", "-1", "1.5", "5x", "s", "1e99", "nan", "inf", "5 s"})
    EXPECT_THAT(messageOf([&] { cli::parseInterval(text); }), HasSubstr("expected steps")) << text;
}

TEST(Checkpoint, AFolderKeepsTheLastOnes) {
  auto folder = freshFolder("checkpoint-keep");
  CheckpointKeeper keeper((folder / "new").string() + "/", {.steps = 10}, 2);
  Checkpoint checkpoint;
  checkpoint.tensors["w"] = floats({2}, 0);
  checkpoint.description = {{"options", Checkpoint::Json::object()}, {"progress", Checkpoint::Json::object()}};
  EXPECT_FALSE(keeper.due({1, 9, 9}));
  EXPECT_TRUE(keeper.due({1, 10, 10}));
  for (int64_t total : {10, 20, 30})
    keeper.save(checkpoint, {1, total, total});
  std::vector<std::string> names;
  for (auto &entry : std::filesystem::directory_iterator(folder / "new"))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::UnorderedElementsAre("step-000000020.safetensors", "step-000000030.safetensors"));
  EXPECT_EQ(cli::findCheckpoint((folder / "new").string()), (folder / "new/step-000000030.safetensors").string());
  EXPECT_THAT(messageOf([&] { cli::findCheckpoint(folder.string()); }), HasSubstr("no checkpoint"));
  EXPECT_EQ(Checkpoint::load(cli::findCheckpoint((folder / "new").string())).tensors.at("w").bytes,
            checkpoint.tensors["w"].bytes);
}

TEST(Checkpoint, AFileThatCannotBeWrittenLeavesTheOldOne) {
  auto folder = freshFolder("checkpoint-old");
  std::string path = folder / "a.safetensors";
  Safetensors f;
  f.tensors["w"] = floats({2}, 0);
  writeSafetensors(path, f);
  std::string before = readFile(path);
  f.tensors["x"] = Tensor(DType::I4, {2});
  EXPECT_THAT(messageOf([&] { writeSafetensors(path, f); }), HasSubstr("'x' is 2xi4, which safetensors cannot hold"));
  EXPECT_EQ(readFile(path), before);
  EXPECT_THAT(messageOf([&] { writeSafetensors((folder / "none/a").string(), {}); }),
              HasSubstr("none/a: cannot be written"));
}
