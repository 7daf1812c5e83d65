#include "app/journal.h"

#include <chrono>
#include <date/date.h>
#include <pthread.h>
#include <utility>

#include "base/log.h"

namespace aven::app {
namespace {

using namespace std::chrono_literals;

constexpr auto TryAgainAfter = 3s;
constexpr auto Late = 2s;  // a line that is written later than that after its moment says so

// "2026-11-24T13:00:00+01:00"
std::string local_text(const policy::Calendar& calendar, WallTime at) {
  const auto local = calendar.local(at);
  const auto ahead = std::chrono::duration_cast<std::chrono::minutes>(local.time_since_epoch() - at.time_since_epoch());
  return date::format("%FT%T", local) + (ahead < 0min ? '-' : '+') + date::format("%R", ahead < 0min ? -ahead : ahead);
}

}  // namespace

Journal::Journal(const std::filesystem::path& state, std::size_t most_waiting)
    : folder_(state / "journal"), most_waiting_(most_waiting), file_(folder_) {
  say(file_.open(read_wall_time()));
  latest_ = file_.latest();
  thread_ = std::thread{[this] { run(); }};
}

Journal::~Journal() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Journal::use_zone(policy::Calendar calendar, std::string name) {
  const std::lock_guard lock{mutex_};
  calendar_ = std::move(calendar);
  zone_ = std::move(name);
}

JournalLine Journal::line_of(ChangeRecord change, WallTime at) const {
  JournalLine line;
  line.at = at;
  if (calendar_) line.local = local_text(*calendar_, at);
  if (calendar_) line.zone = zone_;
  line.change = std::move(change);
  return line;
}

void Journal::record(ChangeRecord change, Written written) {
  const WallTime at = read_wall_time();
  Written refused;
  {
    const std::lock_guard lock{mutex_};
    if (waiting_.size() < most_waiting_) {
      waiting_.push_back({line_of(std::move(change), at), std::move(written)});
    } else {
      if (lost_++ == 0) first_lost_ = at;
      last_lost_ = at;
      refused = std::move(written);
    }
  }
  if (refused) refused(false);
  changed_.notify_one();
}

std::optional<policy::Problem> Journal::problem() const {
  const std::lock_guard lock{mutex_};
  return problem_;
}

WallTime Journal::latest() const {
  const std::lock_guard lock{mutex_};
  return latest_;
}

// Once for each turn, not for each attempt.
void Journal::say(const std::optional<std::string>& failure) {
  if (!failure) {
    if (std::exchange(problem_, std::nullopt)) log::info("The journal can be written again.");
    return;
  }
  policy::Problem problem{folder_.string(), "",
                          "the journal cannot be written: " + *failure + "; changes wait in memory",
                          policy::Severity::Error};
  if (!problem_ || problem_->text != problem.text) log::error("{}", policy::to_text(problem));
  problem_ = std::move(problem);
}

// Writes the line that has waited longest; the lock is not held meanwhile. False: not now.
bool Journal::write_first(std::unique_lock<std::mutex>& lock) {
  JournalLine line = waiting_.front().line;
  const Written written = std::exchange(waiting_.front().written, {});
  const bool is_last = waiting_.size() == 1;
  lock.unlock();
  const WallTime now = read_wall_time();
  if (now - line.at > Late) {
    line.change.details.emplace_back("written_later_s", std::to_string((now - line.at).count()));
  }
  const auto failure = file_.append(line);
  const auto head_failure = !failure && is_last ? file_.note_last() : std::nullopt;
  if (!failure) log::info("journal {} {} {}", line.number, key(line.change.kind), file_.last().sha256);
  if (written) written(!failure);
  lock.lock();
  latest_ = file_.latest();
  head_is_late_ = head_failure.has_value();
  say(failure ? failure : head_failure);
  if (failure) return false;
  waiting_.pop_front();
  if (waiting_.empty() && lost_ > 0) {
    ChangeRecord change;
    change.kind = ChangeKind::RecordsLost;
    change.cause = "journal";
    change.details = {{"lost", std::to_string(std::exchange(lost_, 0))},
                      {"first", utc_text(first_lost_)},
                      {"last", utc_text(last_lost_)}};
    waiting_.push_back({line_of(std::move(change), now), {}});
  }
  return true;
}

void Journal::write_late_head(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const auto failure = file_.note_last();
  lock.lock();
  head_is_late_ = failure.has_value();
  say(failure);
}

void Journal::run() noexcept {
  pthread_setname_np(pthread_self(), "aven-journal");
  std::unique_lock lock{mutex_};
  while (true) {
    const auto is_wanted = [this] { return ending_ || !waiting_.empty(); };
    if (!head_is_late_) {
      changed_.wait(lock, is_wanted);
    } else if (!changed_.wait_for(lock, TryAgainAfter, is_wanted)) {
      write_late_head(lock);
    }
    while (!waiting_.empty()) {
      if (write_first(lock)) continue;
      if (ending_) return;
      changed_.wait_for(lock, TryAgainAfter, [this] { return ending_; });
    }
    if (ending_) return;
  }
}

}  // namespace aven::app
