// ChangeWatch: tells the journal what changes without anybody asking for it: start and stop, policies taken or refused,
// lists with a new content, rules that start or end by the calendar, a clock that cannot be right.
// Thread: control's.
// Lifetime: looks at the journal and the server; made before the server runs.
// Fails: never.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/rollback.h"
#include "base/tick.h"
#include "policy/calendar.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "server/server.h"

namespace aven::app {

class ChangeWatch {
 public:
  explicit ChangeWatch(ChangeSink& journal) : journal_(journal) {}
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;

  // What was in force when Aven last ran, by the journal.
  struct Before {
    std::string policy;  // empty: nothing is known
    WallTime at{};       // the latest moment that the journal knows
  };
  // A list whose content is another than before.
  struct ListUpdate {
    std::string file, sha256;
    std::size_t names_before = 0, names = 0;
  };
  // What a new policy brings beside itself.
  struct News {
    std::vector<RuleChange> rules;  // what differs from the policy before
    std::vector<ListUpdate> lists;
    std::string timezone;
    std::optional<RollbackMark> rolled_back;
  };
  void started(const server::Loaded& first, const Before& before, News news, std::string version);
  void stopped();

  // The next policy that is taken or refused is told with this person and reason.
  void asked_by(std::string account, std::string reason);
  void loaded(server::LoadReason reason, const server::Loaded& result, News news);

  // `current`: what the server decides from now.
  void each_second(const server::Current& current, WallTime now);

 private:
  // Whether rule `i` is on by the calendar, whoever asks.
  std::vector<bool> states(const policy::Policy& policy, const policy::Calendar& calendar, WallTime at) const;
  void tell_turns(const policy::Policy& policy, const std::vector<bool>& before, const std::vector<bool>& after,
                  const char* detail);
  void watch_clock(const server::Current& current, WallTime now);
  void tell_accepted(std::string cause, const std::string& before, News news);
  void tell_list(const ListUpdate& list, const std::string& cause, const std::string& before);

  ChangeSink& journal_;
  std::string policy_, account_, reason_;
  bool rolled_back_ = false;
  std::shared_ptr<const policy::Activity> activity_;
  std::vector<bool> on_;
  bool clock_believed_ = true;
};

}  // namespace aven::app
