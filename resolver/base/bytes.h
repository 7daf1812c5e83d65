// ByteReader and ByteWriter: the only code that touches wire data. Every access is checked; all numbers are
// in network order (RFC 1035 section 2.3.2).
// Thread: any.   Lifetime: both look at the caller's buffer.
// Fails: the first access past the end sets failed() for good; from then on reads give 0 and writes do nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace aven {

// Of octets that are known to be there.
constexpr std::uint16_t u16_at(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
constexpr std::uint32_t u32_at(const std::uint8_t* at) noexcept {
  return std::uint32_t{u16_at(at)} << 16 | u16_at(at + 2);
}

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> data, std::size_t position = 0) noexcept
      : data_(data), position_(position), failed_(position > data.size()) {}

  bool failed() const noexcept { return failed_; }
  std::size_t position() const noexcept { return position_; }
  std::size_t remaining() const noexcept { return failed_ ? 0 : data_.size() - position_; }
  std::span<const std::uint8_t> data() const noexcept { return data_; }

  // Inlined always: where GCC's own judgement leaves them out of line, reading names costs a third more (callgrind).
  [[gnu::always_inline]] std::uint8_t u8() noexcept { return need(1) ? data_[position_++] : std::uint8_t{0}; }
  [[gnu::always_inline]] std::uint16_t u16() noexcept {
    if (!need(2)) return 0;
    const std::uint16_t value = u16_at(data_.data() + position_);
    position_ += 2;
    return value;
  }
  [[gnu::always_inline]] std::uint32_t u32() noexcept {
    if (!need(4)) return 0;
    const std::uint32_t value = u32_at(data_.data() + position_);
    position_ += 4;
    return value;
  }
  [[gnu::always_inline]] std::span<const std::uint8_t> bytes(std::size_t count) noexcept {
    if (!need(count)) return {};
    const auto view = data_.subspan(position_, count);
    position_ += count;
    return view;
  }
  [[gnu::always_inline]] void skip(std::size_t count) noexcept {
    if (need(count)) position_ += count;
  }

 private:
  [[gnu::always_inline]] bool need(std::size_t count) noexcept {
    if (failed_ || data_.size() - position_ < count) failed_ = true;
    return !failed_;
  }

  std::span<const std::uint8_t> data_;
  std::size_t position_;
  bool failed_;
};

class ByteWriter {
 public:
  explicit ByteWriter(std::span<std::uint8_t> out) noexcept : out_(out) {}

  bool failed() const noexcept { return failed_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t room() const noexcept { return failed_ ? 0 : out_.size() - size_; }
  std::span<std::uint8_t> written() const noexcept { return out_.first(size_); }

  void u8(std::uint8_t value) noexcept {
    if (need(1)) out_[size_++] = value;
  }
  void u16(std::uint16_t value) noexcept {
    if (!need(2)) return;
    put_u16(size_, value);
    size_ += 2;
  }
  void u32(std::uint32_t value) noexcept {
    if (!need(4)) return;
    put_u16(size_, static_cast<std::uint16_t>(value >> 16));
    put_u16(size_ + 2, static_cast<std::uint16_t>(value));
    size_ += 4;
  }
  void bytes(std::span<const std::uint8_t> data) noexcept {
    if (!need(data.size()) || data.empty()) return;
    std::memcpy(out_.data() + size_, data.data(), data.size());
    size_ += data.size();
  }
  // Overwrites two octets that were written before (a count or a length known only later).
  void patch_u16(std::size_t position, std::uint16_t value) noexcept {
    if (position + 2 > size_) failed_ = true;
    if (!failed_) put_u16(position, value);
  }
  // Forgets everything after `size`; also clears a failure that happened after it.
  void rewind(std::size_t size) noexcept {
    if (size > size_) return;
    size_ = size;
    failed_ = false;
  }

 private:
  void put_u16(std::size_t position, std::uint16_t value) noexcept {
    out_[position] = static_cast<std::uint8_t>(value >> 8);
    out_[position + 1] = static_cast<std::uint8_t>(value);
  }
  bool need(std::size_t count) noexcept {
    if (failed_ || out_.size() - size_ < count) failed_ = true;
    return !failed_;
  }

  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool failed_ = false;
};

}  // namespace aven
