"""A start with the schema installed and a place of its own for what is kept."""

import os
import pathlib
import shutil
import subprocess
import unittest
from unittest import mock

from support import Program, hold_keyboard, temporary_folder

DATA = pathlib.Path(__file__).parents[2] / "data"
SCHEMA = (DATA / "app-id").read_text(encoding="utf-8").strip()


class Kept(unittest.TestCase):
    """What is set is kept in a folder of each test's own, and can be set and seen from outside."""

    def setUp(self):
        hold_keyboard()
        self.folder = temporary_folder(self)
        schemas, config = self.folder / "schemas", self.folder / "config"
        schemas.mkdir()
        config.mkdir()
        shutil.copy(DATA / f"{SCHEMA}.gschema.xml", schemas)
        subprocess.run(["glib-compile-schemas", "--strict", schemas], check=True)
        environment = {
            "GSETTINGS_SCHEMA_DIR": str(schemas),
            "GSETTINGS_BACKEND": "keyfile",
            "XDG_CONFIG_HOME": str(config),
        }
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)

    def set(self, key, value):
        subprocess.run(["gsettings", "set", SCHEMA, key, value], check=True)

    def get(self, key, table=None):
        """A setting as gsettings prints it, of a table or of the program."""
        schema = SCHEMA if table is None else f"{SCHEMA}.Table:/io/github/sysmon_gtk/SysMon/tables/{table}/"
        return subprocess.run(["gsettings", "get", schema, key], check=True, capture_output=True, text=True).stdout.strip()

    def start(self, *arguments):
        program = Program(*arguments)
        self.addCleanup(program.stop)
        return program
