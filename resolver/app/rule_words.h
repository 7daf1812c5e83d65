// Words for rules, for the start of serve, for check and for explain, in English or French.
// Thread: any.
// Fails: never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/calendar.h"
#include "policy/rule.h"
#include "policy/rule_text.h"
#include "policy/verdict.h"

namespace aven::app {

enum class Language : std::uint8_t { En, Fr };

// By LC_ALL, LC_MESSAGES, LANG where one names English or French, else `configured` ("en", "fr").
Language spoken_language(std::string_view configured);
std::string_view code(Language language) noexcept;  // "en", "fr"

// The one of the two that fits, for tables of phrases.
struct Phrase {
  std::string_view en, fr;
  std::string_view in(Language language) const noexcept { return language == Language::Fr ? fr : en; }
};

// A problem's sentence; in French where status/problem_words knows it.
std::string problem_text(const std::string& sentence, Language language);

using policy::action_key;
using policy::last_day;
using policy::mode_key;

// "everyone", "groups agents, prestataires; clients 10.10.4.17; not 10.10.9.0/24"
std::string audience(const policy::Rule& rule, Language language);
// "enforced until 2027-03-31", "observed", "off", "ended on 2026-01-31", "from 2027-01-01 on", "outside its
// hours"
std::string standing(const policy::Rule& rule, const policy::Calendar& calendar, WallTime now, Language language);

}  // namespace aven::app
