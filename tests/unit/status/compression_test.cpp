#include "status/compression.h"

#include <array>
#include <catch2/catch.hpp>
#include <zlib.h>

namespace aven::status {
namespace {

std::string gunzip(const std::string& packed) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(1U << 20, '\0');
  std::string in = packed;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

TEST_CASE("what is packed comes out again, smaller on the way", "[status]") {
  for (const int level : {1, 9}) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "{\"answered\":" + std::to_string(i) + "}";
    const auto packed = gzip(text, level);
    REQUIRE(packed);
    CHECK(packed->size() < text.size() / 4);
    CHECK(gunzip(*packed) == text);
  }
  CHECK(gunzip(*gzip("", 1)).empty());
}

TEST_CASE("gzip is sent to who takes it", "[status]") {
  for (const char* good : {"gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "deflate ,\tgzip", "gzip;q=0.001"}) {
    CHECK(accepts_gzip(good));
  }
  for (const char* bad : {"", "br", "gzipped", "gzip;q=0", "gzip; q=0.0", "identity, x-gzip", ",,;,"}) {
    CHECK_FALSE(accepts_gzip(bad));
  }
}

}  // namespace
}  // namespace aven::status
