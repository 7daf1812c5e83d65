// InFlight: the asks that wait for an upstream, found by what is asked, by (server, message ID) of each try
// and by the socket that a try left by, and ordered by the moment when something must happen to them. An
// ask that has ended may linger without waiters while tries of it are still out: a late reply then tells
// how the server is doing, and the message ID is not drawn again meanwhile.
// Thread: the worker's.
// Memory: slots are reserved at once, touched as they are used, and used again.
// Fails: add() gives null when the table is full, or when one zone would have more than its share of it (a
// flood of random names below one zone must not keep out everything else); join() gives false when it has
// no room.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/tick.h"
#include "dns/ask.h"
#include "upstream/deadline_heap.h"
#include "upstream/forwarder.h"
#include "upstream/upstream_port.h"

namespace aven::upstream {

inline constexpr ServerIndex NoServer = UINT16_MAX;
inline constexpr std::uint32_t NoRef = UINT32_MAX;

// One message that went out for an ask. Open (Waiting or Late) = a reply to it counts.
struct Try {
  enum class State : std::uint8_t {
    Waiting,
    Late,       // its time is over, its reply still counts
    Truncated,  // answered with TC
    NoEdns,     // answered with FORMERR or NOTIMP to a question with EDNS
    BadCookie,  // answered BADCOOKIE (RFC 7873)
    Bad,        // answered, but not usefully
    Used,       // answered, and that ended the ask
    Error,      // could not be sent, or the socket broke
    Looped,     // the server asks us what we ask it
    Cancelled,  // its reply is not wanted any more
  };
  Tick sent{}, due{};
  std::uint64_t case_bits = 0;  // which letters of the question went out in upper case, 0 = none
  SocketId socket = NoSocket;
  std::uint32_t next_of_id = NoRef;
  std::uint32_t next_of_socket = NoRef, previous_of_socket = NoRef;
  ServerIndex server = NoServer;
  std::uint16_t id = 0;
  Transport transport = Transport::Udp;
  State state = State::Waiting;
  bool with_edns = true;
  bool with_cookie = false, mutual_cookie = false;  // ours alone, or the server's too
  bool aside = false;                               // a probe or an exploration: the ask does not count on it

  bool is_open() const noexcept { return state == State::Waiting || state == State::Late; }
};

struct AskInFlight {
  static constexpr std::size_t MaxTries = 8;

  dns::Ask ask;
  std::uint64_t serial = 0;  // never the same for two asks
  std::uint32_t slot = 0;
  std::uint32_t next = NoRef;  // in the index by question, or of free slots
  std::uint32_t hash = 0;
  std::uint32_t zone = 0;
  Tick started{}, ends{};
  Tick hedge_at = Never, retry_at = Never, slow_at = Never;
  std::array<Try, MaxTries> all_tries;
  std::uint8_t try_count = 0;
  std::uint8_t mismatches = 0;
  bool in_use = false;
  bool ended = false;             // lingers: nobody waits
  bool hopeless = false;          // all servers were down when it began
  bool answered_badly = false;    // a server answered, but not usefully
  bool force_stream = false;      // too many false replies came over UDP
  std::uint32_t suspect = NoRef;  // of a loop probe: the ask that it is sent for
  std::uint64_t suspect_serial = 0;
  Waiter first_waiter;
  std::uint32_t more_waiters = NoRef;
  std::size_t waiter_count = 0;

  std::span<Try> tries() noexcept { return std::span{all_tries}.first(try_count); }
  std::span<const Try> tries() const noexcept { return std::span{all_tries}.first(try_count); }
  // Is this not a client's question but a probe for a loop, with one try at one server?
  bool probes() const noexcept { return suspect != NoRef; }
  bool has_open() const noexcept;
  // A try that is still in its time and that the ask counts on.
  bool has_hope() const noexcept;
};

class InFlight {
 public:
  InFlight(const ForwarderLimits& limits, std::uint64_t seed);

  // Without those that linger.
  std::size_t size() const noexcept { return active_; }

  AskInFlight* find(const dns::Ask& ask) noexcept;
  AskInFlight* add(const dns::Ask& ask, const Waiter& waiter, Tick now) noexcept;
  bool join(AskInFlight& ask, const Waiter& waiter) noexcept;
  // The waiters, in the order in which they came; valid until the next call of either.
  std::span<const Waiter> waiters_of(const AskInFlight& ask) noexcept;
  std::span<const Waiter> take_waiters(AskInFlight& ask) noexcept;
  // The ask is not found by its question any more.
  void end(AskInFlight& ask) noexcept;
  bool may_linger() const noexcept { return lingering_ <= limits_.in_flight / LingerShare; }
  void release(AskInFlight& ask) noexcept;
  // Calls visit(ask) for each ask of this question, whatever its flags and route.
  template <class Visit>
  void for_each_of(const dns::Name& name, dns::Type type, dns::Class class_, Visit&& visit) {
    const std::uint32_t hash = hash_of(name, type, class_);
    for (std::uint32_t i = ask_bucket(hash), next = NoRef; i != NoRef; i = next) {
      next = slots_[i].next;
      const dns::Ask& ask = slots_[i].ask;
      if (slots_[i].hash == hash && ask.name == name && ask.type == type && ask.class_ == class_) visit(slots_[i]);
    }
  }
  // Calls visit(ask) for each, those that linger too.
  template <class Visit>
  void for_each(Visit&& visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].in_use) visit(slots_[i]);
    }
  }
  AskInFlight& at(std::uint32_t slot) noexcept { return slots_[slot]; }

  // Appends a try; it is found by ID and socket if it is open. There is room: try_count < MaxTries.
  void add_try(AskInFlight& ask, const Try& what) noexcept;
  // An open try is over: it is not found any more.
  void close(AskInFlight& ask, Try& over, Try::State state) noexcept;
  bool has_id(ServerIndex server, std::uint16_t id) noexcept { return find_try(server, id).ask != nullptr; }
  struct Found {
    AskInFlight* ask = nullptr;
    Try* sent = nullptr;
  };
  Found find_try(ServerIndex server, std::uint16_t id) noexcept;
  // Closes every open try that left by this socket as an error.
  struct Broken {
    std::span<const std::uint32_t> slots;  // of their asks, some perhaps twice; valid until the next call
    Transport transport = Transport::Udp;
  };
  Broken close_socket(ServerIndex server, SocketId socket) noexcept;
  // Servers have new indices (NoServer: gone). The caller has closed the tries at servers that are gone.
  void rename_servers(std::span<const ServerIndex> old_to_new) noexcept;

  void set_deadline(const AskInFlight& ask, Tick deadline) noexcept { deadlines_.set(ask.slot, deadline); }
  Tick next_deadline() const noexcept { return deadlines_.next(); }
  AskInFlight& next_due() noexcept { return slots_[deadlines_.next_slot()]; }

 private:
  static constexpr std::size_t LingerShare = 8;     // of the asks, one in so many more may linger
  static constexpr std::size_t ZoneShare = 4;       // one zone has at most one in so many of the asks
  static constexpr std::size_t ZoneMinimum = 16;    // but so many always
  static constexpr std::size_t ZoneBuckets = 4096;  // zones that share one share a limit
  static constexpr std::size_t SocketBuckets = 1024;

  struct WaiterNode {
    Waiter waiter;
    std::uint32_t next = NoRef;
  };

  std::uint32_t hash_of(const dns::Name& name, dns::Type type, dns::Class class_) const noexcept;
  std::uint32_t zone_of(const dns::Name& name) const noexcept;
  std::uint32_t& ask_bucket(std::uint32_t hash) noexcept { return ask_buckets_[hash & (ask_buckets_.size() - 1)]; }
  std::uint32_t& id_bucket(ServerIndex server, std::uint16_t id) noexcept;
  std::uint32_t& socket_bucket(ServerIndex server, SocketId socket) noexcept;
  Try& try_at(std::uint32_t ref) noexcept {
    return slots_[ref / AskInFlight::MaxTries].all_tries[ref % AskInFlight::MaxTries];
  }
  static std::uint32_t ref_of(const AskInFlight& ask, const Try& of) noexcept {
    return static_cast<std::uint32_t>(ask.slot * AskInFlight::MaxTries +
                                      static_cast<std::size_t>(&of - ask.all_tries.data()));
  }
  void link(const AskInFlight& ask, Try& open) noexcept;
  void unlink(const AskInFlight& ask, Try& open) noexcept;
  AskInFlight* new_slot() noexcept;

  ForwarderLimits limits_;
  std::uint64_t seed_;
  std::uint64_t last_serial_ = 0;
  std::size_t active_ = 0, lingering_ = 0;
  std::uint32_t free_slot_ = NoRef, free_waiter_ = NoRef;
  std::vector<AskInFlight> slots_;
  std::vector<WaiterNode> waiters_;
  std::vector<Waiter> taken_;
  std::vector<std::uint32_t> hit_;
  std::vector<std::uint32_t> ask_buckets_, id_buckets_, socket_buckets_;
  std::vector<std::uint32_t> zone_counts_;
  DeadlineHeap deadlines_;
};

}  // namespace aven::upstream
