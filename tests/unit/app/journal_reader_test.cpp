#include "app/journal_reader.h"

#include <catch2/catch.hpp>

#include "unit/app/journal_support.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

using Kind = JournalFinding::Kind;

std::vector<Kind> kinds(const std::filesystem::path& folder) {
  std::vector<Kind> out;
  for (const auto& finding : read_journal(folder).findings) out.push_back(finding.kind);
  return out;
}

bool harmed(const std::filesystem::path& folder) {
  for (const Kind kind : kinds(folder)) {
    if (is_harm(kind)) return true;
  }
  return false;
}

// A journal of ten lines in one file, and its octets.
struct Ten {
  Ten() {
    write_journal(path, 10);
    text = *read_text(path / "000001-2026.jsonl");
  }
  void write(const std::string& octets) const { folder.write("journal/000001-2026.jsonl", octets); }

  TempFolder folder;
  std::filesystem::path path = folder / "journal";
  std::string text;
};

// The octets of line `number` with its end, counted from 1.
std::pair<std::size_t, std::size_t> place_of(const std::string& text, int number) {
  std::size_t start = 0;
  for (int i = 1; i < number; ++i) start = text.find('\n', start) + 1;
  return {start, text.find('\n', start) + 1 - start};
}

}  // namespace

TEST_CASE("no journal is an empty one", "[app]") {
  const TempFolder folder;
  const auto journal = read_journal(folder / "journal");
  CHECK(journal.lines.empty());
  CHECK(journal.findings.empty());
}

TEST_CASE("any octet that is changed is found", "[app]") {
  const Ten ten;
  CHECK_FALSE(harmed(ten.path));
  for (std::size_t i = 0; i < ten.text.size(); ++i) {
    std::string text = ten.text;
    text[i] = static_cast<char>(text[i] ^ 1);
    ten.write(text);
    INFO(i);
    CHECK(kinds(ten.path).size() > 0);
    if (i + 1 < ten.text.size()) CHECK(harmed(ten.path));
  }
}

TEST_CASE("a line that was taken out, put in or moved is found", "[app]") {
  const Ten ten;
  for (int number = 1; number <= 10; ++number) {
    const auto [start, size] = place_of(ten.text, number);
    std::string text = ten.text;
    text.erase(start, size);
    ten.write(text);
    CHECK(harmed(ten.path));
    text = ten.text;
    text.insert(start, ten.text.substr(start, size));
    ten.write(text);
    CHECK(harmed(ten.path));
  }
}

TEST_CASE("an end that was cut at a line is found by the head, and its numbers are told", "[app]") {
  const Ten ten;
  ten.write(ten.text.substr(0, place_of(ten.text, 8).first));
  const auto findings = read_journal(ten.path).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == Kind::Cut);
  CHECK(findings[0].from == 8);
  CHECK(findings[0].to == 10);
  std::filesystem::remove(ten.path / "head");
  CHECK(kinds(ten.path) == std::vector<Kind>{Kind::NoHead});
}

TEST_CASE("a file that is gone is a gap", "[app]") {
  const TempFolder folder;
  write_journal(folder / "journal", 20, 900);
  const auto files = journal_files(folder / "journal");
  REQUIRE(files.size() > 3);
  std::filesystem::remove(files[1]);
  CHECK(kinds(folder / "journal") == std::vector<Kind>{Kind::Changed, Kind::Gap});
  std::filesystem::remove(files[0]);
  CHECK(kinds(folder / "journal") == std::vector<Kind>{Kind::Gap});
}

TEST_CASE("a last line that is being written is no harm", "[app]") {
  const Ten ten;
  ten.write(ten.text + R"({"n":11,"prev)");
  CHECK(kinds(ten.path) == std::vector<Kind>{Kind::Open});
  CHECK_FALSE(harmed(ten.path));
}

TEST_CASE("a forged line in place of the last one is found by the head", "[app]") {
  const Ten ten;
  std::string text = ten.text;
  text.replace(text.rfind("\"reason\":\"10\""), 13, "\"reason\":\"6\"");
  ten.write(text);
  CHECK(harmed(ten.path));
}
