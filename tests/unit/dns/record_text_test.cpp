#include "dns/record_text.h"

#include <catch2/catch.hpp>

#include "support/message_builder.h"

using namespace aven::dns;
using aven::test::name_of;
using Octets = std::vector<std::uint8_t>;

TEST_CASE("a line of a zone file becomes a record", "[dns]") {
  const auto record = parse_record("imprimante.ville.example. 300 IN A 10.10.1.9");
  REQUIRE(record);
  CHECK(record->owner == name_of("imprimante.ville.example"));
  CHECK(record->ttl == 300);
  CHECK(record->type == Type::A);
  CHECK(record->class_ == Class::IN);
  CHECK(record->rdata == Octets{10, 10, 1, 9});
}

TEST_CASE("class, TTL and final dot may be left out", "[dns]") {
  const auto record = parse_record("www.ville.example AAAA ::1");
  REQUIRE(record);
  CHECK(record->owner == name_of("www.ville.example"));
  CHECK(record->ttl == DefaultRecordTtl);
  CHECK(record->class_ == Class::IN);
  CHECK(record->rdata.size() == 16);
}

TEST_CASE("names in the data are uncompressed and keep their case", "[dns]") {
  const auto alias = parse_record("a.example. 60 IN CNAME Www.Example.");
  REQUIRE(alias);
  CHECK(alias->rdata == Octets{3, 'W', 'w', 'w', 7, 'E', 'x', 'a', 'm', 'p', 'l', 'e', 0});
  const auto exchange = parse_record("example. 60 IN MX 10 mail.example.");
  REQUIRE(exchange);
  CHECK(exchange->rdata.size() == 2 + 14);
}

TEST_CASE("text, HTTPS and unknown types are read", "[dns]") {
  CHECK(parse_record(R"(a.example. 60 IN TXT "v=1; x" "two")")->rdata.size() == 7 + 4);
  CHECK(parse_record("a.example. 60 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1")->type == Type::HTTPS);
  CHECK(parse_record("a.example. 60 IN TYPE65280 \\# 2 abcd")->rdata == Octets{0xab, 0xcd});
}

TEST_CASE("a wildcard is an ordinary owner", "[dns]") {
  CHECK(parse_record("*.example. 60 IN A 192.0.2.1")->owner == name_of("*.example"));
}

TEST_CASE("a line that is no record says why", "[dns]") {
  for (const char* line : {"", "; only a comment", "a.example. 60 IN A", "a.example. 60 IN A 300.1.1.1", "a.example.",
                           "a.example. 60 IN NOSUCHTYPE x", "a..example. 60 IN A 192.0.2.1",
                           "a.example. 60 IN A 192.0.2.1\nb.example. 60 IN A 192.0.2.2", "$ORIGIN example."}) {
    INFO(line);
    const auto record = parse_record(line);
    REQUIRE_FALSE(record);
    CHECK_FALSE(record.error().empty());
  }
}

TEST_CASE("question types are no records", "[dns]") {
  CHECK(parse_record("a.example. 60 IN TYPE255 \\# 0").error().find("question type") != std::string::npos);
}

TEST_CASE("a TTL above 31 bits is refused", "[dns]") {
  CHECK(parse_record("a.example. 2147483647 IN A 192.0.2.1"));
  CHECK_FALSE(parse_record("a.example. 2147483648 IN A 192.0.2.1"));
}
