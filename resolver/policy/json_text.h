// Strict JSON: texts of packs, name sets and aven.json to a tree. Duplicate keys, broken UTF-8, text behind the end are
// problems with their place.
// Thread: any but a worker; allocates.   Fails: false, and at least one error in `problems`.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "policy/problem.h"

namespace aven::policy {

using Json = nlohmann::ordered_json;

enum class Comments : bool { No, Yes };  // `//` to the end of the line

// Takes strings of arrays out of the stream, so that a million names never stand in a tree. Called for each string in an
// array, with the array's JSON pointer; true = taken, the tree does not get it.
using TakeString = std::function<bool(const std::string& array_pointer, std::size_t index, const std::string& value)>;

bool parse_json(const std::string& file, std::string_view text, Comments comments, Json& out, Problems& problems,
                const TakeString& take = {});

// The known key nearest to `key` by edit distance, or empty if none is near: for "did you mean".
std::string_view nearest_key(std::string_view key, const std::vector<std::string_view>& known);

}  // namespace aven::policy
