// Gate: stands before the API and decides who may do what: hosts, methods, accounts, sessions, monitoring. The open page
// of a loopback address needs no account; every other asks for one. Nothing changes by GET; log-in and log-out come from
// the page itself or not at all (Origin, SameSite cookie).
// Thread: answer() is the HTTP thread's; any thread may call set_secrets().
// Lifetime: what it is given must outlive it.
// Fails: by status codes with one sentence.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/net_address.h"
#include "base/random.h"
#include "base/tick.h"
#include "status/accounts.h"
#include "status/api.h"
#include "status/login_limits.h"
#include "status/request.h"
#include "status/sessions.h"

namespace aven::status {

// What files hold that only Aven may read. They may change while it runs.
struct Secrets {
  Accounts accounts;
  std::string monitoring_token;  // empty: none is asked for
};

struct GateOptions {
  IpAddress own;           // where it listens
  bool login = false;      // an account is needed
  bool encrypted = false;  // the cookie is for TLS alone
  Duration session_length = std::chrono::hours{12};
  std::vector<Prefix> monitoring_from;  // who may read /metrics, /healthz, /readyz
  std::function<Tick()> clock;
  std::function<void(const std::string& account)> logged_in;  // told of each log-in; optional
};

// Does the Host header name this machine by loopback, or `own`? The port does not matter.
bool is_own_host(std::string_view host, const IpAddress& own) noexcept;

class Gate {
 public:
  Gate(Api& api, GateOptions options, RandomSource& random);

  Response answer(const Request& request);
  // Is a body worth reading? All others are answered when the header is there.
  static bool wants_body(std::string_view method, std::string_view path) noexcept;
  void set_secrets(Secrets secrets);

 private:
  std::optional<Visitor> visitor_of(const Request& request, const Secrets& secrets);
  std::optional<Response> refuse_monitoring(const Request& request, const Secrets& secrets) const;
  Response session(const Request& request, const Secrets& secrets);
  Response log_in(const Request& request, const Secrets& secrets);
  Response log_out(const Request& request);
  std::string cookie(std::string_view secret, Duration lives) const;
  const char* cookie_name() const noexcept;

  Api& api_;
  const GateOptions options_;
  RandomSource& random_;
  Guarded<std::shared_ptr<const Secrets>> secrets_;
  Sessions sessions_;
  LoginLimits limits_;
};

}  // namespace aven::status
