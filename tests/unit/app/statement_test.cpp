#include "app/statement.h"

#include "unit/app/loaded_files.h"

using namespace aven;
using namespace aven::app;

namespace {

constexpr const char* Settings = R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}, "timezone": "Europe/Paris",
  "groups": {"agents": ["10.10.0.0/16"], "visiteurs": ["10.30.0.0/16"]},
  "query_log": {"file": "log.sqlite", "retention_days": 20, "pseudonymise_after_days": 2,
                "groups": {"visiteurs": {"level": "none"}}}})";
constexpr const char* Rules = R"(
  {"id": "chat", "action": "sinkhole", "domains": ["chat.example", "=b.example", "*.a.example"],
   "except": ["status.chat.example"], "groups": ["agents"], "clients": ["10.20.4.17"],
   "except_clients": ["10.10.9.0/24"], "valid_from": "2026-01-01", "valid_until": "2027-03-31",
   "review_by": "2026-12-31", "title": {"en": "Chat", "fr": "Discussion"},
   "reason": {"en": "As a precaution.", "fr": "Par précaution."}, "legal_basis": "Note 118", "owner": "DGS",
   "contact": ["mailto:dsi@ville.example"]},
  {"id": "ended", "action": "sinkhole", "domains": ["ended.example"], "valid_until": "2026-11-23"},
  {"id": "hours", "action": "nxdomain", "mode": "observe", "domains": ["games.example"],
   "schedule": [{"days": ["mon"], "from": "08:00", "to": "18:00"}]},
  {"id": "lifted", "action": "allow", "exempts": ["p/chat"], "clients": ["10.10.4.17"]},
  {"id": "off", "action": "sinkhole", "mode": "off", "domains": ["off.example"]})";
constexpr date::local_days Day{date::year{2026} / 11 / 24};
const WallTime Now = date::sys_days{date::year{2026} / 11 / 24};

// The second line names the policy.
std::string text_of(const LoadedFiles& files, Language language) {
  return statement(files.set, Day, language);
}

constexpr const char* English = R"(
Rules in force: 1

p/chat
  title: Chat
  action: sinkhole
  for: agents, single networks: 1, networks left out: 1
  names: *.a.example, =b.example, chat.example
  except: status.chat.example
  from: 2026-01-01
  until: 2027-03-31
  review by: 2026-12-31
  reason: As a precaution.
  legal basis: Note 118
  owner: DGS
  contact: mailto:dsi@ville.example

Rules that are only observed: they block nothing: 1

p/hours
  action: nxdomain
  for: everyone
  names: games.example
  hours: Mon 08:00-18:00

Exemptions in the rule packs: 1

Log of questions: blocked questions, 20 days, pseudonymised after 2 days
  visiteurs: none, 20 days
)";

constexpr const char* French = R"(
Règles en vigueur : 1

p/chat
  titre : Discussion
  action : sinkhole
  pour : agents, réseaux particuliers : 1, réseaux exceptés : 1
  noms : *.a.example, =b.example, chat.example
  sauf : status.chat.example
  à partir du : 2026-01-01
  jusqu'au : 2027-03-31
  révision avant le : 2026-12-31
  motif : Par précaution.
  base juridique : Note 118
  responsable : DGS
  contact : mailto:dsi@ville.example

Règles seulement observées : elles ne bloquent rien : 1

p/hours
  action : nxdomain
  pour : tout le monde
  noms : games.example
  horaires : lun. 08:00-18:00

Dérogations dans les paquets de règles : 1

Journal des questions : questions bloquées, 20 jours, pseudonymisé après 2 jours
  visiteurs : aucune, 20 jours
)";

}  // namespace

TEST_CASE("a statement in English and in French", "[app]") {
  const LoadedFiles files{Settings, Rules, Now};
  const auto& id = files.set.loaded.policy->id();
  CHECK(text_of(files, Language::En) ==
        "DNS rules in force on 2026-11-24 (Europe/Paris)\nPolicy " + id + "\n" + English);
  CHECK(text_of(files, Language::Fr) ==
        "Règles DNS en vigueur le 2026-11-24 (Europe/Paris)\nPolitique " + id + "\n" + French);
}

TEST_CASE("the same policy and day give the same bytes, wherever the files lie and however they are laid out",
          "[app]") {
  const LoadedFiles here{Settings, Rules, Now};
  std::string moved{Settings};
  moved.replace(moved.find("log.sqlite"), 10, "elsewhere/log.sqlite");
  const LoadedFiles there{"// words\n" + moved, std::string{"\n\n"} + Rules, Now + std::chrono::hours{24 * 40}};
  REQUIRE(here.set.loaded.policy->id() == there.set.loaded.policy->id());
  for (const auto language : {Language::En, Language::Fr}) CHECK(text_of(here, language) == text_of(there, language));
}

TEST_CASE("whatever changes the statement changes the policy's id", "[app]") {
  const LoadedFiles plain{Settings, Rules, Now};
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::vector<std::pair<std::string, std::string>> others{
      {with(Settings, "20", "21"), Rules},
      {with(Settings, R"("file": "log.sqlite", )", ""), Rules},
      {with(Settings, "\"none\"", "\"counts\""), Rules},
      {Settings, with(Rules, "Chat", "Talk")},
      {Settings, with(Rules, "2026-12-31", "2027-01-31")}};
  for (const auto& [config, rules] : others) {
    const LoadedFiles other{config, rules, Now};
    CHECK(text_of(other, Language::En) != text_of(plain, Language::En));
    CHECK(other.set.loaded.policy->id() != plain.set.loaded.policy->id());
  }
}

TEST_CASE("a statement names no client", "[app]") {
  const auto text = text_of(LoadedFiles{Settings, Rules, Now}, Language::En);
  CHECK(text.find("10.20.4.17") == std::string::npos);
  CHECK(text.find("10.10.") == std::string::npos);
}
