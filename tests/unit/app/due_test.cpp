#include "app/due.h"

#include "unit/app/loaded_files.h"

using namespace aven;
using namespace aven::app;

namespace {

constexpr const char* Settings =
    R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}, "timezone": "Europe/Paris"})";
const WallTime Noon = date::sys_days{date::year{2026} / 11 / 24} + std::chrono::hours{11};
constexpr std::chrono::seconds Days30 = std::chrono::hours{24 * 30};

std::string rule(const std::string& id, const std::string& more) {
  return R"({"id": ")" + id + R"(", "action": "sinkhole", "domains": [")" + id + R"(.example"], )" + more + "}";
}

std::string due(const std::string& rules, std::chrono::seconds within = Days30, Language language = Language::En) {
  const LoadedFiles files{Settings, rules, Noon};
  return to_words(rules_due(files.set, Noon, within), language);
}

}  // namespace

TEST_CASE("rules that end within the span are due, the first ones first", "[app]") {
  const auto rules = rule("late", R"("valid_until": "2026-12-20")") + ',' +
                     rule("soon", R"("valid_until": "2026-11-30")") + ',' +
                     rule("far", R"("valid_until": "2027-03-31")");
  CHECK(due(rules) == "p/soon: ends on 2026-11-30\np/late: ends on 2026-12-20\n");
  CHECK(due(rules, std::chrono::hours{24 * 7}) == "p/soon: ends on 2026-11-30\n");
  CHECK(due(rules, Days30, Language::Fr) == "p/soon: prend fin le 2026-11-30\np/late: prend fin le 2026-12-20\n");
}

TEST_CASE("a rule whose last day is today is due, one that has ended is not", "[app]") {
  CHECK(due(rule("today", R"("valid_until": "2026-11-24")")) == "p/today: ends on 2026-11-24\n");
  CHECK(due(rule("ended", R"("valid_until": "2026-11-23", "review_by": "2026-11-01")")).empty());
}

TEST_CASE("a review is due until its day is over, then overdue", "[app]") {
  CHECK(due(rule("r", R"("review_by": "2026-11-24")")) == "p/r: review due by 2026-11-24\n");
  CHECK(due(rule("r", R"("review_by": "2026-11-23")")) == "p/r: review overdue since 2026-11-23\n");
  CHECK(due(rule("r", R"("review_by": "2026-11-23")"), Days30, Language::Fr) ==
        "p/r: révision en retard depuis le 2026-11-23\n");
  CHECK(due(rule("r", R"("review_by": "2027-06-30")")).empty());
}

TEST_CASE("a rule that is off is never due", "[app]") {
  CHECK(due(rule("off", R"("mode": "off", "valid_until": "2026-11-30", "review_by": "2026-01-01")")).empty());
}

TEST_CASE("due rules as JSON", "[app]") {
  const LoadedFiles files{Settings, rule("r", R"("valid_until": "2026-11-30", "review_by": "2026-01-31")"), Noon};
  CHECK(to_json(rules_due(files.set, Noon, Days30)) ==
        R"([
  {
    "rule": "p/r",
    "why": "review_overdue",
    "day": "2026-01-31"
  },
  {
    "rule": "p/r",
    "why": "ends",
    "day": "2026-11-30"
  }
])");
}
