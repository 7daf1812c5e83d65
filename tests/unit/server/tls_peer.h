// A TLS server without a socket, and authorities with certificates of their making, for the tests of server/.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <optional>
#include <string>

#include "server/stream_protocol.h"
#include "server/tls_context.h"

namespace aven::test {

using server::Octets;
using server::TlsPtr;

struct FreeKey {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

// Days from now; a certificate is valid between them.
struct Validity {
  int from = -10, until = 10;
};

// A key and a certificate for it.
struct Identity {
  KeyPtr key;
  TlsPtr<X509> certificate;

  std::string pem() const {
    const TlsPtr<BIO> out{BIO_new(BIO_s_mem())};
    REQUIRE(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

inline void add_extension(X509* to, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  REQUIRE(extension != nullptr);
  REQUIRE(X509_add_ext(to, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// `names`: "DNS:dns.example,IP:192.0.2.1"; empty: an authority. Signed by `by`, or by itself.
inline Identity make_identity(const std::string& names, const Identity* by = nullptr, Validity validity = {}) {
  static long serial = 1;
  Identity out{KeyPtr{EVP_EC_gen("P-256")}, TlsPtr<X509>{X509_new()}};
  X509* certificate = out.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), validity.from * 86400L);
  X509_gmtime_adj(X509_getm_notAfter(certificate), validity.until * 86400L);
  X509_set_pubkey(certificate, out.key.get());
  const std::string common_name = names.empty() ? "Authority " + std::to_string(serial) : "server";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(by == nullptr ? certificate : by->certificate.get()));
  add_extension(certificate, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  if (!names.empty()) add_extension(certificate, NID_subject_alt_name, names);
  REQUIRE(X509_sign(certificate, (by == nullptr ? out : *by).key.get(), EVP_sha256()) > 0);
  return out;
}

struct ServerChoices {
  int version = 0;        // the only one; 0: any
  std::string alpn = {};  // what it agrees to; empty: it does not know of ALPN
};

// What servers with one certificate share.
class TlsServerContext {
 public:
  explicit TlsServerContext(const Identity& identity, ServerChoices choices = {})
      : alpn_(std::move(choices.alpn)), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX* context = context_.get();
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, choices.version == 0 ? TLS1_VERSION : choices.version);
    SSL_CTX_set_max_proto_version(context, choices.version);
    REQUIRE(SSL_CTX_use_certificate(context, identity.certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1);
    const auto select = [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                           unsigned offered_length, void* user) {
      const auto& wanted = *static_cast<const std::string*>(user);
      const std::string_view all{reinterpret_cast<const char*>(offered), offered_length};
      const auto at = all.find(wanted);
      if (at == std::string_view::npos) return SSL_TLSEXT_ERR_ALERT_FATAL;
      *out = offered + at;
      *length = static_cast<unsigned char>(wanted.size());
      return SSL_TLSEXT_ERR_OK;
    };
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, select, &alpn_);
  }
  TlsServerContext(const TlsServerContext&) = delete;
  TlsServerContext& operator=(const TlsServerContext&) = delete;

  SSL_CTX* get() const noexcept { return context_.get(); }

 private:
  std::string alpn_;
  TlsPtr<SSL_CTX> context_;
};

class TlsServer {
 public:
  explicit TlsServer(const TlsServerContext& context)
      : connection_(SSL_new(context.get())), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(connection_.get(), in_, out_);
    SSL_set_accept_state(connection_.get());
  }

  // Octets of the network; gives what they say.
  std::string receive(std::span<const std::uint8_t> octets) {
    if (!octets.empty()) BIO_write(in_, octets.data(), static_cast<int>(octets.size()));
    std::string text;
    std::array<char, 4096> buffer;
    int size = 0;
    while ((size = SSL_read(connection_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ERR_clear_error();
    return text;
  }
  void write(std::string_view text) {
    REQUIRE(SSL_write(connection_.get(), text.data(), static_cast<int>(text.size())) > 0);
  }
  void close() { SSL_shutdown(connection_.get()); }
  Octets take_output() {
    Octets out(BIO_ctrl_pending(out_));
    if (!out.empty()) BIO_read(out_, out.data(), static_cast<int>(out.size()));
    return out;
  }
  bool is_ready() const { return SSL_is_init_finished(connection_.get()) == 1; }
  bool was_closed() const { return (SSL_get_shutdown(connection_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string asked_name() const {
    const char* name = SSL_get_servername(connection_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

 private:
  TlsPtr<SSL> connection_;
  BIO* in_;   // the connection's
  BIO* out_;  // the connection's
};

}  // namespace aven::test
