// A cache's replies as octets, for a file that outlives the process. Failures are not among them.
// Thread: the worker that owns the cache; no I/O.
// Fails: restore() takes nothing on trust: each reply is made clean anew, as if an upstream had just sent it,
// and what is none ends the reading. What was read before that stays: each reply stands for itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "cache/answer_cache.h"

namespace aven::cache {

// Appends to `out`.
void write_image(const AnswerCache& cache, Tick now, std::vector<std::uint8_t>& out);

// Puts an image into a cache, a part at a time: the worker serves between two parts.
class ImageReader {
 public:
  // What the replies of a route are held to; nothing for a route that there is not.
  using LimitsOf = std::function<std::optional<dns::CleanLimits>(dns::RouteId)>;

  // `image` outlives the reader. `written`: when it was, before this process began if it is of another.
  ImageReader(std::span<const std::uint8_t> image, Tick written) noexcept : reader_(image), written_(written) {}

  // Reads at most `count` replies. False: it has come to the end, or to what is none.
  [[nodiscard]] bool restore(std::size_t count, const LimitsOf& limits, Tick now, AnswerCache& cache);
  std::size_t replies() const noexcept { return replies_; }
  bool is_whole() const noexcept { return is_good_ && reader_.remaining() == 0; }

 private:
  bool restore_one(const LimitsOf& limits, Tick now, AnswerCache& cache);

  ByteReader reader_;
  Tick written_;
  std::size_t replies_ = 0;
  bool is_good_ = true;
};

}  // namespace aven::cache
