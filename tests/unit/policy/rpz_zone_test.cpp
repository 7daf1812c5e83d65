#include "policy/rpz_zone.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <vector>

#include "policy/rule_text.h"

using namespace aven::policy;

namespace {

struct Read {
  std::string entries;           // "nxdomain a.example 2; ..."
  std::vector<std::size_t> odd;  // lines
};

Read read(const std::string& text) {
  RpzZone zone;
  Read out;
  const auto take = [&] {
    while (const auto entry = zone.next()) {
      out.entries += (out.entries.empty() ? "" : "; ") + std::string{action_key(entry->answer.action)} + ' ' +
                     entry->name + ' ' + std::to_string(entry->line);
    }
  };
  std::istringstream lines{text};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (zone.read(line, number)) out.odd.push_back(number);
    take();
  }
  zone.finish();
  take();
  return out;
}

}  // namespace

TEST_CASE("a record may go over lines, its type and class stand in any order", "[policy][lists]") {
  const auto got = read(
      "$ORIGIN rpz.example.\n@ SOA a b ( 1 ; serial (\n 2 3 4\n 5 )\na.example ( IN\n 60 ) CNAME .\n"
      "b.example IN 1h CNAME *.\n\tTXT \"; no comment (\"\nc.example 60 A 192.0.2.1\n");
  CHECK(got.entries == "nxdomain a.example 5; nodata b.example 7; sinkhole c.example 9");
  CHECK(got.odd == std::vector<std::size_t>{8});
}

TEST_CASE("owners without one of their own are those of the record before", "[policy][lists]") {
  const auto got = read("a.example A 192.0.2.1\n   AAAA 2001:db8::1\n*.a.example A 192.0.2.1\n   AAAA 2001:db8::1\n");
  CHECK(got.entries == "sinkhole a.example 1");
  CHECK(got.odd.empty());
}

TEST_CASE("only a last label that is a trigger's is one", "[policy][lists]") {
  const auto got = read("x.rpz-ip CNAME .\nnorpz-ip.example CNAME .\nmyrpz-ip CNAME .\n");
  CHECK(got.entries == "nxdomain norpz-ip.example 2; nxdomain myrpz-ip 3");
  CHECK(got.odd == std::vector<std::size_t>{1});
}

TEST_CASE("junk is told and does not reach the next line", "[policy][lists]") {
  const std::string zero{"a\0.example CNAME .\n", 19};
  const auto got = read("a.example CNAME\n\xff\xfe\x01\n" + zero + "$INCLUDE other\n" + std::string(70'000, 'a') +
                        " CNAME .\nb.example WHAT .\n)))\nok.example CNAME .\n");
  CHECK(got.entries.ends_with("nxdomain ok.example 8"));
  CHECK(got.odd.size() >= 5);
}

TEST_CASE("a parenthesis that never closes takes no memory without end", "[policy][lists]") {
  RpzZone zone;
  std::size_t told = 0;
  for (std::size_t i = 1; i <= 3'000; ++i) told += zone.read("a ( " + std::string(1000, 'x'), i).has_value();
  CHECK(told == 2);
}
