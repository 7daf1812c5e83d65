// open_listeners: binds every address for UDP and TCP, one socket of each for each worker (SO_REUSEPORT).
// The first socket of an address is bound without SO_REUSEPORT, which would hide that another program has
// the port. Port 0: the kernel chooses for UDP, TCP takes the same number.
// Thread: control's.
// Ownership: the caller gets the descriptors.
// Fails: with one sentence; then nothing stays open.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/net_address.h"
#include "server/file_descriptor.h"

namespace aven::server {

struct Listener {
  Endpoint address;                 // the port filled in
  std::vector<FileDescriptor> udp;  // one per worker
  std::vector<FileDescriptor> tcp;  // the same; they listen
};

inline constexpr int ReceiveBufferBytes = 4 << 20;

// An address that is wanted twice, or that a wildcard with the same port covers, is bound once.
Expected<std::vector<Listener>, std::string> open_listeners(std::span<const Endpoint> wanted, std::size_t workers);

// A UDP socket as UdpSocket wants it, bound to `address`: error is errno. For open_listeners and for tests.
enum class SharePort : bool { No, Yes };
FileDescriptor bind_udp(const Endpoint& address, SharePort share, int& error) noexcept;

// The receive buffer that the kernel gave; less than ReceiveBufferBytes where net.core.rmem_max forbids more.
int receive_buffer_bytes(int fd) noexcept;

}  // namespace aven::server
