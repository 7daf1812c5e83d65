#include "server/tls_client.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <utility>

#include "base/check.h"
#include "base/net_address.h"

namespace aven::server {
namespace {

constexpr std::size_t NamesShown = 3;
constexpr std::size_t NameShown = 80;

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 16> text{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown day";
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

// A stranger wrote it.
std::string harmless(std::string_view text) {
  std::string out{text.substr(0, NameShown)};
  const auto is_odd = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return !letter && std::string_view{".-_*:"}.find(c) == std::string_view::npos;
  };
  std::replace_if(out.begin(), out.end(), is_odd, '?');
  return out;
}

std::string text_of(const GENERAL_NAME& name) {
  if (name.type != GEN_DNS && name.type != GEN_IPADD) return {};
  const ASN1_OCTET_STRING* value = name.type == GEN_DNS ? name.d.dNSName : name.d.iPAddress;
  const auto* data = ASN1_STRING_get0_data(value);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(value));
  if (name.type == GEN_DNS) return harmless({reinterpret_cast<const char*>(data), size});
  if (size == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>{data, 4}).text();
  if (size == 16) return IpAddress::v6(std::span<const std::uint8_t, 16>{data, 16}).text();
  return {};
}

// The first names of a certificate: ", it is for a, b".
std::string names_of(const X509* certificate) {
  std::string out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::size_t shown = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names) && shown < NamesShown; ++i) {
    const auto text = text_of(*sk_GENERAL_NAME_value(names, i));
    if (text.empty()) continue;
    out += (shown++ == 0 ? "; it is for " : ", ") + text;
  }
  GENERAL_NAMES_free(names);
  return out;
}

std::string why_invalid(int error, const X509* certificate, const std::string& name) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is not for " + name + (certificate == nullptr ? "" : names_of(certificate));
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate ended on " + date_of(certificate == nullptr ? nullptr : X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate begins on " +
             date_of(certificate == nullptr ? nullptr : X509_get0_notBefore(certificate)) +
             "; is the clock of this machine right?";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "its certificate is from an authority that is not known here; `tls_ca` can name a file with another";
    default:
      return std::string{"its certificate is not valid: "} + X509_verify_cert_error_string(error);
  }
}

std::string why_no_handshake(unsigned long error) {
  if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
    switch (ERR_GET_REASON(error)) {
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "it does not speak TLS on this port";
      case SSL_R_UNSUPPORTED_PROTOCOL:
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
        return "it speaks no version of TLS from 1.2 on";
      case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
        return "it does not speak this protocol over TLS on this port";
      default:
        break;
    }
  }
  const char* reason = ERR_reason_error_string(error);
  return std::string{"the TLS connection failed: "} + (reason == nullptr ? "unknown error" : reason);
}

}  // namespace

void TlsSessions::keep(Session session) {
  if (sessions_.size() == Kept) sessions_.pop_front();
  sessions_.push_back(std::move(session));
}

std::optional<TlsSessions::Session> TlsSessions::take(Tick now) {
  std::erase_if(sessions_, [&](const Session& old) { return now - old.verified >= MostAge; });
  if (sessions_.empty()) return std::nullopt;
  auto& newest = sessions_.back();
  if (SSL_SESSION_get_protocol_version(newest.session.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(newest.session.get());
    return Session{TlsPtr<SSL_SESSION>{newest.session.get()}, newest.verified};
  }
  Session taken = std::move(newest);
  sessions_.pop_back();
  return taken;
}

TlsClient::TlsClient(const TlsContext& context, const std::string& name, std::string_view alpn, bool alpn_required,
                     TlsSessions& sessions, Tick now)
    : name_(name),
      alpn_required_(alpn_required),
      sessions_(sessions),
      verified_(now),
      connection_(SSL_new(context.get())),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  AVEN_CHECK(connection_ && in_ != nullptr && out_ != nullptr);
  SSL_set_bio(connection_.get(), in_, out_);
  SSL_set_ex_data(connection_.get(), 0, this);
  SSL_set_connect_state(connection_.get());
  set_name(name);
  set_alpn(alpn);
  if (const auto old = sessions_.take(now); old && SSL_set_session(connection_.get(), old->session.get()) == 1) {
    verified_ = old->verified;
  }
}

// Without this OpenSSL takes the session of a connection that was not closed in form for a bad one.
TlsClient::~TlsClient() {
  if (state_ != State::Failed) SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsClient::set_name(const std::string& name) {
  if (IpAddress::parse(name)) {
    AVEN_CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection_.get()), name.c_str()) == 1);
    return;
  }
  SSL_set_hostflags(connection_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  AVEN_CHECK(SSL_set1_host(connection_.get(), name.c_str()) == 1);
  // The macro for this holds a cast of C. OpenSSL copies the name.
  AVEN_CHECK(SSL_ctrl(connection_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                      const_cast<char*>(name.c_str())) == 1);
}

void TlsClient::set_alpn(std::string_view alpn) {
  Octets list{static_cast<std::uint8_t>(alpn.size())};
  list.insert(list.end(), alpn.begin(), alpn.end());
  AVEN_CHECK(SSL_set_alpn_protos(connection_.get(), list.data(), static_cast<unsigned>(list.size())) == 0);
}

void TlsClient::start() noexcept {
  shake_hands(verified_);
}

void TlsClient::shake_hands(Tick now) noexcept {
  ERR_clear_error();
  const int result = SSL_do_handshake(connection_.get());
  if (result != 1) {
    if (SSL_get_error(connection_.get(), result) != SSL_ERROR_WANT_READ) fail_by_error();
    return;
  }
  const unsigned char* agreed = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(connection_.get(), &agreed, &length);
  if (alpn_required_ && length == 0) return fail("it does not speak HTTP/2");
  if (!was_resumed()) verified_ = now;
  state_ = State::Ready;
}

void TlsClient::receive(std::span<const std::uint8_t> octets, Octets& text, Tick now) noexcept {
  if (state_ == State::Failed || state_ == State::Closed) return;
  AVEN_CHECK(BIO_write(in_, octets.data(), static_cast<int>(octets.size())) == static_cast<int>(octets.size()));
  if (state_ == State::Handshake) shake_hands(now);
  if (state_ == State::Ready) read(text);
}

void TlsClient::read(Octets& text) noexcept {
  std::array<std::uint8_t, 16384> buffer;
  ERR_clear_error();
  int size = 0;
  while ((size = SSL_read(connection_.get(), buffer.data(), static_cast<int>(buffer.size()))) > 0) {
    text.insert(text.end(), buffer.begin(), buffer.begin() + size);
  }
  switch (SSL_get_error(connection_.get(), size)) {
    case SSL_ERROR_WANT_READ:
      return;
    case SSL_ERROR_ZERO_RETURN:
      state_ = State::Closed;
      return;
    default:
      fail_by_error();
  }
}

void TlsClient::write(std::span<const std::uint8_t> text) noexcept {
  AVEN_CHECK(state_ == State::Ready);
  ERR_clear_error();
  if (text.empty()) return;
  if (SSL_write(connection_.get(), text.data(), static_cast<int>(text.size())) <= 0) fail_by_error();
}

void TlsClient::close() noexcept {
  if (state_ != State::Ready) return;
  SSL_shutdown(connection_.get());
  ERR_clear_error();
  state_ = State::Closed;
}

void TlsClient::take_output(Octets& out) noexcept {
  const std::size_t waiting = BIO_ctrl_pending(out_);
  if (waiting == 0) return;
  const std::size_t before = out.size();
  out.resize(before + waiting);
  AVEN_CHECK(BIO_read(out_, out.data() + before, static_cast<int>(waiting)) == static_cast<int>(waiting));
}

void TlsClient::fail_by_error() {
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  fail(why_.empty() ? why_no_handshake(error) : why_);
}

void TlsClient::fail(std::string why) {
  why_ = std::move(why);
  state_ = State::Failed;
}

// Sessions may come at any time after the handshake; 1 = we own it now.
int TlsClient::on_session(SSL* connection, SSL_SESSION* session) noexcept {
  auto& self = *static_cast<TlsClient*>(SSL_get_ex_data(connection, 0));
  self.sessions_.keep({TlsPtr<SSL_SESSION>{session}, self.verified_});
  return 1;
}

int TlsClient::on_certificate(int good, X509_STORE_CTX* check) noexcept {
  if (good == 1) return 1;
  const auto* connection = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& self = *static_cast<TlsClient*>(SSL_get_ex_data(connection, 0));
  self.why_ = why_invalid(X509_STORE_CTX_get_error(check), X509_STORE_CTX_get_current_cert(check), self.name_);
  return 0;
}

}  // namespace aven::server
