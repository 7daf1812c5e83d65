#include "app/journal_reader.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "app/text_file.h"

namespace aven::app {
namespace {

using Kind = JournalFinding::Kind;

class Reader {
 public:
  explicit Reader(const std::filesystem::path& folder) : head_(read_journal_head(folder)) {
    for (const auto& file : journal_files(folder)) read_file(file);
    if (bad_) add(Kind::NoLine, *bad_);
    check_head();
  }
  ReadJournal finish() { return std::move(out_); }

 private:
  struct Place {
    std::string file;
    std::size_t line = 0;
  };

  void add(Kind kind, const Place& place, std::uint64_t from = 0, std::uint64_t to = 0) {
    out_.findings.push_back({kind, place.file, place.line, from, to});
  }

  void read_file(const std::filesystem::path& path) {
    place_ = {path.filename().string(), 0};
    const auto text = read_text(path);
    if (!text) return add(Kind::Unreadable, place_);
    std::string_view rest{*text};
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      const bool whole = line.size() < rest.size();
      rest.remove_prefix(whole ? line.size() + 1 : line.size());
      ++place_.line;
      if (!whole) return add(Kind::Open, place_);
      read_line(line);
    }
  }

  void read_line(std::string_view text) {
    auto line = parse_journal_line(text);
    if (!line) {
      if (bad_) add(Kind::NoLine, *bad_);
      bad_ = place_;
    } else {
      check_line(*line);
      out_.last.number = line->number;
    }
    out_.last.sha256 = sha256_of(text);
    if (head_ && line && line->number == head_->number) hash_at_head_ = out_.last.sha256;
    if (line) out_.lines.push_back(std::move(*line));
    before_ = place_;
  }

  void check_line(const JournalLine& line) {
    const auto bad = std::exchange(bad_, std::nullopt);
    const bool healed = bad && line.change.kind == ChangeKind::JournalHealed;
    if (bad) add(healed ? Kind::Healed : Kind::NoLine, *bad);
    const std::uint64_t expected = out_.last.number + (bad && !healed ? 2 : 1);
    const bool starts_late = out_.lines.empty() && line.number > expected;
    if ((!bad || healed) && !starts_late && line.before != out_.last.sha256) add(Kind::Changed, before_);
    if (line.number > expected) add(Kind::Gap, place_, expected, line.number - 1);
    if (line.number < expected) add(Kind::Changed, place_);
  }

  void check_head() {
    if (!head_) {
      if (!out_.lines.empty()) add(Kind::NoHead, {"head", 0});
    } else if (head_->number > out_.last.number) {
      add(Kind::Cut, place_, out_.last.number + 1, head_->number);
    } else if (hash_at_head_ && *hash_at_head_ != head_->sha256) {
      add(Kind::Changed, before_);
    }
  }

  const std::optional<JournalHead> head_;  // read first: Aven may write meanwhile
  std::optional<std::string> hash_at_head_;
  std::optional<Place> bad_;  // what stands there is no line
  Place place_, before_;
  ReadJournal out_;
};

}  // namespace

bool is_harm(Kind kind) noexcept {
  return kind != Kind::Healed && kind != Kind::Open;
}

ReadJournal read_journal(const std::filesystem::path& folder) {
  return Reader{folder}.finish();
}

}  // namespace aven::app
