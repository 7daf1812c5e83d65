#include "app/status_words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "app/time_span.h"

namespace aven::app {
namespace {

using policy::Json;

const Json& at(const Json& json, const char* pointer) {
  static const Json Nothing;
  const Json::json_pointer place{pointer};
  return json.contains(place) ? json.at(place) : Nothing;
}

std::string text(const Json& json, const char* pointer) {
  const Json& value = at(json, pointer);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

double number(const Json& json, const char* pointer) {
  const Json& value = at(json, pointer);
  return value.is_number() ? value.get<double>() : 0;
}

std::string whole(double value) {
  return std::to_string(std::llround(value));
}

std::string share(const Json& json, const char* pointer) {
  return at(json, pointer).is_number() ? whole(number(json, pointer) * 100) + " %" : "-";
}

// Characters, not octets: labels have accents.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char octet) { return (octet & 0xC0) != 0x80; }));
}

// "12.3"
std::string tenths(double value, char point) {
  const auto scaled = std::llround(value * 10);
  return std::to_string(scaled / 10) + point + std::to_string(scaled % 10);
}

std::string joined(const Json& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + item.get<std::string>();
  return out;
}

// States of rules and severities of problems, as the API names them.
struct Name {
  std::string_view key;
  Phrase words;
};
constexpr Name Names[] = {
    {"active", {"active", "en vigueur"}},
    {"observing", {"observing", "observée"}},
    {"scheduled", {"scheduled", "hors période"}},
    {"not_yet", {"not yet", "à venir"}},
    {"ended", {"ended", "terminée"}},
    {"error", {"error", "erreur"}},
    {"warning", {"warning", "avertissement"}},
};

class Screen {
 public:
  Screen(const StatusDocuments& documents, Language language)
      : documents_(documents), status_(documents.status), language_(language) {}

  std::string text_of_all() {
    heading();
    pauses();
    line({"listens on", "écoute sur"}, joined(at(status_, "/listen")) + say({" (UDP and TCP)", " (UDP et TCP)"}));
    policy();
    answers();
    upstreams();
    rules();
    problems();
    return std::move(out_);
  }

 private:
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }
  std::string colon() const { return say({": ", " : "}); }
  std::string named(const std::string& key) const {
    for (const auto& name : Names) {
      if (name.key == key) return say(name.words);
    }
    return key;
  }
  std::string duration(double seconds) const {
    return span_words(std::chrono::seconds{std::llround(seconds)}, language_);
  }
  std::string decimal(double value) const { return tenths(value, language_ == Language::Fr ? ',' : '.'); }

  void line(Phrase label, const std::string& value) {
    constexpr std::size_t Width = 12;
    const auto words = say(label);
    out_ += words + std::string(Width - std::min(Width, width_of(words)), ' ') + value + '\n';
  }

  void heading() {
    const std::string state = text(status_, "/state");
    const Phrase told = state == "good" ? Phrase{"good", "tout va bien"}
                        : state == "degraded"
                            ? Phrase{"degraded, see below", "dégradé, voir ci-dessous"}
                            : Phrase{"down: no upstream server answers", "en panne : aucun serveur amont ne répond"};
    out_ = "Aven " + text(status_, "/version") + colon() + say(told) + say({"; up ", " ; en service depuis "}) +
           duration(number(status_, "/uptime_s")) + '\n';
  }

  std::string paused(const Json& pause) const {
    const auto scope = text(pause, "/scope");
    if (scope == "all") return say({"ALL BLOCKING", "TOUT LE BLOCAGE"});
    const Phrase what = scope == "rule" ? Phrase{"rule ", "règle "} : Phrase{"group ", "groupe "};
    return say(what) + text(pause, "/target");
  }

  void pauses() {
    for (const auto& pause : at(status_, "/pauses")) {
      line({"PAUSED", "SUSPENDU"}, paused(pause) + say({" for another ", " encore "}) +
                                       duration(number(pause, "/left_s")) + say({", by ", ", par "}) +
                                       text(pause, "/by") + colon() + text(pause, "/reason"));
    }
    const auto exemptions = number(status_, "/exemptions");
    if (exemptions > 0) {
      line({"exemptions", "dérogations"}, whole(exemptions) + say({", see ", ", voir "}) + "`aven exempt --list`");
    }
  }

  void policy() {
    line({"policy", "politique"}, text(status_, "/policy/id").substr(0, 12) + say({", generation ", ", génération "}) +
                                      whole(number(status_, "/policy/generation")) + ", " +
                                      whole(number(status_, "/policy/rules")) + say({" rules, ", " règles, "}) +
                                      whole(number(status_, "/policy/names")) +
                                      say({" names, since ", " noms, depuis "}) + text(status_, "/policy/loaded"));
  }

  void answers() {
    line({"answers", "réponses"},
         decimal(number(status_, "/rates/answers_per_s")) + say({" a second, blocked ", " par seconde, bloquées "}) +
             share(status_, "/rates/blocked_share") + say({", from the cache ", ", depuis le cache "}) +
             share(status_, "/rates/cached_share"));
  }

  void upstreams() {
    bool first = true;
    for (const auto& server : at(documents_.upstreams, "/servers")) {
      const bool up = at(server, "/up").is_boolean() && at(server, "/up").get<bool>();
      const bool timed = at(server, "/rtt_ms").is_number();
      line(std::exchange(first, false) ? Phrase{"upstreams", "amont"} : Phrase{},
           text(server, "/address") + colon() + say(up ? Phrase{"up", "répond"} : Phrase{"DOWN", "EN PANNE"}) +
               (timed ? ", " + decimal(number(server, "/rtt_ms")) + " ms" : ""));
    }
  }

  void rules() {
    constexpr Phrase Label{"rules", "règles"};
    std::size_t width = 0, off = 0;
    for (const auto& rule : at(documents_.rules, "/rules")) width = std::max(width, text(rule, "/id").size());
    bool first = true;
    for (const auto& rule : at(documents_.rules, "/rules")) {
      if (text(rule, "/state") == "off") {
        ++off;
        continue;
      }
      std::string id = text(rule, "/id");
      id.resize(width, ' ');
      const std::string until = text(rule, "/valid_until");
      line(std::exchange(first, false) ? Label : Phrase{},
           id + "  " + text(rule, "/action") + ", " + named(text(rule, "/state")) +
               (until.empty() ? "" : say({", until ", ", jusqu'au "}) + until) + ", " + whole(number(rule, "/hits")) +
               say({" hits", " blocages"}));
    }
    if (off > 0) line(first ? Label : Phrase{}, std::to_string(off) + say({" off", " désactivées"}));
    if (first && off == 0) line(Label, say({"none", "aucune"}));
  }

  void problems() {
    constexpr Phrase Label{"problems", "problèmes"};
    bool first = true;
    for (const auto& problem : at(documents_.problems, "/problems")) {
      const std::string severity = text(problem, "/severity");
      if (severity == "note") continue;
      const std::string pointer = text(problem, "/pointer");
      line(std::exchange(first, false) ? Label : Phrase{}, named(severity) + colon() + text(problem, "/file") +
                                                               (pointer.empty() ? "" : ' ' + pointer) + ": " +
                                                               problem_text(text(problem, "/text"), language_));
    }
    if (first) line(Label, say({"none", "aucun"}));
  }

  const StatusDocuments& documents_;
  const Json& status_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string status_words(const StatusDocuments& documents, Language language) {
  return Screen{documents, language}.text_of_all();
}

}  // namespace aven::app
