#include "server/query_store.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sys/resource.h>

#include "unit/server/log_support.h"

namespace aven::server {
namespace {

namespace fs = std::filesystem;
using stats::LogLevel;
using stats::LogVerdict;

struct Fixture {
  TempFolder folder;
  Counting random;
  Pseudonyms pseudonyms{folder / "keys", random};
  QueryStore store{pseudonyms};
  fs::path file = folder / "log.sqlite";
  LogBook book = book_for(file);

  void write(std::vector<LogRow> rows, std::int64_t ms) { store.write(rows, book, moment(ms)); }
  void keep_house(std::int64_t ms) {
    for (int i = 0; i < 200; ++i) store.keep_house(book, moment(ms));
  }
  std::string read(std::string_view sql) const { return read_text(file, sql); }
};

TEST_CASE_METHOD(Fixture, "lines are written as they are, with names, rules and groups once", "[server]") {
  write({line(0, "10.1.1.1", "chatgpt.com"), line(1, "2001:db8::1", "www.example", "staff", LogVerdict::None)}, 10);
  CHECK(store.problem().empty());
  CHECK(store.written() == 2);
  CHECK(read("SELECT count(*) FROM queries") == "2");
  CHECK(read("SELECT client || ' ' || name || ' ' || \"group\" || ' ' || outcome || ' ' || rule FROM log") ==
        "10.1.1.1 chatgpt.com staff blocked pack/rule");
  CHECK(read("SELECT at FROM log") == "2026-11-18T11:06:40Z");
  write({line(2, "10.1.1.1", "chatgpt.com")}, 20);
  CHECK(read("SELECT count(*) FROM names") == "2");
}

TEST_CASE_METHOD(Fixture, "without a file nothing is written and nothing is wrong", "[server]") {
  book.file.clear();
  write({line(0, "10.1.1.1", "chatgpt.com")}, 10);
  CHECK(store.problem().empty());
  CHECK(store.lost() == 0);
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE_METHOD(Fixture, "two lines of one number are both kept", "[server]") {
  write({line(0, "10.1.1.1", "a.example")}, 10);
  write({line(0, "10.1.1.1", "b.example")}, 20);
  CHECK(read("SELECT count(*) FROM queries") == "2");
}

TEST_CASE_METHOD(Fixture, "an address becomes a pseudonym that still tells clients apart", "[server]") {
  write({line(0, "10.1.1.1", "a.example"), line(1, "10.1.1.2", "a.example"), line(2, "10.1.1.1", "b.example"),
         line(23 * HourMs, "10.1.1.1", "a.example")},
        10);
  keep_house(DayMs + 10 * SecondMs);
  CHECK(read("SELECT count(*) FROM queries WHERE client LIKE 'p-%'") == "3");
  CHECK(read("SELECT count(DISTINCT client) FROM queries WHERE client LIKE 'p-%'") == "2");
  CHECK(read("SELECT count(*) FROM queries WHERE client = '10.1.1.1'") == "1");
  CHECK(read("SELECT pseudonymised FROM purges") == "3");
  std::ifstream in{file, std::ios::binary};
  const std::string octets{std::istreambuf_iterator<char>{in}, {}};
  CHECK(octets.find("10.1.1.2") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "with 0 days the address is never written", "[server]") {
  book.pseudonymise_after_days = 0;
  write({line(0, "10.1.1.1", "a.example")}, 10);
  CHECK(read("SELECT substr(client, 1, 2) FROM queries") == "p-");
}

TEST_CASE_METHOD(Fixture, "lines past their group's retention go, the file shrinks, a purge stays noted", "[server]") {
  book.groups[0].retention_days = 60;
  std::vector<LogRow> rows;
  for (int i = 0; i < 5000; ++i) {
    rows.push_back(line(i, "10.1.1." + std::to_string(i % 250), "name-" + std::to_string(i) + ".example"));
  }
  write(rows, 5000);
  write({line(6000, "10.9.9.9", "kept.example", "default")}, 6000);
  keep_house(7000);
  CHECK(read("SELECT count(*) FROM queries") == "5001");
  keep_house(31 * DayMs);
  CHECK(read("SELECT count(*) FROM queries") == "1");
  CHECK(read("SELECT name FROM log") == "kept.example");
  CHECK(read("SELECT count(*) FROM names") == "1");
  CHECK(fs::file_size(file) < std::stoul(read("SELECT max(bytes_before) FROM purges")) / 4);
  CHECK(read("SELECT sum(deleted) FROM purges") == "5000");
  CHECK(read("SELECT bytes_before > bytes_after FROM purges WHERE deleted > 0") == "1");
}

TEST_CASE_METHOD(Fixture, "the key of a period is destroyed with its last line", "[server]") {
  write({line(0, "10.1.1.1", "a.example")}, 10);
  keep_house(2 * DayMs);
  CHECK(fs::file_size(folder / "keys") > 60);
  keep_house(40 * DayMs);
  CHECK(read("SELECT count(*) FROM queries") == "0");
  CHECK(fs::file_size(folder / "keys") == 0);
}

TEST_CASE_METHOD(Fixture, "a level that was lowered takes away what it forbids", "[server]") {
  write({line(0, "10.1.1.1", "a.example"), line(1, "10.1.1.1", "b.example", "staff", LogVerdict::None)}, 10);
  book.groups[1].level = LogLevel::Blocked;
  store.purge_soon();
  keep_house(1000);
  CHECK(read("SELECT name FROM log") == "a.example");
  book.groups[1].level = LogLevel::None;
  store.purge_soon();
  keep_house(2000);
  CHECK(read("SELECT count(*) FROM log") == "0");
}

TEST_CASE_METHOD(Fixture, "a deleted file is begun anew", "[server]") {
  write({line(0, "10.1.1.1", "a.example")}, 10);
  fs::remove(file);
  write({line(2000, "10.1.1.1", "b.example")}, 2000);
  CHECK(store.problem().empty());
  CHECK(read("SELECT name FROM log") == "b.example");
}

TEST_CASE_METHOD(Fixture, "a damaged file is set aside and a new one begun", "[server]") {
  std::ofstream{file} << std::string(8192, 'x');
  write({line(0, "10.1.1.1", "a.example")}, 10);
  CHECK(store.problem().find("not written") != std::string::npos);
  CHECK(store.lost() == 1);
  write({line(1, "10.1.1.1", "b.example")}, 200);
  CHECK(store.problem().empty());
  CHECK(read("SELECT name FROM log") == "b.example");
  CHECK(fs::exists(file.string() + ".damaged"));
}

TEST_CASE_METHOD(Fixture, "a damaged file goes when no line of it may be kept any more", "[server]") {
  const fs::path damaged = file.string() + ".damaged";
  std::ofstream{file} << std::string(8192, 'x');
  write({line(0, "10.1.1.1", "a.example")}, 10);
  book.others.retention_days = 30;
  book.groups = {{"staff", LogLevel::All, 40}};
  keep_house(39 * 24 * HourMs);
  CHECK(fs::exists(damaged));
  store.purge_soon();
  keep_house(41 * 24 * HourMs);
  CHECK_FALSE(fs::exists(damaged));
}

TEST_CASE_METHOD(Fixture, "a place that cannot be written is a problem that ends by itself", "[server]") {
  std::ofstream{folder / "place"} << "a file where a folder must be";
  book.file = folder / "place/log.sqlite";
  write({line(0, "10.1.1.1", "a.example")}, 0);
  CHECK_FALSE(store.problem().empty());
  CHECK(store.lost() == 1);
  fs::remove(folder / "place");
  write({line(1, "10.1.1.1", "a.example")}, 1000);  // too soon to try again
  CHECK(store.lost() == 2);
  write({line(2, "10.1.1.1", "a.example")}, 6000);
  CHECK(store.problem().empty());
  CHECK(store.written() == 1);
}

TEST_CASE_METHOD(Fixture, "a full disk stops the log, and room starts it again", "[server]") {
  std::signal(SIGXFSZ, SIG_IGN);
  write({line(0, "10.1.1.1", "a.example")}, 0);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit full{fs::file_size(file) + 16'384, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &full) == 0);
  std::vector<LogRow> rows;
  for (int i = 0; i < 5000; ++i) rows.push_back(line(i, "10.1.1.1", "name-" + std::to_string(i) + ".example"));
  write(rows, 1000);
  const bool stopped = !store.problem().empty();
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(stopped);
  CHECK(store.lost() == 5000);
  write({line(10, "10.1.1.1", "b.example")}, 10'000);
  CHECK(store.problem().empty());
  CHECK(read("SELECT count(*) FROM queries") == "2");
}

}  // namespace
}  // namespace aven::server
