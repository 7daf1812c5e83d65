// JsonObject: reads one JSON object of a file key by key; what is wrong becomes a problem with its JSON
// pointer, and the value that was there before stays. Thread: any.   Lifetime: looks at the JSON value, the
// key list and the problem list. Fails: by problems. A key that is not in the list is our bug (AVEN_CHECK); a
// key of the file that is not is a problem that names the nearest one.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net_address.h"
#include "policy/json_text.h"
#include "policy/problem.h"

namespace aven::policy {

// `key` as one reference token of a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view key);

// `value` of a file in quotes, cut if it is long.
std::string in_quotes(std::string_view value);

class JsonObject {
 public:
  // Reports keys that are not `known`, and a value that is no object (which then reads as empty).
  JsonObject(const Json& value, std::string pointer, std::span<const std::string_view> known, ProblemSink sink);

  // Each leaves `out` as it is if the key is not there or wrong.
  void boolean(std::string_view key, bool& out) const;
  void string(std::string_view key, std::string& out) const;
  template <class Number>
  void number(std::string_view key, Number& out, std::uint64_t least, std::uint64_t most) const {
    if (const auto value = number_of(key, least, most)) out = static_cast<Number>(*value);
  }
  // The text of the file is one of `choices`, whose places are the values of the enum.
  template <class Enum>
  void choice(std::string_view key, Enum& out, std::span<const std::string_view> choices) const {
    if (const auto place = choice_of(key, choices)) out = static_cast<Enum>(*place);
  }

  // Calls read(text, pointer) for each string of an array. False: the key is not there or no array.
  using ReadText = std::function<void(const std::string& text, const std::string& pointer)>;
  bool strings(std::string_view key, const ReadText& read) const;
  // Arrays of addresses and networks replace `out`; wrong entries are left out.
  void prefixes(std::string_view key, std::vector<Prefix>& out) const;

  // Calls read(name, value, pointer) for each member of an object whose keys the administrator chooses.
  using ReadMember = std::function<void(const std::string& name, const Json& value, const std::string& pointer)>;
  bool members(std::string_view key, const ReadMember& read) const;

  // The value of a key, or null; for objects within this one.
  const Json* find(std::string_view key) const;
  std::string pointer_to(std::string_view key) const { return pointer_ + '/' + pointer_token(key); }

 private:
  std::optional<std::uint64_t> number_of(std::string_view key, std::uint64_t least, std::uint64_t most) const;
  std::optional<std::size_t> choice_of(std::string_view key, std::span<const std::string_view> choices) const;
  void wrong(std::string_view key, std::string text) const { sink_.add(pointer_to(key), std::move(text)); }

  const Json& value_;
  std::string pointer_;
  std::span<const std::string_view> known_;
  ProblemSink sink_;
};

// One text of an array as a network; a problem if it is none.
std::optional<Prefix> parse_network(const std::string& text, const std::string& pointer, const ProblemSink& sink);

}  // namespace aven::policy
