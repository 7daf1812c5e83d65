// Told: what one client is answered for one name at one moment, and why: the steps before the rules too
// (DESIGN.md section 5). In words or as JSON.
// Thread: any.
// Lifetime: looks at the LoadedSet.
// Fails: never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/loading.h"
#include "app/rule_words.h"
#include "base/net_address.h"
#include "dns/name.h"
#include "dns/wire.h"
#include "policy/explain.h"

namespace aven::app {

struct Question {
  dns::Name name;
  dns::Type type = dns::Type::A;
  IpAddress client;
  WallTime at;
};

// Which step of the way of a query answers.
enum class Step : std::uint8_t { NotAllowed, Records, Special, Route, Rule, Upstream, Reply };

// What upstream answered, as far as a worker keeps it.
struct ToldReply {
  struct Alias {
    dns::Name name;
    policy::Explanation explanation;  // of this name
  };
  dns::Rcode rcode = dns::Rcode::NoError;
  std::vector<Alias> aliases;  // in the order of the chain, without the question
  std::vector<IpAddress> addresses;
};

struct Told {
  const LoadedSet& set;
  Question question;
  policy::Explanation explanation;
  Step step = Step::Upstream;
  std::string pool;  // whom it is asked, with Step::Upstream and Step::Reply; the target, with Step::Route
  std::optional<ToldReply> reply{};  // by follow_reply

  // The rule that decides, or null.
  const policy::Rule* rule() const noexcept;
};

// The step that answers before the rules are asked, if there is one. `set` must be usable.
std::optional<Step> step_before_rules(const LoadedSet& set, const dns::Name& name, dns::Type type,
                                      policy::ClassIndex client);

// `set` must be usable. `lifts`: what people lifted in the daemon that runs it.
Told tell(const LoadedSet& set, const Question& question, const policy::Lifts& lifts = {});

std::string to_words(const Told& told, Language language);
// Hidden: without the networks and addresses that the rule speaks to; one of them may be a person.
enum class RuleClients : std::uint8_t { Shown, Hidden };
std::string to_json(const Told& told, RuleClients clients = RuleClients::Shown);

}  // namespace aven::app
