#!/usr/bin/env python3
"""Hopper kernels compiled by NVRTC and run through the Driver API, their values checked; then the same kernels with a
wait, a fence or an address spoilt, which must be reported or give something else.

    samples.py DRIVER [--mutant NAME]     DRIVER: libdlc_gpusim.so, or libcuda.so.1 (no mutants there)

Exit code 77: no NVRTC here."""
import ctypes
import os
import pathlib
import random
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
P = ctypes.c_void_p

# name: what in gemm.cu becomes what
MUTANTS = {
    "no wait for a full slot": ("      waitBarrier(full + 8 * slot, turn);\n", ""),
    "no wait for an empty slot": ("        waitBarrier(empty + 8 * slot, turn ^ 1);\n", ""),
    "no wait for wgmma": ('      asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");\n', ""),
    "one wgmma group too late": ("wgmma.wait_group.sync.aligned 0", "wgmma.wait_group.sync.aligned 1"),
    "no commit of wgmma": ('      asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");\n', ""),
    "no wgmma.fence": ('      asm volatile("wgmma.fence.sync.aligned;" ::: "memory");\n', ""),
    "no proxy fence": ('    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");\n', ""),
    "no barrier before the store": ('    asm volatile("bar.sync 1, 128;" ::: "memory");\n', ""),
    "no wait for the store": ('      asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");\n', ""),
    "no commit of the store": ('      asm volatile("cp.async.bulk.commit_group;" ::: "memory");\n', ""),
    "too few bytes expected": ("expect(bar, BytesA + BytesB)", "expect(bar, BytesA)"),
    "too many bytes expected": ("expect(bar, BytesA + BytesB)", "expect(bar, BytesA + 2 * BytesB)"),
    "slots are not released to the peer": ("if (threadIdx.x % 32 < 2)", "if (threadIdx.x % 32 < 1)"),
    "multicast to one block": ('"h"((short)3)', '"h"((short)1)'),
    "both load the same half": ("column + rank * (BN / 2)", "column"),
    "halves lie on each other": ("slot * BytesB + rank * HalfB", "slot * BytesB"),
    "wrong parity": ("waitBarrier(full + 8 * slot, turn);", "waitBarrier(full + 8 * slot, turn ^ 1);"),
    "no cluster barrier after init": ('  clusterSync();\n  if (threadIdx.x >= 128)', "  if (threadIdx.x >= 128)"),
    "no swizzle in the descriptor": (" | (u64)1 << 62", ""),
    "stride of eight rows is wrong": ("(u64)(1024 >> 4) << 32", "(u64)(512 >> 4) << 32"),
    "columns of k are not advanced": ("slot * BytesB + j * 32", "slot * BytesB"),
    "barriers counted for one block": ("initBarrier(empty + 8 * i, 8);", "initBarrier(empty + 8 * i, 4);"),
}


def find_nvrtc():
    names = [os.environ.get("DLC_NVRTC", ""), "libnvrtc.so.13", "libnvrtc.so.12", "/usr/local/cuda/lib64/libnvrtc.so",
             str(pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "dlc/nvrtc/libnvrtc.so.13")]
    for name in names:
        path = pathlib.Path(name)
        for candidate in ([str(p) for p in sorted(path.glob("libnvrtc.so*"))] if name and path.is_dir() else [name]):
            if not candidate:
                continue
            try:  # its other half must be there when the first program is compiled
                for other in sorted(pathlib.Path(candidate).parent.glob("libnvrtc-builtins.so*")):
                    ctypes.CDLL(str(other), mode=ctypes.RTLD_GLOBAL)
                return ctypes.CDLL(candidate)
            except OSError:
                continue
    return None


def compile_ptx(nvrtc, text):
    program = P()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"gemm.cu", 0, None, None)
    options = (ctypes.c_char_p * 2)(b"--gpu-architecture=compute_90a", b"-lineinfo")
    result = nvrtc.nvrtcCompileProgram(program, 2, options)
    size = ctypes.c_size_t()
    if result:
        nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
        log = ctypes.create_string_buffer(size.value)
        nvrtc.nvrtcGetProgramLog(program, log)
        sys.exit(f"gemm.cu does not compile: {log.value.decode()}")
    nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
    ptx = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetPTX(program, ptx)
    return ptx.value


def bf16(value):
    return struct.unpack("<I", struct.pack("<f", value))[0] >> 16


class Failed(Exception):
    pass


def run(driver, ptx, m, n, k):
    """Launches it; raises Failed with what is wrong."""
    def check(result, what):
        if result:
            raise Failed(f"{what}: error {result}")
    simulated = hasattr(driver, "gpusim_configure")
    if simulated:
        driver.gpusim_configure(b"h200", None)
    check(driver.cuInit(0), "cuInit")
    device, context, module, function = ctypes.c_int(), P(), P(), P()
    check(driver.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    check(driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), "cuDevicePrimaryCtxRetain")
    check(driver.cuCtxSetCurrent(context), "cuCtxSetCurrent")
    check(driver.cuModuleLoadData(ctypes.byref(module), ptx), "cuModuleLoadData")
    check(driver.cuModuleGetFunction(ctypes.byref(function), module, b"gemm"), "cuModuleGetFunction")
    rng = random.Random(1)
    # Small whole numbers: every sum is exact, in any order.
    a = [[rng.randint(-4, 4) for _ in range(k)] for _ in range(m)]
    b = [[rng.randint(-4, 4) for _ in range(k)] for _ in range(n)]

    def upload(data):
        pointer = ctypes.c_uint64()
        check(driver.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(len(data))), "cuMemAlloc")
        check(driver.cuMemcpyHtoD_v2(pointer, data, ctypes.c_size_t(len(data))), "cuMemcpyHtoD")
        return pointer
    pack = lambda rows: struct.pack(f"<{sum(map(len, rows))}H", *(bf16(v) for row in rows for v in row))
    pa, pb, pc = upload(pack(a)), upload(pack(b)), upload(b"\xcd" * (m * n * 4))

    def tensor_map(kind, pointer, rows, columns, size, box_rows, box_columns, swizzle):
        memory = ctypes.create_string_buffer(128 + 128)
        at = (ctypes.addressof(memory) + 127) & ~127
        dims, strides = (ctypes.c_uint64 * 2)(columns, rows), (ctypes.c_uint64 * 1)(columns * size)
        box, steps = (ctypes.c_uint32 * 2)(box_columns, box_rows), (ctypes.c_uint32 * 2)(1, 1)
        check(driver.cuTensorMapEncodeTiled(P(at), kind, 2, pointer, dims, strides, box, steps, 0, swizzle, 0, 0),
              "cuTensorMapEncodeTiled")
        return memory, at
    maps = [tensor_map(9, pa, m, k, 2, 64, 64, 3), tensor_map(9, pb, n, k, 2, 32, 64, 3),
            tensor_map(7, pc, m, n, 4, 64, 64, 0)]
    shared = 1024 + 3 * 2 * 64 * 64 * 2 + 64 * 64 * 4
    check(driver.cuFuncSetAttribute(function, 8, shared), "cuFuncSetAttribute")
    depth = ctypes.c_int(k)
    params = (P * 4)(*[P(at) for _, at in maps], ctypes.cast(ctypes.byref(depth), P))
    check(driver.cuLaunchKernel(function, m // 64, n // 64, 1, 256, 1, 1, shared, None, params, None), "cuLaunchKernel")
    check(driver.cuCtxSynchronize(), "cuCtxSynchronize")
    out = ctypes.create_string_buffer(m * n * 4)
    check(driver.cuMemcpyDtoH_v2(out, pc, ctypes.c_size_t(m * n * 4)), "cuMemcpyDtoH")
    got = struct.unpack(f"<{m * n}f", out.raw)
    for i in range(m):
        for j in range(n):
            want = sum(x * y for x, y in zip(a[i], b[j]))
            if got[i * n + j] != want:
                raise Failed(f"C[{i}][{j}] is {got[i * n + j]} instead of {want}")
    if simulated and driver.gpusim_report_count():
        driver.gpusim_reports.restype = ctypes.c_char_p
        raise Failed("reported: " + driver.gpusim_reports().decode()[:1500])


def main():
    nvrtc = find_nvrtc()
    if not nvrtc:
        print("no libnvrtc here")
        sys.exit(77)
    text = (HERE / "gemm.cu").read_text()
    mutant = sys.argv[3] if len(sys.argv) > 3 and sys.argv[2] == "--mutant" else None
    if mutant:
        old, new = MUTANTS[mutant]
        assert text.count(old) == 1, f"'{old}' is not in gemm.cu once"
        text = text.replace(old, new)
    ptx = compile_ptx(nvrtc, text)
    driver = ctypes.CDLL(sys.argv[1])
    driver.cuTensorMapEncodeTiled.argtypes = [P, ctypes.c_int, ctypes.c_uint32, ctypes.c_uint64, P, P, P, P] + [ctypes.c_int] * 4
    try:
        run(driver, ptx, 128, 128, 320)
        run(driver, ptx, 256, 64, 64)
    except Failed as failure:
        print(failure)
        sys.exit(1)
    if mutant or not hasattr(driver, "gpusim_configure"):
        return
    print("gemm: as expected")
    escaped = []
    for name in MUTANTS:
        try:
            result = subprocess.run([sys.executable, __file__, sys.argv[1], "--mutant", name], capture_output=True, text=True,
                                    timeout=60)
            found, why = result.returncode != 0, (result.stdout + result.stderr)
            if "assert" in why.lower() and "gemm.cu once" in why:
                found, why = False, "the text to change is not there"
        except subprocess.TimeoutExpired:
            found, why = True, "never ends"
        print(("found:   " if found else "ESCAPED: ") + name + ": " + " ".join(why.split())[:110])
        if not found:
            escaped.append(name)
    print(f"{len(MUTANTS) - len(escaped)} of {len(MUTANTS)} mutants found")
    sys.exit(1 if escaped else 0)


main()
