#include "app/change_record.h"

#include <algorithm>
#include <array>

namespace aven::app {
namespace {

// In the order of the enum's values.
constexpr std::array<std::string_view, 19> Keys{
    "started",           "stopped",        "policy_accepted", "policy_refused", "rule_started",
    "rule_ended",        "paused",         "resumed",         "exempted",       "exemption_ended",
    "rolled_back",       "list_updated",   "cache_flushed",   "logged_in",      "query_log_viewed",
    "clock_implausible", "clock_believed", "journal_healed",  "records_lost"};
static_assert(Keys.size() == static_cast<std::size_t>(ChangeKind::RecordsLost) + 1);

}  // namespace

std::string_view key(ChangeKind kind) noexcept {
  return Keys[static_cast<std::size_t>(kind)];
}

std::optional<ChangeKind> parse_change_kind(std::string_view key) noexcept {
  const auto* found = std::find(Keys.begin(), Keys.end(), key);
  if (found == Keys.end()) return std::nullopt;
  return static_cast<ChangeKind>(found - Keys.begin());
}

bool accepts_clock(const ChangeRecord& change) noexcept {
  return change.kind == ChangeKind::ClockBelieved && change.cause == "request";
}

}  // namespace aven::app
