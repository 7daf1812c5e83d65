#include "app/journal_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <date/date.h>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view HeadWords = "aven journal 1 ";
constexpr std::size_t NumberDigits = 6;
constexpr std::size_t HashDigits = 64;

std::string reason(int error) {
  return std::generic_category().message(error);
}

int year_of(WallTime time) {
  return static_cast<int>(date::year_month_day{date::floor<date::days>(time)}.year());
}

// "000012-2026.jsonl": its number, and its year.
std::uint64_t number_of(const fs::path& file) {
  const std::string name = file.filename().string();
  std::uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

std::string file_name(std::uint64_t number, int year) {
  std::string digits = std::to_string(number);
  digits.insert(0, NumberDigits - std::min(NumberDigits, digits.size()), '0');
  return digits + '-' + std::to_string(year) + ".jsonl";
}

// The last line too if it has no end.
template <class Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    visit(line);
  }
}

std::optional<std::string> sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return reason(errno);
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error == 0 ? std::nullopt : std::optional{reason(error)};
}

ChangeRecord healed(const char* what, std::string text) {
  ChangeRecord change;
  change.kind = ChangeKind::JournalHealed;
  change.cause = "start";
  change.details = {{"what", what}, {"text", std::move(text)}};
  return change;
}

}  // namespace

std::optional<JournalHead> read_journal_head(const fs::path& folder) {
  const auto text = read_text(folder / "head");
  if (!text || !text->starts_with(HeadWords)) return std::nullopt;
  std::string_view rest{*text};
  rest.remove_prefix(HeadWords.size());
  JournalHead head;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), head.number);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (error != std::errc{} || rest.size() != 1 + HashDigits + 1 || rest.front() != ' ' || rest.back() != '\n') {
    return std::nullopt;
  }
  head.sha256 = rest.substr(1, HashDigits);
  if (head.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  return head;
}

std::vector<fs::path> journal_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".jsonl" && number_of(entry->path()) > 0) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::pair{number_of(a), a.filename()} < std::pair{number_of(b), b.filename()};
  });
  return files;
}

JournalFile::JournalFile(fs::path folder, std::size_t largest_file)
    : folder_(std::move(folder)), largest_file_(largest_file) {}

JournalFile::~JournalFile() {
  close();
  if (lock_ >= 0) ::close(lock_);
}

void JournalFile::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  open_ = false;
}

std::optional<std::string> JournalFile::lock() {
  if (lock_ >= 0) return std::nullopt;
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return error.message();
  const int fd = ::open((folder_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return reason(errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int failure = errno;
    ::close(fd);
    return failure == EWOULDBLOCK ? "another Aven writes it" : reason(failure);
  }
  lock_ = fd;
  return std::nullopt;
}

// What is to be said of the last line of a file that did not end well.
ChangeRecord JournalFile::cut_line(std::size_t size) {
  const std::string octets = std::to_string(size) + " octets, ";
  return torn_ ? healed("cut_line", "the line before, " + octets + "was not written to its end; it was never confirmed")
               : healed("unreadable_line", "the line before, " + octets + "cannot be read");
}

// Where the chain stands, by all lines there are, and what has to be said of its end.
std::vector<ChangeRecord> JournalFile::read_end() {
  std::optional<ChangeRecord> bad_end;
  last_ = {};
  file_.clear();
  for (const auto& file : journal_files(folder_)) {
    const auto text = read_text(file);
    file_ = file;
    size_ = text ? text->size() : 0;
    torn_ = text && !text->empty() && text->back() != '\n';
    for_each_line(text ? *text : std::string{}, [&](std::string_view line) {
      last_.sha256 = sha256_of(line);
      const auto parsed = parse_journal_line(line);
      bad_end = parsed ? std::nullopt : std::optional{cut_line(line.size())};
      if (parsed) take_in(*parsed);
    });
    if (torn_ && !bad_end) bad_end = cut_line(0);
  }
  std::vector<ChangeRecord> sayings;
  if (bad_end) sayings.push_back(std::move(*bad_end));
  const auto head = read_journal_head(folder_);
  if (!head && last_.number > 0) {
    sayings.push_back(healed("head", "the file `head` is gone or damaged; it is written anew"));
  } else if (head && head->number > last_.number) {
    sayings.push_back(healed("missing_lines", "lines " + std::to_string(last_.number + 1) + " to " +
                                                  std::to_string(head->number) + " were confirmed and are missing"));
    last_.number = head->number;
  }
  return sayings;
}

void JournalFile::take_in(const JournalLine& line) noexcept {
  last_.number = std::max(last_.number, line.number);
  latest_ = accepts_clock(line.change) ? line.at : std::max(latest_, line.at);
}

std::optional<std::string> JournalFile::open(WallTime now) {
  if (open_) return std::nullopt;
  if (auto failure = lock()) return failure;
  auto sayings = read_end();
  open_ = true;
  for (auto& saying : sayings) {
    JournalLine line;
    line.at = now;
    line.change = std::move(saying);
    if (auto failure = append(line)) {
      close();  // it is to be said at the next attempt
      return failure;
    }
  }
  return std::nullopt;
}

std::optional<std::string> JournalFile::use_file_for(int year, std::size_t size) {
  const bool fits = !file_.empty() && size_ + size <= largest_file_ &&
                    file_.filename().string().ends_with('-' + std::to_string(year) + ".jsonl");
  if (fd_ >= 0 && (fits || torn_)) return std::nullopt;
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  const bool fresh = !fits && !torn_;
  if (fresh) {
    file_ = folder_ / file_name(file_.empty() ? 1 : number_of(file_) + 1, year);
    size_ = 0;
  }
  fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | (fresh ? O_CREAT : 0), 0640);
  if (fd_ < 0) return reason(errno);
  return fresh ? sync_folder(folder_) : std::nullopt;
}

std::optional<std::string> JournalFile::write_line(const std::string& text) {
  std::string_view rest{text};
  int error = 0;
  while (error == 0 && !rest.empty()) {
    const auto written = ::write(fd_, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && ::fdatasync(fd_) != 0) error = errno;
  if (error == 0) {
    size_ += text.size();
    return std::nullopt;
  }
  // The part that was written was never confirmed. Where it cannot be taken back, opening again heals it.
  if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) close();
  return reason(error);
}

std::optional<std::string> JournalFile::append(JournalLine& line) {
  if (auto failure = open(line.at)) return failure;
  line.number = last_.number + 1;
  line.before = last_.sha256;
  const std::string text = to_text(line);
  if (auto failure = use_file_for(year_of(line.at), text.size() + 1)) {
    close();
    return failure;
  }
  if (auto failure = write_line((torn_ ? "\n" : "") + text + '\n')) return failure;
  torn_ = false;
  last_.sha256 = sha256_of(text);
  take_in(line);
  return std::nullopt;
}

std::optional<std::string> JournalFile::note_last() {
  return write_text_safely(folder_ / "head", [&](const PutText& put) {
    put(std::string{HeadWords} + std::to_string(last_.number) + ' ' + last_.sha256 + '\n');
  });
}

}  // namespace aven::app
