// ListPlaces: where a list of a rule is read from, and where its copies are kept.
// Thread: any; looks into folders.   Fails: never; a path may lead nowhere.
#pragma once

#include <filesystem>
#include <string>

#include "policy/rule.h"

namespace aven::app {

struct ListPlaces {
  std::filesystem::path rules;  // paths of lists are relative to it
  std::filesystem::path state;

  // The file itself: of a `ut1` category its `domains`, of a `url` what was fetched last.
  std::filesystem::path file_of(const policy::ListReference& list) const;
  // The last good version: `lists/HASH.list`.
  std::filesystem::path copy_of(const policy::ListReference& list) const;
};

// Where a state folder, or a folder like it, keeps the copy of a list of this file or address.
std::filesystem::path list_copy(const std::filesystem::path& state, const std::string& name, const std::string& format);

// The `domains` of a category of Toulouse, whose folder may have its English or its French name.
std::filesystem::path ut1_domains(std::filesystem::path folder);
// Its `usage` says that the names are to be allowed.
bool is_white_category(const std::filesystem::path& folder);

}  // namespace aven::app
