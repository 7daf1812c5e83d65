// TcpLimits: what TCP clients may take, as aven.json `limits` says; totals over all workers.
// Thread: any; a value.
#pragma once

#include <chrono>
#include <cstddef>

namespace aven::server {

struct TcpLimits {
  std::size_t connections = 1000;
  std::size_t per_client = 20;  // connections of one address
  std::size_t pipelined = 100;  // queries of one connection that wait for an answer
  std::chrono::milliseconds idle{10000};
  std::size_t unsent_bytes = 256U << 10;  // answers of one connection that its client has not read

  friend bool operator==(const TcpLimits&, const TcpLimits&) = default;
};

}  // namespace aven::server
