#include "policy/name_table.h"

#include <algorithm>
#include <cstring>
#include <xxhash.h>

#include "base/check.h"

namespace aven::policy {
namespace {

constexpr std::size_t Unit = 4;
constexpr std::size_t ValueSize = 3;
constexpr std::size_t LeastSlots = 16;

std::uint64_t next_hash(std::uint64_t hash, const std::uint8_t* label) noexcept {
  return XXH3_64bits_withSeed(label, label[0] + 1U, hash);
}

}  // namespace

NameTable::NameTable(std::size_t expected) {
  resize_slots(std::bit_ceil(std::max(LeastSlots, expected + expected / 3)));
}

void NameTable::Place::set(Value value) noexcept {
  AVEN_CHECK(value < 1U << 24);
  for (std::size_t i = 0; i < ValueSize; ++i) at_[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::size_t NameTable::hash_suffixes(const dns::Name& name, Suffixes& out) const noexcept {
  const auto wire = name.wire();
  const std::size_t labels = name.label_count();
  std::size_t position = 0;
  for (std::size_t i = labels; i-- > 0; position += wire[position] + 1U)
    out[i].position = static_cast<std::uint8_t>(position);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < labels; ++i) {
    hash = next_hash(hash, wire.data() + out[i].position);
    out[i].hash = hash;
    __builtin_prefetch(&slots_[hash & (slot_count_ - 1)]);
  }
  return labels;
}

bool NameTable::stands_at(std::uint32_t offset, std::span<const std::uint8_t> wire) const noexcept {
  const std::size_t at = offset * Unit + ValueSize;
  return at + wire.size() <= pool_size_ && std::memcmp(pool_.get() + at, wire.data(), wire.size()) == 0;
}

NameTable::Value NameTable::find(std::uint64_t hash, std::span<const std::uint8_t> wire) const noexcept {
  for (std::size_t i = hash & (slot_count_ - 1); slots_[i] != 0; i = (i + 1) & (slot_count_ - 1)) {
    const std::uint32_t offset = (slots_[i] & place_mask()) - 1;
    if (slots_[i] != slot_of(hash, offset) || !stands_at(offset, wire)) continue;
    return Place{pool_.get() + offset * Unit}.get();
  }
  return None;
}

NameTable::Place NameTable::insert(const dns::Name& name) {
  Suffixes suffixes;
  const std::size_t labels = hash_suffixes(name, suffixes);
  AVEN_CHECK(labels > 0);
  const auto wire = name.wire();
  const std::uint64_t hash = suffixes[labels - 1].hash;
  std::size_t i = hash & (slot_count_ - 1);
  for (; slots_[i] != 0; i = (i + 1) & (slot_count_ - 1)) {
    const std::uint32_t offset = (slots_[i] & place_mask()) - 1;
    if (slots_[i] == slot_of(hash, offset) && stands_at(offset, wire)) return Place{pool_.get() + offset * Unit};
  }
  const std::uint32_t offset = append(wire);
  labels_[labels / 64] |= std::uint64_t{1} << labels % 64;
  ++size_;
  const bool places_full = offset + 1 >= place_mask();
  if (places_full) ++place_bits_;
  if (places_full || (size_ + 1) * 4 > slot_count_ * 3) {
    resize_slots((size_ + 1) * 4 > slot_count_ * 3 ? slot_count_ * 2 : slot_count_);  // puts the new name in, too
  } else {
    slots_[i] = slot_of(hash, offset);
  }
  return Place{pool_.get() + offset * Unit};
}

std::uint32_t NameTable::append(std::span<const std::uint8_t> wire) {
  const std::size_t needed = (ValueSize + wire.size() + Unit - 1) / Unit * Unit;
  if (pool_size_ + needed > pool_capacity_) {
    pool_capacity_ = std::max<std::size_t>(pool_capacity_ + pool_capacity_ / 2, 4096);
    auto* grown = static_cast<std::uint8_t*>(std::realloc(pool_.release(), pool_capacity_));
    AVEN_CHECK(grown != nullptr);
    pool_.reset(grown);
  }
  std::uint8_t* at = pool_.get() + pool_size_;
  std::memset(at, 0, needed);
  std::memcpy(at + ValueSize, wire.data(), wire.size());
  const std::size_t offset = pool_size_ / Unit;
  AVEN_CHECK(offset < UINT32_MAX - 1);
  pool_size_ += needed;
  return static_cast<std::uint32_t>(offset);
}

std::uint64_t NameTable::hash_at(std::uint32_t offset) const noexcept {
  std::array<const std::uint8_t*, 128> labels;
  std::size_t count = 0;
  for (const std::uint8_t* at = pool_.get() + offset * Unit + ValueSize; *at != 0; at += *at + 1) labels[count++] = at;
  std::uint64_t hash = 0;
  while (count > 0) hash = next_hash(hash, labels[--count]);
  return hash;
}

void NameTable::resize_slots(std::size_t count) {
  slots_.reset(static_cast<std::uint32_t*>(std::calloc(count, sizeof(std::uint32_t))));
  AVEN_CHECK(slots_ != nullptr);
  slot_count_ = count;
  for (std::size_t at = 0; at < pool_size_;) {
    const auto offset = static_cast<std::uint32_t>(at / Unit);
    const std::uint64_t hash = hash_at(offset);
    std::size_t i = hash & (count - 1);
    while (slots_[i] != 0) i = (i + 1) & (count - 1);
    slots_[i] = slot_of(hash, offset);
    const std::uint8_t* wire = pool_.get() + at + ValueSize;
    std::size_t size = 1;
    while (wire[size - 1] != 0) size += wire[size - 1] + 1U;
    at += (ValueSize + size + Unit - 1) / Unit * Unit;
  }
}

void NameTable::shrink() noexcept {
  if (pool_size_ == 0) return;
  auto* fitted = static_cast<std::uint8_t*>(std::realloc(pool_.get(), pool_size_));
  if (fitted == nullptr) return;
  static_cast<void>(pool_.release());
  pool_.reset(fitted);
  pool_capacity_ = pool_size_;
}

}  // namespace aven::policy
