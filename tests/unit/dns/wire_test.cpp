#include "dns/wire.h"

#include <catch2/catch.hpp>

using namespace aven::dns;

TEST_CASE("types that never name data are meta types", "[dns]") {
  for (const Type type : {Type{0}, Type::OPT, Type{128}, Type::TKEY, Type::TSIG, Type::IXFR, Type::AXFR, Type::ANY}) {
    CHECK(is_meta(type));
  }
  for (const Type type : {Type::A, Type::NS, Type::HTTPS, Type{127}, Type{256}, Type::CAA, Type{65280}}) {
    CHECK_FALSE(is_meta(type));
  }
}
