#include "app/reload_words.h"

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

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

void join(std::string& list, const std::string& entry) {
  if (!entry.empty()) list += (list.empty() ? "" : ", ") + entry;
}

// One line for each field, with all that went and all that came.
std::string field_lines(const Json& fields) {
  struct Field {
    std::string name, before, after;
  };
  std::vector<Field> all;
  for (const auto& field : fields) {
    const auto name = field.value("field", "");
    if (all.empty() || all.back().name != name) all.push_back({name, {}, {}});
    join(all.back().before, field.value("before", ""));
    join(all.back().after, field.value("after", ""));
  }
  std::string out;
  for (auto& field : all) {
    out += "    " + field.name + ':';
    if (!field.before.empty()) out += " - " + cut(std::move(field.before));
    if (!field.after.empty()) out += " + " + cut(std::move(field.after));
    out += '\n';
  }
  return out;
}

class Words {
 public:
  Words(const Json& reply, Language language) : reply_(reply), language_(language) {}

  std::string all() const {
    const auto before = reply_.value("policy_before", ""), after = reply_.value("policy_after", "");
    std::string out;
    if (before == after) {
      out = say({"The rules are those that run: policy ", "Les règles sont celles en service : politique "}) +
            before.substr(0, 12) + ".\n";
    } else if (!after.empty()) {
      out = say({"Policy ", "Politique "}) + before.substr(0, 12) + " -> " + after.substr(0, 12) + '\n' + rules() +
            rehearsal();
    }
    const auto objection = reply_.value("objection", "");
    const bool told_below = !reply_.value("trial", false) && !reply_.value("in_force", false);
    if (!told_below) out += problems();
    if (!objection.empty()) {
      out += say({"Refused unless it is forced: ", "Refusé, sauf si on l'impose : "}) + objection + ".\n";
    }
    return out + in_force();
  }

  std::string in_force() const {
    const bool trial = reply_.value("trial", false);
    if (reply_.value("in_force", false)) {
      return say({"In force: policy ", "En vigueur : politique "}) + reply_.value("policy_after", "").substr(0, 12) +
             ".\n";
    }
    if (trial && reply_.value("good", false)) return {};
    return (trial ? std::string{} : problems()) +
           say({"Refused: what ran before goes on.\n", "Refusé : ce qui était en service continue.\n"});
  }

 private:
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }

  std::string rules() const {
    std::string out;
    for (const auto& rule : reply_.value("rules", Json::array())) {
      const auto change = rule.value("change", "");
      const Phrase verb = change == "added"     ? Phrase{"added", "ajoutée"}
                          : change == "removed" ? Phrase{"removed", "supprimée"}
                                                : Phrase{"changed", "modifiée"};
      out += "  " + say(verb) + ' ' + rule.value("rule", "") + '\n';
      if (change != "removed") out += field_lines(rule.value("fields", Json::array()));
    }
    return out;
  }

  std::string rehearsal() const {
    const auto rehearsal = reply_.value("rehearsal", Json::object());
    const auto sides = side({"newly blocked", "nouvellement bloqués"}, rehearsal.value("blocked", Json::object())) +
                       side({"newly allowed", "nouvellement permis"}, rehearsal.value("allowed", Json::object()));
    return say({"Of the ", "Des "}) + std::to_string(rehearsal.value("names", std::size_t{0})) +
           say({" names in the cache", " noms du cache"}) +
           (sides.empty() ? say({", none is answered otherwise.\n", ", aucun ne recevrait une autre réponse.\n"})
                          : say({":\n", " :\n"}) + sides);
  }

  std::string side(Phrase what, const Json& side) const {
    const auto names = side.value("names", std::size_t{0});
    if (names == 0) return {};
    const auto tenths = std::llround(side.value("share_percent", 0.0) * 10);
    std::string out = "  " + say(what) + say({": ", " : "}) + std::to_string(names) +
                      (names == 1 ? say({" name, ", " nom, "}) : say({" names, ", " noms, "})) +
                      std::to_string(tenths / 10) + say({".", ","}) + std::to_string(tenths % 10) +
                      say({" % of the last hour's questions\n", " % des questions de la dernière heure\n"});
    for (const auto& name : side.value("first", Json::array())) {
      std::string groups;
      for (const auto& group : name.value("groups", Json::array())) join(groups, group.get<std::string>());
      out += "    " + name.value("name", "") + say({"  asked ", "  demandé "}) +
             std::to_string(name.value("asked", std::uint64_t{0})) + say({" times, for ", " fois, pour "}) + groups +
             '\n';
    }
    return out;
  }

  std::string problems() const {
    std::string out;
    for (const auto& problem : reply_.value("problems", Json::array())) {
      const auto severity = problem.value("severity", "");
      if (severity == "note") continue;
      const auto pointer = problem.value("pointer", "");
      out += (severity == "error" ? say({"error", "erreur"}) : say({"warning", "avertissement"})) + say({": ", " : "}) +
             problem.value("file", "") + (pointer.empty() ? "" : ' ' + pointer) + ": " +
             problem_text(problem.value("text", ""), language_) + '\n';
    }
    return out;
  }

  const Json& reply_;
  const Language language_;
};

}  // namespace

std::string in_force_words(const Json& reply, Language language) {
  return Words{reply, language}.in_force();
}

std::string reload_words(const Json& reply, Language language) {
  return Words{reply, language}.all();
}

}  // namespace aven::app
