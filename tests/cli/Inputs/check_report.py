"""The JSON of `dlc check` for the model of several problems in check.test."""

import json
import sys

report = json.load(open(sys.argv[1]))
findings = {f["node"]: f for f in report["findings"]}
assert not report["ok"] and report["devices"] == {"cpu": False, "cuda": False}, report
assert set(findings) == {"", "norm", "mangle", "near", "nowhere", "add", "reshape"}, findings
mangle = findings["mangle"]
assert (mangle["operator"], mangle["domain"], mangle["opset"]) == ("com.example.Mangle", "com.example", 3), mangle
assert mangle["operands"] == ["x: 1x3x8xf32"] and mangle["unsupported"] and mangle["advice"], mangle
assert findings["norm"]["domain"] == "ai.onnx" and findings["norm"]["opset"] == 17, findings["norm"]
assert not findings["add"]["unsupported"] and findings["add"] not in report["unsupported"]
assert len(report["unsupported"]) == 6
assert sum(row["nodes"] for row in report["summary"]) == 7 and report["skipped"] == ["lost"]
assert report["assumed"] == [{"input": "x", "shape": [1, 3, 8], "range": "x:batch=1..64"}], report["assumed"]
