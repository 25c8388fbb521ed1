"""Runs `dlc conformance` on the cases of an archive that a generator of cases/ wrote: every one of them must pass, but
those that --known-failures lists: they must fail.

    archive.py DLC ARCHIVE.tar.xz --device=cpu
    archive.py DLC ARCHIVE.tar.xz --filter='/gelu'      some of them
    tar xf ARCHIVE.tar.xz -C FOLDER                     to look at one

Exit code 77: the device is not here.
"""

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile

import device

parser = argparse.ArgumentParser()
parser.add_argument("dlc")
parser.add_argument("archive")
parser.add_argument("--device", default="cpu")
parser.add_argument("--filter", default="")
parser.add_argument("--known-failures", help="as dlc conformance takes it")
flags = parser.parse_args()
device.require(flags.dlc, flags.device)
with tempfile.TemporaryDirectory() as folder:
    with tarfile.open(flags.archive) as tar:
        tar.extractall(folder)
        count = sum(name.endswith("/model.onnx") for name in tar.getnames())
    options = ["--device=" + flags.device, "--json", "--timeout=60"] + (["--filter=" + flags.filter] if flags.filter else [])
    if flags.known_failures:
        options += ["--known-failures", flags.known_failures]
    process = subprocess.run([flags.dlc, "conformance", folder, *options], stdout=subprocess.PIPE, text=True)
    report = json.loads(process.stdout)
bad = [r for r in report["results"] if r["status"] != "passed" or r["reason"]]
for r in bad:
    print(f"{r['name']}: {r['status']}: {r['reason']}")
print(f"{report['passed']} of {report['total']} cases passed on {flags.device}")
# What dlc lets pass although it did not is a known failure, listed with its reason.
refused = [r for r in bad if r["status"] not in ("failed", "crashed", "timeout")]
whole = report["total"] == count or flags.filter
sys.exit(0 if whole and not refused and process.returncode == 0 else 1)
