"""PKCS#12 files of every shape that openssl and keytool do not write, put together byte by byte (RFC 7292, RFC 9879)."""
import base64
import hashlib
import hmac
import os
import re
import subprocess

DATA, ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
BAG = "1.2.840.113549.1.12.10.1."
KEY_BAG, SHROUDED_BAG, CERT_BAG, CRL_BAG, SECRET_BAG = (BAG + str(i) for i in range(1, 6))
X509, SDSI = "1.2.840.113549.1.9.22.1", "1.2.840.113549.1.9.22.2"
FRIENDLY_NAME, LOCAL_KEY_ID = "1.2.840.113549.1.9.20", "1.2.840.113549.1.9.21"
TRUSTED, ANY_USAGE = "2.16.840.1.113894.746875.1.1", "2.5.29.37.0"
PBES2, PBKDF2, PBMAC1 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.2.840.113549.1.5.14"
HMAC = {"sha1": "1.2.840.113549.2.7", "sha256": "1.2.840.113549.2.9", "sha512": "1.2.840.113549.2.11"}
DIGEST = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
AES_256_CBC = "2.16.840.1.101.3.4.1.42"


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    head = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


def seq(*parts):
    return tlv(0x30, *parts)


def octets(data):
    return tlv(0x04, data)


def integer(n):
    return tlv(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = b""
    for n in (first * 40 + second, *rest):
        digits = [n & 0x7F]
        while n := n >> 7:
            digits.append(n & 0x7F | 0x80)
        out += bytes(reversed(digits))
    return tlv(0x06, out)


NULL = b"\x05\x00"


def aes_256_cbc(key, iv, data):
    done = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-K", key.hex(), "-iv", iv.hex()], input=data,
                          capture_output=True, check=True)
    return done.stdout


def pbes2(data, password, iterations=2048):
    """(algorithm, encrypted); the password as bytes, for PBKDF2 takes them as they are."""
    salt, iv = os.urandom(8), os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", password, salt, iterations, 32)
    kdf = seq(oid(PBKDF2), seq(octets(salt), integer(iterations), seq(oid(HMAC["sha256"]), NULL)))
    return seq(oid(PBES2), seq(kdf, seq(oid(AES_256_CBC), octets(iv)))), aes_256_cbc(key, iv, data)


def bmp(text):
    return text.encode("utf-16-be") + b"\0\0"


def kdf12(password, salt, purpose, iterations, digest, n):
    """The key derivation of RFC 7292 B.2; password as BMP with its end."""
    block = 64 if digest in ("sha1", "sha256") else 128

    def fill(data):
        return (data * (block // len(data) + 2))[: block * -(-len(data) // block)] if data else b""

    state = bytearray(fill(salt) + fill(password))
    out = b""
    while len(out) < n:
        a = hashlib.new(digest, bytes([purpose]) * block + state).digest()
        for _ in range(iterations - 1):
            a = hashlib.new(digest, a).digest()
        out += a
        b = int.from_bytes((a * (block // len(a) + 1))[:block], "big") + 1
        for i in range(0, len(state), block):
            state[i:i + block] = ((int.from_bytes(state[i:i + block], "big") + b) % (1 << 8 * block)).to_bytes(block, "big")
    return out[:n]


def attributes(alias=None, key_id=None, trusted=False):
    rows = []
    if alias is not None:
        rows.append(seq(oid(FRIENDLY_NAME), tlv(0x31, tlv(0x1E, alias.encode("utf-16-be")))))
    if key_id is not None:
        rows.append(seq(oid(LOCAL_KEY_ID), tlv(0x31, octets(key_id))))
    if trusted:
        rows.append(seq(oid(TRUSTED), tlv(0x31, oid(ANY_USAGE))))
    return tlv(0x31, *sorted(rows)) if rows else b""


def bag(kind, value, **named):
    return seq(oid(kind), tlv(0xA0, value), attributes(**named))


def cert_bag(certificate, kind=X509, **named):
    return bag(CERT_BAG, seq(oid(kind), tlv(0xA0, tlv(0x04 if kind == X509 else 0x16, certificate))), **named)


def crl_bag(crl, **named):
    return bag(CRL_BAG, seq(oid("1.2.840.113549.1.9.23.1"), tlv(0xA0, octets(crl))), **named)


def secret_bag(**named):
    return bag(SECRET_BAG, seq(oid("1.2.840.113549.1.9.16.12.12"), tlv(0xA0, octets(b"a secret"))), **named)


def key_bag(pkcs8, password=None, **named):
    """In the clear without a password (bytes)."""
    if password is None:
        return bag(KEY_BAG, pkcs8, **named)
    algorithm, sealed = pbes2(pkcs8, password)
    return bag(SHROUDED_BAG, seq(algorithm, octets(sealed)), **named)


def part(bags, password=None):
    """One ContentInfo of the AuthenticatedSafe, encrypted where a password (bytes) is given."""
    data = seq(*bags)
    if password is None:
        return seq(oid(DATA), tlv(0xA0, octets(data)))
    algorithm, sealed = pbes2(data, password)
    return seq(oid(ENCRYPTED_DATA), tlv(0xA0, seq(integer(0), seq(oid(DATA), algorithm, tlv(0x80, sealed)))))


def mac_data(content, kind, password, iterations=2048, key_length=32, salt=None):
    """kind: sha1, sha256, sha512 as of old, or pbmac1; the password is text."""
    salt = salt or os.urandom(8)
    if kind == "pbmac1":
        key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations, key_length)
        params = seq(seq(oid(PBKDF2), seq(octets(salt), integer(iterations), integer(key_length), seq(oid(HMAC["sha256"]), NULL))),
                     seq(oid(HMAC["sha256"]), NULL))
        info = seq(seq(oid(PBMAC1), params), octets(hmac.digest(key, content, "sha256")))
        return seq(info, octets(b"NOT USED"), integer(1))
    key = kdf12(bmp(password), salt, 3, iterations, kind, hashlib.new(kind).digest_size)
    info = seq(seq(oid(DIGEST[kind]), NULL), octets(hmac.digest(key, content, kind)))
    return seq(info, octets(salt), integer(iterations))


def pfx(parts, mac="sha256", password="", **how):
    """The file: parts from part(), and a MAC (None for none) under the password, which is text."""
    content = seq(*parts)
    return seq(integer(3), seq(oid(DATA), tlv(0xA0, octets(content))),
               mac_data(content, mac, password, **how) if mac else b"")


def der_of(pem):
    """The first block of a PEM file, or of PEM text."""
    text = pem if isinstance(pem, str) else pem.read_text()
    return base64.b64decode(re.search(r"-----BEGIN [^-]+-----(.*?)-----END", text, re.S).group(1))


def pair(leaf, password, alias="mine", key_id=b"\1", mac="sha256", text=None, extra=(), **how):
    """The usual file of a leaf: certificates and key under one password (bytes), the MAC under the same text."""
    certs = [cert_bag(der_of(leaf.certificate), alias=alias, key_id=key_id), cert_bag(der_of(leaf.department.ca)),
             cert_bag(der_of(leaf.department.root))]
    return pfx([part([key_bag(der_of(leaf.key), password, alias=alias, key_id=key_id)]), part([*certs, *extra], password)],
               mac, text if text is not None else password.decode(), **how)
