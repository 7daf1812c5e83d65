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

static_assert(std::is_trivially_copyable_v<QueryRecord>);
constexpr std::size_t HeadSize = offsetof(QueryRecord, name);
static_assert(HeadSize <= QueryRing::CellSize, "the head, which says the size, is never torn by the ring's end");

constexpr std::size_t size_of(const QueryRecord& record) noexcept {
  return HeadSize + record.name_size;
}

constexpr std::uint64_t cells_for(std::size_t size) noexcept {
  return (size + QueryRing::CellSize - 1) / QueryRing::CellSize;
}

}  // namespace

void QueryRecord::set_client(const IpAddress& address) noexcept {
  const auto octets = address.octets();
  client_kind = address.is_v4() ? Client::V4 : Client::V6;
  std::copy(octets.begin(), octets.end(), client.begin());
}

void QueryRecord::set_device(std::uint64_t device) noexcept {
  client_kind = Client::Device;
  std::memcpy(client.data(), &device, sizeof device);
}

void QueryRecord::set_name(std::span<const std::uint8_t> wire) noexcept {
  name_size = static_cast<std::uint8_t>(std::min(wire.size(), MaxNameSize));
  std::memcpy(name.data(), wire.data(), name_size);
}

IpAddress QueryRecord::address() const noexcept {
  if (client_kind == Client::V4) return IpAddress::v4(std::span{client}.first<4>());
  return IpAddress::v6(client);
}

std::uint64_t QueryRecord::device() const noexcept {
  std::uint64_t device = 0;
  std::memcpy(&device, client.data(), sizeof device);
  return device;
}

QueryRing::QueryRing(std::size_t cells) : count_(cells), cells_(std::make_unique_for_overwrite<Cell[]>(cells)) {
  AVEN_CHECK(std::has_single_bit(cells) && cells > cells_for(sizeof(QueryRecord)));
}

bool QueryRing::push(const QueryRecord& record) noexcept {
  const std::size_t size = size_of(record);
  const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
  const std::uint64_t end = at + cells_for(size);
  if (end - popped_seen_ > count_) {
    popped_seen_ = popped_.load(std::memory_order_acquire);
    if (end - popped_seen_ > count_) return false;
  }
  copy_in(at, record, size);
  pushed_.store(end, std::memory_order_release);
  return true;
}

bool QueryRing::pop(QueryRecord& out) noexcept {
  const std::uint64_t at = popped_.load(std::memory_order_relaxed);
  if (at == pushed_.load(std::memory_order_acquire)) return false;
  copy_out(at, out, HeadSize);
  copy_out(at, out, size_of(out));
  popped_.store(at + cells_for(size_of(out)), std::memory_order_release);
  return true;
}

void QueryRing::copy_in(std::uint64_t cell, const QueryRecord& record, std::size_t size) noexcept {
  const auto* from = reinterpret_cast<const std::uint8_t*>(&record);
  const std::size_t first = cell & (count_ - 1);
  const std::size_t before_end = std::min(size, (count_ - first) * CellSize);
  std::memcpy(cells_[first].octets.data(), from, before_end);
  if (before_end < size) std::memcpy(cells_[0].octets.data(), from + before_end, size - before_end);
}

void QueryRing::copy_out(std::uint64_t cell, QueryRecord& record, std::size_t size) const noexcept {
  auto* to = reinterpret_cast<std::uint8_t*>(&record);
  const std::size_t first = cell & (count_ - 1);
  const std::size_t before_end = std::min(size, (count_ - first) * CellSize);
  std::memcpy(to, cells_[first].octets.data(), before_end);
  if (before_end < size) std::memcpy(to + before_end, cells_[0].octets.data(), size - before_end);
}

std::uint64_t QueryRing::device_of(const IpAddress& address) const noexcept {
  return device_hash(address, device_key_.load(std::memory_order_relaxed));
}

std::uint64_t device_hash(const IpAddress& address, std::uint64_t key) noexcept {
  const auto octets = address.octets();
  return XXH3_64bits_withSeed(octets.data(), octets.size(), key);
}

}  // namespace aven::stats
