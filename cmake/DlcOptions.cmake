# Flags that every target of the project shares.
add_library(dlc_options INTERFACE)
target_compile_options(dlc_options INTERFACE -Wall -Wextra -Wno-unused-parameter -Werror=return-type
  $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
target_include_directories(dlc_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})

if(DLC_SANITIZE)
  # Not `function`: what is opened at run time (drivers, oneDNN) is called by declarations of our own, whose types bear
  # other names than the library's.
  add_compile_options(-fsanitize=${DLC_SANITIZE} -fno-sanitize=function -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DLC_SANITIZE})
endif()

# Fuzz targets run where AddressSanitizer does and the compiler brings libFuzzer. What they are to look into counts its
# edges, by flags of the code generator alone: a precompiled header stays usable.
set(DLC_FUZZ OFF)
if(DLC_SANITIZE MATCHES address AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(DLC_FUZZ ON)
endif()
function(dlc_fuzzed)
  if(DLC_FUZZ)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE
        -fsanitize-coverage=inline-8bit-counters,pc-table,indirect-calls,trace-cmp)
    endforeach()
  endif()
endfunction()

# FlatBuffers' verifier looks at the alignment of a vector's length, not of its 64-bit elements; x86-64 reads them
# wherever a damaged file has them.
function(dlc_reads_flatbuffers)
  if(DLC_SANITIZE MATCHES undefined)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -fno-sanitize=alignment)
    endforeach()
  endif()
endfunction()

# Programs that run on another Linux with an older or a later libc: everything linked in but libc itself; what is opened
# at run time (oneDNN and its libraries) may lie beside them.
option(DLC_CARRIED "Build programs that can be carried to another machine" OFF)
set(DLC_FMT fmt::fmt)
if(DLC_CARRIED)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(Protobuf_USE_STATIC_LIBS ON)
  set(DLC_FMT fmt::fmt-header-only)
  # DT_RPATH, not DT_RUNPATH: it holds for the libraries that oneDNN itself needs, too.
  add_link_options(-static-libstdc++ -static-libgcc -no-pie -s -Wl,--gc-sections,--icf=all,--disable-new-dtags)
  set(CMAKE_INSTALL_RPATH "$ORIGIN")
  set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
endif()
find_library(DLC_Z NAMES z REQUIRED)
find_library(DLC_ZSTD NAMES zstd REQUIRED)

# A header of C++ tables from a FlatBuffers schema: <build>/<folder>/<name>_generated.h
find_program(DLC_FLATC flatc REQUIRED)
function(dlc_flatbuffers target schema)
  get_filename_component(name ${schema} NAME_WE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated.h)
  add_custom_command(OUTPUT ${out}
    COMMAND ${DLC_FLATC} --cpp --cpp-std c++17 --scoped-enums --gen-object-api -o ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${schema} COMMENT "flatc ${schema}")
  add_custom_target(${target} DEPENDS ${out})
endfunction()
