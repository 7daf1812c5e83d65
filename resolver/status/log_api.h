// LogApi: the part of the API that shows single queries. Every answer with lines of clients is told to `looked` first,
// by account and filter; where that cannot be recorded the addresses stay hidden.
// Thread: the HTTP thread's.   Lifetime: the log writer outlives it.   Fails: by status codes with one sentence.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "server/log_writer.h"
#include "server/look_log.h"
#include "status/log_json.h"
#include "status/response.h"
#include "status/status_data.h"
#include "status/visitor.h"

namespace aven::status {

struct LogSources {
  server::LogWriter* log = nullptr;                      // none: there is no log
  std::function<bool(const server::Look& look)> looked;  // false: it could not be recorded
};

class LogApi {
 public:
  explicit LogApi(LogSources sources) : sources_(std::move(sources)) {}

  static bool has(std::string_view path) noexcept;
  // Of a path that it has.
  Response get(std::string_view path, const Values& parameters, const Visitor& visitor, const StatusData& data);

 private:
  Response recent(const Values& parameters, const Visitor& visitor, const StatusData& data);
  Response queries(const Values& parameters, const Visitor& visitor, const StatusData& data);
  Response tail(const Values& parameters, const Visitor& visitor, const StatusData& data);
  Clients clients_for(const Visitor& visitor, std::string_view what, const Values& parameters) const;

  LogSources sources_;
};

}  // namespace aven::status
