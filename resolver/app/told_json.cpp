#include <array>
#include <nlohmann/json.hpp>

#include "app/told.h"
#include "dns/text.h"

namespace aven::app {
namespace {

using Json = nlohmann::ordered_json;

Json local_text(const policy::LocalText& text) {
  Json json = Json::object();
  if (!text.en.empty()) json["en"] = text.en;
  if (!text.fr.empty()) json["fr"] = text.fr;
  return json;
}

std::string_view step_key(Step step) {
  static constexpr std::array<std::string_view, 7> Keys{"not_allowed", "records",  "special", "route",
                                                        "rule",        "upstream", "reply"};
  return Keys[static_cast<std::size_t>(step)];
}

std::string_view decided_by_key(policy::DecidedBy by) {
  static constexpr std::array<std::string_view, 5> Keys{"only_one", "priority", "specificity", "allow", "order"};
  return Keys[static_cast<std::size_t>(by)];
}

Json addresses(const std::vector<IpAddress>& list) {
  Json json = Json::array();
  for (const auto& address : list) json.push_back(address.text());
  return json;
}

Json deciding_rule(const policy::Rule& rule, const policy::BlockedAnswer& answer, RuleClients clients) {
  Json json{{"id", rule.full_id()},
            {"file", rule.file},
            {"pointer", rule.pointer},
            {"title", local_text(rule.title)},
            {"action", action_key(rule.action)},
            {"reason", local_text(rule.reason)},
            {"legal_basis", rule.legal_basis},
            {"owner", rule.owner},
            {"contact", rule.contact},
            {"groups", rule.groups},
            {"until", last_day(rule.validity)},
            {"answer", {{"ipv4", addresses(answer.ipv4)}, {"ipv6", addresses(answer.ipv6)}, {"ttl", answer.ttl}}},
            {"ede", static_cast<unsigned>(answer.ede)}};
  if (clients == RuleClients::Shown) json["for"] = audience(rule, Language::En);
  return json;
}

Json match_json(const policy::Policy& policy, const policy::ExplainedMatch& match) {
  const auto& rule = policy.rule(match.rule);
  Json json{{"rule", rule.full_id()},
            {"action", action_key(rule.action)},
            {"mode", mode_key(rule.mode)},
            {"pattern", match.pattern},
            {"place", match.place},
            {"active", match.active() && rule.mode != policy::Mode::Off},
            {"in_clients", match.in_clients},
            {"in_dates", match.in_dates},
            {"in_schedule", match.in_schedule},
            {"type_matches", match.type_matches},
            {"excepted", match.excepted},
            {"exempted", match.exempted},
            {"paused", match.paused}};
  if (match.exempted_by != policy::NoRule) json["exempted_by"] = policy.rule(match.exempted_by).full_id();
  return json;
}

Json matches_json(const policy::Policy& policy, const policy::Explanation& explanation) {
  Json json = Json::array();
  for (const auto& match : explanation.matches) json.push_back(match_json(policy, match));
  return json;
}

Json reply_json(const policy::Policy& policy, const ToldReply& reply) {
  Json aliases = Json::array();
  for (const auto& alias : reply.aliases) {
    aliases.push_back({{"name", alias.name.text()}, {"matches", matches_json(policy, alias.explanation)}});
  }
  return {
      {"rcode", dns::to_text(reply.rcode)}, {"aliases", std::move(aliases)}, {"addresses", addresses(reply.addresses)}};
}

}  // namespace

std::string to_json(const Told& told, RuleClients clients) {
  const auto& policy = *told.set.loaded.policy;
  const auto& explanation = told.explanation;
  Json json;
  json["question"] = {{"name", told.question.name.text()}, {"type", dns::to_text(told.question.type)}};
  json["client"] = {
      {"address", told.question.client.text()}, {"group", explanation.group}, {"allowed", explanation.client_allowed}};
  json["at"] = date::format("%FT%TZ", told.question.at);
  json["step"] = step_key(told.step);
  json["verdict"] = action_key(explanation.verdict.action);
  if (const auto* rule = told.rule()) {
    json["rule"] = deciding_rule(*rule, policy.blocked_answer(explanation.verdict.answer), clients);
    json["decided_by"] = decided_by_key(explanation.decided_by);
  }
  if (explanation.ends) json["ends"] = date::format("%FT%TZ", *explanation.ends);
  if (explanation.verdict.would_hit != policy::NoRule) {
    json["would_hit"] = policy.rule(explanation.verdict.would_hit).full_id();
  }
  if (told.step == Step::Upstream || told.step == Step::Reply) json["upstream"] = told.pool;
  if (told.reply) json["reply"] = reply_json(policy, *told.reply);
  json["matches"] = matches_json(policy, explanation);
  json["policy"] = policy.id();
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aven::app
