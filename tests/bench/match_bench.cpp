// match_bench [NAMES]: memory of a rule of NAMES names (1,000,000 if not given) and the time of one match: a miss of a
// name of five labels, a hit in random order.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <sys/resource.h>
#include <time.h>
#include <vector>

#include "base/check.h"
#include "policy/pattern_set.h"
#include "policy/policy_compiler.h"

namespace {

using namespace aven;

// Of this thread's processor time: neighbours on the machine disturb it less than the wall clock.
double seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double pss_mb() {
  std::ifstream file{"/proc/self/smaps_rollup"};
  for (std::string word; file >> word;) {
    double kilobytes = 0;
    if (word == "Pss:" && file >> kilobytes) return kilobytes / 1000;
  }
  return 0;
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1000;
}

// Names as block lists have them: two to four labels, 19 octets on average, many under shared hosters.
class Names {
 public:
  explicit Names(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    static constexpr const char* Ends[] = {"com", "net",  "org", "de",    "ru",
                                           "xyz", "info", "fr",  "co.uk", "blogspot.com"};
    std::string name;
    if (below(4) == 0) name += label(2, 6) + '.';
    if (below(8) == 0) name += label(2, 5) + '.';
    return name + label(6, 16) + '.' + Ends[below(10)];
  }
  std::string label(unsigned least, unsigned most) {
    std::string label;
    for (unsigned left = least + below(most - least + 1); left > 0; --left) label += static_cast<char>('a' + below(26));
    return label;
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  std::mt19937_64 random_;
};

policy::Rule rule_of(std::size_t count) {
  policy::Rule rule;
  rule.pack = "bench";
  rule.id = "list";
  rule.domains.push_back({"names.txt", "", {}});
  Names names{1};
  for (std::size_t i = 0; i < count; ++i) {
    const auto pattern = policy::parse_pattern(names.next());
    AVEN_CHECK(pattern.has_value());
    rule.domains[0].patterns.add(*pattern);
  }
  return rule;
}

std::string wire_of(const std::string& text) {
  const auto name = dns::Name::from_text(text);
  AVEN_CHECK(name.has_value());
  return {name->wire().begin(), name->wire().end()};
}
dns::Name name_of(const std::string& wire) {
  return *dns::Name::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

struct Bench {
  explicit Bench(const policy::Policy& compiled)
      : policy(compiled),
        activity(policy, *policy::Calendar::for_zone("UTC"), WallTime{}, Tick{}),
        patterns(policy.make_patterns()) {}

  // Nanoseconds per match over all names, and how many were blocked. The names of a batch are read before its clock
  // starts, as a worker has just parsed the question.
  double run(const std::vector<std::string>& wires, std::size_t& blocked) const {
    constexpr std::size_t Batch = 128;
    std::array<dns::Name, Batch> names;
    double took = 0;
    blocked = 0;
    for (std::size_t at = 0; at + Batch <= wires.size(); at += Batch) {
      for (std::size_t i = 0; i < Batch; ++i) names[i] = name_of(wires[at + i]);
      const double start = seconds();
      for (const auto& name : names) {
        policy::Policy::ChainState chain;
        blocked += policy.match(name, {0, dns::Type::A}, activity, *patterns, Tick{}, chain).blocks() ? 1U : 0U;
      }
      took += seconds() - start;
    }
    return took * 1e9 / static_cast<double>(wires.size() / Batch * Batch);
  }

  const policy::Policy& policy;
  policy::Activity activity;
  std::unique_ptr<policy::PatternSet> patterns;
};

std::vector<std::string> five_label_misses(std::size_t count) {
  Names names{2};
  std::vector<std::string> out;
  while (out.size() < count)
    out.push_back(wire_of(names.label(3, 5) + '.' + names.label(2, 8) + '.' + names.label(3, 9) + '.' +
                          names.label(5, 12) + ".com"));
  return out;
}

std::vector<std::string> hits(std::size_t listed, std::size_t count) {
  Names names{1};
  std::vector<std::string> all, out;
  for (std::size_t i = 0; i < listed; ++i) all.push_back(wire_of(names.next()));
  Names order{3};
  while (out.size() < count) out.push_back(all[order.below(static_cast<unsigned>(all.size()))]);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const double empty = pss_mb();
  policy::RuleSet rules;
  rules.rules.push_back(rule_of(count));
  const double loaded = pss_mb();
  const double start = seconds();
  const auto compiled = policy::compile_policy(std::move(rules), {}, 1, WallTime{});
  const double took = (seconds() - start);
  AVEN_CHECK(compiled.policy != nullptr);
  const double names = static_cast<double>(compiled.policy->name_count());
  const double bytes = static_cast<double>(compiled.policy->memory_bytes());
  std::printf("names %.0f\npolicy %.1f MB (%.1f octets a name)\ncompile %.2f s\n", names, bytes / 1e6, bytes / names,
              took);
  std::printf("PSS %.1f MB: %.1f before, %.1f as loaded; peak %.1f MB\n", pss_mb(), empty, loaded, peak_mb());

  const Bench bench{*compiled.policy};
  constexpr std::size_t Matches = 1'000'000;
  std::size_t blocked = 0;
  const auto missing = five_label_misses(Matches);
  const auto listed = hits(count, Matches);
  for (int round = 0; round < 3; ++round) {
    const double miss = bench.run(missing, blocked);
    const std::size_t by_chance = blocked;
    const double hit = bench.run(listed, blocked);
    std::printf("miss %.0f ns, hit %.0f ns (blocked %zu and %zu of %zu)\n", miss, hit, by_chance, blocked,
                Matches / 128 * 128);
  }
  return 0;
}
