#include "app/config.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "app/text_file.h"

using namespace aven;
using namespace aven::app;
using nlohmann::json;

namespace {

Machine a_machine() {
  Machine machine;
  machine.resolvers = parse_resolv_conf("nameserver 192.0.2.53\nnameserver 127.0.0.1\n");
  machine.addresses = {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("10.1.0.53"), *IpAddress::parse("::1")};
  machine.host_name = "dns1";
  return machine;
}

LoadedConfig parse(const std::string& text) {
  return parse_config(policy::SourceText{"aven.json", text}, "/etc/aven", a_machine());
}

// "pointer: text" of each problem.
std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& problem : parse(text).problems) {
    CHECK(problem.file == "aven.json");
    out.push_back(problem.pointer + ": " + problem.text);
  }
  return out;
}

// The pointers of the problems, without those that an example needs to be short.
std::vector<std::string> wrong_places(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& problem : parse(text).problems) out.push_back(problem.pointer);
  return out;
}

std::vector<std::string> texts(const std::vector<Prefix>& prefixes) {
  std::vector<std::string> out;
  for (const auto& prefix : prefixes) out.push_back(prefix.text());
  return out;
}

std::vector<std::string> servers_of(const Config& config, std::size_t pool) {
  std::vector<std::string> out;
  for (const auto server : config.upstreams.pools.at(pool).servers) {
    out.push_back(config.upstreams.servers.at(server).endpoint.text());
  }
  return out;
}

constexpr const char* Everything = R"({
  // a comment
  "$schema": "./aven.schema.json",
  "listen": ["10.1.0.53", "[2001:db8::1]:5300"],
  "workers": 3,
  "allow_from": ["10.0.0.0/8"],
  "rules": "my-rules", "state": "/var/lib/aven", "control": "/run/aven.sock",
  "without_rules": "exit", "reload": "explicit", "require": ["owner", "valid_until"],
  "timezone": "Europe/Paris", "language": "fr",
  "groups": {"agents": ["10.10.0.0/16", "2001:db8:10::/48"], "visiteurs": ["10.30.0.0/16"]},
  "must_resolve": ["www.ville.example"],
  "sinkhole": {"ipv4": ["10.1.0.80"], "ipv6": [], "ttl": 60},
  "upstreams": {
    "default": {"servers": ["system", "192.0.2.99:5353"], "strategy": "ordered"},
    "inside": {"servers": ["10.1.1.1"], "strategy": "spread", "min_ttl": 5, "max_ttl": 60, "negative_max_ttl": 6,
               "rotate": true, "trust_ad": true, "fresh_port": true, "case_randomisation": true, "cookies": false,
               "rebind_protection": true, "weights": [3]}
  },
  "routes": {"ville.example": "inside", "10.in-addr.arpa": "inside"},
  "private_reverse": "local",
  "records": ["imprimante.ville.example. 300 IN A 10.10.1.9"],
  "cache": {"size_mb": 8, "min_ttl": 7, "max_ttl": 100, "negative_max_ttl": 50, "serve_stale_s": 0, "prefetch": false,
    "nxdomain_cut": "all", "file": "kept/cache"},
  "limits": {"client_qps": 7, "in_flight": 20, "in_flight_per_client": 5, "tcp_connections": 6, "tcp_per_client": 2,
             "tcp_pipelined": 3, "tcp_idle_ms": 2500, "tcp_unsent_kb": 64},
  "query_log": {"file": "log/queries.db", "level": "all", "retention_days": 10, "pseudonymise_after_days": 2,
                "recent_minutes": 0, "groups": {"visiteurs": {"level": "none", "retention_days": 1}}},
  "status": {"listen": ""}
})";

}  // namespace

TEST_CASE("without a file there are the defaults", "[app]") {
  const auto loaded = parse_config(std::nullopt, "", a_machine());
  CHECK(loaded.problems.empty());
  const auto& config = loaded.config;
  REQUIRE(config.listen.size() == 2);
  CHECK(config.listen[0].text() == "127.0.0.1:5300");
  CHECK(config.listen[1].text() == "[::1]:5300");
  CHECK(config.rules == "rules");
  CHECK(config.control == "state/control.sock");
  CHECK(config.policy.allow_from.size() == 7);
  CHECK(config.policy.language == "en");
  CHECK(config.policy.sinkhole_ipv4.size() == 1);
  CHECK(servers_of(config, 0) == std::vector<std::string>{"192.0.2.53:53", "127.0.0.1:53"});
  CHECK(config.upstreams.pools.at(0).name == "default");
  CHECK_FALSE(config.upstreams.pools.at(0).routed);
  CHECK(config.settings.server_id == "dns1");
  CHECK_FALSE(config.status.listen);
}

TEST_CASE("on a loopback address the status page is open", "[app]") {
  const auto page = parse(R"({"status": {"listen": "[::1]:8053"}})").config.status;
  REQUIRE(page.listen);
  CHECK(page.listen->text() == "[::1]:8053");
  CHECK_FALSE(page.login);
  CHECK(page.session_hours == 12);
  CHECK(page.monitoring_from == std::vector<Prefix>{*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1/128")});
  CHECK_FALSE(parse(R"({"status": {"listen": ""}})").config.status.listen);
  CHECK(parse(R"({"status": {"listen": "127.0.0.1:0", "login": "always"}})").config.status.login);
}

TEST_CASE("on another address the status page asks for a password, and for TLS", "[app]") {
  for (const char* other : {"0.0.0.0:8053", "10.1.1.1:8053", "[::]:8053"}) {
    const auto refused = parse(R"({"status": {"listen": ")" + std::string{other} + R"("}})");
    REQUIRE(refused.problems.size() == 1);
    CHECK(refused.problems[0].pointer == "/status/listen");
    CHECK(refused.problems[0].text.find("password") != std::string::npos);
  }
  const auto good = parse(R"({"state": "var", "status": {
    "listen": "10.1.1.1:8053", "certificate": "tls/page.pem", "key": "/etc/aven/key.pem", "session_hours": 1,
    "monitoring": {"allow_from": ["10.1.2.0/24"], "token_file": "token"}}})");
  CHECK(good.problems.empty());
  const auto& page = good.config.status;
  CHECK(page.login);
  CHECK(page.accounts == good.config.state / "accounts");
  CHECK(page.certificate == good.config.rules.parent_path() / "tls/page.pem");
  CHECK(page.key == "/etc/aven/key.pem");
  CHECK(page.session_hours == 1);
  CHECK(page.monitoring_from == std::vector<Prefix>{*Prefix::parse("10.1.2.0/24")});
  CHECK(page.monitoring_token == good.config.rules.parent_path() / "token");
}

TEST_CASE("a certificate needs its key", "[app]") {
  const auto without = [](const char* key) {
    return parse(R"({"status": {"listen": "127.0.0.1:0", ")" + std::string{key} + R"(": "x.pem"}})").problems;
  };
  REQUIRE(without("certificate").size() == 1);
  CHECK(without("certificate")[0].pointer == "/status/certificate");
  REQUIRE(without("key").size() == 1);
  CHECK(without("key")[0].pointer == "/status/key");
}

TEST_CASE("an empty object is the defaults too", "[app]") {
  CHECK(parse("{}").problems.empty());
  CHECK(parse("{}").config.listen.size() == 2);
}

TEST_CASE("every key reaches its place", "[app]") {
  const auto loaded = parse(Everything);
  for (const auto& problem : loaded.problems) FAIL_CHECK(problem.pointer << ": " << problem.text);
  const auto& config = loaded.config;
  CHECK(config.listen.at(0).text() == "10.1.0.53:53");
  CHECK(config.workers == 3);
  CHECK(texts(config.policy.allow_from) == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(config.rules == "/etc/aven/my-rules");
  CHECK(config.state == "/var/lib/aven");
  CHECK(config.control == "/run/aven.sock");
  CHECK(config.without_rules == WithoutRules::Exit);
  CHECK(config.reload == ReloadMode::Explicit);
  CHECK(config.policy.require == std::vector<std::string>{"owner", "valid_until"});
  CHECK(config.policy.timezone == "Europe/Paris");
  CHECK(config.policy.language == "fr");
  REQUIRE(config.policy.groups.size() == 2);
  CHECK(config.policy.groups[0].name == "agents");
  CHECK(texts(config.policy.groups[0].prefixes) == std::vector<std::string>{"10.10.0.0/16", "2001:db8:10::/48"});
  REQUIRE(config.policy.must_resolve.size() == 1);
  CHECK(config.policy.must_resolve[0].name.text() == "www.ville.example");
  CHECK(config.policy.must_resolve[0].pointer == "/must_resolve/0");
  CHECK(config.policy.sinkhole_ipv4.at(0).text() == "10.1.0.80");
  CHECK(config.policy.sinkhole_ipv6.empty());
  CHECK(config.policy.sinkhole_ttl == 60);
  CHECK(config.settings.private_reverse == pipeline::PrivateReverse::Local);
  REQUIRE(config.policy.records.size() == 1);
  CHECK(config.policy.records[0].ttl == 300);
  CHECK_FALSE(config.status.listen);
}

TEST_CASE("cache, limits and log reach their places", "[app]") {
  const auto config = parse(Everything).config;
  CHECK(config.cache.max_bytes == 8U << 20);
  CHECK(config.cache.serve_stale_s == 0);
  CHECK(config.settings.serve_stale_s == 0);
  CHECK_FALSE(config.settings.prefetch);
  CHECK(config.settings.nxdomain_cut == cache::NxdomainCut::All);
  CHECK(config.settings.client_qps == 7);
  CHECK(config.settings.in_flight == 20);
  CHECK(config.settings.in_flight_per_client == 5);
  CHECK(config.settings.tcp_keepalive_100ms == 25);
  CHECK(config.tcp.connections == 6);
  CHECK(config.tcp.per_client == 2);
  CHECK(config.tcp.pipelined == 3);
  CHECK(config.tcp.idle == std::chrono::milliseconds{2500});
  CHECK(config.tcp.unsent_bytes == 65536);
  CHECK(config.query_log.file == "/etc/aven/log/queries.db");
  CHECK(config.query_log.level == LogLevel::All);
  CHECK(config.query_log.pseudonymise_after_days == 2);
  CHECK(config.query_log.groups.at("visiteurs").level == LogLevel::None);
}

TEST_CASE("pools keep their settings and take the cache's where they have none", "[app]") {
  const auto config = parse(Everything).config;
  REQUIRE(config.upstreams.pools.size() == 2);
  const auto& first = config.upstreams.pools[0];
  CHECK(servers_of(config, 0) == std::vector<std::string>{"192.0.2.53:53", "127.0.0.1:53", "192.0.2.99:5353"});
  CHECK(first.strategy == upstream::Strategy::Ordered);
  CHECK(first.max_ttl == 100);
  CHECK(first.negative_max_ttl == 50);
  const auto& inside = config.upstreams.pools[1];
  CHECK(inside.name == "inside");
  CHECK(inside.strategy == upstream::Strategy::Spread);
  CHECK(first.min_ttl == 7);
  CHECK(config.cache_file == "/etc/aven/kept/cache");
  CHECK(inside.min_ttl == 5);
  CHECK(inside.max_ttl == 60);
  CHECK(inside.negative_max_ttl == 6);
  CHECK(inside.weights == std::vector<std::uint32_t>{3});
  CHECK(inside.rebind_protection);
  CHECK_FALSE(first.rebind_protection);
  const auto& inside_server = config.upstreams.servers.at(inside.servers.at(0));
  CHECK(inside_server.case_randomisation);
  CHECK_FALSE(inside_server.cookies);
  CHECK(inside.rotate);
  CHECK(inside.routed);
  CHECK(config.upstreams.servers.at(inside.servers.at(0)).trust_ad);
  CHECK(config.upstreams.servers.at(inside.servers.at(0)).fresh_port);
  REQUIRE(config.policy.routes.size() == 2);
  CHECK(config.policy.routes[0].suffix.text() == "ville.example");
  CHECK(config.policy.routes[0].route == 1);
}

TEST_CASE("the default pool is first wherever it is written", "[app]") {
  const auto config =
      parse(R"({"upstreams": {"b": {"servers": ["192.0.2.2"]}, "default": {"servers": ["192.0.2.1"]}}})").config;
  CHECK(config.upstreams.pools.at(0).name == "default");
  CHECK(servers_of(config, 0) == std::vector<std::string>{"192.0.2.1:53"});
  CHECK(servers_of(config, 1) == std::vector<std::string>{"192.0.2.2:53"});
}

TEST_CASE("a server of two pools is one server", "[app]") {
  const auto config =
      parse(R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}, "b": {"servers": ["192.0.2.1:53"]}}})").config;
  CHECK(config.upstreams.servers.size() == 1);
}

TEST_CASE("system leaves out our own addresses", "[app]") {
  const auto config = parse(R"({"listen": ["0.0.0.0:53"]})").config;
  CHECK(servers_of(config, 0) == std::vector<std::string>{"192.0.2.53:53"});
}

TEST_CASE("system without any other server is an error", "[app]") {
  Machine machine = a_machine();
  machine.resolvers = parse_resolv_conf("nameserver 10.1.0.53");
  const policy::SourceText text{"aven.json", R"({"listen": ["0.0.0.0:53"]})"};
  const auto loaded = parse_config(text, "", machine);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].pointer == "/upstreams/default/servers");
  CHECK(loaded.problems[0].text.find("only Aven itself") != std::string::npos);
  machine.resolvers.clear();
  CHECK(parse_config(std::nullopt, "", machine).problems.size() == 1);
}

TEST_CASE("an unknown key names the nearest known one", "[app]") {
  CHECK(problems(R"({"lisen": []})") ==
        std::vector<std::string>{"/lisen: unknown key \"lisen\"; did you mean \"listen\"?"});
  CHECK(problems(R"({"cache": {"sise_mb": 1}})") ==
        std::vector<std::string>{"/cache/sise_mb: unknown key \"sise_mb\"; did you mean \"size_mb\"?"});
  CHECK(
      problems(R"({"upstreams": {"default": {"servers": ["192.0.2.1"], "strategie": "fastest"}}})") ==
      std::vector<std::string>{"/upstreams/default/strategie: unknown key \"strategie\"; did you mean \"strategy\"?"});
}

TEST_CASE("every problem is told at once, with its place", "[app]") {
  CHECK(wrong_places(R"({
    "listen": ["127.0.0.300:53", 7], "workers": -1, "allow_from": ["10.0.0.1/8"], "without_rules": "stop",
    "groups": {"default": [], "a/b": ["10.0.0.0/33"], "c": "10.0.0.0/8"}, "must_resolve": ["*.a.example", "a..b"],
    "sinkhole": {"ipv4": ["::"], "ttl": 1.5},
    "upstreams": {"default": {"servers": ["dns.example", "tls://192.0.2.1", "https://dns.example/q"]}, "b": {"servers": []}, "c": {}},
    "routes": {"a.example": "d", "b.example": 1},
    "records": ["a.example. IN A 10.0.0"],
    "query_log": {"level": "some", "groups": {"nobody": {}}},
    "status": {"listen": "8053"}
  })") == std::vector<std::string>{"/listen/0",
                                   "/listen/1",
                                   "/workers",
                                   "/without_rules",
                                   "/allow_from/0",
                                   "/must_resolve/0",
                                   "/must_resolve/1",
                                   "/groups/default",
                                   "/groups/a~1b/0",
                                   "/groups/c",
                                   "/sinkhole/ipv4/0",
                                   "/sinkhole/ttl",
                                   "/upstreams/default/servers/0",
                                   "/upstreams/default/servers/1",
                                   "/upstreams/default/servers/2",
                                   "/upstreams/b/servers",
                                   "/upstreams/c/servers",
                                   "/routes/a.example",
                                   "/routes/b.example",
                                   "/records/0",
                                   "/query_log/level",
                                   "/query_log/groups/nobody",
                                   "/status/listen"});
}

TEST_CASE("an https server without an address needs bootstrap servers", "[app]") {
  const auto config = parse(R"({"upstreams": {"default": {
    "servers": ["https://a.example/q", "https://b.example/q?addr=192.0.2.1"], "bootstrap": ["192.0.2.53", "[2001:db8::53]:5353"]}}})")
                          .config;
  const auto& servers = config.upstreams.servers;
  REQUIRE(servers.size() == 2);
  REQUIRE(servers[0].bootstrap.size() == 2);
  CHECK(servers[0].bootstrap[1].text() == "[2001:db8::53]:5353");
  CHECK(servers[1].bootstrap.empty());
  CHECK(wrong_places(R"({"listen": ["127.0.0.1:53"], "upstreams": {"default": {"servers": ["https://a.example/q"],
    "bootstrap": ["dns.example", "tls://192.0.2.1#a.example", "127.0.0.1:53"]}}})") ==
        std::vector<std::string>{"/upstreams/default/bootstrap/0", "/upstreams/default/bootstrap/1",
                                 "/upstreams/default/bootstrap/2", "/upstreams/default/servers/0"});
}

TEST_CASE("authorities of encrypted servers are a file, for all pools or for one", "[app]") {
  const auto config = parse(R"({"tls_ca": "city.pem", "upstreams": {
    "default": {"servers": ["tls://192.0.2.1#dns.example", "192.0.2.1"]},
    "b": {"servers": ["https://dns.example/q?addr=192.0.2.2"], "tls_ca": "/etc/other.pem"},
    "c": {"servers": ["tls://192.0.2.3#dns.example"], "tls_ca": ""}}})")
                          .config;
  const auto& servers = config.upstreams.servers;
  REQUIRE(servers.size() == 4);
  CHECK(servers[0].tls_ca == "/etc/aven/city.pem");
  CHECK(servers[1].tls_ca.empty());  // in plain text
  CHECK(servers[2].tls_ca == "/etc/other.pem");
  CHECK(servers[3].tls_ca.empty());  // the system's
}

TEST_CASE("no rule may block the names of our own servers", "[app]") {
  const auto config = parse(R"({"upstreams": {
    "default": {"servers": ["tls://192.0.2.1#dns.example", "192.0.2.1"]},
    "b": {"servers": ["https://doh.example/q?addr=192.0.2.2"]}}})")
                          .config;
  const auto& names = config.policy.must_resolve;
  REQUIRE(names.size() == 2);
  CHECK(names[0].name.text() == "dns.example");
  CHECK(names[0].pointer == "/upstreams/default/servers/0");
  CHECK(names[1].name.text() == "doh.example");
}

TEST_CASE("what would make Aven ask itself is an error", "[app]") {
  CHECK(wrong_places(R"({"listen": ["0.0.0.0:53"], "upstreams": {"default": {"servers": ["10.1.0.53"]}}})") ==
        std::vector<std::string>{"/upstreams/default/servers/0"});
}

TEST_CASE("wrong kinds of values are problems, not crashes", "[app]") {
  for (const auto& key : config_keys()) {
    if (key.rfind('/') != 0 || key == "/$schema") continue;
    for (const char* value : {"null", "{\"x\": 1}", "[1]", "true", "-5", "1e99", "\"\\u0000\""}) {
      if (key == "/timezone" && *value == '"') continue;  // the calendar knows which zones there are
      const std::string text = "{\"" + key.substr(1) + "\": " + value + "}";
      INFO(text);
      CHECK_FALSE(parse(text).problems.empty());
    }
  }
}

TEST_CASE("a text that is no JSON object is a problem", "[app]") {
  for (const char* text :
       {"", "[]", "{", "listen on 53", R"({"workers": 1, "workers": 2})", "{} {}", "{\"a\xff\": 1}"}) {
    INFO(text);
    CHECK(policy::has_errors(parse(text).problems));
  }
}

TEST_CASE("an alias stands alone among the records of its name", "[app]") {
  CHECK(wrong_places(R"({"records": ["a.example. IN A 192.0.2.1", "a.example. IN CNAME b.example."]})") ==
        std::vector<std::string>{"/records/1"});
  CHECK(wrong_places(R"({"records": ["a.example. IN A 192.0.2.1", "a.example. IN AAAA 2001:db8::1"]})").empty());
}

namespace {

// The keys of a schema, as config_keys() writes them.
void collect(const json& node, const std::string& place, std::set<std::string>& keys) {
  if (node.contains("properties")) {
    for (const auto& [key, child] : node["properties"].items()) {
      keys.insert(place + '/' + key);
      collect(child, place + '/' + key, keys);
    }
  }
  if (node.contains("additionalProperties") && node["additionalProperties"].is_object()) {
    collect(node["additionalProperties"], place + "/*", keys);
  }
}

}  // namespace

TEST_CASE("the schema has the loader's keys and no others", "[app]") {
  const auto text = read_text(std::string{AVEN_SOURCE_DIR} + "/packaging/aven.schema.json");
  REQUIRE(text);
  std::set<std::string> in_schema;
  collect(json::parse(*text), "", in_schema);
  const auto keys = config_keys();
  CHECK(in_schema == std::set<std::string>(keys.begin(), keys.end()));
}

TEST_CASE("the configuration that run.sh starts is good", "[app]") {
  const auto text = read_text(std::string{AVEN_SOURCE_DIR} + "/packaging/aven.local.json");
  REQUIRE(text);
  const auto loaded = parse_config(policy::SourceText{"aven.json", *text}, "packaging", a_machine());
  CHECK(loaded.problems.empty());
  CHECK(loaded.config.rules == "rules");
}

TEST_CASE("answers of a routed pool are kept a minute, negative ones 5 s, unless it says otherwise", "[app]") {
  const auto config = parse(R"({"upstreams": {"inside": {"servers": ["10.1.1.1"]}}})").config;
  CHECK(config.upstreams.pools.at(1).max_ttl == 60);
  CHECK(config.upstreams.pools.at(1).negative_max_ttl == 5);
  CHECK(config.upstreams.pools.at(0).max_ttl == 86400);
}

TEST_CASE("a route may refuse, deny, and speak for one group", "[app]") {
  const auto loaded =
      parse(R"({"groups": {"agents": ["10.10.0.0/16"]}, "upstreams": {"inside": {"servers": ["10.1.1.1"]}},
    "routes": {"a.example": "refuse", "b.example": {"agents": "inside", "default": "nxdomain", "*": "default"}}})");
  CHECK(loaded.problems.empty());
  const auto& routes = loaded.config.policy.routes;
  REQUIRE(routes.size() == 4);
  CHECK(routes[0].route == dns::RefuseRoute);
  CHECK(routes[0].group.empty());
  for (const auto& route : routes) {
    if (route.group == "agents") CHECK(route.route == 1);
    if (route.group == "default") CHECK(route.route == dns::NxdomainRoute);
    if (route.group.empty() && route.suffix.text() == "b.example") CHECK(route.route == dns::DefaultRoute);
  }
}

TEST_CASE("what routes and weights cannot say is told with its place", "[app]") {
  CHECK(wrong_places(R"({"routes": {"a.example": {"staff": "refuse"}, "b.example": "deny", "c.example": 7}})") ==
        std::vector<std::string>{"/routes/a.example/staff", "/routes/b.example", "/routes/c.example"});
  CHECK(wrong_places(R"({"upstreams": {"refuse": {"servers": ["10.1.1.1"]}}})") ==
        std::vector<std::string>{"/upstreams/refuse"});
  for (const char* weights : {"[1]", "[1, 0]", "[1, 2, 3]", "\"1\"", "[1, 1001]"}) {
    CHECK(wrong_places(
              R"({"upstreams": {"default": {"strategy": "spread", "servers": ["10.1.1.1", "10.1.1.2"], "weights": )" +
              std::string{weights} + "}}}") == std::vector<std::string>{"/upstreams/default/weights"});
  }
  CHECK(wrong_places(R"({"upstreams": {"default": {"servers": ["10.1.1.1"], "weights": [2]}}})") ==
        std::vector<std::string>{"/upstreams/default/weights"});
}
