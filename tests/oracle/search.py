"""Whether any path holds: RFC 5280 §6.1 as it stands, from the anchor down, tried on every path there is. No budget, no order."""
import lists

MAX_DEPTH = 10
MAX_CHECKS = 32
CLIENT, ANY = "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"

# Each can be left out, to see that somebody notices.
RULES = ("names", "signatures", "alternatives", "ca", "keyCertSign", "leaf dates", "ca dates", "leaf usages", "ca usages", "key usage",
         "ca as leaf", "path length", "self-issued", "permitted", "excluded", "digest", "key", "critical", "depth") + lists.RULES


class Search:
    def __init__(self, signatures, anchors, sent, revocations, now, without=()):
        self.signatures, self.now, self.without = signatures, now, set(without)
        self.anchors = list({c.der: c for c in anchors}.values())
        self.anchor_ders = {c.der for c in self.anchors}
        self.leaf = sent[0]
        seen = set(self.anchor_ders) | {self.leaf.der}
        self.sent = [c for c in sent[1:MAX_DEPTH] if not (c.der in seen or seen.add(c.der))]
        self.lists = lists.Lists(signatures, revocations, now, self.without)
        self.paths = 0

    def asks(self, rule):
        return rule not in self.without

    def named(self, name):
        return [c for c in self.anchors + self.sent if not self.asks("names") or c.subject == name]

    def issuers(self, subject):
        """Every known certificate whose name and key made this one."""
        found = [c for c in self.named(subject.issuer)
                 if not self.asks("signatures") or self.signatures.holds(subject, c.spki)]
        return found if self.asks("alternatives") else found[:1]

    def checks(self):
        """How many signatures there are to check at most: certificates that can be come to, times keys of the issuer's name."""
        reached, waiting, total = set(), [self.leaf], 0
        while waiting:
            c = waiting.pop()
            if c.der in reached:
                continue
            reached.add(c.der)
            total += len({other.spki for other in self.named(c.issuer)})
            waiting += [] if c.der in self.anchor_ders else self.issuers(c)
        return total

    def alone_good(self, c, depth, is_anchor):
        """What one certificate breaks wherever it stands."""
        bad = set()
        if c.unknown_critical:
            bad.add("critical")
        if c.key_strength < 80:
            bad.add("key")
        if not is_anchor and not self.strong(c):
            bad.add("digest")
        if not c.not_before <= self.now <= c.not_after:
            bad.add("leaf dates" if depth == 0 else "ca dates")
        if c.extended is not None and not c.extended & {CLIENT, ANY}:
            bad.add("leaf usages" if depth == 0 else "ca usages")
        if depth == 0:
            if c.ca or self.is_root_of_version_1(c):
                bad.add("ca as leaf")
            elif c.key_usage and not (c.key_usage[0] or c.key_usage[4]):
                bad.add("key usage")
        else:
            if not c.ca and not (is_anchor and self.is_root_of_version_1(c)):
                bad.add("ca")
            if c.key_usage and not c.key_usage[5]:
                bad.add("keyCertSign")
        return not bad - self.without

    def is_root_of_version_1(self, c):
        return c.version == 1 and c.self_issued

    @staticmethod
    def strong(c):
        return c.algorithm not in ("1.2.840.10045.4.1", "1.2.840.113549.1.1.5")

    def walk(self, path):
        """All paths from here that may hold, the leaf first."""
        is_anchor = path[-1].der in self.anchor_ders
        if not self.alone_good(path[-1], len(path) - 1, is_anchor):
            return
        if is_anchor:
            yield path
        elif len(path) < MAX_DEPTH or not self.asks("depth"):
            for issuer in self.issuers(path[-1]):
                if not any(issuer.der == c.der for c in path):
                    yield from self.walk(path + [issuer])

    def names_good(self, c, constraints):
        names = [("dns", name) for name in c.dns] + ([("dir", c.subject)] if c.subject else [])
        for permitted, excluded in constraints:
            for kind, name in names:
                allowed = [base for k, base in permitted if k == kind]
                if self.asks("permitted") and allowed and not any(within(kind, name, base) for base in allowed):
                    return False
                if self.asks("excluded") and any(k == kind and within(kind, name, base) for k, base in excluded):
                    return False
        return True

    def path_good(self, path):
        """§6.1.3 and §6.1.4 from the anchor down."""
        constraints, most = [], None
        for depth in range(len(path) - 1, -1, -1):
            c, final = path[depth], depth == 0
            exempt = c.self_issued and not final and self.asks("self-issued")
            if not exempt and not self.names_good(c, constraints):
                return False
            if final:
                break
            if depth < len(path) - 1 and not exempt and most is not None:
                most -= 1
                if most < 0 and self.asks("path length"):
                    return False
            if c.path_length is not None:
                most = c.path_length if most is None else min(most, c.path_length)
            constraints.append((c.permitted, c.excluded))
        return self.lists_good(path)

    def lists_good(self, path):
        for c, issuer in zip(path, path[1:]):
            if not self.lists.good(c, issuer):
                return False
        end = path[-1]
        if end.self_issued and self.signatures.holds(end, end.spki) or not self.asks("revoked anchor"):
            return True
        return all(self.lists.good(end, issuer) for issuer in self.issuers(end))

    def accepts(self):
        for path in self.walk([self.leaf]):
            self.paths += 1
            if self.path_good(path):
                return True
        return False


def within(kind, name, base):
    """Whether the name is in the subtree."""
    if kind == "dir":
        return name[:len(base)] == base
    return not base or name == base or name.endswith("." + base)
