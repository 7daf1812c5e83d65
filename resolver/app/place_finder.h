// place_finder: where a rule names a pattern, found by reading its list or its pack again; for explain.
// Thread: the finder is called where explain is; it blocks for as long as reading takes, some 0.2 s for a million names.
// Fails: it finds nothing, e.g. when the file is another one by now.
#pragma once

#include "app/list_places.h"
#include "policy/explain.h"

namespace aven::app {

policy::PlaceFinder place_finder(ListPlaces places);

}  // namespace aven::app
