"""Writes docs/operators.md from the import table and a conformance run, and checks that the page is what they say.

    operators.py DLC REPORT.json FILE.md            exit code 1 where the page is stale
    operators.py DLC REPORT.json FILE.md --write    rewrites it
    operators.py DLC --names FILE.md                only whether the page lists what the import table has: takes no time

REPORT.json is what `dlc conformance /usr/share/libonnx-testdata/data --device=cpu --json` wrote.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

HEAD = """# Operators of ONNX

Written by `tests/conformance/operators.py` from the import table (`dlc check --operators`) and a run of the cases of
Debian's libonnx-testdata on the CPU; a test fails when it is stale.

{supported} of the {total} operators that the importer or the cases know are supported. {passed} of {cases} cases pass,
{unsupported} are unsupported: each is refused with a line that names the node, the reason and what to do.

| kind | what happens |
|---|---|
| kernel | it becomes operators of the dialect, which are fused and compiled |
| unrolled | control flow: a branch that is known is taken, otherwise both are computed; steps are unrolled |
| at import | computed while importing, from shapes and constants alone |
| rewritten | an operator of old files; it becomes others of this table |
| - | unsupported |

`cases` are those whose model has the operator, alone or among others. What decides shapes (axes, sizes, shapes, counts)
must be known when the model is imported: as constants, computed from shapes, or as inputs whose values are bound, which
`dlc run` and `dlc conformance` do ({bound} cases; `--no-bind` refuses these).

| operator | kind | cases passed | what is refused |
|---|---|---|---|
"""
NODE = re.compile(r"^node '(?:[^']*)' \((?P<op>[^,)]+)[^)]*\): (?P<reason>.*)$")


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


def page(kinds, report):
    passed, total, reasons = collections.Counter(), collections.Counter(), collections.defaultdict(set)
    for result in report["results"]:
        for op in result["operators"]:
            total[op] += 1
            passed[op] += result["status"] in ("passed", "random")
        for line in result["reason"].splitlines() if result["status"] == "unsupported" else []:
            if found := NODE.match(line):
                reasons[found["op"]].add(general(found["reason"]))
    rows = []
    operators = sorted(set(kinds) | set(total))
    for op in operators:
        refused = reasons[op] - {"dlc has no such operator"}
        rows.append(f"| {op} | {kinds.get(op, '-')} | {f'{passed[op]} of {total[op]}' if total[op] else 'none'} | "
                    f"{'; '.join(sorted(refused))} |")  # fmt: skip
    head = HEAD.format(supported=sum(op in kinds for op in operators), total=len(operators), passed=report["passed"],
                       cases=report["total"], bound=report["bound"], unsupported=report["unsupported"])  # fmt: skip
    return head + "\n".join(rows) + "\n"


def listed(text):
    """Operators and kinds of a page."""
    rows = re.findall(r"^\| (\S+) \| (kernel|unrolled|at import|rewritten) \| (?:\d+ of \d+|none) \|", text, re.MULTILINE)
    return dict(rows)


def check(dlc, report, path):
    """Problems, each one line."""
    text, want = path.read_text(), page(names(dlc), report)
    if text == want:
        return []
    got, wanted = set(text.splitlines()), set(want.splitlines())
    lines = [f"  + {line}" for line in sorted(wanted - got)][:5] + [f"  - {line}" for line in sorted(got - wanted)][:5]
    return [f"{path} is stale: tests/conformance/operators.py DLC REPORT {path} --write rewrites it", *lines]


def main(dlc, *rest):
    if rest[0] == "--names":
        have, want = listed(pathlib.Path(rest[1]).read_text()), names(dlc)
        for op in sorted(set(have.items()) ^ set(want.items())):
            print(f"{op[0]}: {rest[1]} says {have.get(op[0], 'nothing')}, the import table {want.get(op[0], 'nothing')}")
        return 0 if have == want else 1
    report, path = json.loads(pathlib.Path(rest[0]).read_text()), pathlib.Path(rest[1])
    if "--write" in rest:
        path.write_text(page(names(dlc), report))
        return 0
    problems = check(dlc, report, path)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
