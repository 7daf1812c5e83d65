#include "app/server_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "dns/name.h"

namespace aven::app {
namespace {

using upstream::Protocol;
using upstream::Server;

constexpr std::uint16_t DnsPort = 53, TlsPort = 853, HttpsPort = 443;
constexpr std::string_view TlsScheme = "tls://", HttpsScheme = "https://", HttpScheme = "http://";
constexpr std::string_view DnsTemplate = "{?dns}", AddrKey = "addr=";

// Also an IPv6 address in brackets without a port.
std::optional<Endpoint> parse_endpoint(std::string_view text, std::uint16_t port) {
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto address = IpAddress::parse(text.substr(1, text.size() - 2));
    if (!address || address->is_v4()) return std::nullopt;
    return Endpoint{*address, port};
  }
  if (const auto address = IpAddress::parse(text)) return Endpoint{*address, port};
  return Endpoint::parse(text, port);
}

// A name that a certificate can be for, or an address.
bool is_tls_name(std::string_view text) {
  if (IpAddress::parse(text)) return true;
  const auto is_odd = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return !letter && c != '-' && c != '_' && c != '.';
  };
  if (std::any_of(text.begin(), text.end(), is_odd)) return false;
  const auto name = dns::Name::from_text(text);
  return name && !name->is_root();
}

std::string_view without_final_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool can_be_asked(const Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified();
}

Unexpected<std::string> wrong(std::string_view text, std::string_view why) {
  return {'"' + std::string{text} + "\" " + std::string{why}};
}

Expected<Server, std::string> parse_tls(std::string_view text) {
  constexpr std::string_view Form = "is not of the form tls://ADDRESS#NAME or tls://ADDRESS:PORT#NAME";
  const std::string_view rest = text.substr(TlsScheme.size());
  const auto hash = rest.find('#');
  if (hash == std::string_view::npos) {
    return wrong(text, "needs the name of its certificate behind a #: tls://ADDRESS#NAME");
  }
  const auto name = without_final_dot(rest.substr(hash + 1));
  const auto endpoint = parse_endpoint(rest.substr(0, hash), TlsPort);
  if (!endpoint && is_tls_name(rest.substr(0, hash))) {
    return wrong(text, "names the server; give its address: tls://ADDRESS#NAME");
  }
  if (!endpoint || !can_be_asked(*endpoint) || !is_tls_name(name)) return wrong(text, Form);

  Server server;
  server.endpoint = *endpoint;
  server.protocol = Protocol::Tls;
  server.tls_name = name;
  server.trust_ad = true;
  return server;
}

// The port at the end of "host:port"; `fallback` without one, nothing if it is no port.
std::optional<std::uint16_t> take_port(std::string_view& host, std::uint16_t fallback) {
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos) return fallback;
  const std::string_view digits = host.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  host = host.substr(0, colon);
  return port;
}

// The parts of "NAME[:PORT]/PATH[?addr=ADDRESS]"; providers also write "/dns-query{?dns}" (RFC 8484 section 3).
struct HttpsParts {
  std::string_view host, path, query;
};

std::optional<HttpsParts> split_https(std::string_view rest) {
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  HttpsParts parts{rest.substr(0, slash), rest.substr(slash), {}};
  if (parts.path.ends_with(DnsTemplate)) parts.path.remove_suffix(DnsTemplate.size());
  if (const auto mark = parts.path.find('?'); mark != std::string_view::npos) {
    parts.query = parts.path.substr(mark + 1);
    parts.path = parts.path.substr(0, mark);
  }
  const auto is_odd = [](char c) {
    return c <= ' ' || c > '~' || std::string_view{"#{}\"<>\\^`|"}.find(c) != std::string_view::npos;
  };
  if (std::any_of(parts.path.begin(), parts.path.end(), is_odd)) return std::nullopt;
  return parts;
}

Expected<Server, std::string> parse_https(std::string_view text) {
  constexpr std::string_view Form = "is not of the form https://NAME/PATH?addr=ADDRESS or https://ADDRESS/PATH";
  const auto parts = split_https(text.substr(HttpsScheme.size()));
  if (!parts) return wrong(text, Form);

  Server server;
  server.protocol = Protocol::Https;
  server.path = parts->path;
  server.trust_ad = true;
  if (const auto endpoint = parse_endpoint(parts->host, HttpsPort)) {
    if (!can_be_asked(*endpoint) || !parts->query.empty()) return wrong(text, Form);
    server.endpoint = *endpoint;
    server.tls_name = endpoint->address.text();
    return server;
  }
  std::string_view host = parts->host;
  const auto port = take_port(host, HttpsPort);
  host = without_final_dot(host);
  if (!port || !is_tls_name(host)) return wrong(text, Form);
  server.tls_name = host;
  server.endpoint.port = *port;
  if (parts->query.empty()) return server;
  if (!parts->query.starts_with(AddrKey)) return wrong(text, Form);
  auto address_text = parts->query.substr(AddrKey.size());
  if (address_text.starts_with('[') && address_text.ends_with(']'))
    address_text = address_text.substr(1, address_text.size() - 2);
  const auto address = IpAddress::parse(address_text);
  if (!address || address->is_unspecified()) return wrong(text, "has no address behind addr=");
  server.endpoint.address = *address;
  return server;
}

}  // namespace

Expected<Server, std::string> parse_server(std::string_view text) {
  if (text.starts_with(TlsScheme)) return parse_tls(text);
  if (text.starts_with(HttpsScheme)) return parse_https(text);
  if (text.starts_with(HttpScheme)) return wrong(text, "is not encrypted; DNS over HTTP needs https://");
  const auto endpoint = parse_endpoint(text, DnsPort);
  if (!endpoint || !can_be_asked(*endpoint)) {
    return wrong(text,
                 "is not a server: give an address such as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, "
                 "tls://ADDRESS#NAME, https://NAME/PATH?addr=ADDRESS, or \"system\"");
  }
  Server server;
  server.endpoint = *endpoint;
  server.trust_ad = endpoint->address.is_loopback();
  return server;
}

}  // namespace aven::app
