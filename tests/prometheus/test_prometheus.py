"""sysmon-probe openmetrics with a real Prometheus: it scrapes the page, and is asked what it kept.

PROMETHEUS is the folder of prometheus and promtool, SYSMON_PROBE the program.
"""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOLS = pathlib.Path(os.environ["PROMETHEUS"])
PROBE = os.environ["SYSMON_PROBE"]
PATIENCE = 120
TICKS = os.sysconf("SC_CLK_TCK")


def promtool(*arguments, **options):
    return subprocess.run([TOOLS / "promtool", *arguments], capture_output=True, text=True, **options)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Server:
    """A Prometheus that scrapes an exporter every second."""

    def __init__(self, folder, target):
        config = folder / "prometheus.yml"
        example = (TOP / "docs/prometheus.yml").read_text()
        config.write_text(example.replace("127.0.0.1:9837", target).replace("scrape_interval: 15s", "scrape_interval: 1s"))
        self.address = f"127.0.0.1:{free_port()}"
        self.log = open(folder / "log", "w+")
        self.process = subprocess.Popen(
            [
                TOOLS / "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self.address}",
            ],
            stdout=self.log,
            stderr=self.log,
        )

    def ask(self, what, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{what}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def query(self, query):
        """Labels and value of each sample."""
        return [(it["metric"], float(it["value"][1])) for it in self.ask("query", query=query)["result"]]

    def wait(self, query):
        """The answer of a query once it has one."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                found = self.query(query)
                if found:
                    return found
            except OSError:
                pass
            if time.monotonic() > end or self.process.poll() is not None:
                self.log.seek(0)
                raise AssertionError(f"{query} has no answer: {self.log.read()[-2000:]}")
            time.sleep(0.5)

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Prometheus(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *command, **options):
        process = subprocess.Popen(command, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_the_example_configuration_is_understood(self):
        checked = promtool("check", "config", TOP / "docs/prometheus.yml")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_names_and_types_are_as_prometheus_wants_them(self):
        file = self.folder / "it.prom"
        subprocess.run([PROBE, "openmetrics", "--textfile", file, "--interval", "1", "--count", "1"], check=True)
        with open(file) as text:
            checked = promtool("check", "metrics", stdin=text)
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_it_is_scraped_and_what_is_kept_is_true(self):
        busy = shutil.copy(shutil.which("sh"), self.folder / "sm-busy")
        exporter = self.start(PROBE, "openmetrics", "--listen", "127.0.0.1:0", stdout=subprocess.PIPE, text=True)
        self.addCleanup(exporter.stdout.close)
        address = exporter.stdout.readline().removeprefix("http://").removesuffix("/metrics\n")
        server = Server(self.folder, address)
        self.addCleanup(server.end)
        server.wait('up{job="sysmon"} == 1')
        load = self.start(busy, "-c", "while :; do :; done")
        # Over the time that is looked at, it has run all along.
        server.wait('count_over_time(sysmon_build_info[12s] offset 1s) >= 11')
        began, before = time.monotonic(), cpu_seconds(load.pid)
        time.sleep(10)
        used = (cpu_seconds(load.pid) - before) / (time.monotonic() - began)
        busy_modes = 'sysmon_cpu_seconds_total{mode!~"idle|iowait|steal"}'
        machine = server.wait(f"sum(rate({busy_modes}[10s]))")[0][1]
        programs = server.wait("sum(sum_over_time(sysmon_program_cpu_ratio[10s])) / max(count_over_time(sysmon_cpus[10s]))")[0][1]
        print(f"the load used {used:.2f} cores, the machine {machine:.2f}, all programs {programs:.2f}")
        self.assertGreater(machine, used * 0.7)
        # What programs do is all that the machine does.
        self.assertLess(abs(programs - machine), 0.3 * machine)
        named = server.query('avg_over_time(sysmon_program_cpu_ratio{program="sm-busy"}[10s])')
        # A service that runs the test lends its name to all in it.
        for _, ratio in named:
            self.assertLess(abs(ratio - used), 0.4 * used)
        (target,) = server.ask("targets")["activeTargets"]
        self.assertEqual(target["lastError"], "")
        self.dashboard(server)

    def dashboard(self, server):
        """Every query of the dashboard is understood, and nearly all find something on any machine."""
        empty = []
        for panel in json.loads((TOP / "docs/grafana-dashboard.json").read_text())["panels"]:
            for target in panel["targets"]:
                query = target["expr"].replace("$__rate_interval", "10s").replace("$instance", ".*")
                if not server.query(query):
                    empty.append(panel["title"])
        # A machine may have no counted disk or interface, no pressure information, or all permissions.
        self.assertLessEqual(set(empty), {"Disks", "Network", "Pressure", "Not to be read"})


if __name__ == "__main__":
    unittest.main()
