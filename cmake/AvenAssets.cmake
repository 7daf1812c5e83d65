# Script: writes OUTPUT, the C++ source that holds the files of WEB_UI, CHART_JS and OPENAPI (resolver/status/assets.h).
set(type_html "text/html; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_json "application/json; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/x-icon")

set(entries "")
function(embed path file)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  string(SUBSTRING "${extension}" 1 -1 extension)
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 16 hash)
  file(SIZE "${file}" size)
  file(READ "${file}" content HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
  set(entries "${entries}    {\"${path}\", \"${type_${extension}}\", \"\\\"${hash}\\\"\", {\"${content}\", ${size}}},\n"
    PARENT_SCOPE)
endfunction()

file(GLOB files "${WEB_UI}/*.html" "${WEB_UI}/*.css" "${WEB_UI}/*.js" "${WEB_UI}/*.svg" "${WEB_UI}/*.png" "${WEB_UI}/*.ico")
foreach(file IN LISTS files)
  cmake_path(GET file FILENAME name)
  if(name STREQUAL "index.html")
    embed("/" "${file}")
  endif()
  embed("/${name}" "${file}")
endforeach()
embed("/chart.js" "${CHART_JS}")
embed("/api/v1/openapi.json" "${OPENAPI}")

file(WRITE "${OUTPUT}" "#include \"status/assets.h\"

namespace aven::status {
namespace {

constexpr Asset Assets[] = {
${entries}};

}  // namespace

std::span<const Asset> assets() noexcept {
  return Assets;
}

}  // namespace aven::status
")
