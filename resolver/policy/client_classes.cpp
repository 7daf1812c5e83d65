#include "policy/client_classes.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "policy/json_object.h"
#include "policy/json_text.h"

namespace aven::policy {
namespace {

constexpr std::size_t MaxClasses = UINT16_MAX;  // ClassIndex

bool comes_before(const Prefix& a, const Prefix& b) {
  return std::make_tuple(a.network.is_v4(), a) < std::make_tuple(b.network.is_v4(), b);
}

bool lies_in(const Prefix& region, const Prefix& prefix) {
  return prefix.length <= region.length && prefix.contains(region.network);
}

// A list of prefixes without those that others of it hold: disjoint, so that one of them at most is to be looked at.
class Cover {
 public:
  explicit Cover(const std::vector<Prefix>& written) {
    std::vector<Prefix> sorted;
    for (const auto& prefix : written) sorted.push_back(plain(prefix));
    std::sort(sorted.begin(), sorted.end(), comes_before);
    for (const auto& prefix : sorted) {
      if (prefixes_.empty() || !lies_in(prefix, prefixes_.back())) prefixes_.push_back(prefix);
    }
  }
  bool holds(const std::optional<Prefix>& region) const {
    if (!region) return false;
    const auto behind = std::upper_bound(prefixes_.begin(), prefixes_.end(), *region, comes_before);
    return behind != prefixes_.begin() && lies_in(*region, *std::prev(behind));
  }

 private:
  std::vector<Prefix> prefixes_;
};

class Maker {
 public:
  Maker(const std::vector<Rule>& rules, const PolicySettings& settings, Problems& problems)
      : rules_(rules), settings_(settings), problems_(problems), allowed_(settings.allow_from) {
    for (const Rule& rule : rules) {
      clients_.emplace_back(rule.clients);
      except_clients_.emplace_back(rule.except_clients);
    }
  }

  ClientClasses make() {
    out_.group_names = {"default"};
    for (const auto& group : settings_.groups) out_.group_names.push_back(group.name);
    check_groups();
    check_rules();

    class_for(std::nullopt);
    std::vector<PrefixTable::Entry> entries;
    for (const auto& prefix : all_prefixes()) entries.push_back({prefix, class_for(prefix)});
    out_.by_prefix = PrefixTable::build(entries);
    if (out_.classes.size() > MaxClasses) {
      problems_.push_back({settings_.file, "/groups",
                           "groups and the rules' client lists divide the clients into " +
                               std::to_string(out_.classes.size()) + " kinds; at most " + std::to_string(MaxClasses) +
                               " work",
                           Severity::Error});
    }
    return std::move(out_);
  }

 private:
  void check_groups() {
    std::map<Prefix, std::string> seen;
    for (const auto& group : settings_.groups) {
      const std::string pointer = "/groups/" + pointer_token(group.name);
      if (group.name == "default") {
        problems_.push_back({settings_.file, pointer,
                             "`default` is the group of clients that are in no other; it cannot be defined",
                             Severity::Error});
      }
      for (std::size_t i = 0; i < group.prefixes.size(); ++i) {
        const Prefix& prefix = group.prefixes[i];
        const auto [known, added] = seen.try_emplace(plain(prefix), group.name);
        if (added || known->second == group.name) continue;
        problems_.push_back({settings_.file, pointer + '/' + std::to_string(i),
                             prefix.text() + " is also in the group \"" + known->second + '"', Severity::Error});
      }
    }
  }

  void check_rules() {
    const std::vector<std::string_view> known{out_.group_names.begin(), out_.group_names.end()};
    for (const Rule& rule : rules_) {
      for (std::size_t i = 0; i < rule.groups.size(); ++i) {
        if (std::find(known.begin(), known.end(), rule.groups[i]) != known.end()) continue;
        const auto nearest = nearest_key(rule.groups[i], known);
        std::string text = "there is no group \"" + rule.groups[i] + "\" in " + settings_.file;
        if (!nearest.empty()) text += "; did you mean \"" + std::string{nearest} + "\"?";
        problems_.push_back({rule.file, rule.pointer + "/groups/" + std::to_string(i), text, Severity::Error});
      }
    }
  }

  std::set<Prefix> all_prefixes() const {
    std::set<Prefix> all;
    const auto add = [&](const std::vector<Prefix>& prefixes) {
      for (const auto& prefix : prefixes) all.insert(plain(prefix));
    };
    add(settings_.allow_from);
    for (const auto& group : settings_.groups) add(group.prefixes);
    for (const Rule& rule : rules_) {
      add(rule.clients);
      add(rule.except_clients);
    }
    return all;
  }

  // All addresses whose longest prefix of ours is `region` are in the same lists.
  std::uint32_t class_for(const std::optional<Prefix>& region) {
    ClientClass made;
    made.allowed = allowed_.holds(region);
    made.group = group_of(region);
    made.rules.assign(rules_.size() / 64 + 1, 0);
    for (RuleIndex i = 0; i < rules_.size(); ++i) {
      if (speaks(i, made.group, region)) made.rules[i / 64] |= std::uint64_t{1} << i % 64;
    }
    const auto key = std::make_tuple(made.allowed, made.group, made.rules);
    const auto [known, added] = known_.try_emplace(key, static_cast<std::uint32_t>(out_.classes.size()));
    if (added) out_.classes.push_back(std::move(made));
    return known->second;
  }

  GroupIndex group_of(const std::optional<Prefix>& region) const {
    GroupIndex group = 0;
    int longest = -1;
    for (std::size_t i = 0; i < settings_.groups.size() && region; ++i) {
      for (const auto& written : settings_.groups[i].prefixes) {
        const Prefix prefix = plain(written);
        if (prefix.length > region->length || prefix.length <= longest || !prefix.contains(region->network)) continue;
        longest = prefix.length;
        group = static_cast<GroupIndex>(i + 1);
      }
    }
    return group;
  }

  bool speaks(RuleIndex index, GroupIndex group, const std::optional<Prefix>& region) const {
    const Rule& rule = rules_[index];
    if (except_clients_[index].holds(region)) return false;
    if (rule.groups.empty() && rule.clients.empty()) return true;
    const auto& name = out_.group_names[group];
    return std::find(rule.groups.begin(), rule.groups.end(), name) != rule.groups.end() ||
           clients_[index].holds(region);
  }

  const std::vector<Rule>& rules_;
  const PolicySettings& settings_;
  Problems& problems_;
  Cover allowed_;
  std::vector<Cover> clients_, except_clients_;  // by rule
  ClientClasses out_;
  std::map<std::tuple<bool, GroupIndex, std::vector<std::uint64_t>>, std::uint32_t> known_;
};

}  // namespace

ClientClasses make_client_classes(const std::vector<Rule>& rules, const PolicySettings& settings, Problems& problems) {
  return Maker{rules, settings, problems}.make();
}

}  // namespace aven::policy
