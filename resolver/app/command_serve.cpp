#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "app/commands.h"
#include "app/control.h"
#include "app/control_actions.h"
#include "app/control_lifts.h"
#include "app/lift_keeper.h"
#include "app/loading.h"
#include "app/records.h"
#include "app/status_page.h"
#include "app/summary.h"
#include "app/version.h"
#include "base/log.h"
#include "base/random.h"
#include "base/tick.h"
#include "server/server.h"

namespace aven::app {
namespace {

using policy::Severity;

void log_problems(const policy::Problems& problems) {
  for (const auto& problem : problems) {
    const std::string text = policy::to_text(problem);
    switch (problem.severity) {
      case Severity::Error:
        log::error("{}", text);
        break;
      case Severity::Warning:
        log::warn("{}", text);
        break;
      case Severity::Note:
        log::info("{}", text);
        break;
    }
  }
}

// Settings that were changed but mean nothing before the next start.
void add_restart_notes(LoadedSet& set, const Config& running) {
  const Config& now = set.config;
  const auto note = [&](bool changed, const char* pointer) {
    if (!changed) return;
    set.loaded.problems.push_back(
        {now.policy.file, pointer, "this change needs a restart; the rest is in force", Severity::Warning});
  };
  note(now.listen != running.listen, "/listen");
  note(now.workers != running.workers, "/workers");
  note(now.cache.max_bytes != running.cache.max_bytes, "/cache/size_mb");
  note(now.settings.in_flight > running.settings.in_flight, "/limits/in_flight");
  note(now.state != running.state, "/state");
  note(now.control != running.control, "/control");
  note(now.max_exemption_hours != running.max_exemption_hours, "/max_exemption_hours");
  note(now.status != running.status, "/status");
}

// What the loader's thread does at each reload.
server::Loaded reload(const Loading& loading, const Config& running, std::uint64_t generation) {
  LoadedSet set = loading.from_files(generation, read_wall_time());
  if (!set.loaded.usable()) return std::move(set.loaded);
  add_restart_notes(set, running);
  if (auto problem = Loading::keep(set)) set.loaded.problems.push_back(std::move(*problem));
  return std::move(set.loaded);
}

void tell_reload(const server::Loaded& result) {
  log_problems(result.problems);
  if (!result.usable()) return log::error("The new files are refused; what ran before goes on.");
  log::info("New rules are in force: generation {}, {} rules, policy {}.", result.policy->generation(),
            result.policy->rule_count(), result.policy->id().substr(0, 12));
}

upstream::LoopMark new_loop_mark() {
  SystemRandom random;
  std::array<std::uint8_t, sizeof(upstream::LoopMark)> octets;
  random.fill(octets);
  return std::bit_cast<upstream::LoopMark>(octets);
}

server::ServerOptions server_options(const Loading& loading, const Config& config, StatusPage& page, Records& records) {
  server::ServerOptions options;
  options.listen = config.listen;
  options.workers = config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
  options.sizes = {config.cache, config.settings.in_flight, new_loop_mark()};
  options.load = [&loading, &config](server::LoadReason, std::uint64_t generation) {
    return reload(loading, config, generation);
  };
  options.on_loaded = [&page, &records](server::LoadReason reason, const server::Loaded& result) {
    tell_reload(result);
    records.changes().loaded(reason, result, {});
    page.refresh();
  };
  options.earliest_time = records.earliest_time();
  return options;
}

bool may_start(const LoadedSet& set, bool strict) {
  if (!set.loaded.usable()) {
    log::error("Aven does not start: the errors above must be mended first.");
    return false;
  }
  if (strict && policy::has_errors(set.loaded.problems)) {
    log::error("Aven does not start: there are errors, and --strict asks for none.");
    return false;
  }
  return true;
}

// Keeps the first set for later starts, and lets its texts go.
void keep(LoadedSet& set) {
  if (set.origin == Origin::Files) {
    if (auto problem = Loading::keep(set)) {
      log_problems({*problem});
      set.loaded.problems.push_back(std::move(*problem));
    }
  }
  set.texts = {};
}

// What the control socket offers.
void add_actions(Control& control, const ControlWorld& world, LiftKeeper& lifts) {
  add_explain(control, world);
  add_flush(control, world);
  add_pause(control, world, lifts);
  add_exempt(control, world, lifts);
}

// False: another Aven serves the socket, and two would write the same state.
bool open_control(Control& control, const ControlWorld& world, StatusPage& page, policy::Problems& problems) {
  auto failure = control.start(world.config, world.server, page);
  if (!failure) return true;
  log_problems({failure->problem});
  if (failure->in_use) log::error("Aven does not start: end the other one first, or give this one its own `state`.");
  problems.push_back(std::move(failure->problem));
  return !failure->in_use;
}

}  // namespace

int serve(const ServeOptions& options) {
  log::start();
  Places places;
  places.config = options.config;
  const Loading loading{places};
  const WallTime now = read_wall_time();
  LoadedSet set = loading.at_start(1, now);
  log_problems(set.loaded.problems);
  if (!may_start(set, options.strict)) return ProblemsFound;

  const Config config = set.config;
  std::optional<Records> records{config};
  StatusPage page{config};
  Control control;
  auto with = server_options(loading, config, page, *records);
  server::Server* running = nullptr;
  LiftKeeper* lifted = nullptr;
  with.each_second = [&] {
    running->believe_from(records->earliest_time());
    lifted->each_second(read_wall_time());
    records->changes().each_second(running->current(), read_wall_time());
    page.refresh();
  };
  server::Server server{std::move(with)};
  running = &server;
  LiftKeeper lifts{config.state, std::chrono::days{config.query_log.retention_days}, records->journal(),
                   [&](const policy::Lifts& all) { server.lift(all); }};
  page.also_show([&] {
    auto problems = records->problems(server.current());
    if (const auto& problem = lifts.problem()) problems.push_back(*problem);
    return problems;
  });
  const auto bound = server.listen();
  if (!bound) {
    log::error("Aven does not start: {}", bound.error());
    return ProblemsFound;
  }
  const ControlWorld world{config, server, records->journal()};
  lifted = &lifts;
  add_actions(control, world, lifts);
  if (!open_control(control, world, page, set.loaded.problems)) return ProblemsFound;
  keep(set);
  records->started(set);
  lifts.start(read_wall_time());
  std::string told = "Aven " + std::string{version()} + '\n' + summary(set, *bound, now);
  if (set.origin == Origin::WithoutRules) told += "NOTHING IS BLOCKED: the rules have errors, see above.\n";
  told += page.start(server, *bound);
  told += "try " + dig_line(set, *bound) + '\n';
  const int code = server.run(std::move(set.loaded), [&] {
    std::cout << told << std::flush;
    page.refresh();
  });
  records->changes().stopped();
  control.end();
  if (server.is_loading()) {  // nobody waits for what a load under way would bring
    records.reset();
    std::_Exit(code);
  }
  return code;
}

}  // namespace aven::app
