# SPDX-License-Identifier: BSD-2-Clause
# build/tshark, build/wireshark and build/sharkd.

# WIRESHARK_PLUGIN_DIR takes the place of Wireshark's own folder. So it gets one that links all of
# that folder, and our plugin.
get_filename_component(abi ${Wireshark_PLUGIN_INSTALL_DIR} NAME)
set(linked_plugins ${CMAKE_BINARY_DIR}/plugins/linked)
file(REMOVE_RECURSE ${linked_plugins})
file(MAKE_DIRECTORY ${linked_plugins}/${abi}/epan)
file(GLOB kinds ${Wireshark_PLUGIN_INSTALL_DIR}/*)
foreach(kind ${kinds})
    get_filename_component(name ${kind} NAME)
    if(NOT name STREQUAL epan)
        file(CREATE_LINK ${kind} ${linked_plugins}/${abi}/${name} SYMBOLIC)
    endif()
endforeach()
file(GLOB plugins ${Wireshark_PLUGIN_INSTALL_DIR}/epan/*.so)
foreach(plugin ${plugins})
    get_filename_component(name ${plugin} NAME)
    if(NOT name STREQUAL flowscope.so)
        file(CREATE_LINK ${plugin} ${linked_plugins}/${abi}/epan/${name} SYMBOLIC)
    endif()
endforeach()
file(CREATE_LINK ${own_plugins}/epan/flowscope.so ${linked_plugins}/${abi}/epan/flowscope.so SYMBOLIC)

# A sanitized plugin needs the run-time libraries before everything else in the process.
set(sanitizers "")
if(FLOWSCOPE_SANITIZE)
    foreach(library libasan.so libubsan.so)
        execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=${library}
            OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
        list(APPEND sanitizers ${path})
    endforeach()
    list(JOIN sanitizers ":" sanitizers)
endif()

foreach(name tshark wireshark sharkd)
    set(program ${Wireshark_INSTALL_PREFIX}/bin/${name})
    configure_file(run-with-plugin.sh.in ${CMAKE_BINARY_DIR}/${name} @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                         WORLD_READ WORLD_EXECUTE)
endforeach()
