#include "app/access_journal.h"

#include <cstddef>

namespace aven::app {
namespace {

constexpr std::int64_t OneLookMs = 10 * 60'000;
constexpr std::size_t MostPlaces = 1000;

}  // namespace

void AccessJournal::logged_in(const std::string& account) {
  ChangeRecord change;
  change.kind = ChangeKind::LoggedIn;
  change.cause = "request";
  change.account = account;
  journal_.record(std::move(change));
}

void AccessJournal::looked(const server::Look& look, std::int64_t unix_ms) {
  const bool is_new = last_.with([&](auto& last) {
    if (last.size() >= MostPlaces) last.clear();
    const auto [place, first] = last.try_emplace({look.account, look.what}, unix_ms);
    const auto before = std::exchange(place->second, unix_ms);
    return first || unix_ms - before > OneLookMs || unix_ms < before;
  });
  if (!is_new) return;
  ChangeRecord change;
  change.kind = ChangeKind::QueryLogViewed;
  change.cause = "request";
  change.account = look.account;
  change.details = {{"what", look.what}};
  journal_.record(std::move(change));
}

}  // namespace aven::app
