#include "policy/zone_rule.h"

#include <algorithm>
#include <cctype>

namespace aven::policy {

using date::days;
using date::local_seconds;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Reads the text from left to right; what does not fit makes it wrong for good.
class ZoneRuleText {
 public:
  explicit ZoneRuleText(std::string_view text) : rest_(text) {}

  std::optional<ZoneRule> read() {
    ZoneRule rule;
    name();
    rule.standard_ = rule.summer_ = -time();
    if (!rest_.empty() && rest_[0] != ',') {
      name();
      rule.summer_ = rest_.starts_with(',') ? rule.standard_ + hours{1} : -time();
      rule.changes_ = {change(), change()};
    }
    if (wrong_ || !rest_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char expected) { wrong_ = !take(expected) || wrong_; }

  // "CET" or "<+01>"; it says nothing.
  void name() {
    const bool quoted = take('<');
    std::size_t size = 0;
    const auto belongs = [&](char c) { return quoted ? c != '>' : std::isalpha(static_cast<unsigned char>(c)) != 0; };
    while (size < rest_.size() && belongs(rest_[size])) ++size;
    wrong_ = wrong_ || size == 0;
    rest_.remove_prefix(size);
    if (quoted) expect('>');
  }

  int number() {
    constexpr int Most = 10'000;
    int value = 0;
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9' && value < Most) {
      value = value * 10 + (rest_[size++] - '0');
    }
    wrong_ = wrong_ || size == 0;
    rest_.remove_prefix(size);
    return value;
  }

  // [+-]h[:mm[:ss]]; more than a day ahead or back in some zones.
  seconds time() {
    const bool negative = take('-');
    if (!negative) take('+');
    seconds value = hours{number()};
    if (take(':')) value += minutes{number()};
    if (take(':')) value += seconds{number()};
    return negative ? -value : value;
  }

  unsigned number_in(unsigned least, unsigned most) {
    const auto value = static_cast<unsigned>(number());
    wrong_ = wrong_ || value < least || value > most;
    return std::clamp(value, least, most);
  }

  // ",M3.5.0" or ",M10.5.0/3". The other forms of POSIX stand in no file of today.
  ZoneRule::Change change() {
    ZoneRule::Change out;
    expect(',');
    expect('M');
    out.month = number_in(1, 12);
    expect('.');
    out.week = number_in(1, 5);
    expect('.');
    out.weekday = number_in(0, 6);
    out.time = take('/') ? time() : hours{2};
    return out;
  }

  std::string_view rest_;
  bool wrong_ = false;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  return ZoneRuleText{text}.read();
}

WallTime ZoneRule::moment(const Change& change, int year, seconds before) const {
  const date::year_month month = date::year{year} / date::month{change.month};
  const date::weekday weekday{change.weekday};
  const date::sys_days day =
      change.week == 5 ? date::sys_days{month / weekday[date::last]} : date::sys_days{month / weekday[change.week]};
  return WallTime{day} + change.time - before;
}

std::array<WallTime, 2> ZoneRule::changes_in(int year) const {
  return {moment((*changes_)[0], year, standard_), moment((*changes_)[1], year, summer_)};
}

seconds ZoneRule::offset(WallTime time) const {
  if (!changes_) return standard_;
  const date::year_month_day day{date::floor<days>(time + standard_)};
  const auto [to_summer, back] = changes_in(static_cast<int>(day.year()));
  // South of the equator summer goes over the end of the year.
  const bool summer = to_summer < back ? to_summer <= time && time < back : !(back <= time && time < to_summer);
  return summer ? summer_ : standard_;
}

WallTime ZoneRule::utc(local_seconds local) const {
  const auto [less, more] = std::minmax(standard_, summer_);
  const WallTime early{(local - more).time_since_epoch()}, late{(local - less).time_since_epoch()};
  if (offset(early) == more) return early;
  if (offset(late) == less) return late;
  const date::year_month_day day{date::floor<days>(local)};
  const auto changes = changes_in(static_cast<int>(day.year()));
  return early < changes[0] && changes[0] <= late ? changes[0] : changes[1];
}

}  // namespace aven::policy
