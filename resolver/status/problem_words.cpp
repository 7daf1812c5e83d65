#include "status/problem_words.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace aven::status {
namespace {

constexpr std::string_view Other = "other";

// A template cut at its holes: texts.size() == holes.size() + 1.
struct Parts {
  std::vector<std::string_view> texts, holes;
};

// A brace before anything but a letter or `=` is one of the sentence, of JSON.
bool opens_hole(std::string_view sentence, std::size_t brace) noexcept {
  const char next = brace + 1 < sentence.size() ? sentence[brace + 1] : ' ';
  return next == '=' || (next >= 'a' && next <= 'z');
}

Parts parts_of(std::string_view sentence) {
  Parts parts;
  for (auto brace = sentence.find('{'); brace != std::string_view::npos;) {
    if (!opens_hole(sentence, brace)) {
      brace = sentence.find('{', brace + 1);
      continue;
    }
    const auto close = sentence.find('}', brace);
    parts.texts.push_back(sentence.substr(0, brace));
    parts.holes.push_back(sentence.substr(brace + 1, close - brace - 1));
    sentence.remove_prefix(close + 1);
    brace = sentence.find('{');
  }
  parts.texts.push_back(sentence);
  return parts;
}

bool holds_sentence(std::string_view hole) noexcept {
  return hole.starts_with('=');
}

// What stands at the holes; nothing if the sentence is not of this template.
std::optional<std::vector<std::string>> match(const Parts& parts, std::string_view sentence) {
  const auto& texts = parts.texts;
  if (!sentence.starts_with(texts.front())) return std::nullopt;
  sentence.remove_prefix(texts.front().size());
  std::vector<std::string> found;
  for (std::size_t i = 1; i < texts.size(); ++i) {
    const bool last = i + 1 == texts.size();
    if (last && !sentence.ends_with(texts[i])) return std::nullopt;
    const auto end = last ? sentence.size() - texts[i].size() : sentence.find(texts[i]);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    found.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(end + texts[i].size());
  }
  if (!sentence.empty()) return std::nullopt;
  return found;
}

struct Row {
  const ProblemSentence* sentence;
  Parts english, french;
  std::size_t fixed = 0;  // octets outside the holes: of two templates that fit the one that says more is meant
};

// The most telling first.
std::vector<Row> make_rows() {
  std::vector<Row> rows;
  for (const auto& sentence : problem_sentences()) {
    Row row{&sentence, parts_of(sentence.english), parts_of(sentence.french)};
    for (const auto text : row.english.texts) row.fixed += text.size();
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.fixed > b.fixed; });
  return rows;
}

std::string in_french(const Row& row, const std::vector<std::string>& parameters) {
  std::string out{row.french.texts.front()};
  for (std::size_t i = 0; i < row.french.holes.size(); ++i) {
    const auto& holes = row.english.holes;
    const auto place = std::find(holes.begin(), holes.end(), row.french.holes[i]) - holes.begin();
    const auto& parameter = parameters[static_cast<std::size_t>(place)];
    const auto inner = holds_sentence(row.french.holes[i]) ? words_of(parameter).french : std::string{};
    out += inner.empty() ? parameter : inner;
    out += row.french.texts[i + 1];
  }
  return out;
}

}  // namespace

ProblemWords words_of(std::string_view sentence) {
  static const std::vector<Row> rows = make_rows();
  for (const auto& row : rows) {
    auto parameters = match(row.english, sentence);
    if (!parameters) continue;
    std::string french = in_french(row, *parameters);
    return {row.sentence->code, std::move(*parameters), std::move(french)};
  }
  return {Other, {std::string{sentence}}, {}};
}

}  // namespace aven::status
