#include "app/config_upstreams.h"

#include <algorithm>

#include "app/server_text.h"
#include "policy/rule.h"

namespace aven::app {
namespace {

using policy::in_quotes;
using policy::Json;
using policy::JsonObject;
using policy::ProblemSink;

using upstream::Pool;
using upstream::Protocol;
using upstream::Server;
using upstream::ServerIndex;

constexpr std::string_view Strategies[] = {"fastest", "ordered", "race", "spread"};  // upstream::Strategy
constexpr std::string_view DefaultPool = "default";
constexpr std::string_view System = "system";
constexpr std::string_view RefuseTarget = "refuse", NxdomainTarget = "nxdomain";
constexpr std::string_view DefaultGroup = "default", EveryGroup = "*";
constexpr std::uint32_t MostTtl = 604800, MostNegativeTtl = 86400, MostWeight = 1000;
constexpr std::uint32_t RoutedMaxTtl = 60, RoutedNegativeMaxTtl = 5;  // inside, names move and are registered

bool is_own(const std::vector<Endpoint>& own, const Endpoint& endpoint) {
  return std::any_of(own.begin(), own.end(), [&](const Endpoint& listening) {
    return listening.port == endpoint.port && listening.address.unmapped() == endpoint.address.unmapped();
  });
}

Server system_server(const Endpoint& endpoint) {
  Server server;
  server.endpoint = endpoint;
  server.trust_ad = endpoint.address.is_loopback();
  return server;
}

// The file of the authorities of `object`; empty: the system's.
std::string read_tls_ca(const JsonObject& object, const std::filesystem::path& folder, const std::string& fallback,
                        const ProblemSink& sink) {
  if (object.find("tls_ca") == nullptr) return fallback;
  std::string text;
  object.string("tls_ca", text);
  if (text.find('\0') != std::string::npos) sink.add(object.pointer_to("tls_ca"), "must be a path");
  return text.empty() ? text : (folder / text).lexically_normal().string();
}

class UpstreamReader {
 public:
  UpstreamReader(const std::filesystem::path& folder, const Machine& machine, const ProblemSink& sink, Config& config)
      : folder_(folder), machine_(machine), sink_(sink), config_(config), own_(own_endpoints(config, machine)) {}

  void read_pool(const std::string& name, const Json& value, const std::string& pointer) {
    const JsonObject object{value, pointer, UpstreamKeys, sink_};
    if (name == RefuseTarget || name == NxdomainTarget) {
      sink_.add(pointer, "is what a route may say instead of a pool; give this pool another name");
    }
    Pool& pool = pool_named(name);
    object.choice("strategy", pool.strategy, Strategies);
    object.number("min_ttl", pool.min_ttl, 0, MostNegativeTtl);
    object.number("max_ttl", pool.max_ttl, 0, MostTtl);
    object.number("negative_max_ttl", pool.negative_max_ttl, 0, MostNegativeTtl);
    object.boolean("rotate", pool.rotate);
    object.boolean("rebind_protection", pool.rebind_protection);
    if (pool.min_ttl > pool.max_ttl) sink_.add(pointer + "/min_ttl", "must not be above max_ttl");
    read_servers(object, pool);
    read_weights(object, pool);
  }

  // What `upstreams` leaves out.
  void complete() {
    Pool& pool = pool_named(DefaultPool);
    if (pool.servers.empty() && !default_was_read_) add_system(pool, "/upstreams/default/servers", {});
  }

 private:
  struct Choices {
    std::optional<bool> trust_ad;
    bool fresh_port = false;
    std::string tls_ca;  // a path, or empty
    bool case_randomisation = false;
    bool cookies = true;
    std::vector<Endpoint> bootstrap;
  };

  Pool& pool_named(std::string_view name) {
    auto& pools = config_.upstreams.pools;
    if (pools.empty()) pools.push_back(new_pool(DefaultPool));
    if (name == DefaultPool) return pools.front();
    pools.push_back(new_pool(name));
    pools.back().routed = true;
    pools.back().max_ttl = RoutedMaxTtl;
    pools.back().negative_max_ttl = RoutedNegativeMaxTtl;
    return pools.back();
  }
  Pool new_pool(std::string_view name) const {
    Pool pool;
    pool.name = name;
    if (name == DefaultPool) pool.min_ttl = config_.cache_min_ttl;
    pool.max_ttl = config_.cache_max_ttl;
    pool.negative_max_ttl = config_.cache_negative_max_ttl;
    return pool;
  }

  void read_servers(const JsonObject& object, Pool& pool) {
    default_was_read_ = default_was_read_ || pool.name == DefaultPool;
    Choices choices;
    if (object.find("trust_ad") != nullptr) {
      choices.trust_ad = false;
      object.boolean("trust_ad", *choices.trust_ad);
    }
    object.boolean("fresh_port", choices.fresh_port);
    choices.tls_ca = read_tls_ca(object, folder_, config_.tls_ca.string(), sink_);
    object.boolean("case_randomisation", choices.case_randomisation);
    object.boolean("cookies", choices.cookies);
    choices.bootstrap = read_bootstrap(object);
    std::size_t count = 0;
    const bool is_there = object.strings("servers", [&](const std::string& text, const std::string& pointer) {
      ++count;
      read_server(text, pointer, choices, pool);
    });
    if (!is_there && object.find("servers") != nullptr) return;
    if (count == 0) sink_.add(object.pointer_to("servers"), "names no server; give at least one, or \"system\"");
  }

  // One for each of `servers`, in their order.
  void read_weights(const JsonObject& object, Pool& pool) {
    const auto* weights = object.find("weights");
    if (weights == nullptr) return;
    const auto pointer = object.pointer_to("weights");
    if (!weights->is_array()) return sink_.add(pointer, "must be an array of whole numbers");
    for (const auto& weight : *weights) {
      if (!weight.is_number_unsigned() || weight == 0U || weight > MostWeight) {
        return sink_.add(pointer, "each weight must be a whole number from 1 to " + std::to_string(MostWeight));
      }
      pool.weights.push_back(weight.get<std::uint32_t>());
    }
    if (pool.weights.size() != pool.servers.size()) {
      sink_.add(pointer,
                "must hold as many numbers as `servers` gives servers, " + std::to_string(pool.servers.size()));
    }
    if (pool.strategy != upstream::Strategy::Spread)
      sink_.add(pointer, "only the strategy \"spread\" looks at weights");
  }

  std::vector<Endpoint> read_bootstrap(const JsonObject& object) {
    std::vector<Endpoint> out;
    object.strings("bootstrap", [&](const std::string& text, const std::string& pointer) {
      const auto server = parse_server(text);
      if (!server || server->protocol != Protocol::Plain) {
        return sink_.add(pointer, in_quotes(text) + " is not the address of a server that is asked in plain DNS");
      }
      if (is_own(own_, server->endpoint)) return sink_.add(pointer, in_quotes(text) + " is Aven itself");
      out.push_back(server->endpoint);
    });
    return out;
  }

  void read_server(const std::string& text, const std::string& pointer, const Choices& choices, Pool& pool) {
    if (text == System) return add_system(pool, pointer, choices);
    auto server = parse_server(text);
    if (!server) return sink_.add(pointer, server.error());
    const bool is_name_alone = server->endpoint.address.is_unspecified();
    if (is_name_alone) {
      server->bootstrap = choices.bootstrap;
      if (choices.bootstrap.empty()) {
        return sink_.add(pointer, in_quotes(text) +
                                      " has no address: write https://NAME/PATH?addr=ADDRESS, or say in "
                                      "`bootstrap` which servers know it");
      }
    }
    if (!is_name_alone && is_own(own_, server->endpoint))
      return sink_.add(pointer, in_quotes(text) + " is Aven itself: it would ask itself");
    if (const auto name = dns::Name::from_text(server->tls_name)) {  // no rule may keep Aven from finding it
      config_.policy.must_resolve.push_back({*name, "", config_.policy.file, pointer});
    }
    add(pool, std::move(*server), choices);
  }

  void add_system(Pool& pool, const std::string& pointer, const Choices& choices) {
    bool added = false;
    for (const auto& endpoint : machine_.resolvers) {
      if (is_own(own_, endpoint)) continue;
      add(pool, system_server(endpoint), choices);
      added = true;
    }
    if (added) return;
    sink_.add(pointer,
              machine_.resolvers.empty()
                  ? "\"system\" gives no server: /etc/resolv.conf names none; write the servers to ask here"
                  : "\"system\" gives no server: /etc/resolv.conf names only Aven itself; write the servers to "
                    "ask here");
  }

  void add(Pool& pool, Server server, const Choices& choices) {
    if (choices.trust_ad) server.trust_ad = *choices.trust_ad;
    if (server.protocol != Protocol::Plain) server.tls_ca = choices.tls_ca;
    server.fresh_port = choices.fresh_port;
    server.cookies = choices.cookies && server.protocol == Protocol::Plain;
    server.case_randomisation = choices.case_randomisation && server.protocol == Protocol::Plain;
    auto& servers = config_.upstreams.servers;
    auto known = std::find(servers.begin(), servers.end(), server);
    if (known == servers.end()) known = servers.insert(known, std::move(server));
    const auto index = static_cast<ServerIndex>(known - servers.begin());
    if (std::find(pool.servers.begin(), pool.servers.end(), index) == pool.servers.end()) pool.servers.push_back(index);
  }

  const std::filesystem::path& folder_;
  const Machine& machine_;
  ProblemSink sink_;
  Config& config_;
  std::vector<Endpoint> own_;
  bool default_was_read_ = false;
};

// One target of `routes`: for every group, or for one.
class RouteReader {
 public:
  RouteReader(const ProblemSink& sink, Config& config) : sink_(sink), config_(config) {}

  void read(const std::optional<dns::Name>& suffix, const Json& target, const std::string& group,
            const std::string& pointer) const {
    if (!target.is_string()) {
      return sink_.add(pointer, "must be the name of a pool of `upstreams`, \"refuse\" or \"nxdomain\"");
    }
    const auto route = find(target.get_ref<const std::string&>());
    if (!route) {
      return sink_.add(pointer, in_quotes(target.get_ref<const std::string&>()) +
                                    " is no pool of `upstreams`, nor \"refuse\" or \"nxdomain\"");
    }
    if (!group.empty() && !is_group(group)) {
      return sink_.add(pointer, "there is no group " + in_quotes(group) + " in `groups`");
    }
    if (!suffix) return;
    auto& routes = config_.policy.routes;
    const bool known = std::any_of(routes.begin(), routes.end(),
                                   [&](const auto& other) { return other.suffix == *suffix && other.group == group; });
    if (known) return sink_.add(pointer, "there is a route for this name already, written in another way");
    routes.push_back({*suffix, *route, group});
  }

 private:
  std::optional<dns::RouteId> find(const std::string& target) const {
    if (target == RefuseTarget) return dns::RefuseRoute;
    if (target == NxdomainTarget) return dns::NxdomainRoute;
    const auto& pools = config_.upstreams.pools;
    const auto pool = std::find_if(pools.begin(), pools.end(), [&](const Pool& p) { return p.name == target; });
    if (pool == pools.end()) return std::nullopt;
    return static_cast<dns::RouteId>(pool - pools.begin());
  }
  bool is_group(const std::string& name) const {
    const auto& groups = config_.policy.groups;
    return name == DefaultGroup ||
           std::any_of(groups.begin(), groups.end(), [&](const auto& group) { return group.name == name; });
  }

  const ProblemSink& sink_;
  Config& config_;
};

}  // namespace

std::vector<Endpoint> own_endpoints(const Config& config, const Machine& machine) {
  std::vector<Endpoint> own;
  for (const auto& endpoint : config.listen) {
    own.push_back(endpoint);
    if (!endpoint.address.is_unspecified()) continue;
    for (const auto& address : machine.addresses) {
      if (address.is_v4() == endpoint.address.is_v4()) own.push_back({address, endpoint.port});
    }
  }
  return own;
}

void read_upstreams(const JsonObject& top, const std::filesystem::path& folder, const Machine& machine,
                    const ProblemSink& sink, Config& config) {
  config.tls_ca = read_tls_ca(top, folder, {}, sink);
  UpstreamReader reader{folder, machine, sink, config};
  top.members("upstreams", [&](const std::string& name, const Json& value, const std::string& pointer) {
    reader.read_pool(name, value, pointer);
  });
  reader.complete();
}

void read_routes(const JsonObject& top, const ProblemSink& sink, Config& config) {
  const RouteReader reader{sink, config};
  top.members("routes", [&](const std::string& key, const Json& value, const std::string& pointer) {
    const auto suffix = parse_name(key, pointer, sink);
    if (!value.is_object()) return reader.read(suffix, value, "", pointer);
    for (const auto& [group, target] : value.items()) {
      const auto place = pointer + '/' + policy::pointer_token(group);
      reader.read(suffix, target, group == EveryGroup ? "" : group, place);
    }
  });
}

std::optional<dns::Name> parse_name(const std::string& text, const std::string& pointer, const ProblemSink& sink) {
  const auto pattern = policy::parse_pattern(text);
  if (!pattern) {
    sink.add(pointer, pattern.error());
  } else if (pattern->form != policy::PatternForm::Suffix) {
    sink.add(pointer, in_quotes(text) + ": a name alone is wanted here, without = or *");
  } else {
    return pattern->name;
  }
  return std::nullopt;
}

}  // namespace aven::app
