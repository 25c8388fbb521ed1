// A call of the library in parts that its shape alone decides, so that sums do not depend on the number of threads.
#pragma once
#include "runtime/cpu/DnnCall.h"

#include <atomic>
#include <functional>

namespace dlc::rt::dnnl {

class Parts : public LibraryCall {
public:
  uint64_t scratchBytes() const override {
    uint64_t bytes = rest ? laneBytes(*rest) : 0;
    for (const auto &lane : lanes)
      bytes += laneBytes(*lane);
    return bytes;
  }
  void bindScratch(char *data) override {
    for (const auto &lane : lanes) {
      lane->bindScratch(data);
      data += laneBytes(*lane);
    }
    if (rest)
      rest->bindScratch(data);
  }
  bool execute() override {
    failed = false;
    const Team &team = Team::get();
    if (lanes.size() > 1 && team.present())
      team.run([](void *self) { static_cast<Parts *>(self)->share(); }, this, int(lanes.size()));
    else
      run(0, 1);
    return !failed;
  }
  int threads() const override { return int(lanes.size()); }
  std::string implementation() const override {
    return lanes[0]->implementation() + (parts > 1 ? ", " + std::to_string(parts) + " parts" : "");
  }

protected:
  int64_t parts = 1;

  /// Cuts `size` into pieces of `tile`, the last perhaps shorter; `one` makes the call of so many. False if it cannot.
  bool divide(int64_t size, int64_t tile, int threads, const std::function<std::unique_ptr<DnnCall>(int64_t)> &one) {
    parts = (size + tile - 1) / tile;
    for (int64_t i = std::min<int64_t>(threads, parts); i > 0; --i) {
      lanes.push_back(one(tile));
      if (!lanes.back())
        return false;
    }
    return size % tile == 0 || (rest = one(size % tile));
  }
  /// Gives `call` the arguments of one part.
  virtual void bindPart(DnnCall &call, int64_t part) = 0;

private:
  std::vector<std::unique_ptr<DnnCall>> lanes; // one for each thread
  std::unique_ptr<DnnCall> rest;               // the last, shorter part
  std::atomic<bool> failed = false;

  static uint64_t laneBytes(const DnnCall &call) { return container::alignUp(call.scratchBytes(), 64); }

  void share() { run(Team::get().rank(), Team::get().size()); }
  void run(int64_t rank, int64_t size) {
    for (int64_t part = rank; part < parts; part += size) {
      DnnCall &call = rest && part == parts - 1 ? *rest : *lanes[size_t(rank)];
      bindPart(call, part);
      if (!call.execute())
        failed = true;
    }
  }
};

} // namespace dlc::rt::dnnl
