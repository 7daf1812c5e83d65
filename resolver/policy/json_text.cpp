#include "policy/json_text.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "policy/json_object.h"

namespace aven::policy {
namespace {

// Follows the parser's events and knows where in the document it is.
class Tracker {
 public:
  Tracker(const std::string& file, Problems& problems, const TakeString& take)
      : file_(file), problems_(problems), take_(take) {}

  bool on_event(Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::key:
        return on_key(parsed.get_ref<const std::string&>());
      case Event::object_start:
      case Event::array_start:
        levels_.push_back({pointer(), event == Event::array_start, 0, {}, {}});
        return true;
      case Event::object_end:
      case Event::array_end:
        levels_.pop_back();
        step();
        return true;
      case Event::value:
        return on_value(parsed);
    }
    return true;
  }

 private:
  struct Level {
    std::string pointer;
    bool is_array;
    std::size_t index;
    std::string key;
    std::set<std::string> keys;
  };

  std::string pointer() const {
    if (levels_.empty()) return {};
    const Level& level = levels_.back();
    return level.pointer + '/' + (level.is_array ? std::to_string(level.index) : pointer_token(level.key));
  }

  void step() {
    if (!levels_.empty() && levels_.back().is_array) ++levels_.back().index;
  }

  bool on_key(const std::string& key) {
    Level& level = levels_.back();
    level.key = key;
    if (!level.keys.insert(key).second)
      problems_.push_back({file_, pointer(), "this key is here twice", Severity::Error});
    return true;
  }

  bool on_value(const Json& value) {
    const bool taken = take_ && !levels_.empty() && levels_.back().is_array && value.is_string() &&
                       take_(levels_.back().pointer, levels_.back().index, value.get_ref<const std::string&>());
    step();
    return !taken;
  }

  const std::string& file_;
  Problems& problems_;
  const TakeString& take_;
  std::vector<Level> levels_;
};

std::string place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto last_break = before.rfind('\n');
  const auto column = before.size() - (last_break == std::string_view::npos ? 0 : last_break + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// The part of nlohmann's message that says what is wrong, without its own place and number.
std::string reason_of(const std::string& message) {
  const auto place = message.find(": ");
  return place == std::string::npos ? message : message.substr(place + 2);
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

bool parse_json(const std::string& file, std::string_view text, Comments comments, Json& out, Problems& problems,
                const TakeString& take) {
  const std::size_t before = problems.size();
  Tracker tracker{file, problems, take};
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  try {
    out = Json::parse(
        text.begin(), text.end(),
        [&](int, Json::parse_event_t event, Json& parsed) { return tracker.on_event(event, parsed); }, true,
        comments == Comments::Yes);
  } catch (const Json::parse_error& error) {
    problems.push_back({file, place_of(text, error.byte), "is not JSON: " + reason_of(error.what()), Severity::Error});
  } catch (const Json::exception& error) {
    problems.push_back({file, "", "is not JSON: " + reason_of(error.what()), Severity::Error});
  }
  return problems.size() == before;
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
