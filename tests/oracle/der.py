"""DER, written and read by hand: just what certificates and revocation lists need."""
import datetime

SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, BOOLEAN, ENUMERATED = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x01, 0x0A
UTF8, PRINTABLE, IA5, UTC, TIME = 0x0C, 0x13, 0x16, 0x17, 0x18


def tlv(tag, *parts):
    """One element of these contents."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def integer(n, tag=INTEGER):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def oid(dotted):
    first, second, *rest = (int(part) for part in dotted.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        out += bytes(reversed(groups))
    return tlv(OID, bytes(out))


def bits(content, unused=0):
    return tlv(BITS, bytes([unused]), content)


def time(seconds):
    return tlv(TIME if seconds >= 2524608000 else UTC,
               datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
               .strftime("%Y%m%d%H%M%SZ" if seconds >= 2524608000 else "%y%m%d%H%M%SZ").encode())


def read(data, at=0):
    """(tag, content, whole element, where the next one begins)"""
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[at + 2:start], "big")
    if start + size > len(data):
        raise ValueError("cut off")
    return tag, data[start:start + size], data[at:start + size], start + size


def children(content):
    """[(tag, content, whole element)] of what stands in an element."""
    found, at = [], 0
    while at < len(content):
        tag, inner, whole, at = read(content, at)
        found.append((tag, inner, whole))
    return found


def read_oid(content):
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(n) for n in [first, numbers[0] - 40 * first, *numbers[1:]])


def read_time(tag, content):
    text = content.decode()
    if tag == UTC:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    moment = datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp())
