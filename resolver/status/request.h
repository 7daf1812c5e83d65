// Request: one HTTP request as the library read it.   Response: what is answered. Neither knows the library.
// Thread: the HTTP thread's.
// Lifetime: a Request looks at the library's memory: for one call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net_address.h"
#include "status/assets.h"

namespace aven::status {

// Gives a value by its name, decoded; nothing if the request has none of that name.
using Values = std::function<std::optional<std::string>(const char* name)>;

struct Request {
  std::string_view method, path;
  IpAddress peer;
  Values header, parameter, cookie;
  std::string_view body;
};

struct Response {
  unsigned code = 200;
  std::string_view type;
  std::string body;              // of what is made anew
  const Asset* asset = nullptr;  // else this is the body
  std::vector<std::pair<const char*, std::string>> headers{};

  std::string_view content() const noexcept { return asset != nullptr ? asset->content : std::string_view{body}; }
};

}  // namespace aven::status
