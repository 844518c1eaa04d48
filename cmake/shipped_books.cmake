# The books of deploy/conventions inside elpctl, so that it explains and compares them where no file of ours is.
# write_shipped_books(OUT convention...): a C file with struct shipped_book shipped_books[].
function(write_shipped_books out)
  set(bodies "")
  set(rows "")
  foreach(convention IN LISTS ARGN)
    set(file ${PROJECT_SOURCE_DIR}/deploy/conventions/${convention}.yaml)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(APPEND bodies "static const unsigned char book_${convention}[] = {${bytes}};\n")
    string(APPEND rows "    {\"${convention}\", \"deploy/conventions/${convention}.yaml\", (const char *)book_${convention}, sizeof book_${convention}},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT
    "#include \"services/ctl/shipped_books.h\"\n\n@bodies@\nconst struct shipped_book shipped_books[] = {\n@rows@    {0, 0, 0, 0},\n};\n")
endfunction()
