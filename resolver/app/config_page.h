// The part of aven.json that says where the status page is served and to whom.
// Thread: any. Opens no file: page_files.h reads those that it names.
// Fails: by problems.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "app/config.h"
#include "policy/json_object.h"

namespace aven::app {

std::span<const std::string_view> page_keys() noexcept;
std::span<const std::string_view> monitoring_keys() noexcept;

// `folder`: what relative paths are relative to. `config.state` must be read.
void read_page(const policy::JsonObject& top, const std::filesystem::path& folder, const policy::ProblemSink& sink,
               Config& config);

}  // namespace aven::app
