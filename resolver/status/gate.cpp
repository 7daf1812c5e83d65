#include "status/gate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <strings.h>
#include <utility>

#include "base/log.h"
#include "status/password.h"
#include "status/status_json.h"

namespace aven::status {
namespace {

constexpr std::string_view SessionPath = "/api/v1/session", LoginPage = "/login.html";
constexpr std::string_view Json = "application/json; charset=utf-8";
// Of no password: takes as long as that of an account, so that time does not tell which names there are.
constexpr std::string_view NoAccountHash =
    "scrypt:15:8:1:00000000000000000000000000000000:"
    "0000000000000000000000000000000000000000000000000000000000000000";

// The address of a Host header without brackets and port.
std::string_view host_name(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_monitoring(std::string_view path) noexcept {
  return path == "/metrics" || path == "/healthz" || path == "/readyz";
}

bool reads_only(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD";
}

Response with_header(Response response, const char* name, std::string value) {
  response.headers.emplace_back(name, std::move(value));
  return response;
}

Response method_not_allowed(std::string allowed) {
  return with_header(error_response(405, "method_not_allowed", "Only " + allowed + " are served here."), "Allow",
                     std::move(allowed));
}

Response login_required() {
  return error_response(401, "login_required", "An account is needed: log in at /login.html.");
}

bool is_same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// A page of another origin can neither set this header nor leave it out of what it posts.
bool comes_from_own_page(const Request& request) {
  const auto origin = request.header("Origin"), host = request.header("Host");
  if (!origin || !host) return false;
  const auto scheme_end = origin->find("://");
  return scheme_end != std::string::npos && origin->substr(scheme_end + 3) == *host;
}

struct Credentials {
  std::string account, password;
};

std::optional<Credentials> read_credentials(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("account") || !json.contains("password")) return std::nullopt;
  const auto &account = json["account"], &password = json["password"];
  if (!account.is_string() || !password.is_string()) return std::nullopt;
  return Credentials{account.get<std::string>(), password.get<std::string>()};
}

Response session_response(const Visitor& visitor, bool login) {
  const nlohmann::ordered_json json{{"login", login}, {"account", visitor.account}, {"role", role_key(visitor.role)}};
  return {200, Json, json.dump(), nullptr};
}

}  // namespace

bool is_own_host(std::string_view host, const IpAddress& own) noexcept {
  const auto name = host_name(host);
  if (name.size() == 9 && strncasecmp(name.data(), "localhost", 9) == 0) return true;
  const auto address = IpAddress::parse(name);
  return address && (address->is_loopback() || *address == own);
}

Gate::Gate(Api& api, GateOptions options, RandomSource& random)
    : api_(api),
      options_(std::move(options)),
      random_(random),
      secrets_(std::make_shared<const Secrets>()),
      sessions_(options_.session_length) {}

void Gate::set_secrets(Secrets secrets) {
  auto fresh = std::make_shared<const Secrets>(std::move(secrets));
  secrets_.with([&](auto& kept) { kept.swap(fresh); });
}

bool Gate::wants_body(std::string_view method, std::string_view path) noexcept {
  return method == "POST" && path == SessionPath;
}

Response Gate::answer(const Request& request) {
  // Without accounts a name that leads here by DNS would open the page to a stranger's script (DNS rebinding).
  if (!options_.login && !is_own_host(request.header("Host").value_or(""), options_.own)) {
    return error_response(403, "bad_host", "The request does not name this machine by its address.");
  }
  const auto secrets = secrets_.with([](const auto& kept) { return kept; });
  if (request.path == SessionPath) return session(request, *secrets);
  if (!reads_only(request.method)) return method_not_allowed("GET, HEAD");
  if (is_monitoring(request.path)) {
    if (auto no = refuse_monitoring(request, *secrets)) return std::move(*no);
    return api_.get(request.path, request.parameter, {"", Role::Viewer});
  }
  const auto visitor = visitor_of(request, *secrets);
  if (visitor) return api_.get(request.path, request.parameter, *visitor);
  if (request.path == "/") {
    return with_header({303, "text/plain; charset=utf-8", "Log in first.\n", nullptr}, "Location",
                       std::string{LoginPage});
  }
  return Api::is_public(request.path) ? api_.get(request.path, request.parameter, {"", Role::Viewer})
                                      : login_required();
}

std::optional<Visitor> Gate::visitor_of(const Request& request, const Secrets& secrets) {
  if (!options_.login) return Visitor{};
  const auto secret = request.cookie(cookie_name());
  return secret ? sessions_.find(*secret, secrets.accounts, options_.clock()) : std::nullopt;
}

std::optional<Response> Gate::refuse_monitoring(const Request& request, const Secrets& secrets) const {
  const auto peer = request.peer.unmapped();
  const auto& from = options_.monitoring_from;
  if (std::none_of(from.begin(), from.end(), [&](const Prefix& network) { return network.contains(peer); })) {
    return error_response(403, "not_allowed", "This address is not in status.monitoring.allow_from.");
  }
  if (secrets.monitoring_token.empty()) return std::nullopt;
  const auto given = request.header("Authorization").value_or("");
  if (is_same(given, "Bearer " + secrets.monitoring_token)) return std::nullopt;
  return with_header(error_response(401, "bad_token", "The bearer token is missing or wrong."), "WWW-Authenticate",
                     "Bearer");
}

Response Gate::session(const Request& request, const Secrets& secrets) {
  if (reads_only(request.method)) {
    const auto visitor = visitor_of(request, secrets);
    return visitor ? session_response(*visitor, options_.login) : login_required();
  }
  if (request.method != "POST" && request.method != "DELETE") return method_not_allowed("GET, HEAD, POST, DELETE");
  if (!comes_from_own_page(request)) {
    return error_response(403, "bad_origin", "Log-in and log-out come from the page itself.");
  }
  return request.method == "POST" ? log_in(request, secrets) : log_out(request);
}

Response Gate::log_in(const Request& request, const Secrets& secrets) {
  const auto given = read_credentials(request.body);
  if (!given) return error_response(400, "bad_request", "The body must be JSON with account and password.");
  if (!limits_.take(request.peer, options_.clock())) {
    return with_header(error_response(429, "too_many", "Too many attempts; wait some minutes."), "Retry-After", "180");
  }
  const auto* account = secrets.accounts.find(given->account);
  const bool fits = given->password.size() <= MostPassword &&
                    password_matches(given->password, account != nullptr ? account->hash : NoAccountHash);
  if (account == nullptr || !fits) {
    if (account != nullptr) log::warn("A log-in to the status page as {} failed.", account->name);
    return error_response(403, "bad_login", "Account or password is wrong.");
  }
  limits_.succeeded(request.peer);
  log::info("{} logged in to the status page.", account->name);
  if (options_.logged_in) options_.logged_in(account->name);
  const auto secret = sessions_.start(*account, options_.clock(), random_);
  return with_header(session_response({account->name, account->role}, true), "Set-Cookie",
                     cookie(secret, options_.session_length));
}

Response Gate::log_out(const Request& request) {
  if (const auto secret = request.cookie(cookie_name())) sessions_.end(*secret);
  return with_header({204, {}, {}, nullptr}, "Set-Cookie", cookie("", Duration::zero()));
}

const char* Gate::cookie_name() const noexcept {
  return options_.encrypted ? "__Host-aven" : "aven";
}

std::string Gate::cookie(std::string_view secret, Duration lives) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lives).count();
  return std::string{cookie_name()} + '=' + std::string{secret} +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) +
         (options_.encrypted ? "; Secure" : "");
}

}  // namespace aven::status
