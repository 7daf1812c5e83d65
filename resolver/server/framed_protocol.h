// FramedProtocol: DNS messages behind their two-octet length, over TCP (RFC 7766) or TLS (RFC 7858).
// Thread: the worker's.
// Memory: unsent messages up to a limit, and one reply.
// Fails: ask() when too much waits; octets cannot be wrong here, only messages can.
#pragma once

#include <optional>

#include "server/frame_buffer.h"
#include "server/stream_protocol.h"

namespace aven::server {

class FramedProtocol final : public StreamProtocol {
 public:
  static constexpr std::size_t MaxUnsent = 256U << 10;

  void attach(Listener& listener) noexcept override { listener_ = &listener; }

  // Length and message lie together, so that they leave in one segment (RFC 7766 section 8).
  bool ask(std::span<const std::uint8_t> message, Tick) noexcept override {
    if (unanswered_ >= MaxUnanswered || unsent_.size() > MaxUnsent || message.size() > UINT16_MAX) return false;
    unsent_.push_back(static_cast<std::uint8_t>(message.size() >> 8));
    unsent_.push_back(static_cast<std::uint8_t>(message.size()));
    unsent_.insert(unsent_.end(), message.begin(), message.end());
    ++unanswered_;
    return true;
  }

  bool receive(std::span<const std::uint8_t> octets) noexcept override {
    in_.append(octets);
    while (const auto message = in_.next()) {
      if (unanswered_ > 0) --unanswered_;
      listener_->on_message(*message);
    }
    return true;
  }

  void take_output(Octets& out) noexcept override {
    out.insert(out.end(), unsent_.begin(), unsent_.end());
    unsent_.clear();
  }

  void forget_before(Tick) noexcept override {}  // nothing tells which of the questions was not answered

  std::size_t unanswered() const noexcept override { return unanswered_; }
  bool has_room() const noexcept override { return unanswered_ < GoodUnanswered; }
  bool is_leaving() const noexcept override { return false; }
  bool is_finished() const noexcept override { return false; }
  const std::string& why() const noexcept override { return why_; }

 private:
  Listener* listener_ = nullptr;
  FrameBuffer in_;
  Octets unsent_;
  std::size_t unanswered_ = 0;
  std::string why_;
};

}  // namespace aven::server
