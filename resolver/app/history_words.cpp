#include "app/history_words.h"

#include <array>

namespace aven::app {
namespace {

constexpr std::size_t ShortId = 12;

// In the order of ChangeKind's values.
constexpr std::array<Phrase, 19> Happened{{
    {"Aven started", "Aven a démarré"},
    {"Aven stopped", "Aven s'est arrêté"},
    {"new policy in force", "nouvelle politique en vigueur"},
    {"files refused, the policy stays", "fichiers refusés, la politique reste"},
    {"rule starts", "la règle commence"},
    {"rule ends", "la règle prend fin"},
    {"blocking paused", "blocage suspendu"},
    {"blocking resumed", "blocage repris"},
    {"exemption given", "dérogation accordée"},
    {"exemption ended", "dérogation terminée"},
    {"rolled back to an earlier policy", "retour à une politique antérieure"},
    {"list updated", "liste mise à jour"},
    {"cache flushed", "cache vidé"},
    {"log-in", "connexion"},
    {"query log looked at", "journal des requêtes consulté"},
    {"the clock cannot be right", "l'horloge ne peut pas être juste"},
    {"the clock is believed again", "l'horloge est de nouveau crue"},
    {"the journal was healed", "le journal a été réparé"},
    {"lines were lost", "des lignes ont été perdues"},
}};
static_assert(Happened.size() == static_cast<std::size_t>(ChangeKind::RecordsLost) + 1);

struct Cause {
  std::string_view key;
  Phrase words;
};
constexpr Cause Causes[] = {
    {"signal", {"by a signal", "par un signal"}},
    {"file_change", {"files changed", "fichiers modifiés"}},
    {"request", {"on request", "sur demande"}},
    {"calendar", {"by the calendar", "selon le calendrier"}},
};

// Keys of details, and values that are keys themselves; others are told as they are.
struct Label {
  std::string_view key;
  Phrase words;
};
constexpr Label Details[] = {
    {"version", {"version", "version"}},
    {"list", {"list", "liste"}},
    {"names_before", {"names before:", "noms auparavant :"}},
    {"names", {"names now:", "noms à présent :"}},
    {"sha256", {"SHA-256", "SHA-256"}},
    {"what", {"what:", "objet :"}},
    {"clock", {"the clock showed", "l'horloge indiquait"}},
    {"instead_of", {"instead of", "au lieu de"}},
    {"number", {"number", "numéro"}},
    {"by", {"decided by", "décidé par"}},
    {"errors", {"errors:", "erreurs :"}},
    {"lost", {"lines:", "lignes :"}},
    {"first", {"from", "du"}},
    {"last", {"to", "au"}},
    {"when", {"when:", "quand :"}},
    {"written_later_s", {"written later by seconds:", "écrit plus tard, en secondes :"}},
};
constexpr Label Values[] = {
    {"recent", {"recent blocks", "blocages récents"}},
    {"tail", {"live questions", "questions en direct"}},
    {"queries", {"stored questions", "questions enregistrées"}},
    {"all", {"everything", "tout"}},
    {"a name", {"a name", "un nom"}},
    {"a name and all below", {"a name and all below", "un nom et tout ce qu'il contient"}},
    {"while Aven did not run", {"while Aven did not run", "pendant qu'Aven était arrêté"}},
    {"at the next start", {"at the next start", "au prochain démarrage"}},
};

// In the order of RuleChange::Kind's values.
constexpr std::array<Phrase, 3> RuleVerbs{{{"added", "ajoutée"}, {"removed", "supprimée"}, {"changed", "modifiée"}}};

class Words {
 public:
  explicit Words(Language language) : language_(language) {}

  void raw(std::string_view text) { text_ += text; }
  void add(Phrase phrase) { text_ += phrase.in(language_); }
  void add(Phrase label, const std::string& value) {
    if (value.empty()) return;
    text_ += ", ";
    add(label);
    if (!label.en.empty()) text_ += ' ';
    text_ += value;
  }
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }
  std::string take() { return std::move(text_); }

 private:
  Language language_;
  std::string text_;
};

std::string moment(const JournalLine& line) {
  if (line.local.size() < 19) return utc_text(line.at);
  return line.local.substr(0, 10) + ' ' + line.local.substr(11, 8);
}

void add_policies(Words& words, const ChangeRecord& change) {
  if (change.policy_before.empty() || change.policy_after.empty() || change.policy_before == change.policy_after) {
    return words.add({"policy", "politique"},
                     short_id(change.policy_after.empty() ? change.policy_before : change.policy_after));
  }
  words.add({"policy", "politique"}, short_id(change.policy_before) + " -> " + short_id(change.policy_after));
}

template <std::size_t Size>
const Phrase* find(const Label (&labels)[Size], std::string_view key) {
  for (const auto& label : labels) {
    if (label.key == key) return &label.words;
  }
  return nullptr;
}

void add_detail(Words& words, const std::string& name, const std::string& value) {
  const Phrase* label = find(Details, name);
  if (label == nullptr) return words.add({"", ""}, name + '=' + value);
  const Phrase* known = find(Values, value);
  words.add(*label, known == nullptr ? value : words.say(*known));
}

// "line 7 of 000001-2026.jsonl"
std::string place(const JournalFinding& finding, Language language) {
  if (finding.line == 0) return finding.file;
  return std::string{Phrase{"line ", "ligne "}.in(language)} + std::to_string(finding.line) +
         std::string{Phrase{" of ", " de "}.in(language)} + finding.file;
}

std::string numbers(const JournalFinding& finding) {
  const std::string from = std::to_string(finding.from);
  return finding.from == finding.to ? from : from + '-' + std::to_string(finding.to);
}

}  // namespace

std::string short_id(const std::string& policy) {
  return policy.substr(0, ShortId);
}

std::string to_words(const RuleChange& change, Language language, const std::string& indent) {
  Words words{language};
  words.raw(indent);
  words.add(RuleVerbs[static_cast<std::size_t>(change.kind)]);
  words.raw(" " + change.rule);
  if (change.fields.empty()) {
    words.raw("\n");
    return words.take();
  }
  words.add({":\n", " :\n"});
  for (const auto& field : change.fields) {
    words.raw(indent + "  " + field.field + "  ");
    if (field.before.empty()) {
      words.raw("+ " + field.after);
    } else if (field.after.empty()) {
      words.raw("- " + field.before);
    } else {
      words.raw(field.before + " -> " + field.after);
    }
    words.raw("\n");
  }
  return words.take();
}

std::string to_words(const JournalLine& line, Language language) {
  const ChangeRecord& change = line.change;
  Words words{language};
  words.raw(moment(line) + "  ");
  words.add(Happened[static_cast<std::size_t>(change.kind)]);
  if (!change.rule.empty()) words.raw(" " + change.rule);
  for (const auto& [cause, phrase] : Causes) {
    if (cause != change.cause) continue;
    words.raw(" (");
    words.add(phrase);
    words.raw(")");
  }
  words.add({"group", "groupe"}, change.group);
  if (change.until) words.add({"until", "jusqu'à"}, utc_text(*change.until));
  words.add({"by", "par"}, change.account);
  words.add({"reason:", "motif :"}, change.reason);
  add_policies(words, change);
  for (const auto& [name, value] : change.details) add_detail(words, name, value);
  words.raw("\n");
  std::string text = words.take();
  for (const auto& rule : change.rules) text += to_words(rule, language, "    ");
  return text;
}

std::string to_words(const JournalFinding& finding, Language language) {
  using Kind = JournalFinding::Kind;
  const auto say = [&](Phrase phrase) { return std::string{phrase.in(language)}; };
  const std::string where = place(finding, language) + say({": ", " : "});
  switch (finding.kind) {
    case Kind::Unreadable:
      return where + say({"cannot be read", "illisible"});
    case Kind::Changed:
      return where + say({"CHANGED after it was written", "MODIFIÉE après son écriture"});
    case Kind::NoLine:
      return where + say({"DAMAGED: no line of a journal", "ENDOMMAGÉE : ce n'est pas une ligne de journal"});
    case Kind::Gap:
      return where + say({"MISSING before it: number ", "MANQUE avant elle : numéro "}) + numbers(finding);
    case Kind::Cut:
      return where +
             say({"CUT: confirmed and gone after it: number ", "COUPÉ : confirmé et disparu ensuite : numéro "}) +
             numbers(finding);
    case Kind::NoHead:
      return where + say({"is gone or damaged: whether the end was cut cannot be told",
                          "absent ou endommagé : impossible de dire si la fin a été coupée"});
    case Kind::Healed:
      return where + say({"cut by a crash or a full disk before it was confirmed; the next line says so",
                          "coupée par une panne ou un disque plein avant confirmation ; la ligne suivante le dit"});
    case Kind::Open:
      return where + say({"has no end yet: it is being written, or Aven ended by force",
                          "sans fin : en cours d'écriture, ou arrêt forcé d'Aven"});
  }
  return where;
}

}  // namespace aven::app
