#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include "app/commands.h"
#include "app/loading.h"
#include "app/text_file.h"
#include "base/random.h"
#include "base/tick.h"
#include "status/accounts.h"
#include "status/password.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

// Nothing typed is shown until the end of its life.
class SilentTerminal {
 public:
  SilentTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

std::string ask(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  std::string line;
  {
    const SilentTerminal silent;
    std::getline(std::cin, line);
  }
  std::cerr << '\n';
  return line;
}

int fail(const std::string& why) {
  std::cerr << "aven passwd: " << why << '\n';
  return ProblemsFound;
}

std::optional<std::string> read_password(std::string& why) {
  std::string password;
  if (::isatty(STDIN_FILENO) != 0) {
    password = ask("Password (at least " + std::to_string(status::LeastPassword) + " characters): ");
    if (ask("Once more: ") != password) {
      why = "the two are not the same";
      return std::nullopt;
    }
  } else {
    std::getline(std::cin, password);
  }
  if (password.size() >= status::LeastPassword && password.size() <= status::MostPassword) return password;
  why = "a password has " + std::to_string(status::LeastPassword) + " to " + std::to_string(status::MostPassword) +
        " characters";
  return std::nullopt;
}

// The file's accounts; none if it is not there yet.
Expected<status::Accounts, std::string> read_accounts(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return status::Accounts{};
  const auto text = read_text(file);
  if (!text) return Unexpected{text.error()};
  return status::Accounts::parse(*text);
}

// Sets or removes the account in `accounts`. Gives what went wrong.
std::optional<std::string> change(const PasswdOptions& options, status::Accounts& accounts) {
  const auto* known = accounts.find(options.name);
  if (options.remove) {
    if (!accounts.remove(options.name)) return "there is no account " + options.name;
    return std::nullopt;
  }
  status::Account account{options.name, status::Role::Viewer, {}};
  if (options.role == status::role_key(status::Role::Operator)) account.role = status::Role::Operator;
  if (known != nullptr && !options.role_given) account.role = known->role;
  std::string why;
  const auto password = read_password(why);
  if (!password) return why;
  SystemRandom random;
  auto hash = status::hash_password(*password, random);
  if (!hash) return "there is not enough memory for scrypt";
  account.hash = std::move(*hash);
  accounts.set(std::move(account));
  return std::nullopt;
}

}  // namespace

int passwd(const PasswdOptions& options) {
  if (!status::is_account_name(options.name)) {
    std::cerr << "aven passwd: a name has 1 to 32 letters, digits, dots, hyphens or underscores\n";
    return WrongUsage;
  }
  Places places;
  places.config = options.config;
  const LoadedSet set = Loading{places}.from_files(1, read_wall_time());
  const fs::path file = set.config.status.accounts;
  auto accounts = read_accounts(file);
  if (!accounts) return fail(file.string() + ": " + accounts.error());
  if (const auto why = change(options, *accounts)) return fail(*why);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const auto text = accounts->text();
  if (const auto why = write_text_safely(
          file, [&](const PutText& put) { put(text); }, Readers::Owner)) {
    return fail(file.string() + ": " + *why);
  }
  const auto* now = accounts->find(options.name);
  std::cout << (now == nullptr ? options.name + " is removed from " + file.string()
                               : options.name + " (" + std::string{status::role_key(now->role)} + ") may log in; " +
                                     file.string() + " is written")
            << ".\n";
  return Done;
}

}  // namespace aven::app
