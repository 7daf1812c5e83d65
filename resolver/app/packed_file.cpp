#include "app/packed_file.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <system_error>
#include <zlib.h>

#include "app/sha256.h"
#include "base/check.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t PieceSize = 256U << 10;
constexpr int FastLevel = 1;  // lists are large, and texts pack well at any level
constexpr const char* Damaged = "it is damaged";

// Packs what is put, and puts on what comes of it.
class Packer {
 public:
  explicit Packer(const PutText& put) : put_(put), buffer_(std::make_unique<std::array<char, PieceSize>>()) {
    constexpr int GzipWindow = MAX_WBITS + 16, Memory = 8;
    AVEN_CHECK(::deflateInit2(&stream_, FastLevel, Z_DEFLATED, GzipWindow, Memory, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~Packer() { ::deflateEnd(&stream_); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void put(std::string_view text) { run(text, Z_NO_FLUSH); }
  void finish() { run({}, Z_FINISH); }

 private:
  void run(std::string_view text, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_->data());
      stream_.avail_out = static_cast<uInt>(buffer_->size());
      ::deflate(&stream_, flush);
      put_({buffer_->data(), buffer_->size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

  const PutText& put_;
  z_stream stream_{};
  std::unique_ptr<std::array<char, PieceSize>> buffer_;
};

// Gives what is packed piece by piece; the sentence says what went wrong.
std::optional<std::string> unpack(const fs::path& file, const std::string& sha256, const PutText& put) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in{::gzopen(file.c_str(), "rbe"), ::gzclose};
  if (!in) return std::generic_category().message(errno);
  const auto buffer = std::make_unique<std::array<char, PieceSize>>();
  Sha256 sha;
  int got = 0;
  while ((got = ::gzread(in.get(), buffer->data(), static_cast<unsigned>(buffer->size()))) > 0) {
    const std::string_view piece{buffer->data(), static_cast<std::size_t>(got)};
    sha.add(piece);
    put(piece);
  }
  if (got < 0 || sha.finish() != sha256) return Damaged;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> write_packed(const fs::path& file, const std::function<void(const PutText&)>& write) {
  return write_text_safely(file, [&](const PutText& put) {
    Packer packer{put};
    write([&](std::string_view text) { packer.put(text); });
    packer.finish();
  });
}

Expected<std::string, std::string> read_packed(const fs::path& file, const std::string& sha256) {
  std::string text;
  if (auto failure = unpack(file, sha256, [&](std::string_view piece) { text += piece; })) {
    return Unexpected{std::move(*failure)};
  }
  return text;
}

bool packed_is_whole(const fs::path& file, const std::string& sha256) {
  return !unpack(file, sha256, [](std::string_view) {});
}

std::optional<std::string> pack_file(const fs::path& from, std::size_t skip, const std::string& sha256,
                                     const fs::path& file) {
  Sha256 sha;
  const auto failure = write_packed(file, [&](const PutText& put) {
    std::ifstream in{from, std::ios::binary};
    in.seekg(static_cast<std::streamoff>(skip));
    const auto buffer = std::make_unique<std::array<char, PieceSize>>();
    while (in.read(buffer->data(), static_cast<std::streamsize>(buffer->size())), in.gcount() > 0) {
      const std::string_view piece{buffer->data(), static_cast<std::size_t>(in.gcount())};
      sha.add(piece);
      put(piece);
    }
  });
  if (failure || sha.finish() == sha256) return failure;
  std::error_code ignored;
  fs::remove(file, ignored);  // it changed meanwhile: the next reload keeps it
  return std::nullopt;
}

std::optional<std::string> unpack_file(const fs::path& file, const std::string& sha256, const std::string& head,
                                       const fs::path& to) {
  std::optional<std::string> broken;
  const auto failure = write_text_safely(to, [&](const PutText& put) {
    put(head);
    broken = unpack(file, sha256, put);
  });
  return broken ? broken : failure;
}

}  // namespace aven::app
