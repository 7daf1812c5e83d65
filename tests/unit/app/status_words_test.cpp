#include "app/status_words.h"

#include <catch2/catch.hpp>

using namespace aven;
using app::StatusDocuments;
using policy::Json;

namespace {

StatusDocuments example() {
  StatusDocuments documents;
  documents.status = Json::parse(R"({"version": "0.1.0", "state": "degraded", "uptime_s": 93784,
    "listen": ["10.1.0.53:53", "[::1]:53"],
    "policy": {"id": "0123456789abcdef", "generation": 3, "rules": 2, "names": 40, "loaded": "2026-11-24T08:00:00Z"},
    "rates": {"answers_per_s": 12.34, "blocked_share": 0.041, "cached_share": null}})");
  documents.rules = Json::parse(R"({"rules": [
    {"id": "chatgpt/chatgpt", "action": "sinkhole", "state": "active", "valid_until": "2027-03-31", "hits": 7},
    {"id": "p/off", "action": "nodata", "state": "off", "valid_until": null, "hits": 0}]})");
  documents.upstreams = Json::parse(R"({"servers": [{"address": "192.0.2.1:53", "up": true, "rtt_ms": 12.3},
    {"address": "192.0.2.2:53", "up": false, "rtt_ms": null}]})");
  documents.problems = Json::parse(R"({"problems": [
    {"severity": "error", "file": "rules/p.json", "pointer": "/rules/0", "text": "wrong"},
    {"severity": "note", "file": "rules/p.json", "pointer": "", "text": "never mind"}]})");
  return documents;
}

}  // namespace

TEST_CASE("status tells on one screen what runs and what is wrong", "[app]") {
  CHECK(app::status_words(example(), app::Language::En) == R"(Aven 0.1.0: degraded, see below; up 1 d 2 h
listens on  10.1.0.53:53, [::1]:53 (UDP and TCP)
policy      0123456789ab, generation 3, 2 rules, 40 names, since 2026-11-24T08:00:00Z
answers     12.3 a second, blocked 4 %, from the cache -
upstreams   192.0.2.1:53: up, 12.3 ms
            192.0.2.2:53: DOWN
rules       chatgpt/chatgpt  sinkhole, active, until 2027-03-31, 7 hits
            1 off
problems    error: rules/p.json /rules/0: wrong
)");
}

TEST_CASE("status of a server without rules and problems says so", "[app]") {
  auto documents = example();
  documents.rules["rules"].clear();
  documents.problems["problems"].clear();
  const auto words = app::status_words(documents, app::Language::En);
  CHECK(words.find("rules       none\n") != std::string::npos);
  CHECK(words.find("problems    none\n") != std::string::npos);
}

TEST_CASE("status in French", "[app]") {
  auto documents = example();
  documents.status["pauses"] =
      Json::parse(R"([{"scope": "group", "target": "agents", "left_s": 600, "by": "alice", "reason": "essai"}])");
  CHECK(app::status_words(documents, app::Language::Fr) ==
        R"(Aven 0.1.0 : dégradé, voir ci-dessous ; en service depuis 1 j 2 h
SUSPENDU    groupe agents encore 10 min, par alice : essai
écoute sur  10.1.0.53:53, [::1]:53 (UDP et TCP)
politique   0123456789ab, génération 3, 2 règles, 40 noms, depuis 2026-11-24T08:00:00Z
réponses    12,3 par seconde, bloquées 4 %, depuis le cache -
amont       192.0.2.1:53 : répond, 12,3 ms
            192.0.2.2:53 : EN PANNE
règles      chatgpt/chatgpt  sinkhole, en vigueur, jusqu'au 2027-03-31, 7 blocages
            1 désactivées
problèmes   erreur : rules/p.json /rules/0: wrong
)");
}
