#include "tools/gpusim/check/Reports.h"

#include <cstdio>
#include <cstdlib>

namespace gpusim {
namespace {

constexpr size_t MostReports = 10000;

std::string triple(Dim3 d) {
  return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")";
}

std::string where(const Site &site) {
  std::string text = site.kernel;
  if (!site.file.empty())
    text += " at " + site.file + ":" + std::to_string(site.line);
  if (site.ptxLine)
    text += (site.file.empty() ? " at" : ",") + std::string(" PTX line ") + std::to_string(site.ptxLine);
  if (!site.text.empty())
    text += ": " + site.text;
  if (site.thread)
    text += ", block " + triple(site.block) + " thread " + triple(site.threadIndex);
  return text;
}

std::string json(const Site &site) {
  std::string text = "{\"kernel\": " + quoted(site.kernel);
  if (!site.file.empty())
    text += ", \"file\": " + quoted(site.file) + ", \"line\": " + std::to_string(site.line);
  if (site.ptxLine)
    text += ", \"ptx_line\": " + std::to_string(site.ptxLine) + ", \"ptx\": " + quoted(site.text);
  auto list = [](Dim3 d) {
    return "[" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + "]";
  };
  if (site.thread)
    text += ", \"block\": " + list(site.block) + ", \"thread\": " + list(site.threadIndex);
  return text + "}";
}

void log(const std::string &text) {
  const char *path = getenv("DLC_SIM_LOG");
  FILE *file = path && *path ? fopen(path, "a") : nullptr;
  fputs(text.c_str(), file ? file : stderr);
  if (file)
    fclose(file);
}

} // namespace

std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += char(c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c < 0x20)
      out += ' ';
    else
      out += char(c);
  }
  return out + "\"";
}

std::string describe(const Report &report) {
  char address[32] = "";
  std::string text = "gpusim: " + report.kind + ": " + report.message + "\n  " + where(report.site) + "\n";
  if (!report.other.kernel.empty())
    text += "  against " + where(report.other) + "\n";
  if (!report.space.empty()) {
    snprintf(address, sizeof address, "0x%llx", static_cast<unsigned long long>(report.address));
    text += "  " + report.space + " address " + address + ", " + std::to_string(report.bytes) + " bytes";
    for (const std::string *more : {&report.allocation, &report.tensor})
      if (!more->empty())
        text += "; " + *more;
    text += "\n";
  }
  return text;
}

void Reports::add(Report report) {
  std::string key = report.kind + '\n' + report.site.kernel + '\n' + report.site.file + '\n' +
                    std::to_string(report.site.line) + '\n' + std::to_string(report.site.ptxLine) + '\n' +
                    report.other.kernel + '\n' + std::to_string(report.other.line) + '\n' +
                    std::to_string(report.other.ptxLine);
  if (!report.site.thread) // what the driver or the leak check says differs by its words alone
    key += '\n' + report.message;
  std::lock_guard lock(mutex);
  auto [at, fresh] = index.try_emplace(std::move(key), all.size());
  if (!fresh) {
    all[at->second].count += report.count;
    return;
  }
  if (all.size() >= MostReports) {
    index.erase(at);
    return;
  }
  log(describe(report));
  all.push_back(std::move(report));
}

bool Reports::text(size_t index, std::string &out) const {
  std::lock_guard lock(mutex);
  if (index >= all.size())
    return false;
  out = describe(all[index]);
  return true;
}

size_t Reports::size() const {
  std::lock_guard lock(mutex);
  return all.size();
}

void Reports::clear() {
  std::lock_guard lock(mutex);
  all.clear();
  index.clear();
}

std::string Reports::json() const {
  std::lock_guard lock(mutex);
  std::string text = "[";
  for (const Report &report : all) {
    char address[32];
    snprintf(address, sizeof address, "\"0x%llx\"", static_cast<unsigned long long>(report.address));
    text += text.size() > 1 ? ",\n {" : "\n {";
    text += "\"kind\": " + quoted(report.kind) + ", \"message\": " + quoted(report.message);
    text += ", \"site\": " + gpusim::json(report.site);
    if (!report.other.kernel.empty())
      text += ", \"other\": " + gpusim::json(report.other);
    if (!report.space.empty())
      text += ", \"space\": " + quoted(report.space) + ", \"address\": " + std::string(address) +
              ", \"bytes\": " + std::to_string(report.bytes);
    if (!report.allocation.empty())
      text += ", \"allocation\": " + quoted(report.allocation);
    if (!report.tensor.empty())
      text += ", \"tensor\": " + quoted(report.tensor);
    text += ", \"count\": " + std::to_string(report.count) + "}";
  }
  return text + (text.size() > 1 ? "\n]" : "]");
}

Reports &reports() {
  static Reports *const all = new Reports; // outlives static destruction: leaks are reported at exit
  return *all;
}

} // namespace gpusim
