// Census: which kinds of entries there are, so that a look-up asks only for what may exist. Most caches
// hold no failure, and most names have no non-existent ancestor.
// Thread: the worker's.   Fails: never.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cache/entry.h"

namespace aven::cache {

class Census {
 public:
  void came(Entry& entry) noexcept { count(entry, 1); }
  void gone(Entry& entry) noexcept { count(entry, static_cast<std::uint32_t>(-1)); }
  void reset() noexcept { *this = Census{}; }

  bool any_failure() const noexcept { return failures_ != 0; }
  bool any_nxdomain() const noexcept { return nxdomains_ != 0; }
  // Is there an NXDOMAIN of a name with so many labels (a proven one, if `secure`)?
  bool any_nxdomain(std::size_t labels, bool secure) const noexcept {
    return (secure ? secure_by_labels_ : by_labels_)[labels] != 0;
  }

 private:
  void count(Entry& entry, std::uint32_t change) noexcept {
    if (entry.kind() == Kind::Failure) failures_ += change;
    if (entry.kind() != Kind::Nxdomain) return;
    const std::size_t labels = label_count(entry.name());
    nxdomains_ += change;
    by_labels_[labels] += change;
    if (entry.has(Entry::Authentic)) secure_by_labels_[labels] += change;
  }

  static constexpr std::size_t MostLabels = 128;
  std::uint32_t failures_ = 0;
  std::uint32_t nxdomains_ = 0;
  std::array<std::uint32_t, MostLabels> by_labels_{};
  std::array<std::uint32_t, MostLabels> secure_by_labels_{};
};

}  // namespace aven::cache
