// PipelineRig: one whole pipeline without sockets. Queries go in by ask(); what it sends to clients and to upstream is
// kept here, the last of each, so that the rig itself allocates nothing while it is asked.
// Thread: one; time stands still unless the owner moves `now`.   Fails: rules that do not load throw.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/pipeline.h"
#include "policy/policy_compiler.h"
#include "policy/rule_file.h"

namespace aven::test {

// A message of at most one datagram's size.
class KeptMessage {
 public:
  void keep(std::span<const std::uint8_t> message) noexcept {
    size_ = std::min(message.size(), octets_.size());
    std::copy_n(message.begin(), size_, octets_.begin());
  }
  void forget() noexcept { size_ = 0; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<const std::uint8_t> wire() const noexcept { return std::span{octets_}.first(size_); }

 private:
  std::array<std::uint8_t, 4096> octets_{};
  std::size_t size_ = 0;
};

class PipelineRig final : private pipeline::ClientPort, private upstream::UpstreamPort {
 public:
  static constexpr WallTime Wall{std::chrono::seconds{1'700'049'600}};  // 2023-11-15 12:00 UTC

  explicit PipelineRig(const std::vector<std::string>& packs, policy::PolicySettings settings = {},
                       pipeline::Settings pipeline_settings = {}, cache::CommonCache* common = nullptr)
      : policy_settings_(std::move(settings)),
        settings_(std::make_shared<pipeline::Settings>(std::move(pipeline_settings))),
        upstreams_(one_upstream()),
        pipeline_(*this, *this, random_, counters_, {.cache = {.max_bytes = 8U << 20}, .common_cache = common},
                  load(packs), now) {}

  void ask(std::span<const std::uint8_t> query, const char* client = "10.0.0.1",
           pipeline::ClientTransport transport = pipeline::ClientTransport::Udp) noexcept {
    pipeline::ClientRef from;
    from.transport = transport;
    from.peer = {*IpAddress::parse(client), 4000};
    ask(query, from);
  }
  void ask(std::span<const std::uint8_t> query, const pipeline::ClientRef& from) noexcept {
    answer_.forget();
    asked_upstream_.forget();
    pipeline_.on_query(from, query, now);
  }
  // Upstream answers what it was asked last: the same message, as a reply with `records` appended to it.
  void reply(std::uint16_t answers, std::span<const std::uint8_t> records) noexcept {
    const auto asked = asked_upstream_.wire();
    std::size_t end = 12;
    while (asked[end] != 0) end += asked[end] + 1U;
    reply_.assign(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(end + 5));
    reply_[2] |= 0x80;
    reply_[3] = 0x80;
    reply_[7] = static_cast<std::uint8_t>(answers);
    reply_[11] = 0;
    reply_.insert(reply_.end(), records.begin(), records.end());
    pipeline_.forwarder().on_reply(0, 0, upstream::Transport::Udp, reply_, now);
  }
  void change_rules(const std::vector<std::string>& packs) { pipeline_.use(load(packs), now); }

  // As a reload does that changes what the routes' numbers mean.
  void renumber_routes(const std::vector<std::string>& packs) {
    ++routes_;
    change_rules(packs);
  }

  std::span<const std::uint8_t> answer() const noexcept { return answer_.wire(); }
  std::span<const std::uint8_t> asked_upstream() const noexcept { return asked_upstream_.wire(); }
  std::size_t dropped_connections() const noexcept { return drops_; }
  std::uint64_t count(stats::Counter counter) const { return counters_.values()[static_cast<std::size_t>(counter)]; }
  pipeline::Pipeline& pipeline() noexcept { return pipeline_; }

  Tick now{std::chrono::hours{1}};
  bool client_gone = false;

 private:
  class Sequence final : public RandomSource {
   public:
    void fill(std::span<std::uint8_t> out) noexcept override {
      for (auto& octet : out) octet = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005U + 1U) >> 56);
    }

   private:
    std::uint64_t state_ = 1;
  };

  static std::shared_ptr<const upstream::UpstreamSet> one_upstream() {
    auto set = std::make_shared<upstream::UpstreamSet>();
    upstream::Server server;
    server.endpoint = {IpAddress::parse("192.0.2.53").value(), 53};
    set->servers.push_back(server);
    set->pools.push_back({.name = "default", .servers = {0}});
    return set;
  }

  pipeline::WorkerPolicy load(const std::vector<std::string>& packs) {
    policy::RuleTexts texts;
    for (std::size_t i = 0; i < packs.size(); ++i) {
      texts.packs.push_back({"rules/" + std::to_string(i) + ".json", packs[i]});
    }
    auto loaded = policy::load_rules(texts);
    if (policy_settings_.allow_from.empty()) policy_settings_.allow_from = {Prefix::parse("10.0.0.0/8").value()};
    auto compiled = policy::compile_policy(std::move(loaded.rules), policy_settings_, ++generation_, Wall);
    std::string text;
    for (const auto& problem : loaded.problems) text += policy::to_text(problem) + '\n';
    for (const auto& problem : compiled.problems) text += policy::to_text(problem) + '\n';
    if (policy::has_errors(loaded.problems) || compiled.policy == nullptr) throw std::runtime_error(text);

    const std::shared_ptr<const policy::Policy> policy{std::move(compiled.policy)};
    const auto calendar = policy::Calendar::for_zone(policy_settings_.timezone).value();
    return {policy,
            std::make_shared<policy::Activity>(*policy, calendar, Wall, now),
            policy->make_patterns(),
            std::make_unique<stats::RuleCounters>(policy->rule_count(), policy->group_names().size()),
            upstreams_,
            settings_,
            routes_};
  }

  bool send(const pipeline::ClientRef&, std::span<const std::uint8_t> answer, std::uint32_t) noexcept override {
    if (client_gone) return false;
    answer_.keep(answer);
    return true;
  }
  void drop(const pipeline::ClientRef&) noexcept override { ++drops_; }
  upstream::SocketId send(upstream::ServerIndex, upstream::Transport, std::span<const std::uint8_t> message,
                          Tick) noexcept override {
    asked_upstream_.keep(message);
    return 0;
  }

  policy::PolicySettings policy_settings_;
  std::shared_ptr<const pipeline::Settings> settings_;
  std::shared_ptr<const upstream::UpstreamSet> upstreams_;
  std::uint64_t generation_ = 0, routes_ = 0;
  Sequence random_;
  stats::Counters counters_;
  KeptMessage answer_, asked_upstream_;
  std::vector<std::uint8_t> reply_;
  std::size_t drops_ = 0;
  pipeline::Pipeline pipeline_;
};

}  // namespace aven::test
