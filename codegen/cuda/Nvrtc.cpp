#include "codegen/cuda/Nvrtc.h"
#include "runtime/cuda/KernelCache.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <cstring>

using namespace llvm;

namespace dlc {

Expected<Nvrtc> Nvrtc::open() {
  nvrtc::Absence absence;
  if (const nvrtc::Library *library = nvrtc::open(absence))
    return Nvrtc(library);
  if (!absence.tooOld.empty())
    return createStringError(absence.tooOld);
  return createStringError("NVRTC not found: no libnvrtc.so could be opened. Looked at:\n  " +
                           join(absence.looked, "\n  ") +
                           "\nRun tools/setup, or set DLC_NVRTC to the library or the folder that holds it.");
}

std::vector<KernelResources> parsePtxasLog(StringRef log) {
  std::vector<KernelResources> kernels;
  auto numberBefore = [](StringRef line, StringRef what) {
    size_t end = line.find(what);
    if (end == StringRef::npos)
      return 0;
    StringRef head = line.take_front(end).rtrim();
    size_t begin = head.find_last_not_of("0123456789");
    int value = 0;
    head.substr(begin + 1).getAsInteger(10, value);
    return value;
  };
  SmallVector<StringRef> lines;
  log.split(lines, '\n');
  bool inEntry = false;
  for (StringRef line : lines) {
    if (size_t at = line.find("Compiling entry function '"); at != StringRef::npos) {
      StringRef name = line.substr(at + 26).split('\'').first;
      kernels.push_back({name.str()});
      inEntry = true;
    } else if (line.contains("Function properties for")) {
      // A called device function has its own lines; they are no kernel's.
      inEntry = !kernels.empty() && line.trim().ends_with(kernels.back().kernel);
    } else if (inEntry && line.contains("bytes stack frame")) {
      kernels.back().stackBytes = numberBefore(line, " bytes stack frame");
      kernels.back().spillStores = numberBefore(line, " bytes spill stores");
      kernels.back().spillLoads = numberBefore(line, " bytes spill loads");
    } else if (inEntry && line.contains("Used ")) {
      kernels.back().registers = numberBefore(line, " registers");
      kernels.back().sharedBytes = numberBefore(line, " bytes smem");
    }
  }
  return kernels;
}

namespace {
/// PTX, cubin and log, each behind its length: an entry of the cache.
std::string pack(const NvrtcOutput &output) {
  std::string bytes;
  for (const std::string *part : {&output.ptx, &output.cubin, &output.log}) {
    uint64_t size = part->size();
    bytes.append(reinterpret_cast<const char *>(&size), sizeof size);
    bytes += *part;
  }
  return bytes;
}

/// False where the entry is none of pack()'s.
bool unpack(StringRef bytes, NvrtcOutput &output) {
  for (std::string *part : {&output.ptx, &output.cubin, &output.log}) {
    uint64_t size = 0;
    if (bytes.size() < sizeof size)
      return false;
    std::memcpy(&size, bytes.data(), sizeof size);
    bytes = bytes.drop_front(sizeof size);
    if (bytes.size() < size)
      return false;
    *part = bytes.take_front(size).str();
    bytes = bytes.drop_front(size);
  }
  return bytes.empty();
}

/// NVRTC puts the folder that it is run in before the names in `.file`: the same text would differ by where it is
/// compiled. Names become those that were given.
std::string withoutFolder(StringRef ptx, StringRef file, ArrayRef<NvrtcHeader> headers) {
  std::string result;
  while (!ptx.empty()) {
    auto [line, rest] = ptx.split('\n');
    bool ends = line.size() < ptx.size();
    ptx = rest;
    size_t begin = line.trim().starts_with(".file") ? line.find('"') : StringRef::npos, end = line.rfind('"');
    if (begin != StringRef::npos && begin < end) {
      StringRef path = line.slice(begin + 1, end), name;
      auto isNamed = [&](StringRef known) { return path.ends_with(("/" + known).str()) && known.size() > name.size(); };
      if (isNamed(file))
        name = file;
      for (const NvrtcHeader &header : headers)
        if (isNamed(header.name))
          name = header.name;
      result += line.take_front(begin + 1).str() + (name.empty() ? path : name).str() + line.drop_front(end).str();
    } else {
      result += line.str();
    }
    result += ends ? "\n" : "";
  }
  return result;
}
} // namespace

Expected<NvrtcOutput> Nvrtc::compile(StringRef text, StringRef name, StringRef arch, ArrayRef<NvrtcHeader> headers,
                                     ArrayRef<std::string> options) const {
  using rt::cuda::KernelCache;
  bool ptxOnly = arch.starts_with("compute_");
  std::vector<std::string> all = {"--gpu-architecture=" + arch.str(), "--std=c++20",
                                  ptxOnly ? "--generate-line-info" : "--ptxas-options=-v"};
  all.insert(all.end(), options.begin(), options.end());

  std::string everything = text.str(), file = name.str(), target = arch.str();
  for (const NvrtcHeader &header : headers)
    everything += '\0' + header.name + '\0' + header.text;
  // PTX with lines names the file; "compile" keeps these entries apart from the runtime's.
  std::string settings = "compile 2\n" + (ptxOnly ? file : "") + '\n' + join(all, "\n");

  std::optional<NvrtcOutput> fresh;
  std::string problem, entry;
  auto make = [&](std::string &out) -> rt::Status {
    auto made = compileAnew(text.str(), file, arch, headers, all);
    if (!made) {
      problem = toString(made.takeError());
      return {DLC_INTERNAL, problem};
    }
    out = pack(*made);
    fresh = std::move(*made);
    return {};
  };
  rt::Status status =
      KernelCache(KernelCache::defaultFolder()).get({everything, settings, version(), target}, make, {}, entry);
  if (!status.ok())
    return createStringError(status.message());
  if (fresh)
    return std::move(*fresh);
  NvrtcOutput output;
  if (!unpack(entry, output))
    return compileAnew(text.str(), file, arch, headers, all);
  output.kernels = parsePtxasLog(output.log);
  output.cached = true;
  return output;
}

Expected<NvrtcOutput> Nvrtc::compileAnew(const std::string &source, const std::string &file, StringRef arch,
                                         ArrayRef<NvrtcHeader> headers, ArrayRef<std::string> options) const {
  struct Program {
    const nvrtc::Library *api;
    void *handle = nullptr;
    ~Program() {
      if (handle)
        api->nvrtcDestroyProgram(&handle);
    }
  } program{api};
  auto fail = [&](int result, const char *what) {
    return createStringError(std::string(what) + ": " + api->nvrtcGetErrorString(result) + " (" + file + ", " +
                             arch.str() + ", NVRTC " + version() + ")");
  };

  auto begin = std::chrono::steady_clock::now();
  SmallVector<const char *> headerTexts, headerNames;
  for (const NvrtcHeader &header : headers) {
    headerTexts.push_back(header.text.c_str());
    headerNames.push_back(header.name.c_str());
  }
  if (int result = api->nvrtcCreateProgram(&program.handle, source.c_str(), file.c_str(), int(headers.size()),
                                           headerTexts.data(), headerNames.data()))
    return fail(result, "nvrtcCreateProgram");

  SmallVector<const char *> pointers;
  for (const std::string &option : options)
    pointers.push_back(option.c_str());
  int result = api->nvrtcCompileProgram(program.handle, int(pointers.size()), pointers.data());

  NvrtcOutput output;
  auto read = [&](auto sizeOf, auto get, std::string &into) {
    size_t size = 0;
    if (int code = sizeOf(program.handle, &size))
      return code;
    into.resize(size);
    return size ? get(program.handle, into.data()) : 0;
  };
  read(api->nvrtcGetProgramLogSize, api->nvrtcGetProgramLog, output.log);
  output.log = StringRef(output.log).rtrim('\0').str();
  if (result)
    return createStringError("NVRTC " + version() + " refused " + file + " for " + arch.str() + ": " +
                             api->nvrtcGetErrorString(result) + "\n" + output.log);
  if (int code = read(api->nvrtcGetPTXSize, api->nvrtcGetPTX, output.ptx))
    return fail(code, "nvrtcGetPTX");
  output.ptx = withoutFolder(StringRef(output.ptx).rtrim('\0'), file, headers);
  if (!arch.starts_with("compute_"))
    if (int code = read(api->nvrtcGetCUBINSize, api->nvrtcGetCUBIN, output.cubin))
      return fail(code, "nvrtcGetCUBIN");
  output.kernels = parsePtxasLog(output.log);
  output.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return output;
}

} // namespace dlc
