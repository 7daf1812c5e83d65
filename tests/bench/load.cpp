// load ADDRESS PORT QUERIES SECONDS (--window N | --rate N) [--first N]: asks a DNS server in batches, as fast as N
// outstanding questions allow or at N a second, and prints as JSON what came back and how late.
// QUERIES has a line "NAME TYPE" for each question, asked in order, again and again; a "?" that opens a name becomes a
// label that no other question has, counted from --first. At a rate, lateness counts from when a question was due,
// whether it could be sent then or not, so that a server that stalls is not spared.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "support/message_builder.h"

using namespace aven;

namespace {

using Clock = std::chrono::steady_clock;
using Octets = std::vector<std::uint8_t>;

constexpr std::size_t Batch = 64;
constexpr std::size_t Sockets = 8;
constexpr std::size_t UniqueDigits = 8;
constexpr auto GivenUpAfter = std::chrono::seconds{2};

const std::map<std::string, dns::Type> Types{{"A", dns::Type::A},
                                             {"AAAA", dns::Type::AAAA},
                                             {"HTTPS", dns::Type::HTTPS},
                                             {"MX", dns::Type::MX},
                                             {"TXT", dns::Type::TXT}};

struct Question {
  Octets wire;
  bool unique = false;  // its first label is to be counted up
};

Question question_of(const std::string& line) {
  std::istringstream words{line};
  std::string name, type;
  words >> name >> type;
  Question question;
  question.unique = name.starts_with('?');
  if (question.unique) name = "q" + std::string(UniqueDigits, '0') + name.substr(1);
  test::MessageBuilder message;
  message.question(name, Types.at(type)).opt();
  question.wire.assign(message.wire().begin(), message.wire().end());
  return question;
}

struct Options {
  std::size_t window = 0, rate = 0, first = 0;
  double seconds = 0;
};

struct Outstanding {
  Clock::time_point due;
  bool waits = false;
};

// One connected socket and the questions that wait on it, by ID.
struct Socket {
  int fd = -1;
  std::uint16_t next_id = 0;
  std::vector<Outstanding> outstanding = std::vector<Outstanding>(65536);
};

class Load {
 public:
  Load(const sockaddr_in& server, std::vector<Question> questions, const Options& options)
      : questions_(std::move(questions)), options_(options), unique_(options.first) {
    for (auto& socket : sockets_) {
      socket.fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      const int buffer = 4 << 20;
      setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
      if (connect(socket.fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) std::perror("load");
    }
    for (std::size_t i = 0; i < Batch; ++i) {
      in_parts_[i] = {in_[i].data(), in_[i].size()};
      in_headers_[i].msg_hdr.msg_iov = &in_parts_[i];
      in_headers_[i].msg_hdr.msg_iovlen = 1;
      out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
      out_headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void run() {
    start_ = Clock::now();
    const auto end =
        start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    auto next_sweep = start_ + GivenUpAfter;
    for (auto now = start_; now < end; now = Clock::now()) {
      for (auto& socket : sockets_) {
        receive(socket);
        send(socket, now);
      }
      if (now >= next_sweep) {
        give_up(now);
        next_sweep = now + GivenUpAfter;
      }
      if (options_.window != 0) wait();
    }
    took_ = std::chrono::duration<double>(Clock::now() - start_).count();
    const auto last = Clock::now() + std::chrono::milliseconds{300};  // answers that are still under way
    while (Clock::now() < last) {
      for (auto& socket : sockets_) receive(socket);
    }
  }

  void print() {
    std::sort(lateness_.begin(), lateness_.end());
    std::string codes;
    for (std::size_t i = 0; i < codes_.size(); ++i) {
      if (codes_[i] != 0)
        codes += (codes.empty() ? "\"" : ", \"") + std::to_string(i) + "\": " + std::to_string(codes_[i]);
    }
    std::printf(
        "{\"sent\": %zu, \"answered\": %zu, \"seconds\": %.3f, \"per_second\": %.0f, \"p50_us\": %.1f, "
        "\"p99_us\": %.1f, \"p999_us\": %.1f, \"rcodes\": {%s}}\n",
        sent_, lateness_.size(), took_, static_cast<double>(lateness_.size()) / took_, part(0.5), part(0.99),
        part(0.999), codes.c_str());
  }

 private:
  // How many more may be sent now.
  std::size_t allowance(Clock::time_point now) const {
    if (options_.window != 0) return options_.window > waiting_ ? options_.window - waiting_ : 0;
    const auto due = std::chrono::duration<double>(now - start_).count() * static_cast<double>(options_.rate);
    return static_cast<std::size_t>(due) > sent_ ? static_cast<std::size_t>(due) - sent_ : 0;
  }
  Clock::time_point due_time(Clock::time_point now) const {
    if (options_.window != 0) return now;
    return start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / static_cast<double>(options_.rate)));
  }

  void send(Socket& socket, Clock::time_point now) {
    const std::size_t count = std::min(allowance(now), options_.window != 0 ? Batch : Batch / Sockets);
    if (count == 0) return;
    std::array<std::uint16_t, Batch> ids;
    for (std::size_t i = 0; i < count; ++i) ids[i] = prepare(socket, i);
    const int taken = sendmmsg(socket.fd, out_headers_.data(), static_cast<unsigned>(count), 0);
    for (std::size_t i = 0; i < count; ++i) {
      if (static_cast<int>(i) >= taken) break;
      auto& slot = socket.outstanding[ids[i]];
      if (!slot.waits) ++waiting_;
      slot = {due_time(now), true};
      ++sent_;
    }
  }

  std::uint16_t prepare(Socket& socket, std::size_t place) {
    const Question& question = questions_[next_question_];
    next_question_ = next_question_ + 1 == questions_.size() ? 0 : next_question_ + 1;
    auto& wire = out_[place];
    std::copy(question.wire.begin(), question.wire.end(), wire.begin());
    const std::uint16_t id = socket.next_id++;
    wire[0] = static_cast<std::uint8_t>(id >> 8);
    wire[1] = static_cast<std::uint8_t>(id);
    if (question.unique) {
      std::size_t rest = unique_++;
      for (std::size_t digit = UniqueDigits; digit > 0; --digit, rest /= 10) {
        wire[13 + digit] = static_cast<std::uint8_t>('0' + rest % 10);
      }
    }
    out_parts_[place] = {wire.data(), question.wire.size()};
    return id;
  }

  void receive(Socket& socket) {
    const int count = recvmmsg(socket.fd, in_headers_.data(), Batch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    const auto now = Clock::now();
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (in_headers_[i].msg_len < 12) continue;
      auto& slot = socket.outstanding[static_cast<std::size_t>(in_[i][0] << 8 | in_[i][1])];
      if (!slot.waits) continue;
      slot.waits = false;
      --waiting_;
      ++codes_[in_[i][3] & 0xf];
      lateness_.push_back(std::chrono::duration<float, std::micro>(now - slot.due).count());
    }
  }

  void give_up(Clock::time_point now) {
    for (auto& socket : sockets_) {
      for (auto& slot : socket.outstanding) {
        if (!slot.waits || now - slot.due < GivenUpAfter) continue;
        slot.waits = false;
        --waiting_;
      }
    }
  }

  void wait() {
    if (waiting_ < options_.window) return;
    std::array<pollfd, Sockets> polls{};
    for (std::size_t i = 0; i < Sockets; ++i) polls[i] = {sockets_[i].fd, POLLIN, 0};
    poll(polls.data(), polls.size(), 10);
  }

  double part(double share) const {
    if (lateness_.empty()) return 0;
    return static_cast<double>(lateness_[static_cast<std::size_t>(share * static_cast<double>(lateness_.size() - 1))]);
  }

  std::vector<Question> questions_;
  Options options_;
  std::array<Socket, Sockets> sockets_;
  std::array<mmsghdr, Batch> in_headers_{}, out_headers_{};
  std::array<iovec, Batch> in_parts_{}, out_parts_{};
  std::array<std::array<std::uint8_t, 2048>, Batch> in_{};
  std::array<std::array<std::uint8_t, 512>, Batch> out_{};
  std::size_t next_question_ = 0, unique_ = 0, waiting_ = 0, sent_ = 0;
  std::array<std::size_t, 16> codes_{};
  std::vector<float> lateness_;  // microseconds
  Clock::time_point start_;
  double took_ = 0;
};

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 5; i + 1 < argc; i += 2) {
    const std::string_view key = argv[i];
    const std::size_t value = std::strtoul(argv[i + 1], nullptr, 10);
    if (key == "--window") {
      options.window = value;
    } else if (key == "--rate") {
      options.rate = value;
    } else if (key == "--first") {
      options.first = value;
    } else {
      return false;
    }
  }
  return (options.window == 0) != (options.rate == 0);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  sockaddr_in server{};
  server.sin_family = AF_INET;
  if (argc < 7 || !read_options(argc, argv, options) || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
    std::fputs("usage: load ADDRESS PORT QUERIES SECONDS (--window N | --rate N) [--first N]\n", stderr);
    return 2;
  }
  server.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  options.seconds = std::atof(argv[4]);
  std::vector<Question> questions;
  std::ifstream file{argv[3]};
  for (std::string line; std::getline(file, line);) questions.push_back(question_of(line));
  if (questions.empty()) {
    std::fputs("no questions\n", stderr);
    return 2;
  }
  Load load{server, std::move(questions), options};
  load.run();
  load.print();
}
