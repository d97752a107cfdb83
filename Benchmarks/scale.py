#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whole-kernel inputs: long mailboxes, one patch between two versions, a folded series.

usage: Benchmarks/scale.py SCRATCH [series | huge | fold | all]

Uses the inputs that 'Benchmarks/run prepare' made (PATCHKIT_INPUTS). 'huge' needs a second kernel tree:
PATCHKIT_OTHER names a folder, else the newest tarball of Debian's linux-source packages is unpacked into SCRATCH. Prints
medians with the lowest and highest value, and the most memory that a run took. Needs: git, patch,
/usr/bin/time.
"""

import glob
import os
import random
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from inputs import BARE, INPUTS, PATCHKIT, TREE, WHO  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
os.environ.update(WHO)


def measured(command, cwd=None, codes=(0,), stdin=None):
    """Seconds and MiB of one run."""
    run = subprocess.run(
        ["/usr/bin/time", "-f", "%e %M"] + command, cwd=cwd, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, stdin=stdin)
    if run.returncode not in codes:
        sys.exit(f"{' '.join(command)}: {run.stderr}")
    seconds, kib = run.stderr.strip().splitlines()[-1].split()
    return float(seconds), int(kib) / 1024


def shown(runs):
    times, memory = [r[0] for r in runs], [r[1] for r in runs]
    return (f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f}), "
            f"{max(memory):.0f} MiB")


def mailbox(path, count):
    """A mail a patch: each changes a line of a file that is drawn from the whole tree, time and again."""
    draw = random.Random(count)
    files = []
    for folder, folders, names in os.walk(TREE):
        folders.sort()
        files += [os.path.join(folder, n) for n in sorted(names) if n.endswith((".c", ".h"))]
    draw.shuffle(files)
    files = files[:4000]
    now = {}
    with open(path, "wb") as out:
        for number in range(count):
            while True:
                name = files[draw.randrange(len(files))]
                if name not in now:
                    with open(name, "rb") as f:
                        now[name] = f.read().split(b"\n")
                lines = now[name]
                if 20 < len(lines) < 6000:
                    break
            at = draw.randrange(5, len(lines) - 8)
            new = b"/* changed %d */" % number
            short = os.path.relpath(name, TREE).encode()
            head = (
                f"From {number:040x} Mon Sep 17 00:00:00 2001\n"
                f"From: A U Thor <a@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 +0000\n"
                f"Subject: [PATCH {number + 1}/{count}] change {number}\n\nSome text.\n\n"
                "Signed-off-by: A U Thor <a@example.org>\n---\n").encode()
            body = b"--- a/%s\n+++ b/%s\n@@ -%d,7 +%d,7 @@\n" % (short, short, at - 2, at - 2)
            body += b"".join(b" " + l + b"\n" for l in lines[at - 3:at])
            body += b"-" + lines[at] + b"\n+" + new + b"\n"
            body += b"".join(b" " + l + b"\n" for l in lines[at + 1:at + 4])
            lines[at] = new
            out.write(head + b"diff --git a/%s b/%s\n" % (short, short) + body + b"-- \n2.39\n\n")


def fresh(scratch):
    bare = os.path.join(scratch, "scale.git")
    shutil.rmtree(bare, ignore_errors=True)
    # The objects are borrowed, so that each run starts from the same repository.
    subprocess.run(["git", "clone", "-q", "--bare", "--shared", BARE, bare], check=True)
    subprocess.run(["git", "-C", bare, "config", "gc.auto", "0"], check=True)
    return bare


def series(scratch):
    print("a mailbox of N mails, each one line of a file somewhere in the tree, as commits")
    for count in (100, 1000, 10000):
        path = os.path.join(scratch, f"{count}.mbox")
        if not os.path.exists(path):
            mailbox(path, count)
        for what in ("commit", "check"):
            runs = []
            for _ in range(ROUNDS):
                bare = fresh(scratch)
                rest = ["--check"] if what == "check" else ["--branch", "made"]
                runs.append(measured(
                    [PATCHKIT, "apply", "--quiet", "--onto", f"{bare}@main"] + rest + [path]))
            each = statistics.median(r[0] for r in runs) / count * 1000
            print(f"  {count:6} {what:7} {shown(runs)}, {each:.2f} ms a patch")
        if count == 100:
            work = os.path.join(scratch, "work")
            shutil.rmtree(work, ignore_errors=True)
            subprocess.run(
                ["git", "clone", "-q", "--shared", BARE, work], check=True)
            runs = [measured(["git", "am", "-q", path], cwd=work)]
            print(f"  {count:6} git am  {shown(runs)}, {runs[0][0] / count * 1000:.0f} ms a patch")
            bare = fresh(scratch)
            subprocess.run([PATCHKIT, "apply", "-q", "--onto", f"{bare}@main", "--branch", "made",
                            path], check=True)
            ids = [subprocess.run(["git", "-C", repo, "rev-parse", revision + "^{tree}"],
                                  capture_output=True, text=True, check=True).stdout
                   for repo, revision in ((work, "HEAD"), (bare, "made"))]
            print(f"         the same tree: {ids[0] == ids[1]}")
            shutil.rmtree(work)


def other(scratch):
    folder = os.environ.get("PATCHKIT_OTHER")
    if folder:
        return folder
    folder = os.path.join(scratch, "other")
    tarballs = sorted(glob.glob("/usr/src/linux-source-*.tar.xz"))
    if not os.path.isdir(folder):
        if not tarballs:
            sys.exit("missing: PATCHKIT_OTHER, or one of the packages linux-source-VERSION")
        os.makedirs(folder)
        subprocess.run(["tar", "xf", tarballs[-1], "--strip-components=1", "-C", folder], check=True)
    return folder


def copy(scratch):
    """A copy of the tree by hard links, on disk."""
    folder = os.path.join(scratch, "copy")
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "-al", TREE, folder], check=True)
    subprocess.run(["sync"])
    return folder


def huge(scratch):
    patch = os.path.join(scratch, "huge.patch")
    if not os.path.exists(patch):
        for name, source in (("a", TREE), ("b", other(scratch))):
            folder = os.path.join(scratch, name)
            if not os.path.isdir(folder):
                subprocess.run(["cp", "-al", source, folder], check=True)
        with open(patch, "wb") as out:
            subprocess.run(["git", "diff", "--no-index", "-M", "a", "b"],
                           cwd=scratch, stdout=out)
    size = os.path.getsize(patch)
    print(f"one patch of {size} bytes")
    kinds = {
        "patchkit apply --check": lambda d: [PATCHKIT, "apply", "-q", "-p2", "--check", "--onto", d, patch],
        "git apply --check": lambda d: ["git", "apply", "-p2", "--check", patch],
        "patchkit apply": lambda d: [PATCHKIT, "apply", "-q", "-p2", "--onto", d, patch],
        "git apply": lambda d: ["git", "apply", "-p2", "--whitespace=nowarn", patch],
        "patch": lambda d: ["patch", "-s", "-p2", "-i", patch],
    }
    times = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, command in kinds.items():
            folder = copy(scratch) if "check" not in name else TREE
            # A tree that lies in no repository, so that git apply takes every path.
            times[name].append(measured(command(folder), cwd=folder, codes=(0, 1)))
    for name, runs in times.items():
        print(f"  {name:24} {shown(runs)}")
    for what in (" --check", ""):
        a, b = times["git apply" + what], times["patchkit apply" + what]
        print(f"  git apply{what} / patchkit: time "
              f"{statistics.median(r[0] for r in a) / statistics.median(r[0] for r in b):.2f}, memory "
              f"{max(r[1] for r in a) / max(r[1] for r in b):.2f}")


def fold(scratch):
    print("the realtime series folded into one patch")
    series_rt = os.path.join(INPUTS, "debian/patches-rt")
    folder = copy(scratch)
    subprocess.run([PATCHKIT, "apply", "-q", "--onto", folder, os.path.join(INPUTS, "debian/patches")],
                   check=True)
    for command in (["series", "new", "rt.patch"], ["series", "fold", "-q", series_rt]):
        run = measured([PATCHKIT] + command + ["--onto", folder])
        print(f"  {' '.join(command[:2])}: {run[0]:.2f} s, {run[1]:.0f} MiB")
    patch = os.path.join(folder, "patches/rt.patch")
    back = subprocess.run(["git", "apply", "-R", "--check", patch], cwd=folder)
    print(f"  {os.path.getsize(patch)} bytes; git reverse-applies it: {back.returncode == 0}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n")[1])
    scratch = os.path.abspath(sys.argv[1])
    os.makedirs(scratch, exist_ok=True)
    what = sys.argv[2] if len(sys.argv) > 2 else "all"
    for name, body in (("series", series), ("huge", huge), ("fold", fold)):
        if what in (name, "all"):
            body(scratch)


main()
