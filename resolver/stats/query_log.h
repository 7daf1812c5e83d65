// The query log's beginning: what a worker tells of one query, and the ring that carries it to the log writer.
//   LogLevel      what may be told of a group's queries; the worker obeys it, so no later place can show more.
//   QueryHead     one query but for its name.
//   QueryRecord   one query, fixed in size; only the octets in use travel.
//   QueryRing     bounded, one producer, one consumer: no lock, no allocation, no wait. Full: the record is refused.
// Thread: the worker pushes, the log writer pops and sets the device key.   Ownership: the log writer owns the ring; it
// outlives the worker.   Fails: never; push() says whether the record was taken.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/net_address.h"
#include "base/tick.h"
#include "stats/counters.h"

namespace aven::stats {

// In rising order of what is told.
enum class LogLevel : std::uint8_t {
  None,     // nothing
  Counts,   // which rule and group, never a name or an address
  Blocked,  // blocked queries with name and address
  All,      // every query with name and address
};

// What the rules said.
enum class LogVerdict : std::uint8_t { None, Blocked, Allowed, Observed };

struct QueryHead {
  static constexpr std::uint32_t NoRule = UINT32_MAX;

  enum class Kind : std::uint8_t {
    Row,    // may be shown as a line, with name and address
    Count,  // is only added up
  };
  enum class Client : std::uint8_t { Unknown, Device, V4, V6 };

  Tick at{};
  std::uint32_t generation = 0;  // of the policy that `rule` and `group` are numbers of, its low 32 bits
  std::uint32_t rule = NoRule;
  std::uint32_t latency_us = 0;
  std::uint16_t type = 0;
  std::uint16_t group = 0;
  Kind kind = Kind::Count;
  LogVerdict verdict = LogVerdict::None;
  std::uint8_t outcome = 0;  // the Counter
  std::uint8_t rcode = 0;
  bool discovery = false;  // a device looked for encrypted resolvers (RFC 9462)
  Client client_kind = Client::Unknown;
  std::uint8_t client_padding = 0;
  std::uint8_t name_size = 0;
  std::array<std::uint8_t, 16> client{};

  void set_client(const IpAddress& address) noexcept;
  void set_device(std::uint64_t device) noexcept;
  IpAddress address() const noexcept;     // of V4 and V6
  std::uint64_t device() const noexcept;  // of Device
};

struct QueryRecord : QueryHead {
  static constexpr std::size_t MaxNameSize = 255;
  std::array<std::uint8_t, MaxNameSize> octets;  // of the name

  std::span<const std::uint8_t> name() const noexcept { return std::span{octets}.first(name_size); }  // wire form
};

class QueryRing {
 public:
  static constexpr std::size_t CellSize = 64;
  static constexpr std::size_t DefaultCells = std::size_t{1} << 15;  // 2 MiB, some 20,000 records

  // `cells`: a power of two.
  explicit QueryRing(std::size_t cells = DefaultCells);

  // The worker's side. `head.name_size` is the size of `name`.
  bool push(const QueryHead& head, std::span<const std::uint8_t> name) noexcept;
  // A number that tells one device from another until the key changes; nothing leads back from it.
  std::uint64_t device_of(const IpAddress& address) const noexcept;

  // The log writer's side.
  bool pop(QueryRecord& out) noexcept;
  void set_device_key(std::uint64_t key) noexcept { device_key_.store(key, std::memory_order_relaxed); }

 private:
  struct alignas(CellSize) Cell {
    std::array<std::uint8_t, CellSize> octets;
  };
  std::uint8_t* octets_at(std::uint64_t cell) const noexcept { return cells_[cell & (count_ - 1)].octets.data(); }

  std::size_t count_;
  std::unique_ptr<Cell[]> cells_;  // a few more than count_: a record that begins in the last one goes on behind it
  std::atomic<std::uint64_t> device_key_{0};
  alignas(CellSize) std::atomic<std::uint64_t> pushed_{0};  // cells, since the start
  std::uint64_t popped_seen_ = 0;                           // the producer's copy
  alignas(CellSize) std::atomic<std::uint64_t> popped_{0};
};

std::uint64_t device_hash(const IpAddress& address, std::uint64_t key) noexcept;

}  // namespace aven::stats
