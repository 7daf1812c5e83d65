#include "status/http_server.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <microhttpd.h>
#include <new>
#include <utility>
#include <vector>

#include "status/compression.h"
#include "status/connection_ages.h"

namespace aven::status {
namespace {

constexpr unsigned Connections = 256, ConnectionsPerAddress = 32, SilenceSeconds = 10;
constexpr Duration RequestTime = std::chrono::seconds{20};
constexpr std::size_t MemoryPerConnection = std::size_t{16} << 10;  // bounds the header
constexpr std::size_t MostBody = 2048, LeastCompressed = 1024;
constexpr int Quick = 1, Small = 9;  // levels of zlib
constexpr const char* TlsPriorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE";

constexpr std::pair<const char*, const char*> Protections[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"}};

struct FreeResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
using ResponsePtr = std::unique_ptr<MHD_Response, FreeResponse>;

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const noexcept { MHD_stop_daemon(daemon); }
};

// What is known of a request between the library's calls.
struct Pending {
  std::string body;
};

// A header, cookie or parameter of the request; none if it is not there.
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

IpAddress peer_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  sockaddr_storage storage{};
  if (info != nullptr && info->client_addr != nullptr) {
    std::memcpy(&storage, info->client_addr,
                info->client_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
  }
  return Endpoint::from_sockaddr(storage).address;
}

int descriptor_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

// RFC 9110 section 13.1.2; ours are strong, so a weak one of a cache in between matches too.
bool is_known(const std::optional<std::string>& if_none_match, std::string_view etag) {
  return if_none_match && !etag.empty() && (*if_none_match == "*" || if_none_match->find(etag) != std::string::npos);
}

// What goes out in the end.
struct Body {
  std::string_view content;
  std::string etag;  // empty: none
  bool compressed = false;
  bool lasts = false;  // longer than the call
};

ResponsePtr make_response(const Body& body) {
  // The library does not write to a buffer that it is told to keep or to copy.
  auto* octets = const_cast<char*>(body.content.data());
  return ResponsePtr{MHD_create_response_from_buffer(body.content.size(), octets,
                                                     body.lasts ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY)};
}

bool add_headers(MHD_Response* to, const Response& response, const Body& body) {
  const auto add = [to](const char* name, const std::string& value) {
    return value.empty() || MHD_add_response_header(to, name, value.c_str()) == MHD_YES;
  };
  bool done = true;
  for (const auto& [name, value] : Protections) done = done && add(name, value);
  for (const auto& [name, value] : response.headers) done = done && add(name, value);
  return done && add(MHD_HTTP_HEADER_CONTENT_TYPE, std::string{response.type}) &&
         add(MHD_HTTP_HEADER_CONTENT_ENCODING, body.compressed ? "gzip" : "") &&
         add(MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING) &&
         add(MHD_HTTP_HEADER_CACHE_CONTROL, response.asset != nullptr ? "no-cache" : "no-store") &&
         add(MHD_HTTP_HEADER_ETAG, body.etag);
}

std::string start_error(const Endpoint& listen, int error) {
  return "the status page cannot be served on " + listen.text() + ": " +
         (error != 0 ? std::strerror(error) : "libmicrohttpd does not start") + "; DNS is answered without it";
}

}  // namespace

struct HttpServer::Impl {
  Impl(HttpOptions options_, Board& board, ApiOptions api_options)
      : options(std::move(options_)),
        clock(options.gate.clock),
        api(board, std::move(api_options)),
        gate(api, options.gate, random),
        address(options.listen) {}

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                               const char* version, const char* body, std::size_t* body_size, void** state) noexcept;
  static void on_done(void* self, MHD_Connection* connection, void** state, MHD_RequestTerminationCode) noexcept;
  static void on_connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode) noexcept;
  std::vector<MHD_OptionItem> tls_options();
  void launch();
  MHD_Result answer(MHD_Connection* connection, std::string_view path, std::string_view method, std::string_view body);
  MHD_Result respond(MHD_Connection* connection, const Response& response);
  Body body_of(const Response& response, bool compress);

  const HttpOptions options;
  const std::function<Tick()> clock;
  Api api;
  SystemRandom random;
  Gate gate;
  Endpoint address;
  ConnectionAges ages{RequestTime};
  std::map<const Asset*, std::string> compressed_assets;  // each when it is first asked for
  std::string compressed;                                 // the body of this call
  std::unique_ptr<MHD_Daemon, StopDaemon> daemon;         // last: it ends before what it uses
};

// Called first when the header is there, then with each part of the body, then once more. A request whose body nobody
// wants is answered at the first call and its connection closed; the others at the last call, which keeps it.
MHD_Result HttpServer::Impl::on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                                        const char*, const char* part, std::size_t* part_size, void** state) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  try {
    if (*state == nullptr) {
      if (has_body(connection) && !Gate::wants_body(method, path)) return impl.answer(connection, path, method, {});
      *state = std::make_unique<Pending>().release();  // on_done() frees it
      return MHD_YES;
    }
    auto& body = static_cast<Pending*>(*state)->body;
    if (*part_size == 0) return impl.answer(connection, path, method, body);
    if (body.size() + *part_size > MostBody) return MHD_NO;
    body.append(part, *part_size);
    *part_size = 0;
    return MHD_YES;
  } catch (const std::bad_alloc&) {
    return MHD_NO;  // the library closes the connection
  }
}

void HttpServer::Impl::on_done(void* self, MHD_Connection* connection, void** state,
                               MHD_RequestTerminationCode) noexcept {
  const std::unique_ptr<Pending> freed{static_cast<Pending*>(*state)};
  *state = nullptr;
  auto& impl = *static_cast<Impl*>(self);
  impl.ages.answered(descriptor_of(connection), impl.clock());
}

void HttpServer::Impl::on_connection(void* self, MHD_Connection* connection, void**,
                                     MHD_ConnectionNotificationCode what) noexcept {
  auto& impl = *static_cast<Impl*>(self);
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    impl.ages.opened(descriptor_of(connection), impl.clock());
  } else {
    impl.ages.closed(descriptor_of(connection));
  }
}

MHD_Result HttpServer::Impl::answer(MHD_Connection* connection, std::string_view path, std::string_view method,
                                    std::string_view body) {
  const auto values = [connection](MHD_ValueKind kind) {
    return [connection, kind](const char* name) { return value_of(connection, kind, name); };
  };
  return respond(connection, gate.answer({method, path, peer_of(connection), values(MHD_HEADER_KIND),
                                          values(MHD_GET_ARGUMENT_KIND), values(MHD_COOKIE_KIND), body}));
}

Body HttpServer::Impl::body_of(const Response& response, bool compress) {
  Body body{response.content(), {}, false, response.asset != nullptr};
  if (response.asset != nullptr) body.etag = response.asset->etag;
  if (!compress || body.content.size() < LeastCompressed) return body;
  auto& packed = response.asset != nullptr ? compressed_assets[response.asset] : compressed;
  if (response.asset == nullptr || packed.empty()) {
    packed = gzip(body.content, response.asset != nullptr ? Small : Quick).value_or("");
  }
  if (packed.empty()) return body;
  body.content = packed;
  body.compressed = true;
  if (!body.etag.empty()) body.etag.insert(body.etag.size() - 1, "-gzip");  // other octets, another tag
  return body;
}

MHD_Result HttpServer::Impl::respond(MHD_Connection* connection, const Response& response) {
  const auto header = [&](const char* name) { return value_of(connection, MHD_HEADER_KIND, name); };
  Body body = body_of(response, accepts_gzip(header(MHD_HTTP_HEADER_ACCEPT_ENCODING).value_or("")));
  const bool unchanged = response.code == 200 && is_known(header(MHD_HTTP_HEADER_IF_NONE_MATCH), body.etag);
  if (unchanged) body.content = {};
  const auto made = make_response(body);
  if (!made || !add_headers(made.get(), response, body)) return MHD_NO;
  return MHD_queue_response(connection, unchanged ? MHD_HTTP_NOT_MODIFIED : response.code, made.get());
}

std::vector<MHD_OptionItem> HttpServer::Impl::tls_options() {
  std::vector<MHD_OptionItem> items;
  const auto add = [&items](MHD_OPTION option, const char* text) {
    items.push_back({option, 0, const_cast<char*>(text)});  // read only
  };
  if (!options.certificate.empty()) {
    add(MHD_OPTION_HTTPS_MEM_CERT, options.certificate.c_str());
    add(MHD_OPTION_HTTPS_MEM_KEY, options.key.c_str());
    add(MHD_OPTION_HTTPS_PRIORITIES, TlsPriorities);
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  return items;
}

void HttpServer::Impl::launch() {
  sockaddr_storage storage{};
  options.listen.to_sockaddr(storage);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
  if (!options.listen.address.is_v4()) flags |= MHD_USE_IPv6;
  if (!options.certificate.empty()) flags |= MHD_USE_TLS;
  auto tls = tls_options();
  daemon.reset(MHD_start_daemon(
      flags, options.listen.port, nullptr, nullptr, &Impl::on_request, this,                                        //
      MHD_OPTION_SOCK_ADDR, reinterpret_cast<const sockaddr*>(&storage),                                            //
      MHD_OPTION_CONNECTION_LIMIT, Connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, ConnectionsPerAddress,          //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, MemoryPerConnection, MHD_OPTION_CONNECTION_TIMEOUT, SilenceSeconds,       //
      MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_done, this, MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this,  //
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls.data(), MHD_OPTION_END));
  if (!daemon) return;
  const auto* port = MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_BIND_PORT);
  if (port != nullptr) address.port = port->port;
}

HttpServer::HttpServer(Key, std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

const Endpoint& HttpServer::address() const noexcept {
  return impl_->address;
}

void HttpServer::set_secrets(Secrets secrets) {
  impl_->gate.set_secrets(std::move(secrets));
}

void HttpServer::end_slow(Tick now) {
  impl_->ages.end_slow(now);
}

Expected<std::unique_ptr<HttpServer>, std::string> HttpServer::start(HttpOptions options, Board& board,
                                                                     ApiOptions api) {
  options.gate.own = options.listen.address;
  options.gate.encrypted = !options.certificate.empty();
  auto impl = std::make_unique<Impl>(std::move(options), board, std::move(api));
  errno = 0;
  impl->launch();
  if (!impl->daemon) return Unexpected{start_error(impl->options.listen, errno)};
  return std::make_unique<HttpServer>(Key{}, std::move(impl));
}

}  // namespace aven::status
