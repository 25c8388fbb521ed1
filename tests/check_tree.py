#!/usr/bin/env python3
"""Checks that #includes follow the arrows between the parts and that files stay readable in length.

    check_tree.py ROOT         exit 1 and one line a violation
    check_tree.py --self-test  checks the rules themselves on made-up trees
"""

import pathlib
import re
import sys
import tempfile

# part -> what it may include, besides itself and the outside world. Tests and tools may include anything.
ARROWS = {
    "ir": set(),
    "frontend": {"ir"},
    "passes": {"ir"},
    "codegen": {"ir", "runtime/executable", "runtime/Container", "runtime/Expression",
                # of the runtime the .dlx format, how NVRTC is opened,
                "runtime/cuda/NvrtcLibrary", "runtime/cuda/KernelCache"},  # and where kernels are kept
    "runtime": set(),
    "tools/gpusim": set(),
}
# What the runtime must not even name: it is what people embed.
OUTSIDE = {"runtime": re.compile(r"^(mlir|llvm|lld|onnx|google/protobuf|cuda|nvrtc|dnnl|oneapi)([./]|\.h|$)")}
EVERYBODY = {"ir", "frontend", "passes", "codegen", "runtime", "tools", "tests"}
SOURCE = {".h", ".hpp", ".cpp", ".c", ".td", ".cuh", ".cu", ".fbs"}
LONGEST, JUSTIFIED = 600, re.compile(r"long because", re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+)[">]')


def part_of(name):
    """The folder whose arrows hold for a file: the simulator is a part of its own among the tools."""
    return "tools/gpusim" if name.parts[:2] == ("tools", "gpusim") else name.parts[0]


def allowed(part, target):
    if part not in ARROWS or target.split("/")[0] not in EVERYBODY or target.startswith(part + "/"):
        return True
    return any(target == to or target.startswith((to + "/", to + "_", to + ".")) for to in ARROWS[part])


def check(root):
    problems = []
    for folder in sorted(EVERYBODY | {"examples"}):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SOURCE or "build" in path.parts:
                continue
            name = path.relative_to(root)
            part = part_of(name)
            lines = path.read_text(errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                target = found[1]
                if not allowed(part, target):
                    may = ", ".join(sorted(ARROWS[part])) or "nothing else"
                    problems.append(f"{name}:{number}: {part}/ may not include {target} (it may include: {may})")
                if part in OUTSIDE and OUTSIDE[part].match(target):
                    problems.append(f"{name}:{number}: {part}/ may not include {target}: it is opened at run time")
            if len(lines) > LONGEST and not any(JUSTIFIED.search(line) for line in lines[:20]):
                problems.append(f"{name}: {len(lines)} lines; split it, or say 'long because ...' in its header")
    return problems


def self_test():
    cases = [
        ("runtime/a.cpp", '#include "ir/Dialect.h"', True),
        ("runtime/a.cpp", "#include <cuda.h>", True),
        ("runtime/a.cpp", "#include <cudart_names.h>", False),
        ("runtime/a.cpp", '#include "runtime/dlc.h"', False),
        ("codegen/a.cpp", '#include "runtime/executable_generated.h"', False),
        ("codegen/a.cpp", '#include "runtime/Session.h"', True),
        ("codegen/a.cpp", '#include "runtime/cuda/NvrtcLibrary.h"', False),
        ("codegen/a.cpp", '#include "runtime/cuda/Driver.h"', True),
        ("frontend/a.cpp", '#include "passes/Pipeline.h"', True),
        ("ir/ops/a.td", 'include "passes/x.td"', True),
        ("passes/a.cpp", '#include "ir/Dialect.h"', False),
        ("tools/dlc/a.cpp", '#include "codegen/Compile.h"', False),
        ("tools/dlc/a.cpp", '#include "tools/gpusim/gpusim.h"', False),
        ("tools/gpusim/a.cpp", '#include "tools/gpusim/gpusim.h"', False),
        ("tools/gpusim/a.cpp", '#include "runtime/cuda/DriverTypes.h"', True),
        ("ir/long.cpp", "\n" * 700, True),
        ("ir/long.cpp", "// long because of a table\n" * 700, False),
    ]
    for name, text, wrong in cases:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
            found = check(pathlib.Path(folder))
            assert bool(found) == wrong, f"{name}: {text[:60]!r} gave {found}"
    return []


if __name__ == "__main__":
    violations = self_test() if sys.argv[1:] == ["--self-test"] else check(pathlib.Path(sys.argv[1]))
    print("\n".join(violations) or "tree: includes follow the arrows, files are readable in length")
    sys.exit(1 if violations else 0)
