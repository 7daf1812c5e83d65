#include <algorithm>
#include <array>

#include "app/told.h"
#include "dns/text.h"

namespace aven::app {
namespace {

using policy::Action;
using policy::DecidedBy;
using policy::ExplainedMatch;

class Words {
 public:
  Words(const Told& told, Language language) : told_(told), language_(language) {}

  std::string text() {
    heading();
    outcome();
    if (told_.rule() != nullptr) deciding_rule(*told_.rule());
    observed_rule();
    other_matches();
    reply();
    return std::move(text_);
  }

 private:
  const policy::Policy& policy() const { return *told_.set.loaded.policy; }
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }

  void field(Phrase label, const std::string& value) {
    if (value.empty()) return;
    constexpr std::size_t Width = 16;  // columns; the labels with accents are shorter than that
    std::string word = say(label);
    const auto letters = std::count_if(word.begin(), word.end(), [](char c) { return (c & 0xc0) != 0x80; });
    word.append(Width - std::min(Width, static_cast<std::size_t>(letters)), ' ');
    text_ += "  " + word + value + '\n';
  }

  void heading() {
    const auto& question = told_.question;
    const auto local = told_.set.loaded.calendar->local(question.at);
    text_ += question.name.text() + ' ' + dns::to_text(question.type) + ", " + say({"asked by ", "demandé par "}) +
             question.client.text() + say({" (group ", " (groupe "}) + told_.explanation.group + "), " +
             date::format("%F %H:%M", date::floor<std::chrono::minutes>(local)) + ' ' +
             told_.set.config.policy.timezone + "\n\n";
  }

  void outcome() {
    switch (told_.step) {
      case Step::NotAllowed:
        text_ += say({"Refused (REFUSED, EDE 18): the address is in no network of `allow_from`.\n",
                      "Refusé (REFUSED, EDE 18) : l'adresse n'est dans aucun réseau de `allow_from`.\n"});
        break;
      case Step::Records:
        text_ += say({"Answered from `records` of the configuration; rules do not apply to them.\n",
                      "Répondu d'après `records` de la configuration ; les règles ne s'y appliquent pas.\n"});
        break;
      case Step::Special:
        text_ += say({"Answered here: a special or private name that is never asked outside.\n",
                      "Répondu ici : un nom spécial ou privé qui n'est jamais demandé à l'extérieur.\n"});
        break;
      case Step::Route:
        text_ += say({"Answered here: a route says `", "Répondu ici : une route dit `"}) + told_.pool + "`.\n";
        break;
      case Step::Rule:
      case Step::Reply:
        text_ += blocked() + '\n';
        break;
      case Step::Upstream:
        text_ += passed() + '\n';
        break;
    }
  }

  // What upstream's reply leads to, as far as a worker keeps it.
  void reply() {
    if (!told_.reply) return;
    const auto& reply = *told_.reply;
    text_ += say({"\nThe servers answered ", "\nLes serveurs ont répondu "}) + dns::to_text(reply.rcode);
    for (const auto& address : reply.addresses) text_ += ' ' + address.text();
    text_ += ".\n";
    for (const auto& alias : reply.aliases) {
      field({"alias", "alias"}, alias.name.text());
      for (const auto& match : alias.explanation.matches) other_match(match);
    }
  }

  std::string passed() const {
    const std::string how =
        told_.explanation.verdict.action == Action::Allow
            ? say({"Allowed by a rule: ", "Autorisé par une règle : "})
            : say({"No rule in force speaks for this name: ", "Aucune règle en vigueur ne concerne ce nom : "});
    return how + say({"asked of the upstream servers `", "demandé aux serveurs en amont `"}) + told_.pool +
           say({"`. A rule may still block what their reply leads to (aliases, addresses).",
                "`. Une règle peut encore bloquer ce à quoi mène leur réponse (alias, adresses)."});
  }

  std::string addresses(const std::vector<IpAddress>& list) const {
    std::string text;
    for (const auto& address : list) text += (text.empty() ? "" : ", ") + address.text();
    return text.empty() ? say({"no record of this type (NODATA)", "aucun enregistrement de ce type (NODATA)"}) : text;
  }

  std::string blocked() const {
    const auto& verdict = told_.explanation.verdict;
    const auto& answer = policy().blocked_answer(verdict.answer);
    std::string how = say({"Blocked. Answer: ", "Bloqué. Réponse : "});
    switch (verdict.action) {
      case Action::Sinkhole:
        if (told_.question.type == dns::Type::A) {
          how += addresses(answer.ipv4);
        } else if (told_.question.type == dns::Type::AAAA) {
          how += addresses(answer.ipv6);
        } else {
          how += addresses({});
        }
        break;
      case Action::NxDomain:
        how += answer.nxdomain_as_nodata ? addresses({}) : "NXDOMAIN";
        break;
      case Action::NoData:
        how += addresses({});
        break;
      case Action::Refuse:
        how += "REFUSED";
        break;
      case Action::Drop:
        how += say({"none at all", "aucune, silence"});
        break;
      case Action::Redirect:
        how += say({"that of ", "celle de "}) + answer.redirect_target.text();
        break;
      default:
        break;
    }
    return how + ", EDE " + std::to_string(static_cast<unsigned>(answer.ede)) + ", TTL " +
           std::to_string(std::min(answer.ttl, verdict.ttl_cap)) + " s.";
  }

  std::string decided_by() const {
    switch (told_.explanation.decided_by) {
      case DecidedBy::OnlyOne:
        return say({"it alone speaks for this name", "elle seule concerne ce nom"});
      case DecidedBy::Priority:
        return say({"step 1: the higher priority", "étape 1 : la plus haute priorité"});
      case DecidedBy::Specificity:
        return say({"step 2: the more specific pattern", "étape 2 : le motif le plus précis"});
      case DecidedBy::Allow:
        return say({"step 3: `allow` beats blocking", "étape 3 : `allow` l'emporte sur un blocage"});
      case DecidedBy::Order:
        return say({"step 4: the smaller pack/id", "étape 4 : le plus petit pack/id"});
    }
    return {};
  }

  void deciding_rule(const policy::Rule& rule) {
    const std::string language{code(language_)};
    field({"rule", "règle"}, rule.full_id() + " (" + rule.file + ' ' + rule.pointer + ')');
    field({"title", "titre"}, rule.title.in(language));
    field({"reason", "motif"}, rule.reason.in(language));
    field({"legal basis", "base juridique"}, rule.legal_basis);
    field({"owner", "responsable"}, rule.owner);
    for (const auto& contact : rule.contact) field({"contact", "contact"}, contact);
    field({"for", "pour"}, audience(rule, language_));
    field({"until", "jusqu'au"}, last_day(rule.validity));
    for (const auto& match : told_.explanation.matches) {  // more than one if several of its lists hold the name
      if (match.rule == told_.explanation.verdict.rule)
        field({"named by", "nommé par"}, match.pattern + " (" + match.place + ')');
    }
    field({"decided by", "décidé par"}, decided_by());
  }

  void observed_rule() {
    const auto index = told_.explanation.verdict.would_hit;
    if (index == policy::NoRule) return;
    text_ += say({"\nOnly observed, it would decide if it were enforced: ",
                  "\nSeulement observée, elle déciderait si elle était en vigueur : "}) +
             policy().rule(index).full_id() + '\n';
  }

  // Why a rule that names the question does not speak.
  std::string silence(const ExplainedMatch& match) const {
    const auto& rule = policy().rule(match.rule);
    if (rule.mode == policy::Mode::Off) return say({"off", "désactivée"});
    if (!match.type_matches) return say({"not for this record type", "pas pour ce type d'enregistrement"});
    if (!match.in_clients) return say({"not for this client", "pas pour ce client"});
    if (!match.in_dates) return standing(rule, *told_.set.loaded.calendar, told_.question.at, language_);
    if (!match.in_schedule) return say({"outside its hours", "hors horaires"});
    if (match.excepted) return say({"the name is excepted from it", "le nom en est excepté"});
    if (match.paused) return say({"paused", "en pause"});
    if (match.exemption != 0) {
      return say({"lifted for this client by exemption ", "levée pour ce client par l'exemption "}) +
             std::to_string(match.exemption);
    }
    if (match.exempted) {
      return say({"lifted for this client by ", "levée pour ce client par "}) +
             (match.exempted_by == policy::NoRule ? "" : policy().rule(match.exempted_by).full_id());
    }
    if (rule.mode == policy::Mode::Observe) return say({"only observed", "seulement observée"});
    return say({"ranks lower", "de rang inférieur"});
  }

  void other_matches() {
    bool first = true;
    for (const auto& match : told_.explanation.matches) {
      if (match.rule == told_.explanation.verdict.rule) continue;
      if (first) text_ += say({"\nOther rules that name it:\n", "\nAutres règles qui le nomment :\n"});
      first = false;
      other_match(match);
    }
  }

  void other_match(const ExplainedMatch& match) {
    const auto& rule = policy().rule(match.rule);
    const bool decides = match.active() && match.rule == told_.explanation.verdict.rule;
    text_ += "  " + rule.full_id() + "  " + std::string{action_key(rule.action)} + "  " + match.pattern + " (" +
             match.place + "): " + (decides ? say({"decides", "décide"}) : silence(match)) + '\n';
  }

  const Told& told_;
  Language language_;
  std::string text_;
};

}  // namespace

std::string to_words(const Told& told, Language language) {
  return Words{told, language}.text();
}

}  // namespace aven::app
