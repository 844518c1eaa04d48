# add_unit_test(name LIBS ...): tests/unit/test_<name>.c becomes the test unit.<name>.
function(add_unit_test name)
  cmake_parse_arguments(ARG "" "" "LIBS;SOURCES" ${ARGN})
  add_executable(test_${name} test_${name}.c ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE elp_options ${ARG_LIBS} PkgConfig::CMOCKA)
  target_compile_definitions(test_${name} PRIVATE ELP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit.${name} COMMAND test_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# add_integration_test(name SCRIPT TIMEOUT): tests/integration/python/SCRIPT drives real daemons; it becomes the test
# integration.<name>. The scripts choose free ports, so they may run beside each other.
function(add_integration_test name script timeout)
  add_test(NAME integration.${name} COMMAND ${PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/python/${script} ${ARGN})
  set_tests_properties(integration.${name} PROPERTIES
    LABELS integration
    TIMEOUT ${timeout}
    ENVIRONMENT "ELP_BIN=${CMAKE_BINARY_DIR}/bin;ELP_PROTO=${CMAKE_BINARY_DIR}/gen/python;ELP_SOURCE=${PROJECT_SOURCE_DIR};ELP_DISK_FAULT_LIBRARY=$<TARGET_FILE:disk_fault>")
endfunction()
