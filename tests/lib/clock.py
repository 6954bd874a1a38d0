"""A server whose clock the test moves, in all its processes at once."""
import mmap
import os
import pathlib
import struct

from postern import PROGRAM, Server

MOVED = str(pathlib.Path(os.path.abspath(PROGRAM)).parent / "tests" / "postern_moved")
DAY = 86400


class MovedServer(Server):
    """`postern dev` that reads its clock from a page. Commands are run by the ordinary program, with the ordinary time."""

    def __init__(self, folder, *args):
        state = pathlib.Path(folder)
        state.parent.mkdir(parents=True, exist_ok=True)
        self.path = state.parent / (state.name + ".clock")
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 16)
        super().__init__(state, *args, program=MOVED, env={"POSTERN_CLOCK_PAGE": str(self.path)})

    def set_clock(self, seconds):
        """Let the calendar of all processes differ from the system's by so much, as when somebody sets the clock."""
        self.page[:8] = struct.pack("=q", int(seconds * 1_000_000))

    def let_pass(self, seconds):
        """Let so much time pass: the calendar and what deadlines are counted by."""
        wall, mono = struct.unpack("=qq", self.page[:])
        step = int(seconds * 1_000_000)
        self.page[:] = struct.pack("=qq", wall + step, mono + step)
