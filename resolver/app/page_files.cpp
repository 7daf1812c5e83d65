#include "app/page_files.h"

#include <memory>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <utility>

#include "app/text_file.h"
#include "base/free_with.h"

namespace aven::app {
namespace {

using policy::Problems;
using policy::Severity;
namespace fs = std::filesystem;

constexpr int WarnDays = 14;

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

class Reader {
 public:
  Reader(const Config& config, PageFiles& out) : config_(config), out_(out) {}

  void add(const char* pointer, std::string text, Severity severity = Severity::Error) {
    out_.problems.push_back({config_.policy.file, pointer, std::move(text), severity});
  }
  // The content, or a problem.
  std::optional<std::string> read(const char* pointer, const fs::path& file) {
    auto text = read_text(file);
    if (text) return std::move(*text);
    add(pointer, "cannot read " + file.string() + ": " + text.error());
    return std::nullopt;
  }

  void read_accounts() {
    const auto& page = config_.status;
    if (!page.login) return;
    std::error_code ignored;
    if (!fs::exists(page.accounts, ignored)) return no_account();
    const auto text = read("/status/accounts", page.accounts);
    if (!text) return;
    auto accounts = status::Accounts::parse(*text);
    if (!accounts) return add("/status/accounts", page.accounts.string() + ": " + accounts.error());
    out_.secrets.accounts = std::move(*accounts);
    if (out_.secrets.accounts.empty()) no_account();
  }

  void read_token() {
    const auto& file = config_.status.monitoring_token;
    if (file.empty()) return;
    constexpr const char* Place = "/status/monitoring/token_file";
    auto text = read(Place, file);
    if (!text) return;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    if (text->size() < 16) return add(Place, file.string() + " must hold a token of at least 16 characters");
    out_.secrets.monitoring_token = std::move(*text);
  }

  void read_certificate(WallTime now) {
    const auto& page = config_.status;
    if (page.certificate.empty() || page.key.empty()) return;
    auto certificate = read("/status/certificate", page.certificate);
    auto key = read("/status/key", page.key);
    if (!certificate || !key || !fit(*certificate, *key, now)) return;
    out_.certificate = std::move(*certificate);
    out_.key = std::move(*key);
  }

 private:
  void no_account() {
    add("/status/accounts", "the status page is not served: there is no account in " +
                                config_.status.accounts.string() + "; `aven passwd NAME --role operator` makes one");
  }

  bool fit(const std::string& certificate_text, const std::string& key_text, WallTime now) {
    const BioPtr certificate_bio{BIO_new_mem_buf(certificate_text.data(), static_cast<int>(certificate_text.size()))};
    const BioPtr key_bio{BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size()))};
    const CertificatePtr certificate{PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr)};
    const KeyPtr key{PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr)};
    if (!certificate) add("/status/certificate", config_.status.certificate.string() + " holds no PEM certificate");
    if (!key) add("/status/key", config_.status.key.string() + " holds no PEM key without passphrase");
    if (!certificate || !key) return false;
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
      add("/status/key", "the key in " + config_.status.key.string() + " is not that of the certificate");
      return false;
    }
    warn_of_end(*certificate, now);
    return true;
  }

  void warn_of_end(const X509& certificate, WallTime now) {
    std::time_t at = now.time_since_epoch().count() + std::time_t{86400} * WarnDays;
    if (X509_cmp_time(X509_get0_notAfter(&certificate), &at) >= 0) return;
    add("/status/certificate",
        "the certificate ends within " + std::to_string(WarnDays) + " days, or has ended: renew it", Severity::Warning);
  }

  static int no_passphrase(char*, int, int, void*) { return -1; }

  const Config& config_;
  PageFiles& out_;
};

std::string facts_of(const fs::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return {};
  return std::to_string(facts.st_ino) + ' ' + std::to_string(facts.st_size) + ' ' +
         std::to_string(facts.st_mtim.tv_sec) + ' ' + std::to_string(facts.st_mtim.tv_nsec);
}

}  // namespace

PageFiles read_page_files(const Config& config, WallTime now) {
  PageFiles files;
  Reader reader{config, files};
  reader.read_accounts();
  reader.read_token();
  reader.read_certificate(now);
  return files;
}

PageFileWatch::PageFileWatch(const PageSettings& settings) {
  for (const auto& file : {settings.accounts, settings.certificate, settings.key, settings.monitoring_token}) {
    if (!file.empty()) files_.push_back(file);
  }
  has_changed();
}

bool PageFileWatch::has_changed() {
  std::vector<std::string> now;
  now.reserve(files_.size());
  for (const auto& file : files_) now.push_back(facts_of(file));
  const bool changed = now != seen_;
  seen_ = std::move(now);
  return changed;
}

}  // namespace aven::app
