#include "app/tls_authorities.h"

#include <catch2/catch.hpp>

#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;
using policy::Severity;

namespace {

Config config_with(const TempFolder& folder, const std::string& text) {
  auto loaded = parse_config(policy::SourceText{"aven.json", text}, folder / "", Machine{});
  REQUIRE(loaded.problems.empty());
  return loaded.config;
}

// A key of 256 bits, made for this test, signed by itself.
constexpr const char* Certificate = R"(-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUXf0y2nkDAv8/+kSILmgPP7KUgmkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJQXZlbiB0ZXN0MCAXDTI2MTEyNDEzMTA0MFoYDzIxMjYxMDMx
MTMxMDQwWjAUMRIwEAYDVQQDDAlBdmVuIHRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARzvMb0K2F86A/S1JWYJ/6rYKGt6MfW2xelM6II3s9Il1g/2h31jVm+
l7+8N3G0a706JTXguxq3mj5U8VksNB3Go1MwUTAdBgNVHQ4EFgQUxfOg/OHqlqJT
SdiVjewoOHxe5C4wHwYDVR0jBBgwFoAUxfOg/OHqlqJTSdiVjewoOHxe5C4wDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAnkYaXZHM+o97N6SK8VX+
ID1WozcMHXOPRCOJdxG0/koCIQDOQy3njW8JgGzaWN9oUvMxn0c0ikWgb27NTZEJ
Ny+dLw==
-----END CERTIFICATE-----
)";

}  // namespace

TEST_CASE("authorities are read once for each file, and none for plain servers", "[app]") {
  const TempFolder folder;
  folder.write("ca.pem", Certificate);
  const auto config = config_with(folder, R"({"tls_ca": "ca.pem", "upstreams": {"default": {"servers": [
    "192.0.2.1", "tls://192.0.2.1#a.example", "https://b.example/q?addr=192.0.2.1"]}}})");
  policy::Problems problems;
  const auto contexts = load_authorities(config, Severity::Error, problems);
  CHECK(problems.empty());
  REQUIRE(contexts.size() == 1);
  CHECK(contexts.begin()->first == (folder / "ca.pem").string());
  CHECK(contexts.begin()->second != nullptr);
}

TEST_CASE("without tls_ca the system's authorities count", "[app]") {
  const TempFolder folder;
  const auto config = config_with(folder, R"({"upstreams": {"default": {"servers": ["tls://192.0.2.1#a.example"]}}})");
  policy::Problems problems;
  const auto contexts = load_authorities(config, Severity::Error, problems);
  CHECK(problems.empty());
  CHECK(contexts.at("") != nullptr);
}

TEST_CASE("a file of authorities that cannot be used is told at its setting, and nobody is believed", "[app]") {
  const TempFolder folder;
  folder.write("empty.pem", "nothing\n");
  folder.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const auto config = config_with(folder, R"({"tls_ca": "none.pem", "upstreams": {
    "default": {"servers": ["tls://192.0.2.1#a.example"]},
    "b": {"servers": ["tls://192.0.2.2#a.example"], "tls_ca": "empty.pem"},
    "c": {"servers": ["tls://192.0.2.3#a.example"], "tls_ca": "broken.pem"}}})");
  policy::Problems problems;
  const auto contexts = load_authorities(config, Severity::Warning, problems);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].pointer == "/tls_ca");
  CHECK(problems[0].text.find("No such file") != std::string::npos);
  CHECK(problems[1].pointer == "/upstreams/b/tls_ca");
  CHECK(problems[1].text.find("holds no certificate") != std::string::npos);
  CHECK(problems[2].pointer == "/upstreams/c/tls_ca");
  for (const auto& problem : problems) CHECK(problem.severity == Severity::Warning);
  CHECK(contexts.size() == 3);
  for (const auto& [file, context] : contexts) CHECK(context == nullptr);
}
