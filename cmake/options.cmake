# One interface target carries the language level, the warnings and the sanitizer switches of our own code.
# Generated protobuf code does not link it.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# CMake's Release flags carry -DNDEBUG; our assertions guard money and stay on.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(elp_options INTERFACE)
target_compile_options(elp_options INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
  -Wformat=2 -Wswitch-enum -Wvla -fno-common
  # C promises zero for what an initialiser leaves out, and clang warns where gcc does not.
  -Wno-missing-field-initializers)
target_compile_definitions(elp_options INTERFACE _GNU_SOURCE)
target_include_directories(elp_options INTERFACE ${PROJECT_SOURCE_DIR})
if(ELP_WERROR)
  target_compile_options(elp_options INTERFACE -Werror)
endif()
if(ELP_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
if(ELP_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
