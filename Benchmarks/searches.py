# SPDX-License-Identifier: GPL-2.0-only
"""Lists each question whether a type conforms to a protocol that a command asks while it runs.

Swift answers the first question about a type and a protocol by a search of all conformances of the program (6,400), which takes
0.03 to 0.05 ms: much of a short command's time. A line is the type, the protocol, and the functions that asked, innermost first.
An array of a type that no other code has made yet, a lazy sequence, a set's element and a group of options are such questions.

usage: COMMAND='apply --check --onto TREE PATCH' gdb -batch -x Benchmarks/searches.py .build/release/patchkit | swift demangle
(gdb is faster with a copy of the program without debug information: objcopy --strip-debug. x86-64 only.)
"""

import os
import re

import gdb

RUNTIME = re.compile(r"_?swift|.*swift::|\(anonymous|__swift|std::")


def text(address):
    memory = gdb.selected_inferior()
    found = b""
    while (byte := memory.read_memory(address, 1).tobytes()) != b"\0":
        found += byte
        address += 1
    return found.decode(errors="replace")


def protocol_name(descriptor):
    # The third word of a descriptor is where its name is, relative to itself.
    word = descriptor + 8
    return text(word + int.from_bytes(gdb.selected_inferior().read_memory(word, 4).tobytes(), "little", signed=True))


class Question(gdb.Breakpoint):
    asked = {}

    def stop(self):
        # The first argument is where the result goes.
        pair = tuple(int(gdb.parse_and_eval(f"(unsigned long)${name}")) for name in ("rsi", "rdx"))
        if pair not in self.asked:
            self.asked[pair] = []
            frame = gdb.newest_frame()
            while frame and len(self.asked[pair]) < 12:
                name = frame.name() or "?"
                if not RUNTIME.match(name):
                    self.asked[pair].append(name)
                frame = frame.older()
        return False


gdb.execute("set confirm off")
questions = Question("swift_conformsToProtocolMaybeInstantiateSuperclasses")
gdb.Breakpoint("_exit")
gdb.execute("run " + os.environ["COMMAND"])
questions.enabled = False
for (kind, protocol), frames in Question.asked.items():
    name = int(gdb.parse_and_eval(f"((unsigned long (*)(unsigned long, int)) swift_getTypeName)({kind}, 0)"))
    print(f"{text(name)} : {protocol_name(protocol)}  <- {' | '.join(frames)}")
print(f"{len(Question.asked)} questions")
gdb.execute("kill")
