"""A PostgreSQL cluster of a test's own: made, used over its socket, and removed."""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class Cluster:
    """Runs from the call on; PostgreSQL refuses to be root, so root lends it the user that its package made."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-postgres-"))
        self.data = self.folder / "data"
        self.user = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.run("initdb", "--no-sync", "--auth=trust", "--username=postern", "--encoding=UTF8", "--locale=C.UTF-8",
                 "--pgdata", str(self.data))
        self.run("pg_ctl", "start", "--wait", "--pgdata", str(self.data), "--log", str(self.folder / "log"), "--options",
                 f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off")

    def run(self, program, *arguments):
        done = subprocess.run([PROGRAMS / program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **self.user)
        assert done.returncode == 0, done.stdout

    def psql(self, script):
        """What the statements print, errors of each among it; goes on behind an error."""
        done = subprocess.run([PROGRAMS / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host",
                               str(self.folder), "--username", "postern", "postgres"], input=script, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        return done.stdout

    def stop(self):
        self.run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata", str(self.data))
        shutil.rmtree(self.folder)
