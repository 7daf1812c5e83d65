#include "app/list_content.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include "app/sha256.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view FirstWords = "aven list 1 ";
constexpr std::size_t PieceSize = 256U << 10;
constexpr std::size_t MaxUnpackedSize = 4ULL << 30;

// Unpacks gzip, several members one after the other too; other content passes as it is.
class Unpacker {
 public:
  explicit Unpacker(policy::ListParser& parser) : parser_(parser) {}
  ~Unpacker() {
    if (packed_) ::inflateEnd(&stream_);
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  // Gives what went wrong, or nothing.
  std::string_view feed(std::string_view piece) {
    if (first_ && !piece.empty()) {
      first_ = false;
      packed_ = piece.starts_with("\x1f\x8b") && ::inflateInit2(&stream_, MAX_WBITS + 16) == Z_OK;
      if (packed_) buffer_ = std::make_unique<std::array<char, PieceSize>>();
    }
    if (packed_) return unpack(piece);
    parser_.feed(piece);
    return {};
  }
  bool complete() const noexcept { return !packed_ || ended_; }

 private:
  std::string_view unpack(std::string_view piece) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      if (ended_ && stream_.avail_in > 0) {
        if (*stream_.next_in != 0x1f) return {};  // padding behind the end
        ::inflateReset(&stream_);
        ended_ = false;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_->data());
      stream_.avail_out = static_cast<uInt>(buffer_->size());
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      const std::size_t size = buffer_->size() - stream_.avail_out;
      parser_.feed({buffer_->data(), size});
      unpacked_ += size;
      if (unpacked_ > MaxUnpackedSize) return "it unpacks to more than 4 GB";
      if (result == Z_STREAM_END) {
        ended_ = true;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return "its gzip content is damaged";
      }
    } while (stream_.avail_in > 0 || (!ended_ && stream_.avail_out == 0));
    return {};
  }

  policy::ListParser& parser_;
  z_stream stream_{};
  bool first_ = true, packed_ = false, ended_ = false;
  std::size_t unpacked_ = 0;
  std::unique_ptr<std::array<char, PieceSize>> buffer_;
};

class File {
 public:
  explicit File(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    struct stat facts {};
    if (fd_ < 0 || ::fstat(fd_, &facts) != 0) {
      failure_ = std::generic_category().message(errno);
    } else if (!S_ISREG(facts.st_mode)) {
      failure_ = "not a regular file";
    }
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Calls take(piece) until the end or until it says what is wrong; gives what went wrong, or nothing.
  std::string read(const std::function<std::string_view(std::string_view)>& take) {
    const auto buffer = std::make_unique<std::array<char, PieceSize>>();
    while (failure_.empty()) {
      const auto got = ::read(fd_, buffer->data(), buffer->size());
      if (got == 0) break;
      if (got > 0) {
        failure_ = take({buffer->data(), static_cast<std::size_t>(got)});
      } else if (errno != EINTR) {
        failure_ = std::generic_category().message(errno);
      }
    }
    return failure_;
  }

 private:
  int fd_;
  std::string failure_;
};

std::optional<CopyHead> parse_head(std::string_view text) {
  constexpr std::size_t Digits = 64;
  const auto end = text.find('\n');
  if (!text.starts_with(FirstWords) || end == std::string_view::npos || end < FirstWords.size() + Digits + 2) return {};
  CopyHead head;
  head.sha256 = text.substr(FirstWords.size(), Digits);
  const char* number = text.data() + FirstWords.size() + Digits + 1;
  if (std::from_chars(number, text.data() + end, head.entries).ptr != text.data() + end) return {};
  head.size = end + 1;
  return head;
}

}  // namespace

std::optional<CopyHead> read_copy_head(const fs::path& copy) {
  std::optional<CopyHead> head;
  File{copy}.read([&](std::string_view piece) {
    head = parse_head(piece);
    return std::string_view{"enough"};
  });
  return head;
}

std::string list_copy_head(std::string_view sha256, std::size_t entries) {
  return std::string{FirstWords} + std::string{sha256} + ' ' + std::to_string(entries) + '\n';
}

ListReading feed_list(const fs::path& file, policy::ListParser& parser, std::size_t skip) {
  Unpacker unpacker{parser};
  Sha256 sha;
  ListReading out;
  out.failure = File{file}.read([&](std::string_view piece) {
    const auto head = std::min(skip, piece.size());
    skip -= head;
    piece.remove_prefix(head);
    sha.add(piece);
    return unpacker.feed(piece);
  });
  if (out.failure.empty() && !unpacker.complete()) out.failure = "its gzip content ends too early";
  out.sha256 = sha.finish();
  return out;
}

}  // namespace aven::app
