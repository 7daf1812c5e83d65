#include "app/journal.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "app/journal_reader.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

ChangeRecord pause(const std::string& reason) {
  ChangeRecord change;
  change.kind = ChangeKind::Paused;
  change.cause = "request";
  change.reason = reason;
  return change;
}

// Waits until the journal says whether the line is on the disk.
bool record_and_wait(Journal& journal, const std::string& reason) {
  std::promise<bool> told;
  journal.record(pause(reason), [&](bool on_disk) { told.set_value(on_disk); });
  return told.get_future().get();
}

}  // namespace

TEST_CASE("what is confirmed is on the disk at once", "[app]") {
  const TempFolder folder;
  Journal journal{folder.path()};
  journal.use_zone(*policy::Calendar::for_zone("Europe/Paris"), "Europe/Paris");
  for (int i = 1; i <= 3; ++i) {
    CHECK(record_and_wait(journal, std::to_string(i)));
    const auto read = read_journal(folder / "journal");
    REQUIRE(read.lines.size() == static_cast<std::size_t>(i));
    CHECK(read.lines.back().change.reason == std::to_string(i));
    CHECK(read.lines.back().zone == "Europe/Paris");
    CHECK(read.lines.back().local.size() == std::string{"2026-11-24T13:00:00+01:00"}.size());
    CHECK(read.findings.empty());
  }
  CHECK_FALSE(journal.problem());
}

TEST_CASE("what was told before the end is written at the end", "[app]") {
  const TempFolder folder;
  {
    Journal journal{folder.path()};
    for (int i = 0; i < 50; ++i) journal.record(pause(std::to_string(i)));
  }
  const auto read = read_journal(folder / "journal");
  REQUIRE(read.lines.size() == 50);
  for (std::size_t i = 0; i < 50; ++i) CHECK(read.lines[i].change.reason == std::to_string(i));
}

TEST_CASE("without a disk changes wait, the rest is counted, and a line says how many were lost", "[app]") {
  const TempFolder folder;
  folder.write("journal", "a file in its place");
  {
    Journal journal{folder.path(), 10};
    REQUIRE(journal.problem());
    CHECK(journal.problem()->severity == policy::Severity::Error);
    std::atomic<int> refused{0};
    for (std::size_t i = 0; i < 17U; ++i) {
      journal.record(pause(std::to_string(i)), [&](bool on_disk) { refused += on_disk ? 0 : 1; });
    }
    CHECK(refused >= 7);
    std::filesystem::remove(folder / "journal");
  }
  const auto read = read_journal(folder / "journal");
  REQUIRE(read.lines.size() == 11);
  CHECK(read.findings.empty());
  CHECK(read.lines.front().change.reason == "0");
  const auto& last = read.lines.back().change;
  CHECK(last.kind == ChangeKind::RecordsLost);
  CHECK(last.details[0] == std::pair<std::string, std::string>{"lost", "7"});
}

TEST_CASE("a journal with a later moment than now says so", "[app]") {
  const TempFolder folder;
  {
    JournalFile file{folder / "journal"};
    JournalLine line;
    line.at = *parse_utc("2999-01-01T00:00:00Z");
    CHECK_FALSE(file.append(line));
  }
  const Journal journal{folder.path()};
  CHECK(utc_text(journal.latest()) == "2999-01-01T00:00:00Z");
}
