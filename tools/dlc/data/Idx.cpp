#include "tools/dlc/data/Idx.h"
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <future>
#include <zlib.h>

namespace dlc::data {
namespace {
/// Inflates gzip, member after member, into buffers that are given piece by piece.
class Inflater {
public:
  Inflater(std::string_view in, const std::string &name) : where(name) {
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in.data()));
    left = in.size();
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
      throw Error(where + ": zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater &) = delete;

  /// Fills [out, out + size), or less at the end of the stream; returns how much.
  size_t read(void *out, size_t size) {
    size_t done = 0;
    while (done < size) {
      // zlib counts in 32 bits.
      uInt in = static_cast<uInt>(std::min<size_t>(left, 1u << 30)),
           space = static_cast<uInt>(std::min<size_t>(size - done, 1u << 30));
      stream.avail_in = in;
      stream.avail_out = space;
      stream.next_out = static_cast<Bytef *>(out) + done;
      int code = inflate(&stream, Z_NO_FLUSH);
      left -= in - stream.avail_in;
      done += space - stream.avail_out;
      if (code == Z_STREAM_END) {
        if (left == 0)
          break;
        inflateReset(&stream); // a further member
      } else if (code == Z_BUF_ERROR || (code == Z_OK && left == 0 && done < size)) {
        throw Error(fmt::format("{}: the gzip data is cut off", where));
      } else if (code != Z_OK) {
        throw Error(fmt::format("{}: the gzip data is damaged ({})", where, stream.msg ? stream.msg : zError(code)));
      }
    }
    return done;
  }

private:
  z_stream stream{};
  size_t left = 0;
  const std::string &where;
};

DType elementType(unsigned char code) {
  switch (code) {
  case 0x08:
    return DType::U8;
  case 0x09:
    return DType::I8;
  case 0x0b:
    return DType::I16;
  case 0x0c:
    return DType::I32;
  case 0x0d:
    return DType::F32;
  case 0x0e:
    return DType::F64;
  default:
    return DType::None;
  }
}

/// `read(out, size)` gives the file's next bytes; `possible` is the most that the whole file can hold.
template <class Read> Tensor parse(Read read, unsigned __int128 possible, const std::string &where) {
  unsigned char head[4], dim[4];
  if (size_t n = read(head, 4); n != 4)
    throw Error(fmt::format("{}: {} bytes, too short for an IDX file", where, n));
  DType dtype = elementType(head[2]);
  if (head[0] || head[1] || dtype == DType::None || head[3] > 8)
    throw Error(
        fmt::format("{}: begins with {:02x} {:02x} {:02x} {:02x}, expected an IDX header (00 00, an element type from "
                    "08 to 0e, the number of dimensions)",
                    where, head[0], head[1], head[2], head[3]));
  Shape shape;
  unsigned __int128 need = exe::bitWidth(dtype) / 8;
  for (int i = 0; i < head[3]; ++i) {
    if (read(dim, 4) != 4)
      throw Error(fmt::format("{}: cut off in its header, dimension {} of {}", where, i + 1, head[3]));
    shape.push_back(int64_t(dim[0]) << 24 | dim[1] << 16 | dim[2] << 8 | dim[3]);
    need = std::min<unsigned __int128>(need * static_cast<uint64_t>(shape.back()), static_cast<unsigned __int128>(1)
                                                                                       << 62);
  }
  if (need > possible)
    throw Error(
        fmt::format("{}: the header promises {}, which is more than the file holds", where, describe(dtype, shape)));
  Tensor tensor(dtype, shape);
  if (size_t n = read(tensor.bytes.data(), tensor.bytes.size()); n != tensor.bytes.size())
    throw Error(
        fmt::format("{}: {} bytes of elements, expected {} for {}", where, n, tensor.bytes.size(), describe(tensor)));
  // Reading on also makes zlib look at its checksum.
  if (read(dim, 1))
    throw Error(fmt::format("{}: more bytes than the {} of its header", where, describe(tensor)));
  for (size_t i = 0, width = exe::bitWidth(dtype) / 8; width > 1 && i < tensor.bytes.size(); i += width)
    std::reverse(tensor.bytes.begin() + i, tensor.bytes.begin() + i + width);
  return tensor;
}

std::string findFile(const std::string &folder, const std::string &name) {
  for (const char *ending : {"", ".gz"})
    if (std::string path = folder + "/" + name + ending; std::filesystem::exists(path))
      return path;
  throw Error(fmt::format("{}: no file {} or {}.gz here; expected a folder of four IDX files such as Fashion-MNIST's",
                          folder, name, name));
}

/// Labels are scanned for the greatest: so many classes there are at the least.
SourcePtr pair(const std::string &imagePath, const std::string &labelPath) {
  Tensor images = readIdx(imagePath), labels = readIdx(labelPath);
  if (images.dtype != DType::U8 || images.shape.size() < 2)
    throw Error(
        fmt::format("{}: holds {}, expected images as u8 of 2 dimensions or more", imagePath, describe(images)));
  if (labels.dtype != DType::U8 || labels.shape.size() != 1)
    throw Error(fmt::format("{}: holds {}, expected labels as u8 of 1 dimension", labelPath, describe(labels)));
  if (images.shape[0] != labels.shape[0])
    throw Error(
        fmt::format("{}: {} labels for the {} images of {}", labelPath, labels.shape[0], images.shape[0], imagePath));
  auto *first = labels.as<uint8_t>(), *end = first + labels.count();
  int64_t classes = first == end ? 1 : 1 + *std::max_element(first, end);
  std::vector<Column> columns{
      {"images", DType::U8, Shape(images.shape.begin() + 1, images.shape.end()), 0, {127.5}, {127.5}},
      {"labels", DType::U8, {}, classes}};
  std::vector<Tensor> tensors;
  tensors.push_back(std::move(images));
  tensors.push_back(std::move(labels));
  return std::make_shared<MemorySource>(std::move(columns), std::move(tensors), labelPath + ", row ");
}
} // namespace

Tensor parseIdx(std::string_view bytes, const std::string &where) {
  if (bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b') {
    Inflater inflater(bytes, where);
    // Deflate cannot do better than 1032 to 1.
    return parse([&](void *out, size_t n) { return inflater.read(out, n); },
                 static_cast<unsigned __int128>(bytes.size()) * 1032 + 64, where);
  }
  size_t at = 0;
  auto read = [&](void *out, size_t n) {
    n = std::min(n, bytes.size() - at);
    if (n)
      std::memcpy(out, bytes.data() + at, n);
    at += n;
    return n;
  };
  return parse(read, bytes.size(), where);
}

Tensor readIdx(const std::string &path) { return parseIdx(readFile(path), path); }

DataSet openIdx(const std::string &folder) {
  std::string trainImages = findFile(folder, "train-images-idx3-ubyte"),
              trainLabels = findFile(folder, "train-labels-idx1-ubyte");
  std::string testImages = findFile(folder, "t10k-images-idx3-ubyte"),
              testLabels = findFile(folder, "t10k-labels-idx1-ubyte");
  auto test = std::async(std::launch::async, [&] { return pair(testImages, testLabels); });
  SourcePtr train = pair(trainImages, trainLabels);
  DataSet set{std::move(train), test.get()};
  set.unit = "images";
  return set;
}
} // namespace dlc::data
