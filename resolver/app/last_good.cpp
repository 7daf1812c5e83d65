#include "app/last_good.h"

#include <charconv>
#include <chrono>
#include <date/date.h>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/sha256.h"
#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view FirstLine = "aven last good set 1\n";
constexpr std::string_view ChecksumWord = "sha256 ";
constexpr std::size_t ChecksumSize = ChecksumWord.size() + 64 + 1;

std::string checksum_line(std::string digest) {
  return std::string{ChecksumWord} + digest + '\n';
}

// All but the checksum, in pieces.
void write_texts(const InputTexts& texts, const PutText& put) {
  const auto one = [&](std::string_view kind, const policy::SourceText& source) {
    put(std::string{kind} + ' ' + std::to_string(source.file.size()) + ' ' + std::to_string(source.text.size()) + '\n');
    put(source.file);
    put(source.text);
    put("\n");
  };
  put(FirstLine);
  if (texts.config) one("config", *texts.config);
  for (const auto& pack : texts.rules.packs) one("pack", pack);
  for (const auto& names : texts.rules.name_sets) one("names", names);
}

std::string checksum_of(const InputTexts& texts) {
  Sha256 sha;
  write_texts(texts, [&](std::string_view piece) { sha.add(piece); });
  return checksum_line(sha.finish());
}

// Takes a copy apart; false when it is not what write_texts wrote.
class CopyReader {
 public:
  explicit CopyReader(std::string_view rest) : rest_(rest) {}

  bool read(InputTexts& out) {
    if (!rest_.starts_with(FirstLine)) return false;
    rest_.remove_prefix(FirstLine.size());
    while (!rest_.empty()) {
      if (!read_one(out)) return false;
    }
    return true;
  }

 private:
  bool read_one(InputTexts& out) {
    const std::string_view kind = take_until(' ');
    policy::SourceText source;
    const auto name_size = number(take_until(' '));
    const auto text_size = number(take_until('\n'));
    if (!name_size || !text_size || !take(*name_size, source.file) || !take(*text_size, source.text)) return false;
    if (!rest_.starts_with('\n')) return false;
    rest_.remove_prefix(1);

    if (kind == "config") {
      out.config = std::move(source);
    } else if (kind == "pack") {
      out.rules.packs.push_back(std::move(source));
    } else if (kind == "names") {
      out.rules.name_sets.push_back(std::move(source));
    } else {
      return false;
    }
    return true;
  }

  std::string_view take_until(char end) {
    const auto place = rest_.find(end);
    const std::string_view taken = rest_.substr(0, place);
    rest_.remove_prefix(place == std::string_view::npos ? rest_.size() : place + 1);
    return taken;
  }
  static std::optional<std::size_t> number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
  }
  bool take(std::size_t size, std::string& out) {
    if (size > rest_.size()) return false;
    out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

// The copy without its checksum line, or nothing when the two do not agree.
std::optional<std::string_view> checked(std::string_view copy) {
  if (copy.size() < ChecksumSize) return std::nullopt;
  const std::string_view content = copy.substr(0, copy.size() - ChecksumSize);
  Sha256 sha;
  sha.add(content);
  if (copy.substr(content.size()) != checksum_line(sha.finish())) return std::nullopt;
  return content;
}

}  // namespace

LastGood::LastGood(fs::path state_folder) : folder_(std::move(state_folder)), file_(folder_ / "last-good.aven") {}

std::optional<policy::Problem> LastGood::save(const InputTexts& texts) const {
  const std::string checksum = checksum_of(texts);
  if (const auto old = read_text(file_); old && old->ends_with(checksum) && checked(*old)) return std::nullopt;

  std::error_code error;
  fs::create_directories(folder_, error);
  std::optional<std::string> failure;
  if (error) {
    failure = error.message();
  } else {
    failure = write_text_safely(file_, [&](const PutText& put) {
      write_texts(texts, put);
      put(checksum);
    });
  }
  if (!failure) return std::nullopt;
  return policy::Problem{
      file_.string(), "",
      "cannot keep a copy of the rules: " + *failure + "; a restart with broken files would run older rules or none",
      policy::Severity::Warning};
}

std::optional<InputTexts> LastGood::load(policy::Problems& problems) const {
  std::error_code error;
  if (!fs::exists(file_, error) && !error) return std::nullopt;
  const auto unusable = [&](const std::string& why) {
    problems.push_back({file_.string(), "", "the last good copy cannot be used: " + why, policy::Severity::Warning});
    return std::nullopt;
  };
  const auto copy = read_text(file_);
  if (!copy) return unusable(copy.error());
  const auto content = checked(*copy);
  InputTexts texts;
  if (!content || !CopyReader{*content}.read(texts)) return unusable("it is damaged");
  return texts;
}

std::string LastGood::date() const {
  std::error_code error;
  const auto written = fs::last_write_time(file_, error);
  if (error) return {};
  const auto time = std::chrono::floor<std::chrono::minutes>(std::chrono::file_clock::to_sys(written));
  return date::format("%F %H:%M UTC", time);
}

}  // namespace aven::app
