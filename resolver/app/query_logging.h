// What the log writer must know of a loaded set.
// Thread: any.   Fails: never.
#pragma once

#include <memory>
#include <vector>

#include "app/config.h"
#include "app/loading.h"
#include "server/log_row.h"

namespace aven::app {

// Of a set that is usable.
std::shared_ptr<const server::LogBook> log_book(const LoadedSet& set);

}  // namespace aven::app
