// Runs the table of rules/README.md: what users read is what the program does.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "dns/text.h"
#include "policy/pattern_set.h"
#include "policy/policy_compiler.h"
#include "policy/rule_file.h"

using namespace aven;
using Json = nlohmann::ordered_json;

namespace {

struct Row {
  std::string rules, question, client, decider;
};

std::string trimmed(std::string text) {
  const auto kept = [](char c) { return c != ' ' && c != '`'; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '`') out += text[i];
  }
  while (!out.empty() && !kept(out.back())) out.pop_back();
  out.erase(0, out.find_first_not_of(' '));
  return out;
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto end = text.find(by, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string::npos) return parts;
    at = end + by.size();
  }
}

std::vector<Row> read_table() {
  std::ifstream file{std::string{AVEN_SOURCE_DIR} + "/rules/README.md"};
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| rules | question |")) inside = true;
    if (!inside) continue;
    if (!line.starts_with("|")) break;
    const auto cells = split(line, "|");
    if (line.starts_with("| rules") || line.starts_with("| ---")) continue;
    REQUIRE(cells.size() == 7);
    rows.push_back({trimmed(cells[1]), trimmed(cells[2]), trimmed(cells[3]), trimmed(cells[4])});
  }
  return rows;
}

// The first column's grammar stands in the comment above the table.
Json rule_of(const std::string& text, std::string& pack) {
  const auto words = split(text, " ");
  const auto slash = words.at(0).find('/');
  pack = words[0].substr(0, slash);
  Json rule{{"id", words[0].substr(slash + 1)}};
  std::string action = words.at(1);
  if (const auto priority = action.find('!'); priority != std::string::npos) {
    rule["priority"] = std::stoi(action.substr(priority + 1));
    action.resize(priority);
  }
  if (const auto mode = action.find('@'); mode != std::string::npos) {
    rule["mode"] = action.substr(mode + 1);
    action.resize(mode);
  }
  rule["action"] = action;
  if (action != "allow") rule["whole_suffix"] = true;  // one row blocks `com`
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.starts_with("for=")) {
      rule["clients"] = split(word.substr(4), ",");
    } else if (word.starts_with("notfor=")) {
      rule["except_clients"] = split(word.substr(7), ",");
    } else if (word.starts_with("lifts=")) {
      rule["exempts"] = split(word.substr(6), ",");
    } else if (word.starts_with("-")) {
      rule["except"] = split(word.substr(1), ",");
    } else if (word.starts_with("+")) {
      rule["types"] = split(word.substr(1), ",");
    } else {
      rule["domains"] = split(word, ",");
    }
  }
  return rule;
}

std::unique_ptr<const policy::Policy> compile(const std::string& rules) {
  std::map<std::string, Json> packs;
  for (const auto& text : split(rules, "; ")) {
    std::string pack;
    const Json rule = rule_of(text, pack);
    auto& json = packs[pack];
    json["format"] = 1;
    json["pack"] = pack;
    json["rules"].push_back(rule);
  }
  policy::RuleTexts texts;
  for (const auto& [name, json] : packs) texts.packs.push_back({name + ".json", json.dump()});
  auto loaded = policy::load_rules(texts);
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE_FALSE(policy::has_errors(loaded.problems));
  auto compiled = policy::compile_policy(std::move(loaded.rules), {}, 1, WallTime{});
  for (const auto& problem : compiled.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE(compiled.policy != nullptr);
  return std::move(compiled.policy);
}

std::string name_of(const policy::Policy& policy, policy::RuleIndex rule) {
  return rule == policy::NoRule ? "nobody" : policy.rule(rule).full_id();
}

}  // namespace

TEST_CASE("every row of the precedence table of rules/README.md decides as it says", "[policy]") {
  const auto rows = read_table();
  REQUIRE(rows.size() >= 60);
  const auto calendar = policy::Calendar::for_zone("UTC");
  for (const auto& row : rows) {
    INFO(row.rules + " | " + row.question + " | " + row.client);
    const auto policy = compile(row.rules);
    const policy::Activity activity{*policy, *calendar, WallTime{std::chrono::hours{500000}}, Tick{}};
    const auto patterns = policy->make_patterns();
    const auto words = split(row.question, " ");
    const auto client = IpAddress::parse(row.client.empty() ? "10.0.0.1" : row.client);
    REQUIRE(client);
    const policy::Policy::Asking asking{policy->class_of(*client),
                                        words.size() > 1 ? dns::parse_type(words[1]).value() : dns::Type::A};
    policy::Policy::ChainState chain;
    const auto verdict =
        policy->match(dns::Name::from_text(words[0]).value(), asking, activity, *patterns, Tick{}, chain);
    std::string decided = name_of(*policy, verdict.rule);
    if (verdict.would_hit != policy::NoRule) decided += " ~" + name_of(*policy, verdict.would_hit);
    CHECK(decided == row.decider);
  }
}

TEST_CASE("all shipped rules enforced together load", "[policy]") {
  policy::RuleTexts texts;
  const auto read = [](const std::string& path) {
    std::ifstream file{std::string{AVEN_SOURCE_DIR} + "/rules/" + path};
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return policy::SourceText{"rules/" + path, text.str()};
  };
  for (const char* set : {"canary", "chatgpt", "claude", "copilot", "deepseek", "gemini", "github-copilot", "grok",
                          "meta-ai", "mistral", "openai", "perplexity", "private-relay", "public-resolvers"}) {
    texts.name_sets.push_back(read(std::string{"names/"} + set + ".json"));
  }
  for (const char* pack : {"chatgpt", "dns-bypass", "openai", "other-assistants", "watch"}) {
    texts.packs.push_back(read(std::string{pack} + ".json"));
  }
  auto loaded = policy::load_rules(texts);
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE(loaded.problems.empty());
  for (auto& rule : loaded.rules.rules) rule.mode = policy::Mode::Enforce;
  const auto compiled = policy::compile_policy(std::move(loaded.rules), {}, 1, WallTime{});
  for (const auto& problem : compiled.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE(compiled.policy != nullptr);
}
