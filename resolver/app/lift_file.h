// LiftFile: pauses and exemptions of this machine, kept in the state folder so that a restart forgets none.
//   file `lifts.json`: one JSON object, and a last line "sha256 HEX" over it. It is replaced as a whole.
// Thread: control's; blocks for one write.
// Fails: a file that is damaged is a problem and holds nothing: blocking goes on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "policy/lifts.h"
#include "policy/problem.h"

namespace aven::app {

struct KeptLifts {
  policy::Lifts lifts;
  std::vector<policy::Exemption> ended;  // exemptions that are over, until they are forgotten
  std::uint64_t last_number = 0;
  friend bool operator==(const KeptLifts&, const KeptLifts&) = default;
};

class LiftFile {
 public:
  explicit LiftFile(const std::filesystem::path& state_folder);

  // Nothing without a file.
  KeptLifts load(policy::Problems& problems) const;
  // Gives what went wrong; then the old file is as it was.
  std::optional<std::string> save(const KeptLifts& kept) const;

 private:
  std::filesystem::path folder_, file_;
};

std::string_view key_of(policy::PauseScope scope) noexcept;  // "all", "rule", "group"
std::optional<policy::PauseScope> parse_scope(std::string_view key) noexcept;

}  // namespace aven::app
