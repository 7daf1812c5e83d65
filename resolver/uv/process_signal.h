// ProcessSignal: calls back on the loop's thread when the process gets a signal.
// Thread: the loop's.
// Fails: never for signals that can be caught.
#pragma once

#include <functional>
#include <utility>

#include "base/check.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::uv {

class ProcessSignal {
 public:
  ProcessSignal(Loop& loop, int number, std::function<void()> callback) : callback_(std::move(callback)) {
    int error = 0;
    handle_ = make<uv_signal_t>(error, this, uv_signal_init, loop.get());
    AVEN_CHECK(error == 0);
    const auto on_signal = [](uv_signal_t* handle, int) noexcept {
      if (auto* self = static_cast<ProcessSignal*>(handle->data)) self->callback_();
    };
    AVEN_CHECK(uv_signal_start(handle_.get(), on_signal, number) == 0);
  }
  ProcessSignal(const ProcessSignal&) = delete;
  ProcessSignal& operator=(const ProcessSignal&) = delete;

 private:
  std::function<void()> callback_;
  Handle<uv_signal_t> handle_;
};

}  // namespace aven::uv
