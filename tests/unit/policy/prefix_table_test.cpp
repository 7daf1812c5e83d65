#include "policy/prefix_table.h"

#include <catch2/catch.hpp>
#include <random>

using namespace aven;
using policy::PrefixTable;

namespace {

Prefix prefix(const std::string& text) {
  const auto parsed = Prefix::parse(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}

std::uint32_t naive(const std::vector<PrefixTable::Entry>& entries, const IpAddress& at) {
  int longest = -1;
  std::uint32_t value = 0;
  for (const auto& entry : entries) {
    if (!entry.prefix.contains(at) || static_cast<int>(entry.prefix.length) < longest) continue;
    longest = static_cast<int>(entry.prefix.length);
    value = entry.value;
  }
  return value;
}

// Few different bits, so that prefixes nest, touch and repeat.
std::string random_text(std::mt19937& random, bool v4, bool as_prefix) {
  const unsigned bits = v4 ? 32 : 128;
  const unsigned length = as_prefix ? static_cast<unsigned>(random() % (bits + 1)) : bits;
  std::string text;
  const unsigned part = v4 ? 8 : 16;
  for (unsigned i = 0; i < bits / part; ++i) {
    const unsigned all = (1U << part) - 1;
    unsigned value = std::array<unsigned, 4>{0, all, 1U << (part - 1), 1U}[random() % 4];
    const unsigned kept = length <= i * part ? 0 : std::min(part, length - i * part);
    value &= all & ~(all >> kept);
    char digits[8];
    std::snprintf(digits, sizeof digits, v4 ? "%u" : "%x", value);
    text += (i == 0 ? "" : v4 ? "." : ":") + std::string{digits};
  }
  return as_prefix ? text + '/' + std::to_string(length) : text;
}

}  // namespace

TEST_CASE("the table finds what a walk over all prefixes finds", "[policy]") {
  std::mt19937 random{7};
  for (int round = 0; round < 60; ++round) {
    std::vector<PrefixTable::Entry> entries;
    const int count = static_cast<int>(random() % 60);
    for (int i = 0; i < count; ++i) {
      const auto one = prefix(random_text(random, random() % 2 == 0, true));
      // A mapped network is IPv4 or IPv6 by its writing; the table is asked for addresses only as unmapped.
      entries.push_back({one, static_cast<std::uint32_t>(i + 1)});
    }
    const auto table = PrefixTable::build(entries);
    for (int i = 0; i < 200; ++i) {
      const auto at = address(random_text(random, i % 2 == 0, false)).unmapped();
      REQUIRE(table.find(at) == naive(entries, at));
    }
  }
}

TEST_CASE("a prefix of everything covers its family and no other", "[policy]") {
  const auto v4 = PrefixTable::build({{prefix("0.0.0.0/0"), 1}, {prefix("255.255.255.255"), 2}});
  REQUIRE(v4.find(address("0.0.0.0")) == 1);
  REQUIRE(v4.find(address("255.255.255.254")) == 1);
  REQUIRE(v4.find(address("255.255.255.255")) == 2);
  REQUIRE(v4.find(address("::1")) == 0);
  const auto v6 = PrefixTable::build({{prefix("::/0"), 1}, {prefix("ffff::/16"), 2}});
  REQUIRE(v6.find(address("::")) == 1);
  REQUIRE(v6.find(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")) == 2);
  REQUIRE(v6.find(address("1.2.3.4")) == 0);
}

TEST_CASE("a mapped address is the IPv4 address", "[policy]") {
  const auto table = PrefixTable::build({{prefix("10.0.0.0/8"), 4}, {prefix("::/0"), 6}});
  REQUIRE(table.find(address("::ffff:10.1.2.3")) == 4);
  REQUIRE(table.find(address("::ffff:11.1.2.3")) == 0);
}

TEST_CASE("of two equal prefixes the later one counts", "[policy]") {
  REQUIRE(PrefixTable::build({{prefix("10.0.0.0/8"), 1}, {prefix("10.0.0.0/8"), 2}}).find(address("10.0.0.1")) == 2);
}

TEST_CASE("an empty table knows nobody", "[policy]") {
  REQUIRE(PrefixTable{}.find(address("10.0.0.1")) == 0);
  REQUIRE(PrefixTable::build({}).find(address("::1")) == 0);
}
