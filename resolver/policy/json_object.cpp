#include "policy/json_object.h"

#include <algorithm>

#include "base/check.h"
#include "policy/json_text.h"

namespace aven::policy {
namespace {

std::string list_of(std::span<const std::string_view> words) {
  std::string text;
  for (const auto word : words) text += (text.empty() ? "\"" : ", \"") + std::string{word} + '"';
  return text;
}

std::string unknown_key(std::string_view key, std::span<const std::string_view> known) {
  const auto nearest = nearest_key(key, {known.begin(), known.end()});
  std::string text = "unknown key " + in_quotes(key);
  if (!nearest.empty()) return text + "; did you mean \"" + std::string{nearest} + "\"?";
  return text + "; known are " + list_of(known);
}

}  // namespace

std::string pointer_token(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::string in_quotes(std::string_view value) {
  constexpr std::size_t Most = 100;
  if (value.size() <= Most) return '"' + std::string{value} + '"';
  std::size_t cut = Most;
  while (cut > 0 && (static_cast<unsigned char>(value[cut]) & 0xc0) == 0x80) --cut;  // not inside a character
  return '"' + std::string{value.substr(0, cut)} + "...\"";
}

JsonObject::JsonObject(const Json& value, std::string pointer, std::span<const std::string_view> known,
                       ProblemSink sink)
    : value_(value), pointer_(std::move(pointer)), known_(known), sink_(sink) {
  if (!value_.is_object()) {
    sink_.add(pointer_, "must be an object, { ... }");
    return;
  }
  for (const auto& [key, ignored] : value_.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) wrong(key, unknown_key(key, known));
  }
}

const Json* JsonObject::find(std::string_view key) const {
  AVEN_CHECK(std::find(known_.begin(), known_.end(), key) != known_.end());
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(std::string{key});
  return found == value_.end() ? nullptr : &*found;
}

void JsonObject::boolean(std::string_view key, bool& out) const {
  const auto* value = find(key);
  if (value == nullptr) return;
  if (!value->is_boolean()) return wrong(key, "must be true or false");
  out = value->get<bool>();
}

void JsonObject::string(std::string_view key, std::string& out) const {
  const auto* value = find(key);
  if (value == nullptr) return;
  if (!value->is_string()) return wrong(key, "must be a text in quotes");
  out = value->get<std::string>();
}

std::optional<std::uint64_t> JsonObject::number_of(std::string_view key, std::uint64_t least,
                                                   std::uint64_t most) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number >= least && number <= most) return number;
  }
  wrong(key, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::size_t> JsonObject::choice_of(std::string_view key,
                                                 std::span<const std::string_view> choices) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto found = value->is_string()
                         ? std::find(choices.begin(), choices.end(), value->get_ref<const std::string&>())
                         : choices.end();
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string text = "must be one of " + list_of(choices);
  if (value->is_string()) text = in_quotes(value->get_ref<const std::string&>()) + " is not known here: " + text;
  wrong(key, std::move(text));
  return std::nullopt;
}

bool JsonObject::strings(std::string_view key, const ReadText& read) const {
  const auto* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_array()) {
    wrong(key, "must be an array of texts, [\"...\"]");
    return false;
  }
  for (std::size_t i = 0; i < value->size(); ++i) {
    const auto& element = (*value)[i];
    const std::string pointer = pointer_to(key) + '/' + std::to_string(i);
    if (element.is_string()) {
      read(element.get_ref<const std::string&>(), pointer);
    } else {
      sink_.add(pointer, "must be a text in quotes");
    }
  }
  return true;
}

void JsonObject::prefixes(std::string_view key, std::vector<Prefix>& out) const {
  std::vector<Prefix> read;
  const bool is_there = strings(key, [&](const std::string& text, const std::string& pointer) {
    if (const auto prefix = parse_network(text, pointer, sink_)) read.push_back(*prefix);
  });
  if (is_there) out = std::move(read);
}

bool JsonObject::members(std::string_view key, const ReadMember& read) const {
  const auto* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_object()) {
    wrong(key, "must be an object, { ... }");
    return false;
  }
  for (const auto& [name, member] : value->items()) read(name, member, pointer_to(key) + '/' + pointer_token(name));
  return true;
}

std::optional<Prefix> parse_network(const std::string& text, const std::string& pointer, const ProblemSink& sink) {
  const auto prefix = Prefix::parse(text);
  if (!prefix) {
    sink.add(pointer, in_quotes(text) +
                          " is not a network such as 10.10.0.0/16 or 2001:db8::/32, nor an address (the bits "
                          "beyond the length must be zero)");
  }
  return prefix;
}

}  // namespace aven::policy
