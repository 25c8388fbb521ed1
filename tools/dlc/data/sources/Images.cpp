// PNG and JPEG files in a folder for each class, as planes of bytes.
#include "tools/dlc/data/Image.h"
#include "tools/dlc/data/sources/Sources.h"
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace dlc::data {
namespace {
class ImageSource : public FileSource {
public:
  ImageSource(Column column, const std::vector<std::string> &classes, std::vector<ClassFile> files, bool resized)
      : FileSource(column, classes, std::move(files)), channels(column.shape[0]), height(column.shape[1]),
        width(column.shape[2]), resized(resized) {}

protected:
  void decode(const std::string &path, std::byte *to) const override {
    Image image = readImage(path, static_cast<int>(channels));
    if (image.height != height || image.width != width) {
      if (!resized)
        throw Error(
            fmt::format("{}: {} x {} pixels, but the first image has {} x {}; size={}x{} brings all to one size", path,
                        image.width, image.height, width, height, width, height));
      image = resize(image, width, height);
    }
    std::memcpy(to, image.pixels.data(), image.pixels.size());
  }

private:
  int64_t channels, height, width;
  bool resized;
};
} // namespace

DataSet openImages(const DataArgument &argument) {
  auto taken = [](const std::string &ending) { return ending == ".png" || ending == ".jpg" || ending == ".jpeg"; };
  ClassFolders found = listClasses(argument.path, taken, "images (.png, .jpg)");
  int64_t width = 0, height = 0;
  if (std::string size = option(argument, "size"); !size.empty()) {
    size_t cross = size.find('x');
    std::string second = cross == size.npos ? size : size.substr(cross + 1);
    std::from_chars(size.data(), size.data() + std::min(cross, size.size()), width);
    std::from_chars(second.data(), second.data() + second.size(), height);
    if (width < 1 || height < 1 || width > 1 << 14 || height > 1 << 14)
      throw Error(fmt::format("--data images: size={}: expected WIDTHxHEIGHT", size));
  }
  Image first = readImage(found.train.at(0).path, 0);
  int64_t channels = numberOption(argument, "channels", first.channels, 1, 3);
  if (channels == 2)
    throw Error("--data images: channels=2: expected 1 or 3");
  bool resized = width > 0;
  if (!resized) {
    width = first.width;
    height = first.height;
  }
  Column column{"images", DType::U8, {channels, height, width}, 0, {127.5}, {127.5}};
  bool check = numberOption(argument, "check", 1, 0, 1) != 0;
  auto make = [&](std::vector<ClassFile> &files) -> SourcePtr {
    if (files.empty())
      return nullptr;
    auto source = std::make_shared<ImageSource>(column, found.classes, std::move(files), resized);
    if (check) // hours of training do not end at a damaged file
      source->checkAll();
    return source;
  };
  DataSet set{make(found.train), make(found.evaluation)};
  set.unit = "images";
  return set;
}
} // namespace dlc::data
