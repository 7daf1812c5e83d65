// read_lists: the list files of all rules to patterns; a list that is missing, too short or shrunk too much is taken from
// its last good copy.
// Thread: control before the start, then the loader's; blocks.
// Fails: by problems; a file with neither itself nor a copy is an error, one that its copy stands in for a warning. A list
// by URL that was never fetched is a warning.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/list_places.h"
#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::app {

// A list that was read from its own file: what a copy is to hold.
struct ReadList {
  std::filesystem::path file, copy;
  std::string sha256;
  std::size_t entries = 0;
};

// A list that a policy is made of, wherever its content came from.
struct UsedList {
  std::string file, format;  // as the rule names it; of a list by URL the address
  std::string sha256;
  std::size_t entries = 0;
  std::filesystem::path content;  // where it was read from
  std::size_t skip = 0;           // octets before the content there
};

// Files: each list's own file, else its copy. Copies: the copies in the state folder alone, for a policy of before.
enum class ListSource : std::uint8_t { Files, Copies };

struct ReadLists {
  std::vector<ReadList> good;
  std::vector<UsedList> used;
  std::vector<std::filesystem::path> watched;  // the folders that hold lists
  std::vector<policy::ListReference> fetched;  // those with a `url`
  policy::Problems problems;
};

// Appends a PatternSource per list to each rule that is not off.
ReadLists read_lists(policy::RuleSet& rules, const ListPlaces& places, ListSource source = ListSource::Files);

// Keeps copies of lists of an accepted set; writes only what changed. Gives the first problem.
std::optional<policy::Problem> keep_lists(const std::vector<ReadList>& lists);

}  // namespace aven::app
