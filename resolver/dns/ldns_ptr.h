// Owners over ldns: the free function is part of the type, so an owner is as small as a pointer.
// Thread: any; an owner belongs to one.   Cold path only: ldns allocates.
// Trap: ldns leaves out pointers null or half-built on failure; wrap one before looking at the status.
#pragma once

// Before ldns, which otherwise makes macros of bool, true and false and so breaks headers that follow.
// clang-format off
#include <stdbool.h>
#include <ldns/ldns.h>
// clang-format on

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/free_with.h"

namespace aven::dns {

using PktPtr = std::unique_ptr<ldns_pkt, FreeWith<ldns_pkt_free>>;
using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using RrListPtr = std::unique_ptr<ldns_rr_list, FreeWith<ldns_rr_list_deep_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;            // from ldns_*2str
using WirePtr = std::unique_ptr<std::uint8_t[], FreeWith<std::free>>;  // from ldns_pkt2wire
static_assert(sizeof(PktPtr) == sizeof(void*));

}  // namespace aven::dns
