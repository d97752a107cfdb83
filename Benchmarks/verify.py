#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Verifies a large collection, compared with a loop of 'git apply --check', and draws cells to check by git.

usage: Benchmarks/verify.py SCRATCH FOLDER_OF_TREE_A FOLDER_OF_TREE_B DEBIAN_TARBALL...

The tarballs are the linux_*.debian.tar.xz of Debian's source packages; every patch of their series is
taken once, and the first realtime series found is made one mailbox and taken apart by 'patchkit split'.
SCRATCH is kept, so that the two trees are put into the store only once. Needs: git, /usr/bin/time.
"""

import glob
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

PATCHKIT = os.environ.get("PATCHKIT", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../.build/release/patchkit"))
ROUNDS = 5
SEED = 7
CELLS = 50

LOOP = """
n=0
for f in "$0"/*/*.patch; do
  for t in "$1" "$2"; do
    if git -C "$t" apply --check "$f" 2>/dev/null; then n=$((n+1)); fi
  done
done
echo $n
"""

# The same on the trees in the store, through an index of each.
CACHED = """
n=0
for f in $3; do
  for t in linux-a linux-b; do
    if GIT_INDEX_FILE="$2/$t" git --git-dir="$1" apply --check --cached "$0/$f" 2>/dev/null
    then n=$((n+1)); fi
  done
done
echo $n
"""


def collect(scratch, tarballs):
    patches = os.path.join(scratch, "project/Patches")
    shutil.rmtree(patches, ignore_errors=True)
    seen = set()
    mailbox = None

    def add(folder, name, data):
        digest = hashlib.sha256(data).digest()
        if digest in seen:
            return
        seen.add(digest)
        os.makedirs(os.path.join(patches, folder), exist_ok=True)
        with open(os.path.join(patches, folder, name), "wb") as target:
            target.write(data)

    for tarball in sorted(tarballs):
        name = os.path.basename(tarball).removesuffix(".debian.tar.xz").removeprefix("linux_")
        there = os.path.join(scratch, "sources", name)
        if not os.path.isdir(there):
            os.makedirs(there)
            subprocess.run(["tar", "xJf", tarball, "-C", there, "--wildcards", "debian/patches*"],
                           check=True)
        base = os.path.join(there, "debian")
        realtime = sorted(glob.glob(base + "/patches-rt/*.patch"))
        if realtime and mailbox is None:
            mailbox = os.path.join(scratch, "realtime.mbox")
            with open(mailbox, "wb") as target:
                for number, path in enumerate(realtime):
                    with open(path, "rb") as source:
                        mail = source.read().rstrip(b"\n")
                    target.write(b"From %040x Mon Sep 17 00:00:00 2001\n" % number + mail + b"\n\n")
            apart = os.path.join(scratch, "realtime")
            shutil.rmtree(apart, ignore_errors=True)
            subprocess.run([PATCHKIT, "split", "-o", apart, mailbox], check=True,
                           stdout=subprocess.DEVNULL)
            for path in sorted(os.listdir(apart)):
                with open(os.path.join(apart, path), "rb") as source:
                    add("realtime", path, source.read())
            realtime = []
        for path in sorted(glob.glob(base + "/patches/**/*.patch", recursive=True)) + realtime:
            with open(path, "rb") as source:
                add(name, os.path.relpath(path, base).replace("/", "_"), source.read())
    return len(seen)


def timed(command, **more):
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, **more)
    return time.perf_counter() - start, result


def git_says(tree, patch):
    """What git makes of a patch on a plain tree, in patchkit's words as far as git reports it."""
    result = subprocess.run(["git", "-C", tree, "apply", "--check", "-v", patch],
                            capture_output=True, text=True)
    if result.returncode == 0:
        return "offset" if "offset" in result.stderr else "exact"
    back = subprocess.run(["git", "-C", tree, "apply", "-R", "--check", patch], capture_output=True)
    if back.returncode == 0:
        return "already-applied"
    return "missing-path" if "No such file" in result.stderr else "conflict"


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    scratch, first, second = (os.path.abspath(path) for path in sys.argv[1:4])
    project = os.path.join(scratch, "project")
    patches = os.path.join(project, "Patches")
    os.makedirs(project, exist_ok=True)
    print(f"{collect(scratch, sys.argv[4:])} patches")
    trees = {"linux-a": first, "linux-b": second}
    for name, folder in trees.items():
        there = subprocess.run([PATCHKIT, "tree", "show", name], cwd=project, capture_output=True)
        if there.returncode != 0:
            subprocess.run([PATCHKIT, "tree", "add", name, folder], cwd=project, check=True)
    store = os.path.join(project, ".patchkit/store.git")
    for name in trees:
        index = os.path.join(scratch, name)
        if not os.path.exists(index):
            subprocess.run(["git", f"--git-dir={store}", "read-tree", f"refs/patchkit/trees/{name}"],
                           env=dict(os.environ, GIT_INDEX_FILE=index), check=True)

    def manifest(locations):
        with open(os.path.join(patches, "patch.yaml"), "w") as target:
            target.write("order: independent\ntrees:\n")
            for name, location in locations.items():
                target.write(f"  - {{name: {name}, at: {location}}}\n")

    stored = {name: name for name in trees}
    times = {}

    def note(name, seconds):
        times.setdefault(name, []).append(seconds)

    def verify(name, *more):
        note(name, timed([PATCHKIT, "verify", "--quiet", *more], cwd=project)[0])

    for _ in range(ROUNDS):
        manifest(stored)
        verify("store, no cache", "--no-cache")
        shutil.rmtree(os.path.join(project, ".patchkit/verify"), ignore_errors=True)
        verify("store, first run")
        verify("store, nothing new")
        manifest(trees)
        verify("folders, no cache", "--no-cache")
        verify("folders, first run")
        verify("folders, nothing new")
        seconds, loop = timed(["sh", "-c", LOOP, patches, first, second])
        note("loop of git apply --check in folders", seconds)
        applied = int(loop.stdout)
    sample = sorted(os.path.relpath(path, patches) for path in glob.glob(patches + "/*/*.patch"))
    part = random.Random(SEED).sample(sample, 100)
    seconds, _ = timed(["sh", "-c", CACHED, patches, store, scratch, " ".join(part)])
    note(f"loop of git apply --check --cached on the store, scaled from {len(part)}",
         seconds * len(sample) / len(part))
    for name, all_times in times.items():
        print(f"  {name:60} {statistics.median(all_times):8.3f} s "
              f"({min(all_times):.3f} to {max(all_times):.3f})")
    loop_time = statistics.median(times["loop of git apply --check in folders"])
    cached_time = [statistics.median(t) for n, t in times.items() if "--cached" in n][0]
    for name in list(times)[:6]:
        own = statistics.median(times[name])
        print(f"  {name}: {loop_time / own:.1f} times faster than the loop in folders, "
              f"{cached_time / own:.0f} times than the one on the store")
    manifest(stored)
    for more in (["--no-cache"], []):
        peak = subprocess.run(["/usr/bin/time", "-f", "%M", PATCHKIT, "verify", "--quiet", *more],
                              cwd=project, capture_output=True, text=True).stderr.split()[-1]
        print(f"  most memory {' '.join(more) or 'nothing new'} {int(peak) // 1024} MiB")
    report = json.loads(subprocess.run([PATCHKIT, "verify", "--json", "--quiet"], cwd=project,
                                       capture_output=True).stdout)
    print("  verdicts", report["summary"]["verdicts"])
    cells = [(patch, cell) for folder in report["verification"]["folders"]
             for patch in folder["patches"] for cell in folder and patch["cells"]]
    good = sum(cell["outcome"]["verdict"] in ("exact", "offset") for _, cell in cells)
    print(f"  {good} apply, git apply --check says {applied}")
    agree = 0
    for patch, cell in random.Random(SEED).sample(cells, CELLS):
        path = os.path.join(project, patch["file"])
        said = git_says(trees[cell["tree"]], path)
        own = cell["outcome"]["verdict"]
        agree += said == own
        mark = "" if said == own else "   <-- look"
        print(f"    {own:15} git: {said:15} {cell['tree']} {patch['file']}{mark}")
    print(f"  {agree} of {CELLS} cells alike")


if __name__ == "__main__":
    main()
