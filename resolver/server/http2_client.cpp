#include "server/http2_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "dns/wire.h"

namespace aven::server {
namespace {

constexpr std::string_view DnsMessage = "application/dns-message";
constexpr int Ok = 200;

std::string_view view_of(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

// nghttp2 copies both and changes neither.
nghttp2_nv field(std::string_view name, std::string_view value) noexcept {
  const auto octets = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string why_broken(const char* error) {
  return std::string{"it breaks the rules of HTTP/2: "} + error;
}

Http2Client& self_of(void* user) noexcept {
  return *static_cast<Http2Client*>(user);
}

}  // namespace

struct Http2Client::Request {
  std::uint16_t id = 0;
  Tick asked{};
  Octets question;
  std::size_t sent = 0;
  Octets reply{};
  int status = 0;
  bool has_right_type = false;
  bool is_too_long = false;

  // Empty: the reply is whole and may be used.
  std::string why_unusable(std::uint32_t error) const {
    if (is_too_long) return "it answers with more than a DNS message can hold";
    if (status != 0 && status != Ok) return "it answers with HTTP status " + std::to_string(status);
    if (error != NGHTTP2_NO_ERROR) return std::string{"it reset a request: "} + nghttp2_http2_strerror(error);
    if (!has_right_type || reply.size() < dns::HeaderSize) return "its answer is no DNS message; is the path right?";
    return {};
  }
};

Http2Client::Http2Client(std::string authority, std::string path)
    : authority_(std::move(authority)), path_(std::move(path)) {
  open();
}

Http2Client::~Http2Client() = default;

void Http2Client::open() {
  nghttp2_session_callbacks* callbacks = nullptr;
  AVEN_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
        self_of(user).on_header(frame->hd.stream_id, view_of(name, name_size), view_of(value, value_size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, StreamId stream, const std::uint8_t* data, std::size_t size,
                    void* user) noexcept {
        self_of(user).on_data(stream, {data, size});
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, StreamId stream, std::uint32_t error, void* user) noexcept {
        self_of(user).on_closed(stream, error);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        if (frame->hd.type == NGHTTP2_GOAWAY) self_of(user).is_leaving_ = true;
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        const bool says_why = frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR;
        if (says_why) self_of(user).why_ = why_broken(nghttp2_http2_strerror(frame->goaway.error_code));
        return 0;
      });
  nghttp2_session* session = nullptr;
  const int error = nghttp2_session_client_new(&session, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  AVEN_CHECK(error == 0);
  session_.reset(session);
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
  AVEN_CHECK(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
}

bool Http2Client::ask(std::span<const std::uint8_t> message, Tick now) noexcept {
  if (is_leaving_ || requests_.size() >= MaxUnanswered || message.size() < dns::HeaderSize) return false;
  auto request = std::make_unique<Request>();
  request->id = static_cast<std::uint16_t>(message[0] << 8 | message[1]);
  request->asked = now;
  request->question.assign(message.begin(), message.end());
  request->question[0] = request->question[1] = 0;  // RFC 8484 section 4.1
  return submit(std::move(request));
}

bool Http2Client::submit(std::unique_ptr<Request> request) noexcept {
  const auto length = std::to_string(request->question.size());
  const std::array fields{field(":method", "POST"),        field(":scheme", "https"),
                          field(":authority", authority_), field(":path", path_),
                          field("accept", DnsMessage),     field("content-type", DnsMessage),
                          field("content-length", length)};
  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session*, StreamId stream, std::uint8_t* out, std::size_t size, std::uint32_t* flags,
                          nghttp2_data_source*, void* user) noexcept {
    return self_of(user).read_body(stream, {out, size}, *flags);
  };
  const StreamId stream = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), &body, nullptr);
  if (stream < 0) {
    is_leaving_ = true;  // no stream numbers are left
    return false;
  }
  requests_.emplace(stream, std::move(request));
  return true;
}

bool Http2Client::receive(std::span<const std::uint8_t> octets) noexcept {
  const auto taken = nghttp2_session_mem_recv(session_.get(), octets.data(), octets.size());
  if (taken < 0) {
    why_ = why_broken(nghttp2_strerror(static_cast<int>(taken)));
    return false;
  }
  return true;
}

bool Http2Client::is_finished() const noexcept {
  return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
}

void Http2Client::take_output(Octets& out) noexcept {
  const std::uint8_t* data = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_.get(), &data)) > 0) out.insert(out.end(), data, data + size);
}

// nghttp2 forgets the stream by itself once the reset has left.
void Http2Client::forget_before(Tick moment) noexcept {
  std::erase_if(requests_, [&](const auto& entry) {
    if (entry.second->asked >= moment) return false;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, entry.first, NGHTTP2_CANCEL);
    held_ -= entry.second->reply.size();
    return true;
  });
}

bool Http2Client::has_room() const noexcept {
  const std::size_t allowed =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return requests_.size() < std::min(allowed, GoodUnanswered);
}

Http2Client::Request* Http2Client::find(StreamId stream) noexcept {
  const auto found = requests_.find(stream);
  return found == requests_.end() ? nullptr : found->second.get();
}

void Http2Client::on_header(StreamId stream, std::string_view name, std::string_view value) noexcept {
  Request* request = find(stream);
  if (request == nullptr) return;
  if (name == ":status") std::from_chars(value.data(), value.data() + value.size(), request->status);
  if (name == "content-type") request->has_right_type = value.starts_with(DnsMessage);
}

void Http2Client::on_data(StreamId stream, std::span<const std::uint8_t> data) noexcept {
  Request* request = find(stream);
  if (request == nullptr || request->is_too_long) return;
  if (request->reply.size() + data.size() > dns::MaxMessageSize || held_ + data.size() > MaxHeld) {
    request->is_too_long = true;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    return;
  }
  request->reply.insert(request->reply.end(), data.begin(), data.end());
  held_ += data.size();
}

void Http2Client::on_closed(StreamId stream, std::uint32_t error) noexcept {
  const auto found = requests_.find(stream);
  if (found == requests_.end()) return;
  const auto request = std::move(found->second);
  requests_.erase(found);
  held_ -= request->reply.size();
  // Not done on a connection that the server leaves: it says nothing against the server (RFC 9113 section 8.7).
  if (error == NGHTTP2_REFUSED_STREAM) return listener_->on_ask_failed(request->id, {});
  if (const auto why = request->why_unusable(error); !why.empty()) return listener_->on_ask_failed(request->id, why);
  auto& reply = request->reply;
  reply[0] = static_cast<std::uint8_t>(request->id >> 8);
  reply[1] = static_cast<std::uint8_t>(request->id);
  listener_->on_message(reply);
}

ssize_t Http2Client::read_body(StreamId stream, std::span<std::uint8_t> out, std::uint32_t& flags) noexcept {
  Request* request = find(stream);
  if (request == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const auto left = std::span{request->question}.subspan(request->sent);
  const auto part = left.first(std::min(left.size(), out.size()));
  std::copy(part.begin(), part.end(), out.begin());
  request->sent += part.size();
  if (request->sent == request->question.size()) flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(part.size());
}

}  // namespace aven::server
