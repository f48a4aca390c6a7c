"""A start with the schema installed and a place of its own for what is kept."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
from unittest import mock

from support import Program

SCHEMA = "io.github.sysmon_gtk.SysMon"


class Kept(unittest.TestCase):
    """What is set from outside takes effect in the windows that are open."""

    def setUp(self):
        # wtype takes its keyboard away when it ends, and the focus goes with the last keyboard.
        self.keyboard = subprocess.Popen(["wtype", "-s", "3600000"])
        self.addCleanup(self.keyboard.wait)
        self.addCleanup(self.keyboard.kill)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        schemas = self.folder / "schemas"
        schemas.mkdir()
        data = pathlib.Path(__file__).parents[2] / "data"
        shutil.copy(data / f"{SCHEMA}.gschema.xml", schemas)
        subprocess.run(["glib-compile-schemas", "--strict", schemas], check=True)
        environment = {
            "GSETTINGS_SCHEMA_DIR": str(schemas),
            "GSETTINGS_BACKEND": "keyfile",
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
        (self.folder / "config").mkdir()
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)

    def set(self, key, value):
        subprocess.run(["gsettings", "set", SCHEMA, key, value], check=True)

    def get(self, key):
        return subprocess.run(["gsettings", "get", SCHEMA, key], check=True, capture_output=True, text=True).stdout.strip()

    def start(self, *arguments):
        said = self.folder / "said"
        with said.open("a") as errors:
            program = Program(*arguments, stderr=errors)
        self.addCleanup(self.see_what_was_said, said)
        self.addCleanup(program.stop)
        return program

    def see_what_was_said(self, said):
        """A window that panicked stands still, and the others go on."""
        self.assertNotIn("panicked", said.read_text())
