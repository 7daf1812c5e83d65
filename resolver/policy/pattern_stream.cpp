#include "policy/pattern_stream.h"

#include <algorithm>

#include "policy/json_object.h"

namespace aven::policy {
namespace {

// "/rules/0/domains" and "/rules/0/except".
bool holds_patterns(const std::string& array) {
  constexpr std::ptrdiff_t Slashes = 3;
  return array.starts_with("/rules/") && (array.ends_with("/domains") || array.ends_with("/except")) &&
         std::count(array.begin(), array.end(), '/') == Slashes;
}

}  // namespace

bool PatternStream::take(const std::string& array, std::size_t index, const std::string* text) {
  if (source_ == nullptr || source_->pointer != array) {
    if (!holds_patterns(array)) return false;
    source_ = &source_of(array);
  }
  const auto wrong = [&](std::string why) {
    sink_.add(array + '/' + std::to_string(index), std::move(why));
    broken_.insert(array);
  };
  if (text == nullptr) {
    wrong("must be a text in quotes");
    return false;
  }
  const auto pattern = parse_pattern(*text);
  if (pattern) {
    source_->patterns.add(*pattern);
  } else {
    wrong(in_quotes(*text) + ' ' + pattern.error());
  }
  return true;
}

PatternSource PatternStream::take_out(const std::string& array) {
  PatternSource source = std::move(source_of(array));
  sources_.erase(array);
  source_ = nullptr;
  return source;
}

PatternSource& PatternStream::source_of(const std::string& array) {
  auto& source = sources_[array];
  source.file = sink_.file;
  source.pointer = array;
  return source;
}

}  // namespace aven::policy
