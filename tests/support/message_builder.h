// MessageBuilder: DNS messages for tests, octet by octet, the wrong ones too. Names are given as text, uncompressed;
// pointers are written by hand.
// Thread: any.   Lifetime: wire() points into the builder.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/wire.h"

namespace aven::test {

class MessageBuilder {
 public:
  explicit MessageBuilder(std::uint16_t flags = 0x0100, std::uint16_t id = 0x1234) {
    u16(id).u16(flags);
    for (int i = 0; i < 4; ++i) u16(0);
  }

  MessageBuilder& u8(unsigned value) {
    wire_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  MessageBuilder& u16(unsigned value) { return u8(value >> 8).u8(value & 0xff); }
  MessageBuilder& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
  MessageBuilder& bytes(std::span<const std::uint8_t> octets) {
    wire_.insert(wire_.end(), octets.begin(), octets.end());
    return *this;
  }
  // Case is kept; labels are plain text without escapes.
  MessageBuilder& name(std::string_view text) {
    while (!text.empty() && text != ".") {
      const auto label = text.substr(0, text.find('.'));
      u8(static_cast<unsigned>(label.size()));
      for (const char c : label) u8(static_cast<std::uint8_t>(c));
      text.remove_prefix(label.size() == text.size() ? label.size() : label.size() + 1);
    }
    return u8(0);
  }
  MessageBuilder& pointer(std::size_t target) { return u16(static_cast<unsigned>(0xc000 | target)); }

  MessageBuilder& question(std::string_view text, dns::Type type = dns::Type::A, dns::Class class_ = dns::Class::IN) {
    add_to_count(4);
    return name(text).u16(static_cast<unsigned>(type)).u16(static_cast<unsigned>(class_));
  }
  // A record whose RDATA is what `write(*this)` appends.
  template <class Write>
  MessageBuilder& record(dns::Section section, std::string_view owner, dns::Type type, std::uint32_t ttl, Write write) {
    add_to_count(6 + 2 * static_cast<std::size_t>(section));
    name(owner).u16(static_cast<unsigned>(type)).u16(1).u32(ttl);
    return rdata(write);
  }
  MessageBuilder& record(dns::Section section, std::string_view owner, dns::Type type, std::uint32_t ttl,
                         std::initializer_list<std::uint8_t> octets) {
    return record(section, owner, type, ttl, [&](auto& message) { message.bytes({octets.begin(), octets.size()}); });
  }
  MessageBuilder& address(std::string_view owner, std::uint32_t ttl, std::uint8_t last) {
    return record(dns::Section::Answer, owner, dns::Type::A, ttl, {192, 0, 2, last});
  }
  MessageBuilder& alias(std::string_view owner, std::uint32_t ttl, std::string_view target,
                        dns::Type type = dns::Type::CNAME) {
    return record(dns::Section::Answer, owner, type, ttl, [&](auto& message) { message.name(target); });
  }
  MessageBuilder& soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
    return record(dns::Section::Authority, owner, dns::Type::SOA, ttl, [&](auto& message) {
      message.name("ns.example").name("hostmaster.example");
      for (const std::uint32_t number : {7U, 3600U, 600U, 86400U, minimum}) message.u32(number);
    });
  }
  MessageBuilder& opt(unsigned udp_size = 1232, std::uint32_t ttl = 0, std::span<const std::uint8_t> options = {}) {
    add_to_count(10);
    u8(0).u16(41).u16(udp_size).u32(ttl);
    return rdata([&](auto& message) { message.bytes(options); });
  }
  template <class Write>
  MessageBuilder& rdata(Write write) {
    const std::size_t at = wire_.size();
    u16(0);
    write(*this);
    const std::size_t size = wire_.size() - at - 2;
    wire_[at] = static_cast<std::uint8_t>(size >> 8);
    wire_[at + 1] = static_cast<std::uint8_t>(size);
    return *this;
  }
  // Adds one to the count that stands at `position` of the header.
  MessageBuilder& add_to_count(std::size_t position) {
    const auto count = static_cast<unsigned>(wire_[position] << 8 | wire_[position + 1]) + 1;
    wire_[position] = static_cast<std::uint8_t>(count >> 8);
    wire_[position + 1] = static_cast<std::uint8_t>(count);
    return *this;
  }
  MessageBuilder& cut(std::size_t octets) {
    wire_.resize(wire_.size() - octets);
    return *this;
  }

  std::size_t size() const { return wire_.size(); }
  std::span<const std::uint8_t> wire() const { return wire_; }

 private:
  std::vector<std::uint8_t> wire_;
};

inline dns::Name name_of(std::string_view text) {
  const auto name = dns::Name::from_text(text);
  if (!name) throw std::invalid_argument{"not a name: " + std::string{text}};
  return *name;
}

}  // namespace aven::test
