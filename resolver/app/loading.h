// Loading: configuration, rule folder and compilation, the one way in which serve, check, explain and a
// reload come to a policy. At a start with broken files the last good copy stands in.
// Thread: the object is immutable; calls block for as long as reading and compiling takes.
// Fails: by the problems of the result; then it has no policy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/last_good.h"
#include "app/list_files.h"
#include "app/machine.h"
#include "app/policy_archive.h"
#include "app/rollback.h"
#include "app/rule_folder.h"
#include "base/expected.h"
#include "base/tick.h"
#include "server/server.h"

namespace aven::app {

// What a set was made of.
enum class Origin : std::uint8_t {
  Files,         // the files as they are
  OldRules,      // the configuration as it is, the rules of the last good copy
  LastGood,      // the last good copy alone
  RolledBack,    // an earlier policy, because someone wanted it
  WithoutRules,  // the configuration as it is, no rules: there is no copy
  Nothing,       // refused
};

struct LoadedSet {
  server::Loaded loaded;  // usable() unless `origin` is Nothing; its problems are all that were found
  Config config;
  InputTexts texts;
  std::vector<ReadList> lists;  // those that were read from their own files
  std::vector<UsedList> used_lists;
  std::vector<policy::ListReference> fetched;  // the lists with a `url`
  std::optional<RollbackMark> rolled_back;     // with Origin::RolledBack
  Origin origin = Origin::Nothing;
  std::string blocked_name;  // one that an enforced rule blocks, to try it out; may be empty
};

struct Places {
  std::filesystem::path config;  // empty: the first of `default_configs` that is there, else the defaults
  std::vector<std::filesystem::path> default_configs = {"aven.json", "/etc/aven/aven.json"};
  std::filesystem::path installed_names = InstalledNameSets;
  std::filesystem::path rules;  // read in place of the configuration's folder of rules; empty: that one
  std::function<Machine()> machine = this_machine;
};

class Loading {
 public:
  explicit Loading(Places places) : places_(std::move(places)) {}

  // aven.json alone: the result has its text, its settings and its problems, and no policy.
  LoadedSet configuration() const;
  // The files as they are, for check, explain and a reload. `now` is for warnings about dates alone.
  LoadedSet from_files(std::uint64_t generation, WallTime now) const;
  // For serve: what the files cannot give the last good copy gives, else a policy without rules if that is
  // wanted.
  LoadedSet at_start(std::uint64_t generation, WallTime now) const;

  // The configuration that is read; empty: none, the defaults.
  std::filesystem::path config_file() const;

  // For a reload of serve: the files, or the earlier policy that was asked for while they stay as they are.
  LoadedSet for_reload(std::uint64_t generation, WallTime now) const;
  // A policy of the archive, for explain, a statement or a comparison, by the beginning of its id.
  Expected<LoadedSet, std::string> from_archive(const std::string& id, std::uint64_t generation, WallTime now) const;

  // Keeps an accepted set for later starts; files that were changed end a rollback. Gives the problem if there is one.
  static std::optional<policy::Problem> keep(const LoadedSet& set);

 private:
  std::optional<LoadedSet> rolled_back(std::uint64_t generation, WallTime now) const;
  LoadedSet of_archived(const LoadedSet& files, ArchivedPolicy policy, const std::filesystem::path& lists,
                        std::uint64_t generation, WallTime now) const;
  LoadedSet from_copy(const LoadedSet& files, std::uint64_t generation, WallTime now) const;

  Places places_;
};

}  // namespace aven::app
