// What the handles of dlc.h point to.
#pragma once
#include "runtime/Session.h"

struct dlc_executable {
  std::shared_ptr<const dlc::rt::Program> program;
};

struct dlc_session {
  std::unique_ptr<dlc::rt::Session> session;
  struct StepText {
    std::string implementation, note, sources;
  };
  mutable std::vector<StepText> steps;
  mutable uint64_t stepsSized = 0; // Session::timesSized when they were asked for
  std::string deviceName;
};
