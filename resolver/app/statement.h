// statement: what was forbidden on one day, for whom, until when and on what ground, as a text to hand out. It names no
// client, and the same policy and day give the same bytes on every machine.
// Thread: any; pure.
// Fails: never.
#pragma once

#include <date/date.h>
#include <string>

#include "app/loading.h"
#include "app/rule_words.h"

namespace aven::app {

// `set` must be usable and have its texts.
std::string statement(const LoadedSet& set, date::local_days day, Language language);

}  // namespace aven::app
