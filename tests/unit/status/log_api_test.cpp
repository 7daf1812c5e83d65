#include "status/log_api.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "server/query_store.h"
#include "unit/server/log_support.h"
#include "unit/status/example_data.h"

namespace aven::status {
namespace {

using nlohmann::json;
using Map = std::map<std::string, std::string>;
using server::line;
using server::SecondMs;
using server::StartMs;

class Fixture {
 public:
  Fixture() {
    std::vector<server::LogRow> rows;
    for (int i = 0; i < 5; ++i) {
      rows.push_back(line(i * SecondMs, "10.1.1." + std::to_string(i), "n" + std::to_string(i) + ".example"));
    }
    rows.push_back(line(5 * SecondMs, "10.1.1.1", "open.example", "staff", stats::LogVerdict::None));
    server::LiveLog::Batch batch;
    batch.rows = rows;
    writer_.live().add(batch);
    server::Pseudonyms pseudonyms{folder_ / "keys", random_};
    server::QueryStore store{pseudonyms};
    store.write(rows, book_, server::moment(6 * SecondMs));
  }

  Response get(std::string_view path, Map parameters = {}) {
    return api_.get(
        path,
        [&](const char* name) -> std::optional<std::string> {
          const auto found = parameters.find(name);
          return found == parameters.end() ? std::nullopt : std::optional{found->second};
        },
        visitor, data_);
  }
  json good(std::string_view path, Map parameters = {}) {
    const auto response = get(path, std::move(parameters));
    INFO(response.body);
    REQUIRE(response.code == 200);
    return json::parse(response.body);
  }
  void write_to_the_file() { writer_.use(std::make_shared<const server::LogBook>(book_)); }

  Visitor visitor{"anna", Role::Operator};
  std::vector<server::Look> looks;
  bool can_record = true;

 private:
  TempFolder folder_;
  server::Counting random_;
  server::LogBook book_ = server::book_for(folder_ / "log.sqlite");
  server::LogWriter writer_{1, folder_.path(), random_};
  StatusData data_ = example_data("[]", example_time());
  LogApi api_{{&writer_, [this](const server::Look& look) {
                 looks.push_back(look);
                 return can_record;
               }}};
};

const std::vector<std::string> WithRows{"/api/v1/recent", "/api/v1/tail", "/api/v1/queries"};

TEST_CASE_METHOD(Fixture, "the log's paths are its own", "[status]") {
  for (const auto& path : WithRows) CHECK(LogApi::has(path));
  CHECK(LogApi::has("/api/v1/top"));
  CHECK(LogApi::has("/api/v1/observed"));
  CHECK_FALSE(LogApi::has("/api/v1/status"));
  CHECK_FALSE(LogApi::has("/api/v1/recent/"));
}

TEST_CASE_METHOD(Fixture, "every display of clients is recorded with account and filter", "[status]") {
  write_to_the_file();
  for (const auto& path : WithRows) {
    good(path, {{"client", "10.1.1.1"}, {"group", "staff"}});
    REQUIRE_FALSE(looks.empty());
    CHECK(looks.back().account == "anna");
    CHECK("/api/v1/" + looks.back().what == path);
    CHECK(looks.back().filter == "client=10.1.1.1&group=staff");
  }
  CHECK(looks.size() == 3);
  good("/api/v1/top");
  good("/api/v1/observed");
  CHECK(looks.size() == 3);
}

TEST_CASE_METHOD(Fixture, "what cannot be recorded is not shown", "[status]") {
  write_to_the_file();
  can_record = false;
  for (const auto& path : WithRows) {
    const auto told = good(path);
    CHECK(told["clients_shown"] == false);
    REQUIRE_FALSE(told["rows"].empty());
    for (const auto& row : told["rows"]) CHECK(row["client"].is_null());
  }
}

TEST_CASE_METHOD(Fixture, "a viewer sees no client and cannot ask for one", "[status]") {
  write_to_the_file();
  visitor.role = Role::Viewer;
  for (const auto& path : WithRows) {
    const auto told = good(path);
    CHECK(told["clients_shown"] == false);
    for (const auto& row : told["rows"]) CHECK(row["client"].is_null());
    CHECK(get(path, {{"client", "10.1.1.1"}}).code == 403);
  }
  CHECK(looks.empty());
}

TEST_CASE_METHOD(Fixture, "filters find what they say", "[status]") {
  write_to_the_file();
  CHECK(good("/api/v1/recent")["rows"].size() == 5);
  for (const auto& path : WithRows) {
    CHECK(good(path, {{"name", "N3"}})["rows"][0]["name"] == "n3.example");
    CHECK(good(path, {{"client", "::ffff:10.1.1.2"}})["rows"].size() == 1);
    CHECK(good(path, {{"group", "nobody"}})["rows"].empty());
    CHECK(good(path, {{"limit", "2"}})["rows"].size() == 2);
    CHECK(good(path, {{"client", "p-0123456789abcdef"}})["rows"].empty());
  }
  CHECK(good("/api/v1/tail", {{"verdict", "none"}})["rows"][0]["name"] == "open.example");
}

TEST_CASE_METHOD(Fixture, "a page of the file leads to the next one", "[status]") {
  write_to_the_file();
  auto page = good("/api/v1/queries", {{"limit", "4"}});
  CHECK(page["rows"][0]["name"] == "open.example");
  page = good("/api/v1/queries", {{"limit", "4"}, {"before", std::to_string(page["next"].get<std::uint64_t>())}});
  CHECK(page["rows"].size() == 2);
  CHECK(page["next"].is_null());
}

TEST_CASE_METHOD(Fixture, "moments are seconds or UTC", "[status]") {
  write_to_the_file();
  const auto seconds = std::to_string(StartMs / 1000 + 4);
  CHECK(good("/api/v1/queries", {{"since", seconds}})["rows"].size() == 2);
  CHECK(good("/api/v1/queries", {{"until", seconds}})["rows"].size() == 4);
  CHECK(good("/api/v1/queries", {{"until", "2020-01-01T00:00:00Z"}})["rows"].empty());
}

TEST_CASE_METHOD(Fixture, "what cannot be read is refused", "[status]") {
  write_to_the_file();
  for (const auto& path : WithRows) {
    for (const auto& wrong : {Map{{"limit", "0"}}, Map{{"limit", "1001"}}, Map{{"limit", "many"}},
                              Map{{"verdict", "maybe"}}, Map{{"client", "somebody"}}, Map{{"client", "p-12"}}}) {
      CHECK(get(path, wrong).code == 400);
    }
  }
  CHECK(get("/api/v1/queries", {{"since", "yesterday"}}).code == 400);
  CHECK(get("/api/v1/queries", {{"before", "x"}}).code == 400);
  CHECK(get("/api/v1/tail", {{"after", "-1"}}).code == 400);
  CHECK(get("/api/v1/top", {{"limit", "101"}}).code == 400);
  CHECK(looks.empty());
}

TEST_CASE_METHOD(Fixture, "without a file the log says so", "[status]") {
  const auto told = good("/api/v1/queries");
  CHECK(told["log"] == "off");
  CHECK(told["rows"].empty());
}

TEST_CASE("without a log there is nothing", "[status]") {
  LogApi api{{}};
  const auto data = example_data("[]", example_time());
  CHECK(api.get(
               "/api/v1/tail", [](const char*) { return std::nullopt; }, {}, data)
            .code == 404);
}

}  // namespace
}  // namespace aven::status
