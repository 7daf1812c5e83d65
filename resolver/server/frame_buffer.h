// FrameBuffer: cuts a stream of octets into DNS messages, each behind its two-octet length (RFC 1035
// section 4.2.2); any split of length and message will do.
// Thread: its owner's.   Lifetime: a message is valid until the next append().
// Memory: what was appended and not taken; the caller stops reading to bound it. Freed when all is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace aven::server {

class FrameBuffer {
 public:
  void append(std::span<const std::uint8_t> octets) {
    if (taken_ == data_.size()) clear();
    if (taken_ > data_.size() / 2) {
      data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(taken_));
      taken_ = 0;
    }
    data_.insert(data_.end(), octets.begin(), octets.end());
  }

  bool has_message() const noexcept { return left() >= 2 && left() - 2 >= next_size(); }

  std::optional<std::span<const std::uint8_t>> next() noexcept {
    if (!has_message()) return std::nullopt;
    const auto message = std::span{data_}.subspan(taken_ + 2, next_size());
    taken_ += 2 + message.size();
    return message;
  }

  void clear() noexcept {
    if (data_.capacity() > KeptCapacity) data_ = {};
    data_.clear();
    taken_ = 0;
  }

 private:
  static constexpr std::size_t KeptCapacity = 1024;

  std::size_t left() const noexcept { return data_.size() - taken_; }
  std::size_t next_size() const noexcept { return std::size_t{data_[taken_]} << 8 | data_[taken_ + 1]; }

  std::vector<std::uint8_t> data_;
  std::size_t taken_ = 0;
};

}  // namespace aven::server
