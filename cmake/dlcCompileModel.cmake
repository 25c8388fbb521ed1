# dlc_compile_model(OUTPUT MODEL [OPTIONS option...]): compiles MODEL (.onnx, .dlm, .mlir) to the executable OUTPUT while
# the project is built, and again when the model changes. OPTIONS are those of `dlc compile`, as in
#   dlc_compile_model(net.dlx net.onnx OPTIONS --shape x=1x784 --target cpu)
#   add_custom_target(models ALL DEPENDS net.dlx)
# Relative names: OUTPUT lies in the binary folder, MODEL in the source folder.
function(dlc_compile_model output model)
  cmake_parse_arguments(ARG "" "" "OPTIONS" ${ARGN})
  get_filename_component(output ${output} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
  get_filename_component(model ${model} ABSOLUTE)
  add_custom_command(OUTPUT ${output} COMMAND dlc::dlc compile ${model} -o ${output} ${ARG_OPTIONS}
    DEPENDS ${model} dlc::dlc COMMENT "dlc compile ${model}" VERBATIM)
endfunction()
