"""A server whose store stands on a disk that a test holds up."""
import contextlib
import mmap
import os
import pathlib
import struct

from postern import PROGRAM, Server, wait_until

PRELOADED = str(pathlib.Path(os.path.abspath(PROGRAM)).parent / "tests" / "libslow_disk.so")


class SlowServer(Server):
    """`postern dev` whose changes wait in their commit while held() lasts. Commands are run as they are."""

    def __init__(self, folder, *args):
        state = pathlib.Path(folder)
        state.parent.mkdir(parents=True, exist_ok=True)
        path = state.parent / (state.name + ".disk")
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 8)
        super().__init__(state, *args, env={"LD_PRELOAD": PRELOADED, "POSTERN_SLOW_DISK": str(path)})

    def waiting(self):
        """How many syncs of the store wait at the moment."""
        return struct.unpack("=ii", self.page[:])[1]

    def hold(self):
        # A process that was killed amid its wait never said that it is over.
        self.page[:] = struct.pack("=ii", 1, 0)

    def release(self):
        self.page[:4] = struct.pack("=i", 0)

    @contextlib.contextmanager
    def held(self):
        """Hold the disk up while the block runs."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def wait_for_commit(self):
        """Until somebody waits in a commit of the store."""
        wait_until("a change is being committed", self.waiting)

    def stop(self):
        self.release()
        super().stop()
