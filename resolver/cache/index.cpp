#include "cache/index.h"

#include <utility>

#include "base/check.h"

namespace aven::cache {
namespace {

// At 5 of 16 slots on average about one entry in a thousand finds its bucket full.
constexpr std::size_t MeanLoad = 5;

}  // namespace

bool Index::add(std::uint32_t tag, Ref ref) noexcept {
  if (size_ >= MeanLoad * buckets()) grow();
  const auto free = slot(buckets_[number_of(tag)], tag, NoRef);
  if (!free) return false;
  *free->tag = tag;
  *free->ref = ref;
  ++size_;
  return true;
}

void Index::move(std::uint32_t tag, Ref from, Ref to) noexcept {
  const auto place = slot(buckets_[number_of(tag)], tag, from);
  AVEN_CHECK(place.has_value());
  *place->ref = to;
}

void Index::remove(std::uint32_t tag, Ref ref) noexcept {
  const auto place = slot(buckets_[number_of(tag)], tag, ref);
  AVEN_CHECK(place.has_value());
  *place->ref = NoRef;
  --size_;
}

void Index::reset() noexcept {
  level_ = FirstBuckets;
  split_ = 0;
  size_ = 0;
}

std::optional<Index::Slot> Index::slot(Bucket& bucket, std::uint32_t tag, Ref ref) noexcept {
  for (std::size_t turn = 0; turn < 2; ++turn) {
    Line& line = bucket.lines[preferred(tag) ^ turn];
    for (std::size_t i = 0; i < line.refs.size(); ++i) {
      if (line.refs[i] == ref) return Slot{&line.tags[i], &line.refs[i]};
    }
  }
  return std::nullopt;
}

void Index::grow() noexcept {
  if (buckets() == most_buckets_) return;
  Bucket& fresh = buckets_[level_ + split_];
  for (Line& line : buckets_[split_].lines) {
    for (std::size_t i = 0; i < line.refs.size(); ++i) {
      if (line.refs[i] == NoRef || (line.tags[i] & level_) == 0) continue;
      const auto free = slot(fresh, line.tags[i], NoRef);
      *free->tag = line.tags[i];
      *free->ref = std::exchange(line.refs[i], NoRef);
    }
  }
  if (++split_ < level_) return;
  level_ *= 2;
  split_ = 0;
}

}  // namespace aven::cache
