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

bool ends_in(std::string_view name, std::string_view end) noexcept {
  return name.size() >= end.size() && same_word(name.substr(name.size() - end.size()), end);
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

bool is_ttl(std::string_view word) noexcept {
  if (word.empty() || word[0] < '0' || word[0] > '9') return false;
  return word.find_first_not_of("0123456789smhdwSMHDW") == std::string_view::npos;
}

// A zone file line without its comment: a `;` inside quotes is text.
std::string_view without_zone_comment(std::string_view line) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ';' && !quoted) {
      return line.substr(0, i);
    }
  }
  return line;
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
  return std::move(out_);
}

void ListParser::end_line(std::string_view line) {
  ++out_.lines;
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
  line = without_zone_comment(line);
  if (in_parentheses_) {
    in_parentheses_ = line.find(')') == std::string_view::npos;
    return;
  }
  if (trim(line).empty()) return;
  if (line[0] == '$') {
    const auto word = take_word(line);
    if (!same_word(word, "$ORIGIN")) return same_word(word, "$TTL") ? void() : set_aside(Aside::NotDns);
    set_owner(take_word(line));
    origin_ = owner_;
    if (apex_.empty()) apex_ = origin_;
    return;
  }
  if (Blanks.find(line[0]) == std::string_view::npos) set_owner(take_word(line));
  rpz_record(line);
}

// The owner with its origin and without final dot; relative to nothing known it stays as it is.
void ListParser::set_owner(std::string_view text) {
  if (text == "@") {
    owner_ = origin_;
    return;
  }
  owner_.assign(text);
  if (owner_.ends_with('.')) {
    owner_.pop_back();
  } else if (!origin_.empty()) {
    (owner_ += '.') += origin_;
  }
}

void ListParser::rpz_record(std::string_view rest) {
  auto type = take_word(rest);
  while (is_ttl(type) || same_word(type, "IN")) type = take_word(rest);
  const auto open = rest.find('(');
  in_parentheses_ = open != std::string_view::npos && rest.find(')', open) == std::string_view::npos &&
                    rest.find('"') == std::string_view::npos;
  if (same_word(type, "SOA")) {
    if (apex_.empty()) apex_ = owner_;
    return;
  }
  if (owner_ == apex_) return;  // NS and the like
  rpz_trigger(type, take_word(rest));
}

void ListParser::rpz_trigger(std::string_view type, std::string_view data) {
  std::string_view name = owner_;
  if (!apex_.empty() && ends_in(name, apex_) && name.size() > apex_.size() &&
      name[name.size() - apex_.size() - 1] == '.') {
    name.remove_suffix(apex_.size() + 1);
  }
  for (const std::string_view trigger : {"rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"}) {
    if (ends_in(name, trigger)) return set_aside(Aside::OtherTrigger);
  }
  if (owner_ == taken_owner_) return;  // A and AAAA of one name
  if (type.empty() || data.empty()) return set_aside(Aside::NotAName);

  const bool below = name.starts_with("*.");
  if (below) name.remove_prefix(2);
  auto wanted = Action::Sinkhole;
  bool passes = false;
  bool known = same_word(type, "A") || same_word(type, "AAAA");
  if (same_word(type, "CNAME")) {
    if (same_word(data, "rpz-tcp-only.")) return set_aside(Aside::NotDns);
    const auto target = data.ends_with('.') ? data.substr(0, data.size() - 1) : data;
    passes = same_word(data, "rpz-passthru.") || (!target.empty() && same_word(target, name));
    known = data == "." || data == "*." || same_word(data, "rpz-drop.");
    wanted = data == "." ? Action::NxDomain : data == "*." ? Action::NoData : Action::Drop;
  }
  if (!passes && (!known || wanted != action_)) set_aside(Aside::OtherAction);
  taken_owner_ = owner_;
  add(below ? PatternForm::Below : PatternForm::Exact, name, passes ? out_.excepts : out_.names);
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
  pattern_.form = form;
  if (!wanted_) return to.add(pattern_);
  const bool is_it = &to == &out_.names && wanted_->form == form && wanted_->name == pattern_.name;
  if (is_it && found_line_ == 0) found_line_ = out_.lines;
}

void ListParser::set_aside(Aside kind) {
  SetAside& aside = out_.aside[static_cast<std::size_t>(kind)];
  ++aside.count;
  if (aside.lines.size() < ToldLines && (aside.lines.empty() || aside.lines.back() != out_.lines)) {
    aside.lines.push_back(out_.lines);
  }
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
      "entries ask for another answer than the rule's; they are taken with the rule's action"};
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
