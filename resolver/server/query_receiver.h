// QueryReceiver: where the listening sockets hand what came in; the worker or a test implements it.
// Thread: the worker's.   Lifetime: the message lives during the call.
#pragma once

#include <cstdint>
#include <span>

#include "base/tick.h"
#include "pipeline/client_port.h"

namespace aven::server {

class QueryReceiver {
 public:
  virtual ~QueryReceiver() = default;
  // True: the query waits, its answer comes by a later send(). Otherwise it was answered, or dropped, inside
  // the call.
  virtual bool on_query(const pipeline::ClientRef& client, std::span<const std::uint8_t> message,
                        Tick now) noexcept = 0;
};

}  // namespace aven::server
