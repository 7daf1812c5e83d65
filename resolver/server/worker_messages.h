// What control and a worker tell each other.
// Thread: values that change hands with the message.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/tick.h"
#include "dns/ask.h"
#include "dns/name.h"
#include "pipeline/settings.h"
#include "policy/pattern_set.h"  // a WorkerPolicy is destroyed here
#include "server/limits.h"
#include "server/snapshot.h"
#include "server/tls_context.h"
#include "upstream/upstream_set.h"

namespace aven::server {

struct FlushRequest {
  std::optional<dns::Name> name;  // none: everything
  bool below = false;             // with a name: also all names under it
};

// A reply of a worker's cache, without who asked.
struct CachedReply {
  std::vector<std::uint8_t> wire;
  std::uint32_t asked = 0;  // in about the last hour
};

// What a cache held before (cache/cache_image.h).
struct CacheImage {
  std::vector<std::uint8_t> octets;
  Tick written{};
  std::shared_ptr<const upstream::UpstreamSet> servers;  // whose replies they are
};

// To the worker's slot: the latest wins.
struct Delivery {
  pipeline::WorkerPolicy book;
  TcpLimits tcp;
  std::shared_ptr<const TlsContexts> tls;
};

// To the worker's mailbox.
struct Ping {};
struct TakeFigures {
  std::uint64_t request = 0;
};
struct FlushCache {
  std::uint64_t request = 0;
  FlushRequest what;
};
struct WalkCache {
  std::uint64_t request = 0;
  std::uint32_t from = 0;
};
struct FindReply {  // in the cache, with DO or without it
  std::uint64_t request = 0;
  dns::Ask ask;
};
struct RestoreCache {  // some replies of it, those behind the ones of the last time
  std::shared_ptr<const CacheImage> image;
};
struct Stop {};  // drain: what waits for a reply gets 800 ms
using WorkerRequest = std::variant<Ping, TakeFigures, FlushCache, WalkCache, FindReply, RestoreCache, Stop>;

// From a worker to control.
struct Started {};
struct Pong {};
struct Returned {  // the worker decides from the next one
  pipeline::WorkerPolicy book;
};
struct Figures {
  std::uint64_t request = 0;
  WorkerSnapshot snapshot;
};
struct Flushed {
  std::uint64_t request = 0;
  std::size_t entries = 0;
};
struct UpstreamState {  // of one server, when it changes
  std::string server;   // upstream::Server::text()
  std::string trouble;  // why it cannot be asked; empty: it can
};
struct Walked {  // a slice of the cache
  std::uint64_t request = 0;
  std::uint32_t next = 0;  // 0: that was all
  std::vector<CachedReply> replies;
};
struct FoundReply {
  std::uint64_t request = 0;
  std::vector<std::uint8_t> wire;  // empty: it keeps none
};
struct Restored {
  std::shared_ptr<const CacheImage> image;  // there is more in it; null: that was all
};
struct Stopped {
  CacheImage cache;  // empty, unless the worker was set up to keep it
};
struct WorkerReport {
  std::size_t worker = 0;
  std::variant<Started, Pong, Returned, Figures, Flushed, UpstreamState, Walked, FoundReply, Restored, Stopped> what;
};

}  // namespace aven::server
