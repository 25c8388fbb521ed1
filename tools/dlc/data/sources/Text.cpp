// Text as bytes: windows of a file, each with the bytes that follow one behind.
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace dlc::data {
namespace {
class TextSource : public Source {
public:
  TextSource(std::shared_ptr<const std::string> text, std::string path, int64_t context, int64_t stride)
      : text(std::move(text)), path(std::move(path)), context(context), stride(stride),
        list{{"tokens", DType::U8, {context}}, {"labels", DType::U8, {context}, 256}} {}
  const std::vector<Column> &columns() const override { return list; }
  int64_t count() const override { return (static_cast<int64_t>(text->size()) - context - 1) / stride + 1; }
  void read(int64_t sample, size_t column, std::byte *to) const override {
    std::memcpy(to, inMemory(sample, column), static_cast<size_t>(context));
  }
  const std::byte *inMemory(int64_t sample, size_t column) const override {
    return reinterpret_cast<const std::byte *>(text->data()) + sample * stride + static_cast<int64_t>(column);
  }
  std::string where(int64_t sample) const override { return fmt::format("{}, byte {}", path, sample * stride); }

protected:
  std::shared_ptr<const std::string> text;
  std::string path;
  int64_t context, stride;
  std::vector<Column> list;
};

/// Windows of one epoch: each begins up to a stride behind its place on the
/// grid, none behind the last one used.
class DrawnWindows : public TextSource {
public:
  DrawnWindows(const TextSource &grid, uint64_t seed, uint64_t epoch, int64_t used)
      : TextSource(grid), seed(seed), epoch(epoch), last((used - 1) * stride) {}
  const std::byte *inMemory(int64_t sample, size_t column) const override {
    return reinterpret_cast<const std::byte *>(text->data()) + start(sample) + static_cast<int64_t>(column);
  }
  std::string where(int64_t sample) const override { return fmt::format("{}, byte {}", path, start(sample)); }

private:
  int64_t start(int64_t sample) const {
    Draws draws(seed, epoch, static_cast<uint64_t>(sample) + 1);
    return std::min(sample * stride + static_cast<int64_t>(draws.below(static_cast<uint64_t>(stride))), last);
  }
  uint64_t seed, epoch;
  int64_t last;
};

/// The same windows on the grid, drawn anew for each epoch that is trained on.
class RandomTextSource : public TextSource {
public:
  using TextSource::TextSource;
  SourcePtr atEpoch(uint64_t seed, uint64_t epoch, int64_t used) const override {
    return std::make_shared<DrawnWindows>(*this, seed, epoch, used);
  }
};
} // namespace

DataSet openText(const DataArgument &argument) {
  auto text = std::make_shared<const std::string>(readFile(argument.path));
  int64_t context = numberOption(argument, "context", 128, 1, 1 << 24);
  int64_t stride = numberOption(argument, "stride", context, 1, 1 << 24);
  std::string starts = option(argument, "starts", "grid");
  if (starts != "grid" && starts != "random")
    throw Error(fmt::format("--data text: starts={}: expected grid or random", starts));
  if (static_cast<int64_t>(text->size()) <= context)
    throw Error(fmt::format("{}: {} bytes, too short for a window of {} and the byte behind it", argument.path,
                            text->size(), context));
  SourcePtr source;
  if (starts == "random")
    source = std::make_shared<RandomTextSource>(text, argument.path, context, stride);
  else
    source = std::make_shared<TextSource>(text, argument.path, context, stride);
  DataSet set{std::move(source), nullptr};
  set.unit = "bytes";
  set.perSample = context;
  set.ordered = true; // neighbours share their text: what is held back is the end
  return set;
}
} // namespace dlc::data
