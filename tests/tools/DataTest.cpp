// What the tool reads from people: .npy, IDX, input arguments; and how it compares.
#include "tests/tools/Support.h"
#include "tools/dlc/data/Compare.h"
#include "tools/dlc/data/Idx.h"
#include "tools/dlc/data/Input.h"
#include "tools/dlc/data/Npy.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <gmock/gmock.h>
#include <zlib.h>

using namespace dlc::data;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {
Tensor floats(Shape shape, std::vector<float> values) {
  Tensor t(DType::F32, std::move(shape));
  std::memcpy(t.bytes.data(), values.data(), values.size() * 4);
  return t;
}

std::string bytes(std::initializer_list<int> list) {
  std::string s;
  for (int b : list)
    s += static_cast<char>(b);
  return s;
}

std::string gzip(const std::string &plain) {
  z_stream z{};
  deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(plain.size() + 256, '\0');
  z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = reinterpret_cast<Bytef *>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

const std::string images = bytes({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});

/// What numpy.save writes for an array with this header.
std::string npy(std::string header, const std::string &data) {
  header.resize(117, ' ');
  header += '\n';
  return bytes({0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0}) + header + data;
}
} // namespace

TEST(Npy, RoundTripsEveryType) {
  for (DType type : {DType::Bool, DType::I8, DType::I16, DType::I32, DType::I64, DType::U8, DType::U16, DType::U32,
                     DType::U64, DType::F16, DType::F32, DType::F64})
    for (const Shape &shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{0, 4}}) {
      Tensor t = randomTensor(type, shape, 7);
      std::string text = formatNpy(t);
      EXPECT_EQ((text.size() - t.bytes.size()) % 64, 0u);
      Tensor back = parseNpy(text, "x.npy");
      EXPECT_EQ(describe(back), describe(t));
      EXPECT_TRUE(back.bytes == t.bytes) << describe(t);
    }
}

TEST(Npy, ReadsWhatNumpyWrites) {
  Tensor t =
      parseNpy(npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 2), }", bytes({1, 0, 2, 0, 3, 0, 4, 0})), "f");
  EXPECT_EQ(describe(t), "2x2xi16");
  EXPECT_THAT(std::vector<int16_t>(t.as<int16_t>(), t.as<int16_t>() + 4), ElementsAre(1, 3, 2, 4)); // column-major
  Tensor big = parseNpy(npy("{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }", bytes({0, 0, 1, 2})), "f");
  EXPECT_EQ(big.as<int32_t>()[0], 258);
}

TEST(Npy, BfloatIsWrittenAsF32) {
  Tensor t(DType::BF16, {2});
  store(t, 0, 1.5);
  store(t, 1, -2);
  Tensor back = parseNpy(formatNpy(t), "b");
  EXPECT_EQ(describe(back), "2xf32");
  EXPECT_EQ(back.as<float>()[1], -2.0f);
}

TEST(Npy, RefusesDamage) {
  std::string good = formatNpy(floats({3}, {1, 2, 3}));
  EXPECT_THAT(messageOf([&] { parseNpy("PK\x03\x04.........", "a.npz"); }),
              HasSubstr("a.npz: not a usable .npy file: it begins with 50 4b"));
  EXPECT_THAT(messageOf([&] { parseNpy(good.substr(0, good.size() - 1), "a"); }),
              HasSubstr("11 bytes of elements, expected 12 for 3xf32"));
  EXPECT_THAT(messageOf([&] { parseNpy(good.substr(0, 20), "a"); }), HasSubstr("cut off"));
  EXPECT_THAT(
      messageOf([&] { parseNpy(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "12345678"), "a"); }),
      HasSubstr("'<c8'"));
  EXPECT_THAT(messageOf([&] {
                parseNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", ""),
                         "a");
              }),
              HasSubstr("expected"));
  for (size_t i = 0; i < good.size(); ++i) { // anything but a crash will do
    std::string damaged = good;
    damaged[i] ^= 0x41;
    messageOf([&] { parseNpy(damaged, "a"); });
    messageOf([&] { parseNpy(good.substr(0, i), "a"); });
  }
}

TEST(Idx, PlainAndGzipped) {
  for (const std::string &file : {images, gzip(images)}) {
    Tensor t = parseIdx(file, "x");
    EXPECT_EQ(describe(t), "2x3xu8");
    EXPECT_EQ(t.as<uint8_t>()[5], 255);
  }
}

TEST(Idx, GzipMembersFollowEachOther) {
  Tensor t = parseIdx(gzip(images.substr(0, 14)) + gzip(images.substr(14)), "x");
  EXPECT_EQ(t.as<uint8_t>()[3], 4);
}

TEST(Idx, RefusesDamage) {
  std::string zipped = gzip(images), flipped = zipped;
  flipped[zipped.size() - 6] ^= 1; // the checksum
  EXPECT_THAT(messageOf([&] { parseIdx(flipped, "x.gz"); }), HasSubstr("x.gz: the gzip data is damaged"));
  EXPECT_THAT(messageOf([&] { parseIdx(zipped.substr(0, zipped.size() - 9), "x.gz"); }), HasSubstr("cut off"));
  EXPECT_THAT(messageOf([&] { parseIdx("PK\x03\x04", "x"); }),
              HasSubstr("x: begins with 50 4b 03 04, expected an IDX header"));
  EXPECT_THAT(messageOf([&] { parseIdx(images.substr(0, 15), "x"); }),
              HasSubstr("3 bytes of elements, expected 6 for 2x3xu8"));
  EXPECT_THAT(messageOf([&] { parseIdx(images + "!", "x"); }), HasSubstr("more bytes"));
  EXPECT_THAT(messageOf([&] { parseIdx("", "x"); }), HasSubstr("too short"));
  EXPECT_THAT(messageOf([&] {
                parseIdx(bytes({0, 0, 8, 3, 127, 255, 255, 255, 127, 255, 255, 255, 127, 255, 255, 255}), "x");
              }),
              HasSubstr("promises"));
  for (size_t i = 0; i < zipped.size(); ++i) {
    std::string damaged = zipped;
    damaged[i] ^= 0x10;
    messageOf([&] { parseIdx(damaged, "x"); });
  }
}

TEST(Idx, FolderNamesWhatIsMissing) {
  auto folder = freshFolder("idx");
  EXPECT_THAT(messageOf([&] { openIdx(folder.string()); }), HasSubstr("no file train-images-idx3-ubyte"));
}

TEST(Idx, ShuffleIsAPermutationOfItsOwnForEachSeedAndEpoch) {
  auto order = shuffled(1000, 3, 1), sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (uint32_t i = 0; i < 1000; ++i)
    ASSERT_EQ(sorted[i], i);
  EXPECT_EQ(order, shuffled(1000, 3, 1));
  EXPECT_NE(order, shuffled(1000, 3, 2));
  EXPECT_NE(order, shuffled(1000, 4, 1));
  EXPECT_NE(order, sorted);
}

TEST(Input, Syntax) {
  InputArgument a = parseInput("x=1x3xf32=0.5");
  EXPECT_EQ(a.name, "x");
  EXPECT_EQ(describe(a.tensor), "1x3xf32");
  EXPECT_EQ(a.tensor.as<float>()[2], 0.5f);
  a = parseInput("3xi64=4,5,-6");
  EXPECT_EQ(a.name, "");
  EXPECT_THAT(std::vector<int64_t>(a.tensor.as<int64_t>(), a.tensor.as<int64_t>() + 3), ElementsAre(4, 5, -6));
  EXPECT_EQ(describe(parseInput("scope/x:0=f64=1e-3").tensor), "f64");
  // Beyond 2^53 a double has no place for every number.
  a = parseInput("3xi64=9007199254740993,-9223372036854775808,9223372036854775807");
  EXPECT_EQ(a.tensor.as<int64_t>()[0], 9007199254740993);
  EXPECT_EQ(a.tensor.as<int64_t>()[1], INT64_MIN);
  EXPECT_EQ(a.tensor.as<int64_t>()[2], INT64_MAX);
  EXPECT_EQ(parseInput("1xu64=18446744073709551615").tensor.as<uint64_t>()[0], UINT64_MAX);
  EXPECT_EQ(parseInput("1xi64=1e3").tensor.as<int64_t>()[0], 1000);
  EXPECT_EQ(parseInput("m=2xbool=true").tensor.as<uint8_t>()[1], 1);
  EXPECT_EQ(parseInput("4xu8=range").tensor.as<uint8_t>()[3], 3);
  EXPECT_TRUE(parseInput("9xf32=random:5").tensor.bytes == parseInput("9xf32=random:5").tensor.bytes);
  EXPECT_FALSE(parseInput("9xf32=random:5").tensor.bytes == parseInput("9xf32=random").tensor.bytes);
}

TEST(Input, ErrorsShowWhatWouldDo) {
  EXPECT_THAT(messageOf([] { parseInput("x"); }), HasSubstr("expected name=@file.npy"));
  EXPECT_THAT(messageOf([] { parseInput("x=3xf32=1,2"); }), HasSubstr("2 values, expected 1 or 3 for 3xf32"));
  EXPECT_THAT(messageOf([] { parseInput("x=i64=1,2"); }), HasSubstr("2 values for one i64; more have their shape in front"));
  EXPECT_THAT(messageOf([] { parseInput("x=3xfloat=1"); }), HasSubstr("'3xfloat' is no type"));
  EXPECT_THAT(messageOf([] { parseInput("x=3xf32=one"); }), HasSubstr("'one' is no number"));
  EXPECT_THAT(messageOf([] { parseInput("x=@/no/such.npy"); }), HasSubstr("/no/such.npy: No such file"));
  EXPECT_THAT(messageOf([] { parseInput("x=99999999x99999999x9999999xf32=1"); }),
              HasSubstr("does not fit into memory"));
}

TEST(Input, Shapes) {
  EXPECT_THAT(parseShape("x=64x784").shape, ElementsAre(64, 784));
  EXPECT_THAT(parseShape("x=64x784xf32").shape, ElementsAre(64, 784));
  EXPECT_EQ(parseShape("7").name, "");
  EXPECT_THAT(messageOf([] { parseShape("x=by"); }), HasSubstr("is no shape"));
}

TEST(Compare, Tolerances) {
  Tensor expected = floats({2, 2}, {1, 100, 0, -1});
  EXPECT_TRUE(compare(floats({2, 2}, {1.0009f, 100.09f, 0.9e-5f, -1}), expected).ok());
  Comparison c = compare(floats({2, 2}, {1, 100, 2e-5f, -1.1f}), expected);
  EXPECT_EQ(c.mismatches, 2);
  EXPECT_THAT(c.describe(expected.shape), HasSubstr("2 of 4 differ, worst at [1, 1]: got -1.1"));
}

TEST(Compare, NanAgainstANumberIsAMismatchAndStays) {
  Tensor expected = floats({3}, {1, NAN, 3});
  EXPECT_TRUE(compare(expected, expected).ok());
  Comparison c = compare(floats({3}, {NAN, NAN, 4}), expected);
  EXPECT_EQ(c.mismatches, 2);
  EXPECT_EQ(c.strayNans, 1);
  EXPECT_EQ(c.worst, 0);
  EXPECT_FALSE(compare(floats({3}, {1, 2, 3}), expected).ok());
}

TEST(Compare, InfinitiesMustHaveTheSameSign) {
  Tensor expected = floats({2}, {INFINITY, 1});
  EXPECT_TRUE(compare(expected, expected).ok());
  EXPECT_FALSE(compare(floats({2}, {-INFINITY, 1}), expected).ok());
  EXPECT_FALSE(compare(floats({2}, {3e38f, 1}), expected).ok());
}

TEST(Compare, IntegersAreExact) {
  Tensor a(DType::I64, {1}), b(DType::I64, {1});
  a.as<int64_t>()[0] = (int64_t(1) << 62) + 1; // differs beyond what a double holds
  b.as<int64_t>()[0] = int64_t(1) << 62;
  EXPECT_FALSE(compare(a, b, Tolerance{1, 1}).ok());
}

TEST(Compare, LargeTensorsMayMissAReferenceAsAWhole) {
  auto filled = [](int64_t count, float value) { return floats({count}, std::vector<float>(size_t(count), value)); };
  Tensor expected = filled(1 << 16, 1), got = filled(1 << 16, 1);
  store(expected, 0, 200);
  store(got, 0, 200);
  store(got, 7, 1.1);
  Comparison c = compare(got, expected);
  EXPECT_FALSE(c.ok());
  EXPECT_TRUE(c.okAsAWhole()) << "0.1 of 200";
  store(got, 8, 1.3);
  EXPECT_FALSE(compare(got, expected).okAsAWhole()) << "0.3 of 200 is more than 0.1 %";
  store(got, 8, NAN);
  EXPECT_FALSE(compare(got, expected).okAsAWhole());
  store(got, 8, INFINITY);
  EXPECT_FALSE(compare(got, expected).okAsAWhole());
  for (int64_t i = 8; i < 700; ++i)
    store(got, i, 1.1);
  EXPECT_FALSE(compare(got, expected).okAsAWhole()) << "more than one in a hundred";
  Tensor few = filled(1000, 1), other = filled(1000, 1);
  store(few, 0, 200);
  store(other, 0, 200);
  store(other, 7, 1.1);
  EXPECT_FALSE(compare(other, few).okAsAWhole()) << "small tensors are compared element by element";
}

TEST(Compare, TypesMustAgree) {
  EXPECT_THAT(compare(floats({2}, {1, 2}), floats({2, 1}, {1, 2})).describe({2}),
              HasSubstr("got 2xf32, expected 2x1xf32"));
}

TEST(Tensor, HalfAndBfloatRoundToNearestEven) {
  for (uint32_t h = 0; h < 0x10000; ++h) // NaNs keep being NaNs, all else comes back
    if (float f = halfToFloat(static_cast<uint16_t>(h)); std::isnan(f))
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(f))));
    else
      ASSERT_EQ(floatToHalf(f), h);
  EXPECT_EQ(floatToHalf(1.0f + 0x1p-11f), 0x3c00);     // half way: to even, down
  EXPECT_EQ(floatToHalf(1.0f + 3 * 0x1p-11f), 0x3c02); // half way: to even, up
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(0x1p-25f), 0); // half of the least number
  EXPECT_EQ(floatToHalf(0x1.8p-25f), 1);
  EXPECT_EQ(floatToBfloat(1.0f + 0x1p-8f), 0x3f80);
  EXPECT_EQ(floatToBfloat(1.0f + 3 * 0x1p-8f), 0x3f82);
}
