#include "app/statement.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "policy/rule_file.h"

namespace aven::app {
namespace {

using policy::Rule;

// In the order of LogLevel's values.
constexpr std::array<Phrase, 4> Levels{{{"none", "aucune"},
                                        {"counts alone", "compteurs seuls"},
                                        {"blocked questions", "questions bloquées"},
                                        {"all questions", "toutes les questions"}}};
constexpr std::array<Phrase, 7> Days{{{"Mon", "lun."},
                                      {"Tue", "mar."},
                                      {"Wed", "mer."},
                                      {"Thu", "jeu."},
                                      {"Fri", "ven."},
                                      {"Sat", "sam."},
                                      {"Sun", "dim."}}};

bool covers(const Rule& rule, date::local_days day) {
  const auto& valid = rule.validity;
  const date::local_seconds start{day}, end{day + date::days{1}};
  return rule.mode != policy::Mode::Off && (!valid.from || *valid.from < end) && (!valid.until || *valid.until > start);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

class Statement {
 public:
  Statement(const LoadedSet& set, date::local_days day, Language language)
      : set_(set), rules_(policy::load_rules(set.texts.rules).rules), day_(day), language_(language) {}

  std::string text() {
    text_ = say({"DNS rules in force on ", "Règles DNS en vigueur le "}) + date::format("%F", day_) + " (" +
            set_.config.policy.timezone + ")\n" + say({"Policy ", "Politique "}) + set_.loaded.policy->id() + "\n";
    section({"\nRules in force", "\nRègles en vigueur"}, policy::Mode::Enforce);
    section(
        {"\nRules that are only observed: they block nothing", "\nRègles seulement observées : elles ne bloquent rien"},
        policy::Mode::Observe);
    exemptions();
    log_settings();
    return std::move(text_);
  }

 private:
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }
  void field(Phrase label, const std::string& value) {
    if (!value.empty()) text_ += "  " + say(label) + say({": ", " : "}) + value + '\n';
  }

  void section(Phrase title, policy::Mode mode) {
    std::vector<const Rule*> shown;
    for (const auto& rule : rules_.rules) {
      if (rule.mode == mode && rule.exempts.empty() && covers(rule, day_)) shown.push_back(&rule);
    }
    text_ += say(title) + say({": ", " : "}) + std::to_string(shown.size()) + '\n';
    for (const auto* rule : shown) describe(*rule);
  }

  void describe(const Rule& rule) {
    const std::string language{code(language_)};
    text_ += '\n' + rule.full_id() + '\n';
    field({"title", "titre"}, rule.title.in(language));
    field({"action", "action"}, std::string{action_key(rule.action)});
    field({"for", "pour"}, audience_of(rule));
    field({"names", "noms"}, names_of(rule.domains));
    field({"except", "sauf"}, names_of(rule.except));
    field({"lists", "listes"}, lists_of(rule));
    field({"addresses", "adresses"}, rule.addresses.empty() ? "" : std::to_string(rule.addresses.size()));
    if (rule.validity.from) field({"from", "à partir du"}, policy::first_day(*rule.validity.from));
    field({"until", "jusqu'au"}, last_day(rule.validity));
    if (rule.review_by) field({"review by", "révision avant le"}, date::format("%F", *rule.review_by));
    field({"hours", "horaires"}, hours_of(rule));
    field({"reason", "motif"}, rule.reason.in(language));
    field({"legal basis", "base juridique"}, rule.legal_basis);
    field({"owner", "responsable"}, rule.owner);
    field({"contact", "contact"}, joined(rule.contact));
  }

  // "Mon Tue 08:00-18:30, Sat 08:00-12:00"
  std::string hours_of(const Rule& rule) const {
    std::vector<std::string> windows;
    for (const auto& window : rule.validity.schedule) {
      std::string text;
      for (std::size_t i = 0; i < Days.size(); ++i) {
        if (window.days[i]) text += say(Days[i]) + ' ';
      }
      windows.push_back(text + date::format("%R", window.from) + '-' + date::format("%R", window.to));
    }
    return joined(windows);
  }

  // Groups by name; single clients are only counted.
  std::string audience_of(const Rule& rule) const {
    std::string text = joined(rule.groups);
    const auto clients = rule.clients.size();
    if (text.empty() && clients == 0) text = say({"everyone", "tout le monde"});
    if (clients > 0) {
      text +=
          (text.empty() ? "" : ", ") + say({"single networks: ", "réseaux particuliers : "}) + std::to_string(clients);
    }
    if (!rule.except_clients.empty()) {
      text += say({", networks left out: ", ", réseaux exceptés : "}) + std::to_string(rule.except_clients.size());
    }
    return text;
  }

  static std::string names_of(const std::vector<policy::PatternSource>& sources) {
    std::vector<std::string> names;
    for (const auto& source : sources) {
      source.patterns.for_each([&](std::size_t, const policy::Pattern& name) { names.push_back(to_text(name)); });
    }
    std::sort(names.begin(), names.end());
    return joined(names);
  }

  std::string lists_of(const Rule& rule) const {
    std::vector<std::string> lists;
    for (const auto& reference : rule.lists) {
      std::string text = reference.name();
      for (const auto& used : set_.used_lists) {
        if (used.file != reference.name() || used.format != reference.format) continue;
        text += " (" + std::to_string(used.entries) + say({" names)", " noms)"});
      }
      lists.push_back(std::move(text));
    }
    return joined(lists);
  }

  void exemptions() {
    const auto count = std::count_if(rules_.rules.begin(), rules_.rules.end(), [&](const Rule& rule) {
      return !rule.exempts.empty() && rule.mode == policy::Mode::Enforce && covers(rule, day_);
    });
    text_ += say({"\nExemptions in the rule packs: ", "\nDérogations dans les paquets de règles : "}) +
             std::to_string(count) + '\n';
  }

  void log_settings() {
    const QueryLog& log = set_.config.query_log;
    text_ += say({"\nLog of questions", "\nJournal des questions"}) + say({": ", " : "});
    if (log.file.empty()) {
      text_ += say({"none is kept\n", "aucun n'est tenu\n"});
      return;
    }
    const auto level = [&](LogLevel of, std::uint32_t days) {
      return say(Levels[static_cast<std::size_t>(of)]) + ", " + std::to_string(days) + say({" days", " jours"});
    };
    text_ += level(log.level, log.retention_days) + say({", pseudonymised after ", ", pseudonymisé après "}) +
             std::to_string(log.pseudonymise_after_days) + say({" days\n", " jours\n"});
    for (const auto& [group, of] : log.groups) {
      text_ += "  " + group + say({": ", " : "}) + level(of.level, of.retention_days) + '\n';
    }
  }

  const LoadedSet& set_;
  const policy::RuleSet rules_;
  const date::local_days day_;
  const Language language_;
  std::string text_;
};

}  // namespace

std::string statement(const LoadedSet& set, date::local_days day, Language language) {
  return Statement{set, day, language}.text();
}

}  // namespace aven::app
