// What went wrong, inside the runtime. Crosses dlc.h as dlc_status.
#pragma once
#include "runtime/dlc.h"

#include <memory>
#include <string>

struct dlc_status_object {
  dlc_code code;
  std::string message, location;
};

namespace dlc::rt {

/// Success, or code + message + location. Success costs one null pointer.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(dlc_code code, std::string message, std::string location = {})
      : detail(new dlc_status_object{code, std::move(message), std::move(location)}) {}

  bool ok() const { return !detail; }
  dlc_code code() const { return detail ? detail->code : DLC_OK; }
  const std::string &message() const { return detail->message; }
  const std::string &location() const { return detail->location; }
  dlc_status release() { return detail.release(); }

private:
  std::unique_ptr<dlc_status_object> detail;
};

/// Hands a failure to the caller.
#define DLC_TRY(expression)                                                                                            \
  do {                                                                                                                 \
    ::dlc::rt::Status dlcStatus = (expression);                                                                        \
    if (!dlcStatus.ok())                                                                                               \
      return dlcStatus;                                                                                                \
  } while (false)

/// The log callback, or silence.
struct Log {
  dlc_log_fn callback = nullptr;
  void *user = nullptr;
  void operator()(dlc_log_level level, const std::string &line) const {
    if (callback)
      callback(user, level, line.c_str());
  }
};

} // namespace dlc::rt
