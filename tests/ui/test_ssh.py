"""Another host as it is: a real sshd on loopback that takes a key, and a runaway process that is ended there, by keyboard."""

import os
import pathlib
import shutil
import socket
import subprocess
import unittest

from elsewhere import Elsewhere
from support import key, wait_for

SSHD = "/usr/sbin/sshd"
HOST = "root@127.0.0.1"
# In a file system of its own, where root lives elsewhere and has no password.
STARTS = f"""mount --bind "$0/passwd" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd &&
exec {SSHD} -D -e -f "$0/sshd_config" 2>>"$0/log" """
SERVER = """ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
"""
CLIENT = """Port {port}
IdentityFile {folder}/key
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile {folder}/known_hosts
GlobalKnownHostsFile /dev/null
"""


@unittest.skipUnless(os.geteuid() == 0 and pathlib.Path(SSHD).exists(), "this takes root and openssh-server")
class Ssh(Elsewhere):
    def setUp(self):
        super().setUp()
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self.port = unused.getsockname()[1]
        for name in ("host_key", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        for name, text in (("sshd_config", SERVER), ("ssh_config", CLIENT)):
            (self.folder / name).write_text(text.format(port=self.port, folder=self.folder))
        users = f"root:*:0:0::{self.folder}/home:/bin/sh\nsshd:*:64000:64000::/run/sshd:/bin/false\n"
        (self.folder / "passwd").write_text(users)
        ssh = self.folder / "path/ssh"
        ssh.write_text(f'#!/bin/sh\nexec {shutil.which("ssh", path="/usr/bin:/bin")} -F {self.folder}/ssh_config "$@"\n')
        sshd = subprocess.Popen(["unshare", "--mount", "sh", "-c", STARTS, self.folder])
        self.addCleanup(sshd.wait)
        self.addCleanup(sshd.terminate)
        wait_for("sshd", lambda: self.listens() or sshd.poll() is not None)
        self.assertIsNone(sshd.poll(), (self.folder / "log").read_text())

    def listens(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def wait_for_button(self, program, name):
        wait_for(name, lambda: (node := program.focused()) is not None and node.get_name() == name)

    def test_a_runaway_process_is_ended_on_a_host_that_is_new(self):
        process = self.runaway()
        program = self.start("--host", HOST)
        wait_for("that the host is not known", lambda: self.says(program, f"ssh does not know the key of {HOST}"))
        host_key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key}")
        self.wait_for_button(program, "Try Again")
        key("Return")
        self.wait_for_button(program, "Copy the Probe…")
        key("Return")
        self.wait_for_button(program, "Cancel")
        key("Tab")
        key("Return")
        wait_for("the graphs", lambda: self.has_graphs(program))
        self.assertEqual(len(list((self.folder / "home/.local/share/sysmon").iterdir())), 1)

        key("1", "ctrl")
        self.end_runaway(program, process)


if __name__ == "__main__":
    unittest.main()
