"""sm_90: bulk copies, tensor maps, clusters, mbarriers with transactions."""
import random

from . import emit

SHARED = ".shared .align 1024 .b8 buffer[16384];\n.shared .align 8 .b64 bar;\n" \
         ".reg .b32 %s, %x, %y, %n, %m, %rank, %s2, %n2;\n.reg .b64 %g, %state, %w;\n.reg .pred %r, %k, %e;\n.reg .b16 %h;\n"
START = """
  mov.u32 %s, buffer;
  mov.u32 %n, bar;
  setp.eq.u32 %r, %t, 0;
"""
INIT = """
  @%r mbarrier.init.shared.b64 [%n], 1;
  @%r fence.mbarrier_init.release.cluster;
  bar.sync 0;
"""
CLUSTER = "  barrier.cluster.arrive.aligned;\n  barrier.cluster.wait.aligned;\n"


def wait(parity=0, tag=""):
    return f"""WAIT{tag}{parity}:
  mbarrier.try_wait.parity.shared.b64 %k, [%n], {parity};
  @!%k bra WAIT{tag}{parity};
"""


def words(count, seed):
    rng = random.Random(seed)
    return [rng.getrandbits(32) for _ in range(count)]


def fill(value=0x5A5A5A5A, count=16):
    """Every thread writes 4 bytes, `count` times over."""
    text = "  mad.lo.u32 %m, %t, 4, %s;\n"
    for i in range(count):
        text += f"  st.shared.b32 [%m+{128 * i}], {value:#x};\n"
    return text + "  fence.proxy.async.shared::cta;\n  bar.sync 0;\n"


def read_out(buffer, count, base="%s"):
    text = f"  mad.lo.u32 %m, %t, 4, {base};\n"
    for i in range(count):
        text += f"  ld.shared.b32 %x, [%m+{128 * i}];\n" + emit.store("%x", "b32", buffer, offset=32 * i)
    return text


def bulk_load(mutant=None):
    source = words(512, "bulk load")
    body = emit.header(2, SHARED) + START + fill() + INIT
    body += "  @%r mbarrier.arrive.expect_tx.shared.b64 %state, [%n], 2048;\n"
    body += "  @%r cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%s], [%p0], 2048, [%n];\n"
    body += "" if mutant == "wait" else wait()
    body += read_out(1, 16)
    case = emit.Case("bulk_load" + (f"_{mutant}_mutant" if mutant else ""), body + "  ret;\n")
    case.mutant = "output" if mutant else None
    return case.read("u32", source).write("u32", source)


def bulk_ring(mutant=None):
    """Eight pieces through two slots: full and empty barriers, a producer thread and readers."""
    source = words(8 * 32, "ring")
    body = emit.header(2, SHARED + ".shared .align 8 .b64 bars[4];\n.reg .b32 %i, %slot, %par, %f, %c, %em;\n") + START + """
  mov.u32 %n, bars;
  @!%r bra READY;
  mbarrier.init.shared.b64 [%n], 1;
  mbarrier.init.shared.b64 [%n+8], 1;
  mbarrier.init.shared.b64 [%n+16], 32;
  mbarrier.init.shared.b64 [%n+24], 32;
  fence.mbarrier_init.release.cluster;
READY:
  bar.sync 0;
  setp.ge.u32 %k, %t, 32;
  @%k bra PRODUCER;
  mov.u32 %i, 0;
CONSUME:
  and.b32 %slot, %i, 1;
  shr.u32 %par, %i, 1;
  and.b32 %par, %par, 1;
  mad.lo.u32 %f, %slot, 8, %n;
WAITFULL:
  mbarrier.try_wait.parity.shared.b64 %k, [%f], %par;
  @!%k bra WAITFULL;
  mad.lo.u32 %c, %slot, 128, %s;
  mad.lo.u32 %c, %t, 4, %c;
  ld.shared.b32 %x, [%c];
  mad.lo.u32 %y, %i, 32, %t;
""" + emit.store("%x", "b32", 1, index="%y") + """
  mbarrier.arrive.shared.b64 %state, [%f+16];
  add.u32 %i, %i, 1;
  setp.lt.u32 %k, %i, 8;
  @%k bra CONSUME;
  bra DONE;
PRODUCER:
  setp.ne.u32 %k, %t, 32;
  @%k bra DONE;
  mov.u32 %i, 0;
PRODUCE:
  and.b32 %slot, %i, 1;
  shr.u32 %par, %i, 1;
  and.b32 %par, %par, 1;
  xor.b32 %par, %par, 1;
  mad.lo.u32 %f, %slot, 8, %n;
""" + ("" if mutant == "empty" else """
WAITEMPTY:
  mbarrier.try_wait.parity.shared.b64 %k, [%f+16], %par;
  @!%k bra WAITEMPTY;
""") + """
  mad.lo.u32 %c, %slot, 128, %s;
  mad.wide.u32 %g, %i, 128, %p0;
  mbarrier.arrive.expect_tx.shared.b64 %state, [%f], 128;
  cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%c], [%g], 128, [%f];
  add.u32 %i, %i, 1;
  setp.lt.u32 %k, %i, 8;
  @%k bra PRODUCE;
DONE:
  ret;
"""
    case = emit.Case("bulk_ring" + (f"_{mutant}_mutant" if mutant else ""), body, threads=64)
    case.mutant = "any" if mutant else None
    return case.read("u32", source).write("u32", source)


def bulk_store(mutant=None):
    source = words(256, "bulk store")
    body = emit.header(2, SHARED) + START + "  mad.lo.u32 %m, %t, 4, %s;\n"
    for i in range(8):
        body += emit.load("%x", "b32", 0, offset=32 * i) + f"  st.shared.b32 [%m+{128 * i}], %x;\n"
    body += "" if mutant == "fence" else "  fence.proxy.async.shared::cta;\n"
    body += "  bar.sync 0;\n  @!%r bra DONE;\n"
    body += "  cp.async.bulk.global.shared::cta.bulk_group [%p1], [%s], 1024;\n  cp.async.bulk.commit_group;\n"
    if mutant == "overwrite":
        body += "  st.shared.b32 [%s], 7;\n"
    body += "" if mutant == "wait" else "  cp.async.bulk.wait_group.read 0;\n"
    case = emit.Case("bulk_store" + (f"_{mutant}_mutant" if mutant else ""), body + "DONE:\n  ret;\n")
    case.mutant = {None: None, "fence": "any", "wait": "output", "overwrite": "output"}[mutant]
    return case.read("u32", source).write("u32", source)


def bulk_reduce(op, kind, combine, size=4):
    count = 256 // size
    rng = random.Random(f"{op} {kind}")
    mask = (1 << 8 * size) - 1
    old, new = ([rng.getrandbits(8 * size) for _ in range(count)] for _ in range(2))
    if op in ("inc", "dec"):
        old[0], new[0], old[1], new[1], old[2], new[2] = 5, 5, 0, 9, 6, 5
    signed = lambda v: v - (1 << 8 * size) if kind[0] == "s" and v >> (8 * size - 1) else v
    out = [combine(signed(a), signed(b)) & mask for a, b in zip(old, new)]
    body = emit.header(3, SHARED) + START + "  mad.lo.u32 %m, %t, 8, %s;\n"
    body += emit.load("%g", "b64", 1) + "  st.shared.b64 [%m], %g;\n" + emit.load("%g", "b64", 0)
    body += emit.store("%g", "b64", 2) + "  fence.proxy.async;\n  bar.sync 0;\n  @!%r bra DONE;\n"
    body += f"  cp.reduce.async.bulk.global.shared::cta.bulk_group.{op}.{kind} [%p2], [%s], 256;\n"
    body += "  cp.async.bulk.commit_group;\n  cp.async.bulk.wait_group 0;\nDONE:\n  ret;\n"
    buffer = "u64" if size == 8 else "u32"
    return emit.Case(f"bulk_reduce_{op}_{kind}", body).read(buffer, old).read(buffer, new).write(buffer, out)


def cluster_body(pointers):
    return emit.header(pointers, SHARED).replace("  mov.u32 %t", "  mov.u32 %rank, %cluster_ctarank;\n  mov.u32 %t", 1)


def distributed():
    """Each block writes to the next one's shared memory and reads from the one before."""
    body = cluster_body(1) + START + """
  add.u32 %y, %rank, 1;
  and.b32 %y, %y, 3;
  mad.lo.u32 %m, %t, 4, %s;
  mapa.shared::cluster.u32 %s2, %m, %y;
  mad.lo.u32 %x, %rank, 1000, %t;
""" + CLUSTER + "  st.shared::cluster.b32 [%s2], %x;\n" + CLUSTER + """
  ld.shared.b32 %x, [%m];
  mad.lo.u32 %y, %u, 32, %t;
""" + emit.store("%x", "b32", 0, index="%y") + """
  add.u32 %y, %rank, 3;
  and.b32 %y, %y, 3;
  cvt.u64.u32 %g, %m;
  cvta.shared.u64 %g, %g;
  mapa.u64 %g, %g, %y;
  ld.b32 %x, [%g];
  mad.lo.u32 %y, %u, 32, %t;
""" + emit.store("%x", "b32", 0, index="%y", offset=256) + """
  getctarank.u64 %x, %g;
  mad.lo.u32 %y, %u, 32, %t;
""" + emit.store("%x", "b32", 0, index="%y", offset=512) + CLUSTER + "  ret;\n"
    received = [((b % 4 + 3) % 4) * 1000 + t for b in range(8) for t in range(32)]
    before = [((b % 4 + 2) % 4) * 1000 + t for b in range(8) for t in range(32)]
    ranks = [(b % 4 + 3) % 4 for b in range(8) for _ in range(32)]
    return emit.Case("distributed", body, blocks=8, cluster=4).write("u32", received + before + ranks)


def special_registers():
    names = ["cluster_ctarank", "cluster_nctarank", "cluster_ctaid.x", "cluster_nctaid.x", "clusterid.x", "nclusterid.x"]
    body = cluster_body(1)
    for i, name in enumerate(names):
        body += f"  mov.u32 %x, %{name};\n  mad.lo.u32 %y, %u, 32, %t;\n"
        body += emit.store("%x", "b32", 0, index="%y", offset=192 * i)
    lines = [lambda b: b % 2, lambda b: 2, lambda b: b % 2, lambda b: 2, lambda b: b // 2, lambda b: 3]
    out = [f(b) for f in lines for b in range(6) for _ in range(32)]
    return emit.Case("cluster_registers", body + "  ret;\n", blocks=6, cluster=2).write("u32", out)


def remote_arrive():
    """Every thread of the cluster arrives at block 0's barrier, which waits for them all."""
    body = cluster_body(1) + START + """
  @%r mbarrier.init.shared.b64 [%n], 64;
  @%r fence.mbarrier_init.release.cluster;
""" + CLUSTER + """
  mov.u32 %y, 0;
  mapa.shared::cluster.u32 %n2, %n, %y;
  mad.lo.u32 %m, %t, 4, %s;
  mad.lo.u32 %m, %rank, 128, %m;
  mapa.shared::cluster.u32 %s2, %m, %y;
  mad.lo.u32 %x, %rank, 100, %t;
  st.shared::cluster.b32 [%s2], %x;
  mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%n2];
  setp.ne.u32 %e, %rank, 0;
  @%e bra OUT;
WAIT0:
  mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 %k, [%n], 0;
  @!%k bra WAIT0;
  mad.lo.u32 %m, %t, 4, %s;
  ld.shared.b32 %x, [%m];
""" + emit.store("%x", "b32", 0) + "  ld.shared.b32 %x, [%m+128];\n" + emit.store("%x", "b32", 0, offset=32) + """
OUT:
""" + CLUSTER + "  ret;\n"
    return emit.Case("remote_arrive", body, blocks=2, cluster=2).write("u32", list(range(32)) + [100 + t for t in range(32)])


def multicast():
    """Each block loads half and sends it to both."""
    source = words(128, "multicast")
    body = cluster_body(2) + START + fill(count=4) + INIT + CLUSTER + """
  mov.b16 %h, 3;
  mad.lo.u32 %s2, %rank, 256, %s;
  mad.wide.u32 %g, %rank, 256, %p0;
  @%r mbarrier.arrive.expect_tx.shared.b64 %state, [%n], 512;
  @%r cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%s2], [%g], 256, [%n], %h;
""" + wait() + "  mad.lo.u32 %m, %t, 4, %s;\n"
    for i in range(4):
        body += f"  ld.shared.b32 %x, [%m+{128 * i}];\n  mad.lo.u32 %y, %u, 128, %t;\n"
        body += emit.store("%x", "b32", 1, index="%y", offset=32 * i)
    body += CLUSTER
    return emit.Case("multicast", body + "  ret;\n", blocks=2, cluster=2).read("u32", source).write("u32", source * 2)


def remote_copy(asynchronous_store=None):
    """Shared memory to the peer's: by cp.async.bulk, by st.async or by red.async."""
    body = cluster_body(1) + START + """
  mad.lo.u32 %m, %t, 4, %s;
  mad.lo.u32 %x, %rank, 1000, %t;
  st.shared.b32 [%m], %x;
  st.shared.b32 [%m+1024], 5;
  fence.proxy.async;
""" + INIT + """
  @%r mbarrier.arrive.expect_tx.shared.b64 %state, [%n], 128;
  xor.b32 %y, %rank, 1;
  mapa.shared::cluster.u32 %n2, %n, %y;
""" + CLUSTER
    if asynchronous_store:
        body += "  add.u32 %m, %m, 1024;\n  mapa.shared::cluster.u32 %s2, %m, %y;\n"
        body += f"  {asynchronous_store} [%s2], %x, [%n2];\n"
    else:
        body += "  add.u32 %m, %s, 1024;\n  mapa.shared::cluster.u32 %s2, %m, %y;\n"
        body += ("  @%r cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [%s2], [%s], 128, [%n2];\n")
    body += wait() + "  mad.lo.u32 %m, %t, 4, %s;\n  ld.shared.b32 %x, [%m+1024];\n  mad.lo.u32 %y, %u, 32, %t;\n"
    body += emit.store("%x", "b32", 0, index="%y") + CLUSTER + "  ret;\n"
    plus = 5 if asynchronous_store and asynchronous_store.startswith("red") else 0
    name = "remote_" + (asynchronous_store.split(".")[0] + "_async" if asynchronous_store else "bulk")
    out = [(1 - b) * 1000 + t + plus for b in range(2) for t in range(32)]
    return emit.Case(name, body, blocks=2, cluster=2).write("u32", out)


def swizzle_place(offset, mode):
    return offset ^ ((offset >> 7) & ((1 << mode) - 1)) << 4


def tensor_load(kind, rows, columns, box_rows, box_columns, swizzle, row, column):
    size = emit.BYTES[kind]
    rng = random.Random(f"tensor {kind} {swizzle} {row} {column}")
    tensor = [rng.getrandbits(8 * size) for _ in range(rows * columns)]
    bytes_in_box = box_rows * box_columns * size
    data = bytearray(bytes_in_box)
    for r in range(box_rows):
        for c in range(box_columns):
            inside = 0 <= row + r < rows and 0 <= column + c < columns
            element = tensor[(row + r) * columns + column + c] if inside else 0
            at = swizzle_place((r * box_columns + c) * size, swizzle)
            data[at:at + size] = element.to_bytes(size, "little")
    body = emit.header(3, SHARED).replace("  ld.param.u64 %p1, [p1];\n  cvta.to.global.u64 %p1, %p1;\n", "")
    body += START + fill(count=bytes_in_box // 128) + INIT + f"""
  mov.u64 %g, p1;
  cvta.param.u64 %g, %g;
  @%r prefetch.tensormap [%g];
  mov.u32 %x, {column};
  mov.u32 %y, {row};
  @%r mbarrier.arrive.expect_tx.shared.b64 %state, [%n], {bytes_in_box};
  @%r cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%s], [%g, {{%x, %y}}], [%n];
""" + wait() + read_out(2, bytes_in_box // 128)
    name = f"tensor_load_{kind}_{swizzle}_{'at' if row >= 0 else 'before'}_{abs(row)}_{abs(column)}"
    case = emit.Case(name, body + "  ret;\n").read(kind, tensor)
    case.map(kind, rows, columns, box_rows, box_columns, swizzle, 0)
    out = [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]
    return case.write("u32", out)


def tensor_store(swizzle, row, column, reduce=""):
    """A box of 8 x 32 u32 into a tensor of 16 x 36; what hangs over is not written."""
    rows, columns, box_rows, box_columns = 16, 36, 8, {0: 32, 1: 8, 2: 16, 3: 32}[swizzle]
    rng = random.Random(f"store {swizzle} {row} {column} {reduce}")
    box = [[rng.getrandbits(32) for _ in range(box_columns)] for _ in range(box_rows)]
    old = [rng.getrandbits(32) for _ in range(rows * columns)]
    new = list(old)
    image = [0] * (box_rows * box_columns)
    for r in range(box_rows):
        for c in range(box_columns):
            image[swizzle_place((r * box_columns + c) * 4, swizzle) // 4] = box[r][c]
            if row + r < rows and column + c < columns:
                at = (row + r) * columns + column + c
                new[at] = (old[at] + box[r][c]) & 0xFFFFFFFF if reduce else box[r][c]
    body = emit.header(4, SHARED).replace("  ld.param.u64 %p3, [p3];\n  cvta.to.global.u64 %p3, %p3;\n", "")
    body += START + "  mad.lo.u32 %m, %t, 4, %s;\n"
    for i in range(len(image) // 32):
        body += emit.load("%x", "b32", 0, offset=32 * i) + f"  st.shared.b32 [%m+{128 * i}], %x;\n"
    for i in range(rows * columns // 32):
        body += emit.load("%x", "b32", 1, offset=32 * i) + emit.store("%x", "b32", 2, offset=32 * i)
    opcode = "cp.reduce.async" if reduce else "cp.async"
    body += f"""
  fence.proxy.async;
  bar.sync 0;
  @!%r bra DONE;
  mov.u64 %g, p3;
  cvta.param.u64 %g, %g;
  mov.u32 %x, {column};
  mov.u32 %y, {row};
  {opcode}.bulk.tensor.2d.global.shared::cta{'.' + reduce if reduce else ''}.tile.bulk_group [%g, {{%x, %y}}], [%s];
  cp.async.bulk.commit_group;
  cp.async.bulk.wait_group 0;
DONE:
  ret;
"""
    case = emit.Case(f"tensor_store_{swizzle}_{row}_{column}" + (f"_{reduce}" if reduce else ""), body)
    case.read("u32", image).read("u32", old).write("u32", new)
    return case.map("u32", rows, columns, box_rows, box_columns, swizzle, 2)


def elect():
    body = emit.header(1, SHARED) + """
  mov.u32 %y, 0;
  elect.sync %x|%k, 0xffffffff;
  selp.u32 %y, 100, 0, %k;
  add.u32 %y, %y, %x;
""" + emit.store("%y", "b32", 0) + "  setmaxnreg.dec.sync.aligned.u32 40;\n  griddepcontrol.wait;\n  ret;\n"
    # Which lane leads is the card's choice; the tests' own is the lowest one, and so is every known card's.
    return emit.Case("elect", body).write("u32", [100] + [0] * 31)


def groups():
    g = emit.Group("hopper", 90, "8.4")
    g.add(bulk_load())
    g.add(bulk_load("wait"))
    g.add(bulk_ring())
    g.add(bulk_ring("empty"))
    g.add(bulk_store())
    for mutant in ("wait", "overwrite", "fence"):
        g.add(bulk_store(mutant))
    for op, combine in (("add", lambda a, b: a + b), ("min", min), ("max", max)):
        g.add(bulk_reduce(op, "u32", combine))
        g.add(bulk_reduce(op, "s32", combine))
        g.add(bulk_reduce(op, "u64", combine, 8))
    for op, combine in (("and", lambda a, b: a & b), ("or", lambda a, b: a | b), ("xor", lambda a, b: a ^ b)):
        g.add(bulk_reduce(op, "b32", combine))
    g.add(bulk_reduce("inc", "u32", lambda a, b: 0 if a >= b else a + 1))
    g.add(bulk_reduce("dec", "u32", lambda a, b: b if a == 0 or a > b else a - 1))
    g.add(distributed())
    g.add(special_registers())
    g.add(remote_arrive())
    g.add(multicast())
    g.add(remote_copy())
    g.add(remote_copy("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.u32"))
    g.add(remote_copy("red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32"))
    for swizzle, columns in ((0, 64), (1, 16), (2, 32), (3, 64)):
        g.add(tensor_load("u16", 40, 72, 16, columns, swizzle, 8, 8))
    g.add(tensor_load("u16", 40, 72, 16, 64, 3, 32, 40))
    g.add(tensor_load("u16", 40, 72, 16, 64, 3, -4, -8))
    g.add(tensor_load("f32", 24, 36, 16, 32, 3, 4, 8))
    g.add(tensor_load("u8", 24, 144, 16, 128, 3, 12, 32))
    for swizzle in (0, 1, 2, 3):
        g.add(tensor_store(swizzle, 4, 4))
    g.add(tensor_store(3, 12, 8))
    g.add(tensor_store(3, 12, 8, "add"))
    h = emit.Group("hopper_a", 90, "8.4", "a")
    h.add(elect())
    return [g, h]
