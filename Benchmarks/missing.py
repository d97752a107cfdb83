#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Missing symbols, compared with a compiler.

Takes files of linux, removes some of the definitions that each uses from the headers, and compares what
'make FILE.o' reports (allnoconfig) with what 'patchkit analyze' says of a patch that adds the file.
Needs what a kernel is built with: gcc, make, flex, bison, bc, libelf-dev, libssl-dev.

usage: Benchmarks/missing.py TREE SCRATCH [SEED]
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(ROOT, ".build/release/patchkit"))
FILES = """kernel/fork.c kernel/exit.c kernel/signal.c kernel/sys.c kernel/workqueue.c kernel/pid.c
kernel/kthread.c kernel/cred.c mm/memory.c mm/mmap.c mm/vmscan.c mm/filemap.c mm/page_alloc.c
fs/namei.c fs/open.c fs/read_write.c fs/inode.c fs/dcache.c fs/super.c fs/file.c fs/select.c fs/exec.c
fs/pipe.c fs/namespace.c lib/radix-tree.c kernel/time/timer.c mm/rmap.c fs/seq_file.c""".split()
NAMES = 4
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ERRORS = [re.compile(p) for p in (
    r"implicit declaration of function ['‘](\w+)", r"['‘](\w+)['’] undeclared",
    r"has no member named ['‘](\w+)", r"unknown type name ['‘](\w+)")]


def text_of(path):
    with open(path, errors="surrogateescape") as file:
        return file.read()


def write(path, text):
    # A new file: the scratch tree is made of links.
    os.remove(path)
    with open(path, "w", errors="surrogateescape") as file:
        file.write(text)


def candidates(tree, file, headers):
    """Definitions of one line each, in one header alone, which no other header uses."""
    used = set(WORD.findall(text_of(os.path.join(tree, file))))
    found = []
    for header, lines in headers.items():
        for number, line in enumerate(lines):
            for kind, pattern in (
                    ("prototype", r"^(?:extern )?[a-z][\w \*]*?\b(\w+)\([^()]*\);$"),
                    ("macro", r"^#define\s+(\w+)(?:\([^()]*\))?\s+[^\\\\]+$"),
                    ("field", r"^\t(?:struct |unsigned |const )*\w+\s+\*?(\w+);$")):
                match = re.match(pattern, line)
                if match and match.group(1) in used and len(match.group(1)) > 4:
                    found.append((kind, match.group(1), header, number))
    return found


def main():
    tree, scratch = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    copy = os.path.join(scratch, "t")
    if not os.path.isdir(copy):
        os.makedirs(scratch, exist_ok=True)
        subprocess.run(["cp", "-rl", tree, copy], check=True)
        subprocess.run("make -s allnoconfig && make -s -j2 prepare", shell=True, cwd=copy, check=True,
                       stdout=subprocess.DEVNULL)
    headers = {}
    counts = {}
    for folder in ("include/linux", "include/asm-generic", "include/uapi/linux", "arch/x86/include/asm"):
        for root, _, names in os.walk(os.path.join(copy, folder)):
            for name in names:
                if name.endswith(".h"):
                    path = os.path.relpath(os.path.join(root, name), copy)
                    headers[path] = text_of(os.path.join(copy, path)).split("\n")
                    for word in WORD.findall("\n".join(headers[path])):
                        counts[word] = counts.get(word, 0) + 1
    total = {"both": 0, "compiler": 0, "patchkit": 0, "left out": 0}
    checked = 0
    for file in FILES:
        path = os.path.join(copy, file)
        if not os.path.exists(path):
            continue
        # A name that is once in all headers is used by no inline function.
        usable = [c for c in candidates(copy, file, headers) if counts.get(c[1], 0) == 1]
        chosen = random.sample(usable, min(NAMES, len(usable)))
        if not chosen:
            continue
        kept = {header: text_of(os.path.join(copy, header)) for _, _, header, _ in chosen}
        for header in kept:
            gone = {n for _, _, h, n in chosen if h == header}
            lines = [l for i, l in enumerate(kept[header].split("\n")) if i not in gone]
            write(os.path.join(copy, header), "\n".join(lines))
        built = subprocess.run(["make", "-k", file[:-2] + ".o"], cwd=copy, capture_output=True,
                               text=True, check=False, env=dict(os.environ, LC_ALL="C"))
        compiler = set()
        for line in built.stderr.split("\n"):
            if line.startswith(file + ":"):
                for pattern in ERRORS:
                    compiler.update(pattern.findall(line))
        source = text_of(path)
        lines = source.split("\n")[:-1]
        patch = os.path.join(scratch, "add.patch")
        with open(patch, "w", errors="surrogateescape") as out:
            out.write(f"--- /dev/null\n+++ b/{file}\n@@ -0,0 +1,{len(lines)} @@\n")
            out.write("".join("+" + l + "\n" for l in lines))
        os.rename(path, path + ".away")
        said = subprocess.run([PATCHKIT, "analyze", "--json", "--quiet", "--onto", copy, patch],
                              capture_output=True, text=True, check=False)
        os.rename(path + ".away", path)
        for header, text in kept.items():
            write(os.path.join(copy, header), text)
        ours = {m["name"] for m in json.loads(said.stdout)["patches"][0]["missing"]}
        total["both"] += len(ours & compiler)
        total["compiler"] += len(compiler - ours)
        total["patchkit"] += len(ours - compiler)
        # Gone indeed, and used where this configuration does not look.
        total["left out"] += len((ours - compiler) & {c[1] for c in chosen})
        checked += 1
        print(f"{file}: removed {', '.join(c[0] + ' ' + c[1] for c in chosen)}", flush=True)
        if compiler - ours:
            print(f"  only the compiler: {', '.join(sorted(compiler - ours))}")
        if ours - compiler:
            print(f"  only patchkit: {', '.join(sorted(ours - compiler))}")
    both = total["both"]
    print(f"{checked} files; both {both}, only the compiler {total['compiler']}, "
          f"only patchkit {total['patchkit']}")
    print(f"recall {100 * both / max(1, both + total['compiler']):.1f} %, "
          f"precision {100 * both / max(1, both + total['patchkit']):.1f} %")
    wrong = total["patchkit"] - total["left out"]
    print(f"{total['left out']} of patchkit's are gone indeed, in code that allnoconfig leaves out: "
          f"precision without them {100 * both / max(1, both + wrong):.1f} %")


if __name__ == "__main__":
    main()
