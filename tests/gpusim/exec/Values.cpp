// Values of single instructions at their edges, against plain C++ and the ISA's own pseudo code.
#include "tests/gpusim/exec/Harness.h"

#include <bit>
#include <cfenv>
#include <cmath>
#include <functional>

namespace gpusim::test {
namespace {

using Fn = std::function<uint64_t(uint64_t, uint64_t, uint64_t)>;

/// Runs `instruction` ("add.u32 D, A, B") over all triples of `values`, 32 and then few lanes at a time. D, A, B, C
/// stand for registers of `dBits` and `bits` bits.
void compare(const std::string &instruction, uint32_t bits, uint32_t dBits, const std::vector<uint64_t> &values,
             const std::vector<uint64_t> &third, const Fn &want, uint32_t cBits = 0) {
  cBits = cBits ? cBits : bits;
  size_t n = values.size() * values.size() * third.size();
  Arena memory;
  auto *a = memory.make<uint64_t>(n), *b = memory.make<uint64_t>(n), *c = memory.make<uint64_t>(n);
  auto *d = memory.make<uint64_t>(n, 0);
  size_t k = 0;
  for (uint64_t x : values)
    for (uint64_t y : values)
      for (uint64_t z : third)
        a[k] = x, b[k] = y, c[k] = z, ++k;
  auto name = [](const char *base, uint32_t width, const char *number) {
    return std::string(base) + (width == 16 ? "h" : width == 32 ? "w" : "d") + number;
  };
  std::string ra = name("%v", bits, "1"), rb = name("%v", bits, "2"), rc = name("%v", cBits, "3"),
              rd = name("%v", dBits, "4");
  std::string text;
  for (size_t i = 0; i < instruction.size(); ++i) {
    bool alone = (i == 0 || !std::isalnum(static_cast<unsigned char>(instruction[i - 1]))) &&
                 (i + 1 == instruction.size() || !std::isalnum(static_cast<unsigned char>(instruction[i + 1])));
    char ch = instruction[i];
    text += alone && ch == 'A'   ? ra
            : alone && ch == 'B' ? rb
            : alone && ch == 'C' ? rc
            : alone && ch == 'D' ? rd
                                 : std::string(1, ch);
  }
  std::string body = ".reg .b16 %vh<5>; .reg .b32 %vw<5>; .reg .b64 %vd<5>;";
  body += "setp.ge.u32 %p1, %r0, " + std::to_string(n) + "; @%p1 bra END; mul.wide.u32 %rd5, %r0, 8;";
  body += "add.s64 %rd6, %rd0, %rd5; add.s64 %rd7, %rd1, %rd5; add.s64 %rd8, %rd2, %rd5; add.s64 %rd9, %rd3, %rd5;";
  body += "ld.global.u" + std::to_string(bits) + " " + ra + ", [%rd6]; ld.global.u" + std::to_string(bits) + " " + rb +
          ", [%rd7];";
  body += "ld.global.u" + std::to_string(cBits) + " " + rc + ", [%rd8];";
  body += text + (text.back() == ';' || text.back() == '}' ? "" : ";");
  body += "st.global.u" + std::to_string(dBits) + " [%rd9], " + rd + "; END:";
  check(kernel(body, 4), {address(a), address(b), address(c), address(d)}, {{uint32_t(n + 63) / 64}, {64}});
  uint64_t in = bits == 64 ? ~0ull : (1ull << bits) - 1, out = dBits == 64 ? ~0ull : (1ull << dBits) - 1;
  uint64_t inC = cBits == 64 ? ~0ull : (1ull << cBits) - 1;
  int wrong = 0;
  for (k = 0; k < n && wrong < 5; ++k) {
    uint64_t expect = want(a[k] & in, b[k] & in, c[k] & inC) & out;
    if ((d[k] & out) != expect) {
      ++wrong;
      ADD_FAILURE() << instruction << std::hex << " a=" << (a[k] & in) << " b=" << (b[k] & in) << " c=" << (c[k] & inC)
                    << " gives " << (d[k] & out) << " not " << expect;
    }
  }
}

const std::vector<uint64_t> Ints = {0,
                                    1,
                                    2,
                                    3,
                                    7,
                                    8,
                                    31,
                                    32,
                                    33,
                                    63,
                                    64,
                                    100,
                                    255,
                                    256,
                                    0x7fff,
                                    0x8000,
                                    0xffff,
                                    0x10000,
                                    0x7fffffff,
                                    0x80000000,
                                    0x80000001,
                                    0xffffffff,
                                    0xfffffffe,
                                    0x123456789abcdef0,
                                    0x7fffffffffffffff,
                                    0x8000000000000000,
                                    0xffffffffffffffff};
const std::vector<uint64_t> One = {0};
const std::vector<uint64_t> Thirds = {0, 1, 5, 31, 32, 0x80000000, 0xffffffff, 0x7fffffffffffffff};

TEST(Values, IntegerArithmetic) {
  auto s32 = [](uint64_t v) { return int64_t(int32_t(v)); };
  compare("add.u32 D, A, B", 32, 32, Ints, One, [](auto a, auto b, auto) -> uint64_t { return a + b; });
  compare("add.sat.s32 D, A, B", 32, 32, Ints, One, [=](auto a, auto b, auto) -> uint64_t {
    return uint64_t(std::clamp<int64_t>(s32(a) + s32(b), INT32_MIN, INT32_MAX));
  });
  compare("sub.sat.s32 D, A, B", 32, 32, Ints, One, [=](auto a, auto b, auto) -> uint64_t {
    return uint64_t(std::clamp<int64_t>(s32(a) - s32(b), INT32_MIN, INT32_MAX));
  });
  compare("mul.lo.s16 D, A, B", 16, 16, Ints, One, [](auto a, auto b, auto) -> uint64_t { return a * b; });
  compare("mul.hi.s32 D, A, B", 32, 32, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return uint64_t((s32(a) * s32(b)) >> 32); });
  compare("mul.hi.u16 D, A, B", 16, 16, Ints, One, [](auto a, auto b, auto) -> uint64_t { return (a * b) >> 16; });
  compare("mul.hi.u64 D, A, B", 64, 64, Ints, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t((static_cast<unsigned __int128>(a) * b) >> 64); });
  compare("mul.hi.s64 D, A, B", 64, 64, Ints, One, [](auto a, auto b, auto) -> uint64_t {
    return uint64_t((static_cast<__int128>(int64_t(a)) * int64_t(b)) >> 64);
  });
  compare("mul.wide.s32 D, A, B", 32, 64, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return uint64_t(s32(a) * s32(b)); });
  compare("mul.wide.s16 D, A, B", 16, 32, Ints, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t(int64_t(int16_t(a)) * int16_t(b)); });
  compare(
      "mad.wide.s32 D, A, B, C", 32, 64, Ints, Thirds,
      [=](auto a, auto b, auto c) -> uint64_t { return uint64_t(s32(a) * s32(b)) + c; }, 64);
  compare("mad.hi.sat.s32 D, A, B, C", 32, 32, Ints, Thirds, [=](auto a, auto b, auto c) -> uint64_t {
    return uint64_t(std::clamp<int64_t>(((s32(a) * s32(b)) >> 32) + s32(c), INT32_MIN, INT32_MAX));
  });
  auto s24 = [](uint64_t v) { return int64_t(int32_t(uint32_t(v) << 8) >> 8); };
  compare("mul24.lo.s32 D, A, B", 32, 32, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return uint64_t(s24(a) * s24(b)); });
  compare("mul24.hi.s32 D, A, B", 32, 32, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return uint64_t((s24(a) * s24(b)) >> 16); });
  compare("div.s32 D, A, B", 32, 32, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return b == 0 ? ~0ull : uint64_t(s32(a) / s32(b)); });
  compare("rem.s64 D, A, B", 64, 64, Ints, One, [](auto a, auto b, auto) -> uint64_t {
    return b == 0 ? a : int64_t(b) == -1 ? 0 : uint64_t(int64_t(a) % int64_t(b));
  });
  compare("rem.u16 D, A, B", 16, 16, Ints, One, [](auto a, auto b, auto) -> uint64_t { return b == 0 ? a : a % b; });
  compare("abs.s32 D, A", 32, 32, Ints, One,
          [=](auto a, auto, auto) -> uint64_t { return uint64_t(std::abs(s32(a))); });
  compare("neg.s16 D, A", 16, 16, Ints, One, [](auto a, auto, auto) -> uint64_t { return 0 - a; });
  compare("min.s32 D, A, B", 32, 32, Ints, One,
          [=](auto a, auto b, auto) -> uint64_t { return uint64_t(std::min(s32(a), s32(b))); });
  compare("max.u64 D, A, B", 64, 64, Ints, One, [](auto a, auto b, auto) -> uint64_t { return std::max(a, b); });
  compare("sad.s32 D, A, B, C", 32, 32, Ints, Thirds,
          [=](auto a, auto b, auto c) -> uint64_t { return c + uint64_t(std::abs(s32(a) - s32(b))); });
  compare("{ .reg .b32 t; add.cc.u32 t, A, B; addc.u32 D, C, 0; }", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return c + ((a + b) >> 32); });
  compare("{ .reg .b32 t; sub.cc.u32 t, A, B; subc.u32 D, C, 0; }", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return c - (a < b); });
  compare("{ .reg .b32 t; mad.lo.cc.u32 t, A, B, C; madc.hi.u32 D, A, B, 0; }", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return (a * b + c) >> 32; });
}

TEST(Values, BitsAndShifts) {
  compare("shl.b32 D, A, B", 32, 32, Ints, One, [](auto a, auto b, auto) -> uint64_t { return b > 31 ? 0 : a << b; });
  compare("shr.u32 D, A, B", 32, 32, Ints, One, [](auto a, auto b, auto) -> uint64_t { return b > 31 ? 0 : a >> b; });
  compare("shr.s32 D, A, B", 32, 32, Ints, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t(int32_t(a) >> std::min<uint64_t>(b, 31)); });
  compare(
      "shr.s64 D, A, C", 64, 64, Ints, {0, 1, 33, 63, 64, 65, 0xffffffff},
      [](auto a, auto, auto c) -> uint64_t { return uint64_t(int64_t(a) >> std::min<uint64_t>(c, 63)); }, 32);
  compare(
      "shl.b16 D, A, C", 16, 16, Ints, {0, 1, 15, 16, 17, 32, 0xffffffff},
      [](auto a, auto, auto c) -> uint64_t { return c > 15 ? 0 : a << c; }, 32);
  compare("shf.l.wrap.b32 D, A, B, C", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return ((b << 32 | a) << (c & 31)) >> 32; });
  compare("shf.r.clamp.b32 D, A, B, C", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return (b << 32 | a) >> std::min<uint64_t>(c, 32); });
  compare("lop3.b32 D, A, B, C, 0xCA", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return (a & b) | (~a & c); });
  compare("lop3.b32 D, A, B, C, 0x96", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return a ^ b ^ c; });
  compare("popc.b64 D, A", 64, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(std::popcount(a)); });
  compare("clz.b32 D, A", 32, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(std::countl_zero(uint32_t(a))); });
  compare("bfind.s32 D, A", 32, 32, Ints, One, [](auto a, auto, auto) -> uint64_t {
    uint32_t v = int32_t(a) < 0 ? ~uint32_t(a) : uint32_t(a);
    return v ? 31u - uint32_t(std::countl_zero(v)) : ~0u;
  });
  compare("bfind.shiftamt.u64 D, A", 64, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return a ? uint64_t(std::countl_zero(a)) : ~0ull; });
  compare("brev.b32 D, A", 32, 32, Ints, One, [](auto a, auto, auto) -> uint64_t {
    uint64_t r = 0;
    for (int i = 0; i < 32; ++i)
      r |= (a >> i & 1) << (31 - i);
    return r;
  });
  auto bfe = [](uint64_t a, uint64_t b, uint64_t c, int msb, bool isSigned) {
    uint64_t pos = b & 0xff, len = c & 0xff, d = 0;
    uint64_t sign = !isSigned || len == 0 ? 0 : a >> std::min<uint64_t>(pos + len - 1, uint64_t(msb)) & 1;
    for (int i = 0; i <= msb; ++i)
      d |= (uint64_t(i) < len && pos + uint64_t(i) <= uint64_t(msb) ? a >> (pos + uint64_t(i)) & 1 : sign) << i;
    return d;
  };
  compare("bfe.s32 D, A, B, C", 32, 32, Ints, Thirds,
          [&](auto a, auto b, auto c) -> uint64_t { return bfe(a, b, c, 31, true); });
  compare("bfe.u32 D, A, B, C", 32, 32, Ints, Thirds,
          [&](auto a, auto b, auto c) -> uint64_t { return bfe(a, b, c, 31, false); });
  compare(
      "bfe.s64 D, A, C, 9", 64, 64, Ints, {0, 1, 50, 60, 63, 64, 70, 255},
      [&](auto a, auto, auto c) -> uint64_t { return bfe(a, c, 9, 63, true); }, 32);
  auto bfi = [](uint64_t a, uint64_t b, uint64_t c, uint64_t d, int msb) {
    uint64_t pos = c & 0xff, len = d & 0xff, f = b;
    for (uint64_t i = 0; i < len && pos + i <= uint64_t(msb); ++i)
      f = (f & ~(1ull << (pos + i))) | (a >> i & 1) << (pos + i);
    return f;
  };
  compare("bfi.b32 D, A, B, C, 8", 32, 32, Ints, {0, 1, 20, 24, 28, 31, 32, 40},
          [&](auto a, auto b, auto c) -> uint64_t { return bfi(a, b, c, 8, 31); });
  compare("bfi.b32 D, A, B, 4, C", 32, 32, Ints, {0, 1, 20, 28, 31, 32, 40, 255},
          [&](auto a, auto b, auto c) -> uint64_t { return bfi(a, b, 4, c, 31); });
  compare("prmt.b32 D, A, B, C", 32, 32, Ints, {0x3210, 0x7654, 0x0123, 0xfba9, 0x8c4d},
          [](auto a, auto b, auto c) -> uint64_t {
            uint64_t bytes = b << 32 | a, d = 0;
            for (int i = 0; i < 4; ++i) {
              uint64_t s = c >> (4 * i) & 15, v = bytes >> (8 * (s & 7)) & 255;
              d |= (s & 8 ? (v & 128 ? 255 : 0) : v) << (8 * i);
            }
            return d;
          });
  compare("dp4a.s32.u32 D, A, B, C", 32, 32, Ints, Thirds, [](auto a, auto b, auto c) -> uint64_t {
    for (int i = 0; i < 4; ++i)
      c += uint64_t(int64_t(int8_t(a >> (8 * i))) * int64_t(uint8_t(b >> (8 * i))));
    return c;
  });
  compare("dp2a.hi.s32.s32 D, A, B, C", 32, 32, Ints, Thirds, [](auto a, auto b, auto c) -> uint64_t {
    for (int i = 0; i < 2; ++i)
      c += uint64_t(int64_t(int16_t(a >> (16 * i))) * int64_t(int8_t(b >> (16 + 8 * i))));
    return c;
  });
  compare("szext.clamp.s32 D, A, B", 32, 32, Ints, One, [](auto a, auto b, auto) -> uint64_t {
    return b >= 32 ? a : b == 0 ? 0 : uint64_t(int64_t(a << (64 - b)) >> (64 - b));
  });
  compare("bmsk.clamp.b32 D, A, B", 32, 32, Ints, One, [](auto a, auto b, auto) -> uint64_t {
    uint64_t d = 0;
    for (uint64_t i = a; i < 32 && i < a + b; ++i)
      d |= 1ull << i;
    return d;
  });
  compare("fns.b32 D, A, C, 2", 32, 32, Ints, {0, 3, 31}, [](auto a, auto, auto c) -> uint64_t {
    int left = 2;
    for (uint64_t i = c; i < 32; ++i)
      if (a >> i & 1 && --left == 0)
        return i;
    return 0xffffffff & ~0ull;
  });
  compare("{ .reg .pred p; setp.hi.u32 p, A, B; selp.b32 D, A, B, !p; }", 32, 32, Ints, One,
          [](auto a, auto b, auto) -> uint64_t { return std::min(a, b); });
  compare("slct.u32.s32 D, A, B, C", 32, 32, Ints, Thirds,
          [](auto a, auto b, auto c) -> uint64_t { return int32_t(c) >= 0 ? a : b; });
}

const std::vector<uint64_t> Floats = {
    0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000, 0x80800000, 0x3f800000, 0xbf800000,
    0x3f800001, 0x40490fdb, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x4f000000,
    0xcf000000, 0x4effffff, 0x3f000000, 0x3fc00000, 0xbfc00000, 0x33800001, 0x5f000000};
uint64_t bitsOf(float f) { return f == f ? std::bit_cast<uint32_t>(f) : 0x7fffffff; }
float f32(uint64_t v) { return std::bit_cast<float>(uint32_t(v)); }

TEST(Values, FloatArithmetic) {
  compare("add.f32 D, A, B", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return bitsOf(f32(a) + f32(b)); });
  compare("mul.rn.f32 D, A, B", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return bitsOf(f32(a) * f32(b)); });
  compare("fma.rn.f32 D, A, B, C", 32, 32, Floats, Floats,
          [](auto a, auto b, auto c) -> uint64_t { return bitsOf(std::fma(f32(a), f32(b), f32(c))); });
  compare("div.rn.f32 D, A, B", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return bitsOf(f32(a) / f32(b)); });
  compare("sqrt.rn.f32 D, A", 32, 32, Floats, One,
          [](auto a, auto, auto) -> uint64_t { return bitsOf(std::sqrt(f32(a))); });
  auto directed = [](int mode, auto fn) {
    return [=](uint64_t a, uint64_t b, uint64_t c) {
      std::fesetround(mode);
      volatile float x = f32(a), y = f32(b);
      volatile float r = fn(x, y, f32(c));
      std::fesetround(FE_TONEAREST);
      return bitsOf(r);
    };
  };
  compare("add.rz.f32 D, A, B", 32, 32, Floats, One,
          directed(FE_TOWARDZERO, [](float a, float b, float) { return a + b; }));
  compare("mul.rm.f32 D, A, B", 32, 32, Floats, One,
          directed(FE_DOWNWARD, [](float a, float b, float) { return a * b; }));
  compare("sub.rp.f32 D, A, B", 32, 32, Floats, One,
          directed(FE_UPWARD, [](float a, float b, float) { return a - b; }));
  auto flush = [](float f) { return std::fpclassify(f) == FP_SUBNORMAL ? std::copysign(0.0f, f) : f; };
  compare("add.ftz.f32 D, A, B", 32, 32, Floats, One,
          [=](auto a, auto b, auto) -> uint64_t { return bitsOf(flush(flush(f32(a)) + flush(f32(b)))); });
  compare("mul.sat.f32 D, A, B", 32, 32, Floats, One, [](auto a, auto b, auto) -> uint64_t {
    float p = f32(a) * f32(b);
    return bitsOf(p > 0 ? std::min(p, 1.0f) : 0.0f);
  });
  auto minimum = [](float a, float b) {
    if (a != a)
      return b;
    if (b != b)
      return a;
    return a < b || (a == b && std::signbit(a)) ? a : b;
  };
  compare("min.f32 D, A, B", 32, 32, Floats, One,
          [=](auto a, auto b, auto) -> uint64_t { return bitsOf(minimum(f32(a), f32(b))); });
  compare("max.f32 D, A, B", 32, 32, Floats, One,
          [=](auto a, auto b, auto) -> uint64_t { return bitsOf(-minimum(-f32(a), -f32(b))); });
  compare("min.NaN.f32 D, A, B", 32, 32, Floats, One, [=](auto a, auto b, auto) -> uint64_t {
    return f32(a) != f32(a) || f32(b) != f32(b) ? 0x7fffffff : bitsOf(minimum(f32(a), f32(b)));
  });
  compare("max.xorsign.abs.f32 D, A, B", 32, 32, Floats, One, [=](auto a, auto b, auto) -> uint64_t {
    float x = std::fabs(f32(a)), y = std::fabs(f32(b)), m = -minimum(-x, -y);
    return m != m ? 0x7fffffff : bitsOf(m) | ((a ^ b) & 0x80000000);
  });
  compare("neg.f32 D, A", 32, 32, Floats, One, [](auto a, auto, auto) -> uint64_t { return a ^ 0x80000000; });
  compare("copysign.f32 D, A, B", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return (b & 0x7fffffff) | (a & 0x80000000); });
  compare("{ .reg .pred p; testp.subnormal.f32 p, A; selp.b32 D, 1, 0, p; }", 32, 32, Floats, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(std::fpclassify(f32(a)) == FP_SUBNORMAL); });
  compare("{ .reg .pred p; setp.ltu.f32 p, A, B; selp.b32 D, 1, 0, p; }", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t(!(f32(a) >= f32(b))); });
  compare("{ .reg .pred p; setp.ne.f32 p, A, B; selp.b32 D, 1, 0, p; }", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t(f32(a) < f32(b) || f32(a) > f32(b)); });
  compare("{ .reg .pred p; setp.nan.f32 p, A, B; selp.b32 D, 1, 0, p; }", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return uint64_t(f32(a) != f32(a) || f32(b) != f32(b)); });
  compare("set.gt.f32.f32 D, A, B", 32, 32, Floats, One,
          [](auto a, auto b, auto) -> uint64_t { return f32(a) > f32(b) ? 0x3f800000 : 0; });
}

TEST(Values, Conversions) {
  auto clampTo = [](double v, double low, double high) { return v != v ? 0.0 : std::clamp(v, low, high); };
  compare("cvt.rzi.s32.f32 D, A", 32, 32, Floats, One, [=](auto a, auto, auto) -> uint64_t {
    return uint64_t(int64_t(clampTo(std::trunc(f32(a)), INT32_MIN, INT32_MAX)));
  });
  compare("cvt.rni.s32.f32 D, A", 32, 32, Floats, One, [=](auto a, auto, auto) -> uint64_t {
    return uint64_t(int64_t(clampTo(std::nearbyint(f32(a)), INT32_MIN, INT32_MAX)));
  });
  compare("cvt.rmi.u8.f32 D, A", 32, 16, Floats, One,
          [=](auto a, auto, auto) -> uint64_t { return uint64_t(clampTo(std::floor(f32(a)), 0, 255)); });
  compare("cvt.rpi.f32.f32 D, A", 32, 32, Floats, One,
          [](auto a, auto, auto) -> uint64_t { return bitsOf(std::ceil(f32(a))); });
  compare("cvt.rzi.u32.f32 D, A", 32, 32, Floats, One,
          [=](auto a, auto, auto) { return uint64_t(clampTo(std::trunc(f32(a)), 0, UINT32_MAX)); });
  compare("cvt.rni.f32.f32 D, A", 32, 32, Floats, One,
          [](auto a, auto, auto) { return bitsOf(std::nearbyint(f32(a))); });
  auto tf32 = [](uint64_t a, bool away) -> uint64_t { // to the nearest multiple of 2^13 of the bits: they are ordered
    if (f32(a) != f32(a))
      return 0x7fffe000;
    uint64_t low = a & 0x1fff, down = a - low;
    return low > 0x1000 || (low == 0x1000 && (away || down >> 13 & 1)) ? down + 0x2000 : down;
  };
  compare("cvt.rna.tf32.f32 D, A", 32, 32, Floats, One, [=](auto a, auto, auto) { return tf32(a, true); });
  compare("cvt.rn.tf32.f32 D, A", 32, 32, Floats, One, [=](auto a, auto, auto) { return tf32(a, false); });
  compare("cvt.rn.f32.s32 D, A", 32, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return bitsOf(float(int32_t(a))); });
  compare("cvt.rn.f32.u64 D, A", 64, 32, Ints, One, [](auto a, auto, auto) -> uint64_t { return bitsOf(float(a)); });
  compare("cvt.rz.f32.u32 D, A", 32, 32, Ints, One, [](auto a, auto, auto) -> uint64_t {
    float f = float(uint32_t(a));
    return bitsOf(double(f) > double(uint32_t(a)) ? std::nextafter(f, 0.0f) : f);
  });
  compare("cvt.f64.f32 D, A", 32, 64, {0, 1, 0x80000000, 0x3f800000, 0x7f800000}, One,
          [](auto a, auto, auto) -> uint64_t { return std::bit_cast<uint64_t>(double(f32(a))); });
  compare("cvt.s64.s32 D, A", 32, 64, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(int64_t(int32_t(a))); });
  compare("cvt.u16.u32 D, A", 32, 16, Ints, One, [](auto a, auto, auto) -> uint64_t { return a; });
  compare("cvt.s8.s32 D, A", 32, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(int64_t(int8_t(a))); });
  compare("cvt.sat.u8.s32 D, A", 32, 32, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return uint64_t(std::clamp<int64_t>(int32_t(a), 0, 255)); });
  compare("cvt.sat.s16.u64 D, A", 64, 16, Ints, One,
          [](auto a, auto, auto) -> uint64_t { return std::min<uint64_t>(a, 32767); });
  compare("cvt.sat.f32.f32 D, A", 32, 32, Floats, One, [](auto a, auto, auto) -> uint64_t {
    float f = f32(a);
    return bitsOf(f > 0 ? std::min(f, 1.0f) : 0.0f);
  });
  compare("cvt.rn.bf16x2.f32 D, A, B", 32, 32, {0x3f800000, 0x3f808000, 0x3f818000, 0x7f7fffff, 0x80000000}, One,
          [](auto a, auto b, auto) -> uint64_t {
            auto bf = [](uint64_t v) { return (v + 0x7fff + (v >> 16 & 1)) >> 16; };
            return bf(a) << 16 | bf(b);
          });
  compare("cvt.pack.sat.u8.s32.b32 D, A, B, C", 32, 32, Ints, Thirds, [](auto a, auto b, auto c) -> uint64_t {
    auto cl = [](uint64_t v) { return uint64_t(std::clamp<int64_t>(int32_t(v), 0, 255)); };
    return c << 16 | cl(a) << 8 | cl(b);
  });
}

TEST(Values, HalvesRoundOnce) {
  std::vector<uint64_t> halves = {0,      0x8000, 1,      0x03ff, 0x0400, 0x3c00, 0xbc00, 0x3c01,
                                  0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x3555, 0x1400};
  auto value = [](uint64_t h) { return double(float(std::bit_cast<_Float16>(uint16_t(h)))); };
  auto round = [](double v) { return v != v ? 0x7fffull : uint64_t(std::bit_cast<uint16_t>(_Float16(v))); };
  compare("add.f16 D, A, B", 16, 16, halves, One,
          [=](auto a, auto b, auto) -> uint64_t { return round(value(a) + value(b)); });
  compare("mul.rn.f16 D, A, B", 16, 16, halves, One,
          [=](auto a, auto b, auto) -> uint64_t { return round(value(a) * value(b)); });
  // Products have 22 bits and their exponents are within 80 of any addend: long double holds the sum exactly or nearly.
  compare("fma.rn.f16 D, A, B, C", 16, 16, halves, halves, [=](auto a, auto b, auto c) -> uint64_t {
    double p = value(a) * value(b), s = p + value(c);
    return round(s);
  });
  compare("max.NaN.f16 D, A, B", 16, 16, halves, One, [=](auto a, auto b, auto) -> uint64_t {
    double x = value(a), y = value(b);
    if (x != x || y != y)
      return 0x7fffull;
    return uint64_t(x > y || (x == y && !(a >> 15)) ? a : b);
  });
  compare("fma.rn.relu.f16 D, A, B, C", 16, 16, halves, One, [=](auto a, auto b, auto c) -> uint64_t {
    double s = value(a) * value(b) + value(c);
    return round(s != s ? s : s > 0 ? s : 0.0);
  });
}

} // namespace
} // namespace gpusim::test
