// The tasks whose traces the shadow may still hold, by block number, and which of them are ordered before a new one.
#pragma once
#include "tools/gpusim/check/Tasks.h"

#include <deque>
#include <mutex>

namespace gpusim {

class History {
public:
  /// Numbers the task's blocks. Returns the number below which all blocks are ordered before it.
  /// `wrapped`: numbers started again, and the shadow must forget.
  uint64_t begin(const TaskPtr &task, bool &wrapped);
  /// Whose block that was; null: long ago, ordered before everything.
  TaskPtr find(uint32_t id) const;
  void allDone();

private:
  /// A conditional node of a graph launch while its body runs: all rounds before are ordered before this one, and what
  /// came before the node is ordered before all of its tasks or none.
  struct Frame {
    uint32_t node;
    uint64_t round, bound; // bound: as of `begin`, from what came before the node; 0: all that is ordered
    size_t first;          // task of this round
  };
  /// The tasks of one operation: one, or those of a graph launch.
  struct Group {
    uint32_t timeline;
    uint64_t position, graphRun, bound; // bound: of what came before the group
    std::vector<TaskPtr> tasks;
    std::vector<Frame> frames; // conditional nodes around the newest task
  };
  static uint64_t boundWithin(Group &, const Task &);
  static constexpr size_t MostGroups = 4096;

  mutable std::mutex mutex;
  std::deque<Group> groups;
  uint64_t next = 1, floor = 1;
};

} // namespace gpusim
