// Loaded: what one reading of configuration and rules gives, and the function that does it.
// Thread: made by the loader; what it points to never changes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/settings.h"
#include "policy/calendar.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "server/limits.h"
#include "server/tls_context.h"
#include "upstream/upstream_set.h"

namespace aven::server {

struct LogBook;

struct Loaded {
  std::shared_ptr<const policy::Policy> policy;  // null: refused, `problems` say why, what runs stays
  std::optional<policy::Calendar> calendar;      // set if `policy` is
  std::shared_ptr<const upstream::UpstreamSet> upstreams;
  std::shared_ptr<const pipeline::Settings> settings;  // its limits are totals; each worker gets its share
  TcpLimits tcp;
  // By upstream::Server::tls_ca; those that `upstreams` needs.
  std::shared_ptr<const TlsContexts> tls = std::make_shared<const TlsContexts>();
  std::vector<std::string> watched;  // files and folders that start a reload when they change; empty: none
  policy::Problems problems;
  // Called on the loader's thread once the set is in force, to keep it for later. Optional.
  std::function<policy::Problems()> keep;

  std::shared_ptr<const LogBook> log_book;  // for the query log once this is in force; null: none

  bool usable() const noexcept { return policy && calendar && upstreams && settings; }
};

enum class LoadReason : std::uint8_t { Signal, FileChange, Request, Trial };  // Trial: only to look at it
// What becomes of a set that could come into force.
enum class Decision : std::uint8_t {
  Install,
  Refuse,  // what runs stays, and the problems say why
  Forget,  // what runs stays, and nothing is told
};
using Decide = std::function<void(Decision decision, policy::Problems why)>;
// Reads and compiles everything. `generation` is the number that the new policy must have. Called on the
// loader's thread, one call at a time; never while a worker still holds the policy before the current one.
using LoadFunction = std::function<Loaded(LoadReason reason, std::uint64_t generation)>;

}  // namespace aven::server
