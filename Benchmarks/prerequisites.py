#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How often the first proposal of 'backport --with-prerequisites' holds the commit that the maintainers took.

For every second backport of a stable branch: the nearest of the twelve commits before it that is a backport as well and
changes a file that it changes, too, is the candidate. The candidate was needed where the upstream commit of the backport does
not apply to the tree before the candidate, and applies to the tree after it. There the proposal for the tree before the
candidate is looked at. The branch decides what was needed, not a tool's proposal.

Where the upstream commit applies to the tree before the candidate, nothing is needed: what is proposed there is counted
apart, with the number of those that the branch took later all the same.

usage: Benchmarks/prerequisites.py REPO FROM..BRANCH MAINLINE-REPO ROWS [LIMIT]

ROWS is a file with a line of JSON for each pair; pairs that it has are not tried again. LIMIT ends after that many pairs.
"""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(ROOT, ".build/release/patchkit"))
UPSTREAM = re.compile(r"commit ([0-9a-f]{40}) upstream|\[ ?Upstream commit ([0-9a-f]{40})"
                      r"|cherry picked from commit ([0-9a-f]{40})", re.I)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace")


def commits(repo, span):
    log = run("git", "-C", repo, "log", "--reverse", "--no-merges", "--name-only",
              "--format=%x01%H%x02%P%x02%b%x03", span).stdout
    for record in log.split("\x01")[1:]:
        head, files = record.split("\x03", 1)
        name, parents, body = head.split("\x02", 2)
        match = UPSTREAM.search(body)
        upstream = next(id for id in match.groups() if id) if match else None
        yield name, parents.split()[0], upstream, {file for file in files.split("\n") if file}


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    repo, span, mainline, path = sys.argv[1:5]
    limit = int(sys.argv[5]) if len(sys.argv) > 5 else sys.maxsize
    rows = []
    if os.path.exists(path):
        with open(path) as file:
            rows = [json.loads(line) for line in file]
    known = {row["number"] for row in rows}
    everything = list(commits(repo, span))

    def has(commit):
        return run("git", "-C", mainline, "cat-file", "-e", commit).returncode == 0

    def backport(commit, tree, *options):
        return run(PATCHKIT, "backport", "--check", "--upstream", mainline, "commit:" + commit,
                   "--onto", f"{repo}@{tree}", *options)

    with open(path, "a") as output:
        for number, (_, _, upstream, files) in enumerate(everything):
            if number % 2 or not upstream or number in known or len(rows) >= limit:
                continue
            before = [other for other in everything[max(0, number - 12):number] if other[2]
                      and any(name.endswith((".c", ".h")) for name in other[3] & files)]
            if not before or not has(upstream) or not has(before[-1][2]):
                continue
            candidate, parent, needed, _ = before[-1]
            row = {"number": number, "commit": upstream, "candidate": needed, "needed": False}
            applies = backport(upstream, parent).returncode == 0
            if applies:
                result = backport(upstream, parent, "--with-prerequisites")
                row.update(free=True, proposed=re.findall(
                    r"^  ([0-9a-f]{12}) ", result.stdout + result.stderr, re.M))
            elif backport(upstream, candidate).returncode == 0:
                result = backport(upstream, parent, "--with-prerequisites", "--yes")
                row.update(needed=True, applies=result.returncode == 0, proposed=re.findall(
                    r"^  ([0-9a-f]{12}) ", result.stdout + result.stderr, re.M))
            rows.append(row)
            print(json.dumps(row), file=output, flush=True)
    needed = [row for row in rows if row["needed"]]
    holds = [row for row in needed if row["candidate"][:12] in row["proposed"]]
    proposed = sum(len(row["proposed"]) for row in needed)
    print(f"{len(rows)} pairs; the earlier commit was needed in {len(needed)}")
    print(f"the proposal holds it in {len(holds)}; {proposed} commits were proposed in all; "
          f"the patch applies with them in {sum(row['applies'] for row in needed)}")
    free = [row for row in rows if row.get("free")]
    taken = {other[2][:12] for other in everything if other[2]}
    extra = [name for row in free for name in row["proposed"]]
    print(f"nothing was needed in {len(free)}; something is proposed in "
          f"{sum(bool(row['proposed']) for row in free)} of these, {len(extra)} commits in all, of which the "
          f"branch has {sum(name in taken for name in extra)}")


main()
