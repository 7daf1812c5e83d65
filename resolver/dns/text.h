// Text forms of types, classes and rcodes for people: "HTTPS", "TYPE65280", "RCODE12" (RFC 3597 section 5).
// Thread: any. Cold path: allocates.   Fails: parsing gives nothing for unknown text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/wire.h"

namespace aven::dns {

std::string to_text(Type type);
std::string to_text(Class class_);
std::string to_text(Rcode rcode);
std::optional<Type> parse_type(std::string_view text);

}  // namespace aven::dns
