// Journal: who changed what and when, for good: every change as a line of app/journal_file, in the order in which it was
// told, with the moment at which it was told.
// Thread: record(), problem() and latest() by any thread, never waiting for the disk; its own thread writes.
// Ownership: owns its thread; the destructor writes what waits, with one attempt.
// Fails: what cannot be written waits in memory, up to a limit, and is tried again every few seconds; problem() says so
// meanwhile, and a line says how many were lost in the end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "app/change_record.h"
#include "app/journal_file.h"
#include "base/tick.h"
#include "policy/calendar.h"
#include "policy/problem.h"

namespace aven::app {

class Journal : public ChangeSink {
 public:
  static constexpr std::size_t MostWaiting = 1000;

  // In the folder `journal` of the state folder; reads what is there.
  explicit Journal(const std::filesystem::path& state, std::size_t most_waiting = MostWaiting);
  ~Journal() override;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void record(ChangeRecord change, Written written = {}) override;
  // The zone of the lines' local times from now on.
  void use_zone(policy::Calendar calendar, std::string name);

  std::optional<policy::Problem> problem() const;
  // No clock that shows an earlier moment is believed.
  WallTime latest() const;

 private:
  struct Waiting {
    JournalLine line;
    Written written;
  };

  void run() noexcept;
  bool write_first(std::unique_lock<std::mutex>& lock);
  void write_late_head(std::unique_lock<std::mutex>& lock);
  JournalLine line_of(ChangeRecord change, WallTime at) const;
  void say(const std::optional<std::string>& failure);

  const std::filesystem::path folder_;
  const std::size_t most_waiting_;
  JournalFile file_;  // the thread's

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::size_t lost_ = 0;
  WallTime first_lost_{}, last_lost_{}, latest_{};
  std::optional<policy::Calendar> calendar_;
  std::string zone_;
  std::optional<policy::Problem> problem_;
  bool head_is_late_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace aven::app
