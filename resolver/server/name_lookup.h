// NameLookup: the addresses of an upstream server that is known by name alone. They are asked of bootstrap
// servers, in plain DNS: the name is no secret, and whoever answers wrongly cannot show its certificate.
// Thread: the worker's.   Lifetime: loop, random source and `done` outlive it.
// Fails: an end without addresses; those from before stay until others come.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/net_address.h"
#include "base/random.h"
#include "base/tick.h"
#include "uv/loop.h"

namespace aven::server {

class NameLookup {
 public:
  // `done` is called at the end of each look-up, never from inside refresh().
  NameLookup(uv::Loop& loop, RandomSource& random, const std::string& name, std::span<const Endpoint> bootstrap,
             std::function<void(Tick)> done);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  // Asks, unless it is asking or what it knows is still good.
  void refresh(Tick now) noexcept;
  // IPv4 first.
  const std::vector<IpAddress>& addresses() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::server
