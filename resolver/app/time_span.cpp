#include "app/time_span.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace aven::app {
namespace {

using std::chrono::seconds;

struct Unit {
  char letter;
  Phrase word;
  seconds length;
};
constexpr std::array<Unit, 4> Units{{{'d', {" d", " j"}, std::chrono::hours{24}},
                                     {'h', {" h", " h"}, std::chrono::hours{1}},
                                     {'m', {" min", " min"}, std::chrono::minutes{1}},
                                     {'s', {" s", " s"}, seconds{1}}}};
constexpr seconds Longest = std::chrono::hours{24} * 3660;

}  // namespace

std::optional<seconds> parse_span(std::string_view text) {
  seconds sum{0};
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || text.empty()) return std::nullopt;
    const auto* unit =
        std::find_if(Units.begin(), Units.end(), [&](const Unit& one) { return one.letter == text.front(); });
    if (unit == Units.end() || seconds{number} > Longest) return std::nullopt;
    sum += number * unit->length;
    if (sum > Longest) return std::nullopt;
    text.remove_prefix(1);
  }
  return sum > seconds{0} ? std::optional{sum} : std::nullopt;
}

std::string span_words(seconds span, Language language) {
  std::string out;
  std::size_t told = 0;
  for (const auto& unit : Units) {
    const auto count = span / unit.length;
    span -= count * unit.length;
    if (told == 2 || (count == 0 && told == 0)) continue;
    ++told;
    if (count > 0) out += (out.empty() ? "" : " ") + std::to_string(count) + std::string{unit.word.in(language)};
  }
  return out.empty() ? "0 s" : out;
}

}  // namespace aven::app
