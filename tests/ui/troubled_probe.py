"""Hands on what a probe is asked and answers, until a file says what goes wrong, and then does that at every start.

usage: troubled_probe.py FOLDER PROBE [ARGUMENT]...

FOLDER/trouble holds a word of TROUBLES and how many answers come before it; FOLDER/log gets a line with the time of each start and of
each time that something goes wrong.
"""

import os
import pathlib
import signal
import struct
import subprocess
import sys
import threading
import time

MAGIC = b"\0SysMon\x1b"
# The longest answer that is read.
LONGEST = 32 << 20
FOLDER = pathlib.Path(sys.argv[1])


def hangs(_answer):
    signal.pause()


def floods(answer):
    def complain():
        while True:
            os.write(2, b"and another thing\n" * 4000)

    threading.Thread(target=complain, daemon=True).start()
    say(struct.pack("<I", LONGEST) + answer[4:8])
    while True:
        say(bytes(1 << 16))


def says_rubbish(_answer):
    say(b"*** stack smashing detected ***: terminated\n" * 1000)
    signal.pause()


def dies(_answer):
    os.write(2, b"out of memory\n")
    os._exit(1)


TROUBLES = {"hangs": hangs, "floods": floods, "rubbish": says_rubbish, "dies": dies}


def note(word):
    with (FOLDER / "log").open("a") as log:
        log.write(f"{word} {time.monotonic()}\n")


def say(what):
    sys.stdout.buffer.write(what)
    sys.stdout.buffer.flush()


def hand_on_questions(to):
    while asked := os.read(0, 1 << 16):
        to.write(asked)
        to.flush()
    to.close()


def greeting(probe):
    """All of it: its parts say how long the next ones are."""
    said = probe.read(len(MAGIC) + 3)
    said += probe.read(said[-1] + 2)
    return said + probe.read(int.from_bytes(said[-2:], "little"))


def main():
    note("started")
    probe = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=hand_on_questions, args=(probe.stdin,), daemon=True).start()
    say(greeting(probe.stdout))
    answers = 0
    while head := probe.stdout.read(8):
        answer = head + probe.stdout.read(int.from_bytes(head[:4], "little"))
        trouble = FOLDER / "trouble"
        if trouble.exists():
            word, after = trouble.read_text().split()
            if answers >= int(after):
                note("trouble")
                TROUBLES[word](answer)
        say(answer)
        answers += 1


main()
