// pack: any octets as a rule pack and as a name set. Whatever they are: no crash; every problem names the file and a
// place and holds only characters that a log and the status page can show; a set without errors keeps its promises.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "policy/json_text.h"
#include "policy/rule_file.h"

namespace {

using namespace aven::policy;

const std::string PackFile = "rules/pack.json";
const std::string NamesFile = "rules/names/set.json";

bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

void check_problem(const Problem& problem) {
  AVEN_CHECK(problem.file == PackFile || problem.file == NamesFile);
  AVEN_CHECK(problem.pointer.empty() || problem.pointer.starts_with('/') || problem.pointer.starts_with("line "));
  AVEN_CHECK(!problem.text.empty());
  AVEN_CHECK(is_utf8(problem.pointer) && is_utf8(problem.text));
  const std::string line = to_text(problem);
  AVEN_CHECK(std::none_of(line.begin(), line.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7f;
  }));
}

// Only letters, digits, `-` and `_`: what is written with an escape has no form of its own.
bool is_plain(const Pattern& pattern) {
  constexpr std::string_view Plain = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return pattern.name.text().find_first_not_of(Plain) == std::string::npos;
}

void check_written_form(const Pattern& pattern) {
  if (!is_plain(pattern)) return;
  const auto again = parse_pattern(to_text(pattern));
  AVEN_CHECK(again);
  AVEN_CHECK(again->form == pattern.form && again->name == pattern.name && again->label == pattern.label);
}

void check_rules(const RuleSet& set) {
  AVEN_CHECK(std::is_sorted(set.rules.begin(), set.rules.end(),
                            [](const Rule& a, const Rule& b) { return a.full_id() < b.full_id(); }));
  for (const Rule& rule : set.rules) {
    AVEN_CHECK(!rule.pack.empty() && !rule.id.empty());
    AVEN_CHECK(rule.action != Action::None);
    AVEN_CHECK(rule.exempts.empty() || rule.action == Action::Allow);
    for (const auto* sources : {&rule.domains, &rule.except}) {
      for (const auto& source : *sources) {
        source.patterns.for_each([](std::size_t, const Pattern& pattern) { check_written_form(pattern); });
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const LoadedRules loaded = load_rules({{{PackFile, text}}, {{NamesFile, text}}});
  for (const auto& problem : loaded.problems) check_problem(problem);
  AVEN_CHECK(has_errors(loaded.problems));  // no text is a pack and a name set at once

  const LoadedRules alone = load_rules({{{PackFile, text}}, {}});
  for (const auto& problem : alone.problems) check_problem(problem);
  if (!has_errors(alone.problems)) check_rules(alone.rules);
  return 0;
}
