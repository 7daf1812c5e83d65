// Mailbox<T>: other threads post, the loop's thread receives, in the order of posting. MailSlot<T>: the
// latest wins; who posts gets back what was never fetched.
// Thread: post() any; all else the loop's.   Lifetime: destroyed only after its senders have been joined;
// what is still in it is freed with it, unseen.
// Fails: never.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/guarded.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::uv {

// Wakes a loop from any thread. Wakes before the callback runs become one: what is new lies under a lock
// elsewhere.
class Wake {
 public:
  Wake(Loop& loop, std::function<void()> callback) : callback_(std::move(callback)) {
    int error = 0;
    const auto on_async = [](uv_async_t* async) noexcept {
      if (auto* self = static_cast<Wake*>(async->data)) self->callback_();
    };
    handle_ = make<uv_async_t>(error, this, uv_async_init, loop.get(), static_cast<uv_async_cb>(on_async));
    AVEN_CHECK(error == 0);
  }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void wake() noexcept { uv_async_send(handle_.get()); }

 private:
  std::function<void()> callback_;
  Handle<uv_async_t> handle_;
};

template <class T>
class Mailbox {
 public:
  Mailbox(Loop& loop, std::function<void(T)> receive)
      : receive_(std::move(receive)), wake_(loop, [this] { deliver(); }) {}

  void post(T message) {
    waiting_.with([&](auto& waiting) { waiting.push_back(std::move(message)); });
    wake_.wake();
  }

 private:
  void deliver() {
    std::vector<T> messages;
    waiting_.with([&](auto& waiting) { messages.swap(waiting); });
    for (auto& message : messages) receive_(std::move(message));
  }

  Guarded<std::vector<T>> waiting_;
  std::function<void(T)> receive_;
  Wake wake_;
};

template <class T>
class MailSlot {
 public:
  MailSlot(Loop& loop, std::function<void(T)> receive)
      : receive_(std::move(receive)), wake_(loop, [this] { deliver(); }) {}

  // Gives back the message that this one overtook.
  std::optional<T> post(T message) {
    std::optional<T> next{std::move(message)};
    latest_.with([&](auto& latest) { latest.swap(next); });
    wake_.wake();
    return next;
  }

 private:
  void deliver() {
    std::optional<T> message;
    latest_.with([&](auto& latest) { message.swap(latest); });
    if (message) receive_(std::move(*message));
  }

  Guarded<std::optional<T>> latest_;
  std::function<void(T)> receive_;
  Wake wake_;
};

}  // namespace aven::uv
