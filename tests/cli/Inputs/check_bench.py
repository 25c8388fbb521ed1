"""check_bench.py REPORT DEVICE: whether the figures of a `dlc bench` report are there and agree with each other."""

import json
import sys

report = json.load(open(sys.argv[1]))
assert report["device"].split(":")[0] == sys.argv[2], report["device"]
names = ["latency"] + (["enqueue", "h2d", "compute", "d2h"] if sys.argv[2] != "cpu" else [])
for name in ["latency", "enqueue", "h2d", "compute", "d2h"]:
    assert (name in report) == (name in names), name
for name in names:
    s = report[name]
    order = [s[k] for k in ["min", "p50", "p90", "p95", "p99", "max"]]
    assert order == sorted(order) and order[0] > 0, (name, s)
    assert s["min"] <= s["mean"] <= s["max"] and 0 <= s["stddev"] <= s["max"] - s["min"], (name, s)
if "compute" in names:  # a latency is the sum of its parts
    parts = sum(report[name]["mean"] for name in ["h2d", "compute", "d2h"])
    assert abs(parts - report["latency"]["mean"]) <= 1e-6 * parts, (parts, report["latency"])
assert report["runs"] >= 3 and report["warm_up_runs"] >= 1
assert abs(report["throughput"] * report["wall_seconds"] / report["runs"] - 1) < 1e-9
if "compute" not in names:  # runs follow each other, and another process may stand between them
    assert 0 < report["latency"]["mean"] * report["runs"] / report["wall_seconds"] <= 1.001, report
assert 0 < report["cpu_seconds"] and 0 < report["first_run_seconds"] and 0 < report["load_seconds"]
