// Worker: a thread with a loop, sockets, a cache and counters of its own; it shares nothing per query.
// Thread: control makes it, talks to it and destroys it; everything inside belongs to the worker's thread.
// Ownership: owns its descriptors and, between two deliveries, its WorkerPolicy, which goes back by a
// report.
// Fails: never; stop it, wait for the report Stopped, then destroy it (the destructor joins).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/net_address.h"
#include "pipeline/pipeline.h"
#include "server/file_descriptor.h"
#include "server/tcp_admission.h"
#include "server/worker_messages.h"
#include "uv/mailbox.h"

namespace aven::server {

// A worker's own sockets of one listening address.
struct WorkerListener {
  Endpoint address;
  FileDescriptor udp, tcp;
};

struct WorkerSetup {
  std::size_t index = 0;
  std::vector<WorkerListener> listeners;
  pipeline::Pipeline::Sizes sizes;  // this worker's share
  stats::QueryRing* log = nullptr;  // its own; none: nothing is logged
  bool keep_cache = false;          // Stopped brings what is in the cache
};

class Worker {
 public:
  // Starts the thread; the report Started tells when it answers. `admission` and `control` outlive it.
  Worker(WorkerSetup setup, Delivery first, TcpAdmission& admission, uv::Mailbox<WorkerReport>& control);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Swapped in between two batches. Gives back a delivery that this one overtook.
  std::optional<Delivery> deliver(Delivery delivery);
  void request(WorkerRequest request);

 private:
  class Life;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace aven::server
