#include "app/list_fetch.h"

#include <cstdio>
#include <curl/curl.h>
#include <memory>
#include <optional>
#include <system_error>
#include <unistd.h>

#include "app/name_lookup.h"
#include "app/sha256.h"
#include "app/version.h"
#include "base/check.h"
#include "base/free_with.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

constexpr int MostRedirects = 5;
constexpr long ConnectSeconds = 15, StalledSeconds = 30, WholeSeconds = 600;
constexpr long Ok = 200, NotModified = 304;
constexpr std::size_t MaxTagSize = 1024;

using CurlPtr = std::unique_ptr<CURL, FreeWith<curl_easy_cleanup>>;
using UrlPtr = std::unique_ptr<CURLU, FreeWith<curl_url_cleanup>>;
using LinesPtr = std::unique_ptr<curl_slist, FreeWith<curl_slist_free_all>>;
using CurlTextPtr = std::unique_ptr<char, FreeWith<curl_free>>;

struct Address {
  std::string scheme, host;  // an IPv6 address without brackets
  std::string port;

  bool is_loopback() const {
    const auto address = IpAddress::parse(host);
    return address && address->is_loopback();
  }
};

std::optional<Address> parse_url(const std::string& text) {
  const UrlPtr url{curl_url()};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart what) {
    char* raw = nullptr;
    curl_url_get(url.get(), what, &raw, CURLU_DEFAULT_PORT);
    const CurlTextPtr owner{raw};
    return std::string{raw == nullptr ? "" : raw};
  };
  Address address{part(CURLUPART_SCHEME), part(CURLUPART_HOST), part(CURLUPART_PORT)};
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

// The new file, beside the old one until it is whole.
class Body {
 public:
  Body(fs::path file, std::uint64_t max_size) : file_(std::move(file)), max_size_(max_size) {
    fresh_ = file_;
    fresh_ += ".new";
  }
  ~Body() {
    drop();
    ::unlink(fresh_.c_str());  // moved away by now, or of no use
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  bool take(std::string_view piece) {
    size_ += piece.size();
    if (size_ > max_size_) return false;
    if (!out_) {
      out_ = std::fopen(fresh_.c_str(), "we");
      if (!out_) return false;
    }
    sha_.add(piece);
    return std::fwrite(piece.data(), 1, piece.size(), out_) == piece.size();
  }
  bool is_too_large() const noexcept { return size_ > max_size_; }
  bool is_empty() const noexcept { return size_ == 0; }
  std::string finish() { return sha_.finish(); }
  // The content is on the disk, in the place of the old one.
  bool replace() {
    if (!out_ || std::fflush(out_) != 0 || ::fsync(::fileno(out_)) != 0) return false;
    drop();
    return ::rename(fresh_.c_str(), file_.c_str()) == 0;
  }

 private:
  void drop() {
    if (out_) std::fclose(out_);
    out_ = nullptr;
  }

  fs::path file_, fresh_;
  std::uint64_t max_size_, size_ = 0;
  std::FILE* out_ = nullptr;
  Sha256 sha_;
};

class Exchange {
 public:
  Exchange(const FetchRequest& request, const std::atomic<bool>& stop)
      : request_(request), stop_(stop), curl_(curl_easy_init()), body_(request.file, request.max_size) {
    AVEN_CHECK(curl_ != nullptr);
  }

  FetchResult run() {
    std::string url = request_.url;
    const auto first = parse_url(url);
    if (!first) return failed("the address cannot be read");
    for (int redirects = 0; redirects <= MostRedirects; ++redirects) {
      const auto address = parse_url(url);
      const bool plain_here = address && address->scheme == "http" && address->is_loopback() && first->scheme == "http";
      if (!address || (address->scheme != "https" && !plain_here)) return failed("it redirects to " + url);
      if (auto failure = ask(url, *address); !failure.empty()) return failed(std::move(failure));
      char* next = nullptr;
      curl_easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &next);
      if (next == nullptr) return result();
      url = next;
    }
    return failed("it redirects more than " + std::to_string(MostRedirects) + " times");
  }

 private:
  static FetchResult failed(std::string why) { return {FetchResult::Kind::Failed, {}, std::move(why)}; }

  // One request; gives what went wrong.
  std::string ask(const std::string& url, const Address& address) {
    const auto addresses = look_up(address.host, request_.servers);
    if (!addresses) return addresses.error();
    std::string list;
    for (const auto& one : *addresses)
      list += (list.empty() ? "" : ",") + (one.is_v4() ? one.text() : '[' + one.text() + ']');
    const LinesPtr resolve{curl_slist_append(nullptr, (address.host + ':' + address.port + ':' + list).c_str())};
    const LinesPtr headers{conditions()};
    set_options(url, IpAddress::parse(address.host) ? nullptr : resolve.get(), headers.get());
    curl_easy_setopt(curl_.get(), CURLOPT_PROTOCOLS_STR, address.scheme.c_str());
    const CURLcode code = curl_easy_perform(curl_.get());
    // The lists die with this call.
    curl_easy_setopt(curl_.get(), CURLOPT_RESOLVE, nullptr);
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, nullptr);
    if (code == CURLE_OK) return {};
    if (code == CURLE_FILESIZE_EXCEEDED || body_.is_too_large())
      return "it is larger than " + std::to_string(request_.max_size >> 20) + " MB";
    if (code == CURLE_WRITE_ERROR) return "it cannot be written to " + request_.file.parent_path().string();
    return curl_easy_strerror(code);
  }

  curl_slist* conditions() const {
    curl_slist* list = nullptr;
    const auto add = [&](const std::string& name, const std::string& value) {
      if (!value.empty()) list = curl_slist_append(list, (name + ": " + value).c_str());
    };
    if (request_.known.sha256.empty()) return nullptr;
    add("If-None-Match", request_.known.etag);
    add("If-Modified-Since", request_.known.last_modified);
    return list;
  }

  void set_options(const std::string& url, curl_slist* resolve, curl_slist* headers) {
    CURL* curl = curl_.get();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_RESOLVE, resolve);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, ("Aven/" + std::string{version()}).c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, ConnectSeconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, StalledSeconds);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, WholeSeconds);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_size));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  }

  static std::size_t on_body(char* octets, std::size_t, std::size_t size, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    if (exchange.status() != Ok) return size;  // a page that says what is wrong
    return exchange.body_.take({octets, size}) ? size : 0;
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Exchange*>(self)->stop_.load(std::memory_order_relaxed) ? 1 : 0;
  }

  long status() const {
    long code = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  std::string header(const char* name) const {
    curl_header* found = nullptr;
    if (curl_easy_header(curl_.get(), name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
    const std::string value{found->value};
    return value.size() <= MaxTagSize ? value : std::string{};
  }

  FetchResult result() {
    using Kind = FetchResult::Kind;
    const long code = status();
    if (code == NotModified && !request_.known.sha256.empty()) return {Kind::Unchanged, request_.known, {}};
    if (code != Ok) return failed("the server answers " + std::to_string(code));
    if (body_.is_empty()) return failed("the server answers nothing");
    const ListVersion version{header("ETag"), header("Last-Modified"), body_.finish()};
    if (version.sha256 == request_.known.sha256) return {Kind::Unchanged, version, {}};
    if (!body_.replace()) return failed("it cannot be written to " + request_.file.parent_path().string());
    return {Kind::Fresh, version, {}};
  }

  const FetchRequest& request_;
  const std::atomic<bool>& stop_;
  CurlPtr curl_;
  Body body_;
};

}  // namespace

FetchResult fetch_list(const FetchRequest& request, const std::atomic<bool>& stop) {
  std::error_code error;
  fs::create_directories(request.file.parent_path(), error);
  return Exchange{request, stop}.run();
}

}  // namespace aven::app
