// Streams as queues of operations, and who is known to be done before whom.
#include "tools/gpusim/driver/State.h"

#include <chrono>

namespace gpusim {
namespace {

constexpr size_t MostPending = 4096; // of a stream: then it runs although nobody waits

void learn(Operation &operation, const OperationPtr &earlier) {
  if (!earlier)
    return;
  operation.known.join(earlier->known);
  operation.known.add(earlier->timeline, earlier->position);
  if (!earlier->done && earlier->stream != operation.stream)
    operation.after.push_back(earlier);
}

// Everything that was ever begun is done and waited for: the checker may forget who did what.
void settle() {
  Driver &d = driver();
  if (!d.checker)
    return;
  bool all = true;
  d.streams.each(
      [&](Stream &s) { all &= s.pending.empty() && (!s.last || d.host.includes(s.last->timeline, s.last->position)); });
  if (all)
    d.checker->allDone();
}

} // namespace

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

std::unique_ptr<Stream> makeStream(Context *context, unsigned flags, int priority) {
  auto stream = std::make_unique<Stream>();
  stream->context = context;
  stream->flags = flags;
  stream->priority = priority;
  stream->timeline = ++driver().timelines;
  return stream;
}

Stream *resolve(CUstream handle) {
  Driver &d = driver();
  auto number = reinterpret_cast<uintptr_t>(handle);
  if (number <= 2) // NULL, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD: one stream for all threads
    return d.contexts.has(current()) ? current()->legacy : nullptr;
  return d.streams.has(handle) ? handle : nullptr;
}

OperationPtr enqueue(Stream &stream, std::function<CUresult(const Operation &)> work) {
  Driver &d = driver();
  auto operation = std::make_shared<Operation>();
  operation->stream = &stream;
  operation->timeline = stream.timeline;
  operation->position = ++stream.position;
  operation->known = d.host;
  operation->work = std::move(work);
  learn(*operation, stream.last);
  for (const OperationPtr &wait : stream.waits)
    learn(*operation, wait);
  stream.waits.clear();
  // The NULL stream waits for all blocking streams, and they for it.
  if (stream.legacy)
    d.streams.each([&](Stream &other) {
      if (&other != &stream && other.context == stream.context && !(other.flags & 1))
        learn(*operation, other.last);
    });
  else if (!(stream.flags & 1))
    learn(*operation, stream.context->legacy->last);
  stream.last = operation;
  stream.pending.push_back(operation);
  if (!d.lazy || stream.pending.size() > MostPending)
    complete(operation);
  return operation;
}

void complete(const OperationPtr &wanted) {
  while (!wanted->done) {
    Stream &stream = *wanted->stream;
    OperationPtr head = stream.pending.front();
    for (const OperationPtr &before : std::vector<OperationPtr>(head->after))
      complete(before);
    if (head->done)
      continue;
    stream.pending.pop_front();
    Context &context = *stream.context;
    if (head->work && context.failed == CUDA_SUCCESS)
      if (CUresult result = head->work(*head); result != CUDA_SUCCESS)
        context.failed = result;
    head->done = true;
    head->finished = now();
    head->work = nullptr;
    head->after.clear();
  }
}

CUresult synchronise(Stream &stream) {
  if (stream.last) {
    complete(stream.last);
    driver().host.join(stream.last->known);
    driver().host.add(stream.last->timeline, stream.last->position);
    settle();
  }
  return stream.context->failed;
}

CUresult synchronise(Context &context) {
  driver().streams.each([&](Stream &stream) {
    if (stream.context == &context)
      synchronise(stream);
  });
  return context.failed;
}

void synchroniseAll() {
  driver().streams.each([](Stream &stream) { synchronise(stream); });
}

TaskPtr makeTask(const Operation &operation, std::string name) {
  auto task = std::make_shared<Task>();
  task->name = std::move(name);
  task->timeline = operation.timeline;
  task->position = operation.position;
  task->known = operation.known;
  return task;
}

} // namespace gpusim
