"""Fixtures: one server a module, departments made once a session."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from postern import Department, Server  # noqa: E402


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server") / "state")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def department(tmp_path_factory):
    return Department(tmp_path_factory.mktemp("department") / "it")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """A department whose root nobody imports."""
    return Department(tmp_path_factory.mktemp("stranger") / "it", "Stranger")
