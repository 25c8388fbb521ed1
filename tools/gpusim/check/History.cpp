#include "tools/gpusim/check/History.h"

#include <algorithm>

namespace gpusim {

/// The first number of the group's tasks that is not ordered before the task; its own where all are.
uint64_t History::boundWithin(Group &group, const Task &task) {
  auto scan = [&](size_t from) {
    for (size_t i = from; i != group.tasks.size(); ++i)
      if (!task.after(*group.tasks[i]))
        return group.tasks[i]->first;
    return uint64_t(0);
  };
  size_t level = 0;
  for (; level != task.outer.size() && level != group.frames.size(); ++level) {
    Frame &frame = group.frames[level];
    if (frame.node != task.outer[level].node)
      break;
    if (frame.round == task.outer[level].round)
      continue;
    frame.round = task.outer[level].round;
    frame.first = group.tasks.size();
    ++level;
    break;
  }
  group.frames.resize(level);
  for (; level != task.outer.size(); ++level) {
    size_t from = level ? group.frames[level - 1].first : 0;
    group.frames.push_back({task.outer[level].node, task.outer[level].round, scan(from), group.tasks.size()});
  }
  for (const Frame &frame : group.frames)
    if (frame.bound)
      return frame.bound;
  uint64_t bound = scan(group.frames.empty() ? 0 : group.frames.back().first);
  return bound ? bound : task.first;
}

uint64_t History::begin(const TaskPtr &task, bool &wrapped) {
  std::lock_guard lock(mutex);
  wrapped = next + task->count > 0xffffffffull;
  if (wrapped) {
    groups.clear();
    next = floor = 1;
  }
  task->first = next;
  next += task->count;
  bool same = !groups.empty() && task->graphRun && groups.back().graphRun == task->graphRun;
  if (!same) {
    uint64_t bound = task->first;
    for (const Group &group : groups)
      if (!task->after(*group.tasks.front())) {
        bound = group.tasks.front()->first;
        break;
      }
    if (groups.size() >= MostGroups) {
      groups.pop_front();
      floor = groups.front().tasks.front()->first;
    }
    groups.push_back({task->timeline, task->position, task->graphRun, bound, {}, {}});
  }
  Group &group = groups.back();
  uint64_t bound = group.bound;
  if (!group.tasks.empty() && bound == group.tasks.front()->first)
    bound = boundWithin(group, *task);
  group.tasks.push_back(task);
  return std::max(bound, floor);
}

TaskPtr History::find(uint32_t id) const {
  std::lock_guard lock(mutex);
  auto after = std::upper_bound(groups.begin(), groups.end(), id,
                                [](uint32_t value, const Group &group) { return value < group.tasks.front()->first; });
  if (after == groups.begin() || id < floor)
    return nullptr;
  const Group &group = *std::prev(after);
  auto task = std::upper_bound(group.tasks.begin(), group.tasks.end(), id,
                               [](uint32_t value, const TaskPtr &one) { return value < one->first; });
  const TaskPtr &found = *std::prev(task);
  return id < found->first + found->count ? found : nullptr;
}

void History::allDone() {
  std::lock_guard lock(mutex);
  groups.clear();
  floor = next;
}

} // namespace gpusim
