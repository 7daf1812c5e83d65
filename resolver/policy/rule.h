// Rules as written: what the loader makes of name sets and packs, and the compiler reads. Plain values.
// Thread: the loader's.   Ownership: a RuleSet owns all its text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net_address.h"
#include "dns/name.h"
#include "policy/calendar.h"
#include "policy/problem.h"
#include "policy/verdict.h"

namespace aven::policy {

struct LocalText {
  std::string en, fr;
  // The text in `language` ("en", "fr"), else the other one.
  const std::string& in(std::string_view language) const noexcept;
};

// The forms of `domains` (DESIGN.md section 4).
enum class PatternForm : std::uint8_t {
  Suffix,     // a.b      the name and all below
  Exact,      // =a.b     that name alone
  Below,      // *.a.b    only below
  Glob,       // x-*.a.b  first label by glob, the name and all below
  ExactGlob,  // =x-*.a.b first label by glob, that name alone
  Regex,      // /.../    RE2 on the whole text name
};

struct Pattern {
  PatternForm form = PatternForm::Suffix;
  dns::Name name;     // Glob forms: the name without its first label
  std::string label;  // Glob forms: the first label with `*`, lower case; Regex: the expression without slashes
};
// Parses one entry of `domains`; Unicode labels become A-labels (IDNA 2008, libidn2). The error is one sentence.
Expected<Pattern, std::string> parse_pattern(std::string_view text);
std::string to_text(const Pattern& pattern);

// PatternList: many patterns in little memory, in the order of the file; place i is the i-th entry added.
class PatternList {
 public:
  void add(const Pattern& pattern);
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  Pattern first() const;  // of a list that is not empty
  // Calls visit(index, const Pattern&) for each, in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::size_t position = 0;
    Pattern pattern;
    for (std::size_t index = 0; index < count_; ++index) {
      position = read(position, pattern);
      visit(index, static_cast<const Pattern&>(pattern));
    }
  }

 private:
  std::size_t read(std::size_t position, Pattern& out) const;
  std::string packed_;
  std::size_t count_ = 0;
};

// What an entry of an rpz list asks for, whatever its rule's action is.
struct OwnAnswer {
  Action action = Action::NoData;
  std::vector<IpAddress> ipv4, ipv6;  // Sinkhole
  std::string target;                 // Redirect
  friend auto operator<=>(const OwnAnswer&, const OwnAnswer&) = default;
};

// Where the entries of a PatternList stand: the file, and the pointer of their array.
struct PatternSource {
  std::string file;
  std::string pointer;
  PatternList patterns;
  bool list = false;  // entries of a list file: one that must resolve is left out
  std::optional<OwnAnswer> own = std::nullopt;

  // Where an entry stands: "/rules/0/domains/3", "/domains/3/name" in a name set. Of a list nobody keeps the lines.
  std::string place_of(std::size_t entry) const;
};

struct ListReference {
  std::string file, url, format;
  std::size_t min_entries = 0;
  std::optional<unsigned> max_shrink_percent;
  unsigned refresh_hours = 24;

  // Its file or its address, as written.
  const std::string& name() const noexcept { return url.empty() ? file : url; }
};

// "bypass-automatic" and "bypass" are the categories of rules/dns-bypass.json.
WayRound way_round_of(std::string_view category) noexcept;

struct AnswerSettings {
  std::optional<std::vector<IpAddress>> ipv4, ipv6;
  std::optional<std::uint32_t> ttl;
};

enum class EdeChoice : std::uint8_t { Blocked, Censored, Filtered };

struct Rule {
  std::string pack, id;  // together "pack/id", unique
  std::string file;      // the pack's file and this rule's JSON pointer, for problems and explain
  std::string pointer;
  LocalText title, reason;
  Action action = Action::Sinkhole;
  Mode mode = Mode::Enforce;
  std::vector<std::string> name_sets;  // the names in `names`, for explain
  std::vector<PatternSource> domains;  // written domains first, then one source per name set
  std::vector<PatternSource> except;
  std::vector<dns::Type> types;  // empty = every type
  std::vector<Prefix> addresses;
  std::vector<ListReference> lists;
  std::string target;  // redirect
  std::vector<std::string> groups;
  std::vector<Prefix> clients, except_clients;
  std::vector<std::string> exempts;  // "pack/id"
  Validity validity;                 // valid_from, valid_until, schedule
  std::optional<date::local_days> review_by;
  std::string legal_basis, owner, category;
  std::vector<std::string> contact;
  EdeChoice ede = EdeChoice::Blocked;
  int priority = 0;  // as written, or -10 for a rule with lists
  AnswerSettings answer;
  bool whole_suffix = false;

  std::string full_id() const { return pack + '/' + id; }
  Action action_of(const PatternSource& source) const noexcept { return source.own ? source.own->action : action; }
};

struct MustResolve {
  dns::Name name;
  std::string pack;  // whose rules it binds; empty = all (aven.json, routes, our upstreams)
  std::string file, pointer;
};

struct PackInfo {
  std::string name, file;
  LocalText title;
};

struct RuleSet {
  std::vector<PackInfo> packs;
  std::vector<Rule> rules;  // sorted by full_id()
  std::vector<MustResolve> must_resolve;
};

}  // namespace aven::policy
