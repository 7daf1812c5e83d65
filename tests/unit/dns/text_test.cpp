#include "dns/text.h"

#include <catch2/catch.hpp>

using namespace aven::dns;

TEST_CASE("known types have their names, unknown ones their numbers", "[dns]") {
  CHECK(to_text(Type::A) == "A");
  CHECK(to_text(Type::HTTPS) == "HTTPS");
  CHECK(to_text(Type::SVCB) == "SVCB");
  CHECK(to_text(Type::ANY) == "ANY");
  CHECK(to_text(Type{65280}) == "TYPE65280");
  CHECK(to_text(Type{0}) == "TYPE0");
}

TEST_CASE("classes have names or numbers", "[dns]") {
  CHECK(to_text(Class::IN) == "IN");
  CHECK(to_text(Class::CH) == "CH");
  CHECK(to_text(Class{42}) == "CLASS42");
}

TEST_CASE("rcodes have names or numbers, never nothing", "[dns]") {
  CHECK(to_text(Rcode::NoError) == "NOERROR");
  CHECK(to_text(Rcode::NxDomain) == "NXDOMAIN");
  CHECK(to_text(Rcode::ServFail) == "SERVFAIL");
  for (std::uint16_t code = 0; code < 4096; ++code) CHECK_FALSE(to_text(Rcode{code}).empty());
  CHECK(to_text(Rcode{12}) == "RCODE12");
  CHECK(to_text(Rcode{4095}) == "RCODE4095");
}

TEST_CASE("types are read in any case and by number", "[dns]") {
  CHECK(parse_type("aaaa") == Type::AAAA);
  CHECK(parse_type("HTTPS") == Type::HTTPS);
  CHECK(parse_type("any") == Type::ANY);
  CHECK(parse_type("type65") == Type::HTTPS);
  CHECK(parse_type("TYPE65535") == Type{65535});
}

TEST_CASE("what names no type gives nothing", "[dns]") {
  for (const char* text : {"", "BOGUS", "TYPE", "TYPE65536", "TYPE1x", "TYPE-1", "TYPE 1", "A ", " A", "A.", "1"}) {
    INFO(text);
    CHECK_FALSE(parse_type(text));
  }
  CHECK_FALSE(parse_type(std::string_view("A\0A", 3)));
}

TEST_CASE("every type survives text and back", "[dns]") {
  for (std::uint32_t value = 1; value <= 65535; value += value < 300 ? 1 : 997) {
    const Type type{static_cast<std::uint16_t>(value)};
    INFO(to_text(type));
    CHECK(parse_type(to_text(type)) == type);
  }
}
