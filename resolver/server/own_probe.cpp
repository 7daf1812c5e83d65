#include "server/own_probe.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

#include "dns/ask.h"
#include "pipeline/special_names.h"
#include "server/file_descriptor.h"
#include "upstream/question.h"

namespace aven::server {
namespace {

constexpr Duration Counts = std::chrono::seconds{1};
constexpr std::array<std::uint8_t, 16> Loopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 4> Loopback4{127, 0, 0, 1};

// A server on all addresses is asked at the loopback one.
Endpoint to_ask(Endpoint listening) noexcept {
  if (!listening.address.is_unspecified()) return listening;
  listening.address = listening.address.is_v4() ? IpAddress::v4(Loopback4) : IpAddress::v6(Loopback6);
  return listening;
}

// Connected, so that the kernel takes replies of that address alone.
FileDescriptor connected_socket(const Endpoint& to) noexcept {
  sockaddr_storage raw{};
  const socklen_t length = to.to_sockaddr(raw);
  FileDescriptor socket{::socket(raw.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&raw), length) != 0) return {};
  return socket;
}

bool wait_readable(int socket) noexcept {
  pollfd wanted{socket, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, static_cast<int>(OwnProbe::AnswerTime.count()));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

const std::string& OwnProbe::ask(std::span<const Endpoint> addresses, Tick now) {
  if (now < next_) return failure_;
  next_ = now + Counts;
  failure_.clear();
  for (const auto& address : addresses) {
    if (!answers(address)) return failure_ = "the own question to " + address.text() + " is not answered";
  }
  return failure_;
}

bool OwnProbe::answers(const Endpoint& address) {
  const auto socket = connected_socket(to_ask(address));
  if (!socket) return false;
  const dns::Ask question{pipeline::own_probe_name(), dns::Type::A, dns::Class::IN, false, false};
  upstream::QuestionBuffer buffer;
  const auto message = upstream::write_question(buffer, question, ++id_, false, 0);
  std::array<std::uint8_t, dns::PlainUdpSize> reply;
  for (int i = 0; i < Tries; ++i) {
    if (::send(socket.get(), message.data(), message.size(), 0) < 0) return false;
    if (!wait_readable(socket.get())) continue;
    const ssize_t size = ::recv(socket.get(), reply.data(), reply.size(), 0);
    if (size < static_cast<ssize_t>(dns::HeaderSize)) return false;
    const auto received = std::span{reply}.first(static_cast<std::size_t>(size));
    const bool same_id = received[0] == message[0] && received[1] == message[1];
    return same_id && upstream::match_reply(received, question, 0) == upstream::Match::Yes;
  }
  return false;
}

}  // namespace aven::server
