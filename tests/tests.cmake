# add_unit_test(name LIBS ...): tests/unit/test_<name>.c becomes the test unit.<name>.
function(add_unit_test name)
  cmake_parse_arguments(ARG "" "" "LIBS;SOURCES" ${ARGN})
  add_executable(test_${name} test_${name}.c ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE elp_options ${ARG_LIBS} PkgConfig::CMOCKA)
  target_compile_definitions(test_${name} PRIVATE ELP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
