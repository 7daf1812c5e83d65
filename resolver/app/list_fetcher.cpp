#include "app/list_fetcher.h"

#include <algorithm>
#include <date/date.h>
#include <optional>
#include <pthread.h>
#include <system_error>
#include <utility>

#include "app/text_file.h"
#include "base/background.h"
#include "base/log.h"
#include "policy/json_text.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::Json;
using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds FirstRetry = std::chrono::minutes{5};
constexpr seconds LongestWait = hours{1};  // then the clock is looked at again: it may have been set

fs::path notes_file(const fs::path& list) {
  fs::path file = list;
  file += ".json";
  return file;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

ListFetcher::ListFetcher(ListPlaces places, std::function<void()> changed)
    : places_(std::move(places)), changed_(std::move(changed)), thread_([this] { run(); }) {}

ListFetcher::~ListFetcher() {
  end();
}

void ListFetcher::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    ending_.store(true, std::memory_order_relaxed);
  }
  wake_.notify_one();
  thread_.join();
}

void ListFetcher::want(Wanted wanted) {
  {
    const std::lock_guard lock{mutex_};
    std::map<std::string, Job> jobs;
    for (const auto& list : wanted.lists) {
      const auto before = jobs_.find(list.url);
      auto [job, added] = jobs.try_emplace(list.url, before != jobs_.end() ? before->second : known(list));
      if (added) job->second.list.refresh_hours = list.refresh_hours;
      auto& refresh = job->second.list.refresh_hours;  // of two rules with one list the more eager one counts
      refresh = std::min(refresh, list.refresh_hours);
    }
    jobs_ = std::move(jobs);
    servers_ = std::move(wanted.servers);
    load_ = wanted.load;
  }
  wake_.notify_one();
}

policy::Problems ListFetcher::problems() const {
  const std::lock_guard lock{mutex_};
  policy::Problems problems;
  for (const auto& [url, job] : jobs_) {
    if (job.failure.empty()) continue;
    std::string text = "cannot be fetched: " + job.failure;
    if (job.asked != WallTime{}) text += "; its version of " + date::format("%F", job.asked) + " stays";
    problems.push_back({url, "", std::move(text), policy::Severity::Warning});
  }
  return problems;
}

// What an earlier run left of a list.
ListFetcher::Job ListFetcher::known(const policy::ListReference& list) const {
  Job job;
  job.list = list;
  const fs::path file = places_.file_of(list);
  const auto text = read_text(notes_file(file));
  Json notes;
  policy::Problems ignored;
  std::error_code error;
  if (!text || !fs::exists(file, error) || !parse_json({ignored, list.url}, *text, policy::Comments::No, notes) ||
      !notes.is_object() || text_of(notes, "url") != list.url) {
    return job;
  }
  job.version = {text_of(notes, "etag"), text_of(notes, "last_modified"), text_of(notes, "sha256")};
  const auto asked = notes.find("asked");
  if (asked != notes.end() && asked->is_number_unsigned()) job.asked = WallTime{seconds{asked->get<std::uint32_t>()}};
  job.due = job.asked + hours{list.refresh_hours};
  return job;
}

void ListFetcher::run() noexcept {
  pthread_setname_np(pthread_self(), "aven-fetcher");
  give_way();
  std::unique_lock lock{mutex_};
  while (!ending_.load(std::memory_order_relaxed)) {
    const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                       [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
    if (next == jobs_.end()) {
      wake_.wait(lock);
      continue;
    }
    const WallTime now = read_wall_time();
    // A clock that was set back must not keep a list from being asked for.
    const seconds wait = std::min<seconds>(next->second.due - now, hours{next->second.list.refresh_hours} * 2);
    if (wait > seconds{0}) {
      wake_.wait_for(lock, std::min(wait, LongestWait));
    } else {
      fetch(next->first, lock);
    }
  }
}

// Lets the lock go while it asks.
void ListFetcher::fetch(const std::string& url, std::unique_lock<std::mutex>& lock) {
  const Job& job = jobs_.at(url);
  const FetchRequest request{.url = url, .known = job.version, .file = places_.file_of(job.list), .servers = servers_};
  busy_.store(true, std::memory_order_relaxed);
  lock.unlock();
  const FetchResult result = fetch_list(request, ending_);
  lock.lock();
  busy_.store(false, std::memory_order_relaxed);
  const auto still = jobs_.find(request.url);
  if (still == jobs_.end() || ending_.load(std::memory_order_relaxed)) return;
  if (!take(still->second, result) || !load_) return;
  lock.unlock();
  changed_();
  lock.lock();
}

// Is it another list now?
bool ListFetcher::take(Job& job, const FetchResult& result) {
  const WallTime now = read_wall_time();
  if (result.kind == FetchResult::Kind::Failed) {
    ++job.failures;
    if (job.failure != result.failure) log::warn("{} cannot be fetched: {}", job.list.url, result.failure);
    job.failure = result.failure;
    job.due = now + pause_of(job);
    return false;
  }
  job.failures = 0;
  job.failure.clear();
  job.version = result.version;
  job.asked = now;
  job.due = now + pause_of(job);
  const Json notes{{"url", job.list.url},
                   {"etag", job.version.etag},
                   {"last_modified", job.version.last_modified},
                   {"sha256", job.version.sha256},
                   {"asked", job.asked.time_since_epoch().count()}};
  const std::string text = notes.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
  const auto failure = write_text_safely(notes_file(places_.file_of(job.list)), [&](const PutText& put) { put(text); });
  if (failure) log::warn("What is known of {} cannot be kept: {}", job.list.url, *failure);
  const char* waits = load_ ? "" : " It waits for `aven reload`.";
  if (result.kind == FetchResult::Kind::Fresh) log::info("{} has a new version.{}", job.list.url, waits);
  return result.kind == FetchResult::Kind::Fresh;
}

// A tenth more or less, so that many servers do not ask at once.
seconds ListFetcher::pause_of(const Job& job) {
  constexpr unsigned MostDoublings = 10;
  seconds pause = hours{job.list.refresh_hours};
  if (job.failures != 0) pause = std::min(pause, FirstRetry * (1U << std::min(job.failures - 1, MostDoublings)));
  const auto spread = static_cast<std::uint32_t>(pause.count() / 5);
  return pause - seconds{spread / 2} + seconds{random_.below(spread + 1)};
}

}  // namespace aven::app
