// What dlc check found, as text and as JSON.
#pragma once
#include "tools/dlc/Models.h"
#include "tools/dlc/check/Guess.h"

namespace dlc::check {

/// A finding, and the devices that it is of; none where it stops the import.
struct Located : driver::Finding {
  Located(const driver::Finding &f) : Finding(f) {}
  std::vector<std::string> devices;
};

struct Report {
  std::string model;
  std::vector<Guess::Assumed> assumed;
  std::vector<Located> findings;
  std::vector<std::string> skipped;                  ///< nodes that could not be looked at
  std::vector<std::string> notes;                    ///< worth knowing, and no problem
  std::vector<std::pair<std::string, bool>> devices; ///< and whether code can be generated for them; empty: no import
  std::vector<driver::Port> inputs, outputs;
  std::map<std::string, int64_t> operators;
  int64_t parameters = 0;

  void describe(const driver::Model &); ///< one that could be imported
  void addDevice(const std::string &device, const driver::Status &);
  bool ok() const { return findings.empty(); }
  std::string text() const;
  cli::Json json() const;
};

} // namespace dlc::check
