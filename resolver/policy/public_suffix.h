// Public suffixes: names under which strangers register theirs (`fr`, `co.uk`), of the ICANN part of publicsuffix.org as
// libpsl holds it. Whoever blocks one blocks a country's names.
// Thread: any.   Fails: never; a name that the list does not know is none.
#pragma once

#include "dns/name.h"

namespace aven::policy {

bool is_public_suffix(const dns::Name& name);

}  // namespace aven::policy
