#include "app/time_span.h"

#include <catch2/catch.hpp>

using namespace aven::app;
using namespace std::chrono_literals;

TEST_CASE("spans are read as people write them", "[app]") {
  CHECK(parse_span("30m") == 30min);
  CHECK(parse_span("2h") == 2h);
  CHECK(parse_span("1d") == 24h);
  CHECK(parse_span("90s") == 90s);
  CHECK(parse_span("1h30m") == 90min);
}

TEST_CASE("what is no span is refused", "[app]") {
  for (const char* text : {"", "0m", "30", "m", "-5m", "1.5h", "2 h", "2H", "99999999999d", "3661d", "4000d4000d"}) {
    INFO(text);
    CHECK_FALSE(parse_span(text));
  }
}

TEST_CASE("spans are told by their two largest units", "[app]") {
  CHECK(span_words(0s) == "0 s");
  CHECK(span_words(12s) == "12 s");
  CHECK(span_words(45min) == "45 min");
  CHECK(span_words(90min + 5s) == "1 h 30 min");
  CHECK(span_words(26h + 3min) == "1 d 2 h");
  CHECK(span_words(24h + 3min) == "1 d");
  CHECK(span_words(26h + 3min, Language::Fr) == "1 j 2 h");
}
