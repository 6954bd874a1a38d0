"""Certificates and revocation lists, read from their DER by hand. Only the arithmetic of signatures is a library's."""
import dataclasses
import functools
import unicodedata

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

import der

KNOWN_CRITICAL = {"2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.30", "2.5.29.17", "2.5.29.14", "2.5.29.35", "2.5.29.31"}
ALGORITHMS = {  # signature algorithm -> (digest, whether it is strong enough)
    "1.2.840.10045.4.1": (hashes.SHA1(), False), "1.2.840.10045.4.3.2": (hashes.SHA256(), True),
    "1.2.840.113549.1.1.5": (hashes.SHA1(), False), "1.2.840.113549.1.1.11": (hashes.SHA256(), True),
    "1.3.101.112": (None, True),
}


def canonical_value(tag, content):
    if tag not in (der.UTF8, der.PRINTABLE, der.IA5):
        return (tag, content)
    folded = unicodedata.normalize("NFKC", content.decode("utf-8")).casefold()
    return " ".join(folded.split())


def canonical_name(content):
    """RFC 5280 §7.1: parts in their order, the attributes of one part in none."""
    parts = []
    for _, part, _ in der.children(content):
        attributes = []
        for _, attribute, _ in der.children(part):
            (_, kind, _), (tag, value, _) = der.children(attribute)
            attributes.append((der.read_oid(kind), canonical_value(tag, value)))
        parts.append(frozenset(attributes))
    return tuple(parts)


@dataclasses.dataclass
class Certificate:
    der: bytes
    tbs: bytes = b""
    serial: int = 0
    algorithm: str = ""
    signature: bytes = b""
    subject: tuple = ()
    issuer: tuple = ()
    not_before: int = 0
    not_after: int = 0
    spki: bytes = b""
    version: int = 1
    key_strength: int = 0
    ca: object = None  # None: no basic constraints
    path_length: object = None
    key_usage: object = None  # bits, first one is digitalSignature
    extended: object = None
    dns: tuple = ()
    permitted: tuple = ()  # of ("dns", text) and ("dir", name)
    excluded: tuple = ()
    unknown_critical: bool = False

    @property
    def self_issued(self):
        return self.subject == self.issuer


def read_general_subtrees(content):
    found = []
    for _, subtree, _ in der.children(content):
        tag, base, _ = der.children(subtree)[0]
        if tag == 0x82:
            found.append(("dns", base.decode().lower()))
        elif tag == 0xA4:
            found.append(("dir", canonical_name(der.children(base)[0][1])))
        else:
            raise ValueError("a kind of constraint that is not made here")
    return tuple(found)


def read_extension(c, kind, critical, value):
    _, content, _, _ = der.read(value)
    if kind == "2.5.29.19":
        parts = {tag: inner for tag, inner, _ in der.children(content)}
        c.ca = parts.get(der.BOOLEAN) == b"\xff"
        c.path_length = int.from_bytes(parts[der.INTEGER], "big") if der.INTEGER in parts else None
    elif kind == "2.5.29.15":
        c.key_usage = [bool(byte & 0x80 >> i) for byte in content[1:] for i in range(8)]
        c.key_usage += [False] * (9 - len(c.key_usage))
    elif kind == "2.5.29.37":
        c.extended = {der.read_oid(inner) for _, inner, _ in der.children(content)}
    elif kind == "2.5.29.17":
        c.dns = tuple(inner.decode().lower() for tag, inner, _ in der.children(content) if tag == 0x82)
    elif kind == "2.5.29.30":
        for tag, inner, _ in der.children(content):
            setattr(c, "permitted" if tag == 0xA0 else "excluded", read_general_subtrees(inner))
    elif critical and kind not in KNOWN_CRITICAL:
        c.unknown_critical = True


def read_extensions(content):
    for _, extension, _ in der.children(content):
        parts = der.children(extension)
        yield der.read_oid(parts[0][1]), parts[1][:2] == (der.BOOLEAN, b"\xff"), parts[-1][1]


@functools.lru_cache(maxsize=1000)
def load_key(spki):
    return serialization.load_der_public_key(spki)


def key_strength(spki):
    """Bits of strength (SP 800-57): what is below 80 is weak."""
    key = load_key(spki)
    if isinstance(key, rsa.RSAPublicKey):
        return 80 if key.key_size >= 1024 else 60
    return key.key_size // 2 if isinstance(key, ec.EllipticCurvePublicKey) else 128


def read_certificate(data):
    c = Certificate(data)
    (_, tbs, c.tbs), (_, algorithm, _), (_, signature, _) = der.children(der.read(data)[1])
    c.algorithm, c.signature = der.read_oid(der.children(algorithm)[0][1]), signature[1:]
    fields = der.children(tbs)
    if fields[0][0] == 0xA0:
        c.version = fields.pop(0)[1][2] + 1
    c.serial = int.from_bytes(fields[0][1], "big")
    c.issuer, c.subject = canonical_name(fields[2][1]), canonical_name(fields[4][1])
    c.not_before, c.not_after = (der.read_time(tag, inner) for tag, inner, _ in der.children(fields[3][1]))
    c.spki, c.key_strength = fields[5][2], key_strength(fields[5][2])
    for tag, inner, _ in fields[6:]:
        if tag == 0xA3:
            for kind, critical, value in read_extensions(der.read(inner)[1]):
                read_extension(c, kind, critical, value)
    return c


@dataclasses.dataclass
class List:
    der: bytes
    tbs: bytes = b""
    algorithm: str = ""
    signature: bytes = b""
    issuer: tuple = ()
    this_update: int = 0
    next_update: object = None
    entries: dict = dataclasses.field(default_factory=dict)  # serial -> reason
    number: object = None
    base: object = None  # of a delta
    scope: object = None  # the bytes of the issuing distribution point
    only_leaves: bool = False
    only_cas: bool = False
    unknown_critical: bool = False


def read_list(data):
    crl = List(data)
    (_, tbs, crl.tbs), (_, algorithm, _), (_, signature, _) = der.children(der.read(data)[1])
    crl.algorithm, crl.signature = der.read_oid(der.children(algorithm)[0][1]), signature[1:]
    fields = der.children(tbs)[1:]
    crl.issuer = canonical_name(fields[1][1])
    times = [der.read_time(tag, inner) for tag, inner, _ in fields if tag in (der.UTC, der.TIME)]
    crl.this_update, crl.next_update = times[0], times[1] if len(times) > 1 else None
    for tag, inner, _ in fields[3:]:
        if tag == der.SEQUENCE:
            for _, entry, _ in der.children(inner):
                read_entry(crl, der.children(entry))
        elif tag == 0xA0:
            for kind, critical, value in read_extensions(der.read(inner)[1]):
                read_list_extension(crl, kind, critical, value)
    return crl


def read_entry(crl, fields):
    reason = 0
    for _, inner, _ in fields[2:]:
        for kind, _, value in read_extensions(inner):
            if kind == "2.5.29.21":
                reason = der.read(value)[1][0]
    crl.entries[int.from_bytes(fields[0][1], "big")] = reason


def read_list_extension(crl, kind, critical, value):
    _, content, _, _ = der.read(value)
    if kind == "2.5.29.20":
        crl.number = int.from_bytes(content, "big")
    elif kind == "2.5.29.27":
        crl.base = int.from_bytes(content, "big")
    elif kind == "2.5.29.28":
        crl.scope = value
        tags = {tag for tag, inner, _ in der.children(content) if inner == b"\xff"}
        crl.only_leaves, crl.only_cas = 0x81 in tags, 0x82 in tags
    elif critical:
        crl.unknown_critical = True


class Signatures:
    """Whether a key signed something, remembered."""

    def __init__(self):
        self.known = {}

    def holds(self, thing, spki):
        index = (thing.der, spki)
        if index not in self.known:
            self.known[index] = self.check(thing, spki)
        return self.known[index]

    @staticmethod
    def check(thing, spki):
        if thing.algorithm not in ALGORITHMS:
            return False
        digest, key = ALGORITHMS[thing.algorithm][0], load_key(spki)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey) and thing.algorithm.startswith("1.2.840.10045."):
                key.verify(thing.signature, thing.tbs, ec.ECDSA(digest))
            elif isinstance(key, rsa.RSAPublicKey) and thing.algorithm.startswith("1.2.840.113549."):
                key.verify(thing.signature, thing.tbs, padding.PKCS1v15(), digest)
            elif isinstance(key, ed25519.Ed25519PublicKey) and digest is None:
                key.verify(thing.signature, thing.tbs)
            else:
                return False
        except (InvalidSignature, UnsupportedAlgorithm):
            return False
        return True
