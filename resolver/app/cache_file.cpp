#include "app/cache_file.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "app/sha256.h"
#include "app/text_file.h"
#include "base/bytes.h"

namespace aven::app {
namespace {

// "AvenKept", format u32, written at (seconds of UTC) u64, the servers' checksum, number of images u32, each with its size
// u32 before it; the checksum of all that, in hex digits.
constexpr std::string_view Magic = "AvenKept";
constexpr std::uint32_t Format = 1;
constexpr std::size_t ChecksumSize = 64;
constexpr std::size_t HeadSize = Magic.size() + 4 + 8 + ChecksumSize + 4;
constexpr std::chrono::seconds MostAge = std::chrono::hours{24 * 7};

std::span<const std::uint8_t> octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

std::string checksum_of(std::string_view text) {
  Sha256 sum;
  sum.add(text);
  return sum.finish();
}

std::string checksum_of(const upstream::UpstreamSet& set) {
  std::string text;
  for (const auto& pool : set.pools) {
    text += pool.name + '\n' + (pool.rebind_protection ? "p" : "");
    for (const auto server : pool.servers) {
      text += set.servers[server].text() + (set.servers[server].trust_ad ? " ad\n" : "\n");
    }
  }
  return checksum_of(text);
}

void put_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

CacheFile refused(std::string why) {
  CacheFile out;
  out.why_not = std::move(why);
  return out;
}

}  // namespace

CacheFile read_cache_file(const std::filesystem::path& file, std::size_t most_octets,
                          const upstream::UpstreamSet& servers, WallTime now) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  if (const auto size = std::filesystem::file_size(file, error); !error && size > most_octets) {
    return refused("it is larger than the cache");
  }
  const auto text = read_text(file);
  if (!text) return refused(text.error());
  if (text->size() < HeadSize + ChecksumSize || !text->starts_with(Magic)) {
    return refused("it is no file of Aven's cache, or a part of one");
  }
  const std::string_view body = std::string_view{*text}.substr(0, text->size() - ChecksumSize);
  ByteReader reader{octets_of(body), Magic.size()};
  if (const auto format = reader.u32(); format != Format) {
    return refused("its format " + std::to_string(format) + " is not known to this version");
  }
  if (checksum_of(body) != std::string_view{*text}.substr(body.size())) return refused("its checksum is wrong");
  const std::uint64_t written_at = std::uint64_t{reader.u32()} << 32 | reader.u32();
  if (text_of(reader.bytes(ChecksumSize)) != checksum_of(servers)) return refused("it is of other upstream servers");
  constexpr std::uint64_t Never = 1ULL << 40;  // seconds: no clock shows that
  const std::chrono::seconds written{std::min(written_at, Never)};
  const auto age = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) - written;
  if (age < age.zero()) return refused("it was written in the future: is the clock right?");
  if (age > MostAge) return refused("it is more than a week old");

  CacheFile out;
  out.age_s = static_cast<std::uint32_t>(age.count());
  for (std::uint32_t images = reader.u32(); images > 0 && !reader.failed(); --images) {
    const auto image = reader.bytes(reader.u32());
    out.images.emplace_back(image.begin(), image.end());
  }
  if (reader.failed() || reader.remaining() != 0) return refused("it does not hold what it says");
  return out;
}

std::optional<std::string> write_cache_file(const std::filesystem::path& file, const upstream::UpstreamSet& servers,
                                            const CacheImages& images, WallTime now) {
  const auto seconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  std::string head{Magic};
  put_u32(head, Format);
  put_u32(head, static_cast<std::uint32_t>(seconds >> 32));
  put_u32(head, static_cast<std::uint32_t>(seconds));
  head += checksum_of(servers);
  put_u32(head, static_cast<std::uint32_t>(images.size()));
  const auto write = [&](const PutText& put) {
    Sha256 sum;
    const auto add = [&](std::string_view part) {
      sum.add(part);
      put(part);
    };
    add(head);
    for (const auto& image : images) {
      std::string size;
      put_u32(size, static_cast<std::uint32_t>(image.size()));
      add(size);
      add(text_of(image));
    }
    put(sum.finish());
  };
  return write_text_safely(file, write, Readers::Owner);
}

}  // namespace aven::app
