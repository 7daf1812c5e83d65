// TlsContext: whom we believe over TLS: servers with a certificate from an authority of a file or of the
// system, TLS 1.2 or newer, without early data and renegotiation.
// Thread: made by the loader; never changes; any thread may open connections by it.
// Fails: with one sentence.
#pragma once

#include <map>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <utility>

#include "base/expected.h"

namespace aven::server {

struct FreeTls {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* connection) const noexcept { SSL_free(connection); }
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
template <class T>
using TlsPtr = std::unique_ptr<T, FreeTls>;

class TlsContext;
using TlsContextPtr = std::shared_ptr<const TlsContext>;

class TlsContext {
 public:
  explicit TlsContext(TlsPtr<SSL_CTX> context) noexcept : context_(std::move(context)) {}

  // The authorities of this machine. One that is missing shows when a certificate is looked at.
  static Expected<TlsContextPtr, std::string> of_system();
  // Only those in `pem`, certificates in PEM form.
  static Expected<TlsContextPtr, std::string> of_authorities(std::string_view pem);

  SSL_CTX* get() const noexcept { return context_.get(); }

 private:
  TlsPtr<SSL_CTX> context_;
};

// By the file of the authorities as the configuration names it; the empty text is the system.
using TlsContexts = std::map<std::string, TlsContextPtr>;

}  // namespace aven::server
