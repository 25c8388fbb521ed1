"""Groups of kernels with their inputs and expected outputs.

A group becomes NAME.ptx and NAME.case; the latter is read by the runner, line by line:
    target 80
    case KERNEL
    threads THREADS BLOCKS CLUSTER SHARED
    mutant output|any                          a kernel made wrong on purpose
    in TYPE hex hex ...                        a buffer that the kernel reads
    map TYPE ROWS COLUMNS BOXROWS BOXCOLUMNS SWIZZLE BUFFER   a tensor map of the n-th buffer, as the next parameter
    out TYPE ULPS ABS REL hex hex ...          a buffer that it writes: what must come out, and how near
    end
Each buffer is a pointer parameter, in order.
"""
import struct

BYTES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "f16": 2, "bf16": 2, "f32": 4, "f64": 8}


class Case:
    def __init__(self, name, body, threads=32, blocks=1, cluster=1, shared=0):
        self.name, self.body = name, body
        self.threads, self.blocks, self.cluster, self.shared = threads, blocks, cluster, shared
        self.buffers = []
        self.mutant = None  # "output": another result must come out; "any": or a report

    def read(self, kind, values):
        self.buffers.append(("in " + kind, kind, list(values)))
        return self

    def write(self, kind, values, ulps=0, absolute=0.0, relative=0.0):
        self.buffers.append((f"out {kind} {ulps} {absolute:g} {relative:g}", kind, list(values)))
        return self

    def map(self, kind, rows, columns, box_rows, box_columns, swizzle, buffer):
        self.buffers.append((f"map {kind} {rows} {columns} {box_rows} {box_columns} {swizzle} {buffer}", None, None))
        return self


class Group:
    def __init__(self, name, target=80, version="8.0", suffix=""):
        self.name, self.target, self.version, self.suffix = name, target, version, suffix
        self.cases = []

    def add(self, case):
        assert all(c.name != case.name for c in self.cases), case.name
        self.cases.append(case)
        return case

    def save(self, folder):
        ptx = [f".version {self.version}", f".target sm_{self.target}{self.suffix}", ".address_size 64", ""]
        text = [f"target {self.target}"]
        for case in self.cases:
            parameters = []
            for i, (head, kind, values) in enumerate(case.buffers):
                if head.startswith("map"):
                    parameters.append(f".param .align 64 .b8 p{i}[128]")
                else:
                    parameters.append(f".param .u64 p{i}")
            cluster = f" .reqnctapercluster {case.cluster}, 1, 1" if case.cluster > 1 else ""
            limit = f" .maxntid {case.threads}, 1, 1" + (" .minnctapersm 1" if "setmaxnreg" in case.body else "")
            ptx.append(f".visible .entry {case.name}({', '.join(parameters)}){limit}{cluster}")
            ptx += ["{", case.body.rstrip(), "}", ""]
            text.append(f"case {case.name}")
            text.append(f"threads {case.threads} {case.blocks} {case.cluster} {case.shared}")
            if case.mutant:
                text.append("mutant " + case.mutant)
            for head, kind, values in case.buffers:
                if values is None:
                    text.append(head)
                else:
                    text.append(head + " " + " ".join(f"{v & ((1 << 8 * BYTES[kind]) - 1):x}" for v in values))
            text.append("end")
        (folder / f"{self.name}.ptx").write_text("\n".join(ptx) + "\n")
        (folder / f"{self.name}.case").write_text("\n".join(text) + "\n")


def header(pointers, registers="", index="%tid.x"):
    """Declarations; %p0.. hold the global addresses of the buffers and %t the thread."""
    lines = ["  .reg .b32 %t, %u;", f"  .reg .b64 %p<{max(1, pointers)}>, %q<8>;"]
    if registers:
        lines += ["  " + line.strip() for line in registers.strip().split("\n")]
    for i in range(pointers):
        lines += [f"  ld.param.u64 %p{i}, [p{i}];", f"  cvta.to.global.u64 %p{i}, %p{i};"]
    lines += ["  mov.u32 %t, %tid.x;", "  mov.u32 %u, %ctaid.x;"]
    return "\n".join(line for line in lines if line) + "\n"


def load(register, kind, buffer, index="%t", stride=1, offset=0):
    """A value of the thread's from a buffer; `kind` as ld has it."""
    size = int(kind[1:]) // 8 if kind[0] in "bsuf" else 4
    return (f"  mad.wide.u32 %q7, {index}, {size * stride}, %p{buffer};\n"
            f"  ld.global.{kind} {register}, [%q7+{size * offset}];\n")


def store(register, kind, buffer, index="%t", stride=1, offset=0):
    size = int(kind[1:]) // 8
    return (f"  mad.wide.u32 %q7, {index}, {size * stride}, %p{buffer};\n"
            f"  st.global.{kind} [%q7+{size * offset}], {register};\n")


# The register type and the ld/st type of each kind of value.
REGISTER = {"u8": ("b16", "u8"), "s8": ("b16", "s8"), "u16": ("b16", "b16"), "u32": ("b32", "b32"), "u64": ("b64", "b64"),
            "f16": ("b16", "b16"), "bf16": ("b16", "b16"), "f32": ("f32", "f32"), "f64": ("f64", "f64")}


def elementwise(name, instruction, inputs, output, expected, tolerance=(0, 0.0, 0.0), extra=""):
    """A thread a value: `instruction` is text with {d} {a} {b} {c}; inputs: [(kind, values)]."""
    count = len(inputs[0][1])
    while count % 32:
        for _, values in inputs:
            values.append(values[0])
        expected.append(expected[0])
        count += 1
    threads = 32
    letters = "abcefgh"
    registers = "\n".join(f".reg .{REGISTER[kind][0]} %{letters[i]};" for i, (kind, _) in enumerate(inputs))
    registers += f"\n.reg .{REGISTER[output][0]} %d;\n" + extra
    body = header(len(inputs) + 1, registers) + "  mad.lo.u32 %t, %u, 32, %t;\n"
    for i, (kind, _) in enumerate(inputs):
        body += load(f"%{letters[i]}", REGISTER[kind][1], i)
    operands = {letters[i]: f"%{letters[i]}" for i in range(len(inputs))}
    body += "  " + instruction.format(d="%d", **operands).replace("\n", "\n  ") + "\n"
    body += store("%d", REGISTER[output][1], len(inputs)) + "  ret;\n"
    case = Case(name, body, threads, count // threads)
    for kind, values in inputs:
        case.read("u8" if kind == "s8" else kind, values)
    return case.write(output, expected, *tolerance)
