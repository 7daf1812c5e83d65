// StreamProtocol: what is spoken on one connection to an upstream server, between DNS messages and octets of
// a stream: framed_protocol (TCP, TLS) or http2_client (HTTPS). No I/O, no clock.
// Thread: the worker's.   Lifetime: the listener outlives it.
// Memory: bounded, whatever the server sends or does not read.
// Fails: receive() gives false, then the connection is of no use any more; single questions fail by
// on_ask_failed().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/tick.h"

namespace aven::server {

using Octets = std::vector<std::uint8_t>;

class StreamProtocol {
 public:
  // Called from inside receive() and take_output(); it may ask from inside.
  class Listener {
   public:
    virtual ~Listener() = default;
    // Lives during the call. The message has the ID of its question.
    virtual void on_message(std::span<const std::uint8_t> message) noexcept = 0;
    // `why` is what an administrator should know of it, or empty.
    virtual void on_ask_failed(std::uint16_t id, const std::string& why) noexcept = 0;
  };

  // From one connection not more than this waits for an answer.
  static constexpr std::size_t MaxUnanswered = 1000;
  // So many are asked on one connection before another is opened.
  static constexpr std::size_t GoodUnanswered = 100;

  virtual ~StreamProtocol() = default;
  virtual void attach(Listener& listener) noexcept = 0;

  // Takes a message to be sent. False: too much waits, or the server takes no more.
  virtual bool ask(std::span<const std::uint8_t> message, Tick now) noexcept = 0;
  // Octets that came. Output may be due afterwards.
  [[nodiscard]] virtual bool receive(std::span<const std::uint8_t> octets) noexcept = 0;
  // Appends what is to be sent.
  virtual void take_output(Octets& out) noexcept = 0;
  // Questions from before this moment are not awaited any more.
  virtual void forget_before(Tick moment) noexcept = 0;

  virtual std::size_t unanswered() const noexcept = 0;
  // The server can be asked more at once.
  virtual bool has_room() const noexcept = 0;
  // The server takes no new questions on this connection.
  virtual bool is_leaving() const noexcept = 0;
  // Nothing will come or go any more.
  virtual bool is_finished() const noexcept = 0;
  // After receive() gave false or when it is finished: what an administrator should know of it, or empty.
  virtual const std::string& why() const noexcept = 0;
};

}  // namespace aven::server
