#include "policy/public_suffix.h"

#include <catch2/catch.hpp>

#include "support/message_builder.h"

using aven::policy::is_public_suffix;

TEST_CASE("suffixes of registries are public, those of companies and unknown ones are not", "[policy]") {
  for (const char* name : {"fr", "com", "co.uk", "gouv.fr", "xn--p1ai", "any.ck"})
    CHECK(is_public_suffix(aven::test::name_of(name)));
  for (const char* name : {"chatgpt.com", "github.io", "livekit.cloud", "lan", "www.ck"})
    CHECK_FALSE(is_public_suffix(aven::test::name_of(name)));
  CHECK_FALSE(is_public_suffix(aven::dns::Name{}));
}
