#include "app/server_text.h"

#include <charconv>
#include <optional>

#include "dns/name.h"

namespace aven::app {
namespace {

using upstream::Protocol;
using upstream::Server;

constexpr std::uint16_t DnsPort = 53, TlsPort = 853, HttpsPort = 443;
constexpr std::string_view TlsScheme = "tls://", HttpsScheme = "https://";

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

bool is_host_name(std::string_view text) {
  const auto name = dns::Name::from_text(text);
  return name && !name->is_root();
}

Unexpected<std::string> wrong(std::string_view text, std::string_view expected) {
  return {'"' + std::string{text} + "\" is not " + std::string{expected}};
}

Expected<Server, std::string> parse_tls(std::string_view text) {
  constexpr std::string_view Form = "of the form tls://ADDRESS#NAME or tls://ADDRESS:PORT#NAME";
  const std::string_view rest = text.substr(TlsScheme.size());
  const auto hash = rest.find('#');
  if (hash == std::string_view::npos || !is_host_name(rest.substr(hash + 1))) return wrong(text, Form);
  const auto endpoint = parse_endpoint(rest.substr(0, hash), TlsPort);
  if (!endpoint) return wrong(text, Form);

  Server server;
  server.endpoint = *endpoint;
  server.protocol = Protocol::Tls;
  server.tls_name = rest.substr(hash + 1);
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

Expected<Server, std::string> parse_https(std::string_view text) {
  constexpr std::string_view Form = "of the form https://NAME/PATH or https://ADDRESS/PATH";
  const std::string_view rest = text.substr(HttpsScheme.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return wrong(text, Form);

  Server server;
  server.protocol = Protocol::Https;
  server.path = rest.substr(slash);
  server.trust_ad = true;
  std::string_view host = rest.substr(0, slash);
  if (const auto endpoint = parse_endpoint(host, HttpsPort)) {
    server.endpoint = *endpoint;
    server.tls_name = endpoint->address.text();
    return server;
  }
  const auto port = take_port(host, HttpsPort);
  if (!port || !is_host_name(host)) return wrong(text, Form);
  server.endpoint.port = *port;
  server.tls_name = host;
  return server;
}

}  // namespace

Expected<Server, std::string> parse_server(std::string_view text) {
  if (text.starts_with(TlsScheme)) return parse_tls(text);
  if (text.starts_with(HttpsScheme)) return parse_https(text);
  const auto endpoint = parse_endpoint(text, DnsPort);
  if (!endpoint || endpoint->port == 0 || endpoint->address.is_unspecified()) {
    return wrong(text,
                 "a server: give an address such as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, or \"system\"");
  }
  Server server;
  server.endpoint = *endpoint;
  server.trust_ad = endpoint->address.is_loopback();
  return server;
}

}  // namespace aven::app
