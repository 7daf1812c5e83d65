// Expected<T, E>: a value or the reason why there is none. Member names of std::expected (C++23), which
// GCC 12 does not have.
// Thread: any.   Fails: reading the alternative that is not there is our bug (AVEN_CHECK).
#pragma once

#include <utility>
#include <variant>

#include "base/check.h"

namespace aven {

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(Unexpected<E> unexpected) : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return get<0>(); }
  const T& value() const& { return get<0>(); }
  T&& value() && { return std::move(get<0>()); }
  T& operator*() & { return get<0>(); }
  const T& operator*() const& { return get<0>(); }
  T&& operator*() && { return std::move(get<0>()); }
  T* operator->() { return &get<0>(); }
  const T* operator->() const { return &get<0>(); }

  E& error() & { return get<1>(); }
  const E& error() const& { return get<1>(); }

 private:
  template <std::size_t I>
  auto& get() {
    AVEN_CHECK(state_.index() == I);
    return *std::get_if<I>(&state_);
  }
  template <std::size_t I>
  const auto& get() const {
    AVEN_CHECK(state_.index() == I);
    return *std::get_if<I>(&state_);
  }
  std::variant<T, E> state_;
};

}  // namespace aven
