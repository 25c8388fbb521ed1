"""Loads and stores of every width and space, addresses of every kind, moves that pack."""
import random

from . import emit


def raw(seed, count):
    rng = random.Random(seed)
    return [rng.getrandbits(32) for _ in range(count)]


def groups():
    g = emit.Group("memory", 80)
    for bits in (8, 16, 32, 64):  # widening loads
        for s in "us":
            data = raw(f"ld {bits}", 64)
            raw_bytes = b"".join(w.to_bytes(4, "little") for w in data)
            size, out = bits // 8, []
            for t in range(32):
                value = int.from_bytes(raw_bytes[t * size:t * size + size], "little", signed=s == "s")
                out.append(value & (2 ** 64 - 1))
            body = emit.header(2, ".reg .b64 %d;") + f"  mad.wide.u32 %q0, %t, {size}, %p0;\n"
            body += f"  ld.global.{s}{bits} %d, [%q0];\n" + emit.store("%d", "b64", 1) + "  ret;\n"
            if s == "s" or bits < 64:
                body = body.replace(".reg .b64 %d;", f".reg .{s}64 %d;")
            g.add(emit.Case(f"ld_{s}{bits}", body).read("u32", data).write("u64", out))
    for vector, kind, words in ((2, "b8", 0.5), (4, "b8", 1), (2, "b16", 1), (4, "b16", 2), (2, "b32", 2), (4, "b32", 4), (2, "b64", 4)):
        count = int(32 * words)
        data = raw(f"vector {vector} {kind}", count)
        size = int(words * 4)
        register = "b16" if kind in ("b8", "b16") else kind
        names = "{" + ", ".join(f"%v{i}" for i in range(vector)) + "}"
        # In reverse order of the elements, through shared memory and back.
        turned = "{" + ", ".join(f"%v{vector - 1 - i}" for i in range(vector)) + "}"
        body = emit.header(2, f".reg .{register} %v<4>;\n.shared .align 16 .b8 room[512];\n.reg .b32 %s;")
        body += f"  mad.wide.u32 %q0, %t, {size}, %p0;\n  ld.global.nc.v{vector}.{kind} {names}, [%q0];\n"
        body += f"  mov.u32 %s, room;\n  mad.lo.u32 %s, %t, {size}, %s;\n  st.shared.v{vector}.{kind} [%s], {turned};\n"
        body += f"  bar.sync 0;\n  ld.shared.v{vector}.{kind} {names}, [%s];\n"
        body += f"  mad.wide.u32 %q0, %t, {size}, %p1;\n  st.global.v{vector}.{kind} [%q0], {names};\n  ret;\n"
        raw_bytes = b"".join(w.to_bytes(4, "little") for w in data)
        element, out = size // vector, b""
        for t in range(32):
            piece = raw_bytes[t * size:(t + 1) * size]
            out += b"".join(piece[(vector - 1 - i) * element:(vector - i) * element] for i in range(vector))
        words_out = [int.from_bytes(out[i:i + 4], "little") for i in range(0, len(out), 4)]
        g.add(emit.Case(f"vector_v{vector}_{kind}", body).read("u32", data).write("u32", words_out))
    data = raw("spaces", 32)
    # Local memory by a computed index: each thread keeps eight numbers of its own and reads them backwards.
    body = emit.header(2, ".local .align 8 .b8 mine[64];\n.reg .b32 %a, %i, %l, %d;\n.reg .b64 %g;\n.reg .pred %k;")
    body += emit.load("%a", "b32", 0) + """
  mov.u32 %i, 0;
  mov.u32 %l, mine;
FILL:
  add.u32 %d, %a, %i;
  st.local.b32 [%l], %d;
  add.u32 %l, %l, 8;
  add.u32 %i, %i, 1;
  setp.lt.u32 %k, %i, 8;
  @%k bra FILL;
  mov.u64 %g, mine;
  cvta.local.u64 %g, %g;
  and.b32 %i, %t, 7;
  mad.wide.u32 %g, %i, 8, %g;
  ld.b32 %d, [%g];
""" + emit.store("%d", "b32", 1) + "  ret;\n"
    g.add(emit.Case("local_generic", body).read("u32", data).write("u32", [(v + (t & 7)) & 0xFFFFFFFF for t, v in enumerate(data)]))
    # Generic addresses of shared and global memory in one instruction: even lanes one, odd lanes the other.
    body = emit.header(2, ".shared .align 4 .b8 room[128];\n.reg .b32 %a, %i, %s, %d;\n.reg .b64 %g, %h;\n.reg .pred %k;")
    body += emit.load("%a", "b32", 0) + """
  mov.u32 %s, room;
  mad.lo.u32 %s, %t, 4, %s;
  not.b32 %d, %a;
  st.shared.b32 [%s], %d;
  bar.sync 0;
  cvt.u64.u32 %g, %s;
  cvta.shared.u64 %g, %g;
  mad.wide.u32 %h, %t, 4, %p0;
  cvta.global.u64 %h, %h;
  and.b32 %i, %t, 1;
  setp.eq.u32 %k, %i, 0;
  selp.b64 %g, %g, %h, %k;
  ld.b32 %d, [%g];
  isspacep.shared %k, %g;
  @%k add.u32 %d, %d, 1;
""" + emit.store("%d", "b32", 1) + "  ret;\n"
    g.add(emit.Case("generic_mixed", body).read("u32", data)
          .write("u32", [(~v + 1 if t % 2 == 0 else v) & 0xFFFFFFFF for t, v in enumerate(data)]))
    # Packing moves.
    body = emit.header(2, ".reg .b32 %a, %d;\n.reg .b16 %x, %y;\n.reg .b64 %g;") + emit.load("%a", "b32", 0)
    body += "  mov.b32 {%x, %y}, %a;\n  mov.b32 %d, {%y, %x};\n  mov.b64 %g, {%a, %d};\n  mov.b64 {%d, %a}, %g;\n"
    body += emit.store("%a", "b32", 1, stride=2) + emit.store("%d", "b32", 1, stride=2, offset=1) + "  ret;\n"
    out = [w for v in data for w in ((v >> 16 | v << 16) & 0xFFFFFFFF, v)]
    g.add(emit.Case("mov_pack", body).read("u32", data).write("u32", out))
    # Special registers over a grid.
    body = emit.header(1, ".reg .b32 %a, %b, %d;")
    body += "  mov.u32 %a, %ctaid.x;\n  mov.u32 %b, %ntid.x;\n  mad.lo.u32 %d, %a, %b, %t;\n  mov.u32 %a, %nctaid.x;\n"
    body += "  mad.lo.u32 %b, %a, 1000, %b;\n  mov.u32 %a, %laneid;\n  mad.lo.u32 %b, %a, 100000, %b;\n"
    body += emit.store("%b", "b32", 0, index="%d") + "  ret;\n"
    g.add(emit.Case("special_registers", body, threads=64, blocks=5).write("u32", [(t % 32) * 100000 + 5064 for t in range(320)]))
    return [g]
