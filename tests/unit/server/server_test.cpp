#include "server/server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <signal.h>
#include <sys/un.h>
#include <thread>

#include "policy/policy_compiler.h"
#include "unit/server/support.h"

using namespace aven;
using namespace aven::server;
using namespace std::chrono_literals;
using stats::Counter;

namespace {

std::string query_for(std::string_view name, std::uint16_t id = 1, char type = 1) {
  std::string out{static_cast<char>(id >> 8), static_cast<char>(id), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + std::string{0, 0, type, 0, 1};
}

int rcode_of(const std::string& answer) {
  return answer.size() < 12 ? -1 : answer[3] & 0xf;
}

// A policy without rules; loopback may ask.
Loaded loaded_for(std::uint64_t generation, const std::vector<Endpoint>& upstreams) {
  policy::PolicySettings settings;
  settings.allow_from = {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1/128")};
  auto compiled = policy::compile_policy({}, settings, generation, read_wall_time());
  Loaded out;
  out.policy = std::move(compiled.policy);
  out.calendar = *policy::Calendar::for_zone("UTC");
  upstream::UpstreamSet set;
  upstream::Pool pool;
  pool.name = "default";
  for (const auto& endpoint : upstreams) {
    pool.servers.push_back(static_cast<upstream::ServerIndex>(set.servers.size()));
    set.servers.emplace_back().endpoint = endpoint;
  }
  set.pools.push_back(pool);
  out.upstreams = std::make_shared<upstream::UpstreamSet>(set);
  out.settings = std::make_shared<pipeline::Settings>();
  return out;
}

// A server that runs on a thread of its own, with a silent upstream.
class Running {
 public:
  explicit Running(std::size_t workers, LoadFunction load = {}, std::vector<std::string> watched = {}) {
    ServerOptions options;
    options.listen = {Endpoint{}};
    options.workers = workers;
    options.sizes.cache.max_bytes = 4 << 20;
    options.load = load ? std::move(load)
                        : [this](LoadReason, std::uint64_t generation) { return loaded_for(generation, {upstream}); };
    options.on_loaded = [this](LoadReason reason, const Loaded&) {
      last_reason = reason;
      ++loads;
      loads.notify_all();
    };
    options.on_stopped = [this](auto images, const upstream::UpstreamSet&) { kept = std::move(images); };
    server.emplace(std::move(options));
    auto opened = server->listen();
    REQUIRE(opened);
    address = test::loopback(opened->front().port);
    std::promise<void> started;
    auto first = loaded_for(1, {upstream});
    first.watched = std::move(watched);
    thread = std::thread{[this, &started, loaded = std::move(first)]() mutable {
      code = server->run(std::move(loaded), [&started] { started.set_value(); });
      ended = true;
    }};
    started.get_future().wait();
  }
  ~Running() {
    end();
    server.reset();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void end() {
    if (!thread.joinable()) return;
    server->post([this] { server->stop(); });
    thread.join();
  }
  // Calls start(done) on control and waits for what done() is given.
  template <class T>
  T ask(const std::function<void(std::function<void(const T&)>)>& start) {
    auto promise = std::make_shared<std::promise<T>>();
    server->post([&start, promise] { start([promise](const T& value) { promise->set_value(value); }); });
    return promise->get_future().get();
  }
  Snapshot snapshot() {
    return ask<Snapshot>([this](auto done) { server->take_snapshot(done); });
  }
  std::uint64_t reload() {
    return ask<std::uint64_t>([this](auto done) {
      server->reload([this, done](const Loaded&) { done(server->current().policy->generation()); });
    });
  }

  test::Client silent{SOCK_DGRAM, test::loopback()};
  Endpoint upstream = test::name_of(silent.fd.get());
  std::optional<Server> server;
  Endpoint address;
  std::thread thread;
  std::vector<std::vector<std::uint8_t>> kept;  // of the caches, once it has ended
  std::atomic<bool> ended{false};
  std::atomic<int> loads{0};
  std::atomic<LoadReason> last_reason{LoadReason::Request};
  int code = -1;
};

std::string wait_for_answer(const test::Client& client, std::chrono::milliseconds time = 5s) {
  pollfd ready{client.fd.get(), POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(time.count())) != 1) return {};
  const auto got = client.receive();
  return got ? got->data : std::string{};
}

// The upstream gives the address 192.0.2.1 to what it was asked last, for 300 s.
void answer_upstream(const Running& running) {
  pollfd ready{running.silent.fd.get(), POLLIN, 0};
  REQUIRE(poll(&ready, 1, 5000) == 1);
  const auto asked = running.silent.receive();
  std::string reply = asked->data.substr(0, asked->data.find('\0', 12) + 5);
  reply[2] = '\x81';
  reply[3] = '\x80';
  reply[7] = 1;
  reply[11] = 0;
  REQUIRE(running.silent.send_to(asked->from, reply + std::string{"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1", 16}));
}

}  // namespace

TEST_CASE("a server answers over UDP and TCP, and its figures add up over all workers", "[server]") {
  Running running{2};
  constexpr std::size_t Count = 40;
  for (std::size_t i = 0; i < Count; ++i) {
    test::Client client{SOCK_DGRAM, test::loopback()};
    REQUIRE(client.send_to(running.address, query_for("localhost", static_cast<std::uint16_t>(i))));
    const auto answer = wait_for_answer(client);
    REQUIRE(answer.size() > 16);
    CHECK(rcode_of(answer) == 0);
    CHECK(answer.substr(answer.size() - 4) == std::string{127, 0, 0, 1});
  }
  test::Client stream{SOCK_STREAM, test::loopback()};
  REQUIRE(stream.connect_to(running.address));
  pollfd writable{stream.fd.get(), POLLOUT, 0};
  REQUIRE(poll(&writable, 1, 5000) == 1);
  REQUIRE(stream.write(test::framed(query_for("localhost"))));
  CHECK(rcode_of(wait_for_answer(stream).substr(2)) == 0);

  const auto figures = running.snapshot();
  CHECK(figures.workers.size() == 2);
  const auto get = [&](Counter counter) { return figures.counters[static_cast<std::size_t>(counter)]; };
  CHECK(get(Counter::received) == Count + 1);
  CHECK(get(Counter::received_tcp) == 1);
  CHECK(get(Counter::answered) == Count + 1);
  CHECK(get(Counter::received) == get(Counter::answered) + get(Counter::dropped) + figures.in_flight);
  CHECK(figures.tcp_clients == 1);
}

TEST_CASE("a reload brings the next generation to every worker", "[server]") {
  Running running{2};
  for (std::uint64_t generation = 2; generation < 6; ++generation) CHECK(running.reload() == generation);
  CHECK(running.loads == 4);
  std::vector<std::uint64_t> generations;
  for (int i = 0; i < 1000 && generations != std::vector<std::uint64_t>{5, 5}; ++i) {
    generations.clear();
    for (const auto& worker : running.snapshot().workers) generations.push_back(worker.policy_generation);
  }
  CHECK(generations == std::vector<std::uint64_t>{5, 5});
}

TEST_CASE("no load starts while the policy before the current one is still held", "[server]") {
  std::mutex mutex;
  std::vector<std::weak_ptr<const policy::Policy>> made;
  std::size_t most = 0;
  Running running{2, [&](LoadReason, std::uint64_t generation) {
                    const std::lock_guard lock{mutex};
                    std::size_t alive = 0;
                    for (const auto& policy : made) alive += policy.expired() ? 0U : 1U;
                    most = std::max(most, alive);
                    auto loaded = loaded_for(generation, {test::loopback(9)});
                    made.push_back(loaded.policy);
                    return loaded;
                  }};
  for (int i = 0; i < 20; ++i) running.reload();
  CHECK(most <= 1);
}

TEST_CASE("reloads under load lose no answer", "[server]") {
  Running running{2};
  std::atomic<bool> enough{false};
  std::atomic<int> reloads{0};
  const std::function<void()> again = [&] {
    running.server->reload([&](const Loaded&) {
      ++reloads;
      if (!enough) again();
    });
  };
  running.server->post(again);
  std::size_t answered = 0, asked = 0;
  for (; asked < 3200 || (reloads < 20 && asked < 320000); asked += 16) {
    test::Client client{SOCK_DGRAM, test::loopback()};
    for (int i = 0; i < 16; ++i) client.send_to(running.address, query_for("localhost"));
    for (int i = 0; i < 16; ++i) answered += wait_for_answer(client).empty() ? 0U : 1U;
  }
  enough = true;
  CHECK(answered == asked);
  CHECK(reloads >= 20);
  running.end();  // nothing calls `again` after this
}

TEST_CASE("a refused load keeps what runs, and its problems are shown", "[server]") {
  Running running{1, [](LoadReason, std::uint64_t) {
                    Loaded refused;
                    refused.problems.push_back({"rules/a.json", "/rules/0", "no such action", policy::Severity::Error});
                    return refused;
                  }};
  CHECK(running.reload() == 1);
  const auto problems = running.ask<policy::Problems>([&](auto done) { done(running.server->current().problems); });
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].text == "no such action");
}

TEST_CASE("requests that come while a load is under way become one more load", "[server]") {
  std::promise<void> gate;
  std::atomic<int> calls{0};
  const auto open = gate.get_future().share();
  Running running{1, [&](LoadReason, std::uint64_t generation) {
                    if (++calls == 1) open.wait();
                    return loaded_for(generation, {test::loopback(9)});
                  }};
  std::promise<void> all;
  int done = 0;
  running.server->post([&] {
    for (int i = 0; i < 5; ++i) {
      running.server->reload([&](const Loaded&) {
        if (++done == 5) all.set_value();
      });
    }
    gate.set_value();
  });
  all.get_future().wait();
  CHECK(calls == 2);
}

TEST_CASE("a changed file and SIGHUP reload", "[server]") {
  std::string name = (std::filesystem::temp_directory_path() / "aven-server-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(name.data());
  {
    Running running{1, {}, {folder.string()}};
    const auto wait_for = [&](int loads) {
      auto seen = running.loads.load();
      while (seen < loads) running.loads.wait(seen), seen = running.loads;
      return seen == loads;
    };
    std::ofstream{folder / "pack.json"} << "{}";
    CHECK(wait_for(1));
    CHECK(running.last_reason == LoadReason::FileChange);
    kill(getpid(), SIGHUP);
    CHECK(wait_for(2));
    CHECK(running.last_reason == LoadReason::Signal);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("what caches held at the end goes into those of another server while it answers", "[server]") {
  constexpr std::uint16_t Names = 200;  // more than are taken at once
  const auto name = [](std::uint16_t i) { return "n" + std::to_string(i) + ".example"; };
  std::vector<std::vector<std::uint8_t>> kept;
  {
    Running before{2};
    test::Client client{SOCK_DGRAM, test::loopback()};
    for (std::uint16_t i = 0; i < Names; ++i) {
      REQUIRE(client.send_to(before.address, query_for(name(i), i)));
      answer_upstream(before);
      REQUIRE(rcode_of(wait_for_answer(client)) == 0);
    }
    before.end();
    kept = before.kept;
  }
  REQUIRE(kept.size() == 2);
  Running after{1};
  after.server->post([&] { after.server->restore_cache(kept, read_tick() - 100s); });
  for (int i = 0; i < 5000 && after.snapshot().cache_entries < Names; ++i) std::this_thread::yield();
  CHECK(after.snapshot().cache_entries == Names);
  test::Client client{SOCK_DGRAM, test::loopback()};
  for (std::uint16_t i = 0; i < Names; ++i) {
    REQUIRE(client.send_to(after.address, query_for(name(i), i)));
    const auto answer = wait_for_answer(client);
    REQUIRE(answer.size() > 16);
    const auto ttl = static_cast<std::uint8_t>(answer[answer.size() - 7]);
    CHECK(ttl > 100);
    CHECK(ttl <= 200);
  }
}

TEST_CASE("the cache is flushed in every worker", "[server]") {
  Running running{2};
  CHECK(running.ask<std::size_t>([&](auto done) { running.server->flush_cache({}, done); }) == 0);
}

TEST_CASE("a server that ends answers what waits with SERVFAIL, within a second", "[server]") {
  Running running{2};
  test::Client client{SOCK_DGRAM, test::loopback()};
  test::Client stream{SOCK_STREAM, test::loopback()};
  REQUIRE(client.send_to(running.address, query_for("www.example.net")));
  REQUIRE(stream.connect_to(running.address));
  pollfd writable{stream.fd.get(), POLLOUT, 0};
  REQUIRE(poll(&writable, 1, 5000) == 1);
  REQUIRE(stream.write(test::framed(query_for("mail.example.net"))));
  pollfd asked{running.silent.fd.get(), POLLIN, 0};
  REQUIRE(poll(&asked, 1, 5000) == 1);
  while (running.snapshot().in_flight < 2) continue;

  const auto begin = std::chrono::steady_clock::now();
  kill(getpid(), SIGTERM);
  CHECK(rcode_of(wait_for_answer(client)) == 2);
  const auto over_tcp = wait_for_answer(stream);
  CHECK(rcode_of(over_tcp.empty() ? over_tcp : over_tcp.substr(2)) == 2);
  running.thread.join();
  const auto time = std::chrono::steady_clock::now() - begin;
  CHECK(running.code == 0);
  CHECK(time > 700ms);
  CHECK(time < 1500ms);
}

TEST_CASE("a server without waiting queries ends at once, and its port is free", "[server]") {
  Endpoint address;
  {
    Running running{2};
    address = running.address;
    const auto begin = std::chrono::steady_clock::now();
    running.end();
    CHECK(std::chrono::steady_clock::now() - begin < 500ms);
  }
  ServerOptions options;
  options.listen = {address};
  options.load = [](LoadReason, std::uint64_t) { return Loaded{}; };
  Server next{std::move(options)};
  CHECK(next.listen());
}

TEST_CASE("systemd is told of start and end", "[server]") {
  FileDescriptor notify{socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string path = "aven-notify-" + std::to_string(getpid());
  std::copy(path.begin(), path.end(), name.sun_path + 1);  // abstract
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + path.size());
  REQUIRE(bind(notify.get(), reinterpret_cast<const sockaddr*>(&name), length) == 0);
  setenv("NOTIFY_SOCKET", ("@" + path).c_str(), 1);
  {
    Running running{1};
    running.reload();
  }
  unsetenv("NOTIFY_SOCKET");
  std::string all;
  char buffer[512];
  for (ssize_t size; (size = recv(notify.get(), buffer, sizeof buffer, 0)) > 0;) {
    all.append(buffer, static_cast<std::size_t>(size));
    all += '|';
  }
  CHECK_THAT(all, Catch::StartsWith("READY=1|RELOADING=1\nMONOTONIC_USEC="));
  CHECK_THAT(all, Catch::EndsWith("|READY=1|STOPPING=1|"));
}
