#include "dns/padding.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "dns/answer.h"
#include "dns/ask.h"

using namespace aven;
using namespace aven::dns;

namespace {

std::vector<std::uint8_t> question(const std::string& name, bool with_edns) {
  std::array<std::uint8_t, 512> out{};
  Ask ask;
  ask.name = *Name::from_text(name);
  const auto message = write_upstream_query(out, ask, 7, with_edns);
  return {message.begin(), message.end()};
}

}  // namespace

TEST_CASE("questions of every length are padded to blocks of 128 octets", "[dns]") {
  std::vector<std::uint8_t> buffer;
  std::string name = "a";
  while (name.size() < 250) {
    const auto message = question(name, true);
    const auto padded = pad_query(message, buffer);
    INFO(name);
    REQUIRE(padded.size() % PaddingBlock == 0);
    REQUIRE(padded.size() >= message.size() + 4);
    REQUIRE(padded.size() < message.size() + 4 + PaddingBlock);

    // The same message, but for the length of the OPT record's data, and the option (RFC 7830 section 3) behind it.
    const std::size_t length_at = message.size() - 2;
    REQUIRE(std::equal(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length_at), padded.begin()));
    const std::size_t data = padded.size() - message.size();
    ByteReader reader{padded, length_at};
    REQUIRE(reader.u16() == data);
    REQUIRE(reader.u16() == 12);
    REQUIRE(reader.u16() == data - 4);
    for (const auto octet : padded.subspan(reader.position())) REQUIRE(octet == 0);
    name += name.size() % 40 == 39 ? ".a" : "a";
  }
}

TEST_CASE("options that are there stay before the padding", "[dns]") {
  auto message = question("www.example", true);
  const std::array<std::uint8_t, 6> option{0, 10, 0, 2, 0xab, 0xcd};
  message.insert(message.end(), option.begin(), option.end());
  message[message.size() - option.size() - 1] = option.size();
  std::vector<std::uint8_t> buffer;
  const auto padded = pad_query(message, buffer);
  REQUIRE(padded.size() == PaddingBlock);
  CHECK(std::equal(option.begin(), option.end(), padded.begin() + static_cast<std::ptrdiff_t>(message.size() - 6)));
  CHECK(padded[message.size() + 1] == 12);
}

TEST_CASE("a question without EDNS, and what is no question of ours, is left as it is", "[dns]") {
  std::vector<std::uint8_t> buffer;
  auto message = question("www.example", false);
  CHECK(pad_query(message, buffer).data() == message.data());
  message = question("www.example", true);
  message.push_back(0);
  CHECK(pad_query(message, buffer).data() == message.data());
  CHECK(pad_query(std::span{message}.first(5), buffer).size() == 5);
}
