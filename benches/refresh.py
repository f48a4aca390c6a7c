#!/usr/bin/env python3
"""How long a refresh of an open table holds the window up: the longest time in which the main loop does not come round.

usage: refresh.py [RUNS]

Runs inside `build-aux/headless`, as `build-aux/dev bench-refresh` does. $SYSMON is a release build, which tells of it with
SYSMON_DEBUG_GAPS. Each run opens a table anew and looks at the refreshes after the first few. Prints the medians over
the runs, and whether they stay below what a person notices; fails too where the machine does not bear so many. "computing" is
the most that the thread of the window computed at a time: where it is far less than the gap, the machine was busy with other things.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time

PROGRAM = os.environ.get("SYSMON", str(pathlib.Path(__file__).parents[1] / "target/release/sysmon"))
RUNS = 3
# The first refreshes belong to opening the window.
OPENING, REFRESHES = 2, 5
PATIENCE = 300
TABLES = ("cpu", "disk", "network")
# Processes, sockets, and the longest gap in ms.
SIZES = ((500, 0, 16), (5000, 10_000, 50))
LINE = re.compile(r"sysmon: refresh of (\w+), (\d+) rows: longest gap ([\d.]+) ms, at most ([\d.]+) ms computing")

SOCKETS = """
import resource, socket, sys
pairs = int(sys.argv[1]) // 2
resource.setrlimit(resource.RLIMIT_NOFILE, (pairs * 2 + 100,) * 2)
kept = []
while pairs:
    # One address has no more ports.
    server = socket.create_server(("127.0.0.1", 0), backlog=100)
    some = min(pairs, 2000)
    for _ in range(some):
        kept += [socket.create_connection(server.getsockname()), server.accept()[0]]
    kept.append(server)
    pairs -= some
print("there", flush=True)
sys.stdin.read()
"""


def processes():
    """Number of processes of this machine."""
    return sum(name.isdigit() for name in os.listdir("/proc"))


class NotReached(Exception):
    """The machine does not bear the load that is promised; says what is missing."""


class Load:
    """Brings the machine to so many processes and opens so many sockets, in a network of their own where that is allowed. One
    process in a hundred starts another every second: without any of that nothing would have to be shown."""

    # Others may end while a table is measured.
    SPARE = 20

    def __init__(self, total, sockets):
        self.total, self.sockets, self.started = total, sockets, []

    def __enter__(self):
        try:
            self.fill()
            if self.sockets:
                alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] if os.geteuid() == 0 else []
                self.start("sockets", [*alone, sys.executable, "-c", SOCKETS, str(self.sockets)])
            self.check()
        except BaseException:
            self.__exit__()
            raise
        return self

    def fill(self):
        """Starts what is missing: on a machine that others use as well, theirs have ended."""
        missing = self.total + self.SPARE - processes() - 1
        if missing <= 0:
            return
        busy = missing // 100
        self.start("processes", ["sh", "-c", f"""
            exec 3>&1 >/dev/null
            n=0; while [ $n -lt {missing - 2 * busy} ]; do sleep infinity 3>&- & n=$((n + 1)); done
            n=0; while [ $n -lt {busy} ]; do (exec 3>&-; while :; do sleep 1; done) & n=$((n + 1)); done
            echo there >&3; wait"""])

    def start(self, what, command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.started.append(process)
        if process.stdout.readline() != "there\n":
            there = f"{processes()} processes, {self.opened()} sockets"
            raise NotReached(f"the {what} for {self.total} processes and {self.sockets} sockets cannot be started; there are {there}")

    def opened(self):
        """Number of sockets that were opened for this."""
        count = 0
        for process in self.started:
            folder = f"/proc/{process.pid}/fd"
            try:
                count += sum(os.readlink(f"{folder}/{name}").startswith("socket:") for name in os.listdir(folder))
            except OSError:
                # It has ended.
                continue
        return count

    def check(self):
        """Fails where there is less than was promised."""
        for what, wanted, count in (("processes", self.total, processes), ("sockets", self.sockets, self.opened)):
            found = count()
            if found < wanted:
                raise NotReached(f"{found} of {wanted} {what} are there")

    def __exit__(self, *_):
        for process in self.started:
            # Each is the leader of a group of its own, in which all are that it started.
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.wait()
            process.stdin.close()
            process.stdout.close()
            self.see_end(process.pid)

    def see_end(self, group):
        """Waits until all of a group have gone: whoever counts processes next would count the dying too."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        raise AssertionError("processes that were killed do not end")


def run(table):
    """The gaps of the refreshes of one window: rows, then (ms, ms of computing) of each."""
    environment = {**os.environ, "SYSMON_DEBUG_GAPS": "1"}
    program = subprocess.Popen([PROGRAM, "--open", table], stderr=subprocess.PIPE, text=True, env=environment)
    guard = threading.Timer(PATIENCE, program.kill)
    guard.start()
    rows, gaps = 0, []
    try:
        for line in program.stderr:
            told = LINE.match(line)
            if told and told[1] == table:
                rows = int(told[2])
                gaps.append((float(told[3]), float(told[4])))
                if len(gaps) == OPENING + REFRESHES:
                    return rows, gaps[OPENING:]
        raise AssertionError(f"{table} was refreshed {len(gaps)} times only")
    finally:
        guard.cancel()
        program.terminate()
        program.wait()
        program.stderr.close()


def measure(table, runs, bound):
    """Prints the medians over the runs, and says whether they stay below the bound."""
    results = [run(table) for _ in range(runs)]
    typical = statistics.median(statistics.median(gap for gap, _ in gaps) for _, gaps in results)
    largest = statistics.median(max(gap for gap, _ in gaps) for _, gaps in results)
    computing = statistics.median(max(cpu for _, cpu in gaps) for _, gaps in results)
    rows = max(rows for rows, _ in results)
    good = largest < bound
    print(f"  {table}, {rows} rows: longest gap of a refresh {largest:.1f} ms ({computing:.1f} ms computing), usually "
          f"{typical:.1f} ms: {'below' if good else 'NOT BELOW'} {bound} ms", flush=True)
    return good


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    good = True
    for total, sockets, bound in SIZES:
        try:
            with Load(total, sockets) as there:
                began = time.monotonic()
                load = os.getloadavg()[0]
                print(f"{processes()} processes, {there.opened()} sockets opened, load {load:.1f}, medians of {runs} runs:", flush=True)
                for table in TABLES:
                    there.fill()
                    good &= measure(table, runs, bound)
                    there.check()
                print(f"  took {time.monotonic() - began:.0f} s", flush=True)
        except NotReached as error:
            print(f"  NOT REACHED: {error}", flush=True)
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
