#include "app/text_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace aven::app {
namespace {

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string reason(int error) {
  return std::generic_category().message(error);
}

// Gathers small pieces and writes them; remembers the first error.
class FileWriter {
 public:
  explicit FileWriter(int fd) : fd_(fd) {}

  void put(std::string_view text) {
    pending_ += text;
    if (pending_.size() >= FlushSize) flush();
  }
  int finish() {
    flush();
    if (error_ == 0 && ::fsync(fd_) != 0) error_ = errno;
    return error_;
  }

 private:
  static constexpr std::size_t FlushSize = 1U << 20;

  void flush() {
    std::string_view rest = pending_;
    while (error_ == 0 && !rest.empty()) {
      const auto written = ::write(fd_, rest.data(), rest.size());
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    pending_.clear();
  }

  int fd_;
  int error_ = 0;
  std::string pending_;
};

int sync_folder(const std::filesystem::path& folder) {
  const OpenFile opened{folder, O_RDONLY | O_DIRECTORY};
  if (!opened.is_open() || ::fsync(opened.fd()) != 0) return errno;
  return 0;
}

int give_to_owner_of_folder(int fd, const std::filesystem::path& file) {
  struct stat folder {};
  if (::geteuid() != 0) return 0;
  if (::stat(file.parent_path().c_str(), &folder) != 0) return errno;
  return ::fchown(fd, folder.st_uid, folder.st_gid) == 0 ? 0 : errno;
}

int write_new(const std::filesystem::path& file, const std::function<void(const PutText&)>& write, Readers readers) {
  const OpenFile out{file, O_WRONLY | O_CREAT | O_TRUNC, readers == Readers::Owner ? mode_t{0600} : mode_t{0640}};
  if (!out.is_open()) return errno;
  if (readers == Readers::Owner) {
    if (const int error = give_to_owner_of_folder(out.fd(), file); error != 0) return error;
  }
  FileWriter writer{out.fd()};
  write([&](std::string_view text) { writer.put(text); });
  return writer.finish();
}

}  // namespace

Expected<std::string, std::string> read_text(const std::filesystem::path& file) {
  const OpenFile in{file, O_RDONLY | O_NONBLOCK};
  if (!in.is_open()) return Unexpected{reason(errno)};
  struct stat facts {};
  if (::fstat(in.fd(), &facts) != 0) return Unexpected{reason(errno)};
  if (!S_ISREG(facts.st_mode)) return Unexpected<std::string>{"not a regular file"};

  std::string text(static_cast<std::size_t>(facts.st_size) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    if (size == text.size()) text.resize(text.size() * 2);
    const auto got = ::read(in.fd(), text.data() + size, text.size() - size);
    if (got == 0) break;
    if (got > 0) {
      size += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      return Unexpected{reason(errno)};
    }
  }
  text.resize(size);
  return text;
}

std::optional<std::string> write_text_safely(const std::filesystem::path& file,
                                             const std::function<void(const PutText&)>& write, Readers readers) {
  auto fresh = file;
  fresh += ".new";
  int error = write_new(fresh, write, readers);
  if (error == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
  if (error == 0) error = sync_folder(file.parent_path());
  if (error == 0) return std::nullopt;
  ::unlink(fresh.c_str());
  return reason(error);
}

}  // namespace aven::app
