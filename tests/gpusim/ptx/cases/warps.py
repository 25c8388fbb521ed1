"""Instructions across a warp, barriers with results, atomics and divergent control flow."""
import random

from . import emit


def values(seed, count=32):
    rng = random.Random(seed)
    return [rng.getrandbits(32) for _ in range(count)]


def warp_case(group, name, text, expected, data=None, registers="", inputs=1):
    data = data or values(name)
    body = emit.header(2, ".reg .b32 %a, %d, %l;\n.reg .pred %p, %q;\n" + registers) + emit.load("%a", "b32", 0)
    body += "  mov.u32 %l, %laneid;\n" + text + "\n" + emit.store("%d", "b32", 1) + "  ret;\n"
    group.add(emit.Case(name, body).read("u32", data).write("u32", expected))


def groups():
    g = emit.Group("warps", 80)
    a = values("shfl")
    for width in (32, 16, 8):
        for b in (1, 3, 17):
            c = (32 - width) << 8
            base = lambda l: l & ~(width - 1)
            modes = {"idx": lambda l: base(l) + (b & (width - 1)), "bfly": lambda l: l ^ b, "down": lambda l: l + b,
                     "up": lambda l: l - b}
            for mode, source in modes.items():
                clamp = c | (0 if mode == "up" else 31)
                out = []
                for l in range(32):
                    s = source(l)
                    low, high = base(l), base(l) + width - 1
                    valid = s >= low if mode == "up" else s <= high
                    out.append((a[s] if valid and 0 <= s < 32 else a[l]) ^ (1 if valid else 0))
                warp_case(g, f"shfl_{mode}_{width}_{b}",
                          f"  shfl.sync.{mode}.b32 %d|%p, %a, {b}, {clamp:#x}, 0xffffffff;\n"
                          "  selp.u32 %l, 1, 0, %p;\n  xor.b32 %d, %d, %l;", out, a)
    bits = [v & 1 for v in values("vote")]
    ballot = sum(bit << i for i, bit in enumerate(bits))
    test = "  setp.ne.u32 %p, %a, 0;\n"
    warp_case(g, "vote_ballot", test + "  vote.sync.ballot.b32 %d, %p, 0xffffffff;", [ballot] * 32, bits)
    for name, data in (("mixed", bits), ("ones", [1] * 32), ("zeros", [0] * 32)):
        for mode, f in (("all", all), ("any", any), ("uni", lambda v: all(v) or not any(v))):
            warp_case(g, f"vote_{mode}_{name}", test + f"  vote.sync.{mode}.pred %q, %p, 0xffffffff;\n  selp.u32 %d, 1, 0, %q;",
                      [int(f(data))] * 32, data)
    few = [v % 5 for v in values("match")]
    warp_case(g, "match_any", "  match.any.sync.b32 %d, %a, 0xffffffff;",
              [sum(1 << j for j in range(32) if few[j] == few[i]) for i in range(32)], few)
    for name, data in (("same", [7] * 32), ("other", few)):
        warp_case(g, f"match_all_{name}", "  match.all.sync.b32 %d|%p, %a, 0xffffffff;\n  @!%p add.u32 %d, %d, 5;",
                  [0xFFFFFFFF if len(set(data)) == 1 else 5] * 32, data)
    signed = lambda v: v - (1 << 32) if v >> 31 else v
    for op, kind, f in (("add", "u32", lambda v: sum(v)), ("min", "u32", min), ("max", "u32", max),
                        ("min", "s32", lambda v: min(map(signed, v))), ("max", "s32", lambda v: max(map(signed, v))),
                        ("and", "b32", lambda v: __import__("functools").reduce(int.__and__, v)),
                        ("or", "b32", lambda v: __import__("functools").reduce(int.__or__, v)),
                        ("xor", "b32", lambda v: __import__("functools").reduce(int.__xor__, v))):
        warp_case(g, f"redux_{op}_{kind}", f"  redux.sync.{op}.{kind} %d, %a, 0xffffffff;", [f(a) & 0xFFFFFFFF] * 32, a)
    warp_case(g, "activemask", "  mov.u32 %d, 9;\n  setp.lt.u32 %p, %l, 11;\n  @!%p bra OUT;\n  activemask.b32 %d;\nOUT:",
              [0x7FF] * 11 + [9] * 21)
    for name, register in (("eq", lambda l: 1 << l), ("lt", lambda l: (1 << l) - 1), ("le", lambda l: (2 << l) - 1),
                           ("gt", lambda l: 0xFFFFFFFF & ~((2 << l) - 1)), ("ge", lambda l: 0xFFFFFFFF & ~((1 << l) - 1))):
        warp_case(g, f"lanemask_{name}", f"  mov.u32 %d, %lanemask_{name};", [register(l) for l in range(32)])
    # Loops of different lengths, and a nest of branches: Collatz steps.
    def collatz(n):
        steps = 0
        while n != 1 and steps < 200:
            n, steps = (3 * n + 1 if n % 2 else n // 2), steps + 1
        return steps
    small = [v % 97 + 1 for v in a]
    warp_case(g, "divergence", """
  mov.u32 %d, 0;
LOOP:
  setp.eq.u32 %p, %a, 1;
  @%p bra OUT;
  and.b32 %l, %a, 1;
  setp.eq.u32 %q, %l, 0;
  @%q bra EVEN;
  mad.lo.u32 %a, %a, 3, 1;
  bra NEXT;
EVEN:
  shr.u32 %a, %a, 1;
NEXT:
  add.u32 %d, %d, 1;
  bra LOOP;
OUT:""", [collatz(v) for v in small], small)
    # bar.red over 64 threads.
    for op, f in (("and", all), ("or", any)):
        for name, data in (("mixed", (bits + bits)), ("ones", [1] * 64)):
            body = emit.header(2, ".reg .b32 %a, %d;\n.reg .pred %p, %q;") + emit.load("%a", "b32", 0)
            body += f"  setp.ne.u32 %p, %a, 0;\n  barrier.cta.red.{op}.pred %q, 0, %p;\n  selp.u32 %d, 1, 0, %q;\n"
            body += emit.store("%d", "b32", 1) + "  ret;\n"
            g.add(emit.Case(f"bar_red_{op}_{name}", body, threads=64).read("u32", data).write("u32", [int(f(data))] * 64))
    body = emit.header(2, ".reg .b32 %a, %d;\n.reg .pred %p;") + emit.load("%a", "b32", 0)
    body += "  setp.ne.u32 %p, %a, 0;\n  barrier.cta.red.popc.u32 %d, 0, %p;\n" + emit.store("%d", "b32", 1) + "  ret;\n"
    g.add(emit.Case("bar_red_popc", body, threads=64).read("u32", bits + bits).write("u32", [2 * sum(bits)] * 64))

    # Atomics: all threads of all blocks on few words; order does not matter to the result.
    h = emit.Group("atomics", 80)
    rng = random.Random("atomics")
    for op, kind, start, f in (("add", "u32", 5, lambda s, v: (s + sum(v)) % 2 ** 32), ("min", "s32", 0, lambda s, v: min([s] + list(map(signed, v))) % 2 ** 32),
                               ("max", "u32", 7, lambda s, v: max([s] + v)), ("and", "b32", 0xFFFFFFFF, lambda s, v: __import__("functools").reduce(int.__and__, v, s)),
                               ("or", "b32", 0, lambda s, v: __import__("functools").reduce(int.__or__, v, s)),
                               ("xor", "b32", 0, lambda s, v: __import__("functools").reduce(int.__xor__, v, s)),
                               ("inc", "u32", 3, lambda s, v: (s + len(v)) % 1001), ("dec", "u32", 300, lambda s, v: (s - len(v)) % 1001)):
        data = [1000] * 256 if op in ("inc", "dec") else [rng.getrandbits(32) for _ in range(256)]
        for space in ("shared", "red"):
            body = emit.header(2, ".shared .align 4 .b32 cell;\n.reg .b32 %a, %d, %s;\n.reg .pred %p;")
            body += emit.load("%a", "b32", 0) + f"  mov.u32 %s, cell;\n  setp.eq.u32 %p, %t, 0;\n  @%p st.shared.b32 [%s], {start};\n  bar.sync 0;\n"
            body += f"  atom.shared.{op}.{kind} %d, [%s], %a;\n" if space == "shared" else f"  red.shared.{op}.{kind} [%s], %a;\n"
            body += "  bar.sync 0;\n  ld.shared.b32 %d, [%s];\n" + emit.store("%d", "b32", 1) + "  ret;\n"
            h.add(emit.Case(f"{space}_{op}_{kind}", body, threads=256).read("u32", data).write("u32", [f(start, data)] * 256))
    body = emit.header(2, ".reg .b32 %a, %d, %o;\n.reg .pred %p;")
    body += "  mov.u32 %o, 0;\n  setp.eq.u32 %p, %t, 0;\n" + "  @%p st.global.b32 [%p1], 100;\n  bar.sync 0;\n"
    body += emit.load("%a", "b32", 0) + "  atom.global.cas.b32 %d, [%p1], 100, %a;\n  bar.sync 0;\n"
    body += "  ld.global.b32 %o, [%p1];\n  bar.sync 0;\n  setp.eq.u32 %p, %d, 100;\n"
    body += "  setp.eq.and.u32 %p, %o, %a, %p;\n  selp.u32 %a, 1, 0, %p;\n  barrier.cta.red.popc.u32 %d, 0, %p;\n"
    body += emit.store("%d", "b32", 1) + "  ret;\n"
    h.add(emit.Case("global_cas", body, threads=64).read("u32", list(range(1000, 1064))).write("u32", [1] * 64))
    body = emit.header(2, ".reg .f32 %f, %g;\n.reg .b32 %s, %d;\n.shared .align 4 .b32 cell;\n.reg .pred %p;")
    body += emit.load("%f", "f32", 0) + "  mov.u32 %s, cell;\n  setp.eq.u32 %p, %t, 0;\n  @%p st.shared.b32 [%s], 0;\n  bar.sync 0;\n"
    body += "  atom.shared.add.f32 %g, [%s], %f;\n  bar.sync 0;\n  ld.shared.f32 %g, [%s];\n"
    body += emit.store("%g", "f32", 1) + "  ret;\n"
    from .numbers import f32_bits
    h.add(emit.Case("shared_add_f32", body, threads=64).read("f32", [f32_bits(float(i)) for i in range(64)])
          .write("f32", [f32_bits(2016.0)] * 64))
    return [g, h]
