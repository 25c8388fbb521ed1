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

/// The text with control characters as they are written in C: names out of a file stay in the one line of a message.
std::string escaped(std::string text);
/// The lines of another program's report in one.
std::string joinedLines(std::string text);

/// Success, or code + message + location, each of one line. Success costs one null pointer.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(dlc_code code, std::string message, std::string location = {})
      : detail(new dlc_status_object{code, escaped(std::move(message)), escaped(std::move(location))}) {}

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
