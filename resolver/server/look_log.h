// LookLog: who looked at lines of clients: account, place, filter, when and how often. Kept twelve months (SQLite).
// Looks of one account at one place with one filter within ten minutes are one entry.
// Thread: any; a lock is held while it writes. Workers never touch it.
// Fails: record() gives false if the look could not be written: then nothing may be shown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/guarded.h"
#include "server/sqlite.h"

namespace aven::server {

struct Look {
  std::string account;
  std::string what;    // "recent", "tail", "queries"
  std::string filter;  // the parameters, "client=10.1.1.1&name=example"
  auto operator<=>(const Look&) const = default;
};

class LookLog {
 public:
  explicit LookLog(std::filesystem::path file) : file_(std::move(file)) {}
  LookLog(const LookLog&) = delete;
  LookLog& operator=(const LookLog&) = delete;

  bool record(const Look& look, std::int64_t unix_ms);

 private:
  struct Entry {
    std::int64_t number = 0, last_ms = 0, written_ms = 0, times = 0;
  };
  struct State {
    Database database;
    std::map<Look, Entry> open;
    std::int64_t next_purge_ms = 0;
  };
  bool make_ready(State& state, std::int64_t unix_ms) const;

  std::filesystem::path file_;
  Guarded<State> state_;
};

}  // namespace aven::server
