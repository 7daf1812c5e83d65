#include "policy/prefix_table.h"

#include <algorithm>
#include <optional>

namespace aven::policy {

Prefix plain(const Prefix& prefix) noexcept {
  constexpr std::uint8_t MappedBits = 96;  // ::ffff:0:0/96
  const IpAddress network = prefix.network.unmapped();
  if (prefix.network.is_v4() || !network.is_v4() || prefix.length < MappedBits) return prefix;
  return {network, static_cast<std::uint8_t>(prefix.length - MappedBits)};
}

PrefixTable::Number PrefixTable::Number::of(const IpAddress& address) noexcept {
  Number number;
  for (const std::uint8_t octet : address.octets()) {
    number.high = number.high << 8 | number.low >> 56;
    number.low = number.low << 8 | octet;
  }
  return number;
}

std::vector<PrefixTable::Range> PrefixTable::ranges_of(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    const auto first = Number::of(a.prefix.network), second = Number::of(b.prefix.network);
    return first != second ? first < second : a.prefix.length < b.prefix.length;
  });
  // The first address behind a prefix, none if it reaches the end of the address space.
  const auto end_of = [](const Prefix& prefix) -> std::optional<Number> {
    const unsigned bits = prefix.network.is_v4() ? 32 : 128;
    const unsigned host = bits - prefix.length;
    Number end = Number::of(prefix.network);
    if (host == 128) return std::nullopt;
    if (host >= 64) {
      end.high += std::uint64_t{1} << (host - 64);
      if (end.high == 0) return std::nullopt;
    } else {
      end.low += std::uint64_t{1} << host;
      if (bits == 128 && end.low == 0 && ++end.high == 0) return std::nullopt;
    }
    return end;
  };

  std::vector<Range> ranges{{Number{}, 0}};
  struct Open {
    std::optional<Number> end;
    std::uint32_t value;
  };
  std::vector<Open> open;  // prefixes that hold the current place, the longest last
  const auto start_range = [&](const Number& at, std::uint32_t value) {
    if (ranges.back().start == at) {
      ranges.back().value = value;
    } else if (ranges.back().value != value) {
      ranges.push_back({at, value});
    }
  };
  const auto close_until = [&](const std::optional<Number>& place) {
    while (!open.empty() && open.back().end && (!place || *open.back().end <= *place)) {
      const Number end = *open.back().end;
      open.pop_back();
      start_range(end, open.empty() ? std::uint32_t{0} : open.back().value);
    }
  };
  for (const auto& [prefix, value] : entries) {
    const Number start = Number::of(prefix.network);
    close_until(start);
    open.push_back({end_of(prefix), value});
    start_range(start, value);
  }
  close_until(std::nullopt);
  return ranges;
}

PrefixTable PrefixTable::build(const std::vector<Entry>& entries) {
  std::vector<Entry> v4, v6;
  for (const auto& entry : entries) {
    const Prefix prefix = plain(entry.prefix);
    (prefix.network.is_v4() ? v4 : v6).push_back({prefix, entry.value});
  }
  PrefixTable table;
  table.v4_ = ranges_of(std::move(v4));
  table.v6_ = ranges_of(std::move(v6));
  return table;
}

std::uint32_t PrefixTable::find(const IpAddress& address) const noexcept {
  const IpAddress plain = address.unmapped();
  const auto& ranges = plain.is_v4() ? v4_ : v6_;
  const Number number = Number::of(plain);
  const auto behind = std::upper_bound(ranges.begin(), ranges.end(), number,
                                       [](const Number& at, const Range& range) { return at < range.start; });
  return behind == ranges.begin() ? std::uint32_t{0} : std::prev(behind)->value;
}

std::size_t PrefixTable::memory_bytes() const noexcept {
  return (v4_.size() + v6_.size()) * sizeof(Range);
}

}  // namespace aven::policy
