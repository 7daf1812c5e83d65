#include "policy/list_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "policy/rule_text.h"

using namespace aven::policy;

namespace {

ParsedList parse(ListFormat format, std::string_view text, std::size_t piece = 1'000'000,
                 Action action = Action::Sinkhole) {
  ListParser parser{format, action};
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) parser.feed(text.substr(0, piece));
  return parser.finish();
}

std::string told(const PatternList& patterns) {
  std::string out;
  patterns.for_each([&](std::size_t, const Pattern& pattern) { out += (out.empty() ? "" : " ") + to_text(pattern); });
  return out;
}

std::size_t aside(const ParsedList& list, Aside kind) {
  return list.of(kind).count;
}

}  // namespace

TEST_CASE("a list of domains in all its dialects, in pieces of any size", "[policy][lists]") {
  const std::string text =
      "\xef\xbb\xbf# comment\r\nA.example.\r\n\r\n  b.example # why\n*.c.example\n.d.example\n192.0.2.1\n2001:db8::1\n"
      "e.example/path\nhttp://f.example/\nlocalhost\ncom\nb\xe9t.example\nb\xc3\xa9t.example\na..b\nlast.example";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    const auto list = parse(ListFormat::Domains, text, piece);
    CHECK(told(list.names) == "a.example b.example *.c.example d.example xn--bt-bja.example last.example");
    CHECK(list.lines == 16);
    CHECK(aside(list, Aside::Address) == 2);
    CHECK(list.of(Aside::Address).lines == std::vector<std::size_t>{7, 8});
    CHECK(aside(list, Aside::Url) == 2);
    CHECK(aside(list, Aside::Local) == 1);
    CHECK(aside(list, Aside::OneLabel) == 1);
    CHECK(aside(list, Aside::NotAName) == 2);
  }
}

TEST_CASE("a hosts list names exactly, several a line", "[policy][lists]") {
  const auto list = parse(ListFormat::Hosts,
                          "127.0.0.1 localhost\n::1 ip6-localhost\nfe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n"
                          "0.0.0.0\ta.example b.example #c.example\nd.example\n");
  CHECK(told(list.names) == "=a.example =b.example");
  CHECK(aside(list, Aside::Local) == 3);
  CHECK(aside(list, Aside::NotAName) == 1);
  CHECK(aside(list, Aside::Address) == 0);
}

TEST_CASE("the DNS part of an adblock list", "[policy][lists]") {
  const auto list =
      parse(ListFormat::Adblock,
            "[Adblock Plus 2.0]\n! title\n# comment\n||a.example^\n||b.example^$important\n"
            "@@||ok.example^|\n||c.example^$third-party\n||d.example/x^\n##.banner\ne.example##.ad\n/re/\n");
  CHECK(told(list.names) == "a.example b.example");
  CHECK(told(list.excepts) == "ok.example");
  CHECK(aside(list, Aside::NotDns) == 5);
}

TEST_CASE("a dnsmasq list", "[policy][lists]") {
  const auto list = parse(ListFormat::Dnsmasq,
                          "# c\naddress=/a.example/b.example/0.0.0.0\naddress=/c.example/\nserver=/d.example/\n"
                          "local=/e.example/\nserver=/ok.example/#\nserver=/route.example/192.0.2.1\nno-resolv\n");
  CHECK(told(list.names) == "a.example b.example c.example d.example e.example");
  CHECK(told(list.excepts) == "ok.example");
  CHECK(aside(list, Aside::NotDns) == 2);
}

// "nxdomain: a.example; redirect to t.example: =b.example"
std::string told_own(const ParsedList& list) {
  std::string out;
  for (const auto& [answer, patterns] : list.own) {
    out += (out.empty() ? "" : "; ") + std::string{action_key(answer.action)};
    for (const auto* addresses : {&answer.ipv4, &answer.ipv6}) {
      for (const auto& address : *addresses) out += ' ' + address.text();
    }
    out += (answer.target.empty() ? "" : " to " + answer.target) + ": " + told(patterns);
  }
  return out;
}

const std::string Zone =
    "$TTL 300\n@ IN SOA ns.rpz.local. admin.rpz.local. (\n 1 3600 ; serial\n 600 86400 60 )\n  IN NS localhost.\n"
    "a.example CNAME .\n*.a.example 60 IN CNAME . ; below\nb.example CNAME *.\nok.example CNAME rpz-passthru.\n"
    "d.example CNAME rpz-drop.\ns.example A 192.0.2.1\ns.example AAAA 2001:db8::1\nr.example CNAME garden.example.\n"
    "x.example TXT \"why\"\nn.example CNAME .\nself.example CNAME self.example.\n"
    "32.1.2.0.192.rpz-ip CNAME .\nns.bad.example.rpz-nsdname CNAME .\n24.0.2.0.192.rpz-client-ip CNAME .\n"
    "32.1.2.0.192.rpz-nsip CNAME .\nt.example CNAME rpz-tcp-only.\nw.example CNAME *.garden.example.\n";

TEST_CASE("each entry of a response policy zone has its own action", "[policy][lists]") {
  for (const std::size_t piece : {5U, 1000U}) {
    const auto list = parse(ListFormat::Rpz, Zone, piece);
    CHECK(told_own(list) ==
          "sinkhole 192.0.2.1 2001:db8::1: =s.example; nxdomain: a.example =n.example; "
          "nodata: =b.example =x.example; drop: =d.example; redirect to garden.example: =r.example; "
          "allow: =ok.example =self.example");
    CHECK(list.names.empty());
    CHECK(list.excepts.empty());
    CHECK(list.entries() == 9);
    CHECK(aside(list, Aside::OtherTrigger) == 4);
    CHECK(list.of(Aside::OtherTrigger).lines == std::vector<std::size_t>{17, 18, 19, 20});
    CHECK(aside(list, Aside::OtherRecord) == 1);
    CHECK(aside(list, Aside::NotDns) == 2);
    CHECK(list.of(Aside::NarrowDenial).lines == std::vector<std::size_t>{15});
  }
}

TEST_CASE("a rule that allows allows what a response policy zone names", "[policy][lists]") {
  const auto list = parse(ListFormat::Rpz, Zone, 1000, Action::Allow);
  CHECK(told_own(list).empty());
  CHECK(told(list.names) ==
        "a.example =b.example =ok.example =d.example =s.example =r.example =x.example =n.example =self.example");
  CHECK(aside(list, Aside::OtherAction) == 7);
}

TEST_CASE("absolute owners of a response policy zone lose its name", "[policy][lists]") {
  const auto list =
      parse(ListFormat::Rpz,
            "rpz.local. IN SOA ns. admin. 1 2 3 4 5\nrpz.local. NS ns.\na.example.rpz.local. A 192.0.2.1\n"
            "$ORIGIN example.rpz.local.\n*.b A 192.0.2.1\n*.c CNAME .\nc CNAME .\nd CNAME garden\n");
  CHECK(told_own(list) ==
        "sinkhole 192.0.2.1: =a.example *.b.example; nxdomain: c.example; redirect to garden.example.rpz.local: "
        "=d.example");
}

TEST_CASE("a line that is too long is set aside, the next one counts", "[policy][lists]") {
  std::string text(ListParser::MaxLineSize + 5, 'x');
  text += "\na.example\n";
  for (const std::size_t piece : {std::size_t{65536}, text.size()}) {
    const auto list = parse(ListFormat::Domains, text, piece);
    CHECK(told(list.names) == "a.example");
    CHECK(list.of(Aside::TooLong).lines == std::vector<std::size_t>{1});
  }
}

TEST_CASE("notes say how many and where first", "[policy][lists]") {
  const auto notes = notes_of(parse(ListFormat::Domains, "192.0.2.1\na.example\n192.0.2.2\n"), "lists/x");
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].severity == Severity::Note);
  CHECK(notes[0].pointer == "lines 1, 3");
  CHECK(notes[0].text.find("2 IP addresses") == 0);
}
