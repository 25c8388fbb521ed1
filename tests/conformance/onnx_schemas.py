"""Writes onnx_schemas.json: of each operator of ONNX the opsets that changed it, the types of its first operand, and whether
ONNX gives it a function body.

    onnx_schemas.py > tests/conformance/onnx_schemas.json      with the Python that has onnx, of the version to be told of
"""

import collections
import json

import onnx
import onnx.defs

NAMES = {"float": "f32", "double": "f64", "float16": "f16", "bfloat16": "bf16", "bool": "bool", "string": "string",
         "complex64": "c64", "complex128": "c128", "float8e4m3fn": "f8e4m3", "float8e4m3fnuz": "f8e4m3z", "float8e5m2": "f8e5m2",
         "float8e5m2fnuz": "f8e5m2z", "float8e8m0": "f8e8m0", "float4e2m1": "f4e2m1"}  # fmt: skip
for bits in (2, 4, 8, 16, 32, 64):
    NAMES |= {f"int{bits}": f"i{bits}", f"uint{bits}": f"u{bits}"}

versions, newest = collections.defaultdict(set), {}
for schema in onnx.defs.get_all_schemas_with_history():
    name = (schema.domain + "." if schema.domain else "") + schema.name
    versions[name].add(schema.since_version)
    if name not in newest or newest[name].since_version < schema.since_version:
        newest[name] = schema
rows = []
for name in sorted(newest):
    first = [*newest[name].inputs, *newest[name].outputs][:1]
    types = {NAMES[t[len("tensor(") : -1]] for f in first for t in f.types if t[len("tensor(") : -1] in NAMES}
    row = {"opsets": sorted(versions[name]), "types": sorted(types)}
    if newest[name].has_function or newest[name].has_context_dependent_function:
        row["function"] = True
    rows.append(f"  {json.dumps(name)}: {json.dumps(row)}")
print('{"onnx": ' + json.dumps(onnx.__version__) + ', "operators": {\n' + ",\n".join(rows) + "\n}}")
