#include "status/response.h"

#include <charconv>
#include <cstdint>
#include <utility>

#include "status/status_json.h"

namespace aven::status {
namespace {

constexpr std::string_view Json = "application/json; charset=utf-8";

}  // namespace

Response json_response(std::string body) {
  return {200, Json, std::move(body), nullptr};
}

Response error_response(unsigned code, std::string_view key, std::string_view text) {
  return {code, Json, error_json(key, text), nullptr};
}

Response bad_request(std::string_view text) {
  return error_response(400, "bad_request", text);
}

bool read_number(const std::optional<std::string>& text, std::uint64_t least, std::uint64_t most, std::uint64_t& out) {
  if (!text) return true;
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || number < least || number > most) return false;
  out = number;
  return true;
}

}  // namespace aven::status
