#include "support/fake_network.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include "dns/name.h"
#include "dns/wire.h"

namespace aven::test {
namespace {

using Twist = FakeAuthority::Twist;
using Kind = FakeNetwork::Behaviour::Kind;

const std::map<std::string, Twist> Twists{{"answer", Twist::None},           {"truncated", Twist::Truncated},
                                          {"wrong_id", Twist::WrongId},      {"wrong_question", Twist::WrongQuestion},
                                          {"not_a_reply", Twist::NotAReply}, {"servfail", Twist::ServFail},
                                          {"refused", Twist::Refused},       {"formerr", Twist::FormErr},
                                          {"garbage", Twist::Garbage},       {"authentic", Twist::Authentic},
                                          {"shuffled", Twist::Shuffled},     {"other_opcode", Twist::OtherOpcode},
                                          {"lower_case", Twist::LowerCase},  {"poisoned", Twist::Poisoned}};

std::size_t end_of_name(std::span<const std::uint8_t> message) {
  std::size_t end = dns::HeaderSize;
  while (message[end] != 0) end += message[end] + 1U;
  return end + 1;
}

}  // namespace

FakeNetwork::Behaviour FakeNetwork::parse_behaviour(const std::string& text) {
  Behaviour behaviour;
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    if (word == "delay") {
      int ms = 0;
      words >> ms;
      behaviour.delay = std::chrono::milliseconds{ms};
    } else if (word == "drop") {
      behaviour.kind = Kind::Drop;
    } else if (word == "spoofed") {
      words >> behaviour.spoofed;
    } else if (word == "untrusted") {
      behaviour.kind = Kind::Untrusted;
    } else if (word == "unreachable" || word == "reset") {
      behaviour.kind = Kind::Unreachable;
    } else if (word == "no_socket") {
      behaviour.kind = Kind::NoSocket;
    } else if (word == "forward") {
      behaviour.kind = Kind::Forward;
    } else if (word == "twice") {
      behaviour.twice = true;
    } else if (const auto twist = Twists.find(word); twist != Twists.end()) {
      behaviour.twist = twist->second;
    } else {
      throw std::runtime_error("no such behaviour: " + word);
    }
  }
  return behaviour;
}

std::size_t FakeNetwork::questions() const {
  std::size_t sum = 0;
  for (const auto& [index, server] : servers_) sum += server.questions;
  return sum;
}

bool FakeNetwork::asked_by_udp(upstream::ServerIndex server) const {
  const auto known = servers_.find(server);
  return known != servers_.end() && known->second.questions > known->second.stream_questions;
}

FakeNetwork::Behaviour FakeNetwork::next_behaviour(Server& server, upstream::Transport transport,
                                                   std::span<const std::uint8_t> message) {
  const auto asked = dns::Name::from_wire(message.subspan(dns::HeaderSize, end_of_name(message) - dns::HeaderSize));
  const bool is_silent = std::any_of(server.silent_for.begin(), server.silent_for.end(), [&](const auto& name) {
    return asked && asked->is_at_or_below(dns::Name::from_text(name).value());
  });
  if (is_silent) return {.kind = Kind::Drop};
  const bool apart = transport == upstream::Transport::Stream && !server.stream_behaviour.empty();
  auto& queue = apart ? server.stream_behaviour : server.behaviour;
  Behaviour behaviour;
  if (!queue.empty()) behaviour = queue.front();
  if (queue.size() > 1) queue.pop_front();
  return behaviour;
}

upstream::SocketId FakeNetwork::send(upstream::ServerIndex index, upstream::Transport transport,
                                     std::span<const std::uint8_t> message, Tick now) noexcept {
  Server& server = servers_[index];
  const bool over_stream = transport == upstream::Transport::Stream;
  if (over_stream && now < server.no_try_before) return upstream::NoSocket;
  ++server.questions;
  if (over_stream) ++server.stream_questions;
  const Behaviour behaviour = next_behaviour(server, transport, message);
  if (behaviour.kind == Kind::NoSocket) return upstream::NoSocket;

  upstream::SocketId socket = server.connection;
  if (!over_stream || socket == upstream::NoSocket) socket = next_socket_++;
  if (over_stream) server.connection = socket;
  const Tick then = now + behaviour.delay;
  switch (behaviour.kind) {
    case Kind::Unreachable:
    case Kind::Untrusted:
      break_off(index, socket, behaviour, then);
      break;
    case Kind::Forward:
      pass_on(index, socket, transport, {message.begin(), message.end()}, behaviour, then);
      break;
    case Kind::Answer:
      answer(index, socket, transport, message, behaviour, now);
      break;
    case Kind::Drop:
    case Kind::NoSocket:
      break;
  }
  return socket;
}

void FakeNetwork::answer(upstream::ServerIndex index, upstream::SocketId socket, upstream::Transport transport,
                         std::span<const std::uint8_t> message, const Behaviour& behaviour, Tick now) {
  const auto& authority = servers_[index].authority;
  const auto deliver_at = [&](Tick then, Bytes reply) {
    events_.emplace(then, [=, this, reply = std::move(reply)](Tick at) {
      const bool is_closed = transport == upstream::Transport::Stream && servers_[index].connection != socket;
      if (!is_closed) forwarder_->on_reply(index, socket, transport, reply, at);
    });
  };
  for (int i = 0; i < behaviour.spoofed; ++i) {
    deliver_at(now + std::chrono::milliseconds{1}, authority.reply_to(message, Twist::WrongId));
  }
  const Bytes reply = authority.reply_to(message, behaviour.twist);
  for (int copy = 0; copy < (behaviour.twice ? 2 : 1); ++copy) deliver_at(now + behaviour.delay, reply);
}

void FakeNetwork::break_off(upstream::ServerIndex index, upstream::SocketId socket, const Behaviour& behaviour,
                            Tick then) {
  constexpr auto DistrustTime = std::chrono::seconds{1};  // as server/upstream_connections
  const bool is_untrusted = behaviour.kind == Kind::Untrusted;
  events_.emplace(then, [=, this](Tick at) {
    Server& server = servers_[index];
    if (server.connection == socket) server.connection = upstream::NoSocket;
    if (is_untrusted) server.no_try_before = at + DistrustTime;
    forwarder_->on_send_error(index, socket, at);
  });
}

// As servers do: an ID of its own, the flags and the question copied, no options.
void FakeNetwork::pass_on(upstream::ServerIndex from, upstream::SocketId socket, upstream::Transport transport,
                          Bytes question, const Behaviour& behaviour, Tick then) {
  const std::array<std::uint8_t, 2> asked_id{question[0], question[1]};
  question.resize(end_of_name(question) + 4);
  question[0] = static_cast<std::uint8_t>(next_id_ >> 8);
  question[1] = static_cast<std::uint8_t>(next_id_++);
  question[11] = 0;
  const Answered answered = [=, this](const Bytes& answer, Tick at) {
    Bytes reply = answer;
    std::copy(asked_id.begin(), asked_id.end(), reply.begin());
    events_.emplace(at + behaviour.delay,
                    [=, this](Tick later) { forwarder_->on_reply(from, socket, transport, reply, later); });
  };
  events_.emplace(then, [=, this](Tick at) { forward(from, question, answered, at); });
}

void FakeNetwork::deliver_due(Tick now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    auto event = events_.extract(events_.begin());
    event.mapped()(event.key());
  }
}

}  // namespace aven::test
