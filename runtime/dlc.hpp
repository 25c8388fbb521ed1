// dlc.hpp: dlc.h for C++17 and later. Header only; owns the handles. Errors are values: nothing throws.
//
//   auto executable = dlc::Executable::load("model.dlx");
//   if (!executable) return report(executable.status());
//   auto session = executable->session();
//   session->setInput(0, pixels);  session->run();  session->getOutput(0, scores);
#ifndef DLC_HPP
#define DLC_HPP

#include "dlc.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dlc {

/// Success, or a code, a message and a location. Movable.
class Status {
public:
  Status() = default;
  explicit Status(dlc_status raw) : raw(raw) {}
  explicit operator bool() const { return !raw; }
  bool ok() const { return !raw; }
  dlc_code code() const { return dlc_status_code(raw.get()); }
  const char *message() const { return dlc_status_message(raw.get()); }
  const char *location() const { return dlc_status_location(raw.get()); }
  /// "location: message"
  std::string text() const {
    std::string at = location();
    return at.empty() ? message() : at + ": " + message();
  }

private:
  struct Free {
    void operator()(dlc_status_object *p) const { dlc_status_free(p); }
  };
  std::unique_ptr<dlc_status_object, Free> raw;
};

/// A value or the status that tells why there is none.
template <class T> class Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Status status) : why(std::move(status)) {}
  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  T *operator->() { return &*value; }
  const Status &status() const { return why; }

private:
  std::optional<T> value;
  Status why;
};

using SessionOptions = dlc_session_options;
inline SessionOptions sessionOptions() { return DLC_SESSION_OPTIONS_INIT; }
using LoadOptions = dlc_load_options;
inline LoadOptions loadOptions() { return DLC_LOAD_OPTIONS_INIT; }
using TensorInfo = dlc_tensor_info;
inline std::vector<int64_t> shapeOf(const TensorInfo &t) { return {t.shape, t.shape + t.rank}; }

/// One thread at a time.
class Session {
public:
  explicit Session(dlc_session *raw) : raw(raw) {}

  std::string summary() const { return dlc_session_summary(raw.get()); }
  std::string variant() const { return dlc_session_variant(raw.get()); }
  dlc_device device() const { return dlc_session_device(raw.get()); }
  /// "cpu", "cuda:0", "sim:a100"
  std::string deviceName() const { return dlc_session_device_name(raw.get()); }
  /// Units of code that NVRTC or a card's driver compiled for it.
  uint64_t compilations() const { return dlc_session_compilations(raw.get()); }
  size_t stepCount() const { return dlc_session_step_count(raw.get()); }
  dlc_step_info step(size_t i) const {
    dlc_step_info info{"", "", ""};
    Status ignored(dlc_session_step(raw.get(), i, &info));
    return info;
  }
  Status timeSteps(bool on) { return Status(dlc_session_time_steps(raw.get(), on)); }
  dlc_step_time stepTime(size_t i) const {
    dlc_step_time time{0, 0, 0, 0};
    Status ignored(dlc_session_step_time(raw.get(), i, &time));
    return time;
  }

  Status bindInput(size_t i, const void *data) { return Status(dlc_session_bind_input(raw.get(), i, data)); }
  Status bindOutput(size_t i, void *data) { return Status(dlc_session_bind_output(raw.get(), i, data)); }
  Status setInput(size_t i, const void *data, size_t size) {
    return Status(dlc_session_set_input(raw.get(), i, data, size));
  }
  Status getOutput(size_t i, void *data, size_t size) const {
    return Status(dlc_session_get_output(raw.get(), i, data, size));
  }
  template <class T> Status setInput(size_t i, const std::vector<T> &v) {
    return setInput(i, v.data(), v.size() * sizeof(T));
  }
  template <class T> Status getOutput(size_t i, std::vector<T> &v) const {
    return getOutput(i, v.data(), v.size() * sizeof(T));
  }
  /// Where sizes are symbols; see dlc.h.
  Status setInputShape(size_t i, const std::vector<int64_t> &shape) {
    return Status(dlc_session_set_input_shape(raw.get(), i, shape.data(), shape.size()));
  }
  /// As they are now; rank 0 and no dtype where i is out of range or the shapes given do not agree.
  TensorInfo input(size_t i) { return info(dlc_session_input, i); }
  TensorInfo output(size_t i) { return info(dlc_session_output, i); }
  /// The session's own memory; null where i is out of range or the tensor is empty.
  void *inputData(size_t i) {
    void *p = nullptr;
    Status ignored(dlc_session_input_data(raw.get(), i, &p));
    return p;
  }
  void *outputData(size_t i) {
    void *p = nullptr;
    Status ignored(dlc_session_output_data(raw.get(), i, &p));
    return p;
  }

  /// Device memory of the caller's; null unbinds.
  Status bindInputDevice(size_t i, void *pointer) {
    return Status(dlc_session_bind_input_device(raw.get(), i, pointer));
  }
  Status bindOutputDevice(size_t i, void *pointer) {
    return Status(dlc_session_bind_output_device(raw.get(), i, pointer));
  }

  Status run() { return Status(dlc_session_run(raw.get())); }
  Status runAsync() { return Status(dlc_session_run_async(raw.get())); }
  Status synchronize() { return Status(dlc_session_synchronize(raw.get())); }

  Status read(const char *name, void *data, size_t size) const {
    return Status(dlc_session_read(raw.get(), name, data, size));
  }
  Status write(const char *name, const void *data, size_t size) {
    return Status(dlc_session_write(raw.get(), name, data, size));
  }
  /// Weights and state as a safetensors file; see dlc.h.
  Status save(const std::string &path, const std::string &note = {}) const {
    return Status(dlc_session_save(raw.get(), path.c_str(), note.empty() ? nullptr : note.c_str()));
  }
  Status load(const std::string &path, dlc_take take = DLC_TAKE_ALL) {
    return Status(dlc_session_load(raw.get(), path.c_str(), take));
  }
  std::string note() const { return dlc_session_note(raw.get()); }

  dlc_session *get() const { return raw.get(); }

private:
  struct Free {
    void operator()(dlc_session *p) const { dlc_session_free(p); }
  };
  std::unique_ptr<dlc_session, Free> raw;

  template <class F> TensorInfo info(F query, size_t i) {
    TensorInfo t{"", DLC_NONE, 0, nullptr, 0, DLC_FROZEN};
    Status ignored(query(raw.get(), i, &t));
    return t;
  }
};

/// Any number of threads.
class Executable {
public:
  explicit Executable(dlc_executable *raw) : raw(raw) {}

  static Result<Executable> load(const char *path, const dlc_load_options *options = nullptr) {
    dlc_executable *raw = nullptr;
    Status s(dlc_executable_load_file(path, options, &raw));
    if (!s)
      return s;
    return Executable(raw);
  }
  static Result<Executable> load(const std::string &path) { return load(path.c_str()); }
  /// The memory must outlive the executable and its sessions.
  static Result<Executable> load(const void *data, size_t size, const dlc_load_options *options = nullptr) {
    dlc_executable *raw = nullptr;
    Status s(dlc_executable_load_memory(data, size, options, &raw));
    if (!s)
      return s;
    return Executable(raw);
  }

  Result<Session> session(const SessionOptions &options = sessionOptions()) const {
    dlc_session *made = nullptr;
    Status s(dlc_session_create(raw.get(), &options, &made));
    if (!s)
      return s;
    return Session(made);
  }

  std::string name() const { return dlc_executable_name(raw.get()); }
  size_t inputCount() const { return dlc_executable_input_count(raw.get()); }
  size_t outputCount() const { return dlc_executable_output_count(raw.get()); }
  size_t weightCount() const { return dlc_executable_weight_count(raw.get()); }
  /// Index below the count.
  TensorInfo input(size_t i) const { return info(dlc_executable_input, i); }
  TensorInfo output(size_t i) const { return info(dlc_executable_output, i); }
  TensorInfo weight(size_t i) const { return info(dlc_executable_weight, i); }
  std::vector<std::string> variants() const {
    std::vector<std::string> names;
    const char *name = "";
    for (size_t i = 0; i != dlc_executable_variant_count(raw.get()); ++i)
      if (Status(dlc_executable_variant(raw.get(), i, &name)))
        names.push_back(name);
    return names;
  }

  dlc_executable *get() const { return raw.get(); }

private:
  struct Free {
    void operator()(dlc_executable *p) const { dlc_executable_free(p); }
  };
  std::unique_ptr<dlc_executable, Free> raw;

  template <class F> TensorInfo info(F query, size_t i) const {
    TensorInfo t{"", DLC_NONE, 0, nullptr, 0, DLC_FROZEN};
    Status ignored(query(raw.get(), i, &t));
    return t;
  }
};

} // namespace dlc

#endif
