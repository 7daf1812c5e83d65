#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "app/commands.h"
#include "app/config.h"
#include "app/first_config.h"
#include "app/machine.h"
#include "app/rule_words.h"
#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

int refuse(const std::string& sentence) {
  std::cerr << "aven setup: " << sentence << '\n';
  return ProblemsFound;
}

// Readable for all: the service does not run as the one who sets it up.
std::optional<std::string> write(const fs::path& file, const std::string& text) {
  std::error_code error;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  if (error) return error.message();
  if (auto failure = write_text_safely(file, [&](const PutText& put) { put(text); })) return failure;
  fs::permissions(file, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add, error);
  return error ? std::optional{error.message()} : std::nullopt;
}

// An address that another machine has now (of a pair, VRRP moves it) is no error, but worth a line.
void tell_foreign_addresses(const Config& config, const Machine& machine) {
  for (const auto& endpoint : config.listen) {
    const auto& own = machine.addresses;
    const bool here = endpoint.address.is_unspecified() || endpoint.address.is_loopback() ||
                      std::find(own.begin(), own.end(), endpoint.address) != own.end();
    if (!here) std::cout << "Mind: this machine does not have the address " << endpoint.address.text() << " now.\n";
  }
}

void tell_what_next(const fs::path& file, const Config& config) {
  const Endpoint& first = config.listen.front();
  std::cout << "Next:\n"
            << "  1. Read " << file.string() << " and the rules in " << config.rules.string() << ".\n"
            << "  2. aven check\n"
            << "  3. systemctl restart aven\n"
            << "  4. dig @" << first.address.text() << (first.port == 53 ? "" : " -p " + std::to_string(first.port))
            << " chatgpt.com\n";
}

}  // namespace

int setup(const SetupOptions& options) {
  const fs::path file = options.config;
  std::error_code ignored;
  if (!options.force && fs::exists(fs::symlink_status(file, ignored))) {
    return refuse(file.string() + " is there already. --force replaces it.");
  }
  const Machine machine = this_machine();
  const auto language = std::string{code(spoken_language("en"))};
  const std::string text = first_config_text({options.listen, options.upstreams, machine.timezone, language});
  const auto parsed = parse_config(policy::SourceText{file.string(), text}, file.parent_path(), machine);
  if (policy::has_errors(parsed.problems)) {
    for (const auto& problem : parsed.problems) std::cerr << policy::to_text(problem) << '\n';
    return refuse("nothing was written. `aven setup --help` has an example.");
  }
  if (const auto failure = write(file, text)) return refuse("cannot write " + file.string() + ": " + *failure);

  std::cout << "Wrote " << file.string() << '\n';
  tell_foreign_addresses(parsed.config, machine);
  tell_what_next(file, parsed.config);
  return Done;
}

}  // namespace aven::app
