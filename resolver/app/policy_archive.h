// PolicyArchive: the texts of every policy that was accepted, for 13 months after it was last in force, so that it can be
// compared, explained and run again.
//   folder `policies`: `ID-INPUTS.json` names the texts of one policy; `texts/SHA256.gz` holds each text once. Two sets of
//   texts may give one policy (a setting that decides nothing): INPUTS tells them apart.
// Thread: one at a time; blocks. Reading may go on beside writing.
// Fails: by problems and sentences; a text that does not match its hash is not used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/last_good.h"
#include "app/list_files.h"
#include "base/expected.h"
#include "base/tick.h"
#include "policy/problem.h"

namespace aven::app {

struct ArchivedList {
  std::string file, format, sha256;
  std::size_t entries = 0;
};

struct ArchivedPolicy {
  std::string id;
  std::string inputs;  // digest of its texts and lists
  WallTime accepted{}, last_in_force{};
  InputTexts texts;
  std::vector<ArchivedList> lists;
};

// What the texts of a set are known by, without and with the lists.
std::string digest_of(const InputTexts& texts);

class PolicyArchive {
 public:
  static constexpr std::uintmax_t MostListBytes = 256U << 20;  // packed; beyond it the oldest lists go

  explicit PolicyArchive(const std::filesystem::path& state, std::uintmax_t most_list_bytes = MostListBytes);

  // Keeps what `id` was made of and lets go what is too old. Gives the problem if there is one.
  std::optional<policy::Problem> keep(const std::string& id, const InputTexts& texts,
                                      const std::vector<UsedList>& lists, WallTime now) const;

  // All there are, the last accepted first; without their texts.
  std::vector<ArchivedPolicy> list() const;
  // The one whose id begins with `prefix`, with its texts; the error is a sentence.
  Expected<ArchivedPolicy, std::string> load(const std::string& prefix) const;
  // Writes copies of its lists, as app/list_files reads them, below `folder`. Gives what is missing.
  std::optional<std::string> write_lists(const ArchivedPolicy& policy, const std::filesystem::path& folder) const;

 private:
  std::optional<std::string> keep_text(const std::string& sha256, std::string_view text) const;
  std::optional<std::string> keep_list(const UsedList& list) const;
  std::filesystem::path text_file(const std::string& sha256) const;
  void purge(const std::string& kept_id, WallTime now) const;

  std::filesystem::path state_, folder_;
  std::uintmax_t most_list_bytes_;
};

}  // namespace aven::app
