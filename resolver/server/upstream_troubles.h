// UpstreamTroubles: why upstream servers cannot be asked, in words, as the workers tell it; what the log says
// of it, once for all workers.
// Thread: control's.
// Fails: never.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "policy/problem.h"
#include "upstream/upstream_set.h"

namespace aven::server {

class UpstreamTroubles {
 public:
  struct News {
    bool is_bad = false;
    std::string text;  // one sentence
  };
  // `trouble` empty: the worker has none with this server any more. Nothing if that is no news.
  std::optional<News> note(std::size_t worker, const std::string& server, const std::string& trouble) {
    auto& known = servers_[server];
    if (!trouble.empty()) {
      known.workers.insert(worker);
      if (known.text == trouble) return std::nullopt;
      known.text = trouble;
      return News{true, server + ": " + trouble};
    }
    known.workers.erase(worker);
    if (!known.workers.empty()) return std::nullopt;
    const bool was_bad = !known.text.empty();
    servers_.erase(server);
    return was_bad ? std::optional{News{false, server + ": answers again"}} : std::nullopt;
  }

  // Servers that are not asked any more are forgotten.
  void keep_only(const upstream::UpstreamSet& set) {
    std::set<std::string> kept;
    for (const auto& server : set.servers) kept.insert(server.text());
    std::erase_if(servers_, [&](const auto& entry) { return kept.count(entry.first) == 0; });
  }

  // By upstream::Server::text().
  std::map<std::string, std::string> texts() const {
    std::map<std::string, std::string> out;
    for (const auto& [server, known] : servers_) out.emplace(server, known.text);
    return out;
  }
  // The server stands where else a file does.
  policy::Problems problems() const {
    policy::Problems out;
    for (const auto& [server, known] : servers_) out.push_back({server, "", known.text, policy::Severity::Error});
    return out;
  }

 private:
  struct Trouble {
    std::string text;
    std::set<std::size_t> workers;
  };
  std::map<std::string, Trouble> servers_;
};

}  // namespace aven::server
