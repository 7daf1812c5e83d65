// BeforeWait: calls back each time before the loop waits for events, when all that were ready have been
// handled.
// Thread: the loop's.   Lifetime: the loop outlives it. It does not keep the loop running.
// Fails: never.
#pragma once

#include <functional>
#include <utility>

#include "base/check.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::uv {

class BeforeWait {
 public:
  BeforeWait(Loop& loop, std::function<void()> callback) : callback_(std::move(callback)) {
    int error = 0;
    handle_ = make<uv_prepare_t>(error, this, uv_prepare_init, loop.get());
    AVEN_CHECK(error == 0);
    uv_prepare_start(handle_.get(), [](uv_prepare_t* handle) noexcept {
      if (auto* self = static_cast<BeforeWait*>(handle->data)) self->callback_();
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(handle_.get()));
  }
  BeforeWait(const BeforeWait&) = delete;
  BeforeWait& operator=(const BeforeWait&) = delete;

 private:
  std::function<void()> callback_;
  Handle<uv_prepare_t> handle_;
};

}  // namespace aven::uv
