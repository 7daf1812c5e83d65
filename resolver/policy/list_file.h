// ListParser: a block list in one of the usual formats, fed piece by piece, to patterns. What is no name is set aside and
// counted with its first lines, never fatal.
// Thread: any, one at a time.   Memory: the patterns and at most one line of MaxLineSize octets that a piece cut in two.
// Fails: never; a list of junk has no entries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/problem.h"
#include "policy/rpz_zone.h"
#include "policy/rule.h"

namespace aven::policy {

enum class ListFormat : std::uint8_t {
  Domains,  // a name a line: the name and all below; `*.name`: only below
  Ut1,      // the same, a category's `domains` file
  Hosts,    // address, names: those names alone
  Adblock,  // ||name^ and @@||name^
  Dnsmasq,  // address=/name/, server=/name/, local=/name/
  Rpz,      // a zone file: triggers are exact names or *.name
};
std::optional<ListFormat> parse_list_format(std::string_view word) noexcept;

// Why something was set aside; what the last three tell of was taken all the same.
enum class Aside : std::uint8_t {
  Address,       // an IP address where a name belongs
  Url,           // a URL with a path: DNS sees names only
  NotDns,        // a line of the format that DNS cannot carry out
  Local,         // localhost and its like
  OneLabel,      // would block a top-level domain
  NotAName,      // junk
  TooLong,       // a line of more than MaxLineSize
  OtherTrigger,  // rpz-ip, rpz-nsdname ...
  OtherAction,   // rpz: asks for another answer than the rule that allows
  OtherRecord,   // rpz: a record that is no address nor alias; the name is answered NODATA
  NarrowDenial,  // rpz: NXDOMAIN for a name whose names below are not denied; answered NODATA
};
inline constexpr std::size_t AsideCount = static_cast<std::size_t>(Aside::NarrowDenial) + 1;

struct SetAside {
  std::size_t count = 0;
  std::vector<std::size_t> lines;  // the first ones
};

struct ParsedList {
  PatternList names, excepts;
  std::map<OwnAnswer, PatternList> own;  // rpz alone, in place of `names`
  std::size_t lines = 0;
  std::array<SetAside, AsideCount> aside;

  std::size_t entries() const noexcept;
  const SetAside& of(Aside kind) const noexcept { return aside[static_cast<std::size_t>(kind)]; }
};

class ListParser {
 public:
  static constexpr std::size_t MaxLineSize = 10U << 20;

  // `action` is the rule's: one that allows allows what an rpz list names, whatever its entries ask for.
  explicit ListParser(ListFormat format, Action action = Action::Sinkhole) : format_(format), action_(action) {}

  // From now on keeps nothing and only looks for the line that names `wanted` (a block, not an exception).
  void look_for(const Pattern& wanted) { wanted_ = wanted; }
  // The first such line; 0: none yet.
  std::size_t found_line() const noexcept { return found_line_; }

  void feed(std::string_view piece);
  ParsedList finish();

 private:
  void end_line(std::string_view line);
  void domains_line(std::string_view line);
  void hosts_line(std::string_view line);
  void adblock_line(std::string_view line);
  void dnsmasq_line(std::string_view line);
  void rpz_line(std::string_view line);
  void take_entries();
  void add_suffix(std::string_view text, PatternList& to);
  void add(PatternForm form, std::string_view text, PatternList& to);
  void set_aside(Aside kind);

  ListFormat format_;
  Action action_;
  std::string pending_;  // the line that the last piece cut
  bool skipping_ = false;
  ParsedList out_;
  std::size_t line_ = 0;  // that is spoken of
  Pattern pattern_;
  std::optional<Pattern> wanted_;
  std::size_t found_line_ = 0;
  RpzZone zone_;
};

// One note for each kind that was set aside.
Problems notes_of(const ParsedList& list, const std::string& file);

}  // namespace aven::policy
