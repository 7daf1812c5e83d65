#include "app/loading.h"

#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <regex>
#include <stdlib.h>
#include <system_error>
#include <utility>

#include "app/journal_line.h"
#include "app/text_file.h"
#include "app/tls_authorities.h"
#include "base/random.h"
#include "policy/policy_compiler.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::Problems;
using policy::Severity;

void append(Problems& to, Problems from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// What starts a reload when it changes.
std::vector<std::string> watched_places(const Config& config, const fs::path& config_file) {
  if (config.reload != ReloadMode::Watch) return {};
  std::vector<std::string> places{config.rules.string(), (config.rules / "names").string()};
  if (!config_file.empty()) places.push_back(config_file.string());
  return places;
}

bool blocks_now(const policy::Rule& rule) {
  return rule.mode == policy::Mode::Enforce && rule.action != policy::Action::Allow &&
         rule.action != policy::Action::Drop;
}

// A name that an enforced blocking rule writes out, the first one.
std::string a_blocked_name(const policy::RuleSet& rules) {
  std::string name;
  const auto choose = [&](std::size_t, const policy::Pattern& pattern) {
    const bool plain = pattern.form == policy::PatternForm::Suffix || pattern.form == policy::PatternForm::Exact;
    if (plain && name.empty()) name = pattern.name.text();
  };
  for (const auto& rule : rules.rules) {
    if (!name.empty()) break;
    if (!blocks_now(rule)) continue;
    for (const auto& source : rule.domains) {
      const auto action = rule.action_of(source);
      if (action == policy::Action::Allow || action == policy::Action::Drop) continue;
      if (source.list && !source.patterns.empty()) {
        choose(0, source.patterns.first());  // may be millions
      } else {
        source.patterns.for_each(choose);
      }
    }
  }
  return name;
}

std::uint64_t draw_seed() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> octets;
  SystemRandom{}.fill(octets);
  return std::bit_cast<std::uint64_t>(octets);
}

// Takes config and texts to what the server serves from. A compilation that fails leaves the policy empty.
// `authorities`: how bad it is if those of encrypted servers cannot be read. `copies`: where the lists of a policy of
// before are; empty: those of now.
void compile(LoadedSet& set, std::uint64_t generation, WallTime now, Severity authorities,
             const fs::path& copies = {}) {
  Problems& problems = set.loaded.problems;
  auto rules = policy::load_rules(set.texts.rules);
  append(problems, std::move(rules.problems));
  auto lists = copies.empty() ? read_lists(rules.rules, {set.config.rules, set.config.state})
                              : read_lists(rules.rules, {set.config.rules, copies}, ListSource::Copies);
  append(problems, std::move(lists.problems));
  set.lists = std::move(lists.good);
  set.used_lists = std::move(lists.used);
  set.fetched = std::move(lists.fetched);
  if (set.config.reload == ReloadMode::Watch) {
    for (const auto& place : lists.watched) set.loaded.watched.push_back(place.string());
    for (const auto& server : set.config.upstreams.servers) {
      if (!server.tls_ca.empty()) set.loaded.watched.push_back(server.tls_ca);
    }
  }
  auto tls = load_authorities(set.config, authorities, problems);
  auto calendar = policy::Calendar::for_zone(set.config.policy.timezone, set.config.policy.timezone_rule);
  if (!calendar) problems.push_back({set.config.policy.file, "/timezone", calendar.error(), Severity::Error});
  if (!calendar) return;

  set.blocked_name = a_blocked_name(rules.rules);
  set.config.policy.hash_seed = draw_seed();
  auto compiled = policy::compile_policy(std::move(rules.rules), set.config.policy, generation, now);
  append(problems, std::move(compiled.problems));
  if (policy::has_errors(problems)) return;
  set.loaded.policy = std::move(compiled.policy);
  set.loaded.calendar = *calendar;
  set.loaded.upstreams = std::make_shared<const upstream::UpstreamSet>(set.config.upstreams);
  set.loaded.settings = std::make_shared<const pipeline::Settings>(set.config.settings);
  set.loaded.tcp = set.config.tcp;
  set.loaded.tls = std::make_shared<const server::TlsContexts>(std::move(tls));
}

// A set that is compiled anew from texts that were accepted before; problems of dates may still come. A server
// whose certificates cannot be checked is then left out: others may answer.
LoadedSet compile_texts(Config config, InputTexts texts, std::uint64_t generation, WallTime now) {
  LoadedSet set;
  set.config = std::move(config);
  set.texts = std::move(texts);
  compile(set, generation, now, Severity::Warning);
  return set;
}

// Where the copy is, also when the configuration that says so cannot be read as JSON.
fs::path state_folder(const LoadedSet& files, const fs::path& folder) {
  if (!files.texts.config || !policy::has_errors(files.loaded.problems)) return files.config.state;
  static const std::regex Setting{R"re("state"\s*:\s*"([^"\\]+)")re"};
  std::smatch found;
  if (std::regex_search(files.texts.config->text, found, Setting)) return folder / found[1].str();
  return files.config.state;
}

bool config_is_good(const LoadedSet& files) {
  for (const auto& problem : files.loaded.problems) {
    if (problem.severity == Severity::Error && problem.file == files.config.policy.file) return false;
  }
  return true;
}

void say_what_runs(LoadedSet& set, const std::string& place, const std::string& text,
                   Severity severity = Severity::Warning) {
  set.loaded.problems.push_back({place, "", text, severity});
}

// Unpacked lists of one load.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "aven-lists-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

std::string rolled_back_words(const RollbackMark& mark) {
  return "ROLLED BACK to policy " + mark.policy.substr(0, 12) + " at " + utc_text(mark.at) +
         (mark.account.empty() ? "" : " by " + mark.account) + ": " + mark.reason +
         "; it ends when the files change, or by `aven reload`";
}

}  // namespace

fs::path Loading::config_file() const {
  if (!places_.config.empty()) return places_.config;
  std::error_code ignored;
  for (const auto& place : places_.default_configs) {
    if (fs::exists(place, ignored)) return place;
  }
  return {};
}

LoadedSet Loading::configuration() const {
  LoadedSet set;
  const fs::path file = config_file();
  if (!file.empty()) {
    auto text = read_text(file);
    set.texts.config = policy::SourceText{file.string(), text ? std::move(*text) : std::string{}};
    if (!text) {
      set.config = parse_config(std::nullopt, file.parent_path(), places_.machine()).config;
      set.config.policy.file = file.string();
      set.loaded.problems.push_back({file.string(), "", "cannot read this file: " + text.error(), Severity::Error});
      return set;
    }
  }
  auto config = parse_config(set.texts.config, file.parent_path(), places_.machine());
  set.config = std::move(config.config);
  append(set.loaded.problems, std::move(config.problems));
  if (!places_.rules.empty()) set.config.rules = places_.rules;
  set.loaded.watched = watched_places(set.config, file);
  return set;
}

LoadedSet Loading::from_files(std::uint64_t generation, WallTime now) const {
  LoadedSet set = configuration();
  if (set.texts.config && set.texts.config->text.empty() && policy::has_errors(set.loaded.problems)) return set;

  auto folder = read_rule_folder(set.config.rules, places_.installed_names);
  set.texts.rules = std::move(folder.texts);
  append(set.loaded.problems, std::move(folder.problems));
  compile(set, generation, now, Severity::Error);
  if (set.loaded.usable()) set.origin = Origin::Files;
  return set;
}

LoadedSet Loading::from_copy(const LoadedSet& files, std::uint64_t generation, WallTime now) const {
  const fs::path folder = config_file().parent_path();
  const fs::path state = state_folder(files, folder);
  const LastGood copy{state};
  LoadedSet set;
  Problems problems;
  auto texts = copy.load(problems);
  if (texts && config_is_good(files)) {
    set = compile_texts(files.config, {files.texts.config, texts->rules}, generation, now);
    set.origin = Origin::OldRules;
    say_what_runs(set, files.config.rules.string(), "the rules of the last good copy run instead, of " + copy.date());
  }
  if (texts && !set.loaded.usable()) {
    auto config = parse_config(texts->config, folder, places_.machine());
    if (!policy::has_errors(config.problems)) {
      config.config.state = state;
      set = compile_texts(std::move(config.config), std::move(*texts), generation, now);
      set.origin = Origin::LastGood;
      say_what_runs(set, files.config.policy.file, "the last good copy runs instead, of " + copy.date());
    }
  }
  if (!set.loaded.usable()) set = {};
  append(set.loaded.problems, std::move(problems));
  return set;
}

// The settings of the machine stay those of now: they decide nothing of the policy, and a socket is bound already.
LoadedSet Loading::of_archived(const LoadedSet& files, ArchivedPolicy policy, const fs::path& lists,
                               std::uint64_t generation, WallTime now) const {
  LoadedSet set;
  auto read = parse_config(policy.texts.config, config_file().parent_path(), places_.machine());
  set.config = std::move(read.config);
  append(set.loaded.problems, std::move(read.problems));
  set.config.rules = files.config.rules;
  set.config.state = files.config.state;
  set.config.control = files.config.control;
  if (config_is_good(files)) {
    set.config.listen = files.config.listen;
    set.config.workers = files.config.workers;
    set.config.status = files.config.status;
    set.config.reload = files.config.reload;
    set.config.cache.max_bytes = files.config.cache.max_bytes;
  }
  set.texts = std::move(policy.texts);
  compile(set, generation, now, Severity::Warning, lists);
  return set;
}

Expected<LoadedSet, std::string> Loading::from_archive(const std::string& id, std::uint64_t generation,
                                                       WallTime now) const {
  const LoadedSet files = configuration();
  const PolicyArchive archive{state_folder(files, config_file().parent_path())};
  auto policy = archive.load(id);
  if (!policy) return Unexpected{policy.error()};
  const TemporaryFolder lists;
  if (lists.path().empty()) return Unexpected<std::string>{"there is no temporary folder to unpack lists in"};
  if (auto failure = archive.write_lists(*policy, lists.path())) return Unexpected{std::move(*failure)};
  LoadedSet set = of_archived(files, std::move(*policy), lists.path(), generation, now);
  if (set.loaded.usable()) return set;
  std::string text = "it cannot be loaded any more";
  for (const auto& problem : set.loaded.problems) {
    if (problem.severity == Severity::Error) text = policy::to_text(problem);
  }
  return Unexpected{std::move(text)};
}

std::optional<LoadedSet> Loading::rolled_back(std::uint64_t generation, WallTime now) const {
  LoadedSet files = configuration();
  const fs::path state = state_folder(files, config_file().parent_path());
  files.config.state = state;
  auto mark = read_rollback(state);
  if (mark && !*mark) return std::nullopt;

  LoadedSet set;
  std::string failure;
  if (!mark) {
    failure = mark.error();
  } else {
    files.texts.rules = read_rule_folder(files.config.rules, places_.installed_names).texts;
    const std::string digest = digest_of(files.texts);
    if ((*mark)->files.empty()) {  // it is new: the files of now are those that it stands in for
      (*mark)->files = digest;
      if (auto failed = write_rollback(state, **mark)) failure = std::move(*failed);
    }
    if (digest != (*mark)->files) return std::nullopt;  // changed files end it
    auto archived = from_archive((*mark)->policy, generation, now);
    if (archived) set = std::move(*archived);
    if (!archived) failure = archived.error();
  }
  if (!set.loaded.usable()) set = from_copy(files, generation, now);
  if (!set.loaded.usable()) return std::nullopt;
  set.origin = Origin::RolledBack;
  set.config.state = state;
  if (mark) set.rolled_back = **mark;
  set.loaded.watched = std::move(files.loaded.watched);
  const std::string place = rollback_file(state).string();
  if (!failure.empty()) say_what_runs(set, place, "the rollback is damaged: " + failure);
  if (mark) say_what_runs(set, place, rolled_back_words(**mark));
  return set;
}

LoadedSet Loading::for_reload(std::uint64_t generation, WallTime now) const {
  if (auto set = rolled_back(generation, now)) return std::move(*set);
  return from_files(generation, now);
}

LoadedSet Loading::at_start(std::uint64_t generation, WallTime now) const {
  if (auto set = rolled_back(generation, now)) return std::move(*set);
  LoadedSet files = from_files(generation, now);
  if (files.loaded.usable()) return files;

  LoadedSet set = from_copy(files, generation, now);
  if (!set.loaded.usable() && config_is_good(files) && files.config.without_rules == WithoutRules::Forward) {
    Problems problems = std::move(set.loaded.problems);
    set = compile_texts(files.config, {files.texts.config, {}}, generation, now);
    set.origin = Origin::WithoutRules;
    append(set.loaded.problems, std::move(problems));
    say_what_runs(set, files.config.rules.string(),
                  "there is no last good copy: NOTHING IS BLOCKED, Aven forwards without rules", Severity::Error);
  }
  if (!set.loaded.usable()) set.origin = Origin::Nothing;

  Problems all = std::move(files.loaded.problems);
  append(all, std::move(set.loaded.problems));
  set.loaded.problems = std::move(all);
  set.loaded.watched = std::move(files.loaded.watched);
  return set;
}

std::optional<policy::Problem> Loading::keep(const LoadedSet& set) {
  auto problem = LastGood{set.config.state}.save(set.texts);
  auto list_problem = keep_lists(set.lists);
  if (set.origin == Origin::Files) {
    if (const auto failure = end_rollback(set.config.state); failure && !problem) {
      problem = policy::Problem{rollback_file(set.config.state).string(), "",
                                "the rollback is over, but its file cannot be removed: " + *failure, Severity::Warning};
    }
  }
  return problem ? problem : list_problem;
}

}  // namespace aven::app
