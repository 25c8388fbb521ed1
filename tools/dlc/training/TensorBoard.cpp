#include "tools/dlc/training/TensorBoard.h"
#include "tools/dlc/data/Tensor.h"
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace dlc::cli {
namespace {
static_assert(std::endian::native == std::endian::little);

/// The few forms of protobuf's encoding that Event and Summary need.
struct Message {
  std::string bytes;
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  void integer(int field, int64_t value) {
    varint(static_cast<uint64_t>(field) << 3);
    varint(static_cast<uint64_t>(value));
  }
  template <class T> void fixed(int field, T value) {
    varint(static_cast<uint64_t>(field) << 3 | (sizeof(T) == 8 ? 1 : 5));
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  void text(int field, std::string_view value) {
    varint(static_cast<uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes += value;
  }
};

// Field numbers of Event, Summary, Summary.Value and SessionLog.
enum { EventWallTime = 1, EventStep = 2, EventFileVersion = 3, EventSummary = 5, EventSessionLog = 7 };
enum { SummaryValue = 1, ValueTag = 1, ValueSimple = 2, SessionStatus = 1, SessionStart = 1 };

double wallTime() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

Message begin(int64_t step) {
  Message event;
  event.fixed(EventWallTime, wallTime());
  event.integer(EventStep, step);
  return event;
}

constexpr auto table = [] {
  std::array<uint32_t, 256> result{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit)
      c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
    result[i] = c;
  }
  return result;
}();

uint32_t masked(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8u; }
} // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t c = ~0u;
  for (char byte : bytes)
    c = table[(c ^ static_cast<uint8_t>(byte)) & 0xff] ^ c >> 8;
  return ~c;
}

EventFile::EventFile(const std::string &folder, int64_t fromStep) : file(nullptr, std::fclose) {
  char host[65] = "host";
  gethostname(host, sizeof host - 1);
  name = fmt::format("{}/events.out.tfevents.{:010}.{}.{}", folder, static_cast<int64_t>(wallTime()), host, getpid());
  file.reset(std::fopen(name.c_str(), "ab"));
  if (!file)
    throw data::Error(fmt::format("{}: {}", name, std::strerror(errno)));
  Message version = begin(0), session = begin(fromStep), start;
  version.text(EventFileVersion, "brain.Event:2");
  record(version.bytes);
  start.integer(SessionStatus, SessionStart);
  session.text(EventSessionLog, start.bytes);
  record(session.bytes);
}

void EventFile::record(const std::string &event) {
  uint64_t length = event.size();
  std::string head(reinterpret_cast<const char *>(&length), sizeof length);
  uint32_t checks[] = {masked(head), masked(event)};
  std::fwrite(head.data(), 1, head.size(), file.get());
  std::fwrite(&checks[0], 1, 4, file.get());
  std::fwrite(event.data(), 1, event.size(), file.get());
  std::fwrite(&checks[1], 1, 4, file.get());
  if (std::fflush(file.get()) != 0 || std::ferror(file.get()))
    throw data::Error(fmt::format("{}: {}", name, std::strerror(errno)));
}

void EventFile::add(int64_t step, const std::vector<std::pair<std::string, float>> &scalars) {
  Message summary, event = begin(step);
  for (const auto &[tag, number] : scalars) {
    Message value;
    value.text(ValueTag, tag);
    value.fixed(ValueSimple, number);
    summary.text(SummaryValue, value.bytes);
  }
  event.text(EventSummary, summary.bytes);
  record(event.bytes);
}
} // namespace dlc::cli
