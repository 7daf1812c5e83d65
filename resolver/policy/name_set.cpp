#include "policy/name_set.h"

#include <array>

#include "policy/file_fields.h"

namespace aven::policy {
namespace {

constexpr std::array<std::string_view, 8> NameSetKeys{"$schema", "format", "names",   "version",
                                                      "source",  "title",  "domains", "must_resolve"};
constexpr std::array<std::string_view, 3> DomainKeys{"name", "role", "source"};

void read_domain(const Json& json, const std::string& pointer, const ProblemSink& sink, PatternList& to) {
  const JsonObject domain{json, pointer, DomainKeys, sink};
  std::string name, ignored;
  domain.string("name", name);
  read_text(domain, "role", sink, ignored);
  read_text(domain, "source", sink, ignored);
  if (!json.is_object()) return;
  const Json* written = domain.find("name");
  if (written == nullptr) return sink.add(pointer + "/name", "is missing");
  if (!written->is_string()) return;
  const auto pattern = parse_pattern(name);
  if (pattern) {
    to.add(*pattern);
  } else {
    sink.add(pointer + "/name", in_quotes(name) + ' ' + pattern.error());
  }
}

void read_domains(const JsonObject& object, const ProblemSink& sink, PatternList& to) {
  const Json* domains = object.find("domains");
  if (domains == nullptr) return sink.add("/domains", "is missing");
  if (!domains->is_array()) return sink.add("/domains", "must be an array");
  if (domains->empty()) return sink.add("/domains", "is empty; a name set names something");
  for (std::size_t i = 0; i < domains->size(); ++i)
    read_domain((*domains)[i], "/domains/" + std::to_string(i), sink, to);
}

}  // namespace

std::optional<NameSet> read_name_set(const std::string& file, std::string_view text, Problems& problems) {
  const ProblemSink sink{problems, file};
  Json json;
  if (!parse_json(sink, text, Comments::No, json) && !json.is_object()) return std::nullopt;
  NameSet set;
  set.domains.file = file;
  set.domains.pointer = "/domains";
  if (is_newer_format(json)) {
    tell_newer_format(sink);
    const auto name = json.find("names");
    if (name != json.end() && name->is_string()) set.name = name->get<std::string>();
    return set;
  }
  const JsonObject object{json, "", NameSetKeys, sink};
  if (!json.is_object()) return std::nullopt;
  check_head(object, sink);
  set.name = read_id(object, "names", sink);
  read_day(object, "version", sink);
  std::string ignored;
  read_text(object, "source", sink, ignored);
  read_local_text(object, "title", sink);
  read_domains(object, sink, set.domains.patterns);
  set.must_resolve = read_must_resolve(object, sink);
  return set;
}

}  // namespace aven::policy
