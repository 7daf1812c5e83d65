#include "app/summary.h"

#include <algorithm>

#include "app/rule_words.h"

namespace aven::app {
namespace {

using policy::Mode;

std::string upstream_lines(const upstream::UpstreamSet& set) {
  std::string text;
  for (const auto& pool : set.pools) {
    text += "asks " + pool.name + ":";
    for (const auto server : pool.servers) text += ' ' + set.servers[server].text();
    text += '\n';
  }
  return text;
}

std::string count(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + ' ' + (number == 1 ? one : many);
}

std::string rule_lines(const LoadedSet& set, WallTime now) {
  const auto& policy = *set.loaded.policy;
  std::size_t width = 0;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) width = std::max(width, policy.rule(i).full_id().size());

  std::string text;
  std::size_t off = 0;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const auto& rule = policy.rule(i);
    if (rule.mode == Mode::Off) {
      ++off;
      continue;
    }
    std::string id = rule.full_id();
    id.resize(width, ' ');
    text += "  " + id + "  " + std::string{action_key(rule.action)} + " for " + audience(rule, Language::En) + ", " +
            standing(rule, *set.loaded.calendar, now, Language::En) + '\n';
  }
  if (off > 0) text += "  and " + count(off, "rule", "rules") + " that " + (off == 1 ? "is" : "are") + " off\n";
  return text;
}

}  // namespace

std::string summary(const LoadedSet& set, const std::vector<Endpoint>& listening, WallTime now) {
  const auto& policy = *set.loaded.policy;
  std::string text;
  for (const auto& endpoint : listening) text += "listens on " + endpoint.text() + " (UDP and TCP)\n";
  text += upstream_lines(*set.loaded.upstreams);
  text += count(policy.rule_count(), "rule", "rules") + " with " + count(policy.name_count(), "name", "names") +
          ", policy " + policy.id().substr(0, 12) + ", time zone " + set.config.policy.timezone + '\n';
  return text + rule_lines(set, now);
}

std::string dig_line(const LoadedSet& set, const std::vector<Endpoint>& listening) {
  if (listening.empty()) return {};
  Endpoint server = listening.front();
  std::string address = server.address.text();
  if (server.address.is_unspecified()) address = server.address.is_v4() ? "127.0.0.1" : "::1";
  const std::string port = server.port == 53 ? "" : " -p " + std::to_string(server.port);
  return "dig @" + address + port + ' ' + (set.blocked_name.empty() ? "www.example.org" : set.blocked_name);
}

}  // namespace aven::app
