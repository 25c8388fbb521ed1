#include "frontend/onnx/File.h"
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dlc {

std::shared_ptr<const MappedFile> MappedFile::open(const std::string &path, std::string &error) {
  auto fail = [&](int code) {
    error = path + ": cannot be read: " + std::strerror(code);
    return nullptr;
  };
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not hold us up before it is refused
  if (fd < 0)
    return fail(errno);
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    int code = S_ISDIR(info.st_mode) ? EISDIR : S_ISREG(info.st_mode) ? errno : EINVAL;
    ::close(fd);
    return fail(code);
  }
  std::shared_ptr<MappedFile> file(new MappedFile);
  if (info.st_size > 0) {
    void *at = mmap(nullptr, info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) {
      int code = errno;
      ::close(fd);
      return fail(code);
    }
    file->begin = static_cast<const char *>(at);
    file->length = info.st_size;
  }
  ::close(fd);
  return file;
}

MappedFile::~MappedFile() {
  if (begin)
    munmap(const_cast<char *>(begin), length);
}

int64_t OnnxModel::opset(const std::string &domain) const {
  for (const auto &import : proto.opset_import())
    if (import.domain() == domain || (domain.empty() && import.domain() == "ai.onnx"))
      return import.version();
  // Files from before opset imports existed (IR version below 3) are opset 1.
  return domain.empty() && proto.ir_version() < 3 ? 1 : 0;
}

namespace {

// What the file begins with, for messages about files that are something else.
std::string describeStart(const MappedFile &file) {
  std::string_view head(file.data(), std::min<size_t>(file.size(), 64));
  if (head.empty())
    return "the file is empty";
  if (head.starts_with("version https://git-lfs"))
    return "it is a Git LFS pointer, not the model itself";
  if (head.starts_with("PK"))
    return "it is a zip archive";
  if (head.starts_with("<"))
    return "it looks like HTML or XML";
  return std::to_string(file.size()) + " bytes";
}

bool parse(const MappedFile &file, google::protobuf::MessageLite &message) {
  auto *quiet = google::protobuf::SetLogHandler(nullptr);
  bool good = false;
  if (file.size() <= INT_MAX) {
    google::protobuf::io::ArrayInputStream bytes(file.data(), int(file.size()));
    google::protobuf::io::CodedInputStream stream(&bytes);
    stream.SetRecursionLimit(256);
    good = message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
  }
  google::protobuf::SetLogHandler(quiet);
  return good;
}

} // namespace

bool readOnnx(const std::string &path, OnnxModel &model, std::string &error) {
  auto file = MappedFile::open(path, error);
  if (!file)
    return false;
  model.path = path;
  if (file->size() > INT_MAX) {
    error = path + ": " + std::to_string(file->size()) +
            " bytes, but protobuf messages end at 2 GiB; store the weights as external data";
    return false;
  }
  if (file->size() == 0 || !parse(*file, model.proto)) {
    error = path + ": truncated or not an ONNX model (protobuf parsing failed; " + describeStart(*file) + ")";
    return false;
  }
  if (!model.proto.has_graph()) {
    error = path + ": not an ONNX model: it holds no graph (" + describeStart(*file) + ")";
    return false;
  }
  if (model.proto.ir_version() >= 3 && model.proto.opset_import_size() == 0) {
    error = path + ": truncated or broken ONNX model: no opset_import (IR version " +
            std::to_string(model.proto.ir_version()) + " wants one)";
    return false;
  }
  return true;
}

bool readTensorFile(const std::string &path, Tensor &tensor, std::string &error) {
  auto file = MappedFile::open(path, error);
  if (!file)
    return false;
  onnx::TensorProto proto;
  if (!parse(*file, proto)) {
    error = path + ": truncated or not an ONNX tensor (" + describeStart(*file) + ")";
    return false;
  }
  if (proto.data_type() == 0) {
    error = path + ": not a tensor (a sequence, map or optional perhaps)";
    return false;
  }
  size_t slash = path.rfind('/');
  if (tensorFromProto(proto, slash == std::string::npos ? "." : path.substr(0, slash), tensor, error))
    return true;
  error = path + ": " + error;
  return false;
}

} // namespace dlc
