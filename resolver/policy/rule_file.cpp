#include "policy/rule_file.h"

#include <algorithm>
#include <map>
#include <set>

#include "policy/file_fields.h"
#include "policy/json_object.h"
#include "policy/json_text.h"
#include "policy/name_set.h"
#include "policy/pack_file.h"

namespace aven::policy {
namespace {

class Loader {
 public:
  LoadedRules load(const RuleTexts& texts) {
    for (const auto& text : texts.name_sets) {
      auto set = read_name_set(text.file, text.text, problems());
      if (set && !set->name.empty()) name_sets_.try_emplace(set->name, std::move(*set));
    }
    for (const auto& text : texts.packs) {
      if (auto pack = read_pack(text.file, text.text, problems())) take_pack(std::move(*pack));
    }
    std::sort(rules().begin(), rules().end(), [](const Rule& a, const Rule& b) { return a.full_id() < b.full_id(); });
    check_unique();
    check_exempts();
    return std::move(out_);
  }

 private:
  std::vector<Rule>& rules() { return out_.rules.rules; }
  Problems& problems() { return out_.problems; }

  void take_pack(PackFile&& pack) {
    if (pack.newer) newer_packs_.insert(pack.info.name);
    auto& all = out_.rules.must_resolve;
    std::move(pack.must_resolve.begin(), pack.must_resolve.end(), std::back_inserter(all));
    std::set<std::string> used;  // a set that two rules use binds the pack once
    for (Rule& rule : pack.rules) {
      use_name_sets(rule, used);
      rules().push_back(std::move(rule));
    }
    out_.rules.packs.push_back(std::move(pack.info));
  }

  void use_name_sets(Rule& rule, std::set<std::string>& used) {
    for (std::size_t i = 0; i < rule.name_sets.size(); ++i) {
      if (!is_id(rule.name_sets[i])) continue;  // told already
      const auto set = name_sets_.find(rule.name_sets[i]);
      if (set == name_sets_.end()) {
        problems().push_back(
            {rule.file, rule.pointer + "/names/" + std::to_string(i), unknown_set(rule.name_sets[i]), Severity::Error});
        continue;
      }
      rule.domains.push_back(set->second.domains);
      if (!used.insert(set->first).second) continue;
      for (auto must : set->second.must_resolve) {
        must.pack = rule.pack;
        out_.rules.must_resolve.push_back(std::move(must));
      }
    }
  }

  std::string unknown_set(const std::string& name) const {
    std::vector<std::string_view> known;
    for (const auto& [other, set] : name_sets_) known.push_back(other);
    const auto nearest = nearest_key(name, known);
    std::string text = "there is no name set " + in_quotes(name);
    if (!nearest.empty()) text += "; did you mean \"" + std::string{nearest} + "\"?";
    return text;
  }

  void check_unique() {
    std::map<std::string, std::string> packs;
    for (const auto& pack : out_.rules.packs) {
      const auto [first, added] = packs.try_emplace(pack.name, pack.file);
      if (!added && !pack.name.empty()) {
        problems().push_back(
            {pack.file, "/pack", in_quotes(pack.name) + " is also the pack of " + first->second, Severity::Error});
      }
    }
    for (std::size_t i = 1; i < rules().size(); ++i) {
      const Rule& a = rules()[i - 1];
      const Rule& b = rules()[i];
      if (b.id.empty() || a.full_id() != b.full_id()) continue;
      problems().push_back({b.file, b.pointer + "/id",
                            "rule " + in_quotes(b.full_id()) + " is also at " + a.file + ' ' + a.pointer,
                            Severity::Error});
    }
  }

  void check_exempts() {
    std::vector<std::string> ids;
    for (const auto& rule : rules()) ids.push_back(rule.full_id());
    const std::vector<std::string_view> known{ids.begin(), ids.end()};
    for (const auto& rule : rules()) {
      for (std::size_t i = 0; i < rule.exempts.size(); ++i) {
        if (std::binary_search(known.begin(), known.end(), rule.exempts[i])) continue;
        if (newer_packs_.contains(rule.exempts[i].substr(0, rule.exempts[i].find('/')))) continue;  // not known
        const auto nearest = nearest_key(rule.exempts[i], known);
        std::string text = "there is no rule " + in_quotes(rule.exempts[i]);
        if (!nearest.empty()) text += "; did you mean \"" + std::string{nearest} + "\"?";
        problems().push_back({rule.file, rule.pointer + "/exempts/" + std::to_string(i), text, Severity::Error});
      }
    }
  }

  LoadedRules out_;
  std::map<std::string, NameSet> name_sets_;
  std::set<std::string> newer_packs_;
};

}  // namespace

LoadedRules load_rules(const RuleTexts& texts) {
  return Loader{}.load(texts);
}

}  // namespace aven::policy
