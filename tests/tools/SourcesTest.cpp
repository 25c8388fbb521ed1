// Data sets as `dlc train --data` reads them: what they hold, and what is said of those that are damaged.
#include "tests/tools/Support.h"
#include "tools/dlc/data/Image.h"
#include "tools/dlc/data/Npy.h"
#include "tools/dlc/data/Source.h"
#include "tools/dlc/data/Wav.h"
#include "tools/dlc/data/Zip.h"
#include "tools/dlc/training/Augment.h"
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <set>

using namespace dlc;
using namespace dlc::data;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {
const std::string inputs = "tests/tools/Inputs/";

class Folder {
public:
  explicit Folder(const std::string &name) : path(freshFolder("sources-" + name)) {}
  std::string write(const std::string &name, const std::string &bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
  fs::path path;
};

DataSet open(const std::string &argument) { return openData(parseData(argument)); }
std::string said(const std::string &argument) {
  return messageOf([&] {
    DataSet set = open(argument);
    std::vector<std::byte> room(1 << 16);
    for (int64_t i = 0; i < set.train->count(); ++i)
      for (size_t c = 0; c < set.train->columns().size(); ++c)
        set.train->read(i, c, room.data());
  });
}

template <class T> std::vector<T> value(const Source &source, int64_t sample, size_t column) {
  std::vector<T> values(source.columns()[column].bytes() / sizeof(T));
  source.read(sample, column, reinterpret_cast<std::byte *>(values.data()));
  return values;
}
} // namespace

TEST(DataArgument, SaysWhatThereIs) {
  EXPECT_THAT(messageOf([] { parseData("x"); }), HasSubstr("expected one of idx:FOLDER, npy:FILE.npy"));
  EXPECT_THAT(messageOf([] { parseData("tar:x"); }), HasSubstr("expected one of"));
  EXPECT_THAT(messageOf([] { parseData("csv:"); }), HasSubstr("expected one of"));
  EXPECT_THAT(messageOf([] { parseData("csv:x,label=y,test=z"); }), HasSubstr("'label=y'"));
  EXPECT_THAT(
      messageOf([] { parseData("csv:x,test=z,label=y"); }),
      HasSubstr("'label=y': expected KEY=VALUE; the keys of csv are labels, label-lengths, times, test, mean, std"));
  DataArgument argument = parseData("text:a,b/c.txt,context=64");
  EXPECT_EQ(argument.path, "a,b/c.txt");
  EXPECT_EQ(argument.options.at("context"), "64");
}

TEST(Csv, RowsWithAHeader) {
  Folder folder("csv");
  std::string path = folder.write("a.csv", "width, height ,kind\n1,2,0\r\n3.5,-4e1,2\n\n5,6,1\n");
  DataSet set = open("csv:" + path);
  ASSERT_EQ(set.train->count(), 3);
  EXPECT_EQ(set.train->columns()[1].classes, 3);
  EXPECT_THAT(value<float>(*set.train, 1, 0), ElementsAre(3.5f, -40));
  EXPECT_THAT(value<int32_t>(*set.train, 1, 1), ElementsAre(2));
  EXPECT_EQ(set.train->where(2), path + ", line 5");
  EXPECT_EQ(set.evaluation, nullptr);
  // By name; what the others are does not matter.
  set = open("csv:" + path + ",labels=height");
  EXPECT_EQ(set.train->columns()[1].classes, 0) << "-40 is no class";
  EXPECT_THAT(value<float>(*set.train, 1, 1), ElementsAre(-40));
  EXPECT_THAT(value<float>(*set.train, 1, 0), ElementsAre(3.5f, 2));
}

TEST(Csv, NamesOfClassesQuotesAndATest) {
  Folder folder("csv-names");
  std::string path = folder.write("a.csv", "\"dog, big\";1\ncat;2\n\"say \"\"x\"\"\";3\n");
  std::string test = folder.write("t.csv", "cat;5\n");
  DataSet set = open("csv:" + path + ",labels=0,test=" + test);
  EXPECT_THAT(set.train->columns()[1].classNames, ElementsAre("cat", "dog, big", "say \"x\""));
  EXPECT_THAT(value<int32_t>(*set.train, 0, 1), ElementsAre(1));
  EXPECT_THAT(value<int32_t>(*set.evaluation, 0, 1), ElementsAre(0));
  test = folder.write("t.csv", "cow;5\n");
  EXPECT_THAT(said("csv:" + path + ",labels=0,test=" + test), HasSubstr("t.csv, line 1: the label is 'cow'"));
}

TEST(Csv, SequencesWithTheirLengthsAndSeveralNumbers) {
  Folder folder("csv-sequences");
  auto with = [&](const std::string &row) {
    return "csv:" + folder.write("a.csv", "a,l1,l2,l3,n,t\n1,1,2,,2,7\n" + row + "\n");
  };
  std::string data = with("2,3,1,2,3,8"), texts = ",labels=l1:l2:l3", timed = texts + ",label-lengths=n,times=t";
  DataSet set = open(data + texts);
  EXPECT_THAT(value<float>(*set.train, 0, 0), ElementsAre(1, 2, 7));
  EXPECT_THAT(value<int32_t>(*set.train, 0, 1), ElementsAre(1, 2, -1));
  set = open(data + timed);
  EXPECT_THAT(value<float>(*set.train, 1, 0), ElementsAre(2));
  EXPECT_THAT(value<int32_t>(*set.train, 0, 1), ElementsAre(7, 1, 2, -1));
  EXPECT_THAT(value<int32_t>(*set.train, 1, 1), ElementsAre(8, 3, 1, 2));
  EXPECT_EQ(set.train->where(1), folder.path / "a.csv, line 3");
  set = open("csv:" + folder.write("b.csv", "a,b,c\n1,2,3\n4,5.5,6\n") + ",labels=c:b");
  EXPECT_EQ(set.train->columns()[1].dtype, DType::F32);
  EXPECT_THAT(value<float>(*set.train, 1, 1), ElementsAre(6, 5.5f));
  EXPECT_THAT(said(with("2,3,1,2,4,8") + timed), HasSubstr("a.csv, line 3: the label's length is 4, expected 0 to 3"));
  EXPECT_THAT(said(with("2,3,1,2,3,0") + timed), HasSubstr("line 3: the number of times is 0, expected 1 to"));
  EXPECT_THAT(said(with("2,3,1,2,,8") + timed), HasSubstr("line 3: column 'n' holds '', expected a whole number"));
  EXPECT_THAT(said(with("2,x,1,2,3,8") + timed), HasSubstr("line 3: column 'l1' holds 'x', expected a whole number"));
  EXPECT_THAT(said(data + texts + ",times=l2"), HasSubstr("column 'l2' is given twice"));
}

TEST(Csv, DamageIsNamedByLine) {
  Folder folder("csv-bad");
  auto with = [&](const std::string &text) { return said("csv:" + folder.write("a.csv", text)); };
  EXPECT_THAT(with("1,2,0\n3,4\n"), HasSubstr("a.csv, line 2: 2 cells, expected 3"));
  EXPECT_THAT(with("a,b,c\n1,2,0\n3,x,1\n"), HasSubstr("line 3: column 'b' holds 'x', expected a number"));
  EXPECT_THAT(with("1,2,0\n3,,1\n"), HasSubstr("line 2: column 1 holds ''"));
  EXPECT_THAT(with("1,2,0\n3,nan,1\n"), HasSubstr("line 2: column 1 holds 'nan'"));
  EXPECT_THAT(with("1,\"2,0\n3,4,1\n"), HasSubstr("line 1: a quote is not closed"));
  EXPECT_THAT(with(""), HasSubstr("holds no rows"));
  EXPECT_THAT(with("a,b\n"), HasSubstr("holds no rows"));
  EXPECT_THAT(with("1\n2\n"), HasSubstr("one column"));
  EXPECT_THAT(said("csv:" + folder.write("a.csv", "1,2\n") + ",labels=7"), HasSubstr("no column '7'"));
  EXPECT_THAT(said("csv:" + (folder.path / "none.csv").string()), HasSubstr("none.csv: No such file"));
}

TEST(Npz, PartsOfAFileThatNumPyWrote) {
  DataSet set = open("npz:" + inputs + "packed.npz");
  ASSERT_EQ(set.train->count(), 5);
  ASSERT_EQ(set.evaluation->count(), 2);
  EXPECT_EQ(set.train->find("labels"), set.train->labels());
  EXPECT_EQ(set.train->columns()[*set.train->labels()].classes, 3);
  size_t x = *set.train->find("x");
  EXPECT_THAT(value<uint8_t>(*set.train, 1, x), ElementsAre(48, 56, 64, 72, 80, 88));
  EXPECT_THAT(value<uint8_t>(*set.evaluation, 0, x), ElementsAre(1, 9, 17, 25, 33, 41));
  EXPECT_THAT(value<int64_t>(*set.train, 2, *set.train->labels()), ElementsAre(2));
  // Stored, without parts.
  set = open("npz:" + inputs + "stored.npz");
  EXPECT_EQ(set.evaluation, nullptr);
  EXPECT_THAT(value<float>(*set.train, 0, *set.train->find("a")), ElementsAre(0, 8, 16, 24, 32, 40));
  EXPECT_THAT(said("npz:" + inputs + "stored.npz,labels=b"), HasSubstr("no array 'b'; there are a, labels"));
}

TEST(Npz, NoDamageCrashes) {
  for (const char *name : {"packed.npz", "stored.npz"}) {
    std::string whole = readFile(inputs + name);
    for (size_t i = 0; i < whole.size(); ++i) {
      messageOf([&] { parseZip(std::string_view(whole).substr(0, i), "f"); });
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
        messageOf([&] {
          for (ZipEntry &entry : parseZip(damaged, "f"))
            parseNpy(entry.bytes, "f");
        });
      }
    }
    EXPECT_THAT(messageOf([&] { parseZip(std::string_view(whole).substr(0, whole.size() - 30), "f"); }),
                HasSubstr("f: no zip file, or a damaged one"));
  }
}

TEST(Npy, LabelsAndNumbersAreChecked) {
  Folder folder("npy");
  Tensor x(DType::F32, {3, 2}), y(DType::I64, {3});
  for (int i = 0; i < 6; ++i)
    x.as<float>()[i] = static_cast<float>(i);
  for (int i = 0; i < 3; ++i)
    y.as<int64_t>()[i] = i;
  auto write = [&](const char *name, const Tensor &t) { return folder.write(name, formatNpy(t)); };
  std::string data = "npy:" + write("x.npy", x) + ",labels=" + write("y.npy", y);
  DataSet set = open(data);
  EXPECT_EQ(set.train->columns()[1].classes, 3);
  EXPECT_THAT(value<float>(*set.train, 2, 0), ElementsAre(4, 5));

  x.as<float>()[3] = NAN;
  write("x.npy", x);
  EXPECT_THAT(said(data), HasSubstr("y.npy, row 1: column 'x' holds nan (element 1 of the row)"));
  x.as<float>()[3] = 0;
  write("x.npy", x);
  y.as<int64_t>()[2] = -1; // a label that does not count, or a number: the loss knows
  write("y.npy", y);
  EXPECT_EQ(open(data).train->columns()[1].classes, 0);
  write("y.npy", Tensor(DType::U8, {2}));
  EXPECT_THAT(said(data), HasSubstr("holds 2xu8, but"));
  // A mask's bytes are numbers, not pixels to be scaled.
  Tensor mask(DType::U8, {3, 2, 2});
  std::fill(mask.bytes.begin(), mask.bytes.end(), std::byte(1));
  write("y.npy", mask);
  EXPECT_TRUE(open(data).train->columns()[1].mean.empty());
}

TEST(Npy, MasksOfBytesAreNoPixels) {
  Folder folder("masks");
  auto write = [&](const char *name, const Tensor &t) { return folder.write(name, formatNpy(t)); };
  Tensor x(DType::U8, {2, 1, 2, 2}), y(DType::U8, {2, 1, 2, 2});
  DataSet set = open("npy:" + write("x.npy", x) + ",labels=" + write("y.npy", y));
  EXPECT_THAT(set.train->columns()[0].mean, ElementsAre(127.5));
  EXPECT_TRUE(set.train->columns()[1].mean.empty() && set.train->columns()[1].deviation.empty());
}

TEST(Images, FilesThatOthersWrote) {
  if (messageOf([] { readImage(inputs + "colour.png", 0); }).find("built without") != std::string::npos)
    GTEST_SKIP() << "built without libpng";
  Image image = readImage(inputs + "colour.png", 0);
  EXPECT_EQ(image.channels, 3);
  EXPECT_THAT(image.pixels, ElementsAre(255, 0, 0, 0, 128, 255, 0, 255, 0, 0, 128, 255, 0, 0, 255, 0, 128, 255));
  EXPECT_EQ(readImage(inputs + "palette.png", 0).pixels, image.pixels);
  EXPECT_THAT(readImage(inputs + "colour.png", 1).pixels, ElementsAre(76, 150, 29, 0, 128, 255)); // Pillow's "L"
  EXPECT_THAT(readImage(inputs + "grey.png", 0).pixels, ElementsAre(255, 0, 0, 0, 128, 255));
  EXPECT_EQ(readImage(inputs + "grey.png", 3).pixels.size(), 18u);
  std::string whole = readFile(inputs + "colour.png");
  for (size_t i = 0; i < whole.size() - 16; ++i) // what lies behind the pixels is not needed
    EXPECT_THAT(messageOf([&] { parseImage(std::string_view(whole).substr(0, i), 0, "f"); }), HasSubstr("f: ")) << i;
  EXPECT_THAT(messageOf([] { parseImage("GIF89a", 0, "f"); }), HasSubstr("neither a PNG nor a JPEG"));
}

TEST(Images, Jpeg) {
  if (messageOf([] { readImage(inputs + "flat.jpg", 0); }).find("built without") != std::string::npos)
    GTEST_SKIP() << "built without libjpeg";
  Image image = readImage(inputs + "flat.jpg", 0);
  ASSERT_EQ(image.channels * 1000000 + image.height * 1000 + image.width, 3008016);
  const int colour[] = {200, 60, 20};
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 128; ++i)
      ASSERT_NEAR(image.pixels[static_cast<size_t>(128 * c + i)], colour[c], 3);
  EXPECT_NEAR(readImage(inputs + "grey.jpg", 0).pixels[5], 77, 2);
  std::string whole = readFile(inputs + "flat.jpg");
  for (size_t i = 0; i < whole.size() - 2; ++i)
    EXPECT_THAT(messageOf([&] { parseImage(std::string_view(whole).substr(0, i), 0, "f"); }), HasSubstr("f: ")) << i;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    messageOf([&] { parseImage(damaged, 0, "f"); });
  }
}

TEST(Images, ResizeWeighsNeighbours) {
  Image image{1, 2, 4, {0, 100, 0, 100, 0, 100, 0, 100}};
  // Weights 1/8, 3/8, 3/8, 1/8 of four pixels, those outside as the nearest inside.
  EXPECT_THAT(resize(image, 2, 1).pixels, ElementsAre(38, 63));
  Image flat{1, 3, 3, std::vector<uint8_t>(9, 7)};
  EXPECT_EQ(resize(flat, 5, 4).pixels, std::vector<uint8_t>(20, 7));
  EXPECT_EQ(resize(image, 4, 2).pixels, image.pixels);
}

TEST(Images, FoldersAreClasses) {
  if (messageOf([] { readImage(inputs + "colour.png", 0); }).find("built without") != std::string::npos)
    GTEST_SKIP() << "built without libpng";
  Folder folder("images");
  std::string png = readFile(inputs + "colour.png"), grey = readFile(inputs + "grey.png");
  folder.write("b/1.png", png);
  folder.write("a/2.PNG", png);
  folder.write("a/1.png", grey);
  folder.write("a/notes.txt", "x");
  std::string data = "images:" + folder.path.string();
  DataSet set = open(data + ",channels=3");
  ASSERT_EQ(set.train->count(), 3);
  EXPECT_THAT(set.train->columns()[1].classNames, ElementsAre("a", "b"));
  EXPECT_EQ(describe(set.train->columns()[0].dtype, set.train->columns()[0].shape), "3x2x3xu8");
  EXPECT_THAT(value<int32_t>(*set.train, 2, 1), ElementsAre(1));
  EXPECT_EQ(value<uint8_t>(*set.train, 2, 0), readImage(inputs + "colour.png", 3).pixels);
  EXPECT_EQ(open(data + ",size=6x4").train->columns()[0].elements(), 24);

  folder.write("b/2.png", png.substr(0, 60));
  EXPECT_THAT(said(data), HasSubstr("b/2.png: no PNG file, or a damaged one"));
  // Before training begins: opening is enough, and the first damaged one is named, whichever thread finds it.
  for (int i = 3; i < 9; ++i)
    folder.write("b/" + std::to_string(i) + ".png", png.substr(0, 61));
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(messageOf([&] { open(data + ",channels=3"); }), HasSubstr("b/2.png: no PNG file")) << i;
  EXPECT_EQ(open(data + ",channels=3,check=0").train->count(), 10);
  EXPECT_THAT(said(data + ",check=2"), HasSubstr("check=2: expected a number from 0 to 1"));
  folder.write("c/readme.txt", "x");
  EXPECT_THAT(said(data), HasSubstr("c: no images (.png, .jpg) in this folder"));
  EXPECT_THAT(said("images:" + (folder.path / "a").string()), HasSubstr("expected one for each class"));
  EXPECT_THAT(said("images:" + (folder.path / "none").string()), HasSubstr("none: No such file"));
}

TEST(Text, WindowsAndTheBytesBehindThem) {
  Folder folder("text");
  std::string path = folder.write("a.txt", "abcdefghij");
  DataSet set = open("text:" + path + ",context=3");
  ASSERT_EQ(set.train->count(), 3);
  EXPECT_THAT(value<char>(*set.train, 2, 0), ElementsAre('g', 'h', 'i'));
  EXPECT_THAT(value<char>(*set.train, 2, 1), ElementsAre('h', 'i', 'j'));
  EXPECT_EQ(set.train->columns()[1].classes, 256);
  EXPECT_EQ(open("text:" + path + ",context=3,stride=1").train->count(), 7);
  EXPECT_EQ(set.train->atEpoch(1, 1, 3), nullptr) << "the grid is the same in every epoch";
  EXPECT_THAT(said("text:" + path + ",context=10"), HasSubstr("10 bytes, too short"));
  EXPECT_THAT(said("text:" + path + ",starts=1"), HasSubstr("starts=1: expected grid or random"));
  EXPECT_THAT(said("text:" + path + ",context=x"), HasSubstr("context=x: expected a number"));
  holdBack(set, 0.34, 5);
  EXPECT_EQ(set.train->count(), 2);
  EXPECT_THAT(value<char>(*set.evaluation, 0, 0), ElementsAre('g', 'h', 'i')) << "the end is held back";
}

TEST(Text, WindowsDrawnForEachEpoch) {
  Folder folder("drawn");
  std::string letters;
  for (int i = 0; i < 2000; ++i)
    letters += static_cast<char>(i % 251);
  std::string path = folder.write("a.txt", letters);
  DataSet set = open("text:" + path + ",context=8,stride=20,starts=random,mean=0");
  EXPECT_EQ(set.train->count(), open("text:" + path + ",context=8,stride=20").train->count());
  holdBack(set, 0.1, 5);
  const int64_t n = set.train->count(), used = n * 20; // what is trained on ends where the next window begins
  auto starts = [&](uint64_t seed, uint64_t epoch) {
    SourcePtr drawn = set.train->atEpoch(seed, epoch, n);
    std::vector<int64_t> list;
    for (int64_t i = 0; i < n; ++i) {
      std::string where = drawn->where(i);
      list.push_back(std::atoll(where.substr(where.rfind(' ')).c_str()));
      auto tokens = value<uint8_t>(*drawn, i, 0), labels = value<uint8_t>(*drawn, i, 1);
      EXPECT_TRUE(list.back() >= i * 20 && list.back() < i * 20 + 20 && list.back() + 8 <= used) << where;
      for (int64_t k = 0; k < 8; ++k) {
        EXPECT_EQ(tokens[static_cast<size_t>(k)], (list.back() + k) % 251);
        EXPECT_EQ(labels[static_cast<size_t>(k)], (list.back() + k + 1) % 251);
      }
    }
    return list;
  };
  auto first = starts(1, 1);
  EXPECT_EQ(first, starts(1, 1));
  EXPECT_NE(first, starts(1, 2));
  EXPECT_NE(first, starts(2, 1));
  std::set<int64_t> behind;
  for (int64_t i = 0; i + 1 < n; ++i)
    behind.insert(first[static_cast<size_t>(i)] - i * 20);
  EXPECT_GT(behind.size(), 15u) << "all places of a stride are drawn";
  EXPECT_EQ(set.evaluation->where(0), path + ", byte " + std::to_string(n * 20)) << "evaluation stays on the grid";
}

TEST(Wav, FilesThatPythonWrote) {
  Sound sound = readWav(inputs + "stereo.wav");
  EXPECT_EQ(sound.rate, 8000);
  EXPECT_THAT(sound.samples, ElementsAre(0, 0.25f, -1, 32767 / 32768.0f));
  EXPECT_THAT(readWav(inputs + "deep.wav").samples, ElementsAre(0.5f, -0.5f, 1 / 8388608.0f));
  std::string whole = readFile(inputs + "stereo.wav");
  EXPECT_THAT(messageOf([&] { parseWav(whole.substr(0, 50), "f"); }), HasSubstr("f: cut off"));
  EXPECT_THAT(messageOf([] { parseWav("RIFFxxxxAVI ", "f"); }), HasSubstr("f: no WAV file"));
  for (size_t i = 0; i < whole.size(); ++i) {
    messageOf([&] { parseWav(std::string_view(whole).substr(0, i), "f"); });
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      messageOf([&] { parseWav(damaged, "f"); });
    }
  }
  Folder folder("wav");
  folder.write("train/no/1.wav", whole);
  folder.write("train/yes/1.wav", whole);
  folder.write("test/yes/1.wav", whole);
  DataSet set = open("wav:" + folder.path.string() + ",length=6");
  EXPECT_THAT(value<float>(*set.train, 1, 0), ElementsAre(0, 0.25f, -1, 32767 / 32768.0f, 0, 0));
  EXPECT_THAT(value<int32_t>(*set.evaluation, 0, 1), ElementsAre(1));
}

TEST(HoldBack, DrawsBySeedAndLosesNothing) {
  Tensor x(DType::I32, {10, 1});
  for (int i = 0; i < 10; ++i)
    x.as<int32_t>()[i] = i;
  std::vector<Tensor> tensors{x};
  auto whole = std::make_shared<MemorySource>(std::vector<Column>{{"x", DType::I32, {1}}}, tensors, "t, row ");
  auto parts = [&](uint64_t seed) {
    DataSet set{whole, nullptr};
    holdBack(set, 0.3, seed);
    std::vector<int32_t> all;
    for (const SourcePtr &part : {set.train, set.evaluation})
      for (int64_t i = 0; i < part->count(); ++i)
        all.push_back(value<int32_t>(*part, i, 0)[0]);
    EXPECT_EQ(set.evaluation->count(), 3);
    return all;
  };
  auto one = parts(1), other = parts(2);
  EXPECT_EQ(one, parts(1));
  EXPECT_NE(one, other);
  EXPECT_EQ(std::set<int32_t>(one.begin(), one.end()).size(), 10u);
  DataSet set{whole, nullptr};
  EXPECT_THAT(messageOf([&] { holdBack(set, 0.01, 1); }), HasSubstr("leaves 0 to evaluate with"));
}

TEST(Rescale, MeanAndDeviationOfPixels) {
  DataSet set = open("npz:" + inputs + "packed.npz,mean=0.5,std=0.25");
  const Column &x = set.train->columns()[*set.train->find("x")];
  EXPECT_THAT(x.mean, ElementsAre(127.5));
  EXPECT_THAT(x.deviation, ElementsAre(63.75));
  EXPECT_THAT(said("npz:" + inputs + "packed.npz,mean=0.5:1:2"), HasSubstr("mean has 3 numbers, but 'x' is 2x3xu8"));
  EXPECT_THAT(said("npz:" + inputs + "packed.npz,std=0"), HasSubstr("std=0: expected numbers"));
}

TEST(Augment, IsDrawnFromSeedEpochAndSample) {
  cli::Augmentation all = cli::parseAugmentation("crop=2,flip,cutout=3");
  EXPECT_TRUE(all.crop == 2 && all.flip && all.cutout == 3);
  for (const char *wrong : {"crop", "flip=1", "rotate=3", "crop=-1", "crop=2,,flip"})
    EXPECT_THAT(messageOf([&] { cli::parseAugmentation(wrong); }), HasSubstr("expected crop=PIXELS")) << wrong;

  Column column{"x", DType::U8, {2, 6, 6}};
  std::vector<uint8_t> from(72);
  for (size_t i = 0; i < 72; ++i)
    from[i] = static_cast<uint8_t>(i + 1);
  auto changed = [&](const cli::Augmentation &a, uint64_t seed, int64_t epoch, int64_t sample) {
    std::vector<uint8_t> to(72);
    cli::augment(a, column, seed, epoch, sample, reinterpret_cast<std::byte *>(from.data()),
                 reinterpret_cast<std::byte *>(to.data()));
    return to;
  };
  EXPECT_EQ(changed(all, 1, 2, 3), changed(all, 1, 2, 3));

  // With its channels last an image changes as it does in planes.
  Column pixels{"x", DType::U8, {6, 6, 3}}, planes{"x", DType::U8, {3, 6, 6}};
  std::vector<uint8_t> last(108), split(108), to(108), expected(108);
  for (size_t i = 0; i < 108; ++i)
    split[i % 3 * 36 + i / 3] = last[i] = static_cast<uint8_t>(i + 1);
  auto apply = [&](const char *how, const Column &c, std::vector<uint8_t> &image, std::vector<uint8_t> &out) {
    cli::augment(cli::parseAugmentation(how), c, 1, 2, 3, reinterpret_cast<std::byte *>(image.data()),
                 reinterpret_cast<std::byte *>(out.data()));
  };
  for (const char *how : {"", ",layout=nhwc"}) {
    apply(("crop=2,flip,cutout=3" + std::string(how)).c_str(), pixels, last, to);
    apply("crop=2,flip,cutout=3", planes, split, expected);
    for (size_t i = 0; i < 108; ++i)
      ASSERT_EQ(to[i], expected[i % 3 * 36 + i / 3]) << how << " " << i;
  }
  EXPECT_TRUE(cli::channelsLast(cli::parseAugmentation("flip"), {"x", DType::U8, {4, 9, 1}}) == false);
  EXPECT_FALSE(cli::channelsLast(cli::parseAugmentation("flip,layout=nchw"), pixels));
  // Labels that lie over the image: of its size, or a map of it that is mirrored alone.
  Column image{"x", DType::U8, {3, 32, 32}}, mask{"m", DType::U8, {32, 32}}, map{"m", DType::F32, {9, 8, 8}};
  auto together = [&](const char *how, const Column &labels) {
    return messageOf([&] { cli::checkTogether(cli::parseAugmentation(how), image, labels); });
  };
  EXPECT_EQ(together("crop=4,flip,cutout=8", mask), "(no error)");
  EXPECT_EQ(together("flip", map), "(no error)");
  EXPECT_THAT(together("crop=4", map),
              HasSubstr("'m', 9x8x8xf32, which lies over it: what differs in size cannot be cut out"));
  EXPECT_EQ(together("flip,cutout=8", map), "(no error)"); // what is blanked is still to be found
  EXPECT_EQ(changed(cli::forLabels(all), 1, 2, 3), changed(cli::parseAugmentation("crop=2,flip"), 1, 2, 3));
  EXPECT_NE(changed(cli::forLabels(all), 1, 2, 3), changed(all, 1, 2, 3));
  EXPECT_THAT(together("flip", {"m", DType::F32, {5, 4}}), HasSubstr("their sizes do not fit"));
  EXPECT_THAT(messageOf([] { cli::parseAugmentation("flip,layout=hwc"); }), HasSubstr("layout=nchw|nhwc"));
  std::set<std::vector<uint8_t>> seen;
  for (int i = 0; i < 20; ++i)
    seen.insert({changed(all, 1, 2, i), changed(all, 1, i, 3), changed(all, static_cast<uint64_t>(i), 2, 3)});
  EXPECT_GT(seen.size(), 40u);

  int mirrored = 0;
  for (int i = 0; i < 200; ++i) {
    auto image = changed(cli::parseAugmentation("flip"), 1, 1, i);
    bool same = image == from;
    if (!same)
      for (size_t p = 0; p < 72; ++p)
        ASSERT_EQ(image[p], from[p / 6 * 6 + 5 - p % 6]);
    mirrored += !same;
  }
  EXPECT_NEAR(mirrored, 100, 30);
  for (int i = 0; i < 50; ++i) {
    auto image = changed(cli::parseAugmentation("cutout=3"), 1, 1, i);
    auto blank = std::count(image.begin(), image.begin() + 36, 0);
    EXPECT_TRUE(blank >= 4 && blank <= 9) << blank;
    for (size_t p = 0; p < 72; ++p)
      ASSERT_TRUE(image[p] == 0 || image[p] == from[p]);
    image = changed(cli::parseAugmentation("crop=2"), 1, 1, i);
    // Every pixel that is left lies as far from where it was as all others.
    std::set<int> shifts;
    for (int p = 0; p < 36; ++p)
      if (image[static_cast<size_t>(p)])
        shifts.insert(image[static_cast<size_t>(p)] - 1 - p);
    EXPECT_EQ(shifts.size(), 1u);
  }
}
