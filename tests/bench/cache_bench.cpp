// cache_bench [hits | evictions | sharing]: what a hit costs as the cache grows, how well the eviction keeps what is asked
// again, and what it costs that each worker has a cache of its own. All of it without an argument.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <spdlog/fmt/fmt.h>
#include <string_view>
#include <vector>

#include "base/tick.h"
#include "bench/eviction_models.h"
#include "cache/answer_cache.h"
#include "cache/worker_cache.h"

using namespace aven;

namespace {

using bench::ObjectKey;

// Question number n and its reply, a made-up host of 28 octets with `records` addresses.
class Questions {
 public:
  explicit Questions(std::size_t records) : records_(records) {}

  const dns::Ask& ask(ObjectKey number) {
    std::array<std::uint8_t, 30> wire{3,   'w', 'w', 'w', 8,   0,   0,   0,   0,   0,   0, 0,   0,   11,  's',
                                      'o', 'm', 'e', '-', 'd', 'o', 'm', 'a', 'i', 'n', 3, 'c', 'o', 'm', 0};
    for (std::size_t i = 0; i < 8; ++i) wire[5 + i] = static_cast<std::uint8_t>('a' + (number >> (28 - 4 * i) & 0xf));
    ask_.name = *dns::Name::from_wire(wire);
    return ask_;
  }
  dns::CleanReply reply(ObjectKey number) {
    ByteWriter writer{buffer_};
    for (const unsigned word : {0U, 0x8180U, 1U, static_cast<unsigned>(records_), 0U, 0U}) {
      writer.u16(static_cast<std::uint16_t>(word));
    }
    writer.bytes(ask(number).name.wire());
    writer.u32(0x00010001);
    for (std::size_t i = 0; i < records_; ++i) {
      writer.u16(0xc00c);
      writer.u32(0x00010001);
      writer.u32(86400);
      writer.u16(4);
      writer.u32(number);
    }
    return {writer.written(), dns::Rcode::NoError, false, false, false, false, 86400};
  }

 private:
  std::size_t records_;
  dns::Ask ask_;
  std::array<std::uint8_t, dns::MaxMessageSize> buffer_{};
};

std::uint64_t sink = 0;  // results go here, so that they are not optimised away

// Nanoseconds a round, the best of three.
template <class Round>
double nanoseconds(std::size_t rounds, Round&& round) {
  double best = 1e18;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Tick before = read_tick();
    for (std::size_t i = 0; i < rounds; ++i) round(i);
    best = std::min(best, static_cast<double>((read_tick() - before).count()) / static_cast<double>(rounds));
  }
  return best;
}

// What memory of so many octets costs: reads of which each tells where the next one is.
double dependent_read(std::size_t bytes) {
  std::vector<std::uint32_t> next(bytes / sizeof(std::uint32_t));
  std::mt19937 random{2};
  for (std::size_t i = 0; i < next.size(); ++i) next[i] = static_cast<std::uint32_t>(random() % next.size());
  std::size_t at = 0;
  const double took = nanoseconds(1U << 20, [&](std::size_t i) { at = (next[at] + i) % next.size(); });
  sink += at;
  return took;
}

void measure_hits(std::size_t entries, std::size_t records) {
  Questions questions{records};
  cache::AnswerCache cache{{std::size_t{2} << 30, 0}, 0x1234567};
  const Tick start{std::chrono::hours{1}};
  const Tick before = read_tick();
  for (ObjectKey i = 0; i < entries; ++i) cache.insert(questions.ask(i), questions.reply(i), 1, false, start);
  const auto insert_ns = static_cast<double>((read_tick() - before).count()) / static_cast<double>(entries);

  std::mt19937 random{1};
  std::vector<ObjectKey> order(1U << 21);
  for (auto& number : order) number = static_cast<ObjectKey>(random() % entries);
  std::array<std::uint8_t, dns::OurUdpSize> out;
  const auto name = [&](std::size_t i) -> const dns::Ask& { return questions.ask(order[i]); };
  const double empty = nanoseconds(order.size(), [&](std::size_t i) { sink += name(i).name.wire()[6]; });
  const auto look = [&](Tick now) {
    return nanoseconds(order.size(), [&](std::size_t i) {
      const auto hit = cache.find(name(i), now, cache::NxdomainCut::Secure, out);
      sink += hit ? hit->least_ttl : 0;
    });
  };
  const double hit = look(start + std::chrono::seconds{60}) - empty;
  const double miss = look(start + std::chrono::hours{48}) - empty;
  fmt::print("{:>9} {:>8} {:>9.1f} {:>9.1f} {:>10.1f} {:>13.1f} {:>9.1f}\n", cache.entry_count(), records, hit, miss,
             insert_ns, static_cast<double>(cache.memory_bytes()) / static_cast<double>(cache.entry_count()),
             dependent_read(cache.memory_bytes()));
}

void measure_ageing(std::size_t records) {
  Questions questions{records};
  const auto reply = questions.reply(1);
  const double walk = nanoseconds(1U << 21, [&](std::size_t) { sink += dns::age_ttls(reply.wire, 0, 86400); });
  fmt::print("age_ttls() of {} records, which the kept TTL positions save: {:.1f} ns\n", records, walk);
}

// Which questions are asked: skewed ones, whose names drift by and by, among names that are asked once.
struct Trace {
  const char* title;
  double skew;
  std::size_t drift;  // after so many requests the names have moved down by a rank; 0 = never
  double unique;
};
constexpr std::size_t Universe = 1U << 20;
constexpr ObjectKey FirstUnique = 1U << 31;

std::vector<ObjectKey> make_trace(const Trace& trace, std::size_t length) {
  std::vector<double> sums(Universe);
  double sum = 0;
  for (std::size_t i = 0; i < Universe; ++i) sums[i] = sum += std::pow(static_cast<double>(i + 1), -trace.skew);
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> uniform{0.0, 1.0};
  std::vector<ObjectKey> requests(length);
  for (std::size_t i = 0; i < length; ++i) {
    if (uniform(random) < trace.unique) {
      requests[i] = FirstUnique + static_cast<ObjectKey>(i);
      continue;
    }
    const auto rank = std::lower_bound(sums.begin(), sums.end(), uniform(random) * sum) - sums.begin();
    const std::size_t moved = static_cast<std::size_t>(rank) + (trace.drift == 0 ? 0 : i / trace.drift);
    requests[i] = static_cast<ObjectKey>(moved % Universe * 2654435761U % FirstUnique);
  }
  return requests;
}

// The share of the skewed questions that is answered, after the first third of the trace.
template <class Hit>
double hit_rate(const std::vector<ObjectKey>& requests, Hit&& hit) {
  std::size_t asked = 0, answered = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const bool found = hit(requests[i]);
    if (i < requests.size() / 3 || requests[i] >= FirstUnique) continue;
    ++asked;
    answered += found ? 1 : 0;
  }
  return 100.0 * static_cast<double>(answered) / static_cast<double>(asked);
}

void compare_evictions(const Trace& trace, std::size_t max_bytes) {
  const auto requests = make_trace(trace, 6000000);
  Questions questions{1};
  cache::AnswerCache cache{{max_bytes, 0}, 0x1234567};
  std::array<std::uint8_t, dns::OurUdpSize> out;
  const double ours = hit_rate(requests, [&](ObjectKey number) {
    if (cache.find(questions.ask(number), Tick{}, cache::NxdomainCut::Off, out)) return true;
    cache.insert(questions.ask(number), questions.reply(number), 1, false, Tick{});
    return false;
  });
  const std::size_t capacity = cache.entry_count();
  fmt::print("{:<34} {:>8} {:>7.2f}", trace.title, capacity, ours);
  const std::array<std::unique_ptr<bench::EvictionModel>, 4> models{
      std::make_unique<bench::S3FifoModel>(capacity), std::make_unique<bench::SieveModel>(capacity),
      std::make_unique<bench::QueueModel>(capacity, true), std::make_unique<bench::QueueModel>(capacity, false)};
  for (const auto& model : models) {
    fmt::print(" {:>7.2f}", hit_rate(requests, [&](ObjectKey number) { return model->hit(number); }));
  }
  fmt::print("\n");
}

// Several workers, to which the kernel spreads the clients: caches of their own alone, or a half in common.
void compare_sharing(std::size_t workers, std::size_t max_bytes, std::uint32_t ttl) {
  constexpr auto Between = std::chrono::microseconds{500};  // 2,000 questions a second
  const auto requests = make_trace({"", 0.9, 0, 0}, 4000000);
  Questions questions{1};
  const auto rate = [&](std::size_t common_bytes) {
    std::optional<cache::CommonCache> common;
    if (common_bytes != 0) common.emplace(cache::CacheLimits{common_bytes, 0}, 0x7654321);
    std::vector<std::unique_ptr<cache::WorkerCache>> caches;
    for (std::size_t i = 0; i < workers; ++i) {
      const cache::CacheLimits limits{(max_bytes - common_bytes) / workers, 0};
      caches.push_back(std::make_unique<cache::WorkerCache>(limits, 0x1234567, common ? &*common : nullptr));
    }
    std::mt19937 random{3};
    std::array<std::uint8_t, dns::OurUdpSize> out;
    Tick now{};
    return hit_rate(requests, [&](ObjectKey number) {
      now += Between;
      auto& cache = *caches[random() % workers];
      if (cache.find(questions.ask(number), now, cache::NxdomainCut::Off, out)) return true;
      auto reply = questions.reply(number);
      reply.ttl = ttl;
      cache.insert(questions.ask(number), reply, 1, false, now);
      return false;
    });
  };
  fmt::print("{:>7} {:>8} {:>6}", workers, max_bytes >> 20, ttl);
  for (const std::size_t percent : {0U, 25U, 50U, 75U}) fmt::print(" {:>10.2f}", rate(max_bytes * percent / 100));
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";
  if (only.empty() || only == "hits") {
    fmt::print("  entries  records    hit ns   miss ns  insert ns  octets/entry   read ns\n");
    for (const std::size_t records : {1U, 4U}) {
      for (const std::size_t entries : {1000U, 100000U, 1000000U}) measure_hits(entries, records);
    }
    measure_ageing(1);
    measure_ageing(4);
  }
  if (only.empty() || only == "evictions") {
    fmt::print("\nhit rate, %                         entries    Aven S3-FIFO   SIEVE     LRU    FIFO\n");
    for (const std::size_t max_bytes : {std::size_t{2} << 20, std::size_t{16} << 20}) {
      for (const Trace& trace :
           {Trace{"skew 0.9", 0.9, 0, 0}, Trace{"skew 1.0", 1.0, 0, 0}, Trace{"skew 0.9, names drift", 0.9, 600, 0},
            Trace{"skew 0.9, half are asked once", 0.9, 0, 0.5},
            Trace{"skew 0.9, 9 of 10 are asked once", 0.9, 0, 0.9}}) {
        compare_evictions(trace, max_bytes);
      }
    }
  }
  if (only.empty() || only == "sharing") {
    fmt::print("\nhit rate, %, by how much of the memory is common to all workers (questions: 2,000/s, skew 0.9)\n");
    fmt::print("workers memory MB  TTL s       none       25 %       50 %       75 %\n");
    for (const std::size_t workers : {1U, 2U, 4U, 8U, 32U}) {
      for (const std::size_t megabytes : {16U, 64U}) compare_sharing(workers, megabytes << 20, 300);
    }
  }
  return sink == 1 ? 1 : 0;
}
