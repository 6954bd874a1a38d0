"""Houses of CAs as they happen to be: cross-signed, renewed, expired, constrained, weak, revoked; written by hand as DER."""
import der
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

NOW = 1780272000
DAY = 86400
CLIENT, SERVER, ANY = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"
SIGNATURES = {("ec", True): "1.2.840.10045.4.3.2", ("ec", False): "1.2.840.10045.4.1", ("rsa", True): "1.2.840.113549.1.1.11",
              ("rsa", False): "1.2.840.113549.1.1.5", ("ed", True): "1.3.101.112", ("ed", False): "1.3.101.112"}
WEAK_RSA = rsa.generate_private_key(65537, 768)


class Key:
    def __init__(self, private):
        self.private = private
        self.kind = {"_EllipticCurvePrivateKey": "ec", "_RSAPrivateKey": "rsa"}.get(type(private).__name__, "ed")
        self.spki = private.public_key().public_bytes(serialization.Encoding.DER,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data, strong):
        digest = hashes.SHA256() if strong else hashes.SHA1()
        if self.kind == "ec":
            return self.private.sign(data, ec.ECDSA(digest))
        return self.private.sign(data, padding.PKCS1v15(), digest) if self.kind == "rsa" else self.private.sign(data)


def make_key(chance):
    if chance.random() < 0.03:
        return Key(WEAK_RSA)
    if chance.random() < 0.6:
        return Key(ed25519.Ed25519PrivateKey.from_private_bytes(chance.randbytes(32)))
    return Key(ec.derive_private_key(chance.getrandbits(250) + 1, ec.SECP256R1()))


def write_name(chance, name):
    """The name, a tuple of (type, text), each time written as somebody else would."""
    parts = []
    for kind, text in name:
        if chance.random() < 0.3:
            text = chance.choice((text.upper(), text.lower(), f" {text} ", text.replace(" ", "   ")))
        ascii_only = text.isascii()
        tag = chance.choice((der.UTF8, der.PRINTABLE)) if ascii_only else der.UTF8
        parts.append(der.tlv(der.SET, der.tlv(der.SEQUENCE, der.oid(kind), der.tlv(tag, text.encode()))))
    return der.tlv(der.SEQUENCE, *parts)


def extension(kind, value, critical=False):
    return der.tlv(der.SEQUENCE, der.oid(kind), der.tlv(der.BOOLEAN, b"\xff") if critical else b"", der.tlv(der.OCTETS, value))


def usage_bits(*which):
    number = sum(0x8000 >> bit for bit in which)
    return der.bits(number.to_bytes(2, "big")[:2 if number & 0xFF else 1])


def signed(chance, tbs_parts, key, strong, forged):
    algorithm = der.tlv(der.SEQUENCE, der.oid(SIGNATURES[key.kind, strong]), der.tlv(0x05) if key.kind == "rsa" else b"")
    tbs = der.tlv(der.SEQUENCE, *tbs_parts(algorithm))
    signature = key.sign(tbs + (b"x" if forged else b""), strong)
    return der.tlv(der.SEQUENCE, tbs, algorithm, der.bits(signature))


class World:
    """One pool: names with keys, certificates over them, and lists."""

    def __init__(self, chance):
        self.chance = chance
        self.serial = 0
        self.cas, self.leaves, self.lists = [], [], []  # (DER, subject, issuer as (name, key), serial)
        if chance.random() < 0.1:
            self.make_deep()
        else:
            self.make_house()
        self.make_lists()

    def flip(self, probability):
        return self.chance.random() < probability

    def make_house(self):
        roots = [self.entity(f"Root {i}", keys=2) for i in range(3)]
        middles = [self.entity(f"Issuing CÄ {i}" if i % 2 else f"Issuing {i}", keys=2) for i in range(4)]
        for name, keys in roots:
            for key in keys[:1 + self.flip(0.4)]:
                for _ in range(1 + self.flip(0.5)):
                    self.certify_ca(name, key, name, key, is_root=True)
        for i, (name, keys) in enumerate(middles):
            for key in keys[:1 + self.flip(0.6)]:
                for _ in range(self.chance.randint(2, 5)):
                    above = self.chance.choice(roots + middles[:i] + (middles if self.flip(0.3) else []))
                    self.certify_ca(name, key, above[0], self.chance.choice(above[1]))
        name, keys = self.entity("Rolled Over", keys=2)  # a key that another one of the same CA vouches for
        self.certify_ca(name, keys[0], name, keys[1], flaw=0.0)
        self.certify_ca(name, keys[1], *self.one_of(roots[:1]), flaw=0.0, path_length=self.chance.choice((0, 0, 1, None)))
        for i in range(2):
            self.certify_leaf(f"rolled {i}", name, keys[0], flaw=0.0)
        for i in range(16):
            name, key = self.one_of(middles * 3 + roots)
            self.certify_leaf(f"client {i}", self.one_of(middles)[0] if self.flip(0.05) else name, key)

    def one_of(self, entities):
        name, keys = self.chance.choice(entities)
        return name, self.chance.choice(keys)

    def make_deep(self):
        """One long line."""
        line = [self.entity(f"Level {i}", keys=1) for i in range(13)]
        for i, (name, keys) in enumerate(line):
            above = line[max(i - 1, 0)]
            self.certify_ca(name, keys[0], above[0], above[1][0], is_root=i == 0, flaw=0.0)
        for i in range(4):
            name, keys = self.chance.choice(line[7:])
            self.certify_leaf(f"client {i}", name, keys[0], flaw=0.1)

    def entity(self, text, keys):
        name = (("2.5.4.6", "DE"), ("2.5.4.10", "Test House"), ("2.5.4.3", text))
        return name, [make_key(self.chance) for _ in range(keys)]

    def certificate(self, subject, key, issuer, issuer_key, dates, extensions, strong=True, forged=False, version=3, dns=()):
        self.serial += 1
        serial = self.serial

        def tbs(algorithm):
            return [der.tlv(0xA0, der.integer(2)) if version == 3 else b"", der.integer(serial), algorithm,
                    write_name(self.chance, issuer), der.tlv(der.SEQUENCE, *(der.time(NOW + day * DAY) for day in dates)),
                    write_name(self.chance, subject), key.spki,
                    der.tlv(0xA3, der.tlv(der.SEQUENCE, *extensions)) if version == 3 else b""]

        data = signed(self.chance, tbs, issuer_key, strong, forged)
        return data, subject, (issuer, issuer_key), serial

    def dates(self, probability):
        if not self.flip(probability):
            return -self.chance.randint(1, 400), self.chance.randint(1, 900)
        return self.chance.choice(((-400, -1), (1, 400)))

    def identifiers(self, key, issuer_key):
        """Key identifiers: right, missing, or wrong."""
        own, above = key.spki[-20:], issuer_key.spki[-20:]
        if self.flip(0.1):
            own = self.chance.randbytes(20)
        if self.flip(0.1):
            above = self.chance.randbytes(20)
        found = []
        if self.flip(0.8):
            found.append(extension("2.5.29.14", der.tlv(der.OCTETS, own)))
        if self.flip(0.8):
            found.append(extension("2.5.29.35", der.tlv(der.SEQUENCE, der.tlv(0x80, above))))
        return found

    def usages(self, probability):
        if self.flip(0.5) and not self.flip(probability):
            return []
        which = [SERVER] if self.flip(probability) else self.chance.choice(([CLIENT], [CLIENT, SERVER], [ANY]))
        return [extension("2.5.29.37", der.tlv(der.SEQUENCE, *(der.oid(one) for one in which)))]

    def constraints(self):
        subtrees = []
        for tag in (0xA0, 0xA1):
            if self.flip(0.6):
                base = der.tlv(0x82, self.chance.choice((b"example.com", b"ok.example.com", b"other.test"))) if self.flip(0.7) \
                    else der.tlv(0xA4, write_name(self.chance, self.chance.choice((
                        (("2.5.4.6", "DE"),), (("2.5.4.6", "DE"), ("2.5.4.10", "Test House")), (("2.5.4.6", "FR"),)))))
                subtrees.append(der.tlv(tag, der.tlv(der.SEQUENCE, base)))
        return [extension("2.5.29.30", der.tlv(der.SEQUENCE, *subtrees), True)] if subtrees else []

    def certify_ca(self, subject, key, issuer, issuer_key, is_root=False, flaw=0.12, path_length=None):
        if is_root and self.flip(0.1):
            self.cas.append(self.certificate(subject, key, issuer, issuer_key, self.dates(flaw), [], version=1))
            return
        basic = [] if self.flip(flaw / 2) else [der.tlv(der.BOOLEAN, b"\xff") if not self.flip(flaw / 2) else b""]
        if path_length is None and self.flip(0.3 if flaw else 0):
            path_length = self.chance.randint(0, 2)
        if basic and basic[0] and path_length is not None:
            basic.append(der.integer(path_length))
        extensions = [extension("2.5.29.19", der.tlv(der.SEQUENCE, *basic), True)] if basic else []
        # Without basic constraints a key usage that signs certificates would make an anchor a CA; that is not compared here.
        if self.flip(0.7):
            bits = {5, 6} - ({5} if self.flip(flaw) or not basic else set())
            extensions.append(extension("2.5.29.15", usage_bits(*bits), True))
        elif not basic:
            extensions.append(extension("2.5.29.15", usage_bits(6), True))
        extensions += self.identifiers(key, issuer_key) + self.usages(flaw)
        if self.flip(flaw * 1.5):
            extensions += self.constraints()
        if self.flip(flaw / 3):
            extensions.append(extension("1.2.3.4.5", der.tlv(0x05), True))
        self.cas.append(self.certificate(subject, key, issuer, issuer_key, self.dates(flaw), extensions,
                                         strong=not self.flip(flaw), forged=self.flip(flaw / 2)))

    def certify_leaf(self, text, issuer, issuer_key, flaw=0.06):
        country = "FR" if self.flip(0.15) else "DE"
        subject = (("2.5.4.6", country), ("2.5.4.10", "Test House"), ("2.5.4.3", text))
        extensions = self.identifiers(key := make_key(self.chance), issuer_key) + self.usages(flaw)
        if self.flip(0.5):
            extensions.append(extension("2.5.29.19", der.tlv(der.SEQUENCE, der.tlv(der.BOOLEAN, b"\xff") if self.flip(flaw) else b"")))
        if self.flip(0.5):
            extensions.append(extension("2.5.29.15", usage_bits(*([3] if self.flip(flaw * 2) else self.chance.choice(([0], [0, 2], [4])))),
                                        True))
        if self.flip(0.5):
            name = self.chance.choice((b"a.example.com", b"ok.example.com", b"b.ok.example.com", b"other.test", b"example.org"))
            extensions.append(extension("2.5.29.17", der.tlv(der.SEQUENCE, der.tlv(0x82, name))))
        if self.flip(flaw / 2):
            extensions.append(extension("1.2.3.4.5", der.tlv(0x05), True))
        self.leaves.append(self.certificate(subject, key, issuer, issuer_key, self.dates(flaw), extensions,
                                            strong=not self.flip(flaw), forged=self.flip(flaw / 2)))

    def make_lists(self):
        issuers = {(c[2][0], c[2][1].spki): c[2] for c in self.cas + self.leaves}
        keys = list(issuers.values())
        for name, key in keys:
            mine = [c[3] for c in self.cas + self.leaves if c[2][0] == name and c[2][1] is key]
            made = sorted(self.chance.choice((-20, -10, -10, -5, -1, 3)) for _ in range(self.chance.randint(0, 4)))
            for i, day in enumerate(made):
                signer = self.chance.choice(keys)[1] if self.flip(0.1) else key
                number = i + 1 if self.flip(0.7) else None if self.flip(0.4) else self.chance.randint(1, 5)
                self.lists.append(self.write_list(name, signer, mine, day, number))
            if self.flip(0.4):  # put on hold, and let go of
                held = self.chance.choice(mine)
                self.lists.append(self.write_list(name, key, [held], -9, 6, reason=6))
                self.lists.append(self.write_list(name, key, [held], -8, 7, base=self.chance.choice((5, 6, 6, 7)), reason=8))

    def write_list(self, name, key, serials, made, number, base=None, reason=None):
        if base is None and reason is None and number is not None and self.flip(0.35):
            base = self.chance.randint(0, number)
        delta = base is not None
        chosen = serials if reason else self.chance.sample(serials, min(len(serials), self.chance.choice((0, 0, 1, 1, 2))))
        entries = []
        for serial in chosen:
            why = reason or self.chance.choice((1, 6, 8) if delta else (1, 1, 6, 6))
            entries.append(der.tlv(der.SEQUENCE, der.integer(serial), der.time(NOW - 10 * DAY), der.tlv(der.SEQUENCE, extension(
                "2.5.29.21", der.integer(why, der.ENUMERATED)))))
        extensions = [extension("2.5.29.20", der.integer(number))] if number is not None else []
        if delta:
            extensions.append(extension("2.5.29.27", der.integer(base), True))
        if not reason and self.flip(0.2):
            tag = self.chance.choice((0x81, 0x82))
            extensions.append(extension("2.5.29.28", der.tlv(der.SEQUENCE, der.tlv(tag, b"\xff")), True))
        if self.flip(0.06):
            extensions.append(extension("1.2.3.4.5", der.tlv(0x05), True))
        due = made + (30 if not self.flip(0.1) else 1)

        def tbs(algorithm):
            return [der.integer(1), algorithm, write_name(self.chance, name), der.time(NOW + made * DAY), der.time(NOW + due * DAY),
                    der.tlv(der.SEQUENCE, *entries) if entries else b"",
                    der.tlv(0xA0, der.tlv(der.SEQUENCE, *extensions)) if extensions else b""]

        return signed(self.chance, tbs, key, True, False)
