// Calls counted and made to fail. Functions that release something do so even then, as a driver that reports an
// earlier asynchronous error does: what fails to be released cannot be released again.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gpusim {

struct Fault {
  std::string name; // without the version suffix
  bool releases = false;
  uint64_t calls = 0, failAt = 0; // failAt: the number of the call that fails; 0: none
  int result = 0;

  /// Counts a call; true where it must return `injected`.
  bool count(int &injected) {
    injected = result;
    if (++calls != failAt)
      return false;
    failAt = 0;
    return true;
  }
};

struct Symbol {
  const char *name, *symbol;
  void *address;
};
/// Every exported function of the Driver API.
const std::vector<Symbol> &symbols();

/// By name; must exist.
Fault &faultOf(const char *name);
/// By name or exported symbol; null if there is none.
Fault *findFault(const std::string &name);
const std::vector<std::string> &functionNames();
/// DLC_SIM_FAIL="cuMemAlloc:3:2,cuLaunchKernel:1:719". False if it is malformed.
bool readFaults(const char *text);

} // namespace gpusim
