// Gathering<T>: questions to all workers whose answers come one by one; the last one completes it.
// Thread: its owner's.
// Fails: never; what is not complete when it is destroyed is forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace aven::server {

template <class T>
class Gathering {
 public:
  using Done = std::function<void(const std::vector<T>&)>;

  // The number that start() will give.
  std::uint64_t next() const noexcept { return last_ + 1; }
  // Gives the number that the answers carry.
  std::uint64_t start(std::size_t workers, Done done) {
    open_.emplace(++last_, Open{std::vector<T>(workers), workers, std::move(done)});
    return last_;
  }
  void add(std::uint64_t request, std::size_t worker, T answer) {
    const auto found = open_.find(request);
    if (found == open_.end()) return;
    auto& open = found->second;
    open.answers[worker] = std::move(answer);
    if (--open.missing > 0) return;
    const auto complete = std::move(open);
    open_.erase(found);
    complete.done(complete.answers);
  }

 private:
  struct Open {
    std::vector<T> answers;
    std::size_t missing;
    Done done;
  };
  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_ = 0;
};

}  // namespace aven::server
