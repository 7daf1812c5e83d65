// The figures in the text format of Prometheus, by prometheus-cpp's serializer.
// Thread: any.
// Fails: never.
#pragma once

#include <string>

#include "status/status_data.h"

namespace aven::status {

std::string metrics_text(const StatusData& data);

}  // namespace aven::status
