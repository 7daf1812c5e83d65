#include "base/bytes.h"

#include <array>
#include <catch2/catch.hpp>

using namespace aven;

TEST_CASE("a reader gives numbers in network order and stands behind them", "[base]") {
  const std::array<std::uint8_t, 8> data{1, 2, 3, 4, 5, 6, 7, 8};
  ByteReader reader{data};
  CHECK(reader.u8() == 1);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.position() == 7);
  CHECK(reader.remaining() == 1);
  CHECK_FALSE(reader.failed());
}

TEST_CASE("the first read past the end fails a reader for good", "[base]") {
  const std::array<std::uint8_t, 3> data{1, 2, 3};
  ByteReader reader{data};
  CHECK(reader.u32() == 0);
  CHECK(reader.failed());
  CHECK(reader.u8() == 0);
  CHECK(reader.bytes(1).empty());
  CHECK(reader.remaining() == 0);
}

TEST_CASE("a reader that starts behind the end has failed, one at the end has not", "[base]") {
  const std::array<std::uint8_t, 3> data{};
  CHECK(ByteReader(data, 4).failed());
  CHECK_FALSE(ByteReader(data, 3).failed());
}

TEST_CASE("a huge skip neither wraps nor moves a reader", "[base]") {
  const std::array<std::uint8_t, 3> data{};
  ByteReader reader{data, 1};
  reader.skip(SIZE_MAX);
  CHECK(reader.failed());
  CHECK(reader.position() == 1);
}

TEST_CASE("bytes() of nothing at the end is empty and no failure", "[base]") {
  ByteReader reader{{}};
  CHECK(reader.bytes(0).empty());
  CHECK_FALSE(reader.failed());
}

TEST_CASE("what a writer wrote a reader reads", "[base]") {
  std::array<std::uint8_t, 9> out{};
  ByteWriter writer{out};
  writer.u8(7);
  writer.u16(0xabcd);
  writer.u32(0x01020304);
  writer.bytes(std::array<std::uint8_t, 2>{8, 9});
  CHECK(writer.room() == 0);
  ByteReader reader{writer.written()};
  CHECK(reader.u8() == 7);
  CHECK(reader.u16() == 0xabcd);
  CHECK(reader.u32() == 0x01020304);
  CHECK(reader.u16() == 0x0809);
}

TEST_CASE("a write without room does nothing and fails the writer until it is rewound", "[base]") {
  std::array<std::uint8_t, 3> out{};
  ByteWriter writer{out};
  writer.u16(1);
  writer.u32(2);
  writer.u8(3);
  CHECK(writer.failed());
  CHECK(writer.size() == 2);
  CHECK(writer.room() == 0);
  writer.rewind(2);
  CHECK_FALSE(writer.failed());
  writer.u8(3);
  CHECK(writer.size() == 3);
}

TEST_CASE("a patch changes only what was written before", "[base]") {
  std::array<std::uint8_t, 8> out{};
  ByteWriter writer{out};
  writer.u32(0);
  writer.patch_u16(2, 0xbeef);
  CHECK(writer.written()[2] == 0xbe);
  CHECK(writer.written()[3] == 0xef);
  writer.patch_u16(3, 1);
  CHECK(writer.failed());
}

TEST_CASE("a rewind to behind the end is none", "[base]") {
  std::array<std::uint8_t, 8> out{};
  ByteWriter writer{out};
  writer.u16(1);
  writer.rewind(5);
  CHECK(writer.size() == 2);
}
