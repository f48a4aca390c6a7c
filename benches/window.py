#!/usr/bin/env python3
"""What the window costs: CPU and memory of the main window alone, and the time to first values.

Runs inside `build-aux/headless`, as `build-aux/dev bench` does. $SYSMON is a release build. Prints
figures of this machine and judges none of them.
"""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests/ui"))
import support  # noqa: E402

SECONDS = 30
STARTS = 5
PROCESSES = (90, 2000)


def processes():
    """Number of processes of this machine."""
    return sum(name.isdigit() for name in os.listdir("/proc"))


class Sleepers:
    """Brings the number of processes of this machine to at least `total` while it is open."""

    def __init__(self, total):
        self.missing = max(0, total - processes())
        self.started = []

    def __enter__(self):
        self.started = [subprocess.Popen(["sleep", "infinity"]) for _ in range(self.missing)]

    def __exit__(self, *_):
        for process in self.started:
            process.send_signal(signal.SIGKILL)
        for process in self.started:
            process.wait()


def clock(pid):
    """The process's CPU clock: its id is made of the pid, as clock_getcpuclockid(3) does."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_mib(pid):
    """VmRSS of proc_pid_status(5)."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no VmRSS for {pid}")


def lay_down(pid):
    """Makes the window one tile of the screen: the shadow of a floating one, which a desktop draws on
    its graphics processor, would here be drawn by the program and measured along."""
    criteria = f"[pid={pid}] floating disable"
    support.wait_for("the window", lambda: json.loads(
        subprocess.run(["swaymsg", "--raw", criteria], capture_output=True, check=False).stdout)[0]["success"])


def cost(total):
    """The main window alone, after it has settled, without anybody on the accessibility bus."""
    with Sleepers(total):
        program = subprocess.Popen([support.PROGRAM])
        try:
            lay_down(program.pid)
            time.sleep(5)
            before, began = clock(program.pid), time.monotonic()
            time.sleep(SECONDS)
            spent, elapsed = clock(program.pid) - before, time.monotonic() - began
            print(f"main window, {processes()} processes: {100 * spent / elapsed:.2f} % of one core "
                  f"over {elapsed:.0f} s, {resident_mib(program.pid):.0f} MiB resident", flush=True)
        finally:
            program.terminate()
            program.wait()


def time_to(name, arguments, ready):
    """Seconds from the start of the program until `ready(program)` is true, over several starts."""
    times = []
    for _ in range(STARTS):
        began = time.monotonic()
        program = support.Program(*arguments)
        try:
            while not ready(program):
                support.pump(0.005)
            times.append(time.monotonic() - began)
        finally:
            program.stop()
    print(f"{name}: median {statistics.median(times):.2f} s, most {max(times):.2f} s "
          f"of {STARTS}", flush=True)


def shows_values(program):
    """Whether a share is written on the CPU card, before which a dash stands there."""
    texts = (node.get_name() or "" for node in program.all("label"))
    return any(text.endswith("%") and text[0].isdigit() for text in texts)


def shows_rows(program):
    """Whether the table has rows."""
    return next(program.all("table row"), None) is not None


def main():
    for total in PROCESSES:
        cost(total)
    time_to("start to first values", (), shows_values)
    time_to("start to first rows of a drill-down", ("--open", "cpu"), shows_rows)


if __name__ == "__main__":
    main()
