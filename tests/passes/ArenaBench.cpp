// arena-bench: how close dlc's planner comes to the bound, and how long it takes, on files of blocks (CSV with columns
// id,lower,upper,size: minimalloc's format). Exit code 1 where a file does not fit --goal, 77 where there is no file.
#include "passes/Arena.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;

namespace {
constexpr const char *usage =
    "arena-bench [--goal=BYTES] [--effort=UNITS] [--alignment=BYTES] [--least] FILE.csv|FOLDER...\n"
    "  --goal       the arena that is good enough; more than that is a failure (default 0: the bound, and no failure)\n"
    "  --effort     what each file may take, in about nanoseconds (default 60000000000)\n"
    "  --least      go on below the goal, to the bound\n"
    "  --alignment  of offsets (default 1024)\n";

bool read(const fs::path &path, std::vector<dlc::ArenaBlock> &blocks) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.rfind("id,lower,upper,size", 0) != 0)
    return false;
  while (std::getline(file, line)) {
    long lower, upper, size;
    if (std::sscanf(line.c_str(), "%*[^,],%ld,%ld,%ld", &lower, &upper, &size) != 3 || lower < 0 || upper <= lower)
      return false;
    blocks.push_back({size, lower, upper - 1});
  }
  return true;
}

bool overlap(const std::vector<dlc::ArenaBlock> &blocks) {
  for (size_t i = 0; i < blocks.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const dlc::ArenaBlock &a = blocks[i], &b = blocks[j];
      if (a.first <= b.last && b.first <= a.last && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes)
        return true;
    }
  return false;
}
} // namespace

int main(int argc, char **argv) {
  dlc::ArenaOptions options{.alignment = 1024, .effort = 60'000'000'000};
  int64_t goal = 0;
  bool least = false;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto value = [&](const char *name, int64_t &to) {
      if (argument.rfind(name, 0) != 0)
        return false;
      to = std::atoll(argument.c_str() + std::strlen(name));
      return true;
    };
    if (argument == "--least") {
      least = true;
    } else if (value("--goal=", goal) || value("--effort=", options.effort) ||
               value("--alignment=", options.alignment)) {
    } else if (argument.rfind("-", 0) == 0) {
      std::fprintf(stderr, "arena-bench: there is no %s\n%s", argument.c_str(), usage);
      return 2;
    } else if (fs::is_directory(argument)) {
      for (const auto &entry : fs::directory_iterator(argument))
        if (entry.path().extension() == ".csv")
          files.push_back(entry.path());
    } else if (fs::exists(argument)) {
      files.push_back(argument);
    } else {
      std::printf("arena-bench: there is no %s\n", argument.c_str());
    }
  }
  if (files.empty()) {
    std::printf("arena-bench: no files: skipped\n%s", usage);
    return 77;
  }
  std::sort(files.begin(), files.end());
  options.goal = least ? 0 : goal;
  int failures = 0;
  std::printf("%-20s %7s %12s %12s %8s %8s %9s\n", "file", "blocks", "bound", "arena", "ratio", "greedy", "seconds");
  for (const fs::path &path : files) {
    std::vector<dlc::ArenaBlock> blocks;
    if (!read(path, blocks)) {
      std::fprintf(stderr, "arena-bench: %s: expected lines of id,lower,upper,size with lower < upper\n", path.c_str());
      return 3;
    }
    std::vector<dlc::ArenaBlock> greedy = blocks;
    dlc::ArenaOptions without = options;
    without.effort = 0;
    double bound = static_cast<double>(dlc::peakBytes(blocks, options.alignment));
    double simple = static_cast<double>(dlc::placeBlocks(greedy, without));
    auto start = std::chrono::steady_clock::now();
    int64_t height = dlc::placeBlocks(blocks, options);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    bool wrong = overlap(blocks), misses = goal > 0 && height > goal;
    failures += wrong || misses;
    std::printf("%-20s %7zu %12.0f %12.0f %8.4f %8.4f %9.3f%s%s\n", path.filename().c_str(), blocks.size(), bound,
                static_cast<double>(height), static_cast<double>(height) / bound, simple / bound, seconds,
                misses ? "  does not fit the goal" : "", wrong ? "  BLOCKS OVERLAP" : "");
    std::fflush(stdout);
  }
  return failures ? 1 : 0;
}
