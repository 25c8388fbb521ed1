// Copies and fills: what they are, whether their addresses are valid, and their carrying out.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <cstring>

namespace gpusim {
namespace {

// Device memory, or memory of the host that the simulator gave out: such an address must lie in something live.
bool known(uint64_t address) { return inReserved(address, 1); }

bool usable(uint64_t address, size_t rows, size_t width, size_t pitch, bool device) {
  if (!address)
    return false;
  uint64_t bytes = (rows - 1) * pitch + width;
  return device || known(address) ? allocations().holds(address, bytes) : true;
}

template <typename F> void eachRow(const Copy &c, F f) {
  for (size_t z = 0; z < c.depth; ++z)
    for (size_t y = 0; y < c.height; ++y)
      f(c.to + z * c.toSlice + y * c.toPitch, c.from + z * c.fromSlice + y * c.fromPitch);
}

CUresult invalid(const char *name, const char *what, uint64_t address, uint64_t bytes) {
  driverReport("invalid-pointer", name, std::string("is given ") + what + " that is not within one live allocation",
               address, bytes);
  return CUDA_ERROR_INVALID_VALUE;
}

struct Direction {
  bool toDevice = false, fromDevice = false;
};
Direction directionOf(const Copy &c) { return {allocations().holds(c.to, 1), allocations().holds(c.from, 1)}; }

} // namespace

Copy flatCopy(const char *name, uint64_t to, uint64_t from, size_t bytes) {
  Copy copy;
  copy.name = name, copy.to = to, copy.from = from, copy.width = bytes;
  return copy;
}

bool makeCopy(const CUDA_MEMCPY3D &p, Copy &c) {
  if (p.srcMemoryType == MemoryArray || p.dstMemoryType == MemoryArray || p.srcLOD || p.dstLOD)
    return false; // there are no textures
  auto pointer = [](int type, const void *host, CUdeviceptr device) {
    return type == MemoryHost ? reinterpret_cast<uint64_t>(host) : uint64_t(device);
  };
  c.name = "memcpy node";
  c.width = p.WidthInBytes, c.height = p.Height, c.depth = p.Depth;
  c.toPitch = p.dstPitch ? p.dstPitch : c.width, c.fromPitch = p.srcPitch ? p.srcPitch : c.width;
  c.toSlice = c.toPitch * (p.dstHeight ? p.dstHeight : c.height);
  c.fromSlice = c.fromPitch * (p.srcHeight ? p.srcHeight : c.height);
  c.to = pointer(p.dstMemoryType, p.dstHost, p.dstDevice) + p.dstXInBytes + p.dstY * c.toPitch + p.dstZ * c.toSlice;
  c.from =
      pointer(p.srcMemoryType, p.srcHost, p.srcDevice) + p.srcXInBytes + p.srcY * c.fromPitch + p.srcZ * c.fromSlice;
  bool rows = c.height < 2 || (c.toPitch >= c.width && c.fromPitch >= c.width);
  return rows && (p.dstMemoryType != MemoryDevice || known(c.to)) && (p.srcMemoryType != MemoryDevice || known(c.from));
}

CUresult checkCopy(const Copy &c) {
  if (!c.width || !c.height || !c.depth)
    return CUDA_SUCCESS;
  uint64_t toRows = (c.depth - 1) * c.toSlice + (c.height - 1) * c.toPitch + c.width;
  uint64_t fromRows = (c.depth - 1) * c.fromSlice + (c.height - 1) * c.fromPitch + c.width;
  if (!usable(c.to, 1, toRows, 0, false))
    return invalid(c.name, "a destination", c.to, toRows);
  if (!usable(c.from, 1, fromRows, 0, false))
    return invalid(c.name, "a source", c.from, fromRows);
  return CUDA_SUCCESS;
}

CUresult checkFill(const Fill &f) {
  if (!f.width || !f.height)
    return CUDA_SUCCESS;
  if ((f.element != 1 && f.element != 2 && f.element != 4) || f.to % f.element || (f.height > 1 && f.pitch % f.element))
    return CUDA_ERROR_INVALID_VALUE;
  if (!usable(f.to, f.height, f.width * f.element, f.pitch, true))
    return invalid(f.name, "a destination", f.to, f.width * f.element);
  return CUDA_SUCCESS;
}

CUresult runCopy(const Copy &c, TaskPtr task) {
  Checker *checker = driver().checker.get();
  if (checkCopy(c) != CUDA_SUCCESS) // freed since it was put into the stream
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  Direction way = directionOf(c);
  if (checker)
    checker->begin(task);
  eachRow(c, [&](uint64_t to, uint64_t from) {
    if (checker && way.fromDevice && !way.toDevice)
      checker->driverReads(task, from, c.width);
    else if (checker && way.fromDevice)
      checker->driverMoves(task, to, from, c.width);
    else if (checker && way.toDevice)
      checker->driverWrites(task, to, c.width);
    memmove(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), c.width);
  });
  if (checker)
    checker->end(task);
  return CUDA_SUCCESS;
}

CUresult runFill(const Fill &f, TaskPtr task) {
  Checker *checker = driver().checker.get();
  if (checkFill(f) != CUDA_SUCCESS)
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  if (checker)
    checker->begin(task);
  for (size_t y = 0; y < f.height; ++y) {
    uint64_t row = f.to + y * f.pitch;
    if (checker)
      checker->driverWrites(task, row, f.width * f.element);
    if (f.element == 1)
      memset(reinterpret_cast<void *>(row), int(f.value), f.width);
    else
      for (size_t x = 0; x < f.width; ++x)
        memcpy(reinterpret_cast<void *>(row + x * f.element), &f.value, f.element); // little-endian
  }
  if (checker)
    checker->end(task);
  return CUDA_SUCCESS;
}

CUresult submit(Stream &stream, const Copy &copy) {
  if (CUresult bad = checkCopy(copy))
    return bad;
  if (stream.capture) {
    addNode(*stream.capture->graph, NodeType::Memcpy, stream.tips.data(), stream.tips.size())->copy = copy;
    stream.tips = {stream.capture->graph->nodes.back().get()};
    return CUDA_SUCCESS;
  }
  Direction way = directionOf(copy);
  // From pageable memory the driver has taken the bytes when it returns; to it, it returns when they are there.
  auto staged = std::make_shared<std::vector<char>>();
  Copy later = copy;
  if (!way.fromDevice && driver().lazy && copy.height == 1 && copy.depth == 1) {
    auto *bytes = reinterpret_cast<const char *>(copy.from);
    staged->assign(bytes, bytes + copy.width);
    later.from = reinterpret_cast<uint64_t>(staged->data());
  }
  enqueue(stream, [later, staged](const Operation &o) { return runCopy(later, makeTask(o, later.name)); });
  return way.toDevice ? CUDA_SUCCESS : synchronise(stream);
}

CUresult submit(Stream &stream, const Fill &fill) {
  if (CUresult bad = checkFill(fill))
    return bad;
  if (stream.capture) {
    addNode(*stream.capture->graph, NodeType::Memset, stream.tips.data(), stream.tips.size())->fill = fill;
    stream.tips = {stream.capture->graph->nodes.back().get()};
    return CUDA_SUCCESS;
  }
  enqueue(stream, [fill](const Operation &o) { return runFill(fill, makeTask(o, fill.name)); });
  return CUDA_SUCCESS;
}

namespace api {
namespace {

CUresult copyAsync(const char *name, uint64_t to, uint64_t from, size_t bytes, CUstream handle, bool toDevice,
                   bool fromDevice) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!bytes)
    return CUDA_SUCCESS;
  if (toDevice && !allocations().holds(to, bytes))
    return invalid(name, "a destination", to, bytes);
  if (fromDevice && !allocations().holds(from, bytes))
    return invalid(name, "a source", from, bytes);
  return submit(*stream, flatCopy(name, to, from, bytes));
}

CUresult copyNow(const char *name, uint64_t to, uint64_t from, size_t bytes, bool toDevice, bool fromDevice) {
  if (CUresult bad = copyAsync(name, to, from, bytes, nullptr, toDevice, fromDevice))
    return bad;
  return synchronise(*current()->legacy);
}

uint64_t number(const void *pointer) { return reinterpret_cast<uint64_t>(pointer); }

CUresult fillAsync(const char *name, CUdeviceptr to, unsigned value, unsigned element, size_t width, size_t height,
                   size_t pitch, CUstream handle) {
  Stream *stream = resolve(handle);
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  Fill fill;
  fill.name = name, fill.to = to, fill.value = value, fill.element = element;
  fill.width = width, fill.height = height, fill.pitch = pitch;
  return width && height ? submit(*stream, fill) : CUDA_SUCCESS;
}

CUresult fillNow(const char *name, CUdeviceptr to, unsigned value, unsigned element, size_t count) {
  if (CUresult bad = fillAsync(name, to, value, element, count, 1, 0, nullptr))
    return bad;
  return synchronise(*current()->legacy);
}

CUDA_MEMCPY3D widen(const CUDA_MEMCPY2D &p) {
  CUDA_MEMCPY3D wide{};
  wide.srcXInBytes = p.srcXInBytes, wide.srcY = p.srcY, wide.srcMemoryType = p.srcMemoryType, wide.srcHost = p.srcHost;
  wide.srcDevice = p.srcDevice, wide.srcPitch = p.srcPitch, wide.dstXInBytes = p.dstXInBytes, wide.dstY = p.dstY;
  wide.dstMemoryType = p.dstMemoryType, wide.dstHost = p.dstHost, wide.dstDevice = p.dstDevice;
  wide.dstPitch = p.dstPitch, wide.WidthInBytes = p.WidthInBytes, wide.Height = p.Height, wide.Depth = 1;
  return wide;
}

} // namespace

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t n) { return copyNow("cuMemcpy", to, from, n, false, false); }
CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t n) {
  return copyNow("cuMemcpyHtoD", to, number(from), n, true, false);
}
CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t n) {
  return copyNow("cuMemcpyDtoH", number(to), from, n, false, true);
}
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) {
  return copyNow("cuMemcpyDtoD", to, from, n, true, true);
}
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream stream) {
  return copyAsync("cuMemcpyAsync", to, from, n, stream, false, false);
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, CUstream stream) {
  return copyAsync("cuMemcpyHtoDAsync", to, number(from), n, stream, true, false);
}
CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, CUstream stream) {
  return copyAsync("cuMemcpyDtoHAsync", number(to), from, n, stream, false, true);
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream stream) {
  return copyAsync("cuMemcpyDtoDAsync", to, from, n, stream, true, true);
}

CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *params, CUstream handle) {
  Stream *stream = resolve(handle);
  Copy copy;
  if (!stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!params || !makeCopy(*params, copy))
    return CUDA_ERROR_INVALID_VALUE;
  copy.name = "cuMemcpy3DAsync";
  return copy.width && copy.height && copy.depth ? submit(*stream, copy) : CUDA_SUCCESS;
}
CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *params) {
  CUresult bad = cuMemcpy3DAsync_v2(params, nullptr);
  return bad ? bad : synchronise(*current()->legacy);
}
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *params, CUstream stream) {
  if (!params)
    return CUDA_ERROR_INVALID_VALUE;
  CUDA_MEMCPY3D wide = widen(*params);
  return cuMemcpy3DAsync_v2(&wide, stream);
}
CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *params) {
  CUresult bad = cuMemcpy2DAsync_v2(params, nullptr);
  return bad ? bad : synchronise(*current()->legacy);
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char v, size_t n) { return fillNow("cuMemsetD8", to, v, 1, n); }
CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short v, size_t n) { return fillNow("cuMemsetD16", to, v, 2, n); }
CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned v, size_t n) { return fillNow("cuMemsetD32", to, v, 4, n); }
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char v, size_t n, CUstream s) {
  return fillAsync("cuMemsetD8Async", to, v, 1, n, 1, 0, s);
}
CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short v, size_t n, CUstream s) {
  return fillAsync("cuMemsetD16Async", to, v, 2, n, 1, 0, s);
}
CUresult cuMemsetD32Async(CUdeviceptr to, unsigned v, size_t n, CUstream s) {
  return fillAsync("cuMemsetD32Async", to, v, 4, n, 1, 0, s);
}
CUresult cuMemsetD2D8Async(CUdeviceptr to, size_t pitch, unsigned char v, size_t width, size_t height, CUstream s) {
  return fillAsync("cuMemsetD2D8Async", to, v, 1, width, height, pitch, s);
}
CUresult cuMemsetD2D32Async(CUdeviceptr to, size_t pitch, unsigned v, size_t width, size_t height, CUstream s) {
  return fillAsync("cuMemsetD2D32Async", to, v, 4, width, height, pitch, s);
}

} // namespace api
} // namespace gpusim
