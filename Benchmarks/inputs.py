# SPDX-License-Identifier: GPL-2.0-only
"""The inputs of all benchmarks: whatever version of Debian's linux source is there, as a folder and a repository."""

import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
INPUTS = os.environ.get("PATCHKIT_INPUTS", os.path.join(HERE, "inputs"))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(ROOT, ".build/release/patchkit"))
TREE = os.path.join(INPUTS, "orig")
BARE = os.path.join(INPUTS, "orig.git")
SERIES = os.path.join(INPUTS, "debian/patches")
SERIES_RT = os.path.join(INPUTS, "debian/patches-rt")
WHO = {
    "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.org",
    "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@example.org",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}


def description():
    """The source package that is there; None where there is none yet."""
    return next(iter(sorted(glob.glob(os.path.join(INPUTS, "linux_*.dsc")))), None)


def version():
    """Its version, such as 6.1.170-3."""
    with open(description()) as file:
        return re.search(r"^Version: (.*)$", file.read(), re.M).group(1)


def prepare():
    """Fetches the source package that apt offers, where none is there, and unpacks it."""
    os.makedirs(INPUTS, exist_ok=True)
    run = lambda command, cwd=INPUTS: subprocess.run(command, cwd=cwd, check=True)
    if not description():
        try:
            run(["apt-get", "source", "--download-only", "linux"])
        except subprocess.CalledProcessError:
            sys.exit("missing: the source package linux; is there a deb-src entry for it?")
    if not os.path.isdir(TREE):
        os.makedirs(TREE + ".new", exist_ok=True)
        tarball = glob.glob(os.path.join(INPUTS, "linux_*.orig.tar.xz"))[0]
        run(["tar", "xf", tarball, "--strip-components=1", "-C", TREE + ".new"])
        run(["tar", "xf", glob.glob(os.path.join(INPUTS, "linux_*.debian.tar.xz"))[0]])
        os.rename(TREE + ".new", TREE)
    if not os.path.isdir(BARE):
        run(["git", "init", "-q", "--bare", "-b", "main", BARE])
        work = ["git", f"--git-dir={BARE}", f"--work-tree={TREE}"]
        run(work + ["add", "-A", "-f"], TREE)
        subprocess.run(work + ["commit", "-q", "-m", "orig"], cwd=TREE, check=True,
                       env=dict(os.environ, **WHO))


def entries(folder):
    """The patches of a series, in order."""
    with open(os.path.join(folder, "series")) as series:
        return [line.split()[0] for line in series if line.strip() and line[0] != "#"]
