// Reading ONNX files: what is refused and how, and every way a tensor's bytes can be stored.
#include "frontend/onnx/File.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

using namespace dlc;
using testing::HasSubstr;

namespace {
class OnnxFile : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "dlc-onnx-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string &name, const std::string &bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return (folder / name).string();
  }
  static std::string smallModel() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    auto &graph = *model.mutable_graph();
    graph.set_name("g");
    auto &node = *graph.add_node();
    node.set_op_type("Relu");
    node.add_input("x");
    node.add_output("y");
    model.add_opset_import()->set_version(13);
    return model.SerializeAsString();
  }
  std::filesystem::path folder;
};

TEST_F(OnnxFile, ReadsAModel) {
  OnnxModel model;
  std::string error;
  ASSERT_TRUE(readOnnx(write("m.onnx", smallModel()), model, error)) << error;
  EXPECT_EQ(model.opset(), 13);
  EXPECT_EQ(model.opset("ai.onnx.ml"), 0);
  EXPECT_EQ(model.proto.graph().node(0).op_type(), "Relu");
}

TEST_F(OnnxFile, RefusesEveryTruncation) {
  std::string whole = smallModel();
  for (size_t length = 0; length < whole.size(); ++length) {
    OnnxModel model;
    std::string error;
    EXPECT_FALSE(readOnnx(write("t.onnx", whole.substr(0, length)), model, error)) << length;
    EXPECT_THAT(error, HasSubstr("t.onnx"));
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST_F(OnnxFile, SaysWhatGarbageIs) {
  OnnxModel model;
  std::string error;
  EXPECT_FALSE(readOnnx(write("a.onnx", "version https://git-lfs.github.com/spec/v1\noid"), model, error));
  EXPECT_THAT(error, HasSubstr("Git LFS"));
  EXPECT_FALSE(readOnnx(write("b.onnx", "<html></html>"), model, error));
  EXPECT_THAT(error, HasSubstr("HTML"));
  EXPECT_FALSE(readOnnx((folder / "none.onnx").string(), model, error));
  EXPECT_THAT(error, HasSubstr("none.onnx: cannot be read: No such file"));
  EXPECT_FALSE(readOnnx(folder.string(), model, error));
  EXPECT_THAT(error, HasSubstr("Is a directory"));
}

TEST_F(OnnxFile, TensorsFromTypedFields) {
  onnx::TensorProto proto;
  Tensor tensor;
  std::string error;
  proto.set_data_type(onnx::TensorProto::INT16);
  proto.add_dims(3);
  for (int value : {-2, 0, 7})
    proto.add_int32_data(value);
  ASSERT_TRUE(tensorFromProto(proto, ".", tensor, error)) << error;
  EXPECT_EQ(tensor.typeName(), "3xi16");
  EXPECT_EQ(tensor.i64At(0), -2);
  EXPECT_EQ(tensor.i64At(2), 7);

  proto.Clear();
  proto.set_data_type(onnx::TensorProto::FLOAT16);
  proto.add_dims(1);
  proto.add_int32_data(0x3e00); // 1.5
  ASSERT_TRUE(tensorFromProto(proto, ".", tensor, error)) << error;
  EXPECT_EQ(tensor.f64At(0), 1.5);

  proto.set_dims(0, 2);
  EXPECT_FALSE(tensorFromProto(proto, ".", tensor, error));
  EXPECT_THAT(error, HasSubstr("2 bytes of data, but 2xf16 wants 4"));
  proto.set_dims(0, INT64_MAX);
  EXPECT_FALSE(tensorFromProto(proto, ".", tensor, error));
  EXPECT_THAT(error, HasSubstr("not possible"));
}

TEST_F(OnnxFile, ExternalData) {
  write("w.bin", std::string("....") + std::string("\0\0\x80\x3f\0\0\0\x40", 8));
  onnx::TensorProto proto;
  proto.set_name("w");
  proto.set_data_type(onnx::TensorProto::FLOAT);
  proto.add_dims(2);
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  auto entry = [&](const char *key, const char *value) {
    auto &data = *proto.add_external_data();
    data.set_key(key);
    data.set_value(value);
  };
  entry("location", "w.bin");
  entry("offset", "4");
  Tensor tensor;
  std::string error;
  ASSERT_TRUE(tensorFromProto(proto, folder.string(), tensor, error)) << error;
  EXPECT_EQ(tensor.f64At(0), 1.0);
  EXPECT_EQ(tensor.f64At(1), 2.0);
  entry("length", "80");
  EXPECT_FALSE(tensorFromProto(proto, folder.string(), tensor, error));
  EXPECT_THAT(error, HasSubstr("ends at byte 84, but the file has 12"));
  proto.mutable_external_data(0)->set_value("../w.bin");
  EXPECT_FALSE(tensorFromProto(proto, folder.string(), tensor, error));
  EXPECT_THAT(error, HasSubstr("not a path below"));
}

TEST(Half, RoundTripsEveryValueAndRoundsToEven) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float value = halfToFloat(uint16_t(bits));
    if (value == value)
      EXPECT_EQ(floatToHalf(value), bits);
    else
      EXPECT_GT(floatToHalf(value) & 0x7fff, 0x7c00);
  }
  EXPECT_EQ(floatToHalf(2049.0f), floatToHalf(2048.0f));
  EXPECT_EQ(floatToHalf(2051.0f), floatToHalf(2052.0f));
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(floatToBfloat(1.00390625f), floatToBfloat(1.0f)); // a tie goes to the even neighbour
}
} // namespace
