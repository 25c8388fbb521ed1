"""ONNX's layout of test cases, and archives of them: what the generators of this folder share."""

import io
import pathlib
import shutil
import tarfile

import numpy as np
import onnx
from onnx import numpy_helper


def value_info(name, array):
    kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
    return onnx.helper.make_tensor_value_info(name, kind, array.shape)


def write(folder, model, inputs, outputs):
    """model.onnx and test_data_set_0/ with inputs and outputs, arrays in the model's order."""
    data = pathlib.Path(folder) / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, data.parent / "model.onnx")
    for kind, ports, arrays in [("input", model.graph.input, inputs), ("output", model.graph.output, outputs)]:
        for i, (port, array) in enumerate(zip(ports, arrays, strict=True)):
            tensor = numpy_helper.from_array(np.asarray(array), port.name)
            (data / f"{kind}_{i}.pb").write_bytes(tensor.SerializeToString(deterministic=True))


def pack(folder, archive):
    """The folder's files as an archive whose bytes depend on nothing but theirs."""
    folder, files = pathlib.Path(folder), io.BytesIO()
    with tarfile.open(fileobj=files, mode="w:xz", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                tar.addfile(entry, content)
    pathlib.Path(archive).write_bytes(files.getvalue())


def remove(folder):
    shutil.rmtree(folder)


def fresh(folder):
    """An empty folder of this name; what an earlier run left there goes."""
    folder = pathlib.Path(folder)
    if folder.exists():
        if any(not (child / "model.onnx").exists() for child in folder.iterdir()):
            raise SystemExit(f"{folder} holds other things than cases; name a new folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
