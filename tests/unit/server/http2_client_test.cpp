#include "server/http2_client.h"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

#include "unit/server/support.h"

using namespace aven;
using namespace aven::server;

namespace {

using StreamId = std::int32_t;

nghttp2_nv field(const std::string& name, const std::string& value) {
  const auto octets = [](const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// The other side, by the same library.
class Http2Server {
 public:
  struct Request {
    std::map<std::string, std::string> fields;
    std::string body;
    bool is_whole = false;
  };

  explicit Http2Server(std::uint32_t max_streams = 100) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame,
                                                                   const std::uint8_t* name, std::size_t name_size,
                                                                   const std::uint8_t* value, std::size_t value_size,
                                                                   std::uint8_t, void* user) {
      self(user).requests[frame->hd.stream_id].fields[test::text({name, name_size})] = test::text({value, value_size});
      return 0;
    });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks,
        [](nghttp2_session*, std::uint8_t, StreamId id, const std::uint8_t* data, std::size_t size, void* user) {
          self(user).requests[id].body += test::text({data, size});
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          if (frame->hd.type == NGHTTP2_RST_STREAM) ++self(user).resets;
          if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && frame->hd.type == NGHTTP2_DATA) {
            self(user).requests[frame->hd.stream_id].is_whole = true;
          }
          return 0;
        });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &settings, 1);
  }
  ~Http2Server() { nghttp2_session_del(session_); }
  Http2Server(const Http2Server&) = delete;
  Http2Server& operator=(const Http2Server&) = delete;

  void receive(const Octets& octets) {
    REQUIRE(nghttp2_session_mem_recv(session_, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()));
  }
  Octets take_output() {
    Octets out;
    const std::uint8_t* data = nullptr;
    ssize_t size = 0;
    while ((size = nghttp2_session_mem_send(session_, &data)) > 0) out.insert(out.end(), data, data + size);
    return out;
  }
  void respond(StreamId id, const std::string& body, const std::string& status = "200",
               const std::string& type = "application/dns-message") {
    bodies_[id] = body;
    const std::string status_name = ":status", type_name = "content-type";
    const std::array fields{field(status_name, status), field(type_name, type)};
    nghttp2_data_provider provider{};
    provider.read_callback = [](nghttp2_session*, StreamId stream, std::uint8_t* out, std::size_t size,
                                std::uint32_t* flags, nghttp2_data_source*, void* user) {
      auto& left = self(user).bodies_[stream];
      const auto part = std::min(size, left.size());
      std::copy_n(left.begin(), part, out);
      left.erase(0, part);
      if (left.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(part);
    };
    REQUIRE(nghttp2_submit_response(session_, id, fields.data(), fields.size(), &provider) == 0);
  }
  void reset(StreamId id, std::uint32_t error) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error); }
  void leave(StreamId last) { nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0); }

  std::map<StreamId, Request> requests;
  std::size_t resets = 0;

 private:
  static Http2Server& self(void* user) { return *static_cast<Http2Server*>(user); }

  std::map<StreamId, std::string> bodies_;
  nghttp2_session* session_ = nullptr;
};

struct Scene final : StreamProtocol::Listener {
  explicit Scene(std::uint32_t max_streams = 100) : server(max_streams) {
    client.attach(*this);
    exchange();
  }
  void on_message(std::span<const std::uint8_t> message) noexcept override { replies.push_back(test::text(message)); }
  void on_ask_failed(std::uint16_t id, const std::string& why) noexcept override { failures.emplace_back(id, why); }

  bool ask(const std::string& message) { return client.ask(test::bytes(message), now); }
  // Until nothing is left to be said, to the client in pieces of `step` octets; false: the client gave up.
  bool exchange(std::size_t step = 100000) {
    bool is_good = true;
    for (bool any = true; any && is_good;) {
      Octets to_server;
      client.take_output(to_server);
      server.receive(to_server);
      const auto to_client = server.take_output();
      for (std::size_t i = 0; i < to_client.size() && is_good; i += step) {
        is_good = client.receive(std::span{to_client}.subspan(i, std::min(step, to_client.size() - i)));
      }
      any = !to_server.empty() || !to_client.empty();
    }
    return is_good;
  }

  Tick now{std::chrono::hours{1}};
  Http2Client client{"dns.example", "/dns-query"};
  Http2Server server;
  std::vector<std::string> replies;
  std::vector<std::pair<std::uint16_t, std::string>> failures;
};

// A message of 13 octets and more, whose ID is two letters.
std::string message(std::string_view id, std::string_view text = {}) {
  return std::string{id} + "0123456789" + std::string{text};
}
std::string without_id(std::string text) {
  return text.replace(0, 2, 2, '\0');
}
constexpr std::uint16_t Aa = 'a' << 8 | 'a', Bb = 'b' << 8 | 'b';

}  // namespace

TEST_CASE("a question is a POST with ID 0, and its reply has its ID again", "[server]") {
  Scene scene;
  REQUIRE(scene.ask(message("aa", "question")));
  REQUIRE(scene.exchange());
  REQUIRE(scene.server.requests.size() == 1);
  const auto& [stream, request] = *scene.server.requests.begin();
  CHECK(request.is_whole);
  CHECK(request.body == without_id(message("aa", "question")));
  CHECK(request.fields == std::map<std::string, std::string>{{":method", "POST"},
                                                             {":scheme", "https"},
                                                             {":authority", "dns.example"},
                                                             {":path", "/dns-query"},
                                                             {"accept", "application/dns-message"},
                                                             {"content-type", "application/dns-message"},
                                                             {"content-length", "20"}});
  scene.server.respond(stream, without_id(message("aa", "reply")));
  REQUIRE(scene.exchange());
  CHECK(scene.replies == std::vector<std::string>{message("aa", "reply")});
  CHECK(scene.client.unanswered() == 0);
}

TEST_CASE("replies come in any order and in any pieces", "[server]") {
  Scene scene;
  scene.ask(message("aa"));
  scene.ask(message("bb"));
  scene.exchange();
  scene.server.respond(3, without_id(message("bb", std::string(40000, 'b'))));
  scene.exchange(1);
  scene.server.respond(1, without_id(message("aa")));
  scene.exchange(1);
  CHECK(scene.replies == std::vector<std::string>{message("bb", std::string(40000, 'b')), message("aa")});
  CHECK(scene.failures.empty());
}

TEST_CASE("an answer that is no DNS message fails its question alone, with a reason", "[server]") {
  struct Case {
    std::string status, type, body, why;
  };
  const auto body = without_id(message("aa"));
  for (const auto& wrong :
       {Case{"404", "text/html", "not found", "HTTP status 404"},
        Case{"500", "application/dns-message", body, "HTTP status 500"},
        Case{"200", "text/html", body, "is the path right?"},
        Case{"200", "application/dns-message", "short", "is the path right?"},
        Case{"200", "application/dns-message", std::string(66000, 'x'), "more than a DNS message"}}) {
    INFO(wrong.why);
    Scene scene;
    scene.ask(message("aa"));
    scene.ask(message("bb"));
    scene.exchange();
    scene.server.respond(1, wrong.body, wrong.status, wrong.type);
    scene.server.respond(3, without_id(message("bb")));
    REQUIRE(scene.exchange());
    REQUIRE(scene.failures.size() == 1);
    CHECK(scene.failures[0].first == Aa);
    CHECK(scene.failures[0].second.find(wrong.why) != std::string::npos);
    CHECK(scene.replies == std::vector<std::string>{message("bb")});
  }
}

TEST_CASE("a reset fails its question alone", "[server]") {
  Scene scene;
  scene.ask(message("aa"));
  scene.ask(message("bb"));
  scene.exchange();
  scene.server.reset(1, NGHTTP2_INTERNAL_ERROR);
  scene.server.reset(3, NGHTTP2_REFUSED_STREAM);
  REQUIRE(scene.exchange());
  REQUIRE(scene.failures.size() == 2);
  CHECK(scene.failures[0].second.find("reset a request") != std::string::npos);
  CHECK(scene.failures[1] == std::pair{Bb, std::string{}});  // nothing to tell an administrator
  CHECK(scene.ask(message("cc")));
}

TEST_CASE("a server that leaves answers what it took, and is asked nothing more", "[server]") {
  Scene scene;
  scene.ask(message("aa"));
  scene.ask(message("bb"));
  scene.exchange();
  scene.server.leave(1);
  REQUIRE(scene.exchange());
  CHECK(scene.client.is_leaving());
  CHECK_FALSE(scene.client.is_finished());
  CHECK(scene.failures == std::vector{std::pair{Bb, std::string{}}});
  CHECK_FALSE(scene.ask(message("cc")));
  scene.server.respond(1, without_id(message("aa")));
  REQUIRE(scene.exchange());
  CHECK(scene.replies == std::vector<std::string>{message("aa")});
  CHECK(scene.client.is_finished());
  CHECK(scene.client.why().empty());
}

TEST_CASE("what the server does not allow at once waits", "[server]") {
  Scene scene{2};
  for (const char* id : {"aa", "bb", "cc", "dd"}) REQUIRE(scene.ask(message(id)));
  CHECK_FALSE(scene.client.has_room());
  scene.exchange();
  CHECK(scene.server.requests.size() == 2);
  for (StreamId stream = 1; stream <= 7; stream += 2) {
    scene.server.respond(stream, without_id(message("xx")));
    scene.exchange();
  }
  CHECK(scene.replies == std::vector<std::string>{message("aa"), message("bb"), message("cc"), message("dd")});
  CHECK(scene.client.has_room());
}

TEST_CASE("what is not awaited any more is reset, and a late answer to it ignored", "[server]") {
  Scene scene;
  scene.ask(message("aa"));
  const Tick then = scene.now += std::chrono::seconds{6};
  scene.ask(message("bb"));
  scene.exchange();
  scene.client.forget_before(then);
  CHECK(scene.client.unanswered() == 1);
  scene.server.respond(1, without_id(message("aa")));
  scene.server.respond(3, without_id(message("bb")));
  REQUIRE(scene.exchange());
  CHECK(scene.server.resets == 1);
  CHECK(scene.replies == std::vector<std::string>{message("bb")});
  CHECK(scene.failures.empty());
}

TEST_CASE("questions that wait and answers that are not whole are bounded", "[server]") {
  Scene scene;
  std::size_t taken = 0;
  while (taken < 2000 && scene.ask(message("aa"))) ++taken;
  CHECK(taken == StreamProtocol::MaxUnanswered);
  CHECK_FALSE(scene.client.ask(test::bytes("short"), scene.now));
}

TEST_CASE("what breaks the rules of HTTP/2 ends the connection with a reason", "[server]") {
  Scene scene;
  scene.ask(message("aa"));
  scene.exchange();
  const Octets frame{0, 0, 1, 0, 0, 0, 0, 0, 0, 7};  // DATA on stream 0 (RFC 9113 section 6.1)
  const bool is_good = scene.client.receive(frame);
  Octets last_words;
  scene.client.take_output(last_words);
  CHECK((!is_good || scene.client.is_finished()));
  CHECK(scene.client.why().find("breaks the rules of HTTP/2") != std::string::npos);
  CHECK(scene.client.unanswered() == 1);  // the owner of the connection tells of it

  Scene other;
  const bool is_good_text = other.client.receive(test::bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  other.client.take_output(last_words);
  CHECK((!is_good_text || other.client.is_finished()));
}
