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
  std::vector<StepText> steps;
  std::string deviceName;
};
