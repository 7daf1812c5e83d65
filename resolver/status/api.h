// Api: answers one request from the board and the assets. No HTTP library, no socket: the server hands paths in.
// Thread: any; what it calls is guarded.
// Lifetime: the board must outlive it.
// Fails: by status codes with one sentence as text or JSON.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/net_address.h"
#include "base/tick.h"
#include "dns/name.h"
#include "dns/wire.h"
#include "status/board.h"
#include "status/log_api.h"
#include "status/request.h"
#include "status/response.h"
#include "status/visitor.h"

namespace aven::status {

struct ExplainQuestion {
  dns::Name name;
  dns::Type type = dns::Type::A;
  IpAddress client;
  WallTime at;
};

struct ApiOptions {
  std::function<Tick()> clock;  // for /readyz: how old the figures are
  // The JSON of an explanation by the policy of `data`.
  std::function<std::string(const StatusData& data, const ExplainQuestion& question)> explain;
  // Asks the addresses a question of our own; why it is not answered, empty: it is. Optional.
  std::function<std::string(std::span<const Endpoint> addresses)> probe{};
  LogSources log{};
};

class Api {
 public:
  using Parameters = Values;

  Api(Board& board, ApiOptions options) : board_(board), options_(std::move(options)), log_(options_.log) {}

  Response get(std::string_view path, const Values& parameters, const Visitor& visitor);
  // The page's own files: they say nothing of this server.
  static bool is_public(std::string_view path) noexcept;

 private:
  Response ready() const;
  Response series(const Values& parameters);
  Response long_series(std::string_view key);
  Response explain(const StatusData& data, const Values& parameters) const;

  Board& board_;
  ApiOptions options_;
  LogApi log_;
};

}  // namespace aven::status
