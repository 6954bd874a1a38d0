"""What revocation lists say of a certificate, by the rules of doc/design/pki.md."""

REMOVED, HOLD = 8, 6
RULES = ("revoked", "stale", "replaced", "hold", "whose list", "revoked anchor")


def replaces(a, b):
    """Whether list a takes b's place; both are of one name and key."""
    number = lambda crl: -1 if crl.number is None else crl.number  # noqa: E731
    if a.unknown_critical or a.scope != b.scope or number(a) < number(b) or a.this_update < b.this_update:
        return False
    if a.base is not None and (b.base is None or a.base > b.base):
        return False
    if a.this_update > b.this_update:
        return True
    complete_over_delta = a.base is None and b.base is not None
    return a.number is not None and b.number is not None and (a.number > b.number or complete_over_delta)


def applies(delta, complete):
    """Whether the delta counts on that complete list."""
    return (delta.base is not None and delta.number is not None and not delta.unknown_critical and complete.base is None
            and complete.number is not None and delta.scope == complete.scope and delta.base <= complete.number < delta.number)


class Lists:
    def __init__(self, signatures, all_lists, now, without):
        self.signatures, self.all, self.now, self.without = signatures, all_lists, now, without

    def of(self, issuer):
        """The lists of this name and key that no other one replaces."""
        named = [crl for crl in self.all if crl.issuer == issuer.subject]
        mine = named if "whose list" in self.without else [crl for crl in named if self.signatures.holds(crl, issuer.spki)]
        if "replaced" in self.without:
            return mine, mine
        return mine, [b for b in mine if not any(a is not b and a.this_update <= self.now and replaces(a, b) for a in mine)]

    def lifted(self, crl, serial, mine, in_force):
        for delta in in_force:
            if delta.base is None or delta.entries.get(serial) != REMOVED or delta.this_update > self.now:
                continue
            if crl.base is None and applies(delta, crl):
                return True
            newer = delta.number is not None and (crl.number is None or delta.number > crl.number)
            if crl.base is not None and newer and any(applies(delta, complete) for complete in mine):
                return True
        return False

    def revoked(self, crl, serial, mine, in_force):
        if serial not in crl.entries:
            return False
        reason = crl.entries[serial]
        if reason == HOLD and "hold" not in self.without:
            return not self.lifted(crl, serial, mine, in_force)
        return reason != REMOVED or crl.base is None

    def good(self, c, issuer):
        """Neither revoked nor only told of by a list that is due for renewal."""
        mine, in_force = self.of(issuer)
        is_ca = bool(c.ca) or (c.version == 1 and c.self_issued)
        for crl in in_force:
            if "revoked" not in self.without and self.revoked(crl, c.serial, mine, in_force):
                return False
            about = not (crl.only_leaves if is_ca else crl.only_cas)
            speaks = about and not crl.unknown_critical and crl.this_update <= self.now
            if crl.base is not None:
                speaks = speaks and any(applies(crl, complete) for complete in mine)
            late = crl.next_update is not None and self.now > crl.next_update
            if speaks and late and "stale" not in self.without:
                return False
        return True
