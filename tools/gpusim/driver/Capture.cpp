// Stream capture: work put into a stream becomes nodes of a graph.
#include "tools/gpusim/driver/Api.h"

#include <algorithm>
#include <set>

namespace gpusim::api {

CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
  Driver &d = driver();
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (mode < 0 || mode > 2)
    return CUDA_ERROR_INVALID_VALUE;
  if (stream->legacy)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (stream->capture)
    return CUDA_ERROR_ILLEGAL_STATE;
  stream->capture = std::make_shared<Capture>();
  stream->capture->graph = d.graphs.add(std::make_unique<Graph>());
  stream->capture->origin = stream;
  stream->capture->id = ++d.ids;
  return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph *graph) {
  Driver &d = driver();
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!graph)
    return CUDA_ERROR_INVALID_VALUE;
  *graph = nullptr;
  std::shared_ptr<Capture> capture = stream->capture;
  if (!capture)
    return CUDA_ERROR_ILLEGAL_STATE;
  if (capture->origin != stream)
    return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  std::set<GraphNode *> joined;
  std::vector<GraphNode *> open = stream->tips;
  while (!open.empty()) {
    GraphNode *node = open.back();
    open.pop_back();
    if (joined.insert(node).second)
      open.insert(open.end(), node->after.begin(), node->after.end());
  }
  bool unjoined = false;
  d.streams.each([&](Stream &other) {
    if (other.capture != capture)
      return;
    for (GraphNode *tip : other.tips)
      unjoined |= !joined.count(tip);
    other.capture = nullptr;
    other.tips.clear();
  });
  d.events.each([&](Event &event) {
    if (event.capture == capture)
      event.capture = nullptr, event.tips.clear();
  });
  if (capture->broken || unjoined) {
    destroyGraph(capture->graph);
    return capture->broken ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  }
  *graph = capture->graph;
  return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(CUstream handle, int *status) {
  Stream *stream = resolve(handle);
  if (!stream || !status)
    return stream ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
  *status = !stream->capture ? 0 : stream->capture->broken ? 2 : 1;
  return CUDA_SUCCESS;
}

CUresult cuStreamGetCaptureInfo_v2(CUstream handle, int *status, uint64_t *id, CUgraph *graph,
                                   const CUgraphNode **after, size_t *count) {
  if (CUresult bad = cuStreamIsCapturing(handle, status))
    return bad;
  Stream *stream = resolve(handle);
  if (!stream->capture)
    return CUDA_SUCCESS;
  if (id)
    *id = stream->capture->id;
  if (graph)
    *graph = stream->capture->graph;
  if (after)
    *after = stream->tips.data();
  if (count)
    *count = stream->tips.size();
  return CUDA_SUCCESS;
}

CUresult cuThreadExchangeStreamCaptureMode(int *mode) {
  static thread_local int own = 0;
  if (!mode || *mode < 0 || *mode > 2)
    return CUDA_ERROR_INVALID_VALUE;
  std::swap(own, *mode);
  return CUDA_SUCCESS;
}

} // namespace gpusim::api
