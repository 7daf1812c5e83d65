#include "app/machine.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <optional>
#include <system_error>
#include <unistd.h>

#include "app/text_file.h"

namespace aven::app {
namespace {

constexpr std::uint16_t DnsPort = 53;
constexpr std::string_view Blank = " \t\r";

std::string_view next_word(std::string_view& line) {
  const auto start = line.find_first_not_of(Blank);
  if (start == std::string_view::npos) return {};
  line.remove_prefix(start);
  const std::string_view word = line.substr(0, line.find_first_of(Blank));
  line.remove_prefix(word.size());
  return word;
}

// "192.0.2.1", "2001:db8::1", "fe80::1%eth0"
std::optional<Endpoint> parse_resolver(std::string_view text) {
  const auto percent = text.find('%');
  const auto address = IpAddress::parse(text.substr(0, percent));
  if (!address) return std::nullopt;
  Endpoint endpoint{*address, DnsPort};
  if (percent != std::string_view::npos) {
    endpoint.scope_id = if_nametoindex(std::string{text.substr(percent + 1)}.c_str());
  }
  return endpoint;
}

std::vector<IpAddress> interface_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner{first, freeifaddrs};
  std::vector<IpAddress> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const auto family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage address{};
    std::memcpy(&address, entry->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    addresses.push_back(Endpoint::from_sockaddr(address).address);
  }
  return addresses;
}

}  // namespace

std::vector<Endpoint> parse_resolv_conf(std::string_view text) {
  std::vector<Endpoint> resolvers;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? text.size() : line.size() + 1);
    if (next_word(line) != "nameserver") continue;
    if (const auto resolver = parse_resolver(next_word(line))) resolvers.push_back(*resolver);
  }
  return resolvers;
}

std::string zone_of_link(std::string_view target) {
  constexpr std::string_view Folder = "zoneinfo/";
  const auto place = target.find(Folder);
  return place == std::string_view::npos ? std::string{} : std::string{target.substr(place + Folder.size())};
}

std::string zone_rule(const std::string& zone) {
  if (zone.find("..") != std::string::npos) return {};
  auto text = read_text("/usr/share/zoneinfo/" + zone);
  if (!text || !text->ends_with('\n')) return {};
  text->pop_back();
  return text->substr(text->rfind('\n') + 1);
}

Machine this_machine() {
  Machine machine;
  if (const auto text = read_text("/etc/resolv.conf")) machine.resolvers = parse_resolv_conf(*text);
  machine.addresses = interface_addresses();
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) machine.host_name = name.data();
  std::error_code error;
  const auto link = std::filesystem::read_symlink("/etc/localtime", error);
  if (!error) machine.timezone = zone_of_link(link.string());
  return machine;
}

}  // namespace aven::app
