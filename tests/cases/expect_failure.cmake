# Runs RUNNER on FOLDER and fails unless it exits 1 and its output matches EXPECTED.
execute_process(COMMAND ${RUNNER} ${FOLDER} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(NOT status EQUAL 1)
  message(FATAL_ERROR "expected exit status 1, got ${status}\n${output}${errors}")
endif()
if(NOT output MATCHES "${EXPECTED}")
  message(FATAL_ERROR "expected an output that matches\n${EXPECTED}\ngot\n${output}${errors}")
endif()
