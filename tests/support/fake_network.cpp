#include "support/fake_network.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace aven::test {
namespace {

using Twist = FakeAuthority::Twist;
using Kind = FakeNetwork::Behaviour::Kind;

const std::map<std::string, Twist> Twists{{"answer", Twist::None},           {"truncated", Twist::Truncated},
                                          {"wrong_id", Twist::WrongId},      {"wrong_question", Twist::WrongQuestion},
                                          {"not_a_reply", Twist::NotAReply}, {"servfail", Twist::ServFail},
                                          {"refused", Twist::Refused},       {"formerr", Twist::FormErr},
                                          {"garbage", Twist::Garbage},       {"authentic", Twist::Authentic},
                                          {"shuffled", Twist::Shuffled}};

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
    } else if (word == "unreachable") {
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

upstream::SocketId FakeNetwork::send(upstream::ServerIndex index, upstream::Transport transport,
                                     std::span<const std::uint8_t> message, Tick now) noexcept {
  Server& server = servers_[index];
  ++server.questions;
  if (transport == upstream::Transport::Stream) ++server.stream_questions;
  Behaviour behaviour;
  if (!server.behaviour.empty()) behaviour = server.behaviour.front();
  if (server.behaviour.size() > 1) server.behaviour.pop_front();
  if (behaviour.kind == Kind::NoSocket) return upstream::NoSocket;

  const upstream::SocketId socket = next_socket_++;
  const Tick then = now + behaviour.delay;
  if (behaviour.kind == Kind::Unreachable) {
    events_.emplace(then, [=, this](Tick at) { forwarder_->on_send_error(index, socket, at); });
  }
  if (behaviour.kind == Kind::Forward) {
    pass_on(index, socket, transport, {message.begin(), message.end()}, behaviour, then);
  }
  if (behaviour.kind != Kind::Answer) return socket;
  const Bytes reply = server.authority.reply_to(message, behaviour.twist);
  for (int copy = 0; copy < (behaviour.twice ? 2 : 1); ++copy) {
    events_.emplace(then, [=, this](Tick at) { forwarder_->on_reply(index, socket, transport, reply, at); });
  }
  return socket;
}

// As servers do: an ID of its own, the flags and the question copied, no options.
void FakeNetwork::pass_on(upstream::ServerIndex from, upstream::SocketId socket, upstream::Transport transport,
                          Bytes question, const Behaviour& behaviour, Tick then) {
  const std::array<std::uint8_t, 2> asked_id{question[0], question[1]};
  std::size_t end = 12;
  while (question[end] != 0) end += question[end] + 1U;
  question.resize(end + 5);
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
