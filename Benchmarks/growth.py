#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Time against size for inputs that make a naive tool quadratic, or worse.

usage: Benchmarks/growth.py [RUNS]

Each input is made in three sizes, each twice the one before; the median time of RUNS (3) runs is printed next to the
size, and the growth from the first to the last: 4 is linear. PATCHKIT names the program.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(HERE, "../.build/release/patchkit"))
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 3


def nested_mime(n):
    text = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
    for level in range(n):
        text = f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n{text}\n--b{level}--\n"
    return "a\n", "From: a@example.org\n" + text, ["apply", "--check", f"--limit=mime-depth={n + 1}"]


def parts(n):
    part = "--b\n\nwords\n"
    text = "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n" + part * n
    text += "--b\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n--b--\n"
    return "a\n", text, ["apply", "--check", f"--limit=mime-parts={n + 2}"]


def alternating(n):
    old = "".join(("a\n", "b\n")[i % 2] for i in range(n))
    new = "".join(("b\n", "a\n")[i % 2] for i in range(n))
    lines = "".join("-" + line + "\n" for line in old.split("\n")[:-1])
    lines += "".join("+" + line + "\n" for line in new.split("\n")[:-1])
    target = "".join(("a\n", "b\n", "c\n")[i % 3] for i in range(n))
    return target, f"--- a/f\n+++ b/f\n@@ -1,{n} +1,{n} @@\n" + lines, ["backport", "--check"]


def long_lines(n):
    """One line of n words that differs in every second word: the word merge."""
    old = " ".join(f"word{i}" for i in range(n))
    target = " ".join(f"word{i}" if i % 2 else f"other{i}" for i in range(n))
    patch = f"--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n one\n-{old}\n+{old} more\n three\n"
    return f"one\n{target}\nthree\n", patch, ["backport", "--check"]


def one_line_hunks(n):
    content = "".join(f"line {i}\n" for i in range(2 * n))
    hunks = "".join(f"@@ -{2 * i + 1} +{2 * i + 1} @@\n-line {2 * i}\n+changed {2 * i}\n" for i in range(n))
    return content, "--- a/f\n+++ b/f\n" + hunks, ["apply", "--check"]


def small_hunks(n):
    content = "".join(f"line {i}\n" for i in range(4 * n))
    hunks = "".join(
        f"@@ -{4 * i + 1},3 +{4 * i + 1},3 @@\n line {4 * i}\n-line {4 * i + 1}\n+changed {i}\n line {4 * i + 2}\n"
        for i in range(n))
    return content, "--- a/f\n+++ b/f\n" + hunks, ["apply", "--check"]


def moved_hunks(n):
    content, patch, command = small_hunks(n)
    return "one more\n" * 7 + content, patch, command


def repeated(n):
    """A context that is everywhere: each hunk fits at every line."""
    hunk = "@@ -{0},7 +{0},7 @@\n x\n x\n x\n-x\n+y\n x\n x\n x\n"
    hunks = "".join(hunk.format(i) for i in range(1, n - 8, max(1, n // 100)))
    return "x\n" * n, "--- a/f\n+++ b/f\n" + hunks, ["apply", "--check"]


def repeated_loose(n):
    content, patch, _ = repeated(n)
    return content.replace("x\n", "x \n"), patch, ["backport", "--check"]


def many_files(n):
    patch = "".join(f"--- /dev/null\n+++ b/d{i % 100}/f{i}\n@@ -0,0 +1 @@\n+x\n" for i in range(n))
    return "a\n", patch, ["apply", "--check"]


def many_froms(n):
    """Lines that begin as those that start a mail do, and are none."""
    return "a\n", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n" + "From no one\n" * n, ["apply", "--check"]


def broken_headers(n):
    return "a\n", "--- a/f\n" * n + "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n", ["apply", "--check"]


def nested_c(n):
    """Braces in braces, for the outline."""
    body = "".join("{\n" for _ in range(n)) + "int x;\n" + "".join("}\n" for _ in range(n))
    content = f"int f(void)\n{{\n{body}}}\n"
    patch = f"--- a/f.c\n+++ b/f.c\n@@ -{n + 3} +{n + 3} @@\n-int x;\n+int y;\n"
    return content, patch, ["analyze", "--no-index"]


CASES = [
    ("parts nested in one another", nested_mime, 1000), ("parts next to one another", parts, 25_000),
    ("lines that alternate, diff and merge", alternating, 25_000), ("one line of words, word merge", long_lines, 25_000),
    ("hunks of one line", small_hunks, 250_000), ("hunks of one line, all moved", moved_hunks, 250_000),
    ("hunks of one line without context", one_line_hunks, 250_000),
    ("a hundred hunks of repeated context", repeated, 25_000),
    ("the same, other blanks, all strategies", repeated_loose, 25_000),
    ("new files", many_files, 25_000), ("lines that look like mails", many_froms, 250_000),
    ("headers without hunks", broken_headers, 250_000), ("C braces in braces, outline", nested_c, 25_000),
]


def main():
    print("| input | size | s | size | s | size | s | growth |\n|---|---|---|---|---|---|---|---|")
    for name, make, size in CASES:
        cells, times, codes = [], [], set()
        for n in (size, 2 * size, 4 * size):
            with tempfile.TemporaryDirectory(prefix="growth-") as root:
                content, patch, command = make(n)
                os.makedirs(f"{root}/t")
                with open(f"{root}/t/" + ("f.c" if "f.c" in patch else "f"), "w") as f:
                    f.write(content)
                with open(f"{root}/p.patch", "w") as f:
                    f.write(patch)
                taken = []
                for _ in range(RUNS):
                    start = time.monotonic()
                    done = subprocess.Popen(
                        [PATCHKIT] + command + ["--quiet", "--onto", "t", "p.patch"], cwd=root,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    _, status, _ = os.wait4(done.pid, 0)
                    taken.append(time.monotonic() - start)
                    codes.add(os.waitstatus_to_exitcode(status))
                times.append(statistics.median(taken))
                cells += [f"{n:,}", f"{times[-1]:.2f}"]
        growth = times[-1] / times[0]
        print(f"| {name} (exit {'/'.join(map(str, sorted(codes)))}) | " + " | ".join(cells)
              + f" | {growth:.1f} |", flush=True)


if __name__ == "__main__":
    main()
