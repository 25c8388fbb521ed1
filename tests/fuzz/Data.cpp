// Data to train on, out of damaged files: read, or refused with a reason. The first byte says which reader it is for,
// the rest is the file.
#include "tests/fuzz/Support.h"
#include "tools/dlc/data/Image.h"
#include "tools/dlc/data/Safetensors.h"
#include "tools/dlc/data/Source.h"
#include <zlib.h>

using namespace dlc;
using dlc::fuzz::require;

namespace {
const fuzz::Folder &folder() {
  static const fuzz::Folder one;
  return one;
}

/// All that a source says it has can be read.
void readAll(const data::Source &source) {
  for (size_t c = 0; c != source.columns().size(); ++c) {
    std::vector<std::byte> value(source.columns()[c].bytes() + 1);
    for (int64_t i = 0, n = std::min<int64_t>(source.count(), 64); i < n; ++i)
      source.read(i, c, value.data());
  }
}

void open(const std::string &argument) {
  data::DataSet set = data::openData(data::parseData(argument));
  require(set.train != nullptr, "a data set that opens has something to train on");
  readAll(*set.train);
  if (set.evaluation)
    readAll(*set.evaluation);
}

/// A .npz of this one array: an archive's checksum is right, its array may be damaged.
std::string zipOf(std::string_view array) {
  std::string local, central, name = "x.npy";
  auto put = [](std::string &to, uint64_t value, int bytes) {
    for (; bytes; --bytes, value >>= 8)
      to += static_cast<char>(value);
  };
  auto entry = [&](std::string &to) { // from "version needed" to the extra field's length
    put(to, 20, 2);
    put(to, 0, 8);
    put(to, crc32(0, reinterpret_cast<const Bytef *>(array.data()), static_cast<uInt>(array.size())), 4);
    put(to, array.size(), 4);
    put(to, array.size(), 4);
    put(to, name.size(), 2);
    put(to, 0, 2);
  };
  put(local, 0x04034b50, 4);
  entry(local);
  local += name;
  local += array;
  put(central, 0x02014b50, 4);
  put(central, 20, 2);
  entry(central);
  put(central, 0, 14);
  central += name;
  std::string end;
  put(end, 0x06054b50, 4);
  put(end, 0, 4);
  put(end, 1, 2);
  put(end, 1, 2);
  put(end, central.size(), 4);
  put(end, local.size(), 4);
  put(end, 0, 2);
  return local + central + end;
}

void read(uint8_t kind, std::string_view file) {
  switch (kind % 10) {
  case 0: {
    std::string labels("\0\0\x08\x01\0\0\0\2\0\1", 10);
    for (const char *name : {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte"})
      folder().write(name, file);
    for (const char *name : {"train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"})
      folder().write(name, kind < 128 ? std::string_view(labels) : file);
    return open("idx:" + folder().path);
  }
  case 1:
    return open("npy:" + folder().write("x.npy", file));
  case 2:
    return open("npz:" + folder().write("x.npz", file));
  case 3:
    return open("npz:" + folder().write("x.npz", zipOf(file)));
  case 4:
    return open("csv:" + folder().write("x.csv", file));
  case 5:
    return open("text:" + folder().write("x.txt", file) + ",context=8");
  case 6: {
    static const fuzz::Folder sounds;
    std::filesystem::create_directories(sounds.path + "/yes");
    sounds.write("yes/1.wav", file);
    return open("wav:" + sounds.path + ",length=16");
  }
  case 7:
    readAll(*data::openData(data::parseData("csv:" + folder().write("x.csv", file) + ",labels=y")).train);
    return;
  case 8: {
    data::Safetensors tensors = data::parseSafetensors(file, "x");
    std::string copy = folder().path + "/copy.safetensors";
    data::writeSafetensors(copy, tensors);
    require(data::readSafetensors(copy).tensors.size() == tensors.tensors.size(), "what was read is written and read");
    return;
  }
  default:
    data::resize(data::parseImage(file, kind & 64 ? 3 : 0, "x"), 5, 3);
  }
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  try {
    read(data[0], {reinterpret_cast<const char *>(data) + 1, size - 1});
  } catch (const data::Error &error) {
    std::string_view text = error.what();
    require(!text.empty(), "a refusal has a reason");
    require(text.find('\n') == text.npos, "a refusal has a reason of one line");
  }
  return 0;
}
