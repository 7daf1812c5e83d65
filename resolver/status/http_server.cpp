#include "status/http_server.h"

#include <cerrno>
#include <cstring>
#include <microhttpd.h>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace aven::status {
namespace {

constexpr unsigned Connections = 256, ConnectionsPerAddress = 32, SilenceSeconds = 10;
constexpr std::size_t MemoryPerConnection = std::size_t{16} << 10;  // bounds the header
constexpr const char* ContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

struct FreeResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
using ResponsePtr = std::unique_ptr<MHD_Response, FreeResponse>;

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const noexcept { MHD_stop_daemon(daemon); }
};

// A header or a parameter of the request; none if it is not there.
std::optional<std::string> value_of(MHD_Connection* connection, MHD_ValueKind kind, const char* name) {
  const char* value = nullptr;
  std::size_t size = 0;
  if (MHD_lookup_connection_value_n(connection, kind, name, std::strlen(name), &value, &size) != MHD_YES) {
    return std::nullopt;
  }
  return value == nullptr ? std::string{} : std::string{value, size};
}

bool has_body(MHD_Connection* connection) {
  return value_of(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH).value_or("0") != "0" ||
         value_of(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

// RFC 9110 section 13.1.2; ours are strong, so a weak one of a cache in between matches too.
bool is_known(const std::optional<std::string>& if_none_match, std::string_view etag) {
  return if_none_match && (*if_none_match == "*" || if_none_match->find(etag) != std::string::npos);
}

ResponsePtr make_response(std::string_view content, MHD_ResponseMemoryMode mode) {
  // The library does not write to a buffer that it is told to keep or to copy.
  auto* octets = const_cast<char*>(content.data());
  return ResponsePtr{MHD_create_response_from_buffer(content.size(), octets, mode)};
}

bool add_headers(MHD_Response* to, const Response& response) {
  const std::pair<const char*, std::string> headers[] = {
      {MHD_HTTP_HEADER_CONTENT_TYPE, std::string{response.type}},
      {"Content-Security-Policy", ContentSecurityPolicy},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {MHD_HTTP_HEADER_CACHE_CONTROL, response.asset != nullptr ? "no-cache" : "no-store"},
      {MHD_HTTP_HEADER_ETAG, response.asset != nullptr ? std::string{response.asset->etag} : std::string{}},
      {MHD_HTTP_HEADER_ALLOW, response.code == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : ""}};
  for (const auto& [name, value] : headers) {
    if (!value.empty() && MHD_add_response_header(to, name, value.c_str()) != MHD_YES) return false;
  }
  return true;
}

// The address of a Host header without brackets and port.
std::string_view host_name(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

std::string start_error(const Endpoint& listen, int error) {
  return "the status page cannot be served on " + listen.text() + ": " +
         (error != 0 ? std::strerror(error) : "libmicrohttpd does not start") + "; DNS is answered without it";
}

}  // namespace

std::string refusal_of(const Endpoint& listen) {
  if (listen.address.is_loopback()) return {};
  return "the status page is served on loopback addresses only, such as 127.0.0.1:8053: on " + listen.address.text() +
         " it would need a password, which this version does not support yet";
}

bool is_own_host(std::string_view host, const IpAddress& own) noexcept {
  const auto name = host_name(host);
  if (name.size() == 9 && strncasecmp(name.data(), "localhost", 9) == 0) return true;
  const auto address = IpAddress::parse(name);
  return address && (address->is_loopback() || *address == own);
}

struct HttpServer::Impl {
  Impl(const Endpoint& listen, Board& board, ApiOptions options)
      : api(board, std::move(options)), address(listen), own_address(listen.address) {}

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                               const char* version, const char* body, std::size_t* body_size, void** state) noexcept;
  Response answer(MHD_Connection* connection, std::string_view path, std::string_view method);
  MHD_Result respond(MHD_Connection* connection, const Response& response);

  Api api;
  Endpoint address;
  const IpAddress own_address;
  std::unique_ptr<MHD_Daemon, StopDaemon> daemon;  // last: it ends before what it uses
};

// Called first when the header is there. A request that brings a body is answered then and its connection closed:
// no body is ever read. The others are answered at the second call, which keeps the connection.
MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                                        const char*, const char*, std::size_t*, void** state) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  try {
    if (*state == nullptr && !has_body(connection)) {
      *state = self;
      return MHD_YES;
    }
    return impl.respond(connection, impl.answer(connection, path, method));
  } catch (const std::bad_alloc&) {
    return MHD_NO;  // the library closes the connection
  }
}

Response HttpServer::Impl::answer(MHD_Connection* connection, std::string_view path, std::string_view method) {
  const auto host = value_of(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
  if (!host || !is_own_host(*host, own_address)) {
    return error_response(MHD_HTTP_FORBIDDEN, "bad_host", "The request does not name this machine by its address.");
  }
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD) {
    return error_response(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed", "Only GET and HEAD are served.");
  }
  return api.get(path, [&](const char* name) { return value_of(connection, MHD_GET_ARGUMENT_KIND, name); });
}

MHD_Result HttpServer::Impl::respond(MHD_Connection* connection, const Response& response) {
  const bool unchanged =
      response.asset != nullptr &&
      is_known(value_of(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH), response.asset->etag);
  const auto content = unchanged ? std::string_view{} : response.content();
  const auto made = make_response(content, response.asset != nullptr ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
  if (!made || !add_headers(made.get(), response)) return MHD_NO;
  return MHD_queue_response(connection, unchanged ? MHD_HTTP_NOT_MODIFIED : response.code, made.get());
}

HttpServer::HttpServer(Key, std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

const Endpoint& HttpServer::address() const noexcept {
  return impl_->address;
}

Expected<std::unique_ptr<HttpServer>, std::string> HttpServer::start(const Endpoint& listen, Board& board,
                                                                     ApiOptions options) {
  if (auto why = refusal_of(listen); !why.empty()) return Unexpected{std::move(why)};
  auto impl = std::make_unique<Impl>(listen, board, std::move(options));
  sockaddr_storage storage{};
  listen.to_sockaddr(storage);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
  if (!listen.address.is_v4()) flags |= MHD_USE_IPv6;
  errno = 0;
  impl->daemon.reset(MHD_start_daemon(flags, listen.port, nullptr, nullptr, &Impl::on_request, impl.get(),  //
                                      MHD_OPTION_SOCK_ADDR, reinterpret_cast<const sockaddr*>(&storage),    //
                                      MHD_OPTION_CONNECTION_LIMIT, Connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                      ConnectionsPerAddress, MHD_OPTION_CONNECTION_MEMORY_LIMIT, MemoryPerConnection,
                                      MHD_OPTION_CONNECTION_TIMEOUT, SilenceSeconds, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                                      MHD_OPTION_END));
  if (!impl->daemon) return Unexpected{start_error(listen, errno)};
  const auto* port = MHD_get_daemon_info(impl->daemon.get(), MHD_DAEMON_INFO_BIND_PORT);
  if (port != nullptr) impl->address.port = port->port;
  return std::make_unique<HttpServer>(Key{}, std::move(impl));
}

}  // namespace aven::status
