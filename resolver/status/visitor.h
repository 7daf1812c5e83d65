// Visitor: who looks at the page or the API, and what they may see.
// Thread: any; a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aven::status {

// Viewer: figures and rules, no client's address. Operator: all that the level of a group allows.
enum class Role : std::uint8_t { Viewer, Operator };
constexpr std::string_view role_key(Role role) noexcept {
  return role == Role::Operator ? "operator" : "viewer";
}

struct Visitor {
  std::string account;  // empty: the page is open, on a loopback address
  Role role = Role::Operator;
};

}  // namespace aven::status
