// The commands of `aven`, one file each. They write to stdout, problems of a daemon to the log (stderr).
// Thread: main.
// Fails: by the exit code: 0 done, 1 problems found, 2 wrong usage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/ask_daemon.h"

namespace aven::app {

inline constexpr int Done = 0, ProblemsFound = 1, WrongUsage = 2;

struct ServeOptions {
  std::string config;   // empty: the default places
  bool strict = false;  // any error ends it
};
int serve(const ServeOptions& options);

int check(const std::string& config);
// Rules that end or are due for review within `span`, "30d".
struct DueOptions {
  std::string config;
  std::string span;
  bool json = false;
};
int check_due(const DueOptions& options);

struct ExplainOptions {
  std::string config;
  std::string name;
  std::string type = "A";
  std::string client = "127.0.0.1";
  std::string at;  // empty: now
  bool json = false;
  bool files = false;  // ask the files, not the daemon that runs
  std::string socket;  // empty: the configuration says it
};
int explain(const ExplainOptions& options);

struct ImportOptions {
  std::string format, file;
  std::string pack;  // empty: after the file
  std::string action = "sinkhole";
};
// A list as a pack on stdout; what was set aside, with its lines, on stderr.
int import(const ImportOptions& options);

struct SetupOptions {
  std::string config = "/etc/aven/aven.json";
  std::vector<std::string> listen;
  std::vector<std::string> upstreams;  // empty: those of the machine
  bool force = false;                  // replaces a configuration that is there
};
int setup(const SetupOptions& options);

// To the running daemon.
inline constexpr int Degraded = 1, Down = 2;  // of status
int status(const DaemonOptions& options);

struct ReloadOptions {
  DaemonOptions daemon;
  bool yes = false, look = false, force = false;
  std::string reason;
};
int reload(const ReloadOptions& options);

struct PauseOptions {
  DaemonOptions daemon;
  bool all = false;
  std::string rule, group;
  std::string span, reason, by;  // not for resume
};
int pause(const PauseOptions& options);
int resume(const PauseOptions& options);  // nothing named: every pause

struct ExemptOptions {
  DaemonOptions daemon;
  std::string rule, client;
  std::string span, reason, by;
  bool list = false;
  std::uint64_t end = 0;  // the number of one
};
int exempt(const ExemptOptions& options);

struct FlushOptions {
  DaemonOptions daemon;
  std::string name;
  bool subtree = false, all = false;
};
int flush(const FlushOptions& options);

struct ClockOptions {
  DaemonOptions daemon;
  bool accept = false;
  std::string reason;
};
int clock(const ClockOptions& options);

struct HistoryOptions {
  std::string config;
  std::string rule;   // "pack/id"; empty: all
  std::string since;  // empty: from the start
  bool verify = false, json = false;
};
int history(const HistoryOptions& options);

struct DiffOptions {
  std::string config;
  std::string before, after;  // ids, "running", "files"
  bool json = false;
};
int diff(const DiffOptions& options);

struct StatementOptions {
  std::string config;
  std::string on;        // a day; empty: today
  std::string language;  // "en", "fr"; empty: that of the terminal
  std::string policy;    // the beginning of an id; empty: the one in force that day
};
int print_statement(const StatementOptions& options);

struct ReplayOptions {
  std::string config;
  std::string log;    // the query log's file; empty: the configuration's
  std::string rules;  // a folder; empty: the configuration's
  std::string at;     // when the week begins in which it is judged; empty: now
  bool json = false;
};
int replay(const ReplayOptions& options);

struct RollbackOptions {
  DaemonOptions daemon;
  std::string policy;  // empty: the one before
  std::string reason;
};
int rollback(const RollbackOptions& options);

struct PasswdOptions {
  std::string config;
  std::string name;
  std::string role = "viewer";  // of a new account; one that is there keeps its own
  bool role_given = false;
  bool remove = false;
};
int passwd(const PasswdOptions& options);

int print_version();

}  // namespace aven::app
