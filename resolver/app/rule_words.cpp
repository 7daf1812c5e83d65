#include "app/rule_words.h"

#include <cstdlib>
#include <utility>

#include "status/problem_words.h"

namespace aven::app {
namespace {

using policy::first_day;
using policy::Mode;
using policy::Rule;

void add_part(std::string& text, std::string_view word, const std::string& list) {
  if (list.empty()) return;
  if (!text.empty()) text += "; ";
  (text += word) += ' ';
  text += list;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string join(const std::vector<Prefix>& prefixes) {
  std::vector<std::string> parts;
  for (const auto& prefix : prefixes) parts.push_back(prefix.text());
  return join(parts);
}

}  // namespace

Language spoken_language(std::string_view configured) {
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale{value};
    if (locale.starts_with("fr")) return Language::Fr;
    if (locale.starts_with("en")) return Language::En;
    break;
  }
  return configured == "fr" ? Language::Fr : Language::En;
}

std::string problem_text(const std::string& sentence, Language language) {
  if (language == Language::En) return sentence;
  auto french = status::words_of(sentence).french;
  return french.empty() ? sentence : french;
}

std::string_view code(Language language) noexcept {
  return language == Language::Fr ? "fr" : "en";
}

std::string audience(const Rule& rule, Language language) {
  std::string text;
  add_part(text, Phrase{"groups", "groupes"}.in(language), join(rule.groups));
  add_part(text, "clients", join(rule.clients));
  if (text.empty()) text = Phrase{"everyone", "tout le monde"}.in(language);
  add_part(text, Phrase{"not", "sauf"}.in(language), join(rule.except_clients));
  return text;
}

std::string standing(const Rule& rule, const policy::Calendar& calendar, WallTime now, Language language) {
  if (rule.mode == Mode::Off) return std::string{Phrase{"off", "désactivée"}.in(language)};
  const std::string end = last_day(rule.validity);
  const auto local = calendar.local(now);
  if (rule.validity.until && local >= *rule.validity.until) {
    return std::string{Phrase{"ended on ", "terminée le "}.in(language)} + end;
  }
  if (rule.validity.from && local < *rule.validity.from) {
    return std::string{Phrase{"from ", "à partir du "}.in(language)} + first_day(*rule.validity.from);
  }
  std::string text{rule.mode == Mode::Enforce ? Phrase{"enforced", "en vigueur"}.in(language)
                                              : Phrase{"only observed", "seulement observée"}.in(language)};
  if (!calendar.at(rule.validity, now).on)
    text += Phrase{", outside its hours now", ", hors horaires en ce moment"}.in(language);
  if (!end.empty()) text += std::string{Phrase{" until ", " jusqu'au "}.in(language)} + end;
  return text;
}

}  // namespace aven::app
