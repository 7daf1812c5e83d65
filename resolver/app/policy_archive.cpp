#include "app/policy_archive.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "app/journal_line.h"
#include "app/list_content.h"
#include "app/list_places.h"
#include "app/packed_file.h"
#include "app/sha256.h"
#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr auto Kept = std::chrono::hours{24 * 396};  // 13 months
constexpr std::size_t AlwaysKept = 3;                // whatever the clock says
constexpr std::size_t InputDigits = 16;

Json source_json(const policy::SourceText& source) {
  return {{"file", source.file}, {"sha256", sha256_of(source.text)}};
}

Json manifest(const std::string& id, const std::string& inputs, const InputTexts& texts,
              const std::vector<UsedList>& lists) {
  Json json{{"format", 1}, {"policy", id}, {"inputs", inputs}};
  if (texts.config) json["config"] = source_json(*texts.config);
  json["packs"] = Json::array();
  for (const auto& pack : texts.rules.packs) json["packs"].push_back(source_json(pack));
  json["name_sets"] = Json::array();
  for (const auto& names : texts.rules.name_sets) json["name_sets"].push_back(source_json(names));
  json["lists"] = Json::array();
  for (const auto& list : lists) {
    json["lists"].push_back(
        {{"file", list.file}, {"format", list.format}, {"sha256", list.sha256}, {"entries", list.entries}});
  }
  return json;
}

std::string digest_of(const InputTexts& texts, const std::vector<UsedList>& lists) {
  std::string all = aven::app::digest_of(texts);
  for (const auto& list : lists) all += '\n' + list.file + '\n' + list.format + '\n' + list.sha256;
  return sha256_of(all);
}

WallTime moment(const Json& json, const char* key) {
  return parse_utc(json.value(key, "")).value_or(WallTime{});
}

// What a manifest says, without the texts.
std::optional<ArchivedPolicy> parse_manifest(const Json& json) {
  ArchivedPolicy out;
  out.id = json.at("policy").get<std::string>();
  out.inputs = json.at("inputs").get<std::string>();
  out.accepted = moment(json, "accepted");
  out.last_in_force = moment(json, "last_in_force");
  for (const auto& list : json.at("lists")) {
    out.lists.push_back({list.at("file"), list.at("format"), list.at("sha256"), list.at("entries")});
  }
  return out;
}

// The texts that a manifest names; throws if it is none.
std::set<std::string> hashes_of(const Json& json) {
  std::set<std::string> out;
  const auto add = [&](const Json& source) {
    if (!source.at("file").is_string()) throw std::runtime_error("no file name");
    out.insert(source.at("sha256").get<std::string>());
  };
  if (json.contains("config")) add(json.at("config"));
  for (const char* kind : {"packs", "name_sets", "lists"}) {
    for (const auto& source : json.at(kind)) add(source);
  }
  return out;
}

std::optional<Json> read_manifest(const fs::path& file) {
  const auto text = read_text(file);
  if (!text) return std::nullopt;
  try {
    Json json = Json::parse(*text);
    if (!parse_manifest(json) || hashes_of(json).empty()) return std::nullopt;
    return json;
  } catch (const std::exception&) {  // damaged: it is as good as gone
    return std::nullopt;
  }
}

std::vector<fs::path> manifests(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  return files;
}

std::optional<std::string> write_json(const fs::path& file, const Json& json) {
  return write_text_safely(
      file, [&](const PutText& put) { put(json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n'); });
}

}  // namespace

std::string digest_of(const InputTexts& texts) {
  std::string all;
  const auto add = [&](std::string_view kind, const policy::SourceText& source) {
    const std::string name = fs::path{source.file}.filename().string();  // the folder is this machine's affair
    (((all += kind) += '\n') += name) += '\n' + sha256_of(source.text) + '\n';
  };
  if (texts.config) add("config", *texts.config);
  for (const auto& pack : texts.rules.packs) add("pack", pack);
  for (const auto& names : texts.rules.name_sets) add("names", names);
  return sha256_of(all);
}

PolicyArchive::PolicyArchive(const fs::path& state, std::uintmax_t most_list_bytes)
    : state_(state), folder_(state / "policies"), most_list_bytes_(most_list_bytes) {}

fs::path PolicyArchive::text_file(const std::string& sha256) const {
  return folder_ / "texts" / (sha256 + ".gz");
}

std::optional<std::string> PolicyArchive::keep_text(const std::string& sha256, std::string_view text) const {
  if (packed_is_whole(text_file(sha256), sha256)) return std::nullopt;
  return write_packed(text_file(sha256), [&](const PutText& put) { put(text); });
}

std::optional<std::string> PolicyArchive::keep_list(const UsedList& list) const {
  std::error_code ignored;
  const fs::path packed = text_file(list.sha256);
  if (fs::exists(packed, ignored)) return std::nullopt;  // large: read when it is needed
  // The copy in the state folder is ours alone; the list's own file may change at any moment.
  const std::size_t head = list_copy_head(list.sha256, list.entries).size();
  if (!pack_file(list_copy(state_, list.file, list.format), head, list.sha256, packed) && fs::exists(packed, ignored)) {
    return std::nullopt;
  }
  return pack_file(list.content, list.skip, list.sha256, packed);
}

std::optional<policy::Problem> PolicyArchive::keep(const std::string& id, const InputTexts& texts,
                                                   const std::vector<UsedList>& lists, WallTime now) const {
  std::error_code error;
  fs::create_directories(folder_ / "texts", error);
  std::optional<std::string> failure = error ? std::optional{error.message()} : std::nullopt;
  const auto keep_source = [&](const policy::SourceText& source) {
    if (!failure) failure = keep_text(sha256_of(source.text), source.text);
  };
  if (texts.config) keep_source(*texts.config);
  for (const auto& pack : texts.rules.packs) keep_source(pack);
  for (const auto& names : texts.rules.name_sets) keep_source(names);
  for (const auto& list : lists) {
    if (!failure) failure = keep_list(list);
  }
  if (!failure) {
    const std::string inputs = digest_of(texts, lists);
    const fs::path file = folder_ / (id + '-' + inputs.substr(0, InputDigits) + ".json");
    Json json = manifest(id, inputs, texts, lists);
    const auto old = read_manifest(file);
    json["accepted"] = old ? old->value("accepted", utc_text(now)) : utc_text(now);
    json["last_in_force"] = utc_text(now);
    failure = write_json(file, json);
  }
  if (failure) {
    return policy::Problem{folder_.string(), "", "this policy cannot be kept for a later rollback: " + *failure,
                           policy::Severity::Warning};
  }
  purge(id, now);
  return std::nullopt;
}

std::vector<ArchivedPolicy> PolicyArchive::list() const {
  std::vector<ArchivedPolicy> out;
  for (const auto& file : manifests(folder_)) {
    if (const auto json = read_manifest(file)) out.push_back(*parse_manifest(*json));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(b.last_in_force, b.accepted, a.inputs) < std::tie(a.last_in_force, a.accepted, b.inputs);
  });
  return out;
}

Expected<ArchivedPolicy, std::string> PolicyArchive::load(const std::string& prefix) const {
  std::optional<ArchivedPolicy> found;
  for (auto& policy : list()) {
    if (!policy.id.starts_with(prefix) && policy.inputs != prefix) continue;
    if (found && found->id != policy.id) return Unexpected{"several policies begin with " + prefix};
    if (!found) found = std::move(policy);
  }
  if (!found) return Unexpected{"no policy that is kept begins with " + prefix};
  const auto json = read_manifest(folder_ / (found->id + '-' + found->inputs.substr(0, InputDigits) + ".json"));
  std::optional<std::string> failure;
  const auto read = [&](const Json& source) {
    policy::SourceText out{source.at("file"), {}};
    auto text = read_packed(text_file(source.at("sha256")), source.at("sha256"));
    if (text) out.text = std::move(*text);
    if (!text && !failure) failure = out.file + " of policy " + found->id + ": " + text.error();
    return out;
  };
  if (!json) return Unexpected<std::string>{"the policy's file is damaged"};
  if (json->contains("config")) found->texts.config = read(json->at("config"));
  for (const auto& pack : json->at("packs")) found->texts.rules.packs.push_back(read(pack));
  for (const auto& names : json->at("name_sets")) found->texts.rules.name_sets.push_back(read(names));
  if (failure) return Unexpected{std::move(*failure)};
  return std::move(*found);
}

std::optional<std::string> PolicyArchive::write_lists(const ArchivedPolicy& policy, const fs::path& folder) const {
  for (const auto& list : policy.lists) {
    const fs::path copy = list_copy(folder, list.file, list.format);
    std::error_code error;
    fs::create_directories(copy.parent_path(), error);
    if (error) return error.message();
    const auto failure =
        unpack_file(text_file(list.sha256), list.sha256, list_copy_head(list.sha256, list.entries), copy);
    if (failure) return "the list " + list.file + " as it was then is not kept any more: " + *failure;
  }
  return std::nullopt;
}

// Manifests by age, lists by size, then every text that no manifest names.
void PolicyArchive::purge(const std::string& kept_id, WallTime now) const {
  std::error_code ignored;
  std::set<std::string> named;
  std::uintmax_t list_bytes = 0;
  std::size_t number = 0;
  for (const auto& policy : list()) {
    const fs::path file = folder_ / (policy.id + '-' + policy.inputs.substr(0, InputDigits) + ".json");
    ++number;
    if (policy.id != kept_id && number > AlwaysKept && policy.last_in_force + Kept < now) {
      fs::remove(file, ignored);
      continue;
    }
    const auto json = read_manifest(file);
    if (!json) continue;
    auto hashes = hashes_of(*json);
    for (const auto& list : policy.lists) {
      if (named.contains(list.sha256)) continue;
      const auto size = fs::file_size(text_file(list.sha256), ignored);
      if (!ignored) list_bytes += size;
      if (list_bytes > most_list_bytes_) hashes.erase(list.sha256);
    }
    named.merge(hashes);
  }
  std::vector<fs::path> unnamed;
  for (fs::directory_iterator entry{folder_ / "texts", ignored}, end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (!named.contains(entry->path().stem().string())) unnamed.push_back(entry->path());
  }
  for (const auto& file : unnamed) fs::remove(file, ignored);
}

}  // namespace aven::app
