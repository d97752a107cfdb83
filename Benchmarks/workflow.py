#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A stable maintainer's jobs, with patchkit and with the tools that are used for them today.

Both sides of a job run in turn, whole processes, seven times (RUNS); medians and ranges are printed.
  trees     one commit to three revisions, a commit each: 'git cherry-pick' in three work trees
  commits   twenty commits to one revision, each by itself: 'git cherry-pick -n' (RUNS are for each)
  analysis  what a patch lacks and what followed it, with the index at hand: 'git log --grep' for its id
  thread    a mailbox with a discussion: 'b4 am' and 'git am' (b4 on PYTHONPATH, without network)

usage: Benchmarks/workflow.py REPO@MAINLINE REVISION,REVISION,REVISION COMMIT SCRATCH [COMMITS-FILE]

REPO is a repository with the branch MAINLINE and the revisions; COMMITS-FILE has a commit on each line.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(ROOT, ".build/release/patchkit"))
RUNS = int(os.environ.get("RUNS", "7"))


def run(*command, cwd, text=None):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace",
                          input=text)


def git(*arguments, cwd):
    return run("git", *arguments, cwd=cwd)


def timed(job):
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result


def pair(name, own, other, clean=lambda: None):
    """Runs both sides in turn, and prints how long they took."""
    first, second = [], []
    for _ in range(RUNS):
        clean()
        first.append(timed(own)[0])
        clean()
        second.append(timed(other)[0])
    clean()

    def shown(times):
        return f"{statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"

    ratio = statistics.median(second) / statistics.median(first)
    print(f"{name:10} patchkit {shown(first)}, other {shown(second)}, ratio {ratio:.1f}", flush=True)


def trees(repo, revisions, commit, folders):
    def clean():
        branches = git("for-each-ref", "--format=%(refname:short)", "refs/heads/fix-*", cwd=repo)
        for branch in branches.stdout.split():
            git("branch", "-qD", branch, cwd=repo)
        for folder, revision in zip(folders, revisions):
            git("cherry-pick", "--abort", cwd=folder)
            git("reset", "-q", "--hard", revision, cwd=folder)

    def own():
        onto = [word for revision in revisions for word in ("--onto", f".@{revision}")]
        return run(PATCHKIT, "backport", commit, *onto, "--branch", "fix-{tree}", cwd=repo)

    def other():
        for folder in folders:
            git("cherry-pick", commit, cwd=folder)

    clean()
    print(own().stdout)
    pair("trees", own, other, clean)


def commits(repo, revision, names, folder):
    counts = {}
    for name in names:
        result = run(PATCHKIT, "backport", "--check", "--onto", f".@{revision}", name, cwd=repo)
        verdict = (result.stdout or result.stderr).split(" ")[0]
        picked = git("cherry-pick", "-n", name, cwd=folder).returncode == 0
        git("reset", "-q", "--hard", cwd=folder)
        key = (verdict, "git applies" if picked else "git stops")
        counts[key] = counts.get(key, 0) + 1
    for (verdict, word), count in sorted(counts.items()):
        print(f"           {count:3} {verdict}, {word}")

    def own():
        for name in names:
            run(PATCHKIT, "backport", "--check", "--onto", f".@{revision}", name, cwd=repo)

    def other():
        for name in names:
            git("cherry-pick", "-n", name, cwd=folder)
            git("reset", "-q", "--hard", cwd=folder)

    pair("commits", own, other)


def analysis(repo, mainline, commit):
    full = git("rev-parse", commit, cwd=repo).stdout.strip()

    def own():
        return run(PATCHKIT, "analyze", "--onto", f".@{full}^", "--upstream", f".@{mainline}",
                   full, cwd=repo)

    def other():
        return git("log", "--oneline", f"--grep={full[:12]}", mainline, cwd=repo)

    own()
    pair("analysis", own, other)


def thread(repo, revision, commit, folder, scratch):
    """The commit as a mailed patch with an older version and three answers."""
    mail = git("format-patch", "-1", "--stdout", commit, cwd=repo).stdout
    head, body = mail.split("\n\n", 1)
    subject = next(line for line in head.split("\n") if line.startswith("Subject: "))[17:]

    def message(prefix, number, answers, text, sender=None):
        lines = ["From mboxrd@z Thu Jan  1 00:00:00 1970", f"Subject: {prefix}{subject}",
                 f"Message-ID: <{number}@example.org>", "Date: Mon, 2 Jan 2023 10:00:00 +0000",
                 sender or next(l for l in head.split("\n") if l.startswith("From: "))]
        if answers:
            lines.append(f"In-Reply-To: <{answers}@example.org>")
        return "\n".join(lines) + "\n\n" + text + "\n"

    box = message("[PATCH] ", "a", None, body)
    for number in range(3):
        name = f"Reader {number} <reader{number}@example.org>"
        box += message("Re: [PATCH] ", f"r{number}", "a", f"Reviewed-by: {name}\n", f"From: {name}")
    box += message("[PATCH v2] ", "b", "a", body)
    path = os.path.join(scratch, "thread.mbox")
    with open(path, "w", errors="surrogateescape") as file:
        file.write(box)

    def clean():
        git("branch", "-qD", "from-thread", cwd=repo)
        git("am", "--abort", cwd=folder)
        git("reset", "-q", "--hard", revision, cwd=folder)

    def own():
        return run(PATCHKIT, "apply", "--onto", f".@{revision}", "--branch", "from-thread", path,
                   cwd=repo)

    def other():
        made = run(sys.executable, "-m", "b4.command", "--offline-mode", "-n", "am", "-m", path,
                   "-o", "-", cwd=folder)
        return run("git", "am", "-q", cwd=folder, text=made.stdout)

    clean()
    print(own().stdout)
    pair("thread", own, other, clean)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    (repo, mainline), revisions = sys.argv[1].rsplit("@", 1), sys.argv[2].split(",")
    commit, scratch = sys.argv[3:5]
    repo = os.path.abspath(repo)
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    git("worktree", "prune", cwd=repo)
    folders = [os.path.join(os.path.abspath(scratch), f"tree{n}") for n in range(len(revisions))]
    for folder, revision in zip(folders, revisions):
        git("worktree", "add", "-q", "--detach", folder, revision, cwd=repo)
    full = git("rev-parse", commit, cwd=repo).stdout.strip()
    trees(repo, revisions, full, folders)
    if len(sys.argv) > 5:
        with open(sys.argv[5]) as file:
            names = [git("rev-parse", name, cwd=repo).stdout.strip() for name in file.read().split()]
        commits(repo, revisions[0], names, folders[0])
    analysis(repo, mainline, full)
    thread(repo, f"{full}^", full, folders[0], scratch)
    for folder in folders:
        git("worktree", "remove", "--force", folder, cwd=repo)


main()
