# cmake --install: the runtime and its headers, the simulated GPU, the tools, and what find_package(dlc) and pkg-config
# read. Components: runtime, development, tools. A tree that was installed may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/dlc)
set(examples_folder ${CMAKE_INSTALL_DATADIR}/dlc/examples)

install(TARGETS dlc_runtime EXPORT dlcRuntimeTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES runtime/dlc.h runtime/dlc.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT dlcRuntimeTargets NAMESPACE dlc:: DESTINATION ${config_folder} COMPONENT development)
if(TARGET dlc_gpusim)
  install(TARGETS dlc_gpusim EXPORT dlcGpusimTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
  install(EXPORT dlcGpusimTargets NAMESPACE dlc:: DESTINATION ${config_folder} COMPONENT development)
endif()

if(DLC_BUILD_COMPILER AND NOT DLC_CARRIED)
  # The build is laid out as what is installed, so one run path serves both. (Where they differ CMake pads the first
  # with empty entries, which stand for the current folder.)
  set(run_path "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" "$ORIGIN/../lib")
  list(REMOVE_DUPLICATES run_path)
  set_target_properties(dlc dlc-opt dlc_compiler PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON
    INSTALL_RPATH "${run_path}" BUILD_WITH_INSTALL_RPATH ON)
  install(TARGETS dlc dlc-opt EXPORT dlcToolsTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  install(TARGETS dlc_compiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT tools)
  install(EXPORT dlcToolsTargets NAMESPACE dlc:: DESTINATION ${config_folder} COMPONENT tools)
endif()

configure_package_config_file(cmake/dlcConfig.cmake.in ${CMAKE_BINARY_DIR}/dlcConfig.cmake
  INSTALL_DESTINATION ${config_folder} NO_SET_AND_CHECK_MACRO)
# While the version starts with 0, a minor version may break what an earlier one promised.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/dlcConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/dlc.pc.in ${CMAKE_BINARY_DIR}/dlc.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/dlcConfig.cmake ${CMAKE_BINARY_DIR}/dlcConfigVersion.cmake
  cmake/dlcCompileModel.cmake DESTINATION ${config_folder} COMPONENT development)
install(FILES ${CMAKE_BINARY_DIR}/dlc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES examples/CMakeLists.txt examples/classify.c examples/train.c examples/mlp.mlir examples/cnn.mlir
  DESTINATION ${examples_folder} COMPONENT development)
