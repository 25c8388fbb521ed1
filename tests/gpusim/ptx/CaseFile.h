// The files that generate.py writes (cases/emit.py says what is in them), and comparing what came out.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gpusim::ptxtest {

struct Buffer {
  enum class Role : uint8_t { In, Out, Map } role = Role::In;
  std::string type;           // u8 u16 u32 u64 f16 bf16 f32 f64
  std::vector<uint8_t> bytes; // In: the input; Out: what is expected
  int ulps = 0;               // Out: good enough is any of these
  double absolute = 0, relative = 0;
  uint32_t rows = 0, columns = 0, boxRows = 0, boxColumns = 0; // Map
  int swizzle = 0, buffer = 0;
};

struct Case {
  std::string name;
  uint32_t threads = 32, blocks = 1, cluster = 1, shared = 0;
  bool mutant = false;      // a kernel made wrong on purpose: something else comes out, or it is reported
  bool needsChecks = false; // the latter only
  std::vector<Buffer> buffers;
};

struct Group {
  std::string name, ptx;
  int target = 80; // least sm
  std::vector<Case> cases;
};

size_t bytesOf(const std::string &type);
/// False: `error` says what could not be read.
bool readGroup(const std::string &folder, const std::string &name, Group &group, std::string &error);
/// "" where `got` is as near to what is expected as the buffer asks; else the first element that is not.
std::string compare(const Buffer &expected, const std::vector<uint8_t> &got);

} // namespace gpusim::ptxtest
