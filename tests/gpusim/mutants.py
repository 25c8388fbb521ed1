#!/usr/bin/env python3
"""Proves the simulator's checks by mutants of the kernels that dlc emits.

  mutants.py DLC [--case NAME] [--kind KIND] [--list] [--survivors] [--least PERCENT]

For each program in Inputs/: its kernels are dumped, a statement of their text or of the device library is changed, and
the program runs with the changed text on the simulated GPU, all checks on. A mutant is killed when the simulator reports
something, the run does not end, or an output changes. Mutants whose PTX is the same as before are no mutants; those
that are equivalent for another reason are listed, with it, in equivalent_mutants.txt.
Exit code 1 when fewer than --least percent (95) of the mutants are killed.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Statements whose absence must show, by what they are.
BARRIERS = re.compile(r"^\s*(barrier|sync_warp|named_barrier\w*)\([^)]*\);")
WAITS = re.compile(r"^\s*(\w*wait\w*)(<[^>]*>)?\([^)]*\);")
FENCES = re.compile(r"^\s*(\w*fence\w*|\w*commit\w*)(<[^>]*>)?\([^)]*\);")


def deletions(pattern, kind):
    def mutate(lines):
        for n, line in enumerate(lines):
            if pattern.match(line):
                yield kind, n, re.sub(r"\S.*", ";", line)
    return mutate


def widened_bounds(lines):
    """i < 40 becomes i < 41, and the guards that return early let one more through."""
    comparison = re.compile(r"(?<![<>=!&|-])(<|>=)\s*(\d+|[a-z]\w*(?:::\w+)?)(?=\s*[;)&|?]|\s*$)")
    for n, line in enumerate(lines):
        code = line.split("//")[0]
        if "template" in code or "static_assert" in code or "asm" in code:
            continue
        for m in comparison.finditer(code):
            yield "bound", n, code[: m.start()] + f"{m.group(1)} {m.group(2)} + 1" + code[m.end():]


def swapped_indices(lines):
    """a[i][j] becomes a[j][i]; x % 9 and x / 9 change places."""
    pair = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]+)\]")
    for n, line in enumerate(lines):
        code = line.split("//")[0]
        if re.search(r"__shared__|\bconst\w* \w+\[|template|^\s*\w[\w<>:, ]* \w+\[", code):
            continue
        for m in pair.finditer(code):
            if m.group(1) != m.group(2):
                yield "index", n, code[: m.start()] + f"[{m.group(2)}][{m.group(1)}]" + code[m.end():]
        for m in re.finditer(r" ([%/]) (\w+);", code):
            other = "/" if m.group(1) == "%" else "%"
            yield "index", n, code[: m.start()] + f" {other} {m.group(2)};" + code[m.end():]


def dropped_initial_values(lines):
    """An accumulator or a padded element that is set to its neutral value keeps what was there before."""
    for n, line in enumerate(lines):
        m = re.match(r"^(\s*)((?:f32|f64|i32|i64|Acc|float|[\w<>, ]*vec<[^>]*>) \w+(?:\[[^\]]*\])*) = (\{\}|-?0(?:\.0f?)?|-?inf<f32>\(\));", line)
        if m:
            yield "initial", n, f"{m.group(1)}{m.group(2)}; asm volatile(\"\" : : : \"memory\");"
        m = re.match(r"^(\s*)(\w+(?:\[[^\]]*\])+) = (\{\}|0(?:\.0f?)?);", line)
        if m:
            yield "initial", n, f"{m.group(1)};"


OPERATORS = [
    deletions(BARRIERS, "barrier"), deletions(WAITS, "wait"), deletions(FENCES, "fence"),
    widened_bounds, swapped_indices, dropped_initial_values,
]

Mutant = collections.namedtuple("Mutant", "case file line kind before after")


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", **more)


class Case:
    def __init__(self, dlc, name, work):
        self.dlc, self.name = dlc, name
        self.path = os.path.join(HERE, "Inputs", name + ".mlir")
        self.work = os.path.join(work, name)
        text = open(self.path).read()
        self.inputs, self.outputs = [], []
        signature = text[text.index("@main("):text.index("{\n", text.index("->"))]
        for types, into in zip(signature.split("->"), (self.inputs, self.outputs)):
            into += [f"{m[1]}={m[0]}" for m in re.findall(r'tensor<([^>]*)> \{dlc\.name = "(\w+)"', types)]

    def command(self, program):
        command = [self.dlc, "run", program, "--device=sim", "-q"]
        for n, given in enumerate(self.inputs):
            command += ["-i", f"{given}=random:{n + 1}"]
        return command

    def prepare(self):
        os.makedirs(self.work)
        self.kernels = os.path.join(self.work, "kernels")
        program = self.work + "/program.dlx"
        command = self.command(program)
        for output in self.outputs:
            name = output.split("=")[0]
            command += ["-o", f"{name}=@{self.work}/{name}.npy"]
        for step in [self.dlc, "compile", self.path, "--target=sim", "--dump-kernels=" + self.kernels, "-o", program], command:
            result = run(step)
            if result.returncode:
                sys.exit(f"{self.name} fails before anything is changed: {' '.join(step)}\n{result.stderr}")
        self.ptx = self.ptx_of(self.kernels)

    @staticmethod
    def ptx_of(folder):
        """Without what says where instructions came from."""
        texts = []
        for name in sorted(os.listdir(folder)):
            if name.endswith(".ptx"):
                lines = open(os.path.join(folder, name)).read().split("\t.section")[0].splitlines()
                texts.append("\n".join(l for l in lines if not re.match(r"\s*(\.loc|\.file|//)", l)))
        return texts

    def mutants(self):
        files = sorted(f for f in os.listdir(self.kernels) if f.endswith(".cu"))
        files += sorted("dlc/" + f for f in os.listdir(self.kernels + "/dlc"))
        for file in files:
            lines = open(os.path.join(self.kernels, file)).read().split("\n")
            seen = set()
            for operator in OPERATORS:
                for kind, n, after in operator(lines):
                    if (n, after) not in seen and after != lines[n]:
                        seen.add((n, after))
                        yield Mutant(self.name, file, n, kind, lines[n], after)

    def judge(self, number, mutant):
        """'same PTX', 'no compile', 'survived', or what killed it."""
        folder = os.path.join(self.work, f"mutant{number}")
        os.makedirs(folder + "/dlc")
        path = os.path.join(folder, mutant.file)
        lines = open(os.path.join(self.kernels, mutant.file)).read().split("\n")
        lines[mutant.line] = mutant.after
        open(path, "w").write("\n".join(lines))
        dumped = folder + "/dumped"
        compiled = run([self.dlc, "compile", self.path, "--target=sim", "--override-kernels=" + folder,
                        "--dump-kernels=" + dumped, "-o", folder + "/mutant.dlx"])
        try:
            if compiled.returncode:
                return "no compile"
            if self.ptx_of(dumped) == self.ptx:
                return "same PTX"
            command = self.command(folder + "/mutant.dlx")
            for output in self.outputs:
                name = output.split("=")[0]
                command += ["--expect", f"{name}=@{self.work}/{name}.npy"]
            try:
                result = run(command, env=dict(os.environ, DLC_SIM_CHECK="all"), timeout=60)
            except subprocess.TimeoutExpired:
                return "does not end"
            if result.returncode == 0:
                return "survived"
            if result.returncode not in (1, 5):  # a check that failed, or a kernel that brought the device down
                sys.exit(f"exit code {result.returncode} is no verdict: {mutant}\n{result.stderr}")
            said = next((l for l in result.stderr.splitlines() if l.strip()), "")
            return f"exit {result.returncode}: {said[:160]}"
        finally:
            shutil.rmtree(folder)


def equivalents():
    """Lines `case file kind number | changed line | why it changes nothing`."""
    result = {}
    path = os.path.join(HERE, "equivalent_mutants.txt")
    for line in open(path) if os.path.exists(path) else []:
        if line.strip() and not line.startswith("#"):
            head, after, why = (part.strip() for part in line.split("|", 2))
            result[head, after] = why
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dlc")
    parser.add_argument("--case")
    parser.add_argument("--kind")
    parser.add_argument("--list", action="store_true", help="only say what would be changed")
    parser.add_argument("--survivors", action="store_true", help="show every survivor with its line before and after")
    parser.add_argument("--least", type=float, default=95)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    flags = parser.parse_args()

    names = sorted(f[:-5] for f in os.listdir(HERE + "/Inputs") if f.endswith(".mlir"))
    known = equivalents()
    with tempfile.TemporaryDirectory(prefix="dlc-mutants-") as work:
        cases = [Case(flags.dlc, n, work) for n in names if flags.case in (None, n)]
        todo = []
        for case in cases:
            case.prepare()
            todo += [(case, m) for m in case.mutants() if flags.kind in (None, m.kind)]
        if flags.list:
            for _, m in todo:
                print(f"{m.case} {m.file}:{m.line + 1} {m.kind}: {m.before.strip()}  ->  {m.after.strip()}")
            return 0
        with concurrent.futures.ThreadPoolExecutor(flags.jobs) as pool:
            verdicts = list(pool.map(lambda t: t[1][0].judge(t[0], t[1][1]), enumerate(todo)))

    counts, nth = collections.defaultdict(collections.Counter), collections.Counter()
    for (_, m), verdict in zip(todo, verdicts):
        # Lines that read alike are told apart by their order in the file.
        key = (f"{m.case} {m.file} {m.kind}", m.after.strip())
        nth[key] += 1
        key = (f"{key[0]} {nth[key]}", key[1])
        if verdict == "survived" and key in known:
            verdict = "equivalent"
        elif key in known and verdict.startswith("exit"):
            print(f"listed as equivalent, but {verdict}: {key[0]} | {key[1]}")
        group = "killed" if verdict.startswith(("exit", "does not")) else verdict
        counts[m.kind][group] += 1
        if verdict == "survived" or (flags.survivors and group == "killed"):
            print(f"{verdict}: {m.case} {m.file}:{m.line + 1} {key[0].split()[-2]} {key[0].split()[-1]} | {m.before.strip()}  ->  {m.after.strip()}")
    total = sum(counts.values(), collections.Counter())
    for kind, c in sorted(counts.items()):
        print(f"{kind:8} {c['killed']:4} killed, {c['survived']:3} survived, {c['equivalent']:3} equivalent, "
              f"{c['same PTX']:4} with the same PTX, {c['no compile']:3} do not compile")
    real = total["killed"] + total["survived"]
    share = 100 * total["killed"] / real if real else 0
    print(f"{total['killed']} of {real} mutants killed: {share:.1f} % (at least {flags.least:g} % are asked for)")
    return 0 if real and share >= flags.least else 1


if __name__ == "__main__":
    sys.exit(main())
