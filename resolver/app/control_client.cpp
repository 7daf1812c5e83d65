#include "app/control_client.h"

#include <cerrno>
#include <curl/curl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>

#include "app/config.h"
#include "app/loading.h"
#include "app/text_file.h"
#include "base/check.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using Kind = ControlFailure::Kind;

struct CurlFree {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(char* text) const noexcept { curl_free(text); }
};
using Curl = std::unique_ptr<CURL, CurlFree>;

std::size_t append(char* octets, std::size_t, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(octets, size);
  return size;
}

// Why nobody answers at `socket`.
ControlFailure failure_at(const fs::path& socket, CURL* curl, CURLcode code) {
  long error = 0;
  curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
  struct stat facts {};
  const int missing = ::stat(socket.c_str(), &facts) == 0 ? 0 : errno;
  if (missing == ENOENT || missing == ENOTDIR || error == ECONNREFUSED) return {Kind::NotRunning, {}};
  if (missing == EACCES || error == EACCES || error == EPERM) return {Kind::NoPermission, {}};
  return {Kind::Other, curl_easy_strerror(code)};
}

}  // namespace

Expected<ControlReply, ControlFailure> ControlClient::call(const std::string& path,
                                                           const std::optional<std::string>& body) const {
  const Curl curl{curl_easy_init()};
  AVEN_CHECK(curl != nullptr);
  ControlReply reply;
  const std::string url = "http://localhost" + path;
  std::unique_ptr<curl_slist, CurlFree> headers;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  if (body) {
    headers.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Unexpected{failure_at(socket_, curl.get(), code)};
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.code);
  return reply;
}

std::string url_escaped(const std::string& value) {
  const std::unique_ptr<char, CurlFree> escaped{
      curl_easy_escape(nullptr, value.c_str(), static_cast<int>(value.size()))};
  return escaped ? escaped.get() : "";
}

DaemonSettings daemon_settings(const std::string& config) {
  Places places;
  places.config = config;
  const fs::path file = Loading{places}.config_file();
  std::optional<policy::SourceText> text;
  if (auto read = read_text(file)) text = policy::SourceText{file.string(), std::move(*read)};
  auto settings = parse_config(text, file.parent_path(), Machine{}).config;
  return {std::move(settings.control), std::move(settings.policy.language)};
}

}  // namespace aven::app
