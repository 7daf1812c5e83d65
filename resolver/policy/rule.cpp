#include "policy/rule.h"

#include <algorithm>
#include <idn2.h>
#include <memory>
#include <re2/re2.h>

#include "base/check.h"

namespace aven::policy {
namespace {

using dns::Name;

constexpr std::size_t MaxExpressionSize = 10000;  // PatternList counts in two octets

Unexpected<std::string> fail(std::string text) {
  return Unexpected<std::string>{std::move(text)};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The octets of a host name, `*` and what UTF-8 adds; labels as RFC 2181 would allow them are not for packs.
bool is_in_place(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '*' || octet >= 0x80;
}

// A name as people write it to a canonical name; Unicode labels to A-labels (IDNA 2008).
Expected<Name, std::string> parse_name(std::string_view text) {
  if (text.empty() || text == ".") return fail("names no domain");
  if (is_ascii(text)) {
    if (const auto name = Name::from_text(text)) return *name;
    return fail("is not a domain name (a label has 1 to 63 octets, a name at most 253)");
  }
  char* raw = nullptr;
  const std::string input{text};
  const int status = idn2_to_ascii_8z(input.c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, decltype(&idn2_free)> ascii{raw, &idn2_free};
  if (status != IDN2_OK) return fail(std::string{"is not an international domain name: "} + idn2_strerror(status));
  if (const auto name = Name::from_text(ascii.get())) return *name;
  return fail("is not a domain name");
}

Expected<Pattern, std::string> parse_regex(std::string_view text) {
  if (text.size() < 3 || !text.ends_with('/')) return fail("a pattern stands between two slashes");
  if (text.size() > MaxExpressionSize + 2) return fail("is longer than 10000 octets");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) return fail("holds a control character; write it as \\xHH");
  Pattern pattern;
  pattern.form = PatternForm::Regex;
  pattern.label = text.substr(1, text.size() - 2);
  RE2::Options options{RE2::Latin1};
  options.set_log_errors(false);
  const RE2 expression{pattern.label, options};
  if (!expression.ok()) return fail("is not a pattern that RE2 takes: " + expression.error());
  return pattern;
}

Expected<Pattern, std::string> parse_glob(std::string_view text, bool exact) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return fail("a name with `*` needs at least two labels");
  const auto label = text.substr(0, dot);
  if (label.size() > dns::MaxLabelSize) return fail("its first label is longer than 63 octets");
  if (!is_ascii(label)) return fail("a label with `*` takes no accents: write its A-label");
  auto parent = parse_name(text.substr(dot + 1));
  if (!parent) return fail(parent.error());
  Pattern pattern;
  pattern.form = exact ? PatternForm::ExactGlob : PatternForm::Glob;
  pattern.name = *parent;
  for (const char c : label) pattern.label += static_cast<char>(dns::lower(static_cast<std::uint8_t>(c)));
  return pattern;
}

}  // namespace

const std::string& LocalText::in(std::string_view language) const noexcept {
  const std::string& wanted = language == "fr" ? fr : en;
  return wanted.empty() ? (language == "fr" ? en : fr) : wanted;
}

WayRound way_round_of(std::string_view category) noexcept {
  if (category == "bypass-automatic") return WayRound::Automatic;
  return category == "bypass" ? WayRound::ResolverLookup : WayRound::None;
}

std::string PatternSource::place_of(std::size_t entry) const {
  if (list) return {};
  const bool name_set = pointer == "/domains";  // objects there: {"name": ...}
  return pointer + '/' + std::to_string(entry) + (name_set ? "/name" : "");
}

Expected<Pattern, std::string> parse_pattern(std::string_view text) {
  if (text.starts_with('/')) return parse_regex(text);
  const bool exact = text.starts_with('=');
  if (exact) text.remove_prefix(1);
  const bool below = text.starts_with("*.");
  if (below) text.remove_prefix(2);
  if (exact && below) return fail("`=` and `*.` exclude each other");
  if (!std::all_of(text.begin(), text.end(), is_in_place))
    return fail("is not a domain name: labels have letters, digits, `-` and `_`, and stand between dots");

  const auto star = text.find('*');
  if (star != std::string_view::npos) {
    const auto dot = text.find('.');
    if (below || text == "*") return fail("`*` alone stands only as the first label, `*.name`");
    if (dot != std::string_view::npos && text.find('*', dot) != std::string_view::npos) {
      return fail("`*` may stand only in the first label");
    }
    if (text.find_first_not_of('*') == dot) return fail("a label of `*` alone is written `*.name`");
    return parse_glob(text, exact);
  }
  auto name = parse_name(text);
  if (!name) return fail(name.error());
  Pattern pattern;
  pattern.form = exact ? PatternForm::Exact : below ? PatternForm::Below : PatternForm::Suffix;
  pattern.name = *name;
  return pattern;
}

std::string to_text(const Pattern& pattern) {
  switch (pattern.form) {
    case PatternForm::Suffix:
      return pattern.name.text();
    case PatternForm::Exact:
      return '=' + pattern.name.text();
    case PatternForm::Below:
      return "*." + pattern.name.text();
    case PatternForm::Glob:
      return pattern.label + '.' + pattern.name.text();
    case PatternForm::ExactGlob:
      return '=' + pattern.label + '.' + pattern.name.text();
    case PatternForm::Regex:
      return '/' + pattern.label + '/';
  }
  return {};
}

// One entry: form, the wire name (its root octet ends it), and for globs and patterns two octets of length and the label.
void PatternList::add(const Pattern& pattern) {
  packed_ += static_cast<char>(pattern.form);
  const auto wire = pattern.name.wire();
  packed_.append(reinterpret_cast<const char*>(wire.data()), wire.size());
  if (!pattern.label.empty() || pattern.form >= PatternForm::Glob) {
    packed_ += static_cast<char>(pattern.label.size() >> 8);
    packed_ += static_cast<char>(pattern.label.size() & 0xff);
    packed_ += pattern.label;
  }
  ++count_;
}

Pattern PatternList::first() const {
  Pattern pattern;
  read(0, pattern);
  return pattern;
}

std::size_t PatternList::read(std::size_t position, Pattern& out) const {
  out.form = static_cast<PatternForm>(packed_[position++]);
  const std::span<const std::uint8_t> octets{reinterpret_cast<const std::uint8_t*>(packed_.data()), packed_.size()};
  ByteReader reader{octets, position};
  AVEN_CHECK(out.name.read(reader));
  out.label.clear();
  if (out.form >= PatternForm::Glob) {
    const auto label = reader.bytes(reader.u16());
    out.label.assign(reinterpret_cast<const char*>(label.data()), label.size());
  }
  AVEN_CHECK(!reader.failed());
  return reader.position();
}

}  // namespace aven::policy
