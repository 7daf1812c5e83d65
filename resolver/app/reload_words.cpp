#include "app/reload_words.h"

#include <cmath>
#include <cstdint>

namespace aven::app {
namespace {

using policy::Json;

constexpr std::size_t LongestField = 300;  // octets

std::string cut(std::string text) {
  if (text.size() <= LongestField) return text;
  auto end = LongestField;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return text.substr(0, end) + " ...";
}

std::string field_line(const Json& field) {
  const auto before = field.value("before", ""), after = field.value("after", "");
  std::string out = "    " + field.value("field", "") + ':';
  if (!before.empty()) out += " - " + cut(before);
  if (!after.empty()) out += " + " + cut(after);
  return out + '\n';
}

std::string rule_lines(const Json& rules) {
  std::string out;
  for (const auto& rule : rules) {
    out += "  " + rule.value("kind", "") + ' ' + rule.value("rule", "") + '\n';
    if (rule.value("kind", "") == "removed") continue;
    for (const auto& field : rule.value("fields", Json::array())) out += field_line(field);
  }
  return out;
}

std::string percent(const Json& side) {
  const auto tenths = std::llround(side.value("share_percent", 0.0) * 10);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

std::string side_lines(const char* what, const Json& side) {
  const auto names = side.value("names", std::size_t{0});
  if (names == 0) return {};
  std::string out = "  " + std::string{what} + ": " + std::to_string(names) + (names == 1 ? " name, " : " names, ") +
                    percent(side) + " of the last hour's questions\n";
  for (const auto& name : side.value("first", Json::array())) {
    std::string groups;
    for (const auto& group : name.value("groups", Json::array())) {
      groups += (groups.empty() ? "" : ", ") + group.get<std::string>();
    }
    out += "    " + name.value("name", "") + "  asked " + std::to_string(name.value("asked", std::uint64_t{0})) +
           " times, for " + groups + '\n';
  }
  return out;
}

std::string rehearsal_lines(const Json& reply) {
  const auto rehearsal = reply.value("rehearsal", Json::object());
  const std::string sides = side_lines("newly blocked", rehearsal.value("blocked", Json::object())) +
                            side_lines("newly allowed", rehearsal.value("allowed", Json::object()));
  return "Of the " + std::to_string(rehearsal.value("names", std::size_t{0})) + " names in the cache" +
         (sides.empty() ? ", none is answered otherwise.\n" : ":\n" + sides);
}

std::string problem_lines(const Json& reply) {
  std::string out;
  for (const auto& problem : reply.value("problems", Json::array())) {
    if (problem.value("severity", "") == "note") continue;
    const auto pointer = problem.value("pointer", "");
    out += problem.value("severity", "") + ": " + problem.value("file", "") + (pointer.empty() ? "" : ' ' + pointer) +
           ": " + problem.value("text", "") + '\n';
  }
  return out;
}

}  // namespace

std::string in_force_words(const Json& reply) {
  const bool trial = reply.value("trial", false);
  if (reply.value("in_force", false)) {
    return "In force: policy " + reply.value("policy_after", "").substr(0, 12) + ".\n";
  }
  std::string out;
  if (!trial) out = problem_lines(reply);
  if (trial && reply.value("good", false)) return {};
  return out + "Refused: what ran before goes on.\n";
}

std::string reload_words(const Json& reply) {
  const auto before = reply.value("policy_before", ""), after = reply.value("policy_after", "");
  std::string out;
  if (before == after) {
    out = "The rules are those that run: policy " + before.substr(0, 12) + ".\n";
  } else if (!after.empty()) {
    out = "Policy " + before.substr(0, 12) + " -> " + after.substr(0, 12) + '\n' +
          rule_lines(reply.value("rules", Json::array())) + rehearsal_lines(reply);
  }
  const auto objection = reply.value("objection", "");
  const bool told_below = !reply.value("trial", false) && !reply.value("in_force", false);
  if (!told_below) out += problem_lines(reply);
  if (!objection.empty()) out += "Refused unless it is forced: " + objection + ".\n";
  return out + in_force_words(reply);
}

}  // namespace aven::app
