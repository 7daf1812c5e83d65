#include "app/config.h"

#include <algorithm>
#include <string_view>

#include "app/config_page.h"
#include "app/config_upstreams.h"
#include "app/version.h"
#include "dns/record_text.h"
#include "policy/json_object.h"
#include "policy/json_text.h"

namespace aven::app {
namespace {

using policy::in_quotes;
using policy::Json;
using policy::JsonObject;
using policy::ProblemSink;

constexpr std::string_view TopKeys[] = {"$schema",
                                        "listen",
                                        "workers",
                                        "allow_from",
                                        "rules",
                                        "state",
                                        "control",
                                        "without_rules",
                                        "reload",
                                        "require",
                                        "timezone",
                                        "language",
                                        "groups",
                                        "must_resolve",
                                        "sinkhole",
                                        "upstreams",
                                        "tls_ca",
                                        "routes",
                                        "private_reverse",
                                        "records",
                                        "cache",
                                        "limits",
                                        "query_log",
                                        "max_exemption_hours",
                                        "max_new_share_percent",
                                        "status"};
constexpr std::string_view SinkholeKeys[] = {"ipv4", "ipv6", "ttl"};
constexpr std::string_view CacheKeys[] = {"size_mb",       "min_ttl",  "max_ttl",      "negative_max_ttl",
                                          "serve_stale_s", "prefetch", "nxdomain_cut", "file"};
constexpr std::string_view LimitKeys[] = {"client_qps",     "in_flight",     "in_flight_per_client", "tcp_connections",
                                          "tcp_per_client", "tcp_pipelined", "tcp_idle_ms",          "tcp_unsent_kb"};
constexpr std::string_view QueryLogKeys[] = {"file",           "level", "retention_days", "pseudonymise_after_days",
                                             "recent_minutes", "groups"};
constexpr std::string_view GroupLogKeys[] = {"level", "retention_days"};

// In the order of the enums' values.
constexpr std::string_view WithoutRulesChoices[] = {"forward", "exit"};
constexpr std::string_view ReloadChoices[] = {"watch", "explicit"};
constexpr std::string_view LevelChoices[] = {"none", "counts", "blocked", "all"};
constexpr std::string_view PrivateReverseChoices[] = {"auto", "local", "forward"};
constexpr std::string_view NxdomainCutChoices[] = {"off", "secure", "all"};
constexpr std::string_view RequireChoices[] = {"owner", "reason", "legal_basis", "valid_until", "review_by", "contact"};
constexpr std::string_view LanguageChoices[] = {"en", "fr"};

constexpr std::string_view DefaultGroup = "default";
constexpr std::uint16_t DnsPort = 53;
constexpr std::uint32_t Day = 86400, Week = 7 * Day, Million = 1'000'000;
constexpr std::size_t Kilobyte = 1U << 10, Megabyte = 1U << 20;

template <std::size_t N>
bool is_one_of(const std::string& text, const std::string_view (&choices)[N]) {
  return std::find(std::begin(choices), std::end(choices), text) != std::end(choices);
}

void set_defaults(Config& config, const Machine& machine) {
  config.listen = {*Endpoint::parse("127.0.0.1:5300"), *Endpoint::parse("[::1]:5300")};
  for (const char* network :
       {"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"}) {
    config.policy.allow_from.push_back(*Prefix::parse(network));
  }
  config.policy.sinkhole_ipv4 = {*IpAddress::parse("0.0.0.0")};
  config.policy.sinkhole_ipv6 = {*IpAddress::parse("::")};
  config.settings.server_id = machine.host_name;
  config.settings.version = "Aven " + std::string{version()};
}

class ConfigReader {
 public:
  ConfigReader(const Json& json, const std::filesystem::path& folder, const Machine& machine, LoadedConfig& out)
      : folder_(folder),
        machine_(machine),
        config_(out.config),
        sink_{out.problems, out.config.policy.file},
        top_(json, "", TopKeys, sink_) {}

  void read() {
    read_listen();
    read_places();
    read_policy();
    read_groups();
    read_sinkhole();
    read_cache();
    read_limits();
    read_upstreams(top_, folder_, machine_, sink_, config_);
    read_routes(top_, sink_, config_);
    read_records();
    read_query_log();
    set_log_levels();
    declare_log();
    read_page(top_, folder_, sink_, config_);
  }

 private:
  void read_listen() {
    std::vector<Endpoint> listen;
    const bool is_there = top_.strings("listen", [&](const std::string& text, const std::string& pointer) {
      const auto endpoint = Endpoint::parse(text, DnsPort);
      if (!endpoint) {
        return sink_.add(pointer, in_quotes(text) + " is not an address with a port such as 127.0.0.1:53 or [::1]:53");
      }
      if (endpoint->port != 0 && std::find(listen.begin(), listen.end(), *endpoint) != listen.end()) {
        return sink_.add(pointer, in_quotes(text) + " is in this list already");
      }
      listen.push_back(*endpoint);
    });
    const auto* value = top_.find("listen");
    if (is_there && value->empty()) sink_.add("/listen", "names no address: Aven would answer nobody");
    if (is_there && !listen.empty()) config_.listen = std::move(listen);
    top_.number("workers", config_.workers, 0, 1024);
  }

  void read_path(const JsonObject& object, std::string_view key, std::filesystem::path& out) {
    std::string text = out.string();
    object.string(key, text);
    if (text.empty() || text.find('\0') != std::string::npos) {
      return sink_.add(object.pointer_to(key), "must be a path");
    }
    out = (folder_ / text).lexically_normal();
  }

  void read_places() {
    config_.rules = "rules";
    config_.state = "state";
    read_path(top_, "rules", config_.rules);
    read_path(top_, "state", config_.state);
    config_.control = "control.sock";
    if (top_.find("control") != nullptr) {
      read_path(top_, "control", config_.control);
    } else {
      config_.control = config_.state / config_.control;
    }
    top_.choice("without_rules", config_.without_rules, WithoutRulesChoices);
    top_.choice("reload", config_.reload, ReloadChoices);
    top_.number("max_exemption_hours", config_.max_exemption_hours, 1, 24 * 366);
    top_.number("max_new_share_percent", config_.max_new_share_percent, 0, 100);
  }

  void read_policy() {
    auto& policy = config_.policy;
    top_.prefixes("allow_from", policy.allow_from);
    top_.string("timezone", policy.timezone);
    policy.timezone_rule = zone_rule(policy.timezone);
    enum class Language : std::uint8_t { En, Fr } language = Language::En;
    top_.choice("language", language, LanguageChoices);
    policy.language = LanguageChoices[static_cast<std::size_t>(language)];
    top_.choice("private_reverse", config_.settings.private_reverse, PrivateReverseChoices);
    top_.strings("require", [&](const std::string& text, const std::string& pointer) {
      if (is_one_of(text, RequireChoices)) return policy.require.push_back(text);
      sink_.add(pointer, in_quotes(text) +
                             " is no key that can be required: owner, reason, legal_basis, valid_until, "
                             "review_by, contact");
    });
    top_.strings("must_resolve", [&](const std::string& text, const std::string& pointer) {
      if (const auto name = parse_name(text, pointer, sink_))
        policy.must_resolve.push_back({*name, "", policy.file, pointer});
    });
  }

  void read_groups() {
    top_.members("groups", [&](const std::string& name, const Json& value, const std::string& pointer) {
      if (name.empty() || name == DefaultGroup) {
        return sink_.add(pointer, "a group needs a name, and `default` is the name of those who are in no group");
      }
      if (!value.is_array()) return sink_.add(pointer, "must be an array of networks, [\"10.10.0.0/16\"]");
      policy::Group group{name, {}};
      for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string place = pointer + '/' + std::to_string(i);
        if (!value[i].is_string()) {
          sink_.add(place, "must be a text in quotes");
        } else if (const auto network = policy::parse_network(value[i].get_ref<const std::string&>(), place, sink_)) {
          group.prefixes.push_back(*network);
        }
      }
      config_.policy.groups.push_back(std::move(group));
    });
  }

  void read_addresses(const JsonObject& object, std::string_view key, bool v4, std::vector<IpAddress>& out) {
    std::vector<IpAddress> read;
    const bool is_there = object.strings(key, [&](const std::string& text, const std::string& pointer) {
      const auto address = IpAddress::parse(text);
      if (address && address->is_v4() == v4) return read.push_back(*address);
      sink_.add(pointer, in_quotes(text) + (v4 ? " is not an IPv4 address" : " is not an IPv6 address"));
    });
    if (is_there) out = std::move(read);
  }

  void read_sinkhole() {
    const auto* value = top_.find("sinkhole");
    if (value == nullptr) return;
    const JsonObject sinkhole{*value, "/sinkhole", SinkholeKeys, sink_};
    read_addresses(sinkhole, "ipv4", true, config_.policy.sinkhole_ipv4);
    read_addresses(sinkhole, "ipv6", false, config_.policy.sinkhole_ipv6);
    sinkhole.number("ttl", config_.policy.sinkhole_ttl, 0, Day);
  }

  void read_cache() {
    if (const auto* value = top_.find("cache")) {
      const JsonObject cache{*value, "/cache", CacheKeys, sink_};
      std::size_t size_mb = config_.cache.max_bytes / Megabyte;
      cache.number("size_mb", size_mb, 1, 65536);
      config_.cache.max_bytes = size_mb * Megabyte;
      cache.number("min_ttl", config_.cache_min_ttl, 0, Day);
      cache.number("max_ttl", config_.cache_max_ttl, 0, Week);
      if (config_.cache_min_ttl > config_.cache_max_ttl) sink_.add("/cache/min_ttl", "must not be above max_ttl");
      cache.number("negative_max_ttl", config_.cache_negative_max_ttl, 0, Day);
      cache.number("serve_stale_s", config_.settings.serve_stale_s, 0, Week);
      cache.boolean("prefetch", config_.settings.prefetch);
      if (cache.find("file") != nullptr) read_path(cache, "file", config_.cache_file);
      cache.choice("nxdomain_cut", config_.settings.nxdomain_cut, NxdomainCutChoices);
    }
    config_.cache.serve_stale_s = config_.settings.serve_stale_s;
  }

  void read_limits() {
    std::uint32_t idle_ms = 10000;
    if (const auto* value = top_.find("limits")) {
      const JsonObject limits{*value, "/limits", LimitKeys, sink_};
      std::size_t unsent_kb = config_.tcp.unsent_bytes / Kilobyte;
      limits.number("client_qps", config_.settings.client_qps, 0, Million);
      limits.number("in_flight", config_.settings.in_flight, 1, Million);
      limits.number("in_flight_per_client", config_.settings.in_flight_per_client, 1, Million);
      limits.number("tcp_connections", config_.tcp.connections, 1, Million);
      limits.number("tcp_per_client", config_.tcp.per_client, 1, Million);
      limits.number("tcp_pipelined", config_.tcp.pipelined, 1, 65535);
      limits.number("tcp_idle_ms", idle_ms, 1000, 600'000);
      limits.number("tcp_unsent_kb", unsent_kb, 64, 65536);
      config_.tcp.unsent_bytes = unsent_kb * Kilobyte;
    }
    config_.tcp.idle = std::chrono::milliseconds{idle_ms};
    config_.settings.tcp_keepalive_100ms = static_cast<std::uint16_t>(idle_ms / 100);
  }

  void read_records() {
    auto& records = config_.policy.records;
    top_.strings("records", [&](const std::string& text, const std::string& pointer) {
      auto record = dns::parse_record(text);
      if (!record) return sink_.add(pointer, in_quotes(text) + ": " + record.error());
      if (record->class_ != dns::Class::IN) return sink_.add(pointer, "only records of class IN can be answered");
      const bool alias = record->type == dns::Type::CNAME;
      for (const auto& other : records) {
        if (other.owner == record->owner && (alias || other.type == dns::Type::CNAME)) {
          return sink_.add(pointer,
                           "a CNAME stands alone at its name (RFC 1034 section 3.6.2), and there is another record");
        }
      }
      records.push_back({record->owner, record->type, record->ttl, std::move(record->rdata)});
    });
  }

  void read_query_log() {
    const auto* value = top_.find("query_log");
    if (value == nullptr) return;
    auto& log = config_.query_log;
    const JsonObject object{*value, "/query_log", QueryLogKeys, sink_};
    std::string file;
    object.string("file", file);
    if (!file.empty()) log.file = (folder_ / file).lexically_normal();
    object.choice("level", log.level, LevelChoices);
    object.number("retention_days", log.retention_days, 0, 3660);
    object.number("pseudonymise_after_days", log.pseudonymise_after_days, 0, 3660);
    object.number("recent_minutes", log.recent_minutes, 0, 1440);
    object.members("groups", [&](const std::string& name, const Json& member, const std::string& pointer) {
      const auto& groups = config_.policy.groups;
      const bool known = name == DefaultGroup || std::any_of(groups.begin(), groups.end(),
                                                             [&](const auto& group) { return group.name == name; });
      if (!known) sink_.add(pointer, "there is no group " + in_quotes(name) + " in `groups`");
      const JsonObject group{member, pointer, GroupLogKeys, sink_};
      GroupLog settings{log.level, log.retention_days};
      group.choice("level", settings.level, LevelChoices);
      group.number("retention_days", settings.retention_days, 0, 3660);
      log.groups[name] = settings;
    });
  }

  void set_log_levels() {
    const auto& log = config_.query_log;
    const auto level_of = [&](const std::string& group) {
      const auto found = log.groups.find(group);
      return found == log.groups.end() ? log.level : found->second.level;
    };
    auto& levels = config_.settings.log_levels;  // in the order of the policy's groups
    levels = {level_of(std::string{DefaultGroup})};
    for (const auto& group : config_.policy.groups) levels.push_back(level_of(group.name));
  }

  void declare_log() {
    const auto& log = config_.query_log;
    const auto declare = [&](const std::string& of, LogLevel level, std::uint32_t days) {
      config_.policy.declared.push_back("log " + of + ' ' + std::to_string(static_cast<int>(level)) + ' ' +
                                        std::to_string(days));
    };
    if (log.file.empty()) return;
    declare("all, pseudonyms after " + std::to_string(log.pseudonymise_after_days), log.level, log.retention_days);
    for (const auto& [group, settings] : log.groups) declare("group " + group, settings.level, settings.retention_days);
  }

  const std::filesystem::path& folder_;
  const Machine& machine_;
  Config& config_;
  ProblemSink sink_;
  JsonObject top_;
};

void add_keys(std::vector<std::string>& keys, const std::string& place, std::span<const std::string_view> names) {
  for (const auto name : names) keys.push_back(place + '/' + std::string{name});
}

}  // namespace

LoadedConfig parse_config(const std::optional<policy::SourceText>& text, const std::filesystem::path& folder,
                          const Machine& machine) {
  LoadedConfig out;
  if (text) out.config.policy.file = text->file;
  set_defaults(out.config, machine);
  Json json = policy::Json::object();
  if (text) policy::parse_json({out.problems, text->file}, text->text, policy::Comments::Yes, json);
  ConfigReader{json, folder, machine, out}.read();
  return out;
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  add_keys(keys, "", TopKeys);
  add_keys(keys, "/sinkhole", SinkholeKeys);
  add_keys(keys, "/upstreams/*", UpstreamKeys);
  add_keys(keys, "/cache", CacheKeys);
  add_keys(keys, "/limits", LimitKeys);
  add_keys(keys, "/query_log", QueryLogKeys);
  add_keys(keys, "/query_log/groups/*", GroupLogKeys);
  add_keys(keys, "/status", page_keys());
  add_keys(keys, "/status/monitoring", monitoring_keys());
  return keys;
}

}  // namespace aven::app
