// Strict JSON: texts of packs, name sets and aven.json to a tree. Duplicate keys, broken UTF-8, text behind the end are
// problems with their place.
// Thread: any but a worker; allocates.   Fails: false, and at least one error in `sink`.
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

// Sees each element of an array as it comes, so that a million names never stand in a tree: the array's JSON pointer, the
// element's place in it, its text or null if it is no text. True: taken, the tree does not get it (texts only).
using TakeElement = std::function<bool(const std::string& array, std::size_t index, const std::string* text)>;

bool parse_json(const ProblemSink& sink, std::string_view text, Comments comments, Json& out,
                const TakeElement& take = {});

// The known key nearest to `key` by edit distance, or empty if none is near: for "did you mean".
std::string_view nearest_key(std::string_view key, const std::vector<std::string_view>& known);

}  // namespace aven::policy
