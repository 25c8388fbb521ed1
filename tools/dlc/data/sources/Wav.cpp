// WAV files in a folder for each class: one channel of numbers from -1 to 1, cut or filled up with silence.
#include "tools/dlc/data/Wav.h"
#include "tools/dlc/data/sources/Sources.h"
#include <cstring>
#include <fmt/format.h>

namespace dlc::data {
namespace {
class WavSource : public FileSource {
public:
  WavSource(Column column, const std::vector<std::string> &classes, std::vector<ClassFile> files, int64_t rate,
            bool given)
      : FileSource(column, classes, std::move(files)), length(column.shape[0]), rate(rate), given(given) {}

protected:
  void decode(const std::string &path, std::byte *to) const override {
    Sound sound = readWav(path);
    if (sound.rate != rate)
      throw Error(fmt::format("{}: {} samples a second, expected {}, as {}", path, sound.rate, rate,
                              given ? "rate= says" : "the first file has"));
    sound.samples.resize(static_cast<size_t>(length));
    std::memcpy(to, sound.samples.data(), sound.samples.size() * sizeof(float));
  }

private:
  int64_t length, rate;
  bool given; ///< the rate, as an option
};
} // namespace

DataSet openWav(const DataArgument &argument) {
  ClassFolders found =
      listClasses(argument.path, [](const std::string &ending) { return ending == ".wav"; }, "sound (.wav)");
  Sound first = readWav(found.train.at(0).path);
  int64_t rate = numberOption(argument, "rate", first.rate, 1, 1 << 24);
  int64_t length =
      numberOption(argument, "length", std::max<int64_t>(static_cast<int64_t>(first.samples.size()), 1), 1, 1 << 28);
  Column column{"audio", DType::F32, {length}};
  bool check = numberOption(argument, "check", 1, 0, 1) != 0;
  auto make = [&](std::vector<ClassFile> &files) -> SourcePtr {
    if (files.empty())
      return nullptr;
    auto source =
        std::make_shared<WavSource>(column, found.classes, std::move(files), rate, argument.options.contains("rate"));
    if (check) // hours of training do not end at a damaged file
      source->checkAll();
    return source;
  };
  DataSet set{make(found.train), make(found.evaluation)};
  set.unit = "sounds";
  return set;
}
} // namespace dlc::data
