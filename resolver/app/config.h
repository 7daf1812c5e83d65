// Config: aven.json, checked and with its defaults (DESIGN.md section 6), in the form in which the layers
// below take it.
// Thread: any; a value. parse_config opens no file and calls no clock.
// Fails: by problems, all of them at once, each with its JSON pointer; an unknown key names the nearest one.
// With errors the Config holds what could be understood and defaults for the rest; it must not be served
// from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/machine.h"
#include "base/net_address.h"
#include "cache/answer_cache.h"
#include "pipeline/settings.h"
#include "policy/policy_compiler.h"
#include "policy/problem.h"
#include "policy/rule_file.h"
#include "server/limits.h"
#include "stats/query_log.h"
#include "upstream/upstream_set.h"

namespace aven::app {

enum class WithoutRules : std::uint8_t { Forward, Exit };
enum class ReloadMode : std::uint8_t { Watch, Explicit };
using stats::LogLevel;

struct GroupLog {
  LogLevel level = LogLevel::Blocked;
  std::uint32_t retention_days = 30;
};

struct QueryLog {
  std::filesystem::path file;  // empty: none is kept
  LogLevel level = LogLevel::Blocked;
  std::uint32_t retention_days = 30;
  std::uint32_t pseudonymise_after_days = 1;
  std::uint32_t recent_minutes = 30;
  std::map<std::string, GroupLog> groups;
};

// The status page. What its files hold is not in here: aven.json is kept in the state folder, secrets are not.
struct PageSettings {
  std::optional<Endpoint> listen;          // none: nowhere
  bool login = false;                      // an account is needed
  std::filesystem::path accounts;          // written by `aven passwd`
  std::filesystem::path certificate, key;  // PEM; empty: no TLS
  std::uint32_t session_hours = 12;
  std::vector<Prefix> monitoring_from;     // who may read /metrics, /healthz, /readyz
  std::filesystem::path monitoring_token;  // the file that holds it; empty: none is asked for

  bool operator==(const PageSettings&) const = default;
};

struct Config {
  std::vector<Endpoint> listen;
  std::uint32_t workers = 0;                    // 0 = one per core
  std::filesystem::path rules, state, control;  // relative ones are relative to the configuration's folder
  WithoutRules without_rules = WithoutRules::Forward;
  ReloadMode reload = ReloadMode::Watch;
  policy::PolicySettings policy;
  upstream::UpstreamSet upstreams;
  std::filesystem::path tls_ca;  // of pools that do not say theirs; empty: the system's authorities
  pipeline::Settings settings;   // limits are totals
  server::TcpLimits tcp;
  cache::CacheLimits cache;
  std::filesystem::path cache_file;  // empty: the cache does not outlive the process
  // Of pools that do not say theirs; the least one of the pool `default` alone.
  std::uint32_t cache_min_ttl = 0, cache_max_ttl = 86400, cache_negative_max_ttl = 3600;
  QueryLog query_log;
  std::uint32_t max_exemption_hours = 24;    // of `aven exempt`
  std::uint32_t max_new_share_percent = 20;  // of the last hour's questions that a reload may newly block unasked
  PageSettings status;
};

struct LoadedConfig {
  Config config;
  policy::Problems problems;
};

// `text` without value: the defaults. `folder`: the folder of the file, for relative paths.
LoadedConfig parse_config(const std::optional<policy::SourceText>& text, const std::filesystem::path& folder,
                          const Machine& machine);

// Every key that aven.json may hold, as "/cache/size_mb"; `*` stands for a name that the administrator
// chooses.
std::vector<std::string> config_keys();

}  // namespace aven::app
