#include "policy/rule_text.h"

#include <array>

namespace aven::policy {
namespace {

std::string moment(date::local_seconds time) {
  return date::format("%F %H:%M", date::floor<std::chrono::minutes>(time));
}

}  // namespace

std::string_view action_key(Action action) noexcept {
  static constexpr std::array<std::string_view, 8> Keys{"none",   "sinkhole", "nxdomain", "nodata",
                                                        "refuse", "drop",     "redirect", "allow"};
  return Keys[static_cast<std::size_t>(action)];
}

std::string_view mode_key(Mode mode) noexcept {
  static constexpr std::array<std::string_view, 3> Keys{"enforce", "observe", "off"};
  return Keys[static_cast<std::size_t>(mode)];
}

std::string first_day(date::local_seconds time) {
  const auto day = date::floor<date::days>(time);
  return time == date::local_seconds{day} ? date::format("%F", day) : moment(time);
}

std::string last_day(const Validity& validity) {
  if (!validity.until) return {};
  const auto day = date::floor<date::days>(*validity.until);
  if (*validity.until == date::local_seconds{day}) return date::format("%F", day - date::days{1});
  return moment(*validity.until);
}

}  // namespace aven::policy
