#include "replay/scene.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "dns/record_text.h"
#include "pipeline/pipeline.h"
#include "policy/policy_compiler.h"
#include "policy/rule_file.h"
#include "support/client_answer.h"
#include "support/fake_network.h"

namespace aven::test {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

const std::map<std::string, upstream::Strategy> Strategies{{"fastest", upstream::Strategy::Fastest},
                                                           {"ordered", upstream::Strategy::Ordered},
                                                           {"race", upstream::Strategy::Race},
                                                           {"spread", upstream::Strategy::Spread}};

constexpr Tick Start{std::chrono::hours{1}};

class CountingRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override {
    for (auto& octet : out)
      octet = static_cast<std::uint8_t>((state_ = state_ * 6364136223846793005U + 1442695040888963407U) >> 56);
  }

 private:
  std::uint64_t state_ = 1;
};

class Clients final : public pipeline::ClientPort {
 public:
  struct Sent {
    Tick at;
    Bytes bytes;
  };
  bool send(const pipeline::ClientRef& client, std::span<const std::uint8_t> answer, std::uint32_t) noexcept override {
    if (gone_.contains(client.slot)) return false;
    if (const auto server = servers_.find(client.slot); server != servers_.end()) {
      server->second({answer.begin(), answer.end()}, now);
      return true;
    }
    sent_[client.slot].push_back({now, {answer.begin(), answer.end()}});
    return true;
  }
  void drop(const pipeline::ClientRef&) noexcept override { ++dropped; }

  std::map<std::uint32_t, std::vector<Sent>> sent_;
  std::map<std::uint32_t, bool> gone_;
  std::map<std::uint32_t, FakeNetwork::Answered> servers_;  // that ask us, by slot
  std::size_t dropped = 0;
  Tick now = Start;
};

std::vector<std::string> strings(const Json& json, const char* key) {
  return json.contains(key) ? json.at(key).get<std::vector<std::string>>() : std::vector<std::string>{};
}

WallTime parse_wall(const std::string& text) {  // scenes write UTC
  std::istringstream in{text};
  WallTime time;
  in >> date::parse("%FT%T", time);
  if (!in) throw std::runtime_error("not a moment: " + text);
  return time;
}

class Player {
 public:
  explicit Player(Json told) : scene_(with_repeats(std::move(told))) {
    wall_ = parse_wall(scene_.value("wall", "2026-11-24T12:00:00"));
    const auto settings = scene_.value("settings", Json::object());
    zone_ = settings.value("timezone", "Europe/Paris");
    load_upstreams(settings);
    packs_ = scene_.value("packs", Json::array());
    pipeline::Pipeline::Sizes sizes;
    sizes.cache = {.max_bytes = settings.value("cache_kb", 4096U) * 1024U, .serve_stale_s = 86400};
    sizes.in_flight = settings.value("in_flight", 1000U);
    if (settings.value("loop_probes", false)) sizes.loop_mark = 0x5ca1ab1e;
    pipeline_ = std::make_unique<pipeline::Pipeline>(clients_, network_, random_, counters_, sizes, compile(), now_);
    network_.attach(pipeline_->forwarder());
    network_.forward = [this](upstream::ServerIndex from, const Bytes& question, FakeNetwork::Answered answered,
                              Tick at) {
      pipeline::ClientRef client;
      client.slot = next_server_slot_++;
      client.peer = {upstreams_->servers[from].endpoint.address, static_cast<std::uint16_t>(client.slot)};
      clients_.servers_[client.slot] = std::move(answered);
      pipeline_->on_query(client, question, at);
    };
  }

  std::vector<std::string> play() {
    const auto& steps = scene_.at("steps");
    for (std::size_t i = 0; i < steps.size(); ++i) take(static_cast<std::uint32_t>(i), steps[i]);
    advance_to(now_ + std::chrono::seconds{scene_.value("settle_s", 10)});
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].contains("ask") && steps[i].contains("expect")) check(static_cast<std::uint32_t>(i), steps[i]);
    }
    check_totals();
    use(worker_policy());
    return differences_;
  }
  // After play(): how often each rule decided or would have.
  stats::RuleCount count_of(const std::string& rule) const { return rules_.of(rule); }

 private:
  void use(pipeline::WorkerPolicy next) {
    const auto old = pipeline_->use(std::move(next), now_);
    std::vector<std::string> ids;
    for (policy::RuleIndex i = 0; i < old.policy->rule_count(); ++i) ids.push_back(old.policy->rule(i).full_id());
    rules_.add(*old.rule_counters, ids, old.policy->group_names());
  }

  // A step with "times" stands for so many, "every_ms" apart; `#` in its question becomes the number of each.
  static Json with_repeats(Json scene) {
    std::vector<Json> steps;
    int at_ms = 0;
    for (const auto& step : scene.at("steps")) {
      const int times = step.value("times", 1);
      at_ms = step.value("at_ms", at_ms);
      for (int i = 0; i < times; ++i) {
        Json one = step;
        one["at_ms"] = at_ms + i * step.value("every_ms", 0);
        if (step.contains("ask")) one["ask"] = with_number(step.at("ask"), i);
        steps.push_back(std::move(one));
      }
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Json& a, const Json& b) { return a.at("at_ms").get<int>() < b.at("at_ms").get<int>(); });
    scene["steps"] = std::move(steps);
    return scene;
  }
  static std::string with_number(std::string question, int number) {
    const auto mark = question.find('#');
    if (mark != std::string::npos) question.replace(mark, 1, std::to_string(number));
    return question;
  }

  // An address, or "tls://ADDRESS#NAME".
  static upstream::Server server_of(const std::string& text) {
    constexpr std::string_view Tls = "tls://";
    upstream::Server server;
    std::string address = text;
    if (text.starts_with(Tls)) {
      server.protocol = upstream::Protocol::Tls;
      const auto hash = text.find('#');
      server.tls_name = text.substr(hash + 1);
      address = text.substr(Tls.size(), hash - Tls.size());
    }
    server.endpoint = Endpoint{IpAddress::parse(address).value(), 53};
    return server;
  }

  void load_upstreams(const Json& settings) {
    upstreams_ = std::make_shared<upstream::UpstreamSet>();
    auto pools = settings.value("pools", Json{{"default", {"192.0.2.53"}}});
    std::map<std::string, upstream::ServerIndex> known;
    const auto add_pool = [&](const std::string& name, const Json& described) {  // its servers, or an object
      const Json& servers = described.is_object() ? described.at("servers") : described;
      upstream::Pool pool;
      if (described.is_object()) {
        pool.rotate = described.value("rotate", false);
        pool.rebind_protection = described.value("rebind_protection", false);
        pool.max_ttl = described.value("max_ttl", pool.max_ttl);
        pool.negative_max_ttl = described.value("negative_max_ttl", pool.negative_max_ttl);
      }
      pool.name = name;
      pool.routed = name != "default";
      pool.strategy = Strategies.at(settings.value("strategy", "fastest"));
      for (const std::string address : servers) {
        if (!known.contains(address)) {
          known[address] = static_cast<upstream::ServerIndex>(upstreams_->servers.size());
          upstream::Server server = server_of(address);
          server.trust_ad = settings.value("trust_ad", false);
          server.case_randomisation = settings.value("case_randomisation", false);
          upstreams_->servers.push_back(server);
        }
        pool.servers.push_back(known[address]);
      }
      routes_[name] = static_cast<dns::RouteId>(upstreams_->pools.size());
      upstreams_->pools.push_back(pool);
    };
    routes_ = {{"refuse", dns::RefuseRoute}, {"nxdomain", dns::NxdomainRoute}};
    add_pool("default", pools.at("default"));
    for (const auto& [name, servers] : pools.items()) {
      if (name != "default") add_pool(name, servers);
    }
    const auto described = scene_.value("servers", Json::object());
    for (const auto& [address, server] : described.items()) {
      for (const auto& line : strings(server, "zone")) network_.server(known.at(address)).authority.add_record(line);
    }
    server_index_ = known;
    set_behaviour(described);
  }

  void set_behaviour(const Json& servers) {
    for (const auto& [address, server] : servers.items()) {
      auto& fake = network_.server(server_index_.at(address));
      fake.silent_for = strings(server, "silent_for");
      for (const auto& [key, queue] : {std::pair{"behaviour", &fake.behaviour}, {"over_tcp", &fake.stream_behaviour}}) {
        queue->clear();
        for (const auto& text : strings(server, key)) queue->push_back(FakeNetwork::parse_behaviour(text));
      }
    }
  }

  policy::PolicySettings policy_settings() const {
    const auto settings = scene_.value("settings", Json::object());
    policy::PolicySettings out;
    for (const auto& prefix : settings.value("allow_from", std::vector<std::string>{"10.0.0.0/8", "127.0.0.0/8"})) {
      out.allow_from.push_back(Prefix::parse(prefix).value());
    }
    const auto groups = settings.value("groups", Json::object());
    for (const auto& [name, prefixes] : groups.items()) {
      policy::Group group{name, {}};
      for (const std::string prefix : prefixes) group.prefixes.push_back(Prefix::parse(prefix).value());
      out.groups.push_back(group);
    }
    const auto routes = settings.value("routes", Json::object());
    for (const auto& [suffix, target] : routes.items()) {  // a pool, or one for each group
      const auto name = dns::Name::from_text(suffix).value();
      if (!target.is_object()) {
        out.routes.push_back({name, routes_.at(target), {}});
        continue;
      }
      for (const auto& [group, pool] : target.items()) {
        out.routes.push_back({name, routes_.at(pool), group == "*" ? std::string{} : group});
      }
    }
    for (const auto& line : strings(settings, "records")) out.records.push_back(record(line));
    out.sinkhole_ipv4 = {IpAddress::parse("0.0.0.0").value()};
    out.sinkhole_ipv6 = {IpAddress::parse("::").value()};
    out.timezone = zone_;
    return out;
  }

  static policy::LocalRecord record(const std::string& line) {
    const auto parsed = dns::parse_record(line);
    if (!parsed) throw std::runtime_error(line + ": " + parsed.error());
    return {parsed->owner, parsed->type, parsed->ttl, parsed->rdata};
  }

  pipeline::WorkerPolicy compile() {
    policy::RuleTexts texts;
    for (const auto& pack : packs_) texts.packs.push_back({"rules/" + pack.value("pack", "?") + ".json", pack.dump()});
    for (const auto& names : scene_.value("names", Json::array())) {
      texts.name_sets.push_back({"rules/names/" + names.value("names", "?") + ".json", names.dump()});
    }
    auto loaded = policy::load_rules(texts);
    auto compiled = policy::compile_policy(std::move(loaded.rules), policy_settings(), ++generation_, wall_);
    std::string text;
    for (const auto& problem : loaded.problems) text += policy::to_text(problem) + '\n';
    for (const auto& problem : compiled.problems) text += policy::to_text(problem) + '\n';
    if (policy::has_errors(loaded.problems) || compiled.policy == nullptr) throw std::runtime_error(text);

    policy_ = std::move(compiled.policy);
    return worker_policy();
  }

  pipeline::WorkerPolicy worker_policy() {
    const auto calendar = policy::Calendar::for_zone(zone_);
    activity_ = std::make_shared<policy::Activity>(*policy_, calendar.value(), wall_, now_);
    auto settings = std::make_shared<pipeline::Settings>();
    const auto limits = scene_.value("settings", Json::object());
    settings->client_qps = limits.value("client_qps", 0U);
    settings->in_flight_per_client = limits.value("in_flight_per_client", 500U);
    settings->server_id = "replay";
    settings->version = "aven test";
    return {policy_,
            activity_,
            policy_->make_patterns(),
            std::make_unique<stats::RuleCounters>(policy_->rule_count(), policy_->group_names().size()),
            upstreams_,
            settings};
  }

  void advance_to(Tick end) {
    for (;;) {
      const Tick next = std::min({network_.next_event(), pipeline_->next_deadline(), activity_->next_change(), end});
      wall_ += std::chrono::floor<std::chrono::seconds>(next - Start) -
               std::chrono::floor<std::chrono::seconds>(now_ - Start);
      now_ = std::max(now_, next);
      clients_.now = now_;
      if (activity_->next_change() <= now_) use(worker_policy());
      network_.deliver_due(now_);
      if (pipeline_->next_deadline() <= now_) pipeline_->on_time(now_);
      if (now_ >= end && network_.next_event() > now_) return;
    }
  }

  void take(std::uint32_t index, const Json& step) {
    advance_to(std::max(now_, Start + milliseconds{step.value("at_ms", std::int64_t{0})}));
    if (step.contains("packs")) {
      packs_ = step.at("packs");
      use(compile());
    }
    if (step.contains("servers")) set_behaviour(step.at("servers"));
    if (step.value("stop", false)) pipeline_->answer_the_rest(now_);
    if (step.contains("raw")) send(index, step, raw_bytes(step.at("raw")));
    if (step.contains("ask")) send(index, step, to_wire(query_of(index, step)));
    if (step.value("gone", false)) clients_.gone_[index] = true;
  }

  static Bytes raw_bytes(const std::string& hex) {
    Bytes out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      out.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return out;
  }

  static ClientQuery query_of(std::uint32_t index, const Json& step) {
    ClientQuery query;
    std::istringstream words{step.at("ask").get<std::string>()};
    words >> query.name >> query.type >> query.class_;
    query.id = static_cast<std::uint16_t>(step.value("id", 1000U + index));
    for (const auto& option : strings(step, "options")) {
      if (option == "norec") query.recursion_desired = false;
      if (option == "noedns") query.edns = false;
      if (option == "do") query.dnssec_ok = true;
      if (option == "cd") query.checking_disabled = true;
      if (option == "ad") query.ad = true;
    }
    query.udp_size = static_cast<std::uint16_t>(step.value("udp_size", 1232U));
    return query;
  }

  void send(std::uint32_t index, const Json& step, const Bytes& message) {
    pipeline::ClientRef client;
    client.slot = step.value("port", 0U) != 0 ? step.at("port").get<std::uint32_t>() : index;
    client.peer = {IpAddress::parse(step.value("client", "10.10.1.1")).value(),
                   static_cast<std::uint16_t>(4000 + client.slot)};
    for (const auto& option : strings(step, "options")) {
      if (option == "tcp") client.transport = pipeline::ClientTransport::Tcp;
    }
    asked_at_[index] = now_;
    slot_of_[index] = client.slot;
    pipeline_->on_query(client, message, now_);
  }

  void differ(std::uint32_t index, const std::string& what) {
    differences_.push_back("step " + std::to_string(index) + " (" + scene_["steps"][index].value("ask", "raw") +
                           "): " + what);
  }

  template <class T>
  void compare(std::uint32_t index, const std::string& what, const T& wanted, const T& got) {
    if (!(wanted == got)) differ(index, what + " should be " + Json(wanted).dump() + ", is " + Json(got).dump());
  }

  void check(std::uint32_t index, const Json& step) {
    const auto& expect = step.at("expect");
    const auto& sent = clients_.sent_[slot_of_[index]];
    if (expect.value("nothing", false)) {
      if (!sent.empty()) differ(index, "nothing should be sent");
      return;
    }
    if (sent.size() != 1) return differ(index, std::to_string(sent.size()) + " answers instead of one");
    const auto answer = read_answer(sent[0].bytes);
    compare<std::string>(index, "rcode", expect.value("rcode", "NOERROR"), answer.rcode);
    if (expect.contains("answer")) compare(index, "answer", strings(expect, "answer"), answer.answer);
    if (expect.contains("authority")) compare(index, "authority", strings(expect, "authority"), answer.authority);
    if (expect.contains("additional")) compare(index, "additional", strings(expect, "additional"), answer.additional);
    if (expect.contains("flags")) compare(index, "flags", strings(expect, "flags"), answer.flags);
    if (expect.contains("question")) compare<std::string>(index, "question", expect.at("question"), answer.question);
    if (expect.contains("ede")) compare(index, "ede", expect.at("ede").get<std::vector<int>>(), answer.ede);
    const auto after = std::chrono::duration_cast<milliseconds>(sent[0].at - asked_at_[index]).count();
    if (expect.contains("after_ms")) {
      const auto range = expect.at("after_ms").get<std::vector<std::int64_t>>();
      if (after < range.at(0) || after > range.at(1)) differ(index, "answered after " + std::to_string(after) + " ms");
    }
  }

  void check_totals() {
    const auto values = counters_.values();
    const auto value = [&](stats::Counter counter) { return values[static_cast<std::size_t>(counter)]; };
    const auto expect = scene_.value("expect", Json::object());
    const auto wanted = expect.value("counters", Json::object());
    for (std::size_t i = 0; i < stats::CounterCount; ++i) {
      const std::string name{stats::CounterList[i].name};
      if (wanted.contains(name) && wanted.at(name) != values[i]) {
        differences_.push_back(name + " should be " + wanted.at(name).dump() + ", is " + std::to_string(values[i]));
      }
    }
    const auto most = expect.value("counters_at_most", Json::object());
    for (std::size_t i = 0; i < stats::CounterCount; ++i) {
      const std::string name{stats::CounterList[i].name};
      if (most.contains(name) && values[i] > most.at(name).get<std::uint64_t>()) {
        differences_.push_back(name + " should be at most " + most.at(name).dump() + ", is " +
                               std::to_string(values[i]));
      }
    }
    for (const auto& address : strings(expect, "never_by_udp")) {
      if (network_.asked_by_udp(server_index_.at(address))) differences_.push_back(address + " was asked by UDP");
    }
    if (expect.contains("upstream_questions") && expect.at("upstream_questions") != network_.questions()) {
      differences_.push_back("upstream was asked " + std::to_string(network_.questions()) + " times");
    }
    const auto ended = value(stats::Counter::answered) + value(stats::Counter::dropped) + pipeline_->in_flight();
    if (value(stats::Counter::received) != ended) differences_.push_back("received != answered + dropped + in flight");
    if (pipeline_->in_flight() != 0) differences_.push_back("queries still wait at the end");
  }

  const Json scene_;
  WallTime wall_;
  std::string zone_;
  Json packs_;
  Tick now_ = Start;
  CountingRandom random_;
  Clients clients_;
  FakeNetwork network_;
  stats::Counters counters_;
  std::shared_ptr<upstream::UpstreamSet> upstreams_;
  std::map<std::string, dns::RouteId> routes_;
  std::map<std::string, upstream::ServerIndex> server_index_;
  std::shared_ptr<const policy::Policy> policy_;
  std::shared_ptr<const policy::Activity> activity_;
  std::uint64_t generation_ = 0;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::uint32_t next_server_slot_ = 20000;
  std::map<std::uint32_t, Tick> asked_at_;
  std::map<std::uint32_t, std::uint32_t> slot_of_;
  std::vector<std::string> differences_;
  stats::RuleTotals rules_;
};

// The scene with each rule in this mode.
Json in_mode(Json scene, const char* mode) {
  const auto change = [&](Json& packs) {
    for (auto& pack : packs) {
      for (auto& rule : pack["rules"]) rule["mode"] = mode;
    }
  };
  change(scene["packs"]);
  for (auto& step : scene["steps"]) {
    if (step.contains("packs")) change(step["packs"]);
  }
  return scene;
}

// What rules do when they are enforced is what they would have done while they were observed.
std::vector<std::string> rehearse(const Json& scene) {
  const Json real = in_mode(scene, "enforce"), tried = in_mode(scene, "observe");
  Player enforced{real}, observed{tried};
  auto differences = enforced.play();
  for (auto& difference : observed.play()) differences.push_back(std::move(difference));
  for (const auto& [rule, wanted] : scene.at("rehearsal").items()) {
    const auto hits = enforced.count_of(rule).hits, would_hits = observed.count_of(rule).would_hits;
    if (hits != wanted || would_hits != wanted) {
      differences.push_back(rule + " should decide " + wanted.dump() + " times, does " + std::to_string(hits) +
                            " times enforced and would " + std::to_string(would_hits) + " times observed");
    }
  }
  return differences;
}

}  // namespace

std::vector<std::string> play_scene(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error("cannot be read");
  const Json scene = Json::parse(file);
  return scene.contains("rehearsal") ? rehearse(scene) : Player{scene}.play();
}

}  // namespace aven::test
