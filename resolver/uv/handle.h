// Handle<H>: owner of a libuv handle. The C struct lives until libuv's close callback; the owner may go
// earlier.
// Thread: the loop's.   Lifetime: the loop must turn once more after the last owner is gone (uv::Loop's
// destructor does).
// Fails: make() gives null and libuv's error number; a handle whose init failed is freed, never closed.
#pragma once

#include <memory>
#include <uv.h>

namespace aven::uv {

template <class H>
struct CloseHandle {
  void operator()(H* handle) const noexcept {
    handle->data = nullptr;  // a late callback finds no owner
    uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* p) { delete reinterpret_cast<H*>(p); });
  }
};

template <class H>
using Handle = std::unique_ptr<H, CloseHandle<H>>;

template <class H, class Init, class... Args>
Handle<H> make(int& error, void* owner, Init init, uv_loop_t* loop, Args... args) {
  auto raw = std::make_unique<H>();
  error = init(loop, raw.get(), args...);
  if (error != 0) return nullptr;
  raw->data = owner;
  return Handle<H>{raw.release()};
}

}  // namespace aven::uv
