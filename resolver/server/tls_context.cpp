#include "server/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>

#include "base/check.h"
#include "server/tls_client.h"

namespace aven::server {
namespace {

TlsPtr<SSL_CTX> make() {
  TlsPtr<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
  AVEN_CHECK(context);
  AVEN_CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &TlsClient::on_certificate);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), &TlsClient::on_session);
  return context;
}

}  // namespace

Expected<TlsContextPtr, std::string> TlsContext::of_system() {
  auto context = make();
  if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    return Unexpected{std::string{"the certificates of this machine cannot be used"}};
  }
  return std::make_shared<const TlsContext>(std::move(context));
}

Expected<TlsContextPtr, std::string> TlsContext::of_authorities(std::string_view pem) {
  auto context = make();
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // also an authority below another is believed
  const TlsPtr<BIO> text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  AVEN_CHECK(text);
  std::size_t count = 0;
  while (const TlsPtr<X509> certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store, certificate.get()) == 1) ++count;
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!is_end) return Unexpected{std::string{"a certificate in it cannot be read"}};
  if (count == 0) return Unexpected{std::string{"it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"}};
  return std::make_shared<const TlsContext>(std::move(context));
}

}  // namespace aven::server
