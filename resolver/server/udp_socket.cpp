#include "server/udp_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>

#include "base/check.h"

namespace aven::server {
namespace {

using stats::Counter;

// Odd numbers of cache lines: with a power of two all buffers would share the same few cache sets.
constexpr std::size_t ReceiveSize = 31 * 64;
constexpr std::size_t SendSize = 21 * 64;
constexpr std::size_t SendSlots = 2 * UdpSocket::BatchSize;
constexpr int LastBatches = 64;  // what is still taken when receiving ends
static_assert(SendSize >= dns::OurUdpSize);

constexpr std::size_t ReceiveControl =
    CMSG_SPACE(sizeof(std::uint32_t)) + std::max(CMSG_SPACE(sizeof(in_pktinfo)), CMSG_SPACE(sizeof(in6_pktinfo)));
constexpr std::size_t SendControl = std::max(CMSG_SPACE(sizeof(in_pktinfo)), CMSG_SPACE(sizeof(in6_pktinfo)));

bool is_link_local(const IpAddress& address) noexcept {
  return !address.is_v4() && address.octets()[0] == 0xfe && (address.octets()[1] & 0xc0) == 0x80;
}

template <class Data>
Data read_data(const cmsghdr* control) noexcept {
  Data data;
  std::memcpy(&data, CMSG_DATA(control), sizeof data);
  return data;
}

template <class Data>
void put_control(msghdr& header, int level, int type, const Data& data) noexcept {
  header.msg_controllen = CMSG_SPACE(sizeof data);
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof data);
  std::memcpy(CMSG_DATA(control), &data, sizeof data);
}

}  // namespace

struct UdpSocket::Buffers {
  template <std::size_t Count, std::size_t Size, std::size_t Control>
  struct Side {
    std::array<mmsghdr, Count> headers{};
    std::array<iovec, Count> parts{};
    alignas(64) std::array<std::array<std::uint8_t, Size>, Count> data;
    std::array<sockaddr_in6, Count> peers{};
    alignas(cmsghdr) std::array<std::array<std::uint8_t, (Control + 15) / 16 * 16>, Count> control{};

    Side() noexcept {
      for (std::size_t i = 0; i < Count; ++i) {
        parts[i] = {data[i].data(), Size};
        auto& header = headers[i].msg_hdr;
        header.msg_name = &peers[i];
        header.msg_iov = &parts[i];
        header.msg_iovlen = 1;
        header.msg_control = control[i].data();
      }
    }
  };
  Side<BatchSize, ReceiveSize, ReceiveControl> in;
  Side<SendSlots, SendSize, SendControl> out;
};

UdpSocket::UdpSocket(uv::Loop& loop, FileDescriptor fd, const Endpoint& bound, std::uint16_t index,
                     QueryReceiver& receiver, stats::Counters& counters)
    : buffers_(std::make_unique<Buffers>()),
      bound_(bound),
      wildcard_(bound.address.is_unspecified()),
      index_(index),
      receiver_(receiver),
      counters_(counters),
      fd_(std::move(fd)) {
  int error = 0;
  poll_ = uv::make<uv_poll_t>(error, this, uv_poll_init, loop.get(), fd_.get());
  AVEN_CHECK(error == 0);
  poll();
}

UdpSocket::~UdpSocket() = default;

void UdpSocket::poll() noexcept {
  const int events = (receiving_ ? UV_READABLE : 0) | (blocked_ ? UV_WRITABLE : 0);
  if (events == 0) {
    uv_poll_stop(poll_.get());
    return;
  }
  uv_poll_start(poll_.get(), events, [](uv_poll_t* handle, int status, int ready) noexcept {
    if (auto* self = static_cast<UdpSocket*>(handle->data)) self->on_ready(status, ready);
  });
}

void UdpSocket::on_ready(int status, int events) noexcept {
  if (status < 0) {  // libuv has stopped polling because of an error on the socket; reading takes it off
    if (receiving_) receive_batch();
    poll();
    return;
  }
  if ((events & UV_WRITABLE) != 0) flush();
  if ((events & UV_READABLE) != 0) receive_batch();
}

// One batch per readiness: more would starve timers, TCP and upstream.
bool UdpSocket::receive_batch() noexcept {
  auto& in = buffers_->in;
  for (auto& header : in.headers) {
    header.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    header.msg_hdr.msg_controllen = ReceiveControl;
  }
  const int count = recvmmsg(fd_.get(), in.headers.data(), BatchSize, MSG_DONTWAIT, nullptr);
  if (count <= 0) return false;
  const Tick now = read_tick();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) on_datagram(i, in.headers[i].msg_len, now);
  flush();
  return count == BatchSize;
}

void UdpSocket::on_datagram(std::size_t index, unsigned size, Tick now) noexcept {
  auto& in = buffers_->in;
  pipeline::ClientRef client;
  client.listener = index_;
  sockaddr_storage peer{};
  std::memcpy(&peer, &in.peers[index], sizeof in.peers[index]);
  client.peer = Endpoint::from_sockaddr(peer);
  client.local = bound_.address;
  read_control(in.headers[index].msg_hdr, client);
  if (client.peer.port == 0) return counters_.add(Counter::ignored);
  receiver_.on_query(client, std::span{in.data[index]}.first(std::min<std::size_t>(size, ReceiveSize)), now);
}

void UdpSocket::read_control(msghdr& header, pipeline::ClientRef& client) noexcept {
  for (auto* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
      count_kernel_drops(read_data<std::uint32_t>(control));
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      const auto info = read_data<in_pktinfo>(control);
      // Not ipi_addr, which may be a broadcast address.
      std::array<std::uint8_t, 4> octets;
      std::memcpy(octets.data(), &info.ipi_spec_dst, octets.size());
      client.local = IpAddress::v4(octets);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      const auto info = read_data<in6_pktinfo>(control);
      std::array<std::uint8_t, 16> octets;
      std::memcpy(octets.data(), &info.ipi6_addr, octets.size());
      client.local = IpAddress::v6(octets);
      if (is_link_local(client.local)) client.interface = info.ipi6_ifindex;
    }
  }
}

void UdpSocket::count_kernel_drops(std::uint32_t total) noexcept {
  const std::uint32_t more = total - kernel_drops_;  // wraps as the kernel's does
  kernel_drops_ = total;
  if (more != 0) counters_.add(Counter::kernel_drops, more);
}

void UdpSocket::send(const pipeline::ClientRef& client, std::span<const std::uint8_t> answer) noexcept {
  if (queued_ >= BatchSize && !blocked_) flush();
  if (queued_ == SendSlots || answer.size() > SendSize) return counters_.add(Counter::send_errors);
  auto& out = buffers_->out;
  const std::size_t slot = (head_ + queued_) % SendSlots;
  std::copy(answer.begin(), answer.end(), out.data[slot].begin());
  out.parts[slot].iov_len = answer.size();
  auto& header = out.headers[slot].msg_hdr;
  sockaddr_storage peer{};
  header.msg_namelen = client.peer.to_sockaddr(peer);
  std::memcpy(&out.peers[slot], &peer, sizeof out.peers[slot]);
  header.msg_control = out.control[slot].data();
  write_control(header, client);
  ++queued_;
}

void UdpSocket::write_control(msghdr& header, const pipeline::ClientRef& client) const noexcept {
  if (!wildcard_) {
    header.msg_control = nullptr;
    header.msg_controllen = 0;
  } else if (client.local.is_v4()) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, client.local.octets().data(), sizeof info.ipi_spec_dst);
    put_control(header, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, client.local.octets().data(), sizeof info.ipi6_addr);
    info.ipi6_ifindex = client.interface;
    put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

void UdpSocket::flush() noexcept {
  bool full = false;
  while (queued_ > 0 && !full) {
    std::size_t taken = 0;
    send_run(head_, std::min(queued_, SendSlots - head_), taken, full);
    head_ = (head_ + taken) % SendSlots;
    queued_ -= taken;
  }
  if (queued_ == 0) head_ = 0;
  if (full == blocked_) return;
  blocked_ = full;  // from now on the kernel tells when there is room again, or need not any more
  poll();
}

void UdpSocket::send_run(std::size_t first, std::size_t count, std::size_t& taken, bool& full) noexcept {
  while (taken < count) {
    const int sent =
        sendmmsg(fd_.get(), &buffers_->out.headers[first + taken], static_cast<unsigned>(count - taken), MSG_DONTWAIT);
    if (sent > 0) {
      taken += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      full = true;
      return;
    } else if (errno != EINTR) {
      counters_.add(Counter::send_errors);
      ++taken;  // sendmmsg stops at the first datagram that it cannot send: skip that one
    }
  }
}

void UdpSocket::stop_receiving() noexcept {
  for (int i = 0; i < LastBatches && receive_batch(); ++i) continue;
  receiving_ = false;
  poll();
}

}  // namespace aven::server
