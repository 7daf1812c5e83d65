// AccessJournal: tells the journal who logged in to the status page and who looked at lines of clients. What was looked
// for may name a client, so it stands in server/look_log alone, and here only where somebody looked.
// Looks of one account at one place are one line until they pause for ten minutes.
// Thread: any.   Lifetime: the journal outlives it.
// Fails: never.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "app/change_record.h"
#include "base/guarded.h"
#include "server/look_log.h"

namespace aven::app {

class AccessJournal {
 public:
  explicit AccessJournal(ChangeSink& journal) : journal_(journal) {}
  AccessJournal(const AccessJournal&) = delete;
  AccessJournal& operator=(const AccessJournal&) = delete;

  void logged_in(const std::string& account);
  // `unix_ms`: the moment, since 1970.
  void looked(const server::Look& look, std::int64_t unix_ms);

 private:
  using Place = std::pair<std::string, std::string>;  // account, what

  ChangeSink& journal_;
  Guarded<std::map<Place, std::int64_t>> last_;  // when it was looked at last
};

}  // namespace aven::app
