#include "upstream/in_flight.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace aven::upstream {
namespace {

constexpr std::uint64_t mix(std::uint64_t key) noexcept {
  key *= 0x9e3779b97f4a7c15U;
  return key ^ key >> 32;
}

// How many labels a zone has that somebody registers: "example.com", "example.co.uk", "3.2.in-addr.arpa".
std::size_t zone_depth(const dns::Name& name) noexcept {
  std::array<std::span<const std::uint8_t>, 128> labels;
  std::size_t count = 0;
  ByteReader reader{name.wire()};
  for (std::uint8_t size = reader.u8(); size != 0; size = reader.u8()) labels[count++] = reader.bytes(size);
  if (count < 3) return count;
  constexpr std::array<std::uint8_t, 4> Arpa{'a', 'r', 'p', 'a'};
  const auto top = labels[count - 1];
  if (std::equal(top.begin(), top.end(), Arpa.begin(), Arpa.end())) return std::min<std::size_t>(count, 4);
  return top.size() == 2 && labels[count - 2].size() <= 3 ? 3 : 2;
}

}  // namespace

bool AskInFlight::has_open() const noexcept {
  return std::any_of(tries().begin(), tries().end(), [](const Try& one) { return one.is_open(); });
}

bool AskInFlight::has_hope() const noexcept {
  return std::any_of(tries().begin(), tries().end(),
                     [](const Try& one) { return one.state == Try::State::Waiting && !one.aside; });
}

InFlight::InFlight(const ForwarderLimits& limits, std::uint64_t seed)
    : limits_(limits),
      seed_(seed),
      ask_buckets_(std::bit_ceil(std::max<std::size_t>(limits.in_flight, 16)), NoRef),
      id_buckets_(2 * ask_buckets_.size(), NoRef),
      socket_buckets_(SocketBuckets, NoRef),
      zone_counts_(ZoneBuckets, 0) {
  slots_.reserve(limits.in_flight + limits.in_flight / LingerShare + 1);
}

std::uint32_t InFlight::hash_of(const dns::Name& name, dns::Type type, dns::Class class_) const noexcept {
  return static_cast<std::uint32_t>(dns::Ask{name, type, class_}.hash(seed_));
}

std::uint32_t InFlight::zone_of(const dns::Name& name) const noexcept {
  const dns::Name zone = name.without_first(name.label_count() - zone_depth(name));
  return hash_of(zone, dns::Type{}, dns::Class::ANY) % ZoneBuckets;
}

AskInFlight* InFlight::find(const dns::Ask& ask) noexcept {
  const std::uint32_t hash = hash_of(ask.name, ask.type, ask.class_);
  for (std::uint32_t i = ask_bucket(hash); i != NoRef; i = slots_[i].next) {
    if (slots_[i].hash == hash && slots_[i].ask == ask) return &slots_[i];
  }
  return nullptr;
}

AskInFlight* InFlight::new_slot() noexcept {
  if (free_slot_ == NoRef) {
    if (slots_.size() == slots_.capacity()) return nullptr;
    AskInFlight& added = slots_.emplace_back();
    added.slot = static_cast<std::uint32_t>(slots_.size() - 1);
    return &added;
  }
  AskInFlight& slot = slots_[free_slot_];
  free_slot_ = slot.next;
  return &slot;
}

AskInFlight* InFlight::add(const dns::Ask& ask, const Waiter& waiter, Tick now) noexcept {
  if (active_ >= limits_.in_flight) return nullptr;
  const std::uint32_t zone = zone_of(ask.name);
  if (zone_counts_[zone] >= std::max(limits_.in_flight / ZoneShare, ZoneMinimum)) return nullptr;
  AskInFlight* added = new_slot();
  if (added == nullptr) return nullptr;
  added->ask = ask;
  added->serial = ++last_serial_;
  added->hash = hash_of(ask.name, ask.type, ask.class_);
  added->next = std::exchange(ask_bucket(added->hash), added->slot);
  added->zone = zone;
  added->started = now;
  added->hedge_at = added->retry_at = added->slow_at = Never;
  added->try_count = added->mismatches = 0;
  added->in_use = true;
  added->ended = added->hopeless = added->answered_badly = added->force_stream = false;
  added->suspect = NoRef;
  added->first_waiter = waiter;
  added->waiter_count = 1;
  ++zone_counts_[zone];
  ++active_;
  return added;
}

bool InFlight::join(AskInFlight& ask, const Waiter& waiter) noexcept {
  if (ask.waiter_count >= limits_.waiters_per_ask) return false;
  if (free_waiter_ == NoRef) {
    waiters_.push_back({waiter, ask.more_waiters});
    ask.more_waiters = static_cast<std::uint32_t>(waiters_.size() - 1);
  } else {
    WaiterNode& node = waiters_[free_waiter_];
    const std::uint32_t next_free = node.next;
    node = {waiter, ask.more_waiters};
    ask.more_waiters = std::exchange(free_waiter_, next_free);
  }
  ++ask.waiter_count;
  return true;
}

std::span<const Waiter> InFlight::waiters_of(const AskInFlight& ask) noexcept {
  taken_.assign(1, ask.first_waiter);
  for (std::uint32_t i = ask.more_waiters; i != NoRef; i = waiters_[i].next) taken_.push_back(waiters_[i].waiter);
  std::reverse(taken_.begin() + 1, taken_.end());
  return taken_;
}

std::span<const Waiter> InFlight::take_waiters(AskInFlight& ask) noexcept {
  static_cast<void>(waiters_of(ask));
  while (ask.more_waiters != NoRef) {
    WaiterNode& node = waiters_[ask.more_waiters];
    const std::uint32_t next = std::exchange(node.next, free_waiter_);
    free_waiter_ = std::exchange(ask.more_waiters, next);
  }
  ask.waiter_count = 0;
  return taken_;
}

void InFlight::end(AskInFlight& ask) noexcept {
  AVEN_CHECK(!ask.ended && ask.waiter_count == 0);
  std::uint32_t* ref = &ask_bucket(ask.hash);
  while (*ref != ask.slot) ref = &slots_[*ref].next;
  *ref = ask.next;
  ask.ended = true;
  --zone_counts_[ask.zone];
  --active_;
  ++lingering_;
}

void InFlight::release(AskInFlight& ask) noexcept {
  AVEN_CHECK(ask.ended && ask.in_use);
  for (Try& one : ask.tries()) {
    if (one.is_open()) close(ask, one, Try::State::Cancelled);
  }
  deadlines_.remove(ask.slot);
  ask.in_use = false;
  ask.next = std::exchange(free_slot_, ask.slot);
  --lingering_;
}

std::uint32_t& InFlight::id_bucket(ServerIndex server, std::uint16_t id) noexcept {
  return id_buckets_[mix(std::uint64_t{server} << 16 | id) & (id_buckets_.size() - 1)];
}

std::uint32_t& InFlight::socket_bucket(ServerIndex server, SocketId socket) noexcept {
  return socket_buckets_[mix(std::uint64_t{server} << 32 | socket) & (SocketBuckets - 1)];
}

void InFlight::link(const AskInFlight& ask, Try& open) noexcept {
  const std::uint32_t ref = ref_of(ask, open);
  open.next_of_id = std::exchange(id_bucket(open.server, open.id), ref);
  open.next_of_socket = std::exchange(socket_bucket(open.server, open.socket), ref);
  open.previous_of_socket = NoRef;
  if (open.next_of_socket != NoRef) try_at(open.next_of_socket).previous_of_socket = ref;
}

void InFlight::unlink(const AskInFlight& ask, Try& open) noexcept {
  const std::uint32_t self = ref_of(ask, open);
  std::uint32_t* ref = &id_bucket(open.server, open.id);
  while (*ref != self) ref = &try_at(*ref).next_of_id;
  *ref = open.next_of_id;

  if (open.next_of_socket != NoRef) try_at(open.next_of_socket).previous_of_socket = open.previous_of_socket;
  if (open.previous_of_socket != NoRef) {
    try_at(open.previous_of_socket).next_of_socket = open.next_of_socket;
  } else {
    socket_bucket(open.server, open.socket) = open.next_of_socket;
  }
}

void InFlight::add_try(AskInFlight& ask, const Try& what) noexcept {
  AVEN_CHECK(ask.try_count < AskInFlight::MaxTries);
  Try& added = ask.all_tries[ask.try_count++];
  added = what;
  if (added.is_open()) link(ask, added);
}

void InFlight::close(AskInFlight& ask, Try& over, Try::State state) noexcept {
  AVEN_CHECK(over.is_open());
  unlink(ask, over);
  over.state = state;
}

InFlight::Found InFlight::find_try(ServerIndex server, std::uint16_t id) noexcept {
  for (std::uint32_t ref = id_bucket(server, id); ref != NoRef; ref = try_at(ref).next_of_id) {
    Try& one = try_at(ref);
    if (one.server == server && one.id == id) return {&slots_[ref / AskInFlight::MaxTries], &one};
  }
  return {};
}

InFlight::Broken InFlight::close_socket(ServerIndex server, SocketId socket) noexcept {
  hit_.clear();
  Transport transport = Transport::Udp;
  for (std::uint32_t ref = socket_bucket(server, socket), next = NoRef; ref != NoRef; ref = next) {
    Try& one = try_at(ref);
    next = one.next_of_socket;
    if (one.server != server || one.socket != socket) continue;
    const auto slot = static_cast<std::uint32_t>(ref / AskInFlight::MaxTries);
    transport = one.transport;
    close(slots_[slot], one, Try::State::Error);
    hit_.push_back(slot);
  }
  return {hit_, transport};
}

void InFlight::rename_servers(std::span<const ServerIndex> old_to_new) noexcept {
  std::fill(id_buckets_.begin(), id_buckets_.end(), NoRef);
  std::fill(socket_buckets_.begin(), socket_buckets_.end(), NoRef);
  for_each([&](AskInFlight& ask) {
    for (Try& one : ask.tries()) {
      one.server = one.server < old_to_new.size() ? old_to_new[one.server] : NoServer;
      if (one.is_open()) link(ask, one);
    }
  });
}

}  // namespace aven::upstream
