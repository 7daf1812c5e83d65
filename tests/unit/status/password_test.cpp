#include "status/password.h"

#include <catch2/catch.hpp>
#include <string>

#include "unit/status/scripted_random.h"

namespace aven::status {
namespace {

TEST_CASE("a password matches its hash and no other", "[status]") {
  ScriptedRandom random;
  const auto hash = hash_password("correct horse battery", random);
  REQUIRE(hash);
  CHECK(hash->starts_with("scrypt:15:8:1:000102030405060708090a0b0c0d0e0f:"));
  CHECK(is_password_hash(*hash));
  CHECK(password_matches("correct horse battery", *hash));
  CHECK_FALSE(password_matches("correct horse batterz", *hash));
  CHECK_FALSE(password_matches("", *hash));
  CHECK(hash_password("correct horse battery", random) != hash);  // another salt
}

TEST_CASE("the function is scrypt: the vector of RFC 7914 section 12", "[status]") {
  // Its salt "SodiumChloride" with N=16384, r=8, p=1 and password "pleaseletmein", the first 32 of 64 octets.
  const std::string hash =
      "scrypt:14:8:1:536f6469756d43686c6f72696465:7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
  CHECK(password_matches("pleaseletmein", hash));
}

TEST_CASE("what is no hash matches nothing", "[status]") {
  const std::string salt(32, '0'), key(64, '0');
  REQUIRE(is_password_hash("scrypt:15:8:1:" + salt + ':' + key));
  for (const auto& wrong : {std::string{}, std::string{"scrypt"}, "bcrypt:15:8:1:" + salt + ':' + key,
                            "scrypt:40:8:1:" + salt + ':' + key, "scrypt:15:999:1:" + salt + ':' + key,
                            "scrypt:15:8:1:" + salt + ':' + key + "00", "scrypt:15:8:1:" + salt + ":zz" + key.substr(2),
                            "scrypt:15:8:1:00:" + key, "scrypt:15x:8:1:" + salt + ':' + key}) {
    CHECK_FALSE(is_password_hash(wrong));
    CHECK_FALSE(password_matches("", wrong));
  }
}

}  // namespace
}  // namespace aven::status
