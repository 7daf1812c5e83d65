// OwnProbe: asks each of our listening addresses a real question over UDP, as a client on this machine would. The name is
// answered by ourselves (RFC 6761 section 6.4), so that an upstream that is down does not make us look down.
// Thread: one at a time; a call waits at most AnswerTime times Tries for an address that is silent.
// Fails: by a sentence. What was found counts for a second: who asks often does not make us ask more.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "base/net_address.h"
#include "base/tick.h"

namespace aven::server {

class OwnProbe {
 public:
  static constexpr std::chrono::milliseconds AnswerTime{200};
  static constexpr int Tries = 3;  // a receive buffer may be full for a moment

  // Empty: every address answers. An answer that refuses (allow_from) is one too.
  const std::string& ask(std::span<const Endpoint> addresses, Tick now);

 private:
  bool answers(const Endpoint& address);

  std::string failure_;
  Tick next_{};
  std::uint16_t id_ = 0;
};

}  // namespace aven::server
