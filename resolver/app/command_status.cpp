#include <iostream>

#include "app/commands.h"
#include "app/status_words.h"

namespace aven::app {

int status(const DaemonOptions& options) {
  AskDaemon daemon{"status", options, Down};
  StatusDocuments documents;
  for (const auto& [document, path] : {std::pair{&documents.status, "/api/v1/status"},
                                       {&documents.rules, "/api/v1/rules"},
                                       {&documents.upstreams, "/api/v1/upstreams"},
                                       {&documents.problems, "/api/v1/problems"}}) {
    auto given = daemon.get(path);
    if (!given) return daemon.code();
    *document = std::move(*given);
  }
  const auto state = documents.status.value("state", std::string{});
  if (options.json) {
    const policy::Json all{{"status", documents.status},
                           {"rules", documents.rules},
                           {"upstreams", documents.upstreams},
                           {"problems", documents.problems}};
    std::cout << all.dump(2) << '\n';
  } else {
    std::cout << status_words(documents, daemon.language());
  }
  if (state == "good") return Done;
  return state == "degraded" ? Degraded : Down;
}

}  // namespace aven::app
