// pipeline_bench blocked|logged|cached|forwarded [ANSWERS [NAMES]]: what one answer costs inside the program, sockets left
// out; `logged` is blocked, with a line for the query log.
// Prints nanoseconds of processor time, allocations and locks an answer. Under callgrind with --toggle-collect=measured the
// instructions of the answers alone are counted (tests/bench/instructions.py).
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <time.h>
#include <vector>

#include "support/counting_allocator.h"
#include "support/counting_locks.h"
#include "support/message_builder.h"
#include "support/pipeline_rig.h"

using namespace aven;

namespace {

constexpr std::size_t CachedNames = 1000;

std::string made_up_name(std::mt19937_64& random) {
  std::string name;
  for (int i = 0; i < 12; ++i) name += static_cast<char>('a' + random() % 26);
  return name + ".example.com";
}

std::string pack_of(const std::vector<std::string>& names) {
  std::string domains;
  for (const auto& name : names) domains += (domains.empty() ? "\"" : ", \"") + name + '"';
  return R"({"format": 1, "pack": "bench", "rules": [{"id": "names", "action": "sinkhole", "reason": {"en": "a bench"},
             "answer": {"ipv4": ["0.0.0.0"], "ipv6": ["::"]}, "domains": [)" +
         domains + "]}]}";
}

std::vector<std::uint8_t> query_for(std::string_view name) {
  test::MessageBuilder message;
  message.question(name).opt();
  return {message.wire().begin(), message.wire().end()};
}

// Names that are in the pack, or names that upstream has to be asked for.
std::vector<std::vector<std::uint8_t>> queries(std::size_t count, const std::vector<std::string>& from) {
  std::vector<std::vector<std::uint8_t>> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(query_for(from[i * 7919 % from.size()]));
  return out;
}

constexpr std::array<std::uint8_t, 16> Address{0xc0, 0x0c, 0, 1, 0, 1, 0, 1, 0x51, 0x80, 0, 4, 192, 0, 2, 1};

}  // namespace

// The part that is counted: a name of its own, which callgrind can find.
extern "C" [[gnu::noinline]] void measured(test::PipelineRig& rig, const pipeline::ClientRef& client,
                                           const std::vector<std::vector<std::uint8_t>>& asked, bool forwarded) {
  for (const auto& query : asked) {
    rig.ask(query, client);
    if (forwarded) rig.reply(1, Address);
  }
}

int main(int argc, char** argv) {
  const std::string_view kind = argc > 1 ? argv[1] : "";
  const std::size_t count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  const std::size_t name_count = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10'000;
  const bool logged = kind == "logged";
  const bool blocked = kind == "blocked" || logged;
  if ((!blocked && kind != "cached" && kind != "forwarded") || count == 0 || name_count == 0) {
    std::fputs("usage: pipeline_bench blocked|logged|cached|forwarded [ANSWERS [NAMES]]\n", stderr);
    return 2;
  }
  std::mt19937_64 random{1};
  std::vector<std::string> blocked_names, other_names;
  for (std::size_t i = 0; i < name_count; ++i) blocked_names.push_back(made_up_name(random));
  const std::size_t others = kind == "forwarded" ? count : CachedNames;
  for (std::size_t i = 0; i < others; ++i) other_names.push_back("www." + made_up_name(random));

  pipeline::Settings settings;
  settings.log_levels = {stats::LogLevel::All};
  stats::QueryRing ring{std::bit_ceil(4 * count + 8)};  // holds every line: nobody takes them
  test::PipelineRig rig{{pack_of(blocked_names)}, {}, settings};
  if (logged) rig.pipeline().log_to(ring);
  pipeline::ClientRef client;
  client.peer = {IpAddress::parse("10.10.1.1").value(), 4000};
  const auto asked = queries(count, blocked ? blocked_names : other_names);
  if (kind == "cached") measured(rig, client, queries(CachedNames, other_names), true);

  const test::CountAllocations allocations;
  const test::CountLocks locks;
  timespec before{}, after{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
  measured(rig, client, asked, kind == "forwarded");
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
  const auto allocated = static_cast<double>(allocations.count());
  const auto locked = static_cast<double>(locks.count());
  const double nanoseconds =
      static_cast<double>(after.tv_sec - before.tv_sec) * 1e9 + static_cast<double>(after.tv_nsec - before.tv_nsec);
  const auto outcome = blocked            ? stats::Counter::blocked
                       : kind == "cached" ? stats::Counter::cached
                                          : stats::Counter::forwarded;
  if (rig.count(outcome) < count || rig.count(stats::Counter::log_dropped) > 0) {
    std::fputs("not every answer was of this kind, or not every line was taken\n", stderr);
    return 1;
  }
  const auto answers = static_cast<double>(count);
  std::printf("%.*s: %.0f ns, %.3f allocations, %.3f locks an answer\n", static_cast<int>(kind.size()), kind.data(),
              nanoseconds / answers, allocated / answers, locked / answers);
}
