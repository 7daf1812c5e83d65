// The files of web-ui/, Chart.js and openapi.json, put into the program when it is built (cmake/AvenAssets.cmake).
// Thread: any; constants.
// Fails: never.
#pragma once

#include <span>
#include <string_view>

namespace aven::status {

struct Asset {
  std::string_view path;  // "/style.css"; index.html is "/"
  std::string_view type;  // "text/css; charset=utf-8"
  std::string_view etag;  // in its quotes
  std::string_view content;
};

std::span<const Asset> assets() noexcept;

}  // namespace aven::status
