#!/usr/bin/env python3
"""Installs a build into a temporary prefix and uses it there.

    install_test.py BUILD SOURCE CMAKE

1. What is installed is what files.txt lists.
2. examples/ builds by find_package(dlc) as a project of its own, and by pkg-config, and classifies an image.
3. docs/embedding.md: every block of code that names a file is written to it, then every block of shell runs, in order.
4. The tree still works after it was moved.
5. A small compiled model starts and answers in less than 40 ms of processor time.
Neither the source nor the build is visible to the compilers: no command may name them.
"""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

build, source, cmake = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
here = pathlib.Path(__file__).parent
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command, cwd, env, code=0):
    """The output of a command; ends the test where the exit code is another one."""
    done = subprocess.run(command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=300)
    if done.returncode != code:
        sys.exit(f"{command} in {cwd}: exit code {done.returncode}, expected {code}\n{done.stdout}")
    return done.stdout


def processor_seconds(command, cwd, env):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, cwd, env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def installed(prefix):
    """Files below the prefix, with what differs between machines and versions taken out."""
    names = set()
    for path in prefix.rglob("*"):
        if path.is_dir():
            continue
        name = str(path.relative_to(prefix))
        name = re.sub(r"^lib(64|/[\w-]+-linux-gnu\w*)?/", "lib/", name)
        names.add(re.sub(r"\.so(\.\d+)+$", lambda m: ".so" + ".N" * (m[0].count(".") - 1), name))
    return names


def check_files(prefix):
    expected = {line for line in (here / "files.txt").read_text().splitlines() if line and not line.startswith("#")}
    found = installed(prefix)
    # Configurations name their own file: dlcRuntimeTargets-relwithdebinfo.cmake.
    found = {re.sub(r"Targets-\w+\.cmake$", "Targets-CONFIG.cmake", name) for name in found}
    if found != expected:
        sys.exit(f"installed but not in files.txt: {sorted(found - expected)}\n"
                 f"in files.txt but not installed: {sorted(expected - found)}")


def check_alone(folder):
    """No build command below the folder names the source tree or the build."""
    for path in [*folder.rglob("build.ninja"), *folder.rglob("*.make"), *folder.rglob("link.txt")]:
        for tree in (source, build):
            if str(tree) + "/" in path.read_text(errors="replace"):
                sys.exit(f"{path} names {tree}")


def environment(prefix):
    kept = ("HOME", "XDG_CACHE_HOME", "CUDA_HOME", "CCACHE_DIR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env["PATH"] = f"{prefix}/bin:/usr/bin:/bin"
    env["PREFIX"] = str(prefix)
    env["CMAKE_PREFIX_PATH"] = str(prefix)
    env["PKG_CONFIG_PATH"] = ":".join(str(p) for p in prefix.rglob("pkgconfig"))
    return env


def classify(prefix, folder, env):
    shutil.copytree(prefix / "share/dlc/examples", folder)
    run([cmake, "-S", ".", "-B", "build"], folder, env)
    run([cmake, "--build", "build"], folder, env)
    check_alone(folder)
    run(["dlc", "compile", "mlp.mlir", "-o", "mlp.dlx", "--shape", "x=1x784"], folder, env)
    # Three images of 28 by 28, as an IDX file.
    pixels = bytes(range(196)) * 4 * 3
    (folder / "images").write_bytes(b"\0\0\x08\x03\0\0\0\x03\0\0\0\x1c\0\0\0\x1c" + pixels)
    by_cmake = run(["build/classify", "mlp.dlx", "images", "1"], folder, env)
    answer = re.search(r"^image 1: class \d .*probability [01]\.\d+$", by_cmake, re.MULTILINE)
    if not answer or "device " not in by_cmake:
        sys.exit(f"classify said: {by_cmake}")
    flags = run(["pkg-config", "--cflags", "--libs", "dlc"], folder, env).split()
    library = next(f[2:] for f in flags if f.startswith("-L"))
    run(["cc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "classify.c", "-o", "by-pkg-config", *flags,
         f"-Wl,-rpath,{library}", "-lz", "-lm"], folder, env)
    if run(["./by-pkg-config", "mlp.dlx", "images", "1"], folder, env) != by_cmake:
        sys.exit("by pkg-config classify says something else than by CMake")


def documentation(prefix, folder, env):
    """Writes the files that docs/embedding.md shows, then runs its commands in the order in which they stand."""
    folder.mkdir()
    shutil.copy(prefix / "share/dlc/examples/mlp.mlir", folder)
    blocks = BLOCK.findall((source / "docs/embedding.md").read_text())
    for language, name, text in blocks:
        if name:
            if (folder / name).exists():
                sys.exit(f"docs/embedding.md has two blocks {name}")
            (folder / name).write_text(text)
        elif language not in ("sh", "text"):
            sys.exit(f"docs/embedding.md: a block of {language} without a file name is never compiled:\n{text}")
    commands = [text for language, name, text in blocks if language == "sh"]
    for text in commands:
        print(run(["bash", "-euo", "pipefail", "-c", text], folder, env))
    shown, ran = sum(1 for _, name, _ in blocks if name), len(commands)
    if shown < 3 or ran < 2:
        sys.exit(f"docs/embedding.md: {shown} files and {ran} shell blocks found")
    check_alone(folder)
    # The headers give no cause for warnings.
    run(["c++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "threads.cpp",
         f"-I{prefix}/include"], folder, env)
    for name in (name for language, name, _ in blocks if name and language in ("c", "cpp")):
        if not any(name in path.read_text() for path in folder.glob("CMakeLists.txt")) and not name.endswith(".h"):
            sys.exit(f"docs/embedding.md: nothing builds {name}")


def main():
    with tempfile.TemporaryDirectory(prefix="dlc-install-") as temporary:
        root = pathlib.Path(temporary)
        prefix = root / "prefix"
        run([cmake, "--install", str(build), "--prefix", str(prefix)], root, dict(os.environ))
        check_files(prefix)
        env = environment(prefix)
        classify(prefix, root / "examples", env)
        if (source / "docs/embedding.md").exists():
            documentation(prefix, root / "embedding", env)
        moved = root / "elsewhere"
        prefix.rename(moved)
        env = environment(moved)
        shutil.copy(root / "examples/mlp.dlx", root)
        run(["dlc", "compile", "examples/cnn.mlir", "-o", "cnn.dlx", "--shape", "x=1x1x28x28", "--target", "cpu"],
            root, env)
        run(["dlc", "run", "mlp.dlx", "--input", "x=1x784xf32=0"], root, env)
        devices = json.loads(run(["dlc", "devices", "--json"], root, env))
        sim = next(card for card in devices["devices"] if card["device"] == "sim")
        if not sim["usable"] or not sim["driver"]["file"].startswith(str(moved)):
            sys.exit(f"the moved tree does not find its simulated GPU: {sim}")
        run(["dlc", "compile", "examples/mlp.mlir", "-o", "again.dlx", "--shape", "x=1x784"], root, env)
        if (root / "again.dlx").read_bytes() != (root / "mlp.dlx").read_bytes():
            sys.exit("compiled by the moved tree, the same model gives other bytes")
        seconds = min(processor_seconds(["dlc", "run", "cnn.dlx", "--input", "x=1x1x28x28xf32=0", "-q"], root, env)
                      for _ in range(10))
        if seconds > 0.040:
            sys.exit(f"dlc run of a small compiled model takes {seconds * 1e3:.0f} ms of processor time, 40 are allowed")
        print(f"start: {seconds * 1e3:.1f} ms of processor time")
    print("install: the installed tree is complete and stands alone")


if __name__ == "__main__":
    main()
