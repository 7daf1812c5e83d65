#include "server/worker.h"

#include <chrono>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

#include "base/random.h"
#include "base/tick.h"
#include "cache/cache_image.h"
#include "server/query_receiver.h"
#include "server/reply_receiver.h"
#include "server/tcp_listener.h"
#include "server/udp_socket.h"
#include "server/upstream_socket.h"
#include "uv/before_wait.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;
using pipeline::ClientRef;
using pipeline::ClientTransport;

constexpr auto DrainTime = 800ms;
constexpr std::size_t RestoredAtOnce = 64;  // replies: about 100 µs

}  // namespace

// What lives on the worker's thread, from its start to its end.
class Worker::Life final : private QueryReceiver, private ReplyReceiver, private pipeline::ClientPort {
 public:
  Life(uv::Loop& loop, WorkerSetup setup, Delivery first, TcpAdmission& admission, uv::Mailbox<WorkerReport>& control);

  void use(Delivery delivery);
  void handle(WorkerRequest request);

 private:
  void handle(const Ping&) { report(Pong{}); }
  void handle(const TakeFigures& request) { report(Figures{request.request, figures()}); }
  void handle(const FlushCache& request);
  void handle(const WalkCache& request);
  void handle(const FindReply& request);
  void handle(const RestoreCache& request);
  void handle(const Stop&);
  template <class What>
  void report(What what) {
    control_.post({index_, std::move(what)});
  }
  WorkerSnapshot figures();
  void keep_in_mind(const Delivery& delivery);

  bool on_query(const ClientRef& client, std::span<const std::uint8_t> message, Tick now) noexcept override;
  void on_reply(upstream::ServerIndex server, upstream::SocketId socket, upstream::Transport transport,
                std::span<const std::uint8_t> message, Tick now) noexcept override;
  void on_send_error(upstream::ServerIndex server, upstream::SocketId socket, Tick now) noexcept override;
  void on_ask_error(upstream::ServerIndex server, upstream::SocketId socket, std::uint16_t id,
                    Tick now) noexcept override;
  void on_handshake(bool was_resumed) noexcept override;
  void on_server_state(upstream::ServerIndex server, const std::string& trouble) noexcept override;
  bool send(const ClientRef& client, std::span<const std::uint8_t> answer, std::uint32_t least_ttl) noexcept override;
  void drop(const ClientRef& client) noexcept override;

  Stopped stopped();

  void before_wait() noexcept;
  void set_deadline() noexcept;
  void on_deadline() noexcept;
  void answer_the_rest() noexcept;

  uv::Loop& loop_;
  std::size_t index_;
  uv::Mailbox<WorkerReport>& control_;
  stats::Counters counters_;
  SystemRandom random_;
  const stats::RuleCounters* rule_counters_ = nullptr;  // the pipeline's
  std::shared_ptr<const upstream::UpstreamSet> servers_;
  std::uint64_t generation_ = 0;
  UpstreamSockets upstreams_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::vector<std::unique_ptr<UdpSocket>> udp_;
  std::vector<std::unique_ptr<TcpListener>> tcp_;
  Tick deadline_ = Never;  // what the timer is set to
  std::optional<cache::ImageReader> restoring_;
  bool keep_cache_ = false;
  bool stopping_ = false;
  uv::Timer deadline_timer_;
  uv::Timer drain_timer_;
  uv::BeforeWait before_wait_;
};

Worker::Life::Life(uv::Loop& loop, WorkerSetup setup, Delivery first, TcpAdmission& admission,
                   uv::Mailbox<WorkerReport>& control)
    : loop_(loop),
      index_(setup.index),
      control_(control),
      upstreams_(loop, random_, *this),
      deadline_timer_(loop, [this] { on_deadline(); }),
      drain_timer_(loop, [this] { answer_the_rest(); }),
      before_wait_(loop, [this] { before_wait(); }) {
  const auto tcp = first.tcp;
  keep_in_mind(first);
  upstreams_.use(*servers_, *first.tls);
  pipeline::ClientPort& clients = *this;
  pipeline_ = std::make_unique<pipeline::Pipeline>(clients, upstreams_, random_, counters_, setup.sizes,
                                                   std::move(first.book), read_tick());
  if (setup.log != nullptr) pipeline_->log_to(*setup.log);
  keep_cache_ = setup.keep_cache;
  QueryReceiver& receiver = *this;
  for (auto& listener : setup.listeners) {
    const auto number = static_cast<std::uint16_t>(udp_.size());
    udp_.push_back(
        std::make_unique<UdpSocket>(loop, std::move(listener.udp), listener.address, number, receiver, counters_));
    tcp_.push_back(
        std::make_unique<TcpListener>(loop, std::move(listener.tcp), number, receiver, counters_, admission, tcp));
  }
  report(Started{});
}

void Worker::Life::keep_in_mind(const Delivery& delivery) {
  servers_ = delivery.book.upstreams;
  rule_counters_ = delivery.book.rule_counters.get();
  generation_ = delivery.book.policy->generation();
}

void Worker::Life::use(Delivery delivery) {
  // Sockets first: the forwarder may ask again at once, by the new indexes.
  if (delivery.book.upstreams != servers_) upstreams_.use(*delivery.book.upstreams, *delivery.tls);
  for (auto& listener : tcp_) listener->set_limits(delivery.tcp);
  keep_in_mind(delivery);
  report(Returned{pipeline_->use(std::move(delivery.book), read_tick())});
}

void Worker::Life::handle(WorkerRequest request) {
  std::visit([this](const auto& what) { handle(what); }, request);
}

void Worker::Life::handle(const FlushCache& request) {
  auto& cache = pipeline_->cache();
  std::size_t entries = cache.entry_count();
  if (request.what.name) {
    entries = cache.flush(*request.what.name, request.what.below);
  } else {
    cache.flush_all();
  }
  report(Flushed{request.request, entries});
}

void Worker::Life::handle(const WalkCache& request) {
  Walked walked;
  walked.request = request.request;
  walked.next = pipeline_->cache().walk(request.from, read_tick(), [&](const cache::KeptAnswer& kept) {
    walked.replies.push_back({{kept.wire.begin(), kept.wire.end()}, kept.asked});
  });
  report(std::move(walked));
}

void Worker::Life::handle(const FindReply& request) {
  FoundReply found{request.request, {}};
  for (const bool dnssec_ok : {false, true}) {
    auto ask = request.ask;
    ask.dnssec_ok = dnssec_ok;
    const auto wire = pipeline_->cache().look(ask, read_tick());
    if (found.wire.empty()) found.wire.assign(wire.begin(), wire.end());
  }
  report(std::move(found));
}

// With other servers than those that gave the replies their routes mean something else.
void Worker::Life::handle(const RestoreCache& request) {
  const CacheImage& image = *request.image;
  if (!restoring_) restoring_.emplace(image.octets, image.written);
  const auto limits = [&](dns::RouteId route) -> std::optional<dns::CleanLimits> {
    const auto& pools = servers_->pools;
    return route < pools.size() ? std::optional{pools[route].limits()} : std::nullopt;
  };
  const bool is_more = *servers_ == *image.servers && !stopping_ &&
                       restoring_->restore(RestoredAtOnce, limits, read_tick(), pipeline_->cache());
  if (!is_more) restoring_.reset();
  report(Restored{is_more ? request.image : nullptr});
}

void Worker::Life::handle(const Stop&) {
  if (std::exchange(stopping_, true)) return;
  for (auto& socket : udp_) socket->stop_receiving();
  for (auto& listener : tcp_) listener->stop_accepting();
  drain_timer_.start(DrainTime);
}

Stopped Worker::Life::stopped() {
  const Tick now = read_tick();
  Stopped out{{{}, now, servers_}};
  if (keep_cache_) cache::write_image(pipeline_->cache(), now, out.cache.octets);
  return out;
}

WorkerSnapshot Worker::Life::figures() {
  WorkerSnapshot out;
  out.counters = counters_.values();
  out.in_flight = pipeline_->in_flight();
  out.latency = pipeline_->latency();
  for (std::size_t i = 0; i < servers_->servers.size(); ++i) {
    const auto server = static_cast<upstream::ServerIndex>(i);
    out.upstreams.push_back(pipeline_->forwarder().health(server));
    out.upstream_sockets.push_back(upstreams_.open_sockets(server));
    out.upstream_connections.push_back(upstreams_.open_connections(server));
  }
  out.cache_entries = pipeline_->cache().entry_count();
  out.cache_bytes = pipeline_->cache().memory_bytes();
  out.cache_evictions = pipeline_->cache().evictions();
  for (const auto& listener : tcp_) out.tcp_clients += listener->connection_count();
  out.policy_generation = generation_;
  out.rules = *rule_counters_;
  return out;
}

bool Worker::Life::on_query(const ClientRef& client, std::span<const std::uint8_t> message, Tick now) noexcept {
  const auto before = pipeline_->in_flight();
  pipeline_->on_query(client, message, now);
  return pipeline_->in_flight() > before;
}

void Worker::Life::on_reply(upstream::ServerIndex server, upstream::SocketId socket, upstream::Transport transport,
                            std::span<const std::uint8_t> message, Tick now) noexcept {
  pipeline_->forwarder().on_reply(server, socket, transport, message, now);
}

void Worker::Life::on_send_error(upstream::ServerIndex server, upstream::SocketId socket, Tick now) noexcept {
  pipeline_->forwarder().on_send_error(server, socket, now);
}

void Worker::Life::on_ask_error(upstream::ServerIndex server, upstream::SocketId socket, std::uint16_t id,
                                Tick now) noexcept {
  pipeline_->forwarder().on_ask_error(server, socket, id, now);
}

void Worker::Life::on_handshake(bool was_resumed) noexcept {
  counters_.add(stats::Counter::upstream_handshakes);
  if (was_resumed) counters_.add(stats::Counter::upstream_resumed);
}

void Worker::Life::on_server_state(upstream::ServerIndex server, const std::string& trouble) noexcept {
  report(UpstreamState{servers_->servers[server].text(), trouble});
}

bool Worker::Life::send(const ClientRef& client, std::span<const std::uint8_t> answer, std::uint32_t) noexcept {
  if (client.transport == ClientTransport::Tcp) return tcp_[client.listener]->send(client, answer);
  udp_[client.listener]->send(client, answer);
  return true;
}

void Worker::Life::drop(const ClientRef& client) noexcept {
  if (client.transport == ClientTransport::Tcp) tcp_[client.listener]->drop(client);
}

// All that was ready has been handled: what is left to send leaves now.
void Worker::Life::before_wait() noexcept {
  do {
    upstreams_.flush();
    for (auto& listener : tcp_) listener->flush();
  } while (upstreams_.has_work());
  for (auto& socket : udp_) socket->flush();
  set_deadline();
  if (stopping_ && pipeline_->in_flight() == 0) {
    report(stopped());
    loop_.stop();
  }
}

// The timer may be early (it is then set again), never late.
void Worker::Life::set_deadline() noexcept {
  const Tick next = pipeline_->next_deadline();
  if (next >= deadline_) return;
  deadline_ = next;
  deadline_timer_.start(std::chrono::ceil<std::chrono::milliseconds>(next - read_tick()));
}

void Worker::Life::on_deadline() noexcept {
  deadline_ = Never;
  pipeline_->on_time(read_tick());
}

void Worker::Life::answer_the_rest() noexcept {
  pipeline_->answer_the_rest(read_tick());
}

// What both threads reach: the loop, its mailboxes, the thread.
struct Worker::Shared {
  uv::Loop loop;
  Life* life = nullptr;  // the worker's thread only
  uv::MailSlot<Delivery> deliveries{loop, [this](Delivery delivery) { life->use(std::move(delivery)); }};
  uv::Mailbox<WorkerRequest> requests{loop, [this](WorkerRequest request) { life->handle(std::move(request)); }};
  std::thread thread;
};

Worker::Worker(WorkerSetup setup, Delivery first, TcpAdmission& admission, uv::Mailbox<WorkerReport>& control)
    : shared_(std::make_unique<Shared>()) {
  shared_->thread = std::thread{[shared = shared_.get(), setup = std::move(setup), first = std::move(first), &admission,
                                 &control]() mutable noexcept {
    const auto name = "aven-worker-" + std::to_string(setup.index);
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    Life life{shared->loop, std::move(setup), std::move(first), admission, control};
    shared->life = &life;
    shared->loop.run();
  }};
}

Worker::~Worker() {
  shared_->thread.join();
}

std::optional<Delivery> Worker::deliver(Delivery delivery) {
  return shared_->deliveries.post(std::move(delivery));
}

void Worker::request(WorkerRequest request) {
  shared_->requests.post(std::move(request));
}

}  // namespace aven::server
