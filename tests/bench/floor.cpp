// floor ADDRESS PORT OCTETS: sends each datagram back as a reply of OCTETS octets, and knows nothing of DNS but the bit
// that makes it a reply. It has Aven's way with sockets: epoll, SO_REUSEPORT, PKTINFO, batches of 64. What it costs is
// what the kernel costs; the side-by-side benchmark gives every figure as a ratio to it.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t Batch = 64;
constexpr std::size_t Room = 31 * 64;

struct Datagrams {
  std::array<mmsghdr, Batch> headers{};
  std::array<iovec, Batch> parts{};
  std::array<sockaddr_in, Batch> peers{};
  std::array<std::array<std::uint8_t, Room>, Batch> octets{};
  alignas(cmsghdr) std::array<std::array<std::uint8_t, 64>, Batch> control{};

  Datagrams() {
    for (std::size_t i = 0; i < Batch; ++i) {
      parts[i] = {octets[i].data(), Room};
      auto& header = headers[i].msg_hdr;
      header.msg_name = &peers[i];
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_control = control[i].data();
    }
  }
};

int listening_socket(const char* address, int port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  const int buffer = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address, &bound.sin_addr) != 1) return -1;
  return bind(fd, reinterpret_cast<const sockaddr*>(&bound), sizeof bound) == 0 ? fd : -1;
}

void reflect(int fd, Datagrams& datagrams, std::size_t reply_size) {
  for (std::size_t i = 0; i < Batch; ++i) {
    datagrams.parts[i].iov_len = Room;
    datagrams.headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    datagrams.headers[i].msg_hdr.msg_control = datagrams.control[i].data();
    datagrams.headers[i].msg_hdr.msg_controllen = datagrams.control[i].size();
  }
  const int count = recvmmsg(fd, datagrams.headers.data(), Batch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    datagrams.octets[i][2] |= 0x80;
    datagrams.parts[i].iov_len = std::max<std::size_t>(datagrams.headers[i].msg_len, reply_size);
    datagrams.headers[i].msg_hdr.msg_control = nullptr;  // it is bound to one address: nothing to say
    datagrams.headers[i].msg_hdr.msg_controllen = 0;
  }
  for (int sent = 0; sent < count;) {
    const int more =
        sendmmsg(fd, &datagrams.headers[static_cast<std::size_t>(sent)], static_cast<unsigned>(count - sent), 0);
    sent += std::max(more, 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: floor ADDRESS PORT OCTETS\n", stderr);
    return 2;
  }
  const int fd = listening_socket(argv[1], std::atoi(argv[2]));
  const auto reply_size = std::min<std::size_t>(std::strtoul(argv[3], nullptr, 10), Room);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event interest{};
  interest.events = EPOLLIN;
  if (fd < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &interest) != 0) {
    std::perror("floor");
    return 1;
  }
  static Datagrams datagrams;
  for (;;) {
    epoll_event ready{};
    if (epoll_wait(poll, &ready, 1, -1) > 0) reflect(fd, datagrams, reply_size);
  }
}
