// A finding put into words: who, where in the sources, at what address of which allocation and tensor.
#include "tools/gpusim/check/State.h"
#include "tools/gpusim/exec/Launch.h"

namespace gpusim {
namespace {

Dim3 threadOf(uint32_t thread, Dim3 size) {
  return {thread % size.x, thread / size.x % size.y, thread / (size.x * size.y)};
}
Dim3 blockOf(uint64_t linear, Dim3 grid) {
  return {uint32_t(linear % grid.x), uint32_t(linear / grid.x % grid.y), uint32_t(linear / grid.x / grid.y)};
}

void place(Site &site, const Kernel &kernel, uint32_t op) {
  site.kernel = kernel.name;
  if (op == 0xffff || op == 0xfffff)
    return;
  auto lines = kernel.source(op);
  if (!lines.empty())
    site.file = lines.front().file, site.line = lines.front().line;
  site.ptxLine = kernel.ptxLine(op);
  site.text = kernel.text(op);
}

} // namespace

Site Findings::siteOf(const WarpPlace &at, uint32_t lane, uint32_t op) const {
  Site site;
  place(site, *at.block->kernel, op);
  site.block = at.block->index;
  if (lane < 32) {
    site.thread = true;
    site.threadIndex = threadOf(at.warp * 32 + lane, at.block->size);
  }
  return site;
}

Site Findings::siteOf(const LaunchState &launch, Cell cell, uint16_t op) const {
  Site site;
  TaskPtr task = launch.inside(cell.id()) ? launch.task : history.find(cell.id());
  if (!task) {
    site.kernel = "an earlier operation";
    return site;
  }
  site.kernel = task->name;
  if (!task->kernel)
    return site;
  place(site, *task->kernel, op);
  site.thread = true;
  site.block = blockOf(cell.id() - task->first, task->grid);
  site.threadIndex = threadOf(cell.warp() * 32 + (cell.lane() < 32 ? cell.lane() : 0), task->block);
  return site;
}

void Findings::add(const char *kind, std::string message, const WarpPlace &at, uint32_t lane, uint32_t op, Space space,
                   uint64_t address, uint32_t bytes, Site other) const {
  static constexpr const char *names[] = {"global", "shared", "local", "constant", "param"};
  Report report;
  report.kind = kind;
  report.message = std::move(message);
  report.site = siteOf(at, lane, op);
  report.other = std::move(other);
  report.space = bytes ? names[int(space)] : "";
  report.address = address, report.bytes = bytes;
  if (space == Space::Global && bytes) {
    report.allocation = describeAddress(address);
    if (const Interval *in = stateOf(*at.block).launch->intervals.at(address); in && !in->tensor.empty())
      report.tensor = "tensor '" + in->tensor + "', byte " + std::to_string(address - in->start);
  }
  reports().add(std::move(report));
}

} // namespace gpusim
