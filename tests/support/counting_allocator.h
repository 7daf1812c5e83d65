// CountAllocations: how often operator new is called while it lives, by this thread.
// Including this header replaces the global operator new, so one file of a test program includes it, once.
// Thread: each thread has its own count.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace aven::test {

inline thread_local std::size_t allocations_of_thread = 0;

class CountAllocations {
 public:
  CountAllocations() noexcept : before_(allocations_of_thread) {}
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;
  std::size_t count() const noexcept { return allocations_of_thread - before_; }

 private:
  std::size_t before_;
};

inline void* counted_allocation(std::size_t size, std::size_t alignment) noexcept {
  ++allocations_of_thread;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  return alignment > alignof(std::max_align_t) ? std::aligned_alloc(alignment, rounded) : std::malloc(size);
}

inline void* counted_or_throw(std::size_t size, std::size_t alignment) {
  void* memory = counted_allocation(size, alignment);
  if (memory == nullptr && size != 0) throw std::bad_alloc{};
  return memory;
}

// Not inline: GCC 12 would warn of memory from operator new that free() takes back.
[[gnu::noinline]] inline void release(void* memory) noexcept {
  std::free(memory);
}

}  // namespace aven::test

void* operator new(std::size_t size) {
  return aven::test::counted_or_throw(size, 1);
}
void* operator new[](std::size_t size) {
  return aven::test::counted_or_throw(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return aven::test::counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return aven::test::counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return aven::test::counted_allocation(size, 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return aven::test::counted_allocation(size, 1);
}
void operator delete(void* memory) noexcept {
  aven::test::release(memory);
}
void operator delete[](void* memory) noexcept {
  aven::test::release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  aven::test::release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  aven::test::release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  aven::test::release(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  aven::test::release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  aven::test::release(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  aven::test::release(memory);
}
