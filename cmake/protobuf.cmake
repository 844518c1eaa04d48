# add_proto_library(TARGET PROTOS ...): C and Python code for messages, generated into the build folder.
# --dependency_out makes an edited import regenerate what imports it.
function(add_proto_library target)
  cmake_parse_arguments(ARG "" "IMPORT_DIR" "PROTOS" ${ARGN})
  set(gen ${CMAKE_BINARY_DIR}/gen)
  file(MAKE_DIRECTORY ${gen}/c ${gen}/python)
  set(sources)
  set(python)
  foreach(proto IN LISTS ARG_PROTOS)
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    add_custom_command(
      OUTPUT ${gen}/c/${stem}.pb-c.c ${gen}/c/${stem}.pb-c.h
      COMMAND ${PROTOC} --plugin=protoc-gen-c=${PROTOC_GEN_C} -I ${ARG_IMPORT_DIR} --c_out=${gen}/c
              --dependency_out=${gen}/c/${stem}.d ${ARG_IMPORT_DIR}/${proto}
      DEPENDS ${ARG_IMPORT_DIR}/${proto} ${PROTOC} ${PROTOC_GEN_C}
      DEPFILE ${gen}/c/${stem}.d
      COMMENT "protoc --c_out ${proto}"
      VERBATIM)
    string(REPLACE "-" "_" pystem ${stem})
    add_custom_command(
      OUTPUT ${gen}/python/${pystem}_pb2.py
      COMMAND ${PROTOC} -I ${ARG_IMPORT_DIR} --python_out=${gen}/python ${ARG_IMPORT_DIR}/${proto}
      DEPENDS ${ARG_IMPORT_DIR}/${proto} ${PROTOC}
      COMMENT "protoc --python_out ${proto}"
      VERBATIM)
    list(APPEND sources ${gen}/c/${stem}.pb-c.c)
    list(APPEND python ${gen}/python/${pystem}_pb2.py)
  endforeach()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC ${gen}/c)
  target_link_libraries(${target} PUBLIC PkgConfig::PROTOBUF_C)
  add_custom_target(${target}_python ALL DEPENDS ${python})
endfunction()
