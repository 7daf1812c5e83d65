// LastGood: the texts of the last set that was accepted, kept in the state folder, so that a restart with
// broken files runs what ran before.
//   file `last-good.aven`: a first line, then per text a line "KIND NAME_SIZE TEXT_SIZE", name, text; at the
//   end SHA-256 of all that. It is replaced as a whole; one that does not match its checksum is not used.
// Thread: control before the start, then the loader's; blocks.
// Fails: by problems; Aven runs on without a copy.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "policy/problem.h"
#include "policy/rule_file.h"

namespace aven::app {

struct InputTexts {
  std::optional<policy::SourceText> config;  // none: the defaults
  policy::RuleTexts rules;
};

class LastGood {
 public:
  explicit LastGood(std::filesystem::path state_folder);

  // Keeps `texts`; writes nothing if the copy holds them already. Gives the problem if there is one.
  std::optional<policy::Problem> save(const InputTexts& texts) const;

  // The copy, or nothing; a copy that is there but cannot be used is a problem.
  std::optional<InputTexts> load(policy::Problems& problems) const;

  std::string date() const;  // when the copy was made, "2026-11-24 08:00 UTC"; empty without one

 private:
  std::filesystem::path folder_, file_;
};

}  // namespace aven::app
