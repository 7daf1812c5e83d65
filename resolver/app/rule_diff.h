// rule_changes: what differs between two policies, in the order of the rules' ids: rules added, removed, changed with
// their fields and names. One comparison, two kinds of policies:
//   texts, as the archive keeps them: also contents of lists, must_resolve, and settings (told as the rule "aven.json")
//   compiled ones, for a reload: rules alone; names of sources with more than 4096 entries are not kept beside them
// Thread: any but a worker; pure.
// Fails: never; texts that cannot be read have no rules.
#pragma once

#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/last_good.h"
#include "app/policy_archive.h"
#include "policy/policy.h"

namespace aven::app {

struct PolicyInputs {
  const InputTexts& texts;
  std::vector<ArchivedList> lists;
};
std::vector<ArchivedList> archived(const std::vector<UsedList>& lists);

// Of a list of names or addresses each entry that went or came is a change of its own, else there is one with both texts.
std::vector<RuleChange> rule_changes(const PolicyInputs& before, const PolicyInputs& after);
std::vector<RuleChange> rule_changes(const policy::Policy& before, const policy::Policy& after);

// As the journal writes them: [{"change": ..., "rule": ..., "fields": [...]}].
std::string to_json(const std::vector<RuleChange>& changes);

}  // namespace aven::app
