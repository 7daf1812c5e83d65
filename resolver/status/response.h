// How the API answers, and reads numbers of a request.
// Thread: any.   Fails: never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "status/request.h"

namespace aven::status {

Response json_response(std::string body);
Response error_response(unsigned code, std::string_view key, std::string_view text);
Response bad_request(std::string_view text);

// A number of the range; `out` stays as it is without the parameter. False: it cannot be read.
bool read_number(const std::optional<std::string>& text, std::uint64_t least, std::uint64_t most, std::uint64_t& out);

}  // namespace aven::status
