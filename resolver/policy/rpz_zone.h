// RpzZone: a response policy zone, line by line, to entries: a name and what is answered for it. ldns reads the records.
//
//   if (auto why = zone.read(line, number)) ...   // nothing of this line counts
//   while (auto entry = zone.next()) ...          // after each line, and after finish()
//
// Thread: one.   Memory: the record that is not whole yet, the last two entries.   Fails: never; junk is told as such.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "dns/ldns_ptr.h"
#include "dns/name.h"
#include "policy/rule.h"

namespace aven::policy {

struct RpzEntry {
  PatternForm form =
      PatternForm::Exact;  // Exact, Below, or Suffix: the zone has `name` and `*.name`, one after the other
  std::string name;
  OwnAnswer answer;
  std::size_t line = 0;  // the first that speaks of it
};

enum class RpzAside : std::uint8_t {
  NotARecord,
  NotDns,        // rpz-tcp-only, targets made of the name, directives but $ORIGIN and $TTL
  OtherTrigger,  // on addresses, name servers and clients
  OtherRecord,   // no address nor alias; its name counts, without that record
};

class RpzZone {
 public:
  std::optional<RpzAside> read(std::string_view line, std::size_t number);
  std::optional<RpzEntry> next();
  void finish();

 private:
  std::optional<RpzAside> directive(std::string_view line);
  std::optional<RpzAside> record();
  std::optional<RpzAside> add(const ldns_rr& rr, std::string name);
  void end_entry();

  static constexpr std::size_t MaxRecordSize = 1U << 20;

  std::string text_;  // of the record, without comments, parentheses and line ends
  std::size_t open_ = 0, line_ = 0;
  dns::RdfPtr origin_, last_owner_;
  std::optional<dns::Name> apex_;
  std::optional<RpzEntry> entry_;  // whose records come
  std::optional<RpzEntry> held_;   // the one before it: with its counterpart it is one
  std::deque<RpzEntry> ready_;
};

}  // namespace aven::policy
