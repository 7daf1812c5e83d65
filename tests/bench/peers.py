"""The programs of the side-by-side benchmark, each set up at its best for the job: one thread, a list of names answered
with 0.0.0.0, everything else forwarded to one server and cached.

A peer's start(names, upstream, port) is given the list of names, the upstream's port and the port to listen on, writes
its files into `folder` and returns the command line.
"""
import dataclasses
import json
import pathlib


@dataclasses.dataclass
class Peer:
    name: str
    folder: pathlib.Path
    build: pathlib.Path

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def rpz_zone(names):
    """A response policy zone: each name and all below it to 0.0.0.0."""
    head = "$TTL 30\n@ IN SOA localhost. root.localhost. 1 3600 600 86400 30\n@ IN NS localhost.\n"
    return head + "".join(f"{name} A 0.0.0.0\n*.{name} A 0.0.0.0\n" for name in names)


@dataclasses.dataclass
class Aven(Peer):
    """A list in the plain form."""
    workers: int = 1
    cache_mb: int = 256

    def start(self, names, upstream, port):
        rules = self.folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "names.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        (rules / "bench.json").write_text(json.dumps({"format": 1, "pack": "bench", "rules": [{
            "id": "names", "action": "sinkhole", "lists": [{"file": "names.txt", "format": "domains"}],
            "reason": {"en": "benchmark"}}]}), encoding="utf-8")
        config = self.file("aven.json", json.dumps({
            "listen": [f"127.0.0.1:{port}"], "workers": self.workers, "rules": str(rules), "state": str(self.folder / "state"),
            "upstreams": {"default": {"servers": [f"127.0.0.1:{upstream}"]}}, "cache": {"size_mb": self.cache_mb},
            "limits": {"in_flight_per_client": 10000}}))
        return [str(self.build / "aven"), "serve", "-c", str(config)]


class Unbound(Peer):
    """local-zone entries are faster than RPZ there. One thread, so no locks; no checks that forwarding does not need."""

    def start(self, names, upstream, port):
        zones = self.file("zones.conf", "server:\n" + "".join(f'local-zone: "{name}" always_null\n' for name in names))
        config = self.file("unbound.conf", f"""server:
  interface: 127.0.0.1@{port}
  num-threads: 1
  so-rcvbuf: 4m
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  msg-cache-size: 128m
  rrset-cache-size: 256m
  outgoing-range: 8192
  num-queries-per-thread: 4096
  include: "{zones}"
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
""")
        return ["unbound", "-d", "-c", str(config)]


class Dnsdist(Peer):
    """A suffix tree, spoofed answers, a packet cache; one listener, and no console."""

    def start(self, names, upstream, port):
        listed = self.file("names.txt", "\n".join(names) + "\n")
        config = self.file("dnsdist.conf", f"""
setLocal("127.0.0.1:{port}")
setACL("127.0.0.0/8")
setSecurityPollSuffix("")
newServer({{address="127.0.0.1:{upstream}", healthCheckMode="up", sockets=8}})
getPool(""):setCache(newPacketCache(2000000, {{maxTTL=86400}}))
local blocked = newSuffixMatchNode()
for line in io.lines("{listed}") do blocked:add(line) end
addAction(SuffixMatchNodeRule(blocked, true), SpoofAction({{"0.0.0.0"}}))
""")
        return ["dnsdist", "--supervised", "--disable-syslog", "-C", str(config)]


class Knot(Peer):
    """Its own RPZ reader; one instance is one thread."""

    def start(self, names, upstream, port):
        zone = self.file("bench.rpz", rpz_zone(names))
        config = self.file("kresd.conf", f"""
net.listen("127.0.0.1", {port}, {{ kind = "dns" }})
modules.unload("ta_update")
modules.unload("ta_signal_query")
modules.unload("priming")
modules.unload("detect_time_skew")
trust_anchors.remove(".")
cache.size = 512 * MB
policy.add(policy.rpz(policy.ANSWER({{[kres.type.A] = {{rdata = kres.str2ip("0.0.0.0"), ttl = 30}}}}), "{zone}", false))
policy.add(policy.all(policy.FORWARD("127.0.0.1@{upstream}")))
""")
        return ["kresd", "-n", "-q", "-c", str(config), str(self.folder)]


class Dnsmasq(Peer):
    """address= lines; its cache holds at most 10,000 entries by its own advice."""

    def start(self, names, upstream, port):
        config = self.file("dnsmasq.conf", f"""port={port}
listen-address=127.0.0.1
bind-interfaces
keep-in-foreground
no-resolv
no-hosts
pid-file
user=root
cache-size=10000
dns-forward-max=10000
server=127.0.0.1#{upstream}
""" + "".join(f"address=/{name}/0.0.0.0\n" for name in names))
        return ["dnsmasq", "-C", str(config)]


class Recursor(Peer):
    """RPZ; one thread, with its packet cache in front."""

    def start(self, names, upstream, port):
        zone = self.file("bench.rpz", rpz_zone(names))
        lua = self.file("rpz.lua", f'rpzFile("{zone}", {{policyName="bench"}})\n')
        config = self.file("recursor.conf", f"""local-address=127.0.0.1
local-port={port}
threads=1
pdns-distributes-queries=no
dnssec=off
forward-zones-recurse=.=127.0.0.1:{upstream}
dont-query=
lua-config-file={lua}
security-poll-suffix=
socket-dir={self.folder}
max-cache-entries=2000000
max-packetcache-entries=1000000
max-mthreads=8192
quiet=yes
disable-syslog=yes
setgid=
setuid=
""")
        return ["pdns_recursor", f"--config-dir={config.parent}", "--daemon=no", "--write-pid=no"]


class Bind(Peer):
    """RPZ; one thread."""

    def start(self, names, upstream, port):
        self.file("bench.rpz", rpz_zone(names))
        config = self.file("named.conf", f"""options {{
  directory "{self.folder}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  forward only;
  forwarders {{ 127.0.0.1 port {upstream}; }};
  dnssec-validation no;
  recursion yes;
  recursive-clients 10000;
  max-cache-size 512m;
  minimal-responses yes;
  response-policy {{ zone "bench.rpz"; }} qname-wait-recurse no;
}};
controls {{ }};
zone "bench.rpz" {{ type primary; file "bench.rpz"; }};
""")
        return ["named", "-g", "-n", "1", "-c", str(config)]


PEERS = {"aven": Aven, "unbound": Unbound, "dnsdist": Dnsdist, "knot-resolver": Knot, "dnsmasq": Dnsmasq,
         "recursor": Recursor, "bind9": Bind}
