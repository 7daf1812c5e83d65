#include "policy/file_fields.h"

#include <algorithm>
#include <array>

namespace aven::policy {
namespace {

constexpr std::uint64_t Format = 1;
constexpr std::array<std::string_view, 2> TextKeys{"en", "fr"};

}  // namespace

bool is_id(std::string_view text) {
  const auto lower_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 63 && lower_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return lower_or_digit(c) || c == '-' || c == '_'; });
}

bool is_newer_format(const Json& file) {
  if (!file.is_object()) return false;
  const auto format = file.find("format");
  return format != file.end() && format->is_number_unsigned() && format->get<std::uint64_t>() > Format;
}

void tell_newer_format(const ProblemSink& sink) {
  sink.add("/format", "this file is for a newer Aven; this one knows format " + std::to_string(Format));
}

void check_head(const JsonObject& object, const ProblemSink& sink) {
  std::string ignored;
  object.string("$schema", ignored);
  const Json* format = object.find("format");
  if (format == nullptr) {
    sink.add("", R"("format" is missing; write "format": 1)");
  } else if (!format->is_number_unsigned() || format->get<std::uint64_t>() != Format) {
    sink.add(object.pointer_to("format"), "must be " + std::to_string(Format));
  }
}

std::string read_id(const JsonObject& object, std::string_view key, const ProblemSink& sink) {
  std::string id;
  if (object.find(key) == nullptr) {
    sink.add(object.pointer_to(key), "is missing");
    return id;
  }
  object.string(key, id);
  if (object.find(key)->is_string() && !is_id(id)) {
    sink.add(object.pointer_to(key),
             in_quotes(id) + " is not an id: lower-case letters, digits, `-` and `_`, at most 63");
  }
  return id;
}

void read_text(const JsonObject& object, std::string_view key, const ProblemSink& sink, std::string& out) {
  object.string(key, out);
  const Json* value = object.find(key);
  if (value != nullptr && value->is_string() && out.empty())
    sink.add(object.pointer_to(key), "is empty; leave it out or write something");
}

LocalText read_local_text(const JsonObject& object, std::string_view key, const ProblemSink& sink) {
  LocalText text;
  const Json* value = object.find(key);
  if (value == nullptr) return text;
  const JsonObject texts{*value, object.pointer_to(key), TextKeys, sink};
  for (const auto& [language, out] : {std::pair<std::string_view, std::string*>{"en", &text.en}, {"fr", &text.fr}}) {
    texts.string(language, *out);
    const Json* given = texts.find(language);
    if (given != nullptr && given->is_string() && out->empty()) sink.add(texts.pointer_to(language), "is empty");
  }
  if (value->is_object() && value->empty() && text.en.empty() && text.fr.empty()) {
    sink.add(object.pointer_to(key), R"(needs a text: {"en": "..."}, {"fr": "..."} or both)");
  }
  return text;
}

std::optional<date::local_days> read_day(const JsonObject& object, std::string_view key, const ProblemSink& sink) {
  std::string text;
  object.string(key, text);
  const Json* written = object.find(key);
  if (written == nullptr || !written->is_string()) return std::nullopt;
  const auto day = parse_moment(text, DayEnd::No);
  constexpr std::size_t DaySize = 10;  // without a time
  if (day && text.size() == DaySize) return date::floor<date::days>(*day);
  sink.add(object.pointer_to(key), in_quotes(text) + " is not a day such as 2027-01-31");
  return std::nullopt;
}

std::vector<MustResolve> read_must_resolve(const JsonObject& object, const ProblemSink& sink) {
  std::vector<MustResolve> names;
  object.strings("must_resolve", [&](const std::string& text, const std::string& pointer) {
    const auto pattern = parse_pattern(text);
    if (!pattern || pattern->form != PatternForm::Suffix) {
      sink.add(pointer, in_quotes(text) + " is not one exact name such as \"www.ville.example\"");
      return;
    }
    names.push_back({pattern->name, {}, sink.file, pointer});
  });
  return names;
}

}  // namespace aven::policy
