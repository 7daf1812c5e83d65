"""DNS messages for tests that ask thousands of questions: built and read here, names in RDATA written out."""

import struct

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28, "LOC": 29, "SRV": 33,
    "NAPTR": 35, "DNAME": 39, "DS": 43, "SSHFP": 44, "DNSKEY": 48, "TLSA": 52, "SVCB": 64, "HTTPS": 65, "CAA": 257,
}  # fmt: skip
OPT = 41
FLAGS = {"QR": 0x8000, "AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080, "AD": 0x0020, "CD": 0x0010}
# Octets before the names, and how many names, in the RDATA of types that may be compressed.
NAMES_IN = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 33: (6, 1), 39: (0, 1)}


def query(identity, name, type_, *, rd=True, cd=False, ad=False, edns=True, do=False):
    flags = (FLAGS["RD"] if rd else 0) | (FLAGS["CD"] if cd else 0) | (FLAGS["AD"] if ad else 0)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    opt = struct.pack("!BHHIH", 0, OPT, 1232, 0x8000 if do else 0, 0) if edns else b""
    return struct.pack("!6H", identity, flags, 1, 0, 0, 1 if edns else 0) + labels + b"\0" + struct.pack("!HH", type_, 1) + opt


def read_name(message, at):
    """(labels in lower case, where it ends)"""
    labels, end = [], None
    while True:
        size = message[at]
        if size >= 0xC0:
            end = end or at + 2
            at = (size & 0x3F) << 8 | message[at + 1]
            continue
        if size == 0:
            return b".".join(labels).lower() + b".", end or at + 1
        labels.append(message[at + 1 : at + 1 + size])
        at += 1 + size


class Message:
    """The parts of an answer that can be compared: sections are sets of (owner, type, RDATA), TTLs apart."""

    def __init__(self, wire):
        self.identity, flags, questions, *counts = struct.unpack("!6H", wire[:12])
        self.flags = {name for name, bit in FLAGS.items() if flags & bit}
        self.rcode = flags & 0xF
        self.edns = False
        self.ttls = []
        at = 12
        for _ in range(questions):
            _, at = read_name(wire, at)
            at += 4
        self.sections = []
        for count in counts:
            records = set()
            for _ in range(count):
                record, at = self._read_record(wire, at)
                if record[1] == OPT:
                    self.edns = True
                else:
                    records.add(record)
            self.sections.append(records)
        if at != len(wire):
            raise ValueError("octets behind the message")
        self.answer, self.authority, self.additional = self.sections

    def _read_record(self, wire, at):
        owner, at = read_name(wire, at)
        type_, _, ttl, size = struct.unpack("!HHIH", wire[at : at + 10])
        at += 10
        rdata = wire[at : at + size]
        if type_ in NAMES_IN:
            before, names = NAMES_IN[type_]
            parts, inside = [rdata[:before]], at + before
            for _ in range(names):
                name, inside = read_name(wire, inside)
                parts.append(name)
            rdata = b"".join(parts) + wire[inside : at + size]
        if type_ != OPT:
            self.ttls.append(ttl)
        return (owner, type_, rdata), at + size
