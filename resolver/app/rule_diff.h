// rule_changes: what differs between two sets of texts: rules added, removed, changed with their fields and names, lists,
// and settings of aven.json (told as the rule "aven.json").
// Thread: any; pure.
// Fails: never; texts that cannot be read have no rules.
#pragma once

#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/last_good.h"
#include "app/policy_archive.h"

namespace aven::app {

struct PolicyInputs {
  const InputTexts& texts;
  std::vector<ArchivedList> lists;
};
std::vector<ArchivedList> archived(const std::vector<UsedList>& lists);

// As the journal writes them: [{"change": ..., "rule": ..., "fields": [...]}].
std::string to_json(const std::vector<RuleChange>& changes);

std::vector<RuleChange> rule_changes(const PolicyInputs& before, const PolicyInputs& after);

}  // namespace aven::app
