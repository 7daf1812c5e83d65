// Arena: address space for one cache, taken from the system page by page as it is touched. Places in it
// are Refs.
// Thread: the owner's.   Ownership: owns the mapping.
// Fails: the constructor throws std::bad_alloc; nothing else fails.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aven::cache {

// A place in the arena, in units from its beginning. 0 is the place of no entry.
using Ref = std::uint32_t;
inline constexpr Ref NoRef = 0;
inline constexpr std::size_t UnitBytes = 16;
inline constexpr std::size_t PageBytes = 4096;

class Arena {
 public:
  explicit Arena(std::size_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::uint8_t* at(Ref ref) const noexcept { return base_ + std::size_t{ref} * UnitBytes; }
  Ref place_of(const void* at) const noexcept {
    return static_cast<Ref>(static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) - base_) / UnitBytes);
  }
  // Gives all memory back to the system; what is read afterwards is zero.
  void forget_all() noexcept;

 private:
  std::size_t bytes_;
  std::uint8_t* base_;
};

}  // namespace aven::cache
