"""Revocation lists of every kind, made by the openssl command."""
import datetime
import pathlib

from postern import openssl

CONFIG = """
[ca]
default_ca = d
[d]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sha256
crl_extensions = extensions
[extensions]
{extensions}
"""


def moment(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


class Lists:
    """What a CA (certificate and key) says of certificates, one list after the other."""

    def __init__(self, folder, ca, key):
        self.folder, self.ca, self.key = pathlib.Path(folder), ca, key
        self.folder.mkdir(parents=True, exist_ok=True)

    def make(self, name, number, revoked=(), reason="", days=-1, until=30, base=None, scope=None, unknown=False):
        """A list. number None: of version 1; base: a delta; scope: as in openssl's issuingDistributionPoint."""
        home = self.folder / name
        home.mkdir()
        extensions = []
        if base is not None:
            extensions.append(f"deltaCRL = critical, DER:02:01:{base:02x}")
        if scope:
            extensions.append(f"issuingDistributionPoint = critical, {scope}")
        if unknown:
            extensions.append("1.2.3.4.5 = critical, DER:05:00")
        text = CONFIG.format(folder=home, extensions="\n".join(extensions))
        if number is None:
            text = text.replace(f"crlnumber = {home}/crlnumber\n", "").replace("crl_extensions = extensions\n", "")
        else:
            (home / "crlnumber").write_text(f"{number:02X}\n" if number < 256 else f"{number:04X}\n")
        (home / "openssl.cnf").write_text(text)
        rows = []
        for leaf in revoked:
            serial = leaf if isinstance(leaf, str) else self.serial(leaf.certificate)
            rows.append(f"R\t400101000000Z\t250101000000Z{',' + reason if reason else ''}\t{serial}\tunknown\t/CN=x\n")
        (home / "index.txt").write_text("".join(rows))
        out = self.folder / (name + ".crl")
        openssl("ca", "-config", home / "openssl.cnf", "-cert", self.ca, "-keyfile", self.key, "-gencrl",
                "-crl_lastupdate", moment(days), "-crl_nextupdate", moment(until), "-out", out)
        return out

    @staticmethod
    def serial(certificate):
        return openssl("x509", "-in", certificate, "-noout", "-serial").strip().split("=")[1]
