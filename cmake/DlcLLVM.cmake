# LLVM and MLIR 22.1 as Debian ships them: the two shared libraries, or their archives in a carried build.
find_program(DLC_LLVM_CONFIG NAMES llvm-config-22 llvm-config REQUIRED)
execute_process(COMMAND ${DLC_LLVM_CONFIG} --prefix OUTPUT_VARIABLE DLC_LLVM_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE)
find_package(MLIR 22.1 REQUIRED CONFIG PATHS ${DLC_LLVM_PREFIX} NO_DEFAULT_PATH)
find_package(LLD REQUIRED CONFIG PATHS ${DLC_LLVM_PREFIX} NO_DEFAULT_PATH)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

add_library(dlc_mlir INTERFACE)
target_include_directories(dlc_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_options(dlc_mlir INTERFACE -fno-rtti)
target_compile_definitions(dlc_mlir INTERFACE ${LLVM_DEFINITIONS_LIST})
if(DLC_CARRIED)
  # By path: one exported component beside a shared library would register everything twice.
  file(GLOB archives ${DLC_LLVM_PREFIX}/lib/libMLIR*.a ${DLC_LLVM_PREFIX}/lib/libLLVM*.a
    ${DLC_LLVM_PREFIX}/lib/liblldELF.a ${DLC_LLVM_PREFIX}/lib/liblldCommon.a)
  target_link_libraries(dlc_mlir INTERFACE dlc_options -Wl,--start-group ${archives} -Wl,--end-group
    ${DLC_Z} ${DLC_ZSTD} ${CMAKE_DL_LIBS} pthread m)
  add_library(dlc_carried OBJECT ${CMAKE_SOURCE_DIR}/cmake/carried.cpp)
  target_include_directories(dlc_carried SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
  target_compile_options(dlc_carried PRIVATE -fno-rtti)
  target_link_libraries(dlc_mlir INTERFACE $<TARGET_OBJECTS:dlc_carried>)
  set(DLC_LLD ${DLC_Z})
else()
  target_link_libraries(dlc_mlir INTERFACE dlc_options MLIR LLVM)
  set(DLC_LLD lldELF lldCommon ${DLC_Z} ${DLC_ZSTD})
endif()

# One precompiled header for all MLIR code: 2 s a file instead of 7.
add_library(dlc_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(dlc_pch PRIVATE dlc_mlir)
target_precompile_headers(dlc_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(dlc_mlir INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()

# dlc_library(NAME SOURCES... [LINK targets...]): a static library of compiler code.
function(dlc_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC dlc_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM dlc_pch)
endfunction()

# What mlir-tblgen needs to find upstream's definitions.
list(TRANSFORM MLIR_INCLUDE_DIRS PREPEND "-I" OUTPUT_VARIABLE DLC_TABLEGEN_INCLUDES)

# dlc_program(NAME SOURCES... [LINK targets...]): an executable of compiler code. It is compiled as libraries are
# (-fPIC, not -fPIE), or it could not use their precompiled header.
function(dlc_program name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_link_libraries(${name} PRIVATE dlc_mlir ${ARG_LINK})
  target_precompile_headers(${name} REUSE_FROM dlc_pch)
endfunction()
