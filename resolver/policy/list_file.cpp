#include "policy/list_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace aven::policy {
namespace {

constexpr std::size_t ToldLines = 5;
constexpr std::string_view Blanks = " \t\r\f\v";

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(Blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(Blanks) - first + 1);
}

std::string_view take_word(std::string_view& text) noexcept {
  text = trim(text);
  const auto end = std::min(text.find_first_of(Blanks), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// Without what a `#` starts, at the beginning or after a blank.
std::string_view without_comment(std::string_view line) noexcept {
  for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
    if (at == 0 || Blanks.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  }
  return line;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return dns::lower(static_cast<std::uint8_t>(x)) == dns::lower(static_cast<std::uint8_t>(y));
  });
}

bool is_local(std::string_view name) noexcept {
  constexpr std::string_view Names[] = {"localhost",
                                        "localhost.localdomain",
                                        "local",
                                        "broadcasthost",
                                        "ip6-localhost",
                                        "ip6-loopback",
                                        "ip6-localnet",
                                        "ip6-mcastprefix",
                                        "ip6-allnodes",
                                        "ip6-allrouters",
                                        "ip6-allhosts",
                                        "localhost4",
                                        "localhost6",
                                        "localhost4.localdomain4",
                                        "localhost6.localdomain6"};
  return std::any_of(std::begin(Names), std::end(Names),
                     [&](std::string_view local) { return same_word(name, local); });
}

// What stands in a host name; an octet of 0x80 and above may be UTF-8.
struct Octets {
  bool odd = false, high = false, letter = false, colon = false, slash = false, dot = false;
};
Octets octets_of(std::string_view text) noexcept {
  Octets seen;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const unsigned char low = octet | 0x20U;
    if ((low >= 'a' && low <= 'z') || octet == '-' || octet == '_') {
      seen.letter = true;
    } else if (octet >= '0' && octet <= '9') {
      continue;
    } else if (octet == '.') {
      seen.dot = true;
    } else if (octet >= 0x80) {
      seen.high = true;
    } else {
      seen.odd = true;
      seen.colon = seen.colon || octet == ':';
      seen.slash = seen.slash || octet == '/';
    }
  }
  return seen;
}

}  // namespace

std::optional<ListFormat> parse_list_format(std::string_view word) noexcept {
  constexpr std::pair<std::string_view, ListFormat> Formats[] = {
      {"domains", ListFormat::Domains}, {"ut1", ListFormat::Ut1},         {"hosts", ListFormat::Hosts},
      {"adblock", ListFormat::Adblock}, {"dnsmasq", ListFormat::Dnsmasq}, {"rpz", ListFormat::Rpz}};
  for (const auto& [name, format] : Formats) {
    if (word == name) return format;
  }
  return std::nullopt;
}

void ListParser::feed(std::string_view piece) {
  while (!piece.empty()) {
    const void* found = std::memchr(piece.data(), '\n', piece.size());
    if (found == nullptr) {
      if (!skipping_) pending_ += piece;
      if (pending_.size() > MaxLineSize) {
        skipping_ = true;
        std::string{}.swap(pending_);
      }
      return;
    }
    const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - piece.data());
    if (pending_.empty()) {
      end_line(piece.substr(0, size));
    } else {
      pending_ += piece.substr(0, size);
      end_line(pending_);
      pending_.clear();
    }
    piece.remove_prefix(size + 1);
  }
}

ParsedList ListParser::finish() {
  if (!pending_.empty() || skipping_) end_line(pending_);
  zone_.finish();
  take_entries();
  return std::move(out_);
}

void ListParser::end_line(std::string_view line) {
  line_ = ++out_.lines;
  if (skipping_ || line.size() > MaxLineSize) {
    skipping_ = false;
    return set_aside(Aside::TooLong);
  }
  if (out_.lines == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  switch (format_) {
    case ListFormat::Domains:
    case ListFormat::Ut1:
      return domains_line(line);
    case ListFormat::Hosts:
      return hosts_line(line);
    case ListFormat::Adblock:
      return adblock_line(line);
    case ListFormat::Dnsmasq:
      return dnsmasq_line(line);
    case ListFormat::Rpz:
      return rpz_line(line);
  }
}

void ListParser::domains_line(std::string_view line) {
  line = trim(without_comment(line));
  if (line.empty() || line[0] == ';' || line[0] == '!') return;
  add_suffix(line, out_.names);
}

void ListParser::hosts_line(std::string_view line) {
  line = trim(without_comment(line));
  if (line.empty()) return;
  const auto address = take_word(line);
  const auto zone = address.find('%');  // fe80::1%lo0
  if (!IpAddress::parse(address.substr(0, zone))) return set_aside(Aside::NotAName);
  for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
    if (IpAddress::parse(word)) {
      if (word != "0.0.0.0") set_aside(Aside::Address);  // the usual "0.0.0.0 0.0.0.0"
    } else {
      add(PatternForm::Exact, word, out_.names);
    }
  }
}

void ListParser::adblock_line(std::string_view line) {
  line = trim(line);
  if (line.empty() || line[0] == '!' || line[0] == '[') return;
  if (line[0] == '#' && !line.starts_with("##") && !line.starts_with("#@") && !line.starts_with("#?")) return;
  const bool excepts = line.starts_with("@@");
  if (excepts) line.remove_prefix(2);
  if (!line.starts_with("||")) return set_aside(Aside::NotDns);
  line.remove_prefix(2);
  const auto end = line.find('^');
  if (end == std::string_view::npos) return set_aside(Aside::NotDns);
  auto rest = line.substr(end + 1);
  if (rest.starts_with('|')) rest.remove_prefix(1);
  const auto comment = rest.find(" #");
  rest = trim(rest.substr(0, comment));
  if (!rest.empty() && rest != "$important" && rest != "$all") return set_aside(Aside::NotDns);
  if (line.substr(0, end).find_first_of("*/") != std::string_view::npos) return set_aside(Aside::NotDns);
  add(PatternForm::Suffix, line.substr(0, end), excepts ? out_.excepts : out_.names);
}

void ListParser::dnsmasq_line(std::string_view line) {
  line = trim(without_comment(line));
  if (line.empty()) return;
  const bool address = line.starts_with("address=/");
  const bool local = line.starts_with("local=/");
  if (!address && !local && !line.starts_with("server=/")) return set_aside(Aside::NotDns);
  line.remove_prefix(line.find('/') + 1);
  const auto last = line.rfind('/');
  if (last == std::string_view::npos) return set_aside(Aside::NotAName);
  const auto target = line.substr(last + 1);
  const bool excepts = !address && target == "#";                                // asked of the usual servers
  if (!address && !target.empty() && !excepts) return set_aside(Aside::NotDns);  // a route
  auto names = line.substr(0, last);
  while (!names.empty()) {
    const auto size = std::min(names.find('/'), names.size());
    add_suffix(names.substr(0, size), excepts ? out_.excepts : out_.names);
    names.remove_prefix(std::min(size + 1, names.size()));
  }
}

void ListParser::rpz_line(std::string_view line) {
  if (const auto why = zone_.read(line, out_.lines)) {
    static constexpr std::array Kinds{Aside::NotAName, Aside::NotDns, Aside::OtherTrigger, Aside::OtherRecord};
    set_aside(Kinds[static_cast<std::size_t>(*why)]);
  }
  take_entries();
}

void ListParser::take_entries() {
  while (const auto entry = zone_.next()) {
    line_ = entry->line;
    const Action wanted = entry->answer.action;
    if (action_ == Action::Allow) {
      if (wanted != Action::Allow) set_aside(Aside::OtherAction);
      add(entry->form, entry->name, out_.names);
    } else {
      if (wanted == Action::NxDomain && entry->form == PatternForm::Exact) set_aside(Aside::NarrowDenial);
      add(entry->form, entry->name, out_.own[entry->answer]);
    }
  }
}

// `name`, `.name` and `*.name`.
void ListParser::add_suffix(std::string_view text, PatternList& to) {
  if (text.starts_with("*.")) return add(PatternForm::Below, text.substr(2), to);
  if (text.size() > 1 && text[0] == '.') text.remove_prefix(1);
  add(PatternForm::Suffix, text, to);
}

void ListParser::add(PatternForm form, std::string_view text, PatternList& to) {
  if (text.size() > 1 && text.ends_with('.')) text.remove_suffix(1);
  const Octets seen = octets_of(text);
  if (seen.odd) {
    if (IpAddress::parse(text) || Prefix::parse(text)) return set_aside(Aside::Address);
    return set_aside(seen.slash || seen.colon ? Aside::Url : Aside::NotAName);
  }
  if (!seen.letter && !seen.high) return set_aside(IpAddress::parse(text) ? Aside::Address : Aside::NotAName);
  if (is_local(text)) return set_aside(Aside::Local);
  if (!seen.dot) return set_aside(Aside::OneLabel);
  if (seen.high) {  // Unicode, or Latin-1, which is no name
    const auto parsed = parse_pattern(text);
    if (!parsed) return set_aside(Aside::NotAName);
    pattern_.name = parsed->name;
  } else {
    const auto name = dns::Name::from_text(text);
    if (!name) return set_aside(Aside::NotAName);
    pattern_.name = *name;
  }
  if (pattern_.name.label_count() < 2) return set_aside(Aside::OneLabel);  // "com.."
  pattern_.form = form;
  if (!wanted_) return to.add(pattern_);
  const bool is_it = &to != &out_.excepts && wanted_->form == form && wanted_->name == pattern_.name;
  if (is_it && found_line_ == 0) found_line_ = line_;
}

void ListParser::set_aside(Aside kind) {
  SetAside& aside = out_.aside[static_cast<std::size_t>(kind)];
  ++aside.count;
  if (aside.lines.size() < ToldLines && (aside.lines.empty() || aside.lines.back() != line_)) {
    aside.lines.push_back(line_);
  }
}

std::size_t ParsedList::entries() const noexcept {
  std::size_t entries = names.size() + excepts.size();
  for (const auto& [answer, patterns] : own) entries += patterns.size();
  return entries;
}

Problems notes_of(const ParsedList& list, const std::string& file) {
  constexpr std::array<std::string_view, AsideCount> Words = {
      "IP addresses set aside: write them into `addresses` of a rule",
      "URLs set aside: DNS sees names, not paths",
      "lines set aside that DNS cannot carry out",
      "local names set aside, such as localhost",
      "names of one label set aside: they would block a top-level domain; write them into `domains` if that is meant",
      "entries set aside that are no domain names",
      "lines set aside that are longer than 10 MB",
      "triggers set aside that are not on the question's name",
      "entries ask for another answer than the rule's; they are allowed as the rule says",
      "records that are no addresses: their names are answered NODATA",
      "names to be denied without the names below them: they are answered NODATA, which denies nothing below"};
  Problems notes;
  for (std::size_t kind = 0; kind < AsideCount; ++kind) {
    const SetAside& aside = list.aside[kind];
    if (aside.count == 0) continue;
    std::string place = aside.lines.size() == 1 ? "line " : "lines ";
    for (std::size_t i = 0; i < aside.lines.size(); ++i) place += (i == 0 ? "" : ", ") + std::to_string(aside.lines[i]);
    if (aside.count > aside.lines.size()) place += " ...";
    notes.push_back({file, place, std::to_string(aside.count) + ' ' + std::string{Words[kind]}, Severity::Note});
  }
  return notes;
}

}  // namespace aven::policy
