// list: any octets as a block list of each format. However they are cut into pieces the result is the same; every name has
// two labels or more; what is said of the list is text.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "policy/list_file.h"

namespace {

using namespace aven::policy;

ParsedList parse(ListFormat format, Action action, std::string_view text, std::size_t piece) {
  ListParser parser{format, action};
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) parser.feed(text.substr(0, piece));
  return parser.finish();
}

std::string told(const PatternList& patterns) {
  std::string out;
  patterns.for_each([&](std::size_t, const Pattern& pattern) {
    AVEN_CHECK(pattern.name.label_count() >= 2);
    out += to_text(pattern) + ' ';
  });
  return out;
}

std::string told(const ParsedList& list) {
  std::string out = std::to_string(list.lines) + ' ' + told(list.names) + "except " + told(list.excepts);
  for (const auto& [answer, patterns] : list.own) {
    out += std::to_string(static_cast<int>(answer.action)) + answer.target + ' ' + told(patterns);
  }
  for (const auto& problem : notes_of(list, "lists/fuzz")) out += to_text(problem) + '\n';
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<ListFormat>(data[0] % 6);
  const auto action = data[0] >= 128 ? Action::Allow : Action::Sinkhole;
  const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  const std::string whole = told(parse(format, action, text, text.size() + 1));
  AVEN_CHECK(whole == told(parse(format, action, text, data[1] % 16 + 1U)));
  return 0;
}
