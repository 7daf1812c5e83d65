// read_lists: the list files of all rules to patterns; a list that is missing, too short or shrunk too much is taken from
// its last good copy.
//   copy `lists/HASH.list` in the state folder: a line "aven list 1 SHA256 ENTRIES", then the file as it was.
// Thread: control before the start, then the loader's; blocks.
// Fails: by problems; a list with neither file nor copy is an error, one that its copy stands in for a warning.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

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
  std::string file, format;  // as the rule names it
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
  policy::Problems problems;
};

// Appends a PatternSource per list to each rule that is not off. Paths are relative to `folder`.
ReadLists read_lists(policy::RuleSet& rules, const std::filesystem::path& folder, const std::filesystem::path& state,
                     ListSource source = ListSource::Files);

// Where the copy of a list is, and how it begins.
std::filesystem::path list_copy(const std::filesystem::path& state, const std::string& file, const std::string& format);
std::string list_copy_head(const std::string& sha256, std::size_t entries);

// Keeps copies of lists of an accepted set; writes only what changed. Gives the first problem.
std::optional<policy::Problem> keep_lists(const std::vector<ReadList>& lists);

}  // namespace aven::app
