"""ldmatrix, stmatrix, movmatrix: element (row, column) of an 8x8 matrix of 16 bits lies in half column % 2 of lane
row * 4 + column / 2; transposed, that of (column, row)."""
import random

from . import emit


def spot(row, column, transposed):
    if transposed:
        row, column = column, row
    return row * 4 + column // 2, column % 2


def fragments(matrices, transposed):
    """Registers, one a matrix, for 32 lanes each."""
    out = []
    for matrix in matrices:
        words = [0] * 32
        for row in range(8):
            for column in range(8):
                lane, half = spot(row, column, transposed)
                words[lane] |= matrix[row][column] << 16 * half
        out += words
    return out


def random_matrices(count, seed):
    rng = random.Random(seed)
    return [[[rng.getrandbits(16) for _ in range(8)] for _ in range(8)] for _ in range(count)]


STRIDE = 48  # bytes between rows in shared memory


def load_case(count, transposed, generic):
    matrices = random_matrices(count, f"ld {count} {transposed}")
    image = []
    for matrix in matrices:
        for row in matrix:
            words = [row[i] | row[i + 1] << 16 for i in range(0, 8, 2)]
            image += words + [0xDEADBEEF] * (STRIDE // 4 - 4)
    while len(image) < 32 * (STRIDE // 4):
        image.append(0xDEADBEEF)
    body = emit.header(2, ".shared .align 16 .b8 rows[1536];\n.reg .b32 %d<4>, %s, %x;\n.reg .b64 %g;")
    body += "  mov.u32 %s, rows;\n  mad.lo.u32 %s, %t, 48, %s;\n"
    for i in range(STRIDE // 4):
        body += emit.load("%x", "b32", 0, stride=STRIDE // 4, offset=i) + f"  st.shared.b32 [%s+{4 * i}], %x;\n"
    body += "  bar.sync 0;\n"
    registers = "{" + ", ".join(f"%d{i}" for i in range(count)) + "}"
    trans = ".trans" if transposed else ""
    if generic:
        body += "  cvt.u64.u32 %g, %s;\n  cvta.shared.u64 %g, %g;\n"
        body += f"  ldmatrix.sync.aligned.m8n8.x{count}{trans}.b16 {registers}, [%g];\n"
    else:
        body += f"  ldmatrix.sync.aligned.m8n8.x{count}{trans}.shared.b16 {registers}, [%s];\n"
    for i in range(count):
        body += emit.store(f"%d{i}", "b32", 1, offset=32 * i)
    name = f"ldmatrix_x{count}" + ("_trans" if transposed else "") + ("_generic" if generic else "")
    return emit.Case(name, body + "  ret;\n").read("u32", image).write("u32", fragments(matrices, transposed))


def store_case(count, transposed):
    matrices = random_matrices(count, f"st {count} {transposed}")
    body = emit.header(2, ".shared .align 16 .b8 rows[512];\n.reg .b32 %d<4>, %s, %x;")
    for i in range(count):
        body += emit.load(f"%d{i}", "b32", 0, offset=32 * i)
    registers = "{" + ", ".join(f"%d{i}" for i in range(count)) + "}"
    trans = ".trans" if transposed else ""
    body += "  mov.u32 %s, rows;\n  mad.lo.u32 %s, %t, 16, %s;\n"
    body += f"  stmatrix.sync.aligned.m8n8.x{count}{trans}.shared.b16 [%s], {registers};\n  bar.sync 0;\n"
    body += "  mov.u32 %s, rows;\n  mad.lo.u32 %s, %t, 4, %s;\n"
    for i in range(count):
        body += f"  ld.shared.b32 %x, [%s+{128 * i}];\n" + emit.store("%x", "b32", 1, offset=32 * i)
    image = [row[i] | row[i + 1] << 16 for matrix in matrices for row in matrix for i in range(0, 8, 2)]
    name = f"stmatrix_x{count}" + ("_trans" if transposed else "")
    return emit.Case(name, body + "  ret;\n").read("u32", fragments(matrices, transposed)).write("u32", image)


def move_case():
    matrices = random_matrices(1, "mov")
    body = emit.header(2, ".reg .b32 %d, %a;") + emit.load("%a", "b32", 0)
    body += "  movmatrix.sync.aligned.m8n8.trans.b16 %d, %a;\n" + emit.store("%d", "b32", 1) + "  ret;\n"
    return emit.Case("movmatrix", body).read("u32", fragments(matrices, False)).write("u32", fragments(matrices, True))


def groups():
    g = emit.Group("matrices", 80)
    for count in (1, 2, 4):
        for transposed in (False, True):
            g.add(load_case(count, transposed, False))
    g.add(load_case(4, False, True))
    g.add(move_case())
    h = emit.Group("stmatrix", 90)
    for count in (1, 2, 4):
        for transposed in (False, True):
            h.add(store_case(count, transposed))
    return [g, h]
