#include "app/config_page.h"

#include <string>

namespace aven::app {
namespace {

using policy::JsonObject;
using policy::ProblemSink;
namespace fs = std::filesystem;

constexpr std::string_view PageKeys[] = {"listen", "login",         "accounts",  "certificate",
                                         "key",    "session_hours", "monitoring"};
constexpr std::string_view MonitoringKeys[] = {"allow_from", "token_file"};

enum class Login : std::uint8_t { Auto, Always };
constexpr std::string_view LoginChoices[] = {"auto", "always"};

void read_path(const JsonObject& object, std::string_view key, const fs::path& folder, fs::path& out) {
  std::string text;
  object.string(key, text);
  if (!text.empty()) out = (folder / text).lexically_normal();
}

void read_listen(const JsonObject& page, const ProblemSink& sink, PageSettings& settings) {
  std::string text;
  page.string("listen", text);
  if (text.empty()) return;
  settings.listen = Endpoint::parse(text);
  if (settings.listen) return;
  sink.add("/status/listen", policy::in_quotes(text) + " is not an address with a port such as 127.0.0.1:8053");
}

// On other addresses than loopback a password is asked for, and it must not cross the network in the clear.
void check_encryption(const PageSettings& settings, const ProblemSink& sink) {
  if (settings.certificate.empty() != settings.key.empty()) {
    return sink.add(settings.key.empty() ? "/status/certificate" : "/status/key",
                    "`certificate` and `key` come together: one of them is missing");
  }
  if (!settings.listen || settings.listen->address.is_loopback() || !settings.certificate.empty()) return;
  sink.add("/status/listen", "on " + settings.listen->address.text() +
                                 " a password is asked for, and it may not cross the network unencrypted: name the PEM "
                                 "files `certificate` and `key`, or use a loopback address such as 127.0.0.1:8053");
}

void read_monitoring(const JsonObject& page, const fs::path& folder, const ProblemSink& sink, PageSettings& settings) {
  const auto* value = page.find("monitoring");
  if (value == nullptr) return;
  const JsonObject monitoring{*value, "/status/monitoring", MonitoringKeys, sink};
  monitoring.prefixes("allow_from", settings.monitoring_from);
  read_path(monitoring, "token_file", folder, settings.monitoring_token);
}

}  // namespace

std::span<const std::string_view> page_keys() noexcept {
  return PageKeys;
}

std::span<const std::string_view> monitoring_keys() noexcept {
  return MonitoringKeys;
}

void read_page(const JsonObject& top, const fs::path& folder, const ProblemSink& sink, Config& config) {
  auto& settings = config.status;
  settings.accounts = config.state / "accounts";
  settings.monitoring_from = {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1/128")};
  const auto* value = top.find("status");
  if (value == nullptr) return;
  const JsonObject page{*value, "/status", PageKeys, sink};
  read_listen(page, sink, settings);
  Login login = Login::Auto;
  page.choice("login", login, LoginChoices);
  settings.login = login == Login::Always || (settings.listen && !settings.listen->address.is_loopback());
  read_path(page, "accounts", folder, settings.accounts);
  read_path(page, "certificate", folder, settings.certificate);
  read_path(page, "key", folder, settings.key);
  page.number("session_hours", settings.session_hours, 1, 720);
  read_monitoring(page, folder, sink, settings);
  check_encryption(settings, sink);
}

}  // namespace aven::app
