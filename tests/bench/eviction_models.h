// Eviction policies by the book, over objects of one size, for comparison with the cache.
// hit(key): was it there? If not it is put in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <unordered_map>
#include <unordered_set>

namespace aven::bench {

using ObjectKey = std::uint32_t;

class EvictionModel {
 public:
  virtual ~EvictionModel() = default;
  virtual bool hit(ObjectKey key) = 0;
};

// LRU; FIFO where a hit does not move the object to the front.
class QueueModel final : public EvictionModel {
 public:
  QueueModel(std::size_t capacity, bool move_on_hit) : capacity_(capacity), move_on_hit_(move_on_hit) {}
  bool hit(ObjectKey key) override {
    const auto found = where_.find(key);
    if (found != where_.end()) {
      if (move_on_hit_) queue_.splice(queue_.begin(), queue_, found->second);
      return true;
    }
    if (queue_.size() == capacity_) {
      where_.erase(queue_.back());
      queue_.pop_back();
    }
    queue_.push_front(key);
    where_[key] = queue_.begin();
    return false;
  }

 private:
  std::size_t capacity_;
  bool move_on_hit_;
  std::list<ObjectKey> queue_;
  std::unordered_map<ObjectKey, std::list<ObjectKey>::iterator> where_;
};

// SIEVE (Zhang and others, NSDI 2024).
class SieveModel final : public EvictionModel {
 public:
  explicit SieveModel(std::size_t capacity) : capacity_(capacity), hand_(queue_.end()) {}
  bool hit(ObjectKey key) override {
    const auto found = where_.find(key);
    if (found != where_.end()) {
      found->second->visited = true;
      return true;
    }
    if (queue_.size() == capacity_) evict();
    queue_.push_front({key, false});
    where_[key] = queue_.begin();
    return false;
  }

 private:
  struct Node {
    ObjectKey key;
    bool visited;
  };
  void evict() {
    if (hand_ == queue_.end()) hand_ = std::prev(queue_.end());
    while (hand_->visited) {
      hand_->visited = false;
      hand_ = hand_ == queue_.begin() ? std::prev(queue_.end()) : std::prev(hand_);
    }
    where_.erase(hand_->key);
    const auto next = hand_ == queue_.begin() ? queue_.end() : std::prev(hand_);
    queue_.erase(hand_);
    hand_ = next;
  }

  std::size_t capacity_;
  std::list<Node> queue_;
  std::list<Node>::iterator hand_;
  std::unordered_map<ObjectKey, std::list<Node>::iterator> where_;
};

// S3-FIFO (Yang and others, SOSP 2023): 10 % small, 90 % main, ghosts for as many as main holds.
class S3FifoModel final : public EvictionModel {
 public:
  explicit S3FifoModel(std::size_t capacity) : small_size_(capacity / 10), main_size_(capacity - small_size_) {}
  bool hit(ObjectKey key) override {
    const auto found = frequency_.find(key);
    if (found != frequency_.end()) {
      if (found->second < 3) ++found->second;
      return true;
    }
    while (frequency_.size() >= small_size_ + main_size_) small_.size() >= small_size_ ? evict_small() : evict_main();
    frequency_[key] = 0;
    (ghosts_.erase(key) != 0 ? main_ : small_).push_back(key);
    return false;
  }

 private:
  void evict_small() {
    const ObjectKey key = small_.front();
    small_.pop_front();
    auto& frequency = frequency_[key];
    if (frequency > 1) {
      frequency = 0;
      main_.push_back(key);
      if (main_.size() > main_size_) evict_main();
      return;
    }
    frequency_.erase(key);
    ghosts_.insert(key);
    ghost_order_.push_back(key);
    if (ghost_order_.size() <= main_size_) return;
    ghosts_.erase(ghost_order_.front());
    ghost_order_.pop_front();
  }
  void evict_main() {
    for (;;) {
      const ObjectKey key = main_.front();
      main_.pop_front();
      auto& frequency = frequency_[key];
      if (frequency == 0) {
        frequency_.erase(key);
        return;
      }
      --frequency;
      main_.push_back(key);
    }
  }

  std::size_t small_size_, main_size_;
  std::deque<ObjectKey> small_, main_, ghost_order_;
  std::unordered_map<ObjectKey, std::uint8_t> frequency_;
  std::unordered_set<ObjectKey> ghosts_;
};

}  // namespace aven::bench
