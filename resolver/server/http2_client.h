// Http2Client: DNS over HTTPS (RFC 8484): each question a POST on a stream of its own of one HTTP/2
// connection (RFC 9113), by nghttp2. On the wire all messages have ID 0; a reply gets its question's back.
// Thread: the worker's.
// Memory: questions that wait, a reply of at most 64 KiB for each, all replies that are not whole yet at
// most 1 MiB.
// Fails: one question by a status other than 200, a reset, a body that is no DNS message; the connection by
// what breaks the rules of HTTP/2.
#pragma once

#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/stream_protocol.h"

namespace aven::server {

class Http2Client final : public StreamProtocol {
 public:
  static constexpr std::size_t MaxHeld = 1U << 20;

  Http2Client(std::string authority, std::string path);
  ~Http2Client() override;

  void attach(Listener& listener) noexcept override { listener_ = &listener; }
  bool ask(std::span<const std::uint8_t> message, Tick now) noexcept override;
  bool receive(std::span<const std::uint8_t> octets) noexcept override;
  void take_output(Octets& out) noexcept override;
  void forget_before(Tick moment) noexcept override;
  std::size_t unanswered() const noexcept override { return requests_.size(); }
  bool has_room() const noexcept override;
  bool is_leaving() const noexcept override { return is_leaving_; }
  bool is_finished() const noexcept override;
  const std::string& why() const noexcept override { return why_; }

 private:
  struct Request;
  struct FreeSession {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };
  using StreamId = std::int32_t;

  void open();
  bool submit(std::unique_ptr<Request> request) noexcept;
  Request* find(StreamId stream) noexcept;
  void on_header(StreamId stream, std::string_view name, std::string_view value) noexcept;
  void on_data(StreamId stream, std::span<const std::uint8_t> data) noexcept;
  void on_closed(StreamId stream, std::uint32_t error) noexcept;
  ssize_t read_body(StreamId stream, std::span<std::uint8_t> out, std::uint32_t& flags) noexcept;

  Listener* listener_ = nullptr;
  std::string authority_, path_;
  std::unordered_map<StreamId, std::unique_ptr<Request>> requests_;
  std::size_t held_ = 0;  // octets of replies
  bool is_leaving_ = false;
  std::string why_;
  std::unique_ptr<nghttp2_session, FreeSession> session_;
};

}  // namespace aven::server
