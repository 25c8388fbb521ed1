// Fences, sleeping, traps, and the functions that every module may call: vprintf, __assertfail,
// cudaGraphSetConditional.
#include "tools/gpusim/exec/Kernel.h"
#include "tools/gpusim/ops/Lanes.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace gpusim {

using ptx::OperandKind;
using ptx::Type;

namespace {

void nothing(const Op &, Warp &, LaneMask) {}

enum : uint16_t { Proxy = 1 };
/// imm: order | scope << 8.
void fence(const Op &op, Warp &w, LaneMask mask) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (w.block->observer)
    w.block->observer->fence(w.place, mask, Order(op.imm & 0xff), Scope(op.imm >> 8), op.flags & Proxy, w.opIndex(op));
}

Flow trap(const Op &op, Warp &w, LaneMask mask) {
  return w.fail(op, LaunchOutcome::Trap, "trap", std::countr_zero(mask));
}

// --- calls: arguments lie in local memory, at the offsets of Op::list ---
const uint8_t *argument(const Warp &w, int lane, uint32_t offset) {
  const Block &b = *w.block;
  return b.local + size_t(w.index * Lanes + uint32_t(lane)) * b.localBytes + offset;
}
uint64_t argument64(const Warp &w, int lane, uint32_t offset) {
  uint64_t v;
  std::memcpy(&v, argument(w, lane, offset), 8);
  return v;
}
std::string stringAt(const Warp &w, int lane, uint64_t address) {
  std::string text;
  for (; text.size() < 4096; ++address) {
    const uint8_t *p = genericPointer(w, lane, address, 1);
    if (!p || !*p)
      break;
    text += char(*p);
  }
  return text;
}

/// printf of CUDA: arguments are aligned to their own size, floats come as doubles.
std::string format(const Warp &w, int lane, const std::string &pattern, uint64_t arguments) {
  std::string out;
  uint64_t at = arguments;
  auto take = [&](uint32_t bytes) {
    at = (at + bytes - 1) / bytes * bytes;
    uint64_t v = 0;
    if (const uint8_t *p = genericPointer(w, lane, at, bytes))
      std::memcpy(&v, p, bytes);
    at += bytes;
    return v;
  };
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    std::string spec = "%";
    size_t longs = 0;
    for (++i; i < pattern.size() && std::strchr("-+ #0123456789.*hlLjzt", pattern[i]); ++i) {
      if (pattern[i] == '*')
        spec += std::to_string(int(take(4)));
      else if (pattern[i] == 'l' || pattern[i] == 'j' || pattern[i] == 'z' || pattern[i] == 't')
        ++longs;
      else if (pattern[i] != 'h' && pattern[i] != 'L')
        spec += pattern[i];
    }
    char kind = i < pattern.size() ? pattern[i] : '%';
    char text[512];
    text[0] = 0;
    if (kind == '%')
      std::strcpy(text, "%");
    else if (std::strchr("di", kind))
      std::snprintf(text, sizeof text, (spec + "lld").c_str(),
                    longs ? (long long)take(8) : (long long)int32_t(take(4)));
    else if (std::strchr("uoxX", kind))
      std::snprintf(text, sizeof text, (spec + "ll" + kind).c_str(), (unsigned long long)take(longs ? 8 : 4));
    else if (std::strchr("fFeEgGaA", kind))
      std::snprintf(text, sizeof text, (spec + kind).c_str(), std::bit_cast<double>(take(8)));
    else if (kind == 'c')
      std::snprintf(text, sizeof text, (spec + kind).c_str(), int(take(4)));
    else if (kind == 'p')
      std::snprintf(text, sizeof text, (spec + kind).c_str(), reinterpret_cast<void *>(take(8)));
    else if (kind == 's')
      std::snprintf(text, sizeof text, (spec + kind).c_str(), stringAt(w, lane, take(8)).c_str());
    out += text;
  }
  return out;
}

void setResult(const Op &op, Warp &w, int lane, uint64_t value, uint32_t bytes) {
  if (op.d != ~0u)
    std::memcpy(const_cast<uint8_t *>(argument(w, lane, op.d)), &value, bytes);
}

Flow callPrint(const Op &op, Warp &w, LaneMask mask) {
  static std::mutex printing;
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    std::string text = format(w, i, stringAt(w, i, argument64(w, i, op.list[0])), argument64(w, i, op.list[1]));
    std::lock_guard lock(printing);
    std::fwrite(text.data(), 1, text.size(), stdout);
    setResult(op, w, i, text.size(), 4);
  }
  return Flow::Next;
}

Flow callAssert(const Op &op, Warp &w, LaneMask mask) { // message, file, line, function, char size
  int i = std::countr_zero(mask);
  uint32_t line = 0;
  std::memcpy(&line, argument(w, i, op.list[2]), 4);
  return w.fail(op, LaunchOutcome::Trap,
                stringAt(w, i, argument64(w, i, op.list[1])) + ":" + std::to_string(line) + ": " +
                    stringAt(w, i, argument64(w, i, op.list[3])) + ": assertion `" +
                    stringAt(w, i, argument64(w, i, op.list[0])) + "` failed",
                i);
}

Flow callSetConditional(const Op &op, Warp &w, LaneMask mask) { // handle, value
  const Block &b = *w.block;
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    uint32_t value = 0;
    std::memcpy(&value, argument(w, i, op.list[1]), 4);
    uint64_t thread = b.place.linear * b.threads + w.index * Lanes + uint32_t(i);
    Conditions *conditions = b.launch->request->conditions;
    std::string wrong = conditions ? conditions->set(argument64(w, i, op.list[0]), value, thread)
                                   : "this launch knows no conditional nodes";
    if (!wrong.empty())
      return w.fail(op, LaunchOutcome::Trap, "cudaGraphSetConditional: " + wrong, i);
  }
  return Flow::Next;
}

bool decodeCall(const ptx::Instruction &in, Decoder &d) {
  const ptx::Operand *results = nullptr, *callee = nullptr, *args = nullptr;
  for (const ptx::Operand &o : in.operands) {
    if (o.kind == OperandKind::Function)
      callee = &o;
    else if (o.kind == OperandKind::Arguments)
      (callee ? args : results) = &o;
  }
  if (!callee)
    return d.fail("a call through a pointer is not supported");
  static constexpr struct {
    std::string_view name;
    size_t arguments;
    Entry run;
  } known[] = {{"vprintf", 2, entry<callPrint>},
               {"__assertfail", 5, entry<callAssert>},
               {"cudaGraphSetConditional", 2, entry<callSetConditional>}};
  auto *called = std::find_if(std::begin(known), std::end(known), [&](auto &k) { return k.name == callee->text; });
  if (called == std::end(known))
    return d.fail("function '" + std::string(callee->text) + "' has no body here");
  size_t want = called->arguments;
  if (!args || args->parts.size() < want)
    return d.fail("'" + std::string(callee->text) + "' takes " + std::to_string(want) + " arguments");
  Op op;
  uint32_t *list = d.array(want);
  for (size_t i = 0; i < want; ++i)
    list[i] = d.localOffset(args->parts[i]);
  op.list = list;
  op.d = results && !results->parts.empty() ? d.localOffset(results->parts[0]) : ~0u;
  d.ordered(); // what is printed should not depend on the host's threads
  d.emit(op, called->run, OpClass::Other);
  return true;
}

} // namespace

bool decodeSystem(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  Op op;
  if (o == "membar" || o == "fence") {
    Scope scope = in.has("cta")       ? Scope::Block
                  : in.has("cluster") ? Scope::Cluster
                  : in.has("sys")     ? Scope::System
                                      : Scope::Device;
    Order order = in.has("acquire") ? Order::Acquire : in.has("release") ? Order::Release : Order::AcquireRelease;
    bool async = false;
    for (std::string_view m : in.modifiers)
      async |= m.substr(0, 5) == "async";
    if (in.has("proxy")) {
      op.flags = async ? Proxy : 0;
      if (!async && !in.has("alias") && !in.has("tensormap::generic"))
        return d.fail("'" + in.name() + "' is not supported");
    }
    op.imm = int64_t(order) | int64_t(scope) << 8;
    d.emit(op, entry<fence>, OpClass::Barrier);
    return true;
  }
  if (o == "nanosleep" || o == "pmevent" || o == "brkpt") {
    d.emit(op, entry<nothing>, OpClass::Other);
    return true;
  }
  if (o == "trap") {
    d.emit(op, entry<trap>, OpClass::Control);
    return true;
  }
  if (o == "call")
    return decodeCall(in, d);
  return false;
}

} // namespace gpusim
