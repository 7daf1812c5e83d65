// The share of one worker in what the configuration gives as totals.
// Thread: any.
// Fails: never; a share is rounded up, so that only 0 (no limit) stays 0.
#pragma once

#include <cstddef>
#include <memory>

#include "pipeline/pipeline.h"
#include "pipeline/settings.h"

namespace aven::server {

// Of a cache with several workers one half is in common.
std::size_t common_cache_bytes(std::size_t total, std::size_t workers) noexcept;
pipeline::Pipeline::Sizes share_of(const pipeline::Pipeline::Sizes& total, std::size_t workers);
std::shared_ptr<const pipeline::Settings> share_of(const pipeline::Settings& total, std::size_t workers);

}  // namespace aven::server
