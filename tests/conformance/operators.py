"""Writes docs/operators.md from the import table, ONNX's schemas, what the compiler says of each operator and type, and
conformance runs; and checks that the page is what they say.

    operators.py DLC FILE.md --names                whether it lists what the import table has: takes no time
    operators.py DLC FILE.md --measure PROGRAM      opsets, types and gradients, as operator-facts measures them
    operators.py DLC FILE.md --report cpu=REPORT    a device's cases; REPORT.json is what
                                                    `dlc conformance /usr/share/libonnx-testdata/data --json` wrote
    ... --write                                     rewrites what was asked for, and keeps the rest

Exit code 1 where the page is stale, 77 where there are no cases. conformance/onnx_schemas.json holds the opsets of ONNX's
operators and the types of their first operand, from PyPI's onnx; onnx_schemas.py writes it. --names also fails where ONNX
gives an operator a function body and the importer has no direct form of it: the body is in no file then, and dlc would need it.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = pathlib.Path("/usr/share/libonnx-testdata/data")
HEAD = """# Operators of ONNX

Written by `tests/conformance/operators.py` from the import table (`dlc check --operators`), from what the compiler says when
it is asked, and from runs of the cases of Debian's libonnx-testdata; tests fail when it is stale.

{supported} of the {total} operators that the importer or the cases know are supported. On the CPU {passed} of {cases} cases
pass, in {bound} of them with inputs that give shapes bound to their values; {unsupported} are unsupported: each is refused with
a line that names the node, the reason and what to do. On the simulated GPU {sim} pass.

| column | what it says |
|---|---|
| kind | *kernel*: it becomes operators of the dialect, which are fused and compiled; *unrolled*: control flow, whose branches and steps are taken at import where they are known, and run else; *at import*: computed from shapes and constants alone; *rewritten*: of old files, becomes others of this table; -: unsupported |
| opsets | where ONNX {schemas} changed the operator; the importer takes all of these forms, the older ones by the table in `frontend/onnx/UpgradeRules.cpp`. *experimental*: ONNX has taken it back |
| types | of the first operand, of those that ONNX has for it, as measured: a case was compiled for CPU and CUDA with its elements of each type. *floats* are f16, bf16, f32, f64; *ints* i8 to i64 and u8 to u64; *f8* the four of 8 bits; *4 bits* i4, u4. *not*: ONNX has them, dlc refuses them (strings and complex numbers are refused everywhere). Empty: there is no case to measure |
| CPU, CUDA (sim) | cases passed, of those whose model has the operator, alone or among others; *+ n*: so many more are in `tests/conformance/cases`, and pass on both |
| gradient | what reverse mode says of a case's first float operand: *yes*; *none flows*, as from a comparison; *no* and why |
| refused | reasons for which cases were refused |

What decides shapes (axes, sizes, shapes, counts) must be known when the model is imported: as constants, computed from
shapes, or as inputs whose values are bound, which `dlc run` and `dlc conformance` do by themselves (`--no-bind` refuses
them) and `dlc compile --bind NAME=VALUE` does ahead. `dlc check MODEL` says what of this touches a model.
"""
SECTIONS = [("ai.onnx", "", "ai.onnx"), ("ai.onnx.preview", "ai.onnx.preview.", "ai.onnx.preview and ai.onnx.preview.training"),
            ("com.microsoft", "com.microsoft.", "com.microsoft")]  # fmt: skip
COLUMNS = ["operator", "kind", "opsets", "types", "CPU", "CUDA (sim)", "gradient", "refused"]
NODE = re.compile(r"^node '(?:[^']*)' \((?P<op>[^,)]+)[^)]*\): (?P<reason>.*)$")
NUMBERS = {"passed": r"On the CPU (\d+) of", "cases": r"On the CPU \d+ of (\d+) cases", "bound": r"in (\d+) of them with inputs",
           "unsupported": r"values; (\d+) are unsupported", "sim": r"simulated GPU (\d+) pass"}  # fmt: skip
GROUPS = {"floats": ["f16", "bf16", "f32", "f64"], "ints": ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"],
          "f8": ["f8e4m3", "f8e4m3z", "f8e5m2", "f8e5m2z"], "4 bits": ["i4", "u4"]}  # fmt: skip
NEVER = {"string", "c64", "c128"}


def schemas():
    return json.loads((HERE / "onnx_schemas.json").read_text())


def names(dlc):
    listed = subprocess.run([dlc, "check", "--operators", "--json"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {row["operator"]: row["import"] for row in json.loads(listed)}


def general(reason):
    """A reason without the case's own names: 'x0', /usr/share/..."""
    reason = re.sub(r"/\S+: ", "", reason)
    reason = re.sub(r" must be known at import, but '[^']*' is known .*", " known at run time only", reason)
    reason = re.sub(r"\binput '[^']*'", "an input", reason)
    reason = re.sub(r"'[^']*'", "an operand", reason)
    return reason.replace("|", "\\|")


def grouped(types):
    """ "floats, ints, bool" """
    rest, words = list(types), []
    for word, members in GROUPS.items():
        if set(members) <= set(rest):
            words.append(word)
            rest = [t for t in rest if t not in members]
    return ", ".join(words + sorted(rest))


def typesCell(measured, known):
    measured = {t: where for t, where in measured.items() if (not known or t in known) and t not in NEVER}
    both = [t for t, where in measured.items() if where == "cpu cuda"]
    parts = [grouped(both)] if both else []
    parts += [f"{device} only: {grouped(some)}" for device in ("cpu", "cuda") if (some := [t for t, w in measured.items() if w == device])]
    refused = [t for t in known if t not in NEVER and not measured.get(t)]
    return "; ".join(parts + ([f"not {grouped(refused)}"] if measured and refused else []))


def gradientCell(said):
    return general(re.sub(r"^no: (?:'dlc\.[^']*' op )?(?:has no gradient: )?", "no: ", said))


def opsetsCell(op, table):
    if op in table["operators"]:
        return ", ".join(map(str, table["operators"][op]["opsets"]))
    return "1" if op.startswith("com.microsoft.") else "experimental"


def parse(text):
    """What a page says: operator -> column -> cell, and the numbers of its head."""
    rows = {}
    for line in text.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == len(COLUMNS) and cells[0] not in ("operator", "---"):
            rows[cells[0]] = dict(zip(COLUMNS, cells))
    flat = " ".join(text.split())
    return rows, {name: int(found[1]) if (found := re.search(pattern, flat)) else 0 for name, pattern in NUMBERS.items()}


def counts(report):
    passed, total = collections.Counter(), collections.Counter()
    for result in report["results"]:
        for op in result["operators"]:
            total[op] += 1
            passed[op] += result["status"] in ("passed", "random")
    return {op: f"{passed[op]} of {n}" for op, n in total.items()}


def reasonsOf(report):
    reasons = collections.defaultdict(set)
    for result in report["results"]:
        for line in result["reason"].splitlines() if result["status"] == "unsupported" else []:
            if found := NODE.match(line):
                reasons[found["op"]].add(general(found["reason"]))
    return reasons


def withFurther(cell, further):
    own = re.sub(r" ?\+ \d+$", "", cell)
    return f"{own} + {further}".strip() if further else own


def page(dlc, old, facts=None, reports=None):
    """The page's text; what is not given is as in the old one."""
    rows, numbers = parse(old)
    kinds, table = names(dlc), schemas()
    for device, report in (reports or {}).items():
        column, have = ("CPU" if device == "cpu" else "CUDA (sim)"), counts(report)
        for op in set(rows) | set(kinds) | set(have):
            row = rows.setdefault(op, {})
            more = re.search(r"\+ (\d+)$", row.get(column, ""))
            row[column] = withFurther(have.get(op, ""), more and more[1])
        if device == "cpu":
            reasons = reasonsOf(report)
            for op, row in rows.items():
                row["refused"] = "; ".join(sorted(reasons[op] - {"dlc has no such operator"}))
            numbers |= {"passed": report["passed"], "cases": report["total"], "bound": report["bound"], "unsupported": report["unsupported"]}
        else:
            numbers["sim"] = report["passed"]
    for op in kinds:
        rows.setdefault(op, {})
    for op, row in list(rows.items()):
        row |= {"operator": op, "kind": kinds.get(op, "-"), "opsets": opsetsCell(op, table)}
        if facts is not None:
            measured = facts.get(op, {"types": {}, "gradient": "", "further_cases": 0})
            row["types"] = typesCell(measured["types"], table["operators"].get(op, {}).get("types", []))
            row["gradient"] = gradientCell(measured["gradient"])
            for column in ("CPU", "CUDA (sim)"):
                row[column] = withFurther(row.get(column, ""), measured["further_cases"])
        if op not in kinds and not row.get("CPU"):
            del rows[op]  # neither the table nor a case knows it any more
    text = HEAD.format(supported=sum(op in kinds for op in rows), total=len(rows), schemas=table["onnx"], **numbers)
    for _, prefix, title in SECTIONS:
        text += f"\n## {title}\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
        for op in sorted(rows):
            others = [p for _, p, _ in SECTIONS if p and p != prefix and op.startswith(p)]
            if op.startswith(prefix) and not others:
                text += f"| {' | '.join(rows[op].get(c, '') for c in COLUMNS)} |\n"
    return text


def stale(path, text, want):
    """Problems, each one line."""
    if text == want:
        return []
    got, wanted = set(text.splitlines()), set(want.splitlines())
    lines = [f"  + {line}" for line in sorted(wanted - got)][:5] + [f"  - {line}" for line in sorted(got - wanted)][:5]
    return [f"{path} is stale: tests/conformance/operators.py DLC {path} ... --write rewrites it", *lines]


def check(dlc, report, path, device="cpu"):
    text = path.read_text()
    return stale(path, text, page(dlc, text, reports={device: report}))


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        folders = []
        for archive in sorted((HERE / "cases").glob("*.tar.xz")):
            folders.append(pathlib.Path(folder) / archive.name)
            with tarfile.open(archive) as tar:
                tar.extractall(folders[-1])
        run = subprocess.run([program, TESTDATA / "node", *folders], stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("dlc")
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--names", action="store_true")
    parser.add_argument("--measure")
    parser.add_argument("--report", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    flags = parser.parse_args()
    text = flags.page.read_text() if flags.page.exists() else ""
    if flags.names:
        have, want = {op: row["kind"] for op, row in parse(text)[0].items() if row["kind"] != "-"}, names(flags.dlc)
        for op, kind in sorted(set(have.items()) ^ set(want.items())):
            print(f"{op}: {flags.page} says {have.get(op, 'nothing')}, the import table {want.get(op, 'nothing')}")
        bodies = [op for op, row in schemas()["operators"].items() if row.get("function") and not op.startswith("ai.onnx.ml.")]
        for op in sorted(set(bodies) - set(want)):
            print(f"{op}: ONNX gives it a function body, and the importer has neither a row nor a rule for it")
        known = int(re.search(r"newestOpset = (\d+)", (HERE.parents[1] / "frontend/Operators.h").read_text())[1])
        newest = max(max(row["opsets"]) for op, row in schemas()["operators"].items() if "." not in op)
        if known != newest:
            print(f"frontend/Operators.h: newestOpset is {known}, the schemas go up to {newest}")
        return 0 if have == want and set(bodies) <= set(want) and known == newest else 1
    if flags.measure and not TESTDATA.is_dir():
        print(f"skipped: there is no folder {TESTDATA}")
        return 77
    reports = {}
    for report in flags.report:
        device, _, file = report.partition("=")
        reports[device] = json.loads(pathlib.Path(file).read_text())
    want = page(flags.dlc, text, measure(flags.measure) if flags.measure else None, reports)
    if flags.write:
        flags.page.write_text(want)
        return 0
    problems = stale(flags.page, text, want)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
