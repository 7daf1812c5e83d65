// FreeWith: the deleter of a std::unique_ptr for what a C library gives back by a function of its own.
// Thread: any.   Memory: none; the pointer stays as small as a raw one.
#pragma once

namespace aven {

template <auto Fn>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Fn(pointer);
  }
};

}  // namespace aven
