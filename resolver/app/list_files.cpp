#include "app/list_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <zlib.h>

#include "app/sha256.h"
#include "app/text_file.h"
#include "policy/list_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::ListFormat;
using policy::ListReference;
using policy::ParsedList;
using policy::Severity;

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

struct Content {
  ParsedList list;
  std::string sha256;
  std::string failure;
};

struct CopyHead {
  std::string sha256;
  std::size_t entries = 0;
  std::size_t size = 0;  // of the head itself
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

std::optional<CopyHead> read_head(const fs::path& copy) {
  std::optional<CopyHead> head;
  File{copy}.read([&](std::string_view piece) {
    head = parse_head(piece);
    return std::string_view{"enough"};
  });
  return head;
}

// `skip` octets belong to the head of a copy.
Content read_content(const fs::path& file, ListFormat format, policy::Action action, std::size_t skip = 0) {
  Content out;
  policy::ListParser parser{format, action};
  Unpacker unpacker{parser};
  Sha256 sha;
  out.failure = File{file}.read([&](std::string_view piece) {
    const auto head = std::min(skip, piece.size());
    skip -= head;
    piece.remove_prefix(head);
    sha.add(piece);
    return unpacker.feed(piece);
  });
  if (out.failure.empty() && !unpacker.complete()) out.failure = "its gzip content ends too early";
  out.list = parser.finish();
  out.sha256 = sha.finish();
  return out;
}

// Toulouse's categories have an English and a French name.
constexpr std::pair<std::string_view, std::string_view> Ut1Names[] = {
    {"ads", "publicite"}, {"aggressive", "agressif"}, {"drugs", "drogue"},     {"mail", "forums"},
    {"porn", "adult"},    {"proxy", "redirector"},    {"violence", "agressif"}};

fs::path ut1_folder(fs::path folder) {
  std::error_code ignored;
  if (!folder.has_filename()) folder = folder.parent_path();
  if (fs::exists(folder, ignored)) return folder;
  for (const auto& [english, french] : Ut1Names) {
    const auto name = folder.filename().string();
    const auto other = folder.parent_path() / (name == english ? french : english);
    if ((name == english || name == french) && fs::exists(other, ignored)) return other;
  }
  return folder;
}

bool is_white(const fs::path& category) {
  const auto usage = read_text(category / "usage");
  if (!usage) return false;
  bool white = false, black = false;
  std::string_view rest = *usage;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with('#')) continue;
    white = white || line.find("white") != std::string_view::npos;
    black = black || line.find("black") != std::string_view::npos;
  }
  return white && !black;
}

class Reader {
 public:
  Reader(const fs::path& folder, const fs::path& state, ListSource source)
      : folder_(folder), state_(state), source_(source) {}

  void read(policy::Rule& rule, std::size_t index) {
    const ListReference& list = rule.lists[index];
    const std::string pointer = rule.pointer + "/lists/" + std::to_string(index);
    const auto tell = [&](const char* key, std::string text, Severity severity) {
      out_.problems.push_back({rule.file, pointer + key, std::move(text), severity});
    };
    if (!list.url.empty()) {
      return tell("/url", "lists by URL are not supported yet in this version: fetch it to a file, and name that",
                  Severity::Error);
    }
    const auto format = policy::parse_list_format(list.format);
    if (!format || list.file.empty()) return;  // a problem of the rule file
    if (rule.mode == policy::Mode::Off) {
      return tell("", "the list " + list.file + " is not read: the rule is off", Severity::Note);
    }
    const fs::path copy = list_copy(state_, list.file, list.format);
    if (source_ == ListSource::Copies) return read_copy(rule, list, *format, copy, tell);
    fs::path file = folder_ / list.file;
    if (*format == ListFormat::Ut1) {
      file = ut1_folder(std::move(file));
      if (rule.action != policy::Action::Allow && is_white(file)) {
        return tell("/file", "its `usage` says white: the names of this category are to be allowed, not blocked",
                    Severity::Error);
      }
      file /= "domains";
    }
    out_.watched.push_back(file.parent_path());

    const auto head = read_head(copy);
    Content content = read_content(file, *format, rule.action);
    const std::string why = content.failure.empty() ? refusal(list, content.list, head)
                                                    : "cannot read " + file.string() + ": " + content.failure;
    if (why.empty()) {
      out_.good.push_back({file, copy, content.sha256, content.list.entries()});
      out_.used.push_back({list.file, list.format, content.sha256, content.list.entries(), file, 0});
      return take(rule, list, std::move(content.list));
    }
    content = {};
    read_copy(rule, list, *format, copy, tell, why);
  }

  ReadLists finish() {
    std::sort(out_.watched.begin(), out_.watched.end());
    out_.watched.erase(std::unique(out_.watched.begin(), out_.watched.end()), out_.watched.end());
    return std::move(out_);
  }

 private:
  // `why`: what is wrong with the list's own file; empty: it is not wanted.
  template <class Tell>
  void read_copy(policy::Rule& rule, const ListReference& list, ListFormat format, const fs::path& copy,
                 const Tell& tell, const std::string& why = {}) {
    const auto head = read_head(copy);
    Content content;
    if (head) content = read_content(copy, format, rule.action, head->size);
    if (!head || !content.failure.empty() || content.sha256 != head->sha256) {
      return tell("/file", (why.empty() ? list.file : why) + "; there is no good copy of it", Severity::Error);
    }
    if (!why.empty()) {
      tell("/file", why + "; its last good version runs on, with " + std::to_string(content.list.entries()) + " names",
           Severity::Warning);
    }
    out_.used.push_back({list.file, list.format, head->sha256, content.list.entries(), copy, head->size});
    take(rule, list, std::move(content.list));
  }

  // Why a list that can be read is not taken; empty if it is.
  static std::string refusal(const ListReference& list, const ParsedList& parsed, const std::optional<CopyHead>& head) {
    const std::size_t entries = parsed.entries();
    const std::string has = list.file + " has " + std::to_string(entries) + " names";
    if (entries < list.min_entries) return has + ", less than min_entries " + std::to_string(list.min_entries);
    if (head && list.max_shrink_percent && entries * 100 < head->entries * (100 - *list.max_shrink_percent)) {
      return has + " where there were " + std::to_string(head->entries) + ", shrunk by more than max_shrink_percent " +
             std::to_string(*list.max_shrink_percent);
    }
    return {};
  }

  void take(policy::Rule& rule, const ListReference& list, ParsedList parsed) {
    for (auto& note : policy::notes_of(parsed, list.file)) out_.problems.push_back(std::move(note));
    if (parsed.entries() == 0) {
      out_.problems.push_back({list.file, "", "names nothing; is " + list.format + " its format?", Severity::Warning});
    }
    if (!parsed.names.empty()) rule.domains.push_back({list.file, "", std::move(parsed.names), true});
    if (!parsed.excepts.empty()) rule.except.push_back({list.file, "", std::move(parsed.excepts), true});
  }

  fs::path folder_, state_;
  ListSource source_;
  ReadLists out_;
};

std::optional<std::string> write_copy(const ReadList& list, std::string content) {
  std::error_code error;
  fs::create_directories(list.copy.parent_path(), error);
  if (error) return error.message();
  return write_text_safely(list.copy, [&](const PutText& put) {
    put(list_copy_head(list.sha256, list.entries));
    put(content);
  });
}

}  // namespace

fs::path list_copy(const fs::path& state, const std::string& file, const std::string& format) {
  Sha256 sha;
  sha.add(format + '\n' + file);
  return state / "lists" / (sha.finish().substr(0, 32) + ".list");
}

std::string list_copy_head(const std::string& sha256, std::size_t entries) {
  return std::string{FirstWords} + sha256 + ' ' + std::to_string(entries) + '\n';
}

ReadLists read_lists(policy::RuleSet& rules, const fs::path& folder, const fs::path& state, ListSource source) {
  Reader reader{folder, state, source};
  for (auto& rule : rules.rules) {
    for (std::size_t i = 0; i < rule.lists.size(); ++i) reader.read(rule, i);
  }
  return reader.finish();
}

std::optional<policy::Problem> keep_lists(const std::vector<ReadList>& lists) {
  std::optional<policy::Problem> problem;
  for (const auto& list : lists) {
    const auto head = read_head(list.copy);
    if (head && head->sha256 == list.sha256 && head->entries == list.entries) continue;
    auto content = read_text(list.file);
    if (!content) continue;
    Sha256 sha;
    sha.add(*content);
    if (sha.finish() != list.sha256) continue;  // it changed meanwhile: a reload follows
    if (const auto failure = write_copy(list, std::move(*content)); failure && !problem) {
      problem =
          policy::Problem{list.copy.string(), "", "cannot keep a copy of the list: " + *failure, Severity::Warning};
    }
  }
  return problem;
}

}  // namespace aven::app
