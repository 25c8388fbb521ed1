#include "tests/gpusim/ptx/CaseFile.h"
#include "tools/gpusim/num/Format.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

namespace gpusim::ptxtest {

size_t bytesOf(const std::string &type) {
  return type == "u8"                                       ? 1
         : type == "u16" || type == "f16" || type == "bf16" ? 2
         : type == "u64" || type == "f64"                   ? 8
                                                            : 4;
}

static void readBytes(std::istream &line, Buffer &buffer) {
  size_t size = bytesOf(buffer.type);
  for (std::string word; line >> word;) {
    uint64_t value = std::stoull(word, nullptr, 16);
    const auto *raw = reinterpret_cast<const uint8_t *>(&value);
    buffer.bytes.insert(buffer.bytes.end(), raw, raw + size);
  }
}

bool readGroup(const std::string &folder, const std::string &name, Group &group, std::string &error) {
  group.name = name;
  std::ifstream text(folder + "/" + name + ".ptx"), cases(folder + "/" + name + ".case");
  if (!text || !cases) {
    error = "cannot read " + folder + "/" + name + ".ptx and .case";
    return false;
  }
  std::stringstream all;
  all << text.rdbuf();
  group.ptx = all.str();
  for (std::string row; std::getline(cases, row);) {
    std::istringstream line(row);
    std::string word;
    line >> word;
    if (word == "target") {
      line >> group.target;
    } else if (word == "case") {
      line >> group.cases.emplace_back().name;
    } else if (word == "threads") {
      Case &c = group.cases.back();
      line >> c.threads >> c.blocks >> c.cluster >> c.shared;
    } else if (word == "mutant") {
      line >> word;
      group.cases.back().mutant = true;
      group.cases.back().needsChecks = word == "any";
    } else if (word == "in" || word == "out") {
      Buffer &b = group.cases.back().buffers.emplace_back();
      line >> b.type;
      if (word == "out") {
        b.role = Buffer::Role::Out;
        line >> b.ulps >> b.absolute >> b.relative;
      }
      readBytes(line, b);
    } else if (word == "map") {
      Buffer &b = group.cases.back().buffers.emplace_back();
      b.role = Buffer::Role::Map;
      line >> b.type >> b.rows >> b.columns >> b.boxRows >> b.boxColumns >> b.swizzle >> b.buffer;
    } else if (word != "end" && !word.empty()) {
      error = "unknown line '" + row.substr(0, 40) + "' in " + name + ".case";
      return false;
    }
  }
  return true;
}

static double realOf(uint64_t bits, const std::string &type) {
  if (type == "f64")
    return std::bit_cast<double>(bits);
  return num::decode(bits, type == "f32" ? num::F32 : type == "f16" ? num::F16 : num::BF16);
}

/// Numbers in the order of their values, so that neighbours differ by one.
static int64_t rank(uint64_t bits, size_t size) {
  uint64_t sign = 1ull << (8 * size - 1);
  return bits & sign ? -int64_t(bits & (sign - 1)) : int64_t(bits);
}

std::string compare(const Buffer &expected, const std::vector<uint8_t> &got) {
  size_t size = bytesOf(expected.type);
  bool real = expected.type[0] != 'u';
  for (size_t i = 0; i + size <= expected.bytes.size(); i += size) {
    uint64_t want = 0, have = 0;
    std::memcpy(&want, &expected.bytes[i], size);
    std::memcpy(&have, &got[i], size);
    if (want == have)
      continue;
    double a = 0, b = 0;
    if (real) {
      a = realOf(want, expected.type), b = realOf(have, expected.type);
      if (std::isnan(a) && std::isnan(b))
        continue;
      if (!std::isnan(a) && !std::isnan(b)) {
        double away = std::fabs(a - b);
        if (std::llabs(rank(want, size) - rank(have, size)) <= expected.ulps ||
            (expected.absolute > 0 && away <= expected.absolute) ||
            (expected.relative > 0 && away <= expected.relative * std::fabs(a)))
          continue;
      }
    }
    char text[160];
    if (real)
      snprintf(text, sizeof text, "element %zu: got %#llx (%.9g), expected %#llx (%.9g)", i / size,
               (unsigned long long)have, b, (unsigned long long)want, a);
    else
      snprintf(text, sizeof text, "element %zu: got %#llx, expected %#llx", i / size, (unsigned long long)have,
               (unsigned long long)want);
    return text;
  }
  return "";
}

} // namespace gpusim::ptxtest
