#include "stats/query_log.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <xxhash.h>

#include "base/check.h"

namespace aven::stats {
namespace {

constexpr std::size_t HeadSize = sizeof(QueryHead);
static_assert(std::is_trivially_copyable_v<QueryHead> && HeadSize <= QueryRing::CellSize);

constexpr std::uint64_t cells_for(std::size_t size) noexcept {
  return (size + QueryRing::CellSize - 1) / QueryRing::CellSize;
}

constexpr std::size_t MostCells = cells_for(HeadSize + QueryRecord::MaxNameSize);

}  // namespace

void QueryHead::set_client(const IpAddress& address) noexcept {
  const auto octets = address.octets();
  client_kind = address.is_v4() ? Client::V4 : Client::V6;
  if (address.is_v4()) {
    std::memcpy(client.data(), octets.data(), 4);
  } else {
    std::memcpy(client.data(), octets.data(), client.size());
  }
}

void QueryHead::set_device(std::uint64_t device) noexcept {
  client_kind = Client::Device;
  std::memcpy(client.data(), &device, sizeof device);
}

IpAddress QueryHead::address() const noexcept {
  if (client_kind == Client::V4) return IpAddress::v4(std::span{client}.first<4>());
  return IpAddress::v6(client);
}

std::uint64_t QueryHead::device() const noexcept {
  std::uint64_t device = 0;
  std::memcpy(&device, client.data(), sizeof device);
  return device;
}

QueryRing::QueryRing(std::size_t cells)
    : count_(cells), cells_(std::make_unique_for_overwrite<Cell[]>(cells + MostCells - 1)) {
  AVEN_CHECK(std::has_single_bit(cells) && cells > MostCells);
}

bool QueryRing::push(const QueryHead& head, std::span<const std::uint8_t> name) noexcept {
  const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
  const std::uint64_t end = at + cells_for(HeadSize + name.size());
  if (end - popped_seen_ > count_) {
    popped_seen_ = popped_.load(std::memory_order_acquire);
    if (end - popped_seen_ > count_) return false;
  }
  std::uint8_t* out = octets_at(at);
  std::memcpy(out, &head, HeadSize);
  if (!name.empty()) std::memcpy(out + HeadSize, name.data(), name.size());
  pushed_.store(end, std::memory_order_release);
  return true;
}

bool QueryRing::pop(QueryRecord& out) noexcept {
  const std::uint64_t at = popped_.load(std::memory_order_relaxed);
  if (at == pushed_.load(std::memory_order_acquire)) return false;
  const std::uint8_t* octets = octets_at(at);
  QueryHead& head = out;
  std::memcpy(&head, octets, HeadSize);
  std::memcpy(out.octets.data(), octets + HeadSize, out.name_size);
  popped_.store(at + cells_for(HeadSize + out.name_size), std::memory_order_release);
  return true;
}

std::uint64_t QueryRing::device_of(const IpAddress& address) const noexcept {
  return device_hash(address, device_key_.load(std::memory_order_relaxed));
}

std::uint64_t device_hash(const IpAddress& address, std::uint64_t key) noexcept {
  const auto octets = address.octets();
  return XXH3_64bits_withSeed(octets.data(), octets.size(), key);
}

}  // namespace aven::stats
