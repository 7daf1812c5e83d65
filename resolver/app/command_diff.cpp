#include <iostream>
#include <optional>

#include "app/commands.h"
#include "app/history_words.h"
#include "app/journal_reader.h"
#include "app/loading.h"
#include "app/policy_history.h"
#include "app/rule_diff.h"

namespace aven::app {
namespace {

struct Side {
  std::string id;  // of the policy; empty for files that are refused
  InputTexts texts;
  std::vector<ArchivedList> lists;
};

Expected<Side, std::string> side_of(const std::string& word, const Loading& loading,
                                    const std::filesystem::path& state) {
  if (word == "files") {
    LoadedSet set = loading.from_files(1, read_wall_time());
    if (!set.loaded.usable()) return Unexpected<std::string>{"the files have errors: `aven check` lists them"};
    return Side{set.loaded.policy->id(), std::move(set.texts), archived(set.used_lists)};
  }
  std::string id = word;
  if (word == "running") {
    const auto last = last_policy(read_journal(state / "journal").lines);
    if (!last) return Unexpected<std::string>{"the journal names no policy: Aven has not run yet"};
    id = last->id;
  }
  auto policy = PolicyArchive{state}.load(id);
  if (!policy) return Unexpected{policy.error()};
  return Side{policy->id, std::move(policy->texts), std::move(policy->lists)};
}

void print(const Side& before, const Side& after, const std::vector<RuleChange>& changes, Language language) {
  std::cout << short_id(before.id) << " -> " << short_id(after.id) << '\n';
  for (const auto& change : changes) std::cout << to_words(change, language, "  ");
  if (changes.empty()) std::cout << Phrase{"No difference.", "Aucune différence."}.in(language) << '\n';
}

}  // namespace

int diff(const DiffOptions& options) {
  Places places;
  places.config = options.config;
  const Loading loading{places};
  const Config config = loading.configuration().config;
  const auto before = side_of(options.before, loading, config.state);
  const auto after = side_of(options.after, loading, config.state);
  for (const auto* side : {&before, &after}) {
    if (*side) continue;
    std::cerr << "aven diff: " << side->error() << '\n';
    return ProblemsFound;
  }
  const auto changes = rule_changes({before->texts, before->lists}, {after->texts, after->lists});
  if (options.json) {
    std::cout << to_json(changes) << '\n';
  } else {
    print(*before, *after, changes, spoken_language(config.policy.language));
  }
  return Done;
}

}  // namespace aven::app
