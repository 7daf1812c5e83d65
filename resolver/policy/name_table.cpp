#include "policy/name_table.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <bit>
#include <cstring>
#include <xxhash.h>

#include "base/check.h"

namespace aven::policy {
namespace {

// A value's code stands where the root octet of the name would: it is no label length (1 to 63), so names end there.
constexpr std::uint8_t Wide = 0;        // the value follows in 4 octets
constexpr std::uint8_t FirstCode = 64;  // FirstCode + value
constexpr std::uint8_t Dead = 255;      // the name has moved
constexpr std::uint32_t LastSmallValue = Dead - FirstCode - 1;
constexpr std::size_t WideSize = 4;

constexpr std::size_t Slack = dns::MaxNameSize + 1;  // comparing may read this far behind an entry
constexpr std::size_t LeastSlots = 64;

constexpr std::size_t slots_for(std::size_t names) noexcept {
  return std::max(LeastSlots, names + names / 2);
}
bool is_label(std::uint8_t octet) noexcept {
  return octet != 0 && octet < FirstCode;
}
std::uint64_t next_hash(std::uint64_t hash, const std::uint8_t* label) noexcept {
  return XXH3_64bits_withSeed(label, label[0] + 1U, hash);
}

// Where each label begins, from the left; returns how many there are.
std::size_t label_positions(const std::uint8_t* wire, std::array<std::uint8_t, 128>& out) noexcept {
  std::size_t count = 0, position = 0;
  for (; is_label(wire[position]); position += wire[position] + 1U) out[count++] = static_cast<std::uint8_t>(position);
  out[count] = static_cast<std::uint8_t>(position);
  return count;
}

}  // namespace

std::uint64_t NameTable::hash_of(std::span<const std::uint8_t> wire) const noexcept {
  Positions positions;
  std::uint64_t hash = seed_;
  for (std::size_t i = label_positions(wire.data(), positions); i-- > 0;)
    hash = next_hash(hash, wire.data() + positions[i]);
  return hash;
}

void NameTable::find_suffixes(const dns::Name& name, Hits& out) const noexcept {
  out.size = 0;
  if (size_ == 0) return;
  const auto* wire = name.wire().data();
  Positions positions;
  const std::size_t count = label_positions(wire, positions);
  const std::size_t deepest = std::min(count, most_labels_);

  std::array<Probe, 128> probes;
  std::size_t probe_count = 0;
  std::uint64_t hash = seed_;
  for (std::size_t labels = 0;; ++labels) {
    const std::uint8_t position = positions[count - labels];
    if (labels != 0) hash = next_hash(hash, wire + position);
    if (has_labels(labels)) {
      const std::size_t slot = first_slot(hash);
      __builtin_prefetch(slots() + slot);
      probes[probe_count++] = {hash, slot, static_cast<std::uint8_t>(labels), position};
    }
    if (labels == deepest) break;
  }

  std::array<std::uint8_t, 128> likely;
  std::size_t likely_count = 0;
  for (std::size_t i = probe_count; i-- > 0;) {
    Probe& probe = probes[i];
    probe.slot = next_tagged(probe.slot, probe.hash);
    if (slots()[probe.slot] == 0) continue;
    __builtin_prefetch(pool_.data() + place_of(slots()[probe.slot]));
    likely[likely_count++] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; i < likely_count; ++i) {
    const Probe& probe = probes[likely[i]];
    const Value value = find(probe, probe.slot, name);
    if (value != None) out.at[out.size++] = {value, probe.labels, probe.position};
  }
}

// The first slot from `slot` on that is empty or has the hash's tag.
std::size_t NameTable::next_tagged(std::size_t slot, std::uint64_t hash) const noexcept {
  const std::uint32_t tag = tag_of(hash), mask = place_mask();
  while (slots()[slot] != 0 && (slots()[slot] & ~mask) != tag) slot = next_slot(slot);
  return slot;
}

NameTable::Value NameTable::find(const Probe& probe, std::size_t slot, const dns::Name& name) const noexcept {
  const auto wire = name.wire().subspan(probe.position);
  const std::size_t size = wire.size() - 1;
  for (; slots()[slot] != 0; slot = next_tagged(next_slot(slot), probe.hash)) {
    const std::uint32_t place = place_of(slots()[slot]);
    if (stands_at(place, wire.data(), size)) return value_at(place + size);
  }
  return None;
}

bool NameTable::stands_at(std::uint32_t place, const std::uint8_t* wire, std::size_t size) const noexcept {
  return std::memcmp(pool_.data() + place, wire, size) == 0 && !is_label(pool_.data()[place + size]);
}

NameTable::Value NameTable::value_at(std::size_t code) const noexcept {
  const std::uint8_t* at = pool_.data() + code;
  if (*at != Wide) return *at - FirstCode;
  Value value;
  std::memcpy(&value, at + 1, WideSize);
  return value;
}

void NameTable::put_value(std::size_t code, Value value) noexcept {
  std::uint8_t* at = pool_.data() + code;
  if (value <= LastSmallValue) {
    *at = static_cast<std::uint8_t>(FirstCode + value);
  } else {
    *at = Wide;
    std::memcpy(at + 1, &value, WideSize);
  }
}

NameTable::Spot NameTable::find_or_add(const dns::Name& name) {
  if ((size_ + 1) * 4 > slot_count_ * 3) grow_slots();
  const auto wire = name.wire();
  const auto size = static_cast<std::uint32_t>(wire.size() - 1);
  const std::uint64_t hash = hash_of(wire);
  std::size_t slot = next_tagged(first_slot(hash), hash);
  for (; slots()[slot] != 0; slot = next_tagged(next_slot(slot), hash)) {
    const std::uint32_t place = place_of(slots()[slot]);
    if (stands_at(place, wire.data(), size)) return {slot, place, size};
  }
  const std::uint32_t place = append(wire.first(size), None);
  slots()[slot] = tag_of(hash) | place;
  ++size_;
  const std::size_t labels = name.label_count();
  labels_[labels / 64] |= std::uint64_t{1} << labels % 64;
  most_labels_ = std::max(most_labels_, labels);
  return {slot, place, size};
}

void NameTable::set(const Spot& spot, Value value) {
  const std::size_t code = code_at(spot);
  if (value <= LastSmallValue && pool_.data()[code] != Wide) return put_value(code, value);
  if (pool_.data()[code] == Wide) {
    std::memcpy(pool_.data() + code + 1, &value, WideSize);
    return;
  }
  pool_.data()[code] = Dead;
  dead_ += spot.wire_size + 1;
  std::array<std::uint8_t, dns::MaxNameSize> wire;
  std::memcpy(wire.data(), pool_.data() + spot.place, spot.wire_size);
  const std::uint32_t place = append(std::span{wire}.first(spot.wire_size), value);
  slots()[spot.slot] = (slots()[spot.slot] & ~place_mask()) | place;
}

std::uint32_t NameTable::append(std::span<const std::uint8_t> wire, Value value) {
  const std::size_t place = pool_used_;
  pool_used_ += wire.size() + 1 + (value > LastSmallValue ? WideSize : 0);
  if (pool_used_ + Slack > pool_.size()) pool_.resize(pool_used_ + Slack + pool_used_ / 4);
  while (place > place_mask()) widen_places();
  std::memcpy(pool_.data() + place, wire.data(), wire.size());
  put_value(place + wire.size(), value);
  return static_cast<std::uint32_t>(place);
}

// One bit more for places, one less for tags.
void NameTable::widen_places() {
  AVEN_CHECK(place_bits_ < 32);
  const std::uint32_t mask = place_mask();
  for (std::size_t i = 0; i < slot_count_; ++i) {
    std::uint32_t& slot = slots()[i];
    slot = (slot & ~mask) << 1 | (slot & mask);
  }
  ++place_bits_;
}

void NameTable::grow_slots() {
  rebuild(slots_for(std::max(expected_, size_ * 2)));
}

template <class Visit>
void NameTable::for_each_entry(Visit&& visit) const {
  for (std::size_t place = 1; place < pool_used_;) {
    std::size_t code = place;
    while (is_label(pool_.data()[code])) code += pool_.data()[code] + 1U;
    const bool alive = pool_.data()[code] != Dead;
    const std::size_t end = code + 1 + (pool_.data()[code] == Wide ? WideSize : 0);
    if (alive) visit(place, end);
    place = end;
  }
}

void NameTable::rebuild(std::size_t slot_count) {
  slots_.resize(0);
  slots_.resize(slot_count * sizeof(std::uint32_t));
  slot_count_ = slot_count;
  if (pool_.size() == 0) pool_.resize(pool_used_ + Slack);
  for_each_entry([&](std::size_t place, std::size_t end) {
    const std::uint64_t hash = hash_of({pool_.data() + place, end - place});
    std::size_t slot = first_slot(hash);
    while (slots()[slot] != 0) slot = next_slot(slot);
    slots()[slot] = tag_of(hash) | static_cast<std::uint32_t>(place);
  });
}

void NameTable::compact() {
  std::size_t used = 1;
  for_each_entry([&](std::size_t place, std::size_t end) {
    std::memmove(pool_.data() + used, pool_.data() + place, end - place);
    used += end - place;
  });
  pool_used_ = used;
  dead_ = 0;
  place_bits_ = std::max(12U, static_cast<unsigned>(std::bit_width(used)));
}

void NameTable::finish() {
  if (size_ == 0) return;
  const bool sparse = dead_ > pool_used_ / 8;
  if (sparse) compact();
  if (sparse || slot_count_ > slots_for(size_) + slots_for(size_) / 8) rebuild(slots_for(size_));
  std::memset(pool_.data() + pool_used_, 0, Slack);
  pool_.resize(pool_used_ + Slack);
  pool_.settle();
  slots_.settle();
}

}  // namespace aven::policy
