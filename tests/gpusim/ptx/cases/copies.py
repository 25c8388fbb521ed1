"""cp.async with its groups, mbarriers of sm_80. Mutants lack a wait: something else must come out, since a copy that
nobody waited for has not happened."""
import random

from . import emit

SHARED = ".shared .align 128 .b8 buffer[8192];\n.shared .align 8 .b64 bar;\n.reg .b32 %s, %x, %y, %n, %m;\n" \
         ".reg .b64 %g, %state;\n.reg .pred %r, %k;\n"


def words(count, seed):
    rng = random.Random(seed)
    return [rng.getrandbits(32) for _ in range(count)]


def copy_case(size, cache, take=None, ignore=False, mutant=False, wait="cp.async.wait_all;"):
    """Each thread copies `size` bytes; take: the source's size for each lane."""
    n = size // 4
    source = words(32 * n, f"copy {size} {take} {ignore}")
    takes = [take] * 32 if isinstance(take, int) else [(lane * 3) % (size + 1) for lane in range(32)]
    expected = []
    for lane in range(32):
        raw = b"".join(w.to_bytes(4, "little") for w in source[lane * n:lane * n + n])
        if take is not None:
            raw = raw[:takes[lane]] + bytes(size - takes[lane])
        if ignore and lane % 3 == 0:
            raw = bytes(size)
        expected += [int.from_bytes(raw[i:i + 4], "little") for i in range(0, size, 4)]
    body = emit.header(3, SHARED) + f"  mov.u32 %s, buffer;\n  mad.lo.u32 %s, %t, {size}, %s;\n"
    # What lies there before: a mutant must find it there still.
    for i in range(n):
        body += f"  st.shared.b32 [%s+{4 * i}], 0x5a5a5a5a;\n"
    body += f"  mad.wide.u32 %g, %t, {size}, %p0;\n" + emit.load("%m", "b32", 1)
    extra = ", %m" if take is not None else ""
    if ignore:
        body += "  rem.u32 %m, %t, 3;\n  setp.eq.u32 %r, %m, 0;\n"
        extra = ", %r"
    body += f"  cp.async.{cache}.shared.global [%s], [%g], {size}{extra};\n"
    body += "" if mutant else f"  {wait}\n"
    for i in range(n):
        body += f"  ld.shared.b32 %x, [%s+{4 * i}];\n" + emit.store("%x", "b32", 2, stride=n, offset=i)
    kind = "_each" if take == "each" else f"_{take}" if take is not None else ""
    name = f"cp_async_{cache}_{size}{kind}" + ("_ignore" if ignore else "") + ("_mutant" if mutant else "")
    case = emit.Case(name, body + "  ret;\n").read("u32", source).read("u32", takes if take is not None else [0] * 32)
    case.mutant = "output" if mutant else None
    return case.write("u32", expected)


def pipeline(stages, mutant=False):
    """Groups: stage i is read while those after it are under way; wait_group says so."""
    rounds = 8
    source = words(rounds * 128, "pipeline")
    body = emit.header(2, SHARED)
    body += "  mov.u32 %s, buffer;\n  mad.lo.u32 %s, %t, 16, %s;\n  mad.wide.u32 %g, %t, 16, %p0;\n"
    for i in range(stages - 1):
        body += f"  cp.async.cg.shared.global [%s+{512 * i}], [%g+{512 * i}], 16;\n  cp.async.commit_group;\n"
    for i in range(rounds):
        keep = stages - 2 + (1 if mutant else 0)
        body += f"  cp.async.wait_group {keep};\n  bar.sync 0;\n"
        following = i + stages - 1
        if following < rounds:
            body += (f"  cp.async.cg.shared.global [%s+{512 * (following % stages)}], [%g+{512 * following}], 16;\n")
        body += "  cp.async.commit_group;\n"
        for j in range(4):  # what another thread copied: xor 1
            body += (f"  xor.b32 %m, %t, 1;\n  mov.u32 %n, buffer;\n  mad.lo.u32 %m, %m, 16, %n;\n"
                     f"  ld.shared.b32 %x, [%m+{512 * (i % stages) + 4 * j}];\n")
            body += emit.store("%x", "b32", 1, stride=4, offset=128 * i + j)
    expected = [source[i * 128 + (lane ^ 1) * 4 + j] for i in range(rounds) for lane in range(32) for j in range(4)]
    case = emit.Case(f"pipeline_{stages}" + ("_mutant" if mutant else ""), body + "  ret;\n")
    case.mutant = "output" if mutant else None
    return case.read("u32", source).write("u32", expected)


def barrier_state():
    """arrive gives the phase, test_wait tells when it is over; two phases; pending_count."""
    body = emit.header(1, SHARED) + """
  mov.u32 %s, bar;
  setp.eq.u32 %r, %t, 0;
  @%r mbarrier.init.shared.b64 [%s], 64;
  bar.sync 0;
  mbarrier.arrive.shared.b64 %state, [%s];
  mbarrier.test_wait.shared.b64 %k, [%s], %state;
  selp.u32 %x, 1, 0, %k;
""" + emit.store("%x", "b32", 0) + """
  bar.sync 0;
  mbarrier.arrive.shared.b64 %state, [%s];
WAIT:
  mbarrier.test_wait.shared.b64 %k, [%s], %state;
  @!%k bra WAIT;
  selp.u32 %x, 1, 0, %k;
""" + emit.store("%x", "b32", 0, offset=32) + """
  mbarrier.test_wait.parity.shared.b64 %k, [%s], 0;
  selp.u32 %x, 1, 0, %k;
""" + emit.store("%x", "b32", 0, offset=64) + """
  mbarrier.test_wait.parity.shared.b64 %k, [%s], 1;
  selp.u32 %x, 1, 0, %k;
""" + emit.store("%x", "b32", 0, offset=96) + """
  bar.sync 0;
  mov.u32 %x, 777;
  @!%r bra COUNTED;
  mbarrier.arrive.noComplete.shared.b64 %state, [%s], 5;
  mbarrier.arrive.noComplete.shared.b64 %state, [%s], 1;
  mbarrier.pending_count.b64 %x, %state;
  mbarrier.inval.shared.b64 [%s];
COUNTED:
""" + emit.store("%x", "b32", 0, offset=128) + "  ret;\n"
    expected = [0] * 32 + [1] * 32 + [1] * 32 + [0] * 32 + [59] + [777] * 31
    return emit.Case("mbarrier_state", body).write("u32", expected)


def barrier_drop():
    """Half of the threads drop out after the first phase: the second needs 16 arrivals."""
    body = emit.header(1, SHARED) + """
  mov.u32 %s, bar;
  setp.eq.u32 %r, %t, 0;
  @%r mbarrier.init.shared.b64 [%s], 32;
  bar.sync 0;
  setp.lt.u32 %r, %t, 16;
  mov.u32 %x, 1;
  @%r bra STAY;
  mbarrier.arrive_drop.shared.b64 %state, [%s];
  bra DONE;
STAY:
  mbarrier.arrive.shared.b64 %state, [%s];
DONE:
  bar.warp.sync -1;
  mbarrier.test_wait.parity.shared.b64 %k, [%s], 0;
  @%k add.u32 %x, %x, 10;
  bar.sync 0;
  @!%r bra OUT;
  mbarrier.arrive.shared.b64 %state, [%s];
  bar.warp.sync 0xffff;
  mbarrier.test_wait.shared.b64 %k, [%s], %state;
  @%k add.u32 %x, %x, 100;
OUT:
""" + emit.store("%x", "b32", 0) + "  ret;\n"
    return emit.Case("mbarrier_arrive_drop", body).write("u32", [111] * 16 + [11] * 16)


def tracked(noinc, mutant=False):
    """cp.async whose end an mbarrier tells. 64 threads; the other warp reads."""
    source = words(256, f"tracked {noinc}")
    count = 128 if noinc else 64
    body = emit.header(2, SHARED) + f"""
  mov.u32 %n, bar;
  setp.eq.u32 %r, %t, 0;
  @%r mbarrier.init.shared.b64 [%n], {count};
  bar.sync 0;
  mov.u32 %s, buffer;
  mad.lo.u32 %s, %t, 16, %s;
  mad.wide.u32 %g, %t, 16, %p0;
  st.shared.v4.b32 [%s], {{%t, %t, %t, %t}};
  bar.sync 0;
  cp.async.cg.shared.global [%s], [%g], 16;
  cp.async.mbarrier.arrive{'.noinc' if noinc else ''}.shared.b64 [%n];
  mbarrier.arrive.shared.b64 %state, [%n];
"""
    if not mutant:
        body += "WAIT:\n  mbarrier.test_wait.shared.b64 %k, [%n], %state;\n  @!%k bra WAIT;\n"
    body += "  xor.b32 %m, %t, 32;\n  mov.u32 %s, buffer;\n  mad.lo.u32 %m, %m, 16, %s;\n"
    for j in range(4):
        body += f"  ld.shared.b32 %x, [%m+{4 * j}];\n" + emit.store("%x", "b32", 1, stride=4, offset=j)
    expected = [source[(t ^ 32) * 4 + j] for t in range(64) for j in range(4)]
    name = "cp_async_mbarrier" + ("_noinc" if noinc else "") + ("_mutant" if mutant else "")
    case = emit.Case(name, body + "  ret;\n", threads=64)
    case.mutant = "output" if mutant else None
    return case.read("u32", source).write("u32", expected)


def groups():
    g = emit.Group("copies", 80)
    for size in (4, 8, 16):
        g.add(copy_case(size, "ca"))
        g.add(copy_case(size, "ca", "each"))
        g.add(copy_case(size, "ca", 0))
        g.add(copy_case(size, "ca", ignore=True))
    g.add(copy_case(16, "cg"))
    g.add(copy_case(16, "cg", "each"))
    g.add(copy_case(16, "cg", mutant=True))
    g.add(copy_case(4, "ca", mutant=True))
    for stages in (2, 3, 4):
        g.add(pipeline(stages))
        g.add(pipeline(stages, mutant=True))
    g.add(barrier_state())
    g.add(barrier_drop())
    for noinc in (False, True):
        g.add(tracked(noinc))
        g.add(tracked(noinc, mutant=True))
    return [g]
