#include "pipeline/special_names.h"

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/check.h"

namespace aven::pipeline {
namespace {

using Kind = SpecialZone::Kind;

class Table {
 public:
  Table() {
    add("localhost", Kind::Localhost, false);
    add("invalid", Kind::Denied, false);
    add("onion", Kind::Denied, false);
    for (const char* apex : {"test", "local", "6tisch.arpa", "eap-noob.arpa"}) add(apex, Kind::Denied, true);
    for (const char* apex : {"home.arpa", "service.arpa"}) add(apex, Kind::Empty, true);
    add("resolver.arpa", Kind::Discovery, false);
    add_reverse_zones();
  }

  const SpecialZone* find(const dns::Name& name) const noexcept {
    if (!may_be_special(name)) return nullptr;
    auto wire = name.wire();
    for (std::size_t labels = name.label_count(); labels > 0; --labels) {
      if (labels <= longest_) {
        const auto found = zones_.find(key(wire));
        if (found != zones_.end()) return &found->second;
      }
      wire = wire.subspan(wire[0] + 1U);
    }
    return nullptr;
  }

 private:
  static std::string_view key(std::span<const std::uint8_t> wire) noexcept {
    return {reinterpret_cast<const char*>(wire.data()), wire.size()};
  }

  // Every special name ends in one of six labels; nearly every other name is told from them by its last one.
  static bool may_be_special(const dns::Name& name) noexcept {
    static constexpr std::array<std::string_view, 6> Ends{std::string_view{"\4arpa\0", 6},
                                                          {"\5local\0", 7},
                                                          {"\11localhost\0", 11},
                                                          {"\4test\0", 6},
                                                          {"\5onion\0", 7},
                                                          {"\7invalid\0", 9}};
    const std::string_view wire = key(name.wire());
    for (const auto end : Ends) {
      if (wire.ends_with(end)) return true;
    }
    return false;
  }

  void add(std::string_view apex, Kind kind, bool routable, bool private_reverse = false) {
    const auto name = dns::Name::from_text(apex);
    AVEN_CHECK(name.has_value());
    zones_.emplace(key(name->wire()), SpecialZone{kind, routable, private_reverse, name->label_count()});
    longest_ = std::max(longest_, name->label_count());
  }

  void add_reverse_zones() {
    // RFC 6303 section 4.1 and RFC 7793: private and shared networks.
    for (const char* apex : {"10.in-addr.arpa", "168.192.in-addr.arpa", "254.169.in-addr.arpa", "d.f.ip6.arpa",
                             "8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa"}) {
      add(apex, Kind::Empty, true, true);
    }
    for (int i = 16; i <= 31; ++i) add(std::to_string(i) + ".172.in-addr.arpa", Kind::Empty, true, true);
    for (int i = 64; i <= 127; ++i) add(std::to_string(i) + ".100.in-addr.arpa", Kind::Empty, true, true);
    // RFC 6303 sections 4.2 to 4.6: this host, documentation, broadcast.
    for (const char* apex : {"0.in-addr.arpa", "127.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa",
                             "113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"}) {
      add(apex, Kind::Empty, true);
    }
    std::string zeros;
    for (int i = 0; i < 31; ++i) zeros += "0.";
    add("0." + zeros + "ip6.arpa", Kind::Empty, true);
    add("1." + zeros + "ip6.arpa", Kind::Empty, true);
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, SpecialZone, Hash, std::equal_to<>> zones_;
  std::size_t longest_ = 0;
};

}  // namespace

const SpecialZone* find_special_zone(const dns::Name& name) noexcept {
  static const Table table;
  return table.find(name);
}

const dns::Name& own_probe_name() noexcept {
  static const dns::Name name = *dns::Name::from_text("aven-probe.invalid");
  return name;
}

bool is_discovery(const dns::Name& name) noexcept {
  const SpecialZone* zone = find_special_zone(name);
  return zone != nullptr && zone->kind == SpecialZone::Kind::Discovery;
}

}  // namespace aven::pipeline
