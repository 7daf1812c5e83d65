#include "app/replay_words.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/history_words.h"

namespace aven::app {
namespace {

using Json = nlohmann::ordered_json;

class Words {
 public:
  Words(const Replay& replay, Language language) : replay_(replay), language_(language) {}

  std::string text(const ReplayFacts& facts) {
    heading(facts);
    if (replay_.lines == 0) return std::move(text_);
    totals();
    rules();
    names({"newly blocked names", "noms nouvellement bloqués"}, replay_.newly_blocked);
    names({"names no longer blocked", "noms qui ne seraient plus bloqués"}, replay_.newly_allowed);
    notes();
    return std::move(text_);
  }

 private:
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }

  std::string percent(std::uint64_t some) const {
    const auto all = static_cast<double>(replay_.judged);
    const auto tenths = replay_.judged == 0 ? 0 : std::llround(1000.0 * static_cast<double>(some) / all);
    return std::to_string(tenths / 10) + say({".", ","}) + std::to_string(tenths % 10) + " %";
  }

  void heading(const ReplayFacts& facts) {
    text_ = facts.log + say({": ", " : "}) + std::to_string(replay_.lines) + say({" questions", " questions"});
    if (replay_.lines > 0) text_ += say({", from ", ", du "}) + facts.first + say({" to ", " au "}) + facts.last;
    text_ += say({"\nproposed policy ", "\npolitique proposée "}) + short_id(facts.policy) +
             say({", as if asked in the week from ", ", comme si posées dans la semaine du "}) + facts.week + '\n';
  }

  void part(Phrase label, std::uint64_t number, bool with_share = false) {
    text_ += say(label) + ' ' + std::to_string(number);
    if (with_share) text_ += " (" + percent(number) + ')';
  }

  void counts(const Replay::Count& count, bool with_share) {
    part({"blocked", "bloquées"}, count.blocked, with_share);
    part({", newly", ", nouvellement"}, count.newly_blocked, with_share);
    part({"; no longer", " ; plus bloquées"}, count.newly_allowed);
    if (count.unclear > 0) part({"; unclear", " ; indécises"}, count.unclear);
    if (count.would_block > 0) part({"; observed", " ; observées"}, count.would_block);
    text_ += '\n';
  }

  void totals() {
    text_ += '\n';
    counts(replay_.sum, true);
  }

  void rules() {
    for (const auto& [rule, groups] : replay_.rules) {
      text_ += '\n' + rule + '\n';
      for (const auto& [group, count] : groups) {
        text_ += "  " + group + say({": ", " : "});
        counts(count, false);
      }
    }
  }

  void names(Phrase title, const Replay::Names& names) {
    if (names.all == 0) return;
    text_ += '\n' + say(title) + say({": ", " : "}) + std::to_string(names.all) + '\n';
    for (const auto& [name, asked] : names.first) text_ += "  " + name + "  " + std::to_string(asked) + '\n';
    if (names.all > names.first.size()) text_ += "  ...\n";
  }

  void note(std::uint64_t number, Phrase phrase) {
    if (number > 0) text_ += std::to_string(number) + say(phrase);
  }

  void notes() {
    text_ += '\n';
    note(replay_.unjudged,
         {" not judged: records, special names, clients that may not ask, groups that are no more.\n",
          " non jugées : enregistrements, noms spéciaux, clients non admis, groupes qui n'existent plus.\n"});
    note(replay_.by_group, {" from pseudonymised lines: judged as their group.\n",
                            " issues de lignes pseudonymisées : jugées comme leur groupe.\n"});
    note(replay_.sum.unclear,
         {" unclear: blocked then by a rule that still holds but does not name them: an alias or an address in the "
          "reply,\nor the name was taken out.\n",
          " indécises : bloquées alors par une règle toujours en vigueur qui ne les nomme pas : un alias ou une "
          "adresse dans la\nréponse, ou un nom retiré.\n"});
    text_ += say({"Names alone are judged: the log holds no aliases and no addresses of replies.\n",
                  "Seuls les noms sont jugés : le journal ne garde ni alias ni adresses des réponses.\n"});
    if (replay_.only_blocked) {
      text_ +=
          say({"The log holds blocked questions alone: what would be newly blocked does not show in it.\n",
               "Le journal ne garde que les questions bloquées : ce qui serait nouvellement bloqué n'y est pas.\n"});
    }
  }

  const Replay& replay_;
  const Language language_;
  std::string text_;
};

void put(Json& json, const Replay::Count& count) {
  json["blocked"] = count.blocked;
  json["newly_blocked"] = count.newly_blocked;
  json["newly_allowed"] = count.newly_allowed;
  json["unclear"] = count.unclear;
  json["would_block"] = count.would_block;
}

Json names_json(const Replay::Names& names) {
  Json first = Json::array();
  for (const auto& [name, asked] : names.first) first.push_back({{"name", name}, {"asked", asked}});
  return {{"names", names.all}, {"first", std::move(first)}};
}

}  // namespace

std::string to_words(const Replay& replay, const ReplayFacts& facts, Language language) {
  return Words{replay, language}.text(facts);
}

std::string to_json(const Replay& replay, const ReplayFacts& facts) {
  Json rules = Json::array();
  for (const auto& [rule, groups] : replay.rules) {
    Json list = Json::array();
    for (const auto& [group, count] : groups) {
      Json one{{"group", group}};
      put(one, count);
      list.push_back(std::move(one));
    }
    rules.push_back({{"rule", rule}, {"groups", std::move(list)}});
  }
  Json json{{"log", facts.log},
            {"policy", facts.policy},
            {"week", facts.week},
            {"questions", replay.lines},
            {"judged", replay.judged},
            {"judged_by_group", replay.by_group},
            {"not_judged", replay.unjudged},
            {"only_blocked", replay.only_blocked}};
  if (replay.lines > 0) json["first"] = facts.first;
  if (replay.lines > 0) json["last"] = facts.last;
  put(json, replay.sum);
  json["rules"] = std::move(rules);
  json["newly_blocked_names"] = names_json(replay.newly_blocked);
  json["newly_allowed_names"] = names_json(replay.newly_allowed);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aven::app
