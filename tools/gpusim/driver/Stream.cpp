// Streams and events. In the lazy mode work runs when somebody waits: what is read too early is seen to be missing.
#include "tools/gpusim/driver/Api.h"

#include <algorithm>

namespace gpusim::api {
namespace {

constexpr unsigned DisableTiming = 2;

bool idle(const Stream &stream) { return !stream.last || stream.last->done; }

CUresult capturing(Stream &stream) {
  if (!stream.capture)
    return CUDA_SUCCESS;
  stream.capture->broken = true;
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult newStream(CUstream *stream, unsigned flags, int priority) {
  if (!stream || flags > 1)
    return CUDA_ERROR_INVALID_VALUE;
  *stream = driver().streams.add(makeStream(current(), flags, std::clamp(priority, -5, 0)));
  return CUDA_SUCCESS;
}

} // namespace

CUresult cuStreamCreate(CUstream *stream, unsigned flags) { return newStream(stream, flags, 0); }
CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  return newStream(stream, flags, priority);
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  if (!driver().streams.has(stream) || stream->legacy)
    return CUDA_ERROR_INVALID_HANDLE;
  if (stream->last)
    complete(stream->last); // the driver would let it finish by itself
  driver().streams.drop(stream);
  return CUDA_SUCCESS;
}

CUresult cuStreamGetPriority(CUstream handle, int *priority) {
  Stream *stream = resolve(handle);
  if (!stream || !priority)
    return stream ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  *priority = stream->priority;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetFlags(CUstream handle, unsigned *flags) {
  Stream *stream = resolve(handle);
  if (!stream || !flags)
    return stream ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  *flags = stream->flags;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetId(CUstream handle, unsigned long long *id) {
  Stream *stream = resolve(handle);
  if (!stream || !id)
    return stream ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  *id = stream->timeline;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCtx(CUstream handle, CUcontext *context) {
  Stream *stream = resolve(handle);
  if (!stream || !context)
    return stream ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  *context = stream->context;
  return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream handle) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult bad = capturing(*stream))
    return bad;
  return synchronise(*stream);
}

// The first question finds lazy work not ready, and makes it run: who polls sees both answers.
CUresult cuStreamQuery(CUstream handle) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult bad = capturing(*stream))
    return bad;
  if (idle(*stream))
    return synchronise(*stream);
  complete(stream->last);
  return stream->context->failed ? stream->context->failed : CUDA_ERROR_NOT_READY;
}

CUresult cuStreamWaitEvent(CUstream handle, CUevent event, unsigned) {
  Stream *stream = resolve(handle);
  if (!stream || !driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture) {
    if (stream->capture && stream->capture != event->capture)
      return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    stream->capture = event->capture;
    for (GraphNode *tip : event->tips)
      if (std::find(stream->tips.begin(), stream->tips.end(), tip) == stream->tips.end())
        stream->tips.push_back(tip);
    return CUDA_SUCCESS;
  }
  if (stream->capture)
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  if (event->recorded)
    stream->waits.push_back(event->recorded);
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
  if (!event || flags > 7)
    return CUDA_ERROR_INVALID_VALUE;
  auto made = std::make_unique<Event>();
  made->context = current();
  made->flags = flags;
  *event = driver().events.add(std::move(made));
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent event) {
  if (!driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  driver().events.drop(event);
  return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream handle) {
  Stream *stream = resolve(handle);
  if (!stream || !driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  event->capture = stream->capture;
  event->tips = stream->tips;
  if (!stream->capture)
    event->recorded = enqueue(*stream, nullptr);
  return CUDA_SUCCESS;
}
CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return flags > 1 ? CUDA_ERROR_INVALID_VALUE : cuEventRecord(event, stream);
}

CUresult cuEventQuery(CUevent event) {
  if (!driver().events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (!event->recorded)
    return CUDA_SUCCESS;
  if (event->recorded->done)
    return cuEventSynchronize(event);
  complete(event->recorded);
  return event->context->failed ? event->context->failed : CUDA_ERROR_NOT_READY;
}

CUresult cuEventSynchronize(CUevent event) {
  Driver &d = driver();
  if (!d.events.has(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (event->capture)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (event->recorded) {
    complete(event->recorded);
    d.host.join(event->recorded->known);
    d.host.add(event->recorded->timeline, event->recorded->position);
  }
  return event->context->failed;
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent from, CUevent to) {
  Driver &d = driver();
  if (!milliseconds)
    return CUDA_ERROR_INVALID_VALUE;
  if (!d.events.has(from) || !d.events.has(to) || (from->flags | to->flags) & DisableTiming || !from->recorded ||
      !to->recorded)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!from->recorded->done || !to->recorded->done)
    return CUDA_ERROR_NOT_READY;
  *milliseconds = float((to->recorded->finished - from->recorded->finished) * 1e3);
  return CUDA_SUCCESS;
}
CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent from, CUevent to) {
  return cuEventElapsedTime(milliseconds, from, to);
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void *data) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!function)
    return CUDA_ERROR_INVALID_VALUE;
  return submit(*stream, CUDA_HOST_NODE_PARAMS{function, data});
}

} // namespace gpusim::api
