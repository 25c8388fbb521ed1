// gpusim-ptx-tests: runs the generated PTX tests on the simulator or on a card.
//
//   gpusim-ptx-tests CASES [--driver=LIBRARY] [--device=h200] [--group=NAME] [--case=NAME]
//                    [--record=FOLDER] [--reference=FOLDER]
//
// CASES is the folder that generate.py wrote. LIBRARY: libdlc_gpusim.so or libcuda.so.1. --record writes what came out,
// a file a group; --reference compares with such files in place of the computed values. Exit code 0: all as expected.
#include "tests/gpusim/ptx/Card.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

using namespace gpusim::ptxtest;

namespace {

struct Options {
  std::string cases, driver = "libdlc_gpusim.so", device, group, only, record, reference;
};

std::string hex(const std::vector<uint8_t> &bytes, size_t size) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += size) {
    uint64_t value = 0;
    std::memcpy(&value, &bytes[i], size);
    char word[20];
    snprintf(word, sizeof word, " %llx", (unsigned long long)value);
    text += word;
  }
  return text;
}

/// Replaces expected values by recorded ones.
bool useReference(const Options &o, Group &group) {
  std::ifstream file(o.reference + "/" + group.name + ".ref");
  if (!file)
    return false;
  Group recorded;
  std::string word, row;
  Case *now = nullptr;
  size_t next = 0;
  while (std::getline(file, row)) {
    if (row.starts_with("case ")) {
      now = nullptr, next = 0;
      for (Case &c : group.cases)
        if (c.name == row.substr(5))
          now = &c;
    } else if (row.starts_with("out") && now) {
      while (next < now->buffers.size() && now->buffers[next].role != Buffer::Role::Out)
        ++next;
      if (next == now->buffers.size())
        continue;
      Buffer &b = now->buffers[next++];
      size_t size = bytesOf(b.type), at = 0;
      const char *p = row.c_str() + 3;
      for (char *end; at + size <= b.bytes.size(); at += size, p = end) {
        uint64_t value = std::strtoull(p, &end, 16);
        std::memcpy(&b.bytes[at], &value, size);
      }
    }
  }
  return true;
}

/// A kernel made wrong on purpose, in a process of its own: it may stop the launch for good.
bool mutantIsFound(const Options &o, const Group &group, const Case &c) {
  std::cout.flush();
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    if (!freopen("/dev/null", "w", stderr))
      _exit(9);
    Card card;
    std::string error;
    if (!card.open(o.driver, o.device, error) || !card.load(group, error))
      _exit(9);
    std::vector<std::vector<uint8_t>> outputs;
    bool found = !card.run(c, outputs, error);
    size_t next = 0;
    if (!found)
      for (const Buffer &b : c.buffers)
        if (b.role == Buffer::Role::Out)
          found |= !compare(b, outputs[next++]).empty();
    found |= !card.reports().empty();
    _exit(found ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int runGroup(const Options &o, Card &card, Group &group, int &passed) {
  int failures = 0;
  const char *level = getenv("DLC_SIM_CHECK");
  bool checks = !level || std::strcmp(level, "all") == 0;
  std::string error;
  auto fail = [&](const std::string &name, const std::string &why) {
    std::cout << "FAIL " << group.name << '.' << name << ": " << why << '\n';
    ++failures;
  };
  if (!o.reference.empty() && !useReference(o, group))
    fail("reference", "no recorded outputs in " + o.reference);
  if (!card.load(group, error)) {
    fail("load", error);
    card.reports();
    return failures;
  }
  std::ofstream record;
  if (!o.record.empty())
    record.open(o.record + "/" + group.name + ".ref");
  for (const Case &c : group.cases) {
    // Where only the checker could tell, a mutant needs it.
    if ((!o.only.empty() && c.name != o.only) || (c.mutant && !card.simulated()) || (c.needsChecks && !checks))
      continue;
    int before = failures;
    if (c.mutant) {
      if (!mutantIsFound(o, group, c))
        fail(c.name, "a kernel made wrong gives the right result and is not reported");
      passed += failures == before;
      continue;
    }
    std::vector<std::vector<uint8_t>> outputs;
    if (!card.run(c, outputs, error)) {
      fail(c.name, error);
      if (std::string reports = card.reports(); !reports.empty())
        fail(c.name, reports.substr(0, 1000));
      continue;
    }
    if (record.is_open())
      record << "case " << c.name << '\n';
    size_t next = 0;
    for (const Buffer &b : c.buffers) {
      if (b.role != Buffer::Role::Out)
        continue;
      const std::vector<uint8_t> &got = outputs[next++];
      if (record.is_open())
        record << "out" << hex(got, bytesOf(b.type)) << '\n';
      if (std::string different = compare(b, got); !different.empty())
        fail(c.name, different);
    }
    if (std::string reports = card.reports(); !reports.empty())
      fail(c.name, "reported: " + reports.substr(0, 1000));
    passed += failures == before;
  }
  return failures;
}

/// Instructions that the simulator has to refuse, saying the line and why.
int runRefused(const Options &o, Card &card, int &passed) {
  std::ifstream list(o.cases + "/refused");
  int failures = 0;
  for (std::string row; std::getline(list, row);) {
    size_t tab = row.find('\t');
    std::string words = row.substr(0, tab), instruction = row.substr(tab + 1), error;
    Group group;
    group.ptx = ".version 8.7\n.target sm_90a\n.address_size 64\n.visible .entry refused()\n{\n"
                ".reg .b32 %r<10>;\n.reg .b64 %rd<4>;\n.reg .f32 %f<8>;\n.reg .b16 %rs<2>;\n" +
                instruction + "\nret;\n}\n";
    bool loaded = card.load(group, error);
    bool fine = !loaded && error.find(words) != std::string::npos && error.find("line 10") != std::string::npos;
    if (!fine)
      std::cout << "FAIL refused: " << instruction << (loaded ? " was accepted" : ": " + error) << '\n';
    fine ? ++passed : ++failures;
    card.reports();
  }
  return failures;
}

} // namespace

int main(int argc, char **argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto take = [&](const char *flag, std::string &to) {
      if (!argument.starts_with(flag))
        return false;
      to = argument.substr(std::strlen(flag));
      return true;
    };
    if (!take("--driver=", o.driver) && !take("--device=", o.device) && !take("--group=", o.group) &&
        !take("--case=", o.only) && !take("--record=", o.record) && !take("--reference=", o.reference))
      o.cases = argument;
  }
  Card card;
  std::string error;
  std::ifstream names(o.cases + "/groups");
  if (!names) {
    std::cerr << "gpusim-ptx-tests: no generated cases in '" << o.cases << "'\n";
    return 2;
  }
  if (!card.open(o.driver, o.device, error)) {
    std::cerr << "gpusim-ptx-tests: " << error << '\n';
    return 2;
  }
  int passed = 0, failed = 0, left = 0;
  for (std::string name; names >> name;) {
    if (!o.group.empty() && name != o.group)
      continue;
    Group group;
    if (!readGroup(o.cases, name, group, error)) {
      std::cerr << "gpusim-ptx-tests: " << error << '\n';
      return 2;
    }
    // wgmma is sm_90a's alone; the other groups run on every card that is new enough.
    if (card.architecture() < group.target || (name.starts_with("wgmma") && card.architecture() != 90)) {
      std::cout << "left out on sm_" << card.architecture() << ": " << name << '\n';
      ++left;
      continue;
    }
    int before = passed;
    int failures = runGroup(o, card, group, passed);
    failed += failures;
    std::cout << name << ": " << passed - before << " passed"
              << (failures ? ", failures: " + std::to_string(failures) : "") << '\n';
  }
  if (card.simulated() && card.architecture() == 90 && o.group.empty())
    failed += runRefused(o, card, passed);
  std::cout << card.name() << ": " << passed << " passed, " << failed << " failed, " << left << " groups left out\n";
  return failed ? 1 : 0;
}
