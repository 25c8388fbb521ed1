"""wgmma: images of shared memory by the canonical layouts of the ISA's tables, all swizzles, both orders."""
from fractions import Fraction
import math
import random

from . import emit
from .mma import BITS, number, registers_of, value, place_a, raw
from .numbers import encode

SWIZZLES = {0: 0, 128: 1, 64: 2, 32: 3}  # the descriptor's numbers


def swizzled(offset, swizzle):
    """Swizzle<B,4,3> on byte offsets."""
    bits = {0: 0, 32: 1, 64: 2, 128: 3}[swizzle]
    return offset ^ ((offset >> 7) & ((1 << bits) - 1)) << 4


def layout(kind, rows, k, swizzle, mn_major):
    """Offsets in bytes of element (row, column of k), and the leading and stride offsets of the descriptor."""
    size = max(BITS[kind], 8) // 8 if kind != "tf32" else 4
    t = 16 // size
    offsets = {}
    if not mn_major:
        if swizzle == 0:   # ((8,m),(T,2k)):((1T,SBO),(1,LBO))
            lbo, sbo = 128 * (rows // 8), 128
            place = lambda r, c: (r % 8) * 16 + (r // 8) * sbo + (c % t) * size + (c // t) * lbo
        else:              # ((8,m),(T,2k)):((ST,SBO),(1,T))
            lbo, sbo = 16, 8 * swizzle
            place = lambda r, c: (r % 8) * swizzle + (r // 8) * sbo + c * size
    else:
        if swizzle == 0:   # ((T,1,m),(8,k)):((1,T,SBO),(1T,LBO))
            sbo = 128
            lbo = 128 * (rows // t)
            place = lambda r, c: (r % t) * size + (r // t) * sbo + (c % 8) * 16 + (c // 8) * lbo
        else:              # ((T,S,m),(8,k)):((1,T,LBO),(ST,SBO))
            s = swizzle // 16
            lbo = 8 * swizzle * (k // 8)
            sbo = 8 * swizzle
            place = lambda r, c: ((r % t) * size + (r // t % s) * 16 + (r // (t * s)) * lbo + (c % 8) * swizzle +
                                  (c // 8) * sbo)
    for r in range(rows):
        for c in range(k):
            offsets[r, c] = swizzled(place(r, c), swizzle)
    return offsets, lbo, sbo


def image(matrix, kind, offsets):
    size = max(BITS[kind], 8) // 8 if kind != "tf32" else 4
    end = max(offsets.values()) + size
    data = bytearray((end + 1023) // 1024 * 1024)
    for (r, c), offset in offsets.items():
        data[offset:offset + size] = raw(matrix[r][c], kind).to_bytes(size, "little")
    return data


def case(n, d, a, b, swizzle_a=128, swizzle_b=128, mn_a=False, mn_b=False, registers=False, scale_d=1, negate=(1, 1),
         satfinite=False, mutant=None, steps=1, label=""):
    """steps: that many products one after another, in groups of their own."""
    k = {1: 32, 2: 16, 4: 8}[4 if a == "tf32" else BITS[a] // 8]
    rng = random.Random(f"{n} {d} {a} {b} {swizzle_a} {swizzle_b} {mn_a} {mn_b} {registers} {scale_d} {negate}")
    A = [[number(rng, a) for _ in range(k)] for _ in range(64)]
    B = [[number(rng, b) for _ in range(k)] for _ in range(n)]  # column n of B as a row
    integer, half = d == "s32", d == "f16"
    C = [[rng.choice((2 ** 31 - 100, -2 ** 31 + 100, 5)) if satfinite else rng.randint(-999, 999) if integer else
          number(rng, d) for _ in range(n)] for _ in range(64)]
    va = [[value(x, a) * (negate[0] if not integer else 1) for x in row] for row in A]
    vb = [[value(x, b) * (negate[1] if not integer else 1) for x in row] for row in B]
    D, magnitude = [[0] * n for _ in range(64)], 0.0
    for i in range(64):
        for j in range(n):
            products = [va[i][x] * vb[j][x] for x in range(k)]
            if integer:
                total = sum(products) * steps + (C[i][j] if scale_d else 0)
                D[i][j] = (min(max(total, -2 ** 31), 2 ** 31 - 1) if satfinite else total) & 0xFFFFFFFF
            else:
                start = value(C[i][j], d) if scale_d else 0.0
                total = math.fsum(products * steps + [start])
                magnitude = max(magnitude, steps * sum(map(abs, products)) + abs(start))
                D[i][j] = encode(Fraction(total), d)
    offsets_b, lbo_b, sbo_b = layout(b, n, k, swizzle_b, mn_b)
    data_b = image(B, b, offsets_b)
    if registers:
        data_a, lbo_a, sbo_a = b"", 0, 0
    else:
        offsets_a, lbo_a, sbo_a = layout(a, 64, k, swizzle_a, mn_a)
        data_a = image(A, a, offsets_a)
    data = bytes(data_a) + bytes(data_b)
    data += bytes(-len(data) % 2048)
    count = n // 4 if half else n // 2
    kind = "f32" if d == "f32" else "b32"

    def accumulators(X):  # register r of thread t at r * 128 + t
        out = []
        for r in range(count):
            for t in range(128):
                warp, lane = divmod(t, 32)
                def at(i):
                    row = 16 * warp + (lane >> 2) + (8 if i & 2 else 0)
                    return X[row][8 * (i >> 2) + 2 * (lane & 3) + (i & 1)]
                out.append(at(2 * r) | at(2 * r + 1) << 16 if half else at(r))
        return out
    fragments = []
    if registers:
        per_lane = 64 * k // 128
        for t in range(128):
            warp, lane = divmod(t, 32)
            bits = 32 if a == "tf32" else BITS[a]
            elements = [place_a(16, k, bits, lane, i) for i in range(per_lane)]
            fragments.append(registers_of([raw(A[16 * warp + r][c], a) for r, c in elements], bits))
    flat_a = [fragments[t][r] for r in range(4) for t in range(128)] if registers else [0] * 512
    body = emit.header(4, f".shared .align 1024 .b8 image[{len(data)}];\n.reg .{kind} %d<{count}>;\n"
                          ".reg .b32 %a<4>, %s, %x, %i;\n.reg .b64 %da, %db, %m;\n.reg .pred %sd;")
    body += "  mov.u32 %s, image;\n  mad.lo.u32 %i, %t, 4, %s;\n"
    for i in range(0, len(data), 512):
        body += emit.load("%x", "b32", 0, offset=i // 4) + f"  st.shared.b32 [%i+{i}], %x;\n"
    for r in range(count):
        body += emit.load(f"%d{r}", kind, 2, offset=128 * r)
    if registers:
        for r in range(4):
            body += emit.load(f"%a{r}", "b32", 1, offset=128 * r)

    def descriptor(to, start, lbo, sbo, swizzle):
        constant = (lbo >> 4) << 16 | (sbo >> 4) << 32 | SWIZZLES[swizzle] << 62
        return (f"  add.u32 %x, %s, {start};\n  and.b32 %x, %x, 0x3ffff;\n  shr.u32 %x, %x, 4;\n  cvt.u64.u32 {to}, %x;\n"
                f"  mov.b64 %m, {constant:#x};\n  or.b64 {to}, {to}, %m;\n")
    body += descriptor("%da", 0, lbo_a, sbo_a, swizzle_a) + descriptor("%db", len(data_a), lbo_b, sbo_b, swizzle_b)
    body += f"  mov.u32 %x, {scale_d};\n  setp.ne.u32 %sd, %x, 0;\n"
    body += "" if mutant == "fence" else "  fence.proxy.async;\n"
    body += "  bar.sync 0;\n"
    name = f"wgmma.mma_async.sync.aligned.m64n{n}k{k}" + (".satfinite" if satfinite else "") + f".{d}.{a}.{b}"
    first = "{%a0, %a1, %a2, %a3}" if registers else "%da"
    last = "%sd"
    if not integer:
        last += f", {negate[0]}, {negate[1]}"
        if a in ("f16", "bf16"):
            last += ("" if registers else f", {int(mn_a)}") + f", {int(mn_b)}"
    vector = "{" + ", ".join(f"%d{r}" for r in range(count)) + "}"
    body += "  wgmma.fence.sync.aligned;\n"
    for _ in range(steps):
        body += f"  {name} {vector}, {first}, %db, {last};\n  wgmma.commit_group.sync.aligned;\n"
    if mutant != "wait":
        keep = 1 if mutant == "depth" else 0
        body += f"  wgmma.wait_group.sync.aligned {keep};\n"
    if mutant == "overwrite":  # the source, before the wait: moved in front of it
        wait = "  wgmma.wait_group.sync.aligned 0;\n"
        body = body.replace(wait, "  st.shared.b32 [%i], %t;\n  bar.sync 0;\n" + wait)
    for r in range(count):
        body += emit.store(f"%d{r}", kind, 3, offset=128 * r)
    title = f"m64n{n}k{k}_{d}_{a}_{b}_" + ("r" if registers else f"{'mn' if mn_a else 'k'}{swizzle_a}") + \
            f"_{'mn' if mn_b else 'k'}{swizzle_b}" + (f"_{label}" if label else "") + (f"_{mutant}_mutant" if mutant else "")
    built = emit.Case(title, body + "  ret;\n", threads=128)
    built.mutant = {None: None, "wait": "output", "depth": "output", "overwrite": "output", "fence": "any"}[mutant]
    words = lambda raw_bytes: [int.from_bytes(raw_bytes[i:i + 4], "little") for i in range(0, len(raw_bytes), 4)]
    built.read("u32", words(data)).read("u32", flat_a).read("u32", accumulators(C))
    out = accumulators(D)
    if integer:
        built.write("u32", out)
    elif half:
        built.write("f16", [h for p in out for h in (p & 0xFFFF, p >> 16)], 1, magnitude * 2 ** -9)
    else:  # fp8 sums are kept with fewer bits than f32 has, says the ISA
        built.write("f32", out, 1, magnitude * (2 ** -12 if BITS[a] == 8 else 2 ** -20))
    return built


def groups():
    g = emit.Group("wgmma", 90, "8.4", "a")
    for swizzle in (0, 32, 64, 128):
        g.add(case(64, "f32", "bf16", "bf16", swizzle, swizzle))
        g.add(case(64, "f32", "f16", "f16", swizzle, swizzle, True, True))
        g.add(case(32, "f32", "tf32", "tf32", swizzle, swizzle))
        g.add(case(32, "f32", "e4m3", "e5m2", swizzle, swizzle))
        g.add(case(32, "s32", "s8", "s8", swizzle, swizzle))
    for n in (8, 16, 24, 40, 128, 192, 256):
        g.add(case(n, "f32", "bf16", "bf16"))
    g.add(case(128, "f32", "bf16", "bf16", mn_b=True))
    g.add(case(64, "f32", "f16", "f16", mn_a=True))
    for a in ("f16", "bf16", "tf32", "e5m2", "e4m3"):
        g.add(case(64, "f32", a, a, registers=True))
    g.add(case(64, "f32", "f16", "f16", registers=True, mn_b=True))
    g.add(case(64, "f32", "e5m2", "e4m3"))
    g.add(case(16, "s32", "u8", "s8"))
    g.add(case(16, "s32", "s8", "u8", registers=True))
    g.add(case(16, "s32", "u8", "u8", satfinite=True, label="sat"))
    for d, a in (("f16", "f16"), ("f16", "e4m3")):
        g.add(case(64, d, a, a))
        g.add(case(64, d, a, a, registers=True))
    g.add(case(16, "f32", "f16", "f16", scale_d=0, label="zero"))
    g.add(case(16, "f32", "f16", "f16", negate=(-1, 1), label="negA"))
    g.add(case(16, "f32", "bf16", "bf16", negate=(-1, -1), label="negAB"))
    g.add(case(16, "f32", "bf16", "bf16", steps=3, label="chain"))
    for mutant in ("wait", "overwrite", "fence"):
        g.add(case(64, "f32", "bf16", "bf16", mutant=mutant))
    g.add(case(64, "f32", "bf16", "bf16", steps=2, mutant="depth"))
    return [g]
