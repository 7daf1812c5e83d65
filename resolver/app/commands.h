// The commands of `aven`, one file each. They write to stdout, problems of a daemon to the log (stderr).
// Thread: main.
// Fails: by the exit code: 0 done, 1 problems found, 2 wrong usage.
#pragma once

#include <string>
#include <vector>

namespace aven::app {

inline constexpr int Done = 0, ProblemsFound = 1, WrongUsage = 2;

struct ServeOptions {
  std::string config;   // empty: the default places
  bool strict = false;  // any error ends it
};
int serve(const ServeOptions& options);

int check(const std::string& config);

struct ExplainOptions {
  std::string config;
  std::string name;
  std::string type = "A";
  std::string client = "127.0.0.1";
  std::string at;  // empty: now
  bool json = false;
};
int explain(const ExplainOptions& options);

struct SetupOptions {
  std::string config = "/etc/aven/aven.json";
  std::vector<std::string> listen;
  std::vector<std::string> upstreams;  // empty: those of the machine
  bool force = false;                  // replaces a configuration that is there
};
int setup(const SetupOptions& options);

int print_version();

}  // namespace aven::app
