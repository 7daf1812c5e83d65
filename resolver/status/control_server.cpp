#include "status/control_server.h"

#include <cstring>
#include <microhttpd.h>
#include <new>
#include <system_error>
#include <utility>

namespace aven::status {
namespace {

constexpr unsigned Connections = 32, SilenceSeconds = 10;

struct FreeResponse {
  void operator()(MHD_Response* response) const noexcept { MHD_destroy_response(response); }
};
struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const noexcept { MHD_stop_daemon(daemon); }
};

// One request while its body comes in.
struct Incoming {
  std::string body;
  bool too_big = false;
};

MHD_Result respond(MHD_Connection* connection, const Response& response) {
  const auto content = response.content();
  const std::unique_ptr<MHD_Response, FreeResponse> made{
      MHD_create_response_from_buffer(content.size(), const_cast<char*>(content.data()), MHD_RESPMEM_MUST_COPY)};
  if (!made) return MHD_NO;
  const std::string type{response.type};
  if (MHD_add_response_header(made.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type.c_str()) != MHD_YES) return MHD_NO;
  return MHD_queue_response(connection, response.code, made.get());
}

std::optional<std::string> parameter(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
  return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

}  // namespace

struct ControlServer::Impl {
  Impl(std::filesystem::path at, Board& board, ApiOptions options, Act acts)
      : path(std::move(at)), api(board, std::move(options)), act(std::move(acts)) {}
  ~Impl() {
    daemon.reset();
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                               const char* version, const char* body, std::size_t* body_size, void** state) noexcept;
  static void on_end(void* self, MHD_Connection* connection, void** state, MHD_RequestTerminationCode why) noexcept {
    static_cast<void>(self), static_cast<void>(connection), static_cast<void>(why);
    const std::unique_ptr<Incoming> ended{static_cast<Incoming*>(std::exchange(*state, nullptr))};
  }
  Response answer(MHD_Connection* connection, std::string_view at, std::string_view method, Incoming& incoming);

  std::filesystem::path path;
  Api api;
  Act act;
  std::unique_ptr<MHD_Daemon, StopDaemon> daemon;
};

// Called first when the header is there, then for each piece of the body, then once more.
MHD_Result ControlServer::Impl::on_request(void* self, MHD_Connection* connection, const char* path, const char* method,
                                           const char*, const char* body, std::size_t* body_size,
                                           void** state) noexcept {
  try {
    if (*state == nullptr) {
      *state = std::make_unique<Incoming>().release();
      return MHD_YES;
    }
    auto& incoming = *static_cast<Incoming*>(*state);
    if (*body_size > 0) {
      incoming.too_big = incoming.too_big || incoming.body.size() + *body_size > MostBody;
      if (!incoming.too_big) incoming.body.append(body, *body_size);
      *body_size = 0;
      return MHD_YES;
    }
    return respond(connection, static_cast<Impl*>(self)->answer(connection, path, method, incoming));
  } catch (const std::bad_alloc&) {
    return MHD_NO;  // the library closes the connection
  }
}

Response ControlServer::Impl::answer(MHD_Connection* connection, std::string_view at, std::string_view method,
                                     Incoming& incoming) {
  const bool posted = method == MHD_HTTP_METHOD_POST;
  if (!posted && method != MHD_HTTP_METHOD_GET) {
    return error_response(MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_allowed", "Only GET and POST are served.");
  }
  if (incoming.too_big) return error_response(MHD_HTTP_CONTENT_TOO_LARGE, "too_large", "The request is too large.");
  const auto* fact = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  ControlRequest request;
  request.method = posted ? ControlRequest::Method::Post : ControlRequest::Method::Get;
  request.path = at;
  request.body = std::move(incoming.body);
  request.account = fact == nullptr ? "unknown" : peer_account(fact->connect_fd);
  request.parameters = [connection](const char* name) { return parameter(connection, name); };
  // What is asked for may take longer than a silent connection may last.
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
  if (auto own = act(request)) return std::move(*own);
  if (posted) return error_response(MHD_HTTP_NOT_FOUND, "not_found", "There is nothing at this path.");
  return api.get(at, request.parameters, {request.account, Role::Operator});
}

ControlServer::ControlServer(Key, std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;

Expected<std::unique_ptr<ControlServer>, UnixSocketError> ControlServer::start(const std::filesystem::path& path,
                                                                               const std::string& group, Board& board,
                                                                               ApiOptions options, Act act) {
  auto listening = listen_unix(path, group);
  if (!listening) return Unexpected{std::move(listening.error())};
  auto impl = std::make_unique<Impl>(path, board, std::move(options), std::move(act));
  impl->daemon.reset(
      MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0,
                       nullptr, nullptr, &Impl::on_request, impl.get(), MHD_OPTION_LISTEN_SOCKET, listening->get(),
                       MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_end, nullptr, MHD_OPTION_CONNECTION_LIMIT, Connections,
                       MHD_OPTION_CONNECTION_TIMEOUT, SilenceSeconds, MHD_OPTION_END));
  if (!impl->daemon) return Unexpected{UnixSocketError{UnixSocketError::Kind::Other, "libmicrohttpd does not start"}};
  listening->release();  // the library closes it
  return std::make_unique<ControlServer>(Key{}, std::move(impl));
}

}  // namespace aven::status
