#include "server/name_lookup.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "dns/reply.h"
#include "server/reply_receiver.h"
#include "server/upstream_socket.h"
#include "stats/counters.h"
#include "upstream/forwarder.h"
#include "uv/before_wait.h"
#include "uv/timer.h"

namespace aven::server {
namespace {

constexpr std::uint32_t LeastTtl = 60, MostTtl = 86400;  // seconds
constexpr std::size_t MostAddresses = 8;

upstream::UpstreamSet set_of(std::span<const Endpoint> servers) {
  upstream::UpstreamSet set;
  upstream::Pool pool;
  pool.min_ttl = LeastTtl;
  pool.max_ttl = MostTtl;
  for (const auto& endpoint : servers) {
    pool.servers.push_back(static_cast<upstream::ServerIndex>(set.servers.size()));
    upstream::Server server;
    server.endpoint = endpoint;
    set.servers.push_back(std::move(server));
  }
  set.pools.push_back(std::move(pool));
  return set;
}

}  // namespace

// A forwarder of its own, with the bootstrap servers alone.
struct NameLookup::Impl final : upstream::OutcomeReceiver, ReplyReceiver {
  Impl(uv::Loop& loop, RandomSource& random, const std::string& the_name, std::span<const Endpoint> bootstrap,
       std::function<void(Tick)> the_done)
      : done(std::move(the_done)),
        set(set_of(bootstrap)),
        sockets(loop, random, *this),
        forwarder(sockets, *this, random, counters, {.in_flight = 2, .waiters_per_ask = 1}),
        timer(loop, [this] { forwarder.on_time(read_tick()); }),
        before_wait(loop, [this] { turn(); }) {
    if (const auto parsed = dns::Name::from_text(the_name)) name = *parsed;
    sockets.use(set, {});
    forwarder.use(set, read_tick());
  }

  void refresh(Tick now) noexcept {
    if (asking > 0 || now < good_until) return;
    found.clear();
    ttl = MostTtl;
    for (const auto type : {dns::Type::A, dns::Type::AAAA}) {
      dns::Ask ask;
      ask.name = name;
      ask.type = type;
      if (forwarder.ask(ask, {}, now) == upstream::AskResult::Started) ++asking;
    }
  }

  void turn() noexcept {
    while (sockets.has_work()) sockets.flush();
    const Tick next = forwarder.next_deadline();
    if (next != Never) timer.start(std::chrono::ceil<std::chrono::milliseconds>(next - read_tick()));
  }

  void on_outcome(const dns::Ask&, const upstream::Outcome& outcome, std::span<const upstream::Waiter>,
                  Tick now) noexcept override {
    if (outcome.kind == upstream::Outcome::Kind::Reply) take(outcome.reply);
    if (--asking > 0) return;
    if (!found.empty()) {
      std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.is_v4() > b.is_v4(); });
      known = found;
      good_until = now + std::chrono::seconds{ttl};
    }
    done(now);
  }

  void on_slow(const dns::Ask&, std::span<const upstream::Waiter>, Tick) noexcept override {}  // who waits, waits on

  void take(const dns::CleanReply& reply) noexcept {
    dns::RecordWalk walk{reply.wire};
    dns::Record record;
    while (walk.next(record)) {
      if (record.section != dns::Section::Answer || found.size() == MostAddresses) continue;
      const auto data = std::span<const std::uint8_t>{reply.wire}.subspan(record.rdata_position, record.rdata_size);
      if (record.type == dns::Type::A && data.size() == 4) found.push_back(IpAddress::v4(data.first<4>()));
      if (record.type == dns::Type::AAAA && data.size() == 16) found.push_back(IpAddress::v6(data.first<16>()));
      ttl = std::min(ttl, std::max(record.ttl, LeastTtl));
    }
  }

  void on_reply(upstream::ServerIndex server, upstream::SocketId socket, upstream::Transport transport,
                std::span<const std::uint8_t> message, Tick now) noexcept override {
    forwarder.on_reply(server, socket, transport, message, now);
  }
  void on_send_error(upstream::ServerIndex server, upstream::SocketId socket, Tick now) noexcept override {
    forwarder.on_send_error(server, socket, now);
  }
  void on_ask_error(upstream::ServerIndex server, upstream::SocketId socket, std::uint16_t id,
                    Tick now) noexcept override {
    forwarder.on_ask_error(server, socket, id, now);
  }
  void on_handshake(bool) noexcept override {}                                          // none are encrypted
  void on_server_state(upstream::ServerIndex, const std::string&) noexcept override {}  // nor have a certificate

  std::function<void(Tick)> done;
  dns::Name name;
  const upstream::UpstreamSet set;
  stats::Counters counters;  // nobody reads them: clients' questions are counted elsewhere
  std::size_t asking = 0;
  std::vector<IpAddress> found, known;
  std::uint32_t ttl = MostTtl;
  Tick good_until = Tick::min();
  UpstreamSockets sockets;
  upstream::Forwarder forwarder;
  uv::Timer timer;
  uv::BeforeWait before_wait;
};

NameLookup::NameLookup(uv::Loop& loop, RandomSource& random, const std::string& name,
                       std::span<const Endpoint> bootstrap, std::function<void(Tick)> done)
    : impl_(std::make_unique<Impl>(loop, random, name, bootstrap, std::move(done))) {}

NameLookup::~NameLookup() = default;

void NameLookup::refresh(Tick now) noexcept {
  impl_->refresh(now);
}

const std::vector<IpAddress>& NameLookup::addresses() const noexcept {
  return impl_->known;
}

}  // namespace aven::server
