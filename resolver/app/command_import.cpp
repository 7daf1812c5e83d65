#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/list_content.h"
#include "app/list_places.h"
#include "policy/file_fields.h"
#include "policy/list_file.h"
#include "policy/rule_text.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The file's name as a pack's: "Ads & more.txt" is "ads-more".
std::string pack_name_of(const fs::path& file) {
  std::string name;
  for (const char c : file.stem().string()) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9')) {
      name += low;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  constexpr std::size_t Most = 63;
  name.resize(std::min(name.size(), Most));
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "list" : name;
}

void write_patterns(std::ostream& out, const char* key, const policy::PatternList& patterns) {
  if (patterns.empty()) return;
  out << ",\n      \"" << key << "\": [";
  patterns.for_each([&](std::size_t index, const policy::Pattern& pattern) {
    out << (index == 0 ? "\n" : ",\n") << "        " << Json(to_text(pattern)).dump();
  });
  out << "\n      ]";
}

Json addresses(const std::vector<IpAddress>& list) {
  Json json = Json::array();
  for (const auto& address : list) json.push_back(address.text());
  return json;
}

// Writes a pack by hand, a name a line: it may be millions.
class PackWriter {
 public:
  PackWriter(std::ostream& out, const std::string& pack) : out_(out) {
    out_ << "{\n  \"format\": 1,\n  \"pack\": " << Json(pack).dump() << ",\n  \"rules\": [";
  }

  // Nothing for a rule without names. `own`: of an rpz list, in place of `action`.
  void rule(std::string id, const std::string& action, const policy::PatternList& names,
            const policy::PatternList& excepts, const policy::OwnAnswer& own = {}) {
    if (names.empty()) return;
    constexpr int ListPriority = -10;  // as a rule with `lists`: an operator's own line beats it
    out_ << (rules_++ == 0 ? "\n" : ",\n") << "    {\n      \"id\": " << Json(id).dump()
         << ",\n      \"action\": " << Json(action).dump() << ",\n      \"priority\": " << ListPriority;
    if (!own.target.empty()) out_ << ",\n      \"target\": " << Json(own.target).dump();
    if (own.action == policy::Action::Sinkhole) {
      const Json answer{{"ipv4", addresses(own.ipv4)}, {"ipv6", addresses(own.ipv6)}};
      out_ << ",\n      \"answer\": " << answer.dump();
    }
    write_patterns(out_, "domains", names);
    write_patterns(out_, "except", excepts);
    out_ << "\n    }";
  }

  void end() { out_ << "\n  ]\n}\n"; }

 private:
  std::ostream& out_;
  std::size_t rules_ = 0;
};

void write_pack(std::ostream& out, const ImportOptions& options, const std::string& pack,
                const policy::ParsedList& list) {
  PackWriter writer{out, pack};
  writer.rule("list", options.action, list.names, list.excepts);
  std::size_t number = 0;
  for (const auto& [answer, names] : list.own) {
    const std::string action{policy::action_key(answer.action)};
    writer.rule("list-" + action + '-' + std::to_string(++number), action, names, {}, answer);
  }
  writer.end();
}

}  // namespace

int import(const ImportOptions& options) {
  const auto format = policy::parse_list_format(options.format);
  const std::string pack = options.pack.empty() ? pack_name_of(options.file) : options.pack;
  if (!format || !policy::is_id(pack)) {
    std::cerr << "aven import: " << (format ? "--pack \"" + pack : "there is no format \"" + options.format) << "\".\n";
    return WrongUsage;
  }
  fs::path file = options.file;
  std::error_code ignored;
  if (*format == policy::ListFormat::Ut1 && !fs::is_regular_file(file, ignored)) file = ut1_domains(std::move(file));
  const bool white = *format == policy::ListFormat::Ut1 && is_white_category(file.parent_path());
  if (white && options.action != "allow") {
    std::cerr << options.file << ": its `usage` says white: these names are to be allowed; add --action allow.\n";
    return ProblemsFound;
  }
  policy::ListParser parser{*format, options.action == "allow" ? policy::Action::Allow : policy::Action::Sinkhole};
  const ListReading reading = feed_list(file, parser);
  const policy::ParsedList list = parser.finish();
  if (!reading.failure.empty()) {
    std::cerr << "aven import: cannot read " << file.string() << ": " << reading.failure << '\n';
    return ProblemsFound;
  }
  for (const auto& note : policy::notes_of(list, options.file)) std::cerr << policy::to_text(note) << '\n';
  const std::size_t names = list.entries() - list.excepts.size();
  if (names == 0) {
    std::cerr << options.file << ": names nothing; is " << options.format << " its format?\n";
    return ProblemsFound;
  }
  write_pack(std::cout, options, pack, list);
  std::cerr << options.file << ": " << names << " names, " << list.excepts.size() << " exceptions.\n";
  return Done;
}

}  // namespace aven::app
