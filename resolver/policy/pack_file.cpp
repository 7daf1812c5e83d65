#include "policy/pack_file.h"

#include <array>

#include "policy/file_fields.h"
#include "policy/rule_reader.h"

namespace aven::policy {
namespace {

constexpr std::array<std::string_view, 6> PackKeys{"$schema", "format", "pack", "title", "rules", "must_resolve"};

PackFile newer_pack(const Json& json, const std::string& file, Problems& problems, std::size_t before) {
  problems.resize(before);  // what the stream said of names that it may not know
  tell_newer_format({problems, file});
  PackFile pack;
  pack.newer = true;
  pack.info.file = file;
  const auto name = json.find("pack");
  if (name != json.end() && name->is_string()) pack.info.name = name->get<std::string>();
  return pack;
}

}  // namespace

std::optional<PackFile> read_pack(const std::string& file, std::string_view text, Problems& problems) {
  const std::size_t before = problems.size();
  const ProblemSink sink{problems, file};
  PatternStream stream{sink};
  Json json;
  const auto take = [&](const std::string& array, std::size_t index, const std::string* value) {
    return stream.take(array, index, value);
  };
  if (!parse_json(sink, text, Comments::No, json, take) && !json.is_object()) return std::nullopt;
  if (is_newer_format(json)) return newer_pack(json, file, problems, before);
  const JsonObject object{json, "", PackKeys, sink};
  if (!json.is_object()) return std::nullopt;
  check_head(object, sink);
  PackFile pack;
  pack.info = {read_id(object, "pack", sink), file, read_local_text(object, "title", sink)};
  pack.must_resolve = read_must_resolve(object, sink);
  for (auto& must : pack.must_resolve) must.pack = pack.info.name;
  const Json* rules = object.find("rules");
  if (rules == nullptr) {
    sink.add("/rules", "is missing");
  } else if (!rules->is_array()) {
    sink.add("/rules", "must be an array of rules, [{...}]");
  } else {
    for (std::size_t i = 0; i < rules->size(); ++i)
      pack.rules.push_back(read_rule((*rules)[i], "/rules/" + std::to_string(i), pack.info.name, sink, stream));
  }
  return pack;
}

}  // namespace aven::policy
