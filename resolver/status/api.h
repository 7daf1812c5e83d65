// Api: answers one request from the board and the assets. No HTTP library, no socket: the server hands paths in.
// Thread: the HTTP thread's.
// Lifetime: the board must outlive it.
// Fails: by status codes with one sentence as text or JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/net_address.h"
#include "base/tick.h"
#include "dns/name.h"
#include "dns/wire.h"
#include "status/assets.h"
#include "status/board.h"

namespace aven::status {

struct ExplainQuestion {
  dns::Name name;
  dns::Type type = dns::Type::A;
  IpAddress client;
};

struct ApiOptions {
  std::function<Tick()> clock;  // for /readyz: how old the figures are
  // The JSON of an explanation by the policy of `data`, evaluated at `data.at`.
  std::function<std::string(const StatusData& data, const ExplainQuestion& question)> explain;
};

struct Response {
  unsigned code = 200;
  std::string_view type;
  std::string body;              // of what is made anew
  const Asset* asset = nullptr;  // else this is the body
  std::string_view content() const noexcept { return asset != nullptr ? asset->content : std::string_view{body}; }
};

Response error_response(unsigned code, std::string_view key, std::string_view text);

class Api {
 public:
  // Gives a parameter's value, decoded; nothing if the request has none of that name.
  using Parameters = std::function<std::optional<std::string>(const char* name)>;

  Api(Board& board, ApiOptions options) : board_(board), options_(std::move(options)) {}

  Response get(std::string_view path, const Parameters& parameters);

 private:
  Response ready() const;
  Response series(const Parameters& parameters);
  Response explain(const StatusData& data, const Parameters& parameters) const;

  Board& board_;
  ApiOptions options_;
};

}  // namespace aven::status
