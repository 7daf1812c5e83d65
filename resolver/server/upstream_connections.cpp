#include "server/upstream_connections.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "dns/padding.h"
#include "server/framed_protocol.h"
#include "server/http2_client.h"
#include "server/name_lookup.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;
using upstream::NoSocket;
using upstream::Protocol;
using upstream::SocketId;

constexpr auto DistrustTime = 1s;  // a handshake that failed will fail again at once
constexpr auto TroubleTime = 10s;  // trouble that was not seen for so long is over
constexpr unsigned ClosedUntilTrouble = 3;
constexpr std::uint16_t HttpsPort = 443;

// The authority of the URL (RFC 3986 section 3.2).
std::string authority_of(const upstream::Server& server) {
  const auto address = IpAddress::parse(server.tls_name);
  std::string out = address && !address->is_v4() ? '[' + server.tls_name + ']' : server.tls_name;
  if (server.endpoint.port != HttpsPort) out += ':' + std::to_string(server.endpoint.port);
  return out;
}

}  // namespace

UpstreamConnections::UpstreamConnections(uv::Loop& loop, SocketIds& ids, RandomSource& random, ReplyReceiver& receiver,
                                         upstream::Server server)
    : loop_(loop), ids_(ids), receiver_(receiver), server_(std::move(server)) {
  if (server_.bootstrap.empty()) return;
  lookup_ = std::make_unique<NameLookup>(loop_, random, server_.tls_name, server_.bootstrap,
                                         [this](Tick now) { on_looked_up(now); });
}

UpstreamConnections::~UpstreamConnections() = default;

void UpstreamConnections::use(upstream::ServerIndex index, TlsContextPtr tls) noexcept {
  index_ = index;
  if (tls_ == tls) return;
  tls_ = std::move(tls);
  sessions_.clear();  // they were verified by other authorities
  no_try_before_ = Tick::min();
}

SocketId UpstreamConnections::send(std::span<const std::uint8_t> message, Tick now) noexcept {
  const bool is_encrypted = server_.protocol != Protocol::Plain;
  if (is_encrypted && (!tls_ || now < no_try_before_)) return NoSocket;
  UpstreamStream* stream = choose(now);
  if (stream == nullptr) return NoSocket;
  if (is_encrypted) message = dns::pad_query(message, padded_);
  if (!stream->send(message, now)) return NoSocket;
  has_work_ = true;
  return stream->id();
}

// The oldest that can be asked more at once; a new one; the one with the least to do. If all are stalled or
// full and no other may be opened, the newest that takes questions.
UpstreamStream* UpstreamConnections::choose(Tick now) noexcept {
  UpstreamStream* least = nullptr;
  UpstreamStream* newest = nullptr;
  std::size_t taking = 0;
  for (const auto& stream : streams_) {
    if (stream->is_broken() || stream->is_leaving()) continue;
    newest = stream.get();
    if (stream->is_stalled(now)) continue;
    if (stream->has_room()) return stream.get();
    ++taking;
    if (least == nullptr || stream->unanswered() < least->unanswered()) least = stream.get();
  }
  if (taking < MaxTaking && streams_.size() < MaxOpen) return open(now);
  return least != nullptr ? least : newest;
}

UpstreamStream* UpstreamConnections::open(Tick now) noexcept {
  UpstreamStream::Owner& owner = *this;
  std::unique_ptr<TlsClient> tls;
  if (server_.protocol != Protocol::Plain) {
    const bool is_https = server_.protocol == Protocol::Https;
    tls = std::make_unique<TlsClient>(*tls_, server_.tls_name, is_https ? "h2" : "dot", is_https, sessions_, now);
  }
  auto stream = std::make_unique<UpstreamStream>(loop_, ids_.next(), make_protocol(), std::move(tls), owner);
  connect(*stream, now);
  if (stream->is_broken()) return nullptr;
  streams_.push_back(std::move(stream));
  return streams_.back().get();
}

// If the address is not known yet, the stream waits for on_looked_up(). Old addresses serve while new ones are asked.
void UpstreamConnections::connect(UpstreamStream& stream, Tick now) noexcept {
  if (!lookup_) return stream.connect(server_.endpoint);
  lookup_->refresh(now);
  const auto& known = lookup_->addresses();
  if (known.empty()) return;
  const bool is_slow = !streams_.empty() && !streams_.back()->is_connected() && streams_.back()->is_stalled(now);
  if (is_slow) ++address_;
  stream.connect({known[address_ % known.size()], server_.endpoint.port});
}

void UpstreamConnections::on_looked_up(Tick now) noexcept {
  const bool is_found = !lookup_->addresses().empty();
  if (!is_found) {
    no_try_before_ = now + DistrustTime;
    tell("the `bootstrap` servers give no address for its name", now);
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    UpstreamStream& stream = *streams_[i];
    if (stream.is_broken() || stream.has_target()) continue;
    if (is_found) {
      connect(stream, now);
    } else {
      stream.give_up(now);
    }
  }
}

std::unique_ptr<StreamProtocol> UpstreamConnections::make_protocol() const {
  if (server_.protocol != Protocol::Https) return std::make_unique<FramedProtocol>();
  return std::make_unique<Http2Client>(authority_of(server_), server_.path);
}

void UpstreamConnections::flush(Tick now) noexcept {
  has_work_ = false;
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i]->flush(now);
  close_broken(now);
}

// The receiver asks again from inside.
void UpstreamConnections::close_broken(Tick now) noexcept {
  const auto is_good = [](const auto& stream) { return !stream->is_broken(); };
  const auto first = std::stable_partition(streams_.begin(), streams_.end(), is_good);
  std::vector<std::unique_ptr<UpstreamStream>> broken;
  std::move(first, streams_.end(), std::back_inserter(broken));
  streams_.erase(first, streams_.end());
  for (const auto& stream : broken) {
    if (!stream->is_connected()) ++address_;
    note_trouble(*stream, now);
    if (stream->unanswered() > 0) receiver_.on_send_error(index_, stream->id(), now);
  }
}

void UpstreamConnections::note_trouble(const UpstreamStream& broken, Tick now) noexcept {
  const bool broke_in_handshake = broken.broke_in_handshake();
  if (!broken.why().empty()) {
    if (broke_in_handshake) no_try_before_ = now + DistrustTime;
    return tell(broken.why(), now);
  }
  if (broke_in_handshake && ++closed_in_handshake_ >= ClosedUntilTrouble) {
    tell("the TLS handshake with it does not come to an end", now);
  }
}

// Two kinds of trouble in turn are one.
void UpstreamConnections::tell(const std::string& trouble, Tick now) noexcept {
  if (!trouble.empty()) last_trouble_ = now;
  if (trouble == trouble_ || (!trouble_.empty() && !trouble.empty() && now - told_ < TroubleTime)) return;
  trouble_ = trouble;
  told_ = now;
  receiver_.on_server_state(index_, trouble_);
}

void UpstreamConnections::on_message(UpstreamStream& stream, std::span<const std::uint8_t> message, Tick now) noexcept {
  last_message_ = now;
  receiver_.on_reply(index_, stream.id(), upstream::Transport::Stream, message, now);
}

void UpstreamConnections::on_ask_failed(UpstreamStream& stream, std::uint16_t id, const std::string& why,
                                        Tick now) noexcept {
  if (!why.empty()) tell(why, now);
  receiver_.on_ask_error(index_, stream.id(), id, now);
}

void UpstreamConnections::on_handshake(UpstreamStream&, bool was_resumed) noexcept {
  closed_in_handshake_ = 0;
  receiver_.on_handshake(was_resumed);
}

void UpstreamConnections::on_broken(UpstreamStream&) noexcept {
  has_work_ = true;
}

bool UpstreamConnections::sweep(Tick now) noexcept {
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i]->forget_old(now);
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    UpstreamStream& stream = *streams_[i];
    if (stream.is_broken() || !stream.is_over(now)) continue;
    if (stream.unanswered() == 0) stream.say_goodbye();
    stream.give_up(now);
  }
  close_broken(now);
  const bool is_well = last_message_ > last_trouble_;
  if (!trouble_.empty() && is_well && now - last_trouble_ > TroubleTime) tell({}, now);
  return !streams_.empty() || !trouble_.empty();
}

}  // namespace aven::server
