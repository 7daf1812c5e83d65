#include "policy/json_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "policy/json_object.h"

namespace aven::policy {
namespace {

constexpr std::size_t MaxDepth = 64;

using Sax = nlohmann::json_sax<Json>;

// Builds the tree from the parser's events. nlohmann's own filter (a parse callback) walks all of an array again for each
// object in it.
class TreeBuilder final : public Sax {
 public:
  TreeBuilder(const ProblemSink& sink, std::string_view text, Json& out, const TakeElement& take)
      : sink_(sink), text_(text), out_(out), take_(take) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool val) override { return value(val); }
  bool number_integer(number_integer_t val) override { return value(val); }
  bool number_unsigned(number_unsigned_t val) override { return value(val); }
  // JSON knows one kind of number: 30.0 is 30, as in a JSON schema.
  bool number_float(number_float_t val, const string_t&) override {
    constexpr number_float_t Exact = 9007199254740992.0;  // 2^53
    if (val != std::trunc(val) || std::abs(val) > Exact) return value(val);
    return val < 0 ? value(static_cast<std::int64_t>(val)) : value(static_cast<std::uint64_t>(val));
  }
  bool string(string_t& val) override {
    if (!levels_.empty() && levels_.back().is_array && is_taken(&val)) {
      ++levels_.back().index;
      return true;
    }
    return value(std::move(val));
  }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override { return start(Json::object(), false); }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override { return start(Json::array(), true); }
  bool end_array() override { return end(); }

  bool key(string_t& val) override {
    Level& level = levels_.back();
    level.key = std::move(val);
    if (level.container->contains(level.key)) wrong(pointer(), "this key is here twice");
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override;

 private:
  struct Level {
    Json* container;  // in the tree; nothing is added beside it before it is whole
    bool is_array;
    std::string pointer;
    std::size_t index = 0;  // of the next element
    std::string key;        // of the next member
  };

  std::string pointer() const {
    if (levels_.empty()) return {};
    const Level& level = levels_.back();
    return level.pointer + '/' + (level.is_array ? std::to_string(level.index) : pointer_token(level.key));
  }

  bool is_taken(const std::string* text) { return take_ && take_(levels_.back().pointer, levels_.back().index, text); }

  Json& place(Json&& value) {
    if (levels_.empty()) return out_ = std::move(value);
    Level& level = levels_.back();
    if (!level.is_array) return (*level.container)[level.key] = std::move(value);
    if (!value.is_string()) is_taken(nullptr);
    ++level.index;
    level.container->push_back(std::move(value));
    return level.container->back();
  }

  bool value(Json&& value) {
    place(std::move(value));
    return true;
  }

  bool start(Json&& empty, bool is_array) {
    std::string here = pointer();
    if (levels_.size() == MaxDepth) {
      wrong({}, "is nested more than " + std::to_string(MaxDepth) + " levels deep");
      return false;
    }
    levels_.push_back({&place(std::move(empty)), is_array, std::move(here), 0, {}});
    return true;
  }

  bool end() {
    levels_.pop_back();
    return true;
  }

  void wrong(std::string place, std::string text) { sink_.add(std::move(place), std::move(text)); }

  const ProblemSink& sink_;
  std::string_view text_;
  Json& out_;
  const TakeElement& take_;
  std::vector<Level> levels_;
};

std::string place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last_break = before.rfind('\n');
  const auto column = before.size() - (last_break == std::string_view::npos ? 0 : last_break + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// The part of nlohmann's message that says what is wrong: without its own place and number, and without the text that it
// read last, which may be long and of any octets.
std::string reason_of(std::string_view message, std::string_view last_read) {
  constexpr std::string_view Place = ": ", Number = "] ", Read = "; last read: '", Quote = "'";
  for (const auto mark : {Number, Place}) {
    if (const auto at = message.find(mark); at != std::string_view::npos) message.remove_prefix(at + mark.size());
  }
  const auto read = message.find(Read);
  if (read == std::string_view::npos) return std::string{message};
  const auto behind = std::min(read + Read.size() + last_read.size() + Quote.size(), message.size());
  return std::string{message.substr(0, read)} + std::string{message.substr(behind)};
}

bool TreeBuilder::parse_error(std::size_t position, const std::string& last_read,
                              const nlohmann::detail::exception& error) {
  wrong(place_of(text_, position), "is not JSON: " + reason_of(error.what(), last_read));
  return false;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool parse_json(const ProblemSink& sink, std::string_view text, Comments comments, Json& out, const TakeElement& take) {
  const std::size_t before = sink.problems.size();
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  TreeBuilder builder{sink, text, out, take};
  if (!Json::sax_parse(text.begin(), text.end(), &builder, Json::input_format_t::json, true,
                       comments == Comments::Yes)) {
    out = nullptr;
  }
  return sink.problems.size() == before;
}

std::string_view nearest_key(std::string_view key, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(key.size() / 3, 1) + 1;
  for (const auto candidate : known) {
    const std::size_t distance = edit_distance(key, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace aven::policy
