#include "tools/gpusim/driver/Faults.h"

#include <cstdlib>
#include <map>

namespace gpusim {
namespace {

struct Table {
  std::map<std::string, Fault> faults;
  std::map<std::string, std::string> bySymbol;
  std::vector<std::string> names;

  Table() {
    for (const Symbol &s : symbols()) {
      bySymbol[s.symbol] = s.name;
      if (faults.count(s.name))
        continue;
      Fault &fault = faults[s.name];
      fault.name = s.name;
      for (const char *word : {"Free", "Destroy", "Unload", "Release", "Unregister", "PopCurrent"})
        fault.releases |= fault.name.find(word) != std::string::npos;
      names.push_back(s.name);
    }
    if (const char *text = getenv("DLC_SIM_FAIL"))
      read(text);
  }

  Fault *find(const std::string &name) {
    auto at = faults.find(name);
    if (at == faults.end())
      if (auto symbol = bySymbol.find(name); symbol != bySymbol.end())
        at = faults.find(symbol->second);
    return at == faults.end() ? nullptr : &at->second;
  }

  bool read(const std::string &text) {
    for (size_t start = 0; start < text.size();) {
      size_t end = std::min(text.find(',', start), text.size());
      std::string one = text.substr(start, end - start);
      start = end + 1;
      size_t first = one.find(':'), second = first == one.npos ? one.npos : one.find(':', first + 1);
      Fault *fault = second == one.npos ? nullptr : find(one.substr(0, first));
      if (!fault)
        return false;
      uint64_t nth = strtoull(one.c_str() + first + 1, nullptr, 10);
      fault->failAt = nth ? fault->calls + nth : 0;
      fault->result = atoi(one.c_str() + second + 1);
    }
    return true;
  }
};

Table &table() {
  static Table *const one = new Table;
  return *one;
}

} // namespace

Fault &faultOf(const char *name) { return *table().find(name); }
Fault *findFault(const std::string &name) { return table().find(name); }
const std::vector<std::string> &functionNames() { return table().names; }
bool readFaults(const char *text) { return table().read(text); }

} // namespace gpusim
