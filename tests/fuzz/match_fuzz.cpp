// match: octets draw rules, settings and replies; the compiled policy must say of each what a plain walk over all rules says.
#include <cstdint>
#include <span>

#include "base/check.h"
#include "policy/pattern_set.h"
#include "unit/policy/drawn_rules.h"

namespace {

using namespace aven;

// With exemptions a cap may come earlier than the moment at which the rule really turns; never later.
void check_equal(const policy::Verdict& compiled, const policy::Verdict& walked, bool exact_cap) {
  AVEN_CHECK(compiled.action == walked.action);
  AVEN_CHECK(compiled.rule == walked.rule);
  AVEN_CHECK(compiled.would_hit == walked.would_hit);
  AVEN_CHECK(exact_cap ? compiled.ttl_cap == walked.ttl_cap : compiled.ttl_cap <= walked.ttl_cap);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> octets{data, size};
  test::Draw draw{[&octets]() -> std::uint64_t {  // zeros behind the end
    if (octets.empty()) return 0;
    const auto octet = octets[0];
    octets = octets.subspan(1);
    return octet;
  }};
  auto rules = test::draw_rules(draw);
  auto settings = test::draw_settings(draw);
  auto compiled = policy::compile_policy(rules, settings, 1, test::Now);
  if (compiled.policy == nullptr) {  // it breaks its own must_resolve
    rules.must_resolve.clear();
    settings.must_resolve.clear();
    settings.routes.clear();
    compiled = policy::compile_policy(rules, settings, 1, test::Now);
  }
  AVEN_CHECK(compiled.policy != nullptr);
  const auto& policy = *compiled.policy;
  const test::NaiveRules walk{rules, settings};
  static const auto calendar = policy::Calendar::for_zone("UTC").value();
  const policy::Activity activity{policy, calendar, test::Now, Tick{}};
  const auto patterns = policy.make_patterns();
  for (int i = 0; i < 8; ++i) {
    const auto type = draw.of<dns::Type>({dns::Type::A, dns::Type::AAAA, dns::Type::HTTPS});
    const auto client = draw.address();
    const auto reply = test::draw_reply(draw, type);
    const auto message = test::wire_of(reply, type);
    const auto question = test::name_of(reply.chain[0]);
    const auto judged =
        policy.match_reply(message.wire(), question, {policy.class_of(client), type}, activity, *patterns, Tick{});
    const test::NaiveRules::Client asks{client.unmapped(), type, date::local_seconds{test::Now.time_since_epoch()}};
    check_equal(judged, walk.judge(reply, asks), !walk.has_exempts());
    AVEN_CHECK(policy.may_match(message.wire(), question, type, *patterns) == walk.names_any(reply));
  }
  return 0;
}
