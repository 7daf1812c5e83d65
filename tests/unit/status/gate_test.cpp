#include "status/gate.h"

#include <catch2/catch.hpp>
#include <map>

#include "status/password.h"
#include "unit/status/example_data.h"
#include "unit/status/scripted_random.h"

namespace aven::status {
namespace {

using namespace std::chrono_literals;
using Map = std::map<std::string, std::string>;

constexpr const char* Password = "correct horse battery";

Values values(const Map& map) {
  return [map](const char* name) -> std::optional<std::string> {
    const auto found = map.find(name);
    return found == map.end() ? std::nullopt : std::optional{found->second};
  };
}

struct Asked {
  std::string path, method = "GET";
  Map header{{"Host", "127.0.0.1:8053"}}, cookie;
  std::string body;
  const char* peer = "127.0.0.1";
};

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

class Fixture {
 public:
  explicit Fixture(GateOptions options = open()) : gate_(api_, with_clock(std::move(options)), random_) {
    auto data = example_data("[]", example_time());
    data.snapshot.taken = now;
    board_.publish(std::make_shared<const StatusData>(std::move(data)), {});
  }

  Response ask(const Asked& asked) {
    return gate_.answer({asked.method, asked.path, *IpAddress::parse(asked.peer), values(asked.header), values({}),
                         values(asked.cookie), asked.body});
  }
  Response log_in(const std::string& account, const std::string& password, const char* peer = "10.1.1.1") {
    return ask({"/api/v1/session",
                "POST",
                {{"Host", "dns.example:8053"}, {"Origin", "https://dns.example:8053"}},
                {},
                R"({"account": ")" + account + R"(", "password": ")" + password + "\"}",
                peer});
  }
  void add_account(const std::string& name, Role role) {
    secrets.accounts.set({name, role, *hash_password(Password, random_)});
    gate_.set_secrets(secrets);
  }
  void take_secrets() { gate_.set_secrets(secrets); }

  static GateOptions open() {
    GateOptions options;
    options.own = *IpAddress::parse("127.0.0.1");
    options.monitoring_from = {*Prefix::parse("127.0.0.0/8")};
    return options;
  }

  Tick now = Tick{} + 100s;
  Secrets secrets;

 private:
  GateOptions with_clock(GateOptions options) {
    options.clock = [this] { return now; };
    return options;
  }

  Board board_;
  Api api_{board_,
           {[this] { return now; }, [](const StatusData&, const ExplainQuestion&) { return std::string{"{}"}; }}};
  ScriptedRandom random_;
  Gate gate_;
};

struct Closed : Fixture {
  Closed() : Fixture(closed()) { add_account("marie", Role::Operator); }
  static GateOptions closed() {
    auto options = open();
    options.login = true;
    options.encrypted = true;
    options.session_length = 1h;
    return options;
  }
  // The cookie of a log-in.
  Map cookie() {
    const auto set = header_of(log_in("marie", Password), "Set-Cookie");
    const auto equals = set.find('='), end = set.find(';');
    REQUIRE(end != std::string::npos);
    return {{set.substr(0, equals), set.substr(equals + 1, end - equals - 1)}};
  }
};

TEST_CASE("a Host header must name this machine", "[status]") {
  const auto own = *IpAddress::parse("10.1.1.1");
  for (const char* good :
       {"localhost", "LocalHost:8053", "127.0.0.1", "127.0.0.1:8053", "[::1]:8053", "[::1]", "10.1.1.1:80"})
    CHECK(is_own_host(good, own));
  for (const char* bad : {"", ":8053", "[", "[]", "[::1", "evil.example", "localhost.evil.example",
                          "127.0.0.1.evil.example", "10.1.1.2", "::1", "[::2]", "localhos"})
    CHECK_FALSE(is_own_host(bad, own));
}

TEST_CASE_METHOD(Fixture, "the open page asks for no account, but for its own host", "[status]") {
  CHECK(ask({"/api/v1/status"}).code == 200);
  CHECK(ask({"/"}).code == 200);
  CHECK(ask({"/api/v1/session"}).body == R"({"login":false,"account":"","role":"operator"})");
  CHECK(ask({"/api/v1/status", "GET", {{"Host", "evil.example"}}}).code == 403);
  CHECK(ask({"/api/v1/status", "GET", {}}).code == 403);
  const auto post = ask({"/api/v1/status", "POST"});
  CHECK(post.code == 405);
  CHECK(header_of(post, "Allow") == "GET, HEAD");
}

TEST_CASE_METHOD(Closed, "without a session there is the log-in and nothing else", "[status]") {
  const auto page = ask({"/"});
  CHECK(page.code == 303);
  CHECK(header_of(page, "Location") == "/login.html");
  for (const char* path : {"/login.html", "/style.css", "/i18n.js", "/accessibility.html"})
    CHECK(ask({path}).code == 200);
  for (const char* path : {"/api/v1/status", "/api/v1/rules", "/api/v1/explain", "/api/v1/session", "/nothing"}) {
    CHECK(ask({path}).code == 401);
    CHECK(ask({path, "GET", {{"Host", "127.0.0.1"}}, {{"__Host-aven", std::string(64, '0')}}}).code == 401);
  }
}

TEST_CASE_METHOD(Closed, "a log-in gives a cookie that no script reads, and its end", "[status]") {
  const auto in = log_in("marie", Password);
  CHECK(in.code == 200);
  CHECK(in.body == R"({"login":true,"account":"marie","role":"operator"})");
  const auto set = header_of(in, "Set-Cookie");
  CHECK(set.starts_with("__Host-aven="));
  CHECK(set.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure"));
  const auto cookies = cookie();
  CHECK(ask({"/api/v1/status", "GET", {{"Host", "dns.example"}}, cookies}).code == 200);
  now += 1h;
  CHECK(ask({"/api/v1/status", "GET", {}, cookies}).code == 401);
}

TEST_CASE_METHOD(Closed, "log-out ends the session", "[status]") {
  const auto cookies = cookie();
  const Map own{{"Host", "dns.example"}, {"Origin", "https://dns.example"}};
  CHECK(
      ask({"/api/v1/session", "DELETE", {{"Host", "dns.example"}, {"Origin", "https://evil.example"}}, cookies}).code ==
      403);
  CHECK(ask({"/api/v1/status", "GET", {}, cookies}).code == 200);
  const auto out = ask({"/api/v1/session", "DELETE", own, cookies});
  CHECK(out.code == 204);
  CHECK(header_of(out, "Set-Cookie").find("Max-Age=0") != std::string::npos);
  CHECK(ask({"/api/v1/status", "GET", {}, cookies}).code == 401);
}

TEST_CASE_METHOD(Closed, "a log-in must come from the page itself and be readable", "[status]") {
  const std::string body = R"({"account": "marie", "password": "correct horse battery"})";
  for (const auto& header : {Map{{"Host", "dns.example"}}, Map{{"Origin", "https://dns.example"}},
                             Map{{"Host", "dns.example"}, {"Origin", "https://evil.example"}},
                             Map{{"Host", "dns.example"}, {"Origin", "null"}},
                             Map{{"Host", "dns.example"}, {"Origin", "https://dns.example.evil.example"}}}) {
    CHECK(ask({"/api/v1/session", "POST", header, {}, body}).code == 403);
  }
  const Map own{{"Host", "dns.example"}, {"Origin", "https://dns.example"}};
  for (const char* bad : {"", "{", "[]", "{}", R"({"account": 1, "password": 2})", "account=marie&password=x"}) {
    CHECK(ask({"/api/v1/session", "POST", own, {}, bad}).code == 400);
  }
  CHECK(ask({"/api/v1/session", "PUT", own, {}, body}).code == 405);
}

TEST_CASE_METHOD(Closed, "wrong passwords and unknown accounts look alike, and tries end", "[status]") {
  const auto wrong = log_in("marie", "wrong password"), unknown = log_in("nobody", Password);
  CHECK(wrong.code == 403);
  CHECK(wrong.body == unknown.body);
  CHECK(log_in("marie", std::string(300, 'x')).code == 403);
  for (int i = 0; i < 2; ++i) CHECK(log_in("marie", "wrong password").code == 403);
  const auto refused = log_in("marie", Password);
  CHECK(refused.code == 429);
  CHECK(header_of(refused, "Retry-After") == "180");
  CHECK(log_in("marie", Password, "10.1.1.2").code == 200);
}

TEST_CASE_METHOD(Closed, "a new password ends the sessions of the old one", "[status]") {
  const auto cookies = cookie();
  add_account("marie", Role::Operator);
  CHECK(ask({"/api/v1/status", "GET", {}, cookies}).code == 401);
}

TEST_CASE_METHOD(Closed, "monitoring has rules of its own", "[status]") {
  for (const char* path : {"/metrics", "/healthz", "/readyz"}) {
    CHECK(ask({path}).code == 200);
    CHECK(ask({path, "GET", {}, {}, {}, "10.1.1.1"}).code == 403);
    CHECK(ask({path, "GET", {}, {}, {}, "::ffff:127.0.0.1"}).code == 200);
  }
  secrets.monitoring_token = "a token of some length";
  take_secrets();
  const auto without = ask({"/metrics"});
  CHECK(without.code == 401);
  CHECK(header_of(without, "WWW-Authenticate") == "Bearer");
  CHECK(ask({"/metrics", "GET", {{"Authorization", "Bearer a token of some"}}}).code == 401);
  CHECK(ask({"/metrics", "GET", {{"Authorization", "Bearer a token of some length"}}}).code == 200);
  CHECK(ask({"/metrics", "POST"}).code == 405);
}

TEST_CASE("a body is read for the log-in alone", "[status]") {
  CHECK(Gate::wants_body("POST", "/api/v1/session"));
  CHECK_FALSE(Gate::wants_body("POST", "/api/v1/status"));
  CHECK_FALSE(Gate::wants_body("GET", "/api/v1/session"));
}

}  // namespace
}  // namespace aven::status
