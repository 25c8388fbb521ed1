// dlc.h over the classes. Nothing thrown passes this file.
#include "runtime/Handles.h"

#include <cstring>
#include <new>

using namespace dlc::rt;

namespace {

dlc_status_object noMemory{DLC_OUT_OF_MEMORY, "", ""};

template <class F> dlc_status guarded(F &&body) noexcept {
  try {
    return body().release();
  } catch (const std::bad_alloc &) {
    return &noMemory;
  } catch (const std::exception &e) {
    try {
      return Status(DLC_INTERNAL, e.what()).release();
    } catch (...) {
      return &noMemory;
    }
  } catch (...) {
    return &noMemory;
  }
}

Status null(const char *what) { return {DLC_INVALID_ARGUMENT, std::string(what) + " is NULL"}; }

#define REQUIRE(pointer)                                                                                               \
  if (!(pointer))                                                                                                      \
  return null(#pointer)

/// The caller's structure, which may be older (shorter) than ours.
template <class T> Status complete(const T *given, T &out) {
  if (!given)
    return {};
  if (given->struct_size < sizeof(size_t) || given->struct_size > sizeof(T))
    return {DLC_INVALID_ARGUMENT, "options of struct_size " + std::to_string(given->struct_size) +
                                      ", expected at most " + std::to_string(sizeof(T)) +
                                      ": start from the _INIT macro"};
  std::memcpy(static_cast<void *>(&out), given, given->struct_size);
  return {};
}

Status whole(const dlc_allocator &a) {
  if (!a.allocate != !a.release)
    return {DLC_INVALID_ARGUMENT, "an allocator needs both allocate and release"};
  return {};
}

template <class T>
Status describe(const T *list, size_t index, const char *what, const dlc_executable *e, dlc_tensor_info *out) {
  if (index >= list->size())
    return {DLC_NOT_FOUND,
            std::string("there is no ") + what + " " + std::to_string(index) + ": the program has " +
                std::to_string(list->size()),
            e->program->path()};
  auto *t = list->Get(static_cast<flatbuffers::uoffset_t>(index));
  *out = {t->name()->c_str(),
          dlc_dtype(t->dtype()),
          t->shape()->size(),
          t->shape()->data(),
          byteSize(t->dtype(), *t->shape()),
          DLC_FROZEN};
  return {};
}

template <class T>
Status findName(const T *list, const char *name, const char *what, const dlc_executable *e, size_t *index) {
  std::string have;
  for (flatbuffers::uoffset_t i = 0; i != list->size(); ++i) {
    if (list->Get(i)->name()->string_view() == name) {
      *index = i;
      return {};
    }
    have += (i ? ", '" : "'") + list->Get(i)->name()->str() + "'";
  }
  return {DLC_NOT_FOUND,
          std::string("there is no ") + what + " '" + name + "': the program has " + (have.empty() ? "none" : have),
          e->program->path()};
}

} // namespace

extern "C" {

uint32_t dlc_api_version(void) { return DLC_API_VERSION; }

dlc_code dlc_status_code(dlc_status s) { return s ? s->code : DLC_OK; }
const char *dlc_status_message(dlc_status s) { return !s ? "" : s == &noMemory ? "out of memory" : s->message.c_str(); }
const char *dlc_status_location(dlc_status s) { return s ? s->location.c_str() : ""; }
void dlc_status_free(dlc_status s) {
  if (s != &noMemory)
    delete s;
}

const char *dlc_dtype_name(dlc_dtype t) { return dtypeName(dlc::fb::DType(t)); }
uint32_t dlc_dtype_bits(dlc_dtype t) { return bitWidth(dlc::fb::DType(t)); }

dlc_status dlc_executable_load_file(const char *path, const dlc_load_options *options, dlc_executable **out) {
  return guarded([&]() -> Status {
    REQUIRE(path);
    REQUIRE(out);
    *out = nullptr;
    dlc_load_options o = DLC_LOAD_OPTIONS_INIT;
    DLC_TRY(complete(options, o));
    DLC_TRY(whole(o.allocator));
    auto e = std::make_unique<dlc_executable>();
    DLC_TRY(Program::fromFile(path, o, e->program));
    *out = e.release();
    return {};
  });
}

dlc_status dlc_executable_load_memory(const void *data, size_t size, const dlc_load_options *options,
                                      dlc_executable **out) {
  return guarded([&]() -> Status {
    REQUIRE(out);
    *out = nullptr;
    REQUIRE(data);
    dlc_load_options o = DLC_LOAD_OPTIONS_INIT;
    DLC_TRY(complete(options, o));
    DLC_TRY(whole(o.allocator));
    auto e = std::make_unique<dlc_executable>();
    DLC_TRY(Program::fromMemory(data, size, o, e->program));
    *out = e.release();
    return {};
  });
}

void dlc_executable_free(dlc_executable *e) { delete e; }

const char *dlc_executable_name(const dlc_executable *e) { return e ? e->program->table().name()->c_str() : ""; }
size_t dlc_executable_input_count(const dlc_executable *e) { return e ? e->program->table().inputs()->size() : 0; }
size_t dlc_executable_output_count(const dlc_executable *e) { return e ? e->program->table().outputs()->size() : 0; }
size_t dlc_executable_weight_count(const dlc_executable *e) { return e ? e->program->table().weights()->size() : 0; }
size_t dlc_executable_variant_count(const dlc_executable *e) { return e ? e->program->table().variants()->size() : 0; }

dlc_status dlc_executable_input(const dlc_executable *executable, size_t index, dlc_tensor_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(out);
    return describe(executable->program->table().inputs(), index, "input", executable, out);
  });
}
dlc_status dlc_executable_output(const dlc_executable *executable, size_t index, dlc_tensor_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(out);
    return describe(executable->program->table().outputs(), index, "output", executable, out);
  });
}
dlc_status dlc_executable_weight(const dlc_executable *executable, size_t index, dlc_tensor_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(out);
    auto *weights = executable->program->table().weights();
    DLC_TRY(describe(weights, index, "weight", executable, out));
    out->role = dlc_role(weights->Get(static_cast<flatbuffers::uoffset_t>(index))->role());
    return {};
  });
}
dlc_status dlc_executable_variant(const dlc_executable *executable, size_t index, const char **target) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(target);
    auto *variants = executable->program->table().variants();
    if (index >= variants->size())
      return {DLC_NOT_FOUND, "there is no variant " + std::to_string(index), executable->program->path()};
    *target = variants->Get(static_cast<flatbuffers::uoffset_t>(index))->target()->c_str();
    return {};
  });
}
dlc_status dlc_executable_find_input(const dlc_executable *executable, const char *name, size_t *index) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(name);
    REQUIRE(index);
    return findName(executable->program->table().inputs(), name, "input", executable, index);
  });
}
dlc_status dlc_executable_find_output(const dlc_executable *executable, const char *name, size_t *index) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(name);
    REQUIRE(index);
    return findName(executable->program->table().outputs(), name, "output", executable, index);
  });
}

size_t dlc_executable_symbol_count(const dlc_executable *e) { return e ? symbolCount(e->program->table()) : 0; }
dlc_status dlc_executable_symbol(const dlc_executable *executable, size_t index, dlc_symbol_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(executable);
    REQUIRE(out);
    if (index >= dlc_executable_symbol_count(executable))
      return {DLC_NOT_FOUND, "there is no symbol " + std::to_string(index), executable->program->path()};
    auto *s = executable->program->table().symbols()->Get(static_cast<flatbuffers::uoffset_t>(index));
    *out = {s->name()->c_str(), s->low(), s->high(), s->input(), s->dim(), s->step(), s->offset()};
    return {};
  });
}

dlc_status dlc_device_parse(const char *name, dlc_device *out) {
  return guarded([&]() -> Status {
    REQUIRE(name);
    REQUIRE(out);
    std::string rest;
    return parseDevice(name, *out, rest);
  });
}
dlc_status dlc_device_usable(dlc_device device) {
  return guarded([&]() -> Status { return Device::of(device)->usable(); });
}
size_t dlc_device_describe(dlc_device device, char *text, size_t size) {
  if (!text || !size)
    return 0;
  text[0] = 0;
  dlc_status s = guarded([&]() -> Status {
    std::string line = Device::of(device)->describe();
    size_t n = std::min(line.size(), size - 1);
    std::memcpy(text, line.data(), n);
    text[n] = 0;
    return {};
  });
  dlc_status_free(s);
  return std::strlen(text);
}

dlc_status dlc_session_create(const dlc_executable *executable, const dlc_session_options *options, dlc_session **out) {
  return guarded([&]() -> Status {
    REQUIRE(out);
    *out = nullptr;
    REQUIRE(executable);
    dlc_session_options o = DLC_SESSION_OPTIONS_INIT;
    DLC_TRY(complete(options, o));
    DLC_TRY(whole(o.allocator));
    if (o.threads < 0 || o.threads > 4096)
      return {DLC_INVALID_ARGUMENT, std::to_string(o.threads) + " threads: 0 (as many as allowed) to 4096"};
    auto s = std::make_unique<dlc_session>();
    DLC_TRY(Session::create(executable->program, o, o.share ? o.share->session.get() : nullptr, s->session));
    auto *steps = s->session->variant().steps();
    std::vector<StepReport> reports = s->session->steps();
    for (size_t i = 0; i != reports.size(); ++i) {
      std::string sources;
      for (const flatbuffers::String *name : *steps->Get(static_cast<flatbuffers::uoffset_t>(i))->sources())
        sources += (sources.empty() ? "" : ", ") + name->str();
      s->steps.push_back({reports[i].implementation, reports[i].note, std::move(sources)});
    }
    s->deviceName = s->session->deviceName();
    *out = s.release();
    return {};
  });
}

void dlc_session_free(dlc_session *s) { delete s; }

const char *dlc_session_summary(const dlc_session *s) { return s ? s->session->summary().c_str() : ""; }
dlc_device dlc_session_device(const dlc_session *s) { return s ? s->session->device() : DLC_DEVICE_AUTO; }
const char *dlc_session_device_name(const dlc_session *s) { return s ? s->deviceName.c_str() : ""; }
const char *dlc_session_variant(const dlc_session *s) { return s ? s->session->variantName().c_str() : ""; }
size_t dlc_session_step_count(const dlc_session *s) { return s ? s->steps.size() : 0; }
dlc_status dlc_session_step(const dlc_session *session, size_t index, dlc_step_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(out);
    if (index >= session->steps.size())
      return {DLC_NOT_FOUND, "there is no step " + std::to_string(index)};
    DLC_TRY(session->session->resolve());
    if (session->stepsSized != session->session->timesSized()) {
      session->stepsSized = session->session->timesSized();
      std::vector<StepReport> reports = session->session->steps();
      for (size_t i = 0; i != reports.size(); ++i) {
        session->steps[i].implementation = reports[i].implementation;
        session->steps[i].note = reports[i].note;
      }
    }
    const dlc_session::StepText &t = session->steps[index];
    *out = {t.implementation.c_str(), t.note.c_str(), t.sources.c_str()};
    return {};
  });
}
dlc_status dlc_session_time_steps(dlc_session *session, int on) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->timeSteps(on != 0);
  });
}
dlc_status dlc_session_step_time(const dlc_session *session, size_t index, dlc_step_time *out) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(out);
    if (index >= session->steps.size())
      return {DLC_NOT_FOUND, "there is no step " + std::to_string(index)};
    *out = session->session->stepTime(uint32_t(index));
    return {};
  });
}
uint64_t dlc_session_compilations(const dlc_session *s) { return s ? s->session->compilations() : 0; }
void dlc_session_memory(const dlc_session *s, uint64_t *arena, uint64_t *state) {
  if (arena)
    *arena = s ? s->session->arenaBytes() : 0;
  if (state)
    *state = s ? s->session->stateBytes() : 0;
}

dlc_status dlc_session_bind_input(dlc_session *session, size_t index, const void *data) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->bindInput(uint32_t(std::min<size_t>(index, UINT32_MAX)), data);
  });
}
dlc_status dlc_session_bind_output(dlc_session *session, size_t index, void *data) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->bindOutput(uint32_t(std::min<size_t>(index, UINT32_MAX)), data);
  });
}
dlc_status dlc_session_set_input(dlc_session *session, size_t index, const void *data, size_t size) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    if (size)
      REQUIRE(data);
    return session->session->setInput(uint32_t(std::min<size_t>(index, UINT32_MAX)), data, size);
  });
}
dlc_status dlc_session_get_output(const dlc_session *session, size_t index, void *data, size_t size) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    if (size)
      REQUIRE(data);
    return session->session->getOutput(uint32_t(std::min<size_t>(index, UINT32_MAX)), data, size);
  });
}
dlc_status dlc_session_set_input_shape(dlc_session *session, size_t index, const int64_t *shape, size_t rank) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    if (rank)
      REQUIRE(shape);
    if (rank > 4096)
      return {DLC_INVALID_ARGUMENT, "a shape of rank " + std::to_string(rank)};
    return session->session->setInputShape(uint32_t(std::min<size_t>(index, UINT32_MAX)),
                                           std::vector<int64_t>(shape, shape + rank));
  });
}
dlc_status dlc_session_input(dlc_session *session, size_t index, dlc_tensor_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(out);
    return session->session->inputInfo(uint32_t(std::min<size_t>(index, UINT32_MAX)), *out);
  });
}
dlc_status dlc_session_output(dlc_session *session, size_t index, dlc_tensor_info *out) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(out);
    return session->session->outputInfo(uint32_t(std::min<size_t>(index, UINT32_MAX)), *out);
  });
}
dlc_status dlc_session_input_data(dlc_session *session, size_t index, void **data) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(data);
    return session->session->inputData(uint32_t(std::min<size_t>(index, UINT32_MAX)), data);
  });
}
dlc_status dlc_session_output_data(dlc_session *session, size_t index, void **data) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(data);
    return session->session->outputData(uint32_t(std::min<size_t>(index, UINT32_MAX)), data);
  });
}

dlc_status dlc_session_run(dlc_session *session) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->run();
  });
}
dlc_status dlc_session_run_async(dlc_session *session) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->runAsync();
  });
}
dlc_status dlc_session_synchronize(dlc_session *session) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->synchronize();
  });
}
dlc_status dlc_session_bind_input_device(dlc_session *session, size_t index, void *pointer) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->bindInputDevice(uint32_t(std::min<size_t>(index, UINT32_MAX)), pointer);
  });
}
dlc_status dlc_session_bind_output_device(dlc_session *session, size_t index, void *pointer) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    return session->session->bindOutputDevice(uint32_t(std::min<size_t>(index, UINT32_MAX)), pointer);
  });
}
dlc_status dlc_session_read(const dlc_session *session, const char *name, void *data, size_t size) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(name);
    if (size)
      REQUIRE(data);
    return session->session->read(name, data, size);
  });
}
dlc_status dlc_session_write(dlc_session *session, const char *name, const void *data, size_t size) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(name);
    if (size)
      REQUIRE(data);
    return session->session->write(name, data, size);
  });
}
dlc_status dlc_session_save(const dlc_session *session, const char *path, const char *note) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(path);
    return session->session->save(path, note);
  });
}
dlc_status dlc_session_load(dlc_session *session, const char *path, dlc_take take) {
  return guarded([&]() -> Status {
    REQUIRE(session);
    REQUIRE(path);
    return session->session->load(path, take);
  });
}
const char *dlc_session_note(const dlc_session *session) { return session ? session->session->note().c_str() : ""; }

} // extern "C"
