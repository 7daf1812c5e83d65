#include "app/place_finder.h"

#include <utility>

#include "app/list_content.h"
#include "app/text_file.h"
#include "policy/json_text.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::Pattern;
using policy::PatternSource;
using policy::Rule;

std::size_t line_in(const fs::path& file, const policy::ListReference& list, const Pattern& pattern,
                    std::size_t skip = 0) {
  policy::ListParser parser{*policy::parse_list_format(list.format)};
  parser.look_for(pattern);
  feed_list(file, parser, skip);
  parser.finish();
  return parser.found_line();
}

std::optional<std::string> place_in_list(const ListPlaces& places, const policy::ListReference& list,
                                         const Pattern& pattern) {
  std::size_t line = line_in(places.file_of(list), list, pattern);
  const fs::path copy = places.copy_of(list);
  const auto head = line == 0 ? read_copy_head(copy) : std::nullopt;
  if (head) line = line_in(copy, list, pattern, head->size);
  if (line == 0) return std::nullopt;
  return "line " + std::to_string(line);
}

// Of packs alone: a name set is small.
std::optional<std::string> place_in_pack(const fs::path& rules, const PatternSource& source, const Pattern& pattern) {
  const auto text = read_text(rules / fs::path{source.file}.filename());
  if (!text) return std::nullopt;
  const std::string wanted = to_text(pattern);
  std::optional<std::string> place;
  policy::Json rest;
  policy::Problems ignored;
  policy::parse_json({ignored, source.file}, *text, policy::Comments::No, rest,
                     [&](const std::string& array, std::size_t index, const std::string* written) {
                       if (place || written == nullptr || array != source.pointer) return true;
                       const auto read = policy::parse_pattern(*written);
                       if (read && to_text(*read) == wanted) place = source.place_of(index);
                       return true;
                     });
  return place;
}

}  // namespace

policy::PlaceFinder place_finder(ListPlaces places) {
  return [places = std::move(places)](const Rule& rule, const PatternSource& source,
                                      const Pattern& pattern) -> std::optional<std::string> {
    if (!source.list) return place_in_pack(places.rules, source, pattern);
    for (const auto& list : rule.lists) {
      if (list.name() != source.file) continue;
      if (auto place = place_in_list(places, list, pattern)) return place;
    }
    return std::nullopt;
  };
}

}  // namespace aven::app
