"""Aven and a stock Unbound forward the same 10,000 questions to the same NSD; every difference has its reason here."""

import collections
import random
import select
import socket
import time

import harness
import wire

QUESTIONS = 10_000
APEX = "zone.example"

NUMBER = 60
LINES = "".join(
    f"""n{i} IN A 192.0.2.{i + 1}
n{i} IN A 192.0.2.{i + 101}
n{i} IN AAAA 2001:db8::{i + 1:x}
n{i} IN MX 10 mail{i % 5}
n{i} IN MX 20 mail{(i + 1) % 5}
n{i} IN TXT "text {i}" "another"
n{i} IN CAA 0 issue "ca{i}.example"
n{i} IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.{i + 1}
n{i} IN SSHFP 1 1 {i:040x}
n{i} IN HINFO "cpu{i}" "os"
_sip._udp.n{i} IN SRV 0 5 5060 n{i}
_sip._udp.n{i} IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.n{i}
_443._tcp.n{i} IN TLSA 3 1 1 {i:064x}
_x.n{i} IN SVCB 1 n{i} port=853
alias{i} IN CNAME n{i}
far{i} IN CNAME alias{i}
out{i} IN CNAME www.nsd.example.
lost{i} IN CNAME nothing{i}
a.b.deep{i} IN A 192.0.2.200
"""
    for i in range(NUMBER)
) + "".join(f"mail{i} IN A 192.0.2.{250 - i}\n" for i in range(5))
ZONE = f"""$ORIGIN {APEX}.
$TTL 3000
@ IN SOA ns.{APEX}. admin.{APEX}. 7 3600 600 86400 300
@ IN NS ns
ns IN A 127.0.0.1
*.wild IN A 192.0.2.99
*.wild IN TXT "wild"
tree IN DNAME branch
leaf.branch IN A 192.0.2.98
1.2 IN PTR n1
{LINES}"""

NAMES = (
    ["n{}", "n{}", "n{}", "_sip._udp.n{}", "_443._tcp.n{}", "_x.n{}", "alias{}", "far{}", "out{}", "lost{}"]
    + ["a.b.deep{}", "b.deep{}", "deep{}", "no{}", "no{}.n{}", "w{}.wild", "x.w{}.wild", "leaf.tree", "no{}.tree"]
    + ["", "1.2", "ns", "tree", "N{}"]
)


def questions():
    draw = random.Random(1)
    for i in range(QUESTIONS):
        number = draw.randrange(NUMBER)
        name = draw.choice(NAMES).format(number, number)
        yield {
            "identity": i,
            "name": f"{name}.{APEX}".lstrip("."),
            "type_": draw.choice(list(wire.TYPES.values())),
            "cd": draw.random() < 0.1,
            "do": draw.random() < 0.1,
            "edns": draw.random() < 0.8,
        }


def ask_all(address, asked):
    """What the server at `address` answers to each; some at a time, each asked again if it is lost on the way here."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(address)
    answers, waiting, todo = {}, {}, collections.deque(asked)
    try:
        while todo or waiting:
            while todo and len(waiting) < 40:
                question = todo.popleft()
                client.send(wire.query(**{**question, "edns": question["edns"] or question["do"]}))
                waiting[question["identity"]] = (time.monotonic(), question)
            if select.select([client], [], [], 0.5)[0]:
                answer = wire.Message(client.recv(65535))
                if waiting.pop(answer.identity, None):
                    answers[answer.identity] = answer
            for identity, (since, question) in list(waiting.items()):
                if time.monotonic() - since > 10:
                    raise AssertionError(f"{address}: no answer to {question}")
    finally:
        client.close()
    return answers


def differences(ours, theirs):
    """What differs between two answers to one question, as words."""
    found = []
    if ours.rcode != theirs.rcode:
        found.append(f"rcode {ours.rcode} instead of {theirs.rcode}")
    for flag in sorted(ours.flags ^ theirs.flags):
        found.append(f"{flag} {'set' if flag in ours.flags else 'not set'}")
    for name in ("answer", "authority", "additional"):
        extra = getattr(ours, name) - getattr(theirs, name)
        missing = getattr(theirs, name) - getattr(ours, name)
        if extra:
            found.append(f"{name} has more: types {sorted({record[1] for record in extra})}")
        if missing:
            found.append(f"{name} lacks: types {sorted({record[1] for record in missing})}")
    if ours.edns != theirs.edns:
        found.append("EDNS")
    return found


def type_of(question):
    return next(name for name, number in wire.TYPES.items() if number == question["type_"])


# Each difference that may be, for which questions, and why it is right.
EXPLAINED = {
    # Unbound hands on the addresses of name servers, for those who look for servers to ask. Aven's clients ask Aven; who
    # must see them (domain members) has a route, and routed answers keep them.
    "additional lacks: types [1]": lambda question: type_of(question) == "NS",
    # The DNAME above leads to a name without DNAME: no data at the end of the chain, and the SOA says how long that may be
    # kept (RFC 2308 section 2.2.1). Unbound takes the DNAME on the way for the answer.
    "authority has more: types [6]": lambda question: type_of(question) == "DNAME" and ".tree." in question["name"],
}


class Compare(harness.Scene):
    maxDiff = None

    def setUp(self):
        harness.ZONES[APEX] = ZONE
        self.addCleanup(harness.ZONES.pop, APEX)
        super().setUp()
        self.unbound = harness.Unbound(self._subfolder("unbound")).start(forward_to=self.nsd.port)
        self.addCleanup(self.unbound.stop)
        self.aven.write_config(self.config(workers=1))
        self.aven.start()

    def test_the_same_questions_get_the_same_answers(self):
        asked = list(questions())
        ours = ask_all(self.aven.endpoints[0], asked)
        theirs = ask_all(("127.0.0.1", self.unbound.port), asked)
        seen, unexplained = collections.Counter(), collections.defaultdict(list)
        for question in asked:
            for difference in differences(ours[question["identity"]], theirs[question["identity"]]):
                if difference in EXPLAINED and EXPLAINED[difference](question):
                    seen[difference] += 1
                else:
                    unexplained[difference].append((question["name"], question["type_"], question["do"], question["cd"]))
        shown = {what: (len(where), where[:5]) for what, where in unexplained.items()}
        self.assertEqual(shown, {})
        self.assertEqual(set(seen), set(EXPLAINED), "an explanation that explains nothing any more")
        print(f"\n{len(asked)} questions; explained differences: {dict(seen)}", flush=True)


if __name__ == "__main__":
    harness.main()
