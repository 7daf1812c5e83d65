// Index: from a key's tag to the place of its entry. Linear hashing over buckets of two cache lines, of
// which a tag prefers one: it grows by one bucket at a time, so memory is taken as it fills and no insert
// waits for a rehash.
// Thread: the worker's.   Ownership: the buckets lie in the arena, zero at first.
// Fails: add() gives false when the bucket is full; then one of bucket() must go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cache/arena.h"

namespace aven::cache {

class Index {
 public:
  struct alignas(64) Line {
    std::array<std::uint32_t, 8> tags;
    std::array<Ref, 8> refs;
  };
  struct Bucket {
    static constexpr std::size_t Slots = 16;
    std::array<Line, 2> lines;
  };
  static constexpr std::uint32_t FirstBuckets = PageBytes / sizeof(Bucket);

  // `most_buckets` is at least FirstBuckets.
  Index(Bucket* buckets, std::uint32_t most_buckets) noexcept : buckets_(buckets), most_buckets_(most_buckets) {}

  // The first place under `tag` for which same(ref) holds, or NoRef.
  template <class Same>
  Ref find(std::uint32_t tag, Same&& same) const noexcept {
    const Bucket& bucket = buckets_[number_of(tag)];
    for (std::size_t turn = 0; turn < 2; ++turn) {
      const Line& line = bucket.lines[preferred(tag) ^ turn];
      for (std::size_t i = 0; i < line.tags.size(); ++i) {
        if (line.tags[i] == tag && line.refs[i] != NoRef && same(line.refs[i])) return line.refs[i];
      }
    }
    return NoRef;
  }

  [[nodiscard]] bool add(std::uint32_t tag, Ref ref) noexcept;
  void move(std::uint32_t tag, Ref from, Ref to) noexcept;
  void remove(std::uint32_t tag, Ref ref) noexcept;
  const Bucket& bucket(std::uint32_t tag) const noexcept { return buckets_[number_of(tag)]; }

  // For walks: all entries are in the buckets 0 .. bucket_count() - 1.
  std::uint32_t bucket_count() const noexcept { return size_ == 0 ? 0 : buckets(); }
  const Bucket& bucket_at(std::uint32_t number) const noexcept { return buckets_[number]; }

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return size_ == 0 ? 0 : std::size_t{buckets() * sizeof(Bucket)}; }
  // Forgets that there ever was an entry; the arena must be forgotten too.
  void reset() noexcept;

 private:
  std::uint32_t buckets() const noexcept { return level_ + split_; }
  std::uint32_t number_of(std::uint32_t tag) const noexcept {
    const std::uint32_t number = tag & (level_ - 1);
    return number < split_ ? tag & (2 * level_ - 1) : number;
  }
  static std::size_t preferred(std::uint32_t tag) noexcept { return tag >> 31; }
  struct Slot {
    std::uint32_t* tag;
    Ref* ref;
  };
  static std::optional<Slot> slot(Bucket& bucket, std::uint32_t tag, Ref ref) noexcept;
  void grow() noexcept;

  Bucket* buckets_;
  std::uint32_t most_buckets_;
  std::uint32_t level_ = FirstBuckets;  // a power of two; buckets below split_ are already split in two
  std::uint32_t split_ = 0;
  std::size_t size_ = 0;
};

}  // namespace aven::cache
