#include "app/journal_file.h"

#include <catch2/catch.hpp>

#include "app/journal_reader.h"
#include "unit/app/journal_support.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

const char* const FirstFile = "000001-2026.jsonl";

std::vector<std::string> reasons(const ReadJournal& journal) {
  std::vector<std::string> out;
  for (const auto& line : journal.lines) {
    out.push_back(line.change.kind == ChangeKind::JournalHealed ? "healed: " + line.change.details[0].second
                                                                : line.change.reason);
  }
  return out;
}

std::size_t harms(const ReadJournal& journal) {
  return static_cast<std::size_t>(std::count_if(journal.findings.begin(), journal.findings.end(),
                                                [](const auto& finding) { return is_harm(finding.kind); }));
}

}  // namespace

TEST_CASE("lines are numbered and chained, over a restart too", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 3);
  write_journal(folder / "journal", 2);
  const auto journal = read_journal(folder / "journal");
  CHECK(journal.findings.empty());
  REQUIRE(journal.lines.size() == 5);
  CHECK(journal.lines[0].before == NoLineBefore);
  CHECK(journal.lines[4].number == 5);
  CHECK(read_journal_head(folder / "journal")->number == 5);
  CHECK(read_journal_head(folder / "journal")->sha256 == journal.last.sha256);
}

TEST_CASE("a new file for each year and at a size, one chain", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 20, 900);
  const auto files = journal_files(folder / "journal");
  CHECK(files.size() > 3);
  for (const auto& file : files) CHECK(std::filesystem::file_size(file) <= 900);
  JournalFile file{folder / "journal"};
  auto line = a_line("new year", "2027-01-01T00:00:00Z");
  CHECK_FALSE(file.append(line));
  CHECK(journal_files(folder / "journal").back().filename().string().ends_with("-2027.jsonl"));
  const auto journal = read_journal(folder / "journal");
  CHECK(journal.findings.empty());
  CHECK(journal.lines.size() == 21);
}

TEST_CASE("a line cut at any octet is healed by a line that says so", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 1);
  const auto first = *read_text(folder.path() / "journal" / FirstFile);
  const auto head = *read_text(folder / "journal/head");
  write_journal(folder / "journal", 1);
  const auto both = *read_text(folder.path() / "journal" / FirstFile);
  for (std::size_t size = first.size() + 1; size < both.size(); size += 9) {
    folder.write("journal/" + std::string{FirstFile}, both.substr(0, size));
    folder.write("journal/head", head);
    write_journal(folder / "journal", 1);
    const auto journal = read_journal(folder / "journal");
    CHECK(harms(journal) == 0);
    REQUIRE(journal.lines.size() >= 3);
    CHECK(journal.lines.front().change.reason == "1");
    CHECK(journal.lines.back().change.reason == "1");
    CHECK(journal.lines[journal.lines.size() - 2].change.kind == ChangeKind::JournalHealed);
  }
}

TEST_CASE("confirmed lines that are gone at a start are told", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 2);
  const auto two = *read_text(folder.path() / "journal" / FirstFile);
  write_journal(folder / "journal", 3);
  folder.write("journal/" + std::string{FirstFile}, two);
  write_journal(folder / "journal", 1);
  const auto journal = read_journal(folder / "journal");
  CHECK(reasons(journal) == std::vector<std::string>{"1", "2", "healed: missing_lines", "1"});
  REQUIRE(journal.findings.size() == 1);
  CHECK(journal.findings[0].kind == JournalFinding::Kind::Gap);
  CHECK(journal.findings[0].from == 3);
  CHECK(journal.findings[0].to == 5);
}

TEST_CASE("a damaged head is written anew and told", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 2);
  for (const char* text : {"", "aven journal 1 x", "aven journal 1 7 zz\n"}) {
    folder.write("journal/head", text);
    CHECK_FALSE(read_journal_head(folder / "journal"));
    write_journal(folder / "journal", 1);
    const auto journal = read_journal(folder / "journal");
    CHECK(journal.findings.empty());
    CHECK(reasons(journal)[journal.lines.size() - 2] == "healed: head");
  }
}

TEST_CASE("two programs do not write one journal", "[app]") {
  const TempFolder folder;
  JournalFile first{folder / "journal"};
  JournalFile second{folder / "journal"};
  auto line = a_line("one");
  CHECK_FALSE(first.append(line));
  CHECK(second.append(line) == std::optional<std::string>{"another Aven writes it"});
}

TEST_CASE("a folder that cannot be written fails with words, and works when it can", "[app]") {
  const TempFolder folder;
  folder.write("journal", "a file in its place");
  JournalFile file{folder / "journal"};
  auto line = a_line("one");
  CHECK(file.append(line));
  std::filesystem::remove(folder / "journal");
  CHECK_FALSE(file.append(line));
  CHECK(read_journal(folder / "journal").lines.size() == 1);
}

TEST_CASE("the latest moment is that of any line, not of the last", "[app]") {
  const TempFolder folder;
  {
    JournalFile file{folder / "journal"};
    auto now = a_line("now", "2026-11-24T12:00:00Z");
    auto back = a_line("a year back", "2025-11-24T12:00:00Z");
    CHECK_FALSE(file.append(now));
    CHECK_FALSE(file.append(back));
  }
  JournalFile file{folder / "journal"};
  CHECK_FALSE(file.open(*parse_utc("2025-11-24T12:00:00Z")));
  CHECK(utc_text(file.latest()) == "2026-11-24T12:00:00Z");
  auto accepted = a_line("the clock was ahead", "2025-12-01T12:00:00Z");
  accepted.change.kind = ChangeKind::ClockBelieved;
  accepted.change.cause = "request";
  CHECK_FALSE(file.append(accepted));
  CHECK(utc_text(file.latest()) == "2025-12-01T12:00:00Z");
}
