#include "tools/dlc/check/Guess.h"
#include "tools/dlc/Models.h"

namespace dlc::check {
namespace {

/// The size of dimension `d` of `port`: images as classifiers take them, sequences of some elements, batches of one.
int64_t sizeOf(const driver::Port &port, size_t d, int64_t longest) {
  size_t rank = port.dims.size();
  if (d == 0 || longest == 1)
    return 1;
  bool channelsLast = rank >= 4 && port.dims.back().size >= 0 && port.dims[1].size < 0;
  bool spatial = rank >= 4 && (channelsLast ? d + 1 < rank : d >= 2);
  if (spatial)
    return rank == 4 ? (longest == 16 ? 224 : 64) : 32;
  return d + 1 == rank ? longest : 1;
}

/// "batch=1..64" for the first dimension that is open.
std::string rangeFor(const driver::Port &port) {
  for (size_t d = 0; d < port.dims.size(); ++d)
    if (port.dims[d].size < 0)
      return port.name + ":" + (port.dims[d].expression == "?" ? std::to_string(d) : port.dims[d].expression) +
             "=1..64";
  return "";
}

Guess guess(const std::vector<driver::Port> &inputs, const std::map<std::string, data::Shape> &given,
            const driver::Ranges &ranges, int64_t longest, size_t rank) {
  static constexpr int64_t image[] = {1, 3, 224, 224};
  Guess guess;
  guess.ranges = ranges;
  std::map<std::string, int64_t> sizes;
  for (const driver::Port &port : inputs)
    if (auto it = given.find(port.name); it != given.end())
      for (size_t d = 0; d < port.dims.size() && d < it->second.size(); ++d)
        sizes.emplace(port.dims[d].expression, it->second[d]);
  for (const driver::Port &port : inputs) {
    if (auto it = given.find(port.name); it != given.end()) {
      guess.shapes[port.name] = it->second;
      continue;
    }
    data::Shape shape;
    bool open = !port.ranked;
    guess.unranked |= !port.ranked;
    for (size_t d = 0; !port.ranked && d < rank; ++d)
      shape.push_back(rank == 4 ? image[d] : d + 1 == rank && rank > 1 ? longest : 1);
    bool ranged = false;
    for (size_t d = 0; d < port.dims.size(); ++d)
      ranged |= cli::hasRange(port, d, ranges);
    for (size_t d = 0; d < port.dims.size(); ++d) {
      const driver::Dim &dim = port.dims[d];
      if (cli::hasRange(port, d, ranges))
        continue;
      int64_t size = dim.size >= 0 ? dim.size : sizeOf(port, d, longest);
      if (dim.size < 0 && dim.expression != "?")
        size = sizes.emplace(dim.expression, size).first->second;
      open |= dim.size < 0;
      shape.push_back(size);
      if (ranged && dim.size < 0)
        guess.ranges[port.name + ":" + std::to_string(d)] = {size, size, 1};
    }
    if (!open)
      continue;
    if (ranged) {
      std::string sizes;
      for (auto &[name, range] : guess.ranges)
        if (!ranges.count(name) && name.starts_with(port.name + ":"))
          sizes += (sizes.empty() ? "" : " --shape ") + name + "=" + std::to_string(range[0]) + ".." +
                   std::to_string(range[1]);
      guess.assumed.push_back({port.name, driver::describe(port), {}, sizes});
      continue;
    }
    guess.shapes[port.name] = shape;
    guess.assumed.push_back({port.name, driver::describe(port), shape, rangeFor(port)});
  }
  return guess;
}
} // namespace

std::vector<Guess> guesses(const std::vector<driver::Port> &inputs, const std::map<std::string, data::Shape> &given,
                           const driver::Ranges &ranges) {
  std::vector<Guess> list = {guess(inputs, given, ranges, 16, 4)};
  if (list[0].assumed.empty())
    return list;
  if (list[0].unranked)
    for (size_t rank : {2, 3, 1, 0})
      list.push_back(guess(inputs, given, ranges, 16, rank));
  for (int64_t longest : {512, 1, 16000})
    list.push_back(guess(inputs, given, ranges, longest, 2));
  return list;
}

} // namespace dlc::check
