// A card through the Driver API: the simulator's or a real one, whichever library is opened.
#pragma once
#include "tests/gpusim/ptx/CaseFile.h"

namespace gpusim::ptxtest {

class Card {
public:
  /// `device`: which card the simulator pretends ("" where the library is a real driver's or that does not matter).
  bool open(const std::string &library, const std::string &device, std::string &error);
  bool simulated() const { return simulator; }
  int architecture() const { return sm; }
  const std::string &name() const { return deviceName; }

  /// Loads the group's PTX; unloads the one before.
  bool load(const Group &, std::string &error);
  /// Runs a kernel; outputs come back in the order of the Out buffers. They begin filled with 0xcd.
  bool run(const Case &, std::vector<std::vector<uint8_t>> &outputs, std::string &error);
  /// What the simulator's checker has reported since the last call; "" on a real card.
  std::string reports();

private:
  template <class F> bool find(F &function, const char *symbol);
  std::string explain(int result, const char *call);
  void *library = nullptr, *context = nullptr, *module = nullptr;
  bool simulator = false;
  int sm = 0;
  std::string deviceName;
};

} // namespace gpusim::ptxtest
