// What the driver front tells the checker beside what the executor tells it as an Observer (Observer.h).
#pragma once
#include "tools/gpusim/check/Reports.h"
#include "tools/gpusim/check/Tasks.h"

namespace gpusim {

enum class CheckMode : uint8_t { Off, Memory, All };

class Checker : public Observer {
public:
  virtual void allocated(uint64_t address, uint64_t bytes) = 0;
  virtual void freed(uint64_t address, uint64_t bytes) = 0;

  /// Gives the task its block numbers and readies the shadow of its ranges; `task->count` blocks follow.
  virtual void begin(const TaskPtr &task) = 0;
  virtual void end(const TaskPtr &task) = 0;

  /// A copy or fill by the driver, within begin and end. Bytes outside of device memory are left alone.
  virtual void driverReads(const TaskPtr &, uint64_t address, uint64_t bytes) = 0;
  virtual void driverWrites(const TaskPtr &, uint64_t address, uint64_t bytes) = 0;
  /// What is written of `from` is written of `to` after a copy between device addresses.
  virtual void driverMoves(const TaskPtr &, uint64_t to, uint64_t from, uint64_t bytes) = 0;

  /// A kernel stopped on the executor's own finding.
  virtual void stopped(const TaskPtr &, const std::string &message) = 0;
  /// Everything begun so far is ordered before everything that begins from now on.
  virtual void allDone() = 0;
};

/// Null for CheckMode::Off.
std::unique_ptr<Checker> makeChecker(CheckMode);
/// "allocation #3 of 4096 bytes, offset 128"; says so where the address belongs to none, or to freed memory.
std::string describeAddress(uint64_t address);

} // namespace gpusim
