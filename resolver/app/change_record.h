// ChangeRecord: something that changed what Aven does, or that someone looked at, as the journal keeps it.
// ChangeSink: where whoever changes something tells it; app/journal is the real one.
// Thread: record() by any thread; it takes the record and returns, never waiting for the disk. `written` is called once,
// on the sink's thread: true when the line is on the disk, false when it has to wait for the disk to work again.
// Privacy: a record holds no address of a client and no asked name; an exemption is told by its number.
// Fails: never; what cannot be written waits, and the sink says so by a problem.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tick.h"

namespace aven::app {

enum class ChangeKind : std::uint8_t {
  Started,
  Stopped,
  PolicyAccepted,
  PolicyRefused,
  RuleStarted,  // by the calendar
  RuleEnded,
  Paused,
  Resumed,
  Exempted,
  ExemptionEnded,
  RolledBack,
  ListUpdated,
  CacheFlushed,
  LoggedIn,
  QueryLogViewed,
  ClockImplausible,
  ClockBelieved,
  JournalHealed,  // the line before was cut by a crash or a full disk
  RecordsLost,    // more waited than there was room for
};
std::string_view key(ChangeKind kind) noexcept;  // "policy_accepted"
std::optional<ChangeKind> parse_change_kind(std::string_view key) noexcept;

struct FieldChange {
  std::string field, before, after;  // `field` as rule packs write it
};

struct RuleChange {
  enum class Kind : std::uint8_t { Added, Removed, Changed };
  Kind kind = Kind::Changed;
  std::string rule;  // "pack/id"
  std::vector<FieldChange> fields;
};

struct ChangeRecord {
  ChangeKind kind = ChangeKind::Started;
  std::string cause;    // what led to it: "start", "signal", "file_change", "request", "calendar", "clock"
  std::string account;  // who asked for it: "alice (uid 1000)"; empty: Aven itself
  std::string reason;   // in that person's words; may be empty
  std::string rule;     // "pack/id" that it is about; may be empty
  std::string group;    // that it is about; may be empty
  std::optional<WallTime> until;
  std::string policy_before, policy_after;                   // ids; may be empty
  std::vector<RuleChange> rules;                             // what the new policy changed
  std::vector<std::pair<std::string, std::string>> details;  // anything else, key and text
};

// Does the record say that someone accepted the clock as it was then? Later moments of earlier records do not count against it.
bool accepts_clock(const ChangeRecord& change) noexcept;

class ChangeSink {
 public:
  using Written = std::function<void(bool on_disk)>;
  virtual ~ChangeSink() = default;
  virtual void record(ChangeRecord change, Written written = {}) = 0;
};

}  // namespace aven::app
