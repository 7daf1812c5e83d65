// LiftKeeper: the pauses and exemptions that are in force, from the command that gives one to its end: kept in the state
// folder, told to the server and to the journal.
// Thread: control's.
// Lifetime: what it is made with outlives it.
// Fails: what cannot be written is in force all the same, until the next start; problem() says so.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/lift_file.h"
#include "base/tick.h"
#include "policy/lifts.h"
#include "policy/problem.h"

namespace aven::app {

class LiftKeeper {
 public:
  using Use = std::function<void(const policy::Lifts&)>;
  static constexpr std::size_t MostExemptions = 1000;

  // `keep_ended`: how long an exemption is remembered after its end. `use` is called with each new state.
  LiftKeeper(const std::filesystem::path& state_folder, std::chrono::seconds keep_ended, ChangeSink& journal, Use use);

  // Once, at the start: what the state folder holds, less what has ended meanwhile.
  void start(WallTime now);

  // Each gives its number. `account` is who asked for it by the socket. A pause replaces one of the same scope and target.
  std::uint64_t pause(policy::Pause pause, const std::string& account);
  std::uint64_t exempt(policy::Exemption exemption, const std::string& account);
  // Ends pauses for which chosen(pause) holds; gives how many.
  std::size_t resume(const std::function<bool(const policy::Pause&)>& chosen, const std::string& account);
  bool end_exemption(std::uint64_t number, WallTime now, const std::string& account);

  // Ends what is over.
  void each_second(WallTime now);

  const KeptLifts& kept() const noexcept { return kept_; }
  const std::optional<policy::Problem>& problem() const noexcept { return problem_; }

 private:
  void changed();
  void tell(ChangeKind kind, const policy::Pause& pause, const std::string& account);
  void tell(ChangeKind kind, const policy::Exemption& exemption, const std::string& account);

  LiftFile file_;
  std::chrono::seconds keep_ended_;
  ChangeSink& journal_;
  Use use_;
  KeptLifts kept_;
  std::optional<policy::Problem> problem_;
  std::string place_;
};

}  // namespace aven::app
