"""Node and the packages pinned for the tests, installed once."""
import json
import pathlib
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent


def node_program():
    """Node 20 or later: the system's, else the one pinned from npm."""
    system = shutil.which("node")
    if system:
        major = int(subprocess.run([system, "--version"], capture_output=True, text=True, check=True).stdout[1:].split(".")[0])
        if major >= 20:
            return system
    return str(next(FOLDER.glob("node_modules/node-linux-*/bin/node")))


@pytest.fixture(scope="session")
def node():
    wanted = json.loads((FOLDER / "package.json").read_text())["devDependencies"]
    if not all((FOLDER / "node_modules" / name).exists() for name in wanted):
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--include=dev"], cwd=FOLDER,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return node_program()
