"""Writes the node cases that PyPI's onnx generates, with the values of its reference implementation.

    onnx_nodes.py FOLDER                       all of them, as `dlc conformance FOLDER` takes them
    onnx_nodes.py FOLDER --select --pack=ARCHIVE
                                               those that the test suite runs: small, of tensors alone, none of Debian's
                                               libonnx-testdata

Cases called _expanded are the function body that ONNX gives an operator, on the operator's own inputs: what dlc makes of the
operator and what ONNX says that it is meet the same values.
"""

import argparse
import os
import pathlib
import sys
import warnings

import layout
import onnx
from onnx import numpy_helper
from onnx.backend.test.case import node

DEBIAN = pathlib.Path("/usr/share/libonnx-testdata/data/node")
LARGEST = 64 << 10  # bytes of a selected case
# What dlc has not, with the reason that it gives: these are refused, not selected.
REFUSED = {"ImageDecoder": "decodes files", "TreeEnsemble": "of ai.onnx.ml", "Binarizer": "of ai.onnx.ml",
           "ArrayFeatureExtractor": "of ai.onnx.ml", "LabelEncoder": "of ai.onnx.ml", "RegexFullMatch": "strings",
           "StringConcat": "strings", "StringSplit": "strings", "StringNormalizer": "strings"}  # fmt: skip


def write(folder, case):
    folder.mkdir()
    model = case.model
    onnx.save(model, folder / "model.onnx")
    for number, ports in enumerate(case.data_sets):
        data = folder / f"test_data_set_{number}"
        data.mkdir()
        for kind, infos, values in zip(["input", "output"], [model.graph.input, model.graph.output], ports, strict=True):
            for i, (info, value) in enumerate(zip(infos, values, strict=True)):
                held = info.type.WhichOneof("value")
                form = {"map_type": numpy_helper.from_dict, "sequence_type": numpy_helper.from_list,
                        "optional_type": numpy_helper.from_optional, "tensor_type": numpy_helper.from_array}[held]  # fmt: skip
                proto = value if isinstance(value, onnx.TensorProto) else form(value, info.name)
                (data / f"{kind}_{i}.pb").write_bytes(proto.SerializeToString(deterministic=True))


def selected(case, size):
    ports = [*case.model.graph.input, *case.model.graph.output]
    tensors = all(p.type.HasField("tensor_type") and p.type.tensor_type.elem_type != onnx.TensorProto.STRING for p in ports)
    tensors &= not any(node.op_type in REFUSED for node in case.model.graph.node)
    return tensors and size <= LARGEST and not (DEBIAN / case.name).exists()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--select", action="store_true")
    parser.add_argument("--pack")
    flags = parser.parse_args()
    if flags.select and not DEBIAN.is_dir():
        sys.exit(f"there is no {DEBIAN} (libonnx-testdata) to tell what is new")
    warnings.simplefilter("ignore")
    folder = layout.fresh(flags.folder)
    for case in node.collect_testcases(None):
        write(folder / case.name, case)
        size = sum(p.stat().st_size for p in (folder / case.name).rglob("*") if p.is_file())
        if flags.select and not selected(case, size):
            layout.remove(folder / case.name)
    if flags.pack:
        layout.pack(folder, flags.pack)
        print(f"{os.path.getsize(flags.pack)} bytes in {flags.pack}")
    print(f"{len(list(folder.iterdir()))} cases in {folder}")


if __name__ == "__main__":
    sys.exit(main())
