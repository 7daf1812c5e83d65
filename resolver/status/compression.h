// gzip: what a browser that asks for it gets (RFC 1952), by zlib.
// Thread: any.
// Fails: gzip() gives nothing without memory; send the text as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aven::status {

// Does an Accept-Encoding header take gzip (RFC 9110 section 12.5.3)?
bool accepts_gzip(std::string_view accept_encoding) noexcept;
// `level` from 1, quick, to 9, small.
std::optional<std::string> gzip(std::string_view text, int level);

}  // namespace aven::status
