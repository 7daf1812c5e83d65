#include "status/api.h"

#include <catch2/catch.hpp>
#include <map>

#include "unit/status/example_data.h"

namespace aven::status {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  Board board;
  Tick now = Tick{} + 100s;
  Api api{board,
          {[this] { return now; },
           [](const StatusData&, const ExplainQuestion& question) {
             return question.name.text() + ' ' + question.client.text();
           }}};

  Response get(std::string_view path, std::map<std::string, std::string> parameters = {}) {
    return api.get(path,
                   [&](const char* name) -> std::optional<std::string> {
                     const auto found = parameters.find(name);
                     return found == parameters.end() ? std::nullopt : std::optional{found->second};
                   },
                   {});
  }
  void publish() {
    auto data = example_data("[]", example_time());
    data.snapshot.taken = now;
    board.publish(std::make_shared<const StatusData>(std::move(data)), {});
  }
};

TEST_CASE_METHOD(Fixture, "without figures it is alive and not ready", "[status]") {
  CHECK(get("/healthz").code == 200);
  CHECK(get("/readyz").code == 503);
  CHECK(get("/api/v1/status").code == 503);
  CHECK(get("/api/v1/explain", {{"name", "a.example"}}).code == 503);
  CHECK(get("/api/v1/openapi.json").code == 200);
  CHECK(get("/metrics").code == 503);
}

TEST_CASE_METHOD(Fixture, "figures that are old mean that a worker does not respond", "[status]") {
  publish();
  CHECK(get("/readyz").code == 200);
  now += 6s;
  CHECK(get("/readyz").code == 503);
}

TEST_CASE_METHOD(Fixture, "it is not ready while its own question is not answered", "[status]") {
  std::string failure = "the own question to 127.0.0.1:53 is not answered";
  ApiOptions options{[this] { return now; }, {}, [&](std::span<const Endpoint>) { return failure; }};
  Api probing{board, std::move(options)};
  const auto ready = [&] { return probing.get("/readyz", [](const char*) { return std::nullopt; }, {}); };
  publish();
  CHECK(ready().body == "not ready: the own question to 127.0.0.1:53 is not answered\n");
  CHECK(ready().code == 503);
  failure.clear();
  CHECK(ready().code == 200);
}

TEST_CASE_METHOD(Fixture, "explain reads its parameters or says which is wrong", "[status]") {
  publish();
  CHECK(get("/api/v1/explain", {{"name", "a.example"}}).body == "a.example 127.0.0.1");
  CHECK(get("/api/v1/explain", {{"name", "a.example"}, {"client", "::ffff:10.1.1.1"}}).body == "a.example 10.1.1.1");
  using Parameters = std::map<std::string, std::string>;
  for (const auto& wrong : {Parameters{}, Parameters{{"name", ""}}, Parameters{{"name", "a..b"}},
                            Parameters{{"name", "a.example"}, {"type", "NONSENSE"}},
                            Parameters{{"name", "a.example"}, {"client", "somebody"}}}) {
    CHECK(get("/api/v1/explain", wrong).code == 400);
  }
}

TEST_CASE_METHOD(Fixture, "the numbers of series have bounds", "[status]") {
  CHECK(get("/api/v1/series").code == 200);
  for (const char* wrong : {"0", "61", "-1", "1x", "", "99999999999"}) {
    CHECK(get("/api/v1/series", {{"step", wrong}}).code == 400);
  }
}

TEST_CASE_METHOD(Fixture, "a path that is not there is not found", "[status]") {
  publish();
  for (const char* path : {"", "/api", "/api/v1/", "/api/v1/statu", "//", "/../app.js"}) CHECK(get(path).code == 404);
}

}  // namespace
}  // namespace aven::status
